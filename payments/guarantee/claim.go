package guarantee

import (
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

// ID names a claim: "gcl_…".
type ID string

// Claim is what a payer wants back of what his agreement has released. All its amounts
// are of the agreement's price, before fees, and in its currency. All times are UTC,
// microseconds, and zero while they have not come.
type Claim struct {
	ID        ID
	Version   int64     // from 1; grows with every change
	Agreement escrow.ID // whose release it is about
	Subject   lance.Ref // what the agreement is about
	escrow.Sides
	Terms     policy.Guarantee // of the agreement
	Amount    lance.Money      // that is claimed; above zero
	Statement string           // why: plain text of 5 to 5,000 characters
	State     State
	Judge     lance.UserID // the arbiter who has it; empty: nobody, or administrators decide
	Decision  Decision     // once it is made
	Why       Why          // why one that is upheld is not paid
	FromHold  lance.Money  // once paid: out of what the agreement held
	FromFund  lance.Money  // once paid: out of the guarantee fund

	CreatedAt  time.Time
	DeadlineAt time.Time // until when somebody has to decide; zero when it is decided
	EndedAt    time.Time
}

// Decision is what was decided about a claim.
type Decision struct {
	By      lance.UserID `json:"by,omitempty"`   // who; empty: nobody has in time
	Granted lance.Money  `json:"granted"`        // of what was claimed
	Text    string       `json:"text,omitempty"` // why: plain text of 5 to 5,000 characters
	At      time.Time    `json:"at,omitzero"`    // when; zero: not yet
}

// Why says why a claim that is upheld is not paid.
type Why string

// The reasons.
const (
	WhyFund       Why = "guarantee_fund" // the fund has not enough
	WhyFrozen     Why = "frozen"         // a case or a chargeback has the agreement frozen
	WhyChargeback Why = "chargeback"     // one about what was released is open
)

// Ref names the claim in events and transfers.
func (c *Claim) Ref() lance.Ref { return lance.Ref{Kind: noun, ID: string(c.ID)} }

// Open reports whether the claim has not ended.
func (c *Claim) Open() bool { return !Lifecycle.Terminal(c.State) }

// Given returns what the payer got.
func (c *Claim) Given() lance.Money { return c.minor(c.FromHold.Minor() + c.FromFund.Minor()) }

// AllowedActions returns what the actor may do to the claim now.
func (c *Claim) AllowedActions(by lance.Actor) []Action {
	return slices.DeleteFunc(Lifecycle.Actions(c.State, c.Relations(by)...), func(do Action) bool {
		return do == Overtake || do == Assign && c.Terms.Judge != policy.JudgeArbiter
	})
}

// Relations returns what the actor is to the claim: the payer, the payee, one who
// shares with him, the clock, an administrator, who decides, or who may; nobody is any
// of the last three who has a stake or has acted on the agreement. None means that it
// is not his, unless Visible says otherwise.
func (c *Claim) Relations(by lance.Actor) (rs []lance.Relation) {
	switch {
	case by.IsSystem():
		return []lance.Relation{lance.ByClock}
	case by.Require() != nil:
		return nil
	case by.Party == c.Payer:
		return []lance.Relation{ByPayer}
	case by.Party == c.Payee:
		return []lance.Relation{ByPayee}
	case slices.Contains(c.Sharers, by.Party):
		return []lance.Relation{BySharer}
	case c.Stake(lance.PartyID(by.User)):
		return nil
	}
	admins := c.Terms.Judge == policy.JudgeAdmin
	if by.Has(lance.RoleAdmin) {
		rs = append(rs, lance.ByAdmin)
	}
	if !c.Impartial(by.User) {
		return rs
	}
	switch {
	case admins && by.Has(lance.RoleAdmin), !admins && by.Has(lance.RoleArbiter) && by.User == c.Judge:
		rs = append(rs, ByJudge)
	case by.Has(lance.RoleArbiter) && c.vacant():
		rs = append(rs, ByCandidate)
	}
	return rs
}

// Visible reports whether the actor may see the claim: who is anything to it, and
// support.
func (c *Claim) Visible(by lance.Actor) bool {
	return len(c.Relations(by)) > 0 || (by.Require() == nil && by.Has(lance.RoleSupport))
}

// vacant reports whether an arbiter is needed who decides.
func (c *Claim) vacant() bool {
	return c.State == Filed && c.Terms.Judge == policy.JudgeArbiter && c.Judge == ""
}

func (c *Claim) minor(n int64) lance.Money { return lance.NewMoney(n, c.Amount.Currency()) }
