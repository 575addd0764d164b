package dispute

import (
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// ID names a case: "dsp_…".
type ID string

// Reason is why a case was opened.
type Reason string

// The reasons.
const (
	NotDelivered Reason = "not_delivered" // there is no work
	NotAsAgreed  Reason = "not_as_agreed" // the work is not what was agreed
	Late         Reason = "late"          // the work came too late
	NotReleased  Reason = "not_released"  // the work is done and the money does not come
	ScopeChanged Reason = "scope_changed" // more or other work is wanted than was agreed
	Unresponsive Reason = "unresponsive"  // the other party does not answer
	Other        Reason = "other"         // what the statement says
)

// Reasons returns every reason there is.
func Reasons() []Reason {
	return []Reason{NotDelivered, NotAsAgreed, Late, NotReleased, ScopeChanged, Unresponsive, Other}
}

// Case is what the two parties of one agreement cannot agree upon. All its amounts
// are of the agreement's price, before fees, and in its currency; what of the held
// price does not go to the payee goes back to the payer. All times are UTC,
// microseconds, and zero while they have not come.
type Case struct {
	ID           ID
	Version      int64         // from 1; grows with every change
	Agreement    escrow.ID     // which it has frozen
	Subject      lance.Ref     // what the agreement is about
	escrow.Sides               // of the agreement, and who has acted on it or for a party in the case
	Opener       lance.PartyID // who has opened it: the payer or the payee
	Reason       Reason
	Held         lance.Money // of the price, when it was opened: what is divided. Less once a bank has taken a part of it back
	State        State

	Claim    Position     // of who opened it
	Answer   Position     // of the other party
	Offer    Offer        // that waits for the other party's word, or for both's
	Mediator lance.UserID // empty: nobody yet
	Proposed int          // how many splits mediators have offered
	Arbiter  lance.UserID // empty: nobody yet
	Rulings  []Ruling     // the last is in force
	Appeals  []Plea       // why rulings before it are not

	Suspension Suspension // what a suspended case waits for
	Outcome    Outcome    // how it ended

	CreatedAt  time.Time
	StageAt    time.Time // since when it is in its stage
	DeadlineAt time.Time // when the stage ends by itself; zero while that clock stands
	WarnAt     time.Time // when it is said that this is near; zero: it was, never is, or that clock stands
	EndedAt    time.Time
}

// Position is what one party says and has done.
type Position struct {
	ToPayee   lance.Money `json:"to_payee"`            // what should go to the payee
	Statement string      `json:"statement,omitempty"` // plain text of 5 to 5,000 characters
	At        time.Time   `json:"at,omitzero"`         // when it was said; zero: not yet
	Offers    int         `json:"offers,omitempty"`    // how many it has made
	Evidence  int         `json:"evidence,omitempty"`  // how many items it has shown
}

// Offer is a split that one party offers to the other, or a mediator to both.
type Offer struct {
	By       lance.PartyID `json:"by,omitempty"`       // the party; empty: the mediator offers it, or there is none
	Mediator lance.UserID  `json:"mediator,omitempty"` // empty: a party offers it, or there is none
	Accepted lance.PartyID `json:"accepted,omitempty"` // which party has accepted what the mediator offers; empty: none yet
	ToPayee  lance.Money   `json:"to_payee"`           // what is to go to the payee; each bears his own fees
	At       time.Time     `json:"at,omitzero"`
}

// half reports whether a party's word leaves the offer to the other one, too: it is
// the mediator's, and the other has not accepted it yet.
func (o Offer) half(p lance.PartyID) bool {
	return o.Mediator != "" && (o.Accepted == "" || o.Accepted == p)
}

// Ruling is what an arbiter has decided.
type Ruling struct {
	By      lance.UserID  `json:"by"`
	ToPayee lance.Money   `json:"to_payee"` // what goes to the payee
	Bears   escrow.Bearer `json:"bears"`    // who bears the fees on that
	Text    string        `json:"text"`     // why: plain text of 5 to 5,000 characters
	At      time.Time     `json:"at"`
}

// Plea is why a ruling is appealed.
type Plea struct {
	By   lance.PartyID `json:"by"`
	Text string        `json:"text"` // plain text of 5 to 5,000 characters
	At   time.Time     `json:"at"`
}

// Suspension is what a suspended case remembers.
type Suspension struct {
	For  []Wait        `json:"for,omitempty"` // what it waits for, the oldest first
	From State         `json:"from,omitempty"`
	At   time.Time     `json:"at,omitzero"`    // since when
	Left time.Duration `json:"left,omitzero"`  // what was left of the stage
	Warn bool          `json:"warn,omitempty"` // whether it is yet to be said that its end is near
}

// Wait is what a suspended case waits for.
type Wait struct {
	About  lance.Ref `json:"about"`
	Keeper string    `json:"keeper"` // who keeps it: escrow.Keeper.Name
}

// End says what has ended a case.
type End string

// What can end a case that divides what was held.
const (
	EndGranted    End = "granted"    // the other party did not respond in time
	EndConceded   End = "conceded"   // it has granted the claim
	EndSettled    End = "settled"    // one party has accepted the other's offer
	EndRuled      End = "ruled"      // an arbiter has decided
	EndLapsed     End = "lapsed"     // no ruling came in time, and the policy has decided
	EndChargeback End = "chargeback" // the payment was taken back
)

// Outcome is how what was held was divided.
type Outcome struct {
	End     End           `json:"end,omitempty"`   // empty: it was not
	ToPayee lance.Money   `json:"to_payee"`        // of the price, before fees
	ToPayer lance.Money   `json:"to_payer"`        // the rest of it
	Bears   escrow.Bearer `json:"bears,omitempty"` // who bears the fees on ToPayee
}

// Ref names a case in locks, events and frozen agreements.
func Ref(id ID) lance.Ref { return lance.Ref{Kind: noun, ID: string(id)} }

// Ref names the case in events and in the agreement that it has frozen.
func (c *Case) Ref() lance.Ref { return Ref(c.ID) }

// Open reports whether the case has not ended.
func (c *Case) Open() bool { return !Lifecycle.Terminal(c.State) }

// Respondent returns the party that has not opened the case.
func (c *Case) Respondent() lance.PartyID {
	if c.Opener == c.Payer {
		return c.Payee
	}
	return c.Payer
}

// AllowedActions returns what the actor may do to the case now.
func (c *Case) AllowedActions(by lance.Actor) []Action {
	return slices.DeleteFunc(Lifecycle.Actions(c.State, c.Relations(by)...), func(do Action) bool { return c.guard(do, by) != nil })
}

// Relations returns what the actor is to the case: who has opened it, the other
// party, one who shares with the payee, the clock, an administrator, the mediator
// or the arbiter, or one who may become that; nobody is any of the last four who
// has a stake. None means that it is not his, unless Visible says otherwise.
func (c *Case) Relations(by lance.Actor) (rs []lance.Relation) {
	switch {
	case by.IsSystem():
		return []lance.Relation{lance.ByClock}
	case by.Require() != nil:
		return nil
	case by.Party == c.Opener:
		return []lance.Relation{ByOpener}
	case by.Party == c.Respondent():
		return []lance.Relation{ByRespondent}
	case slices.Contains(c.Sharers, by.Party):
		return []lance.Relation{BySharer}
	case c.Stake(lance.PartyID(by.User)):
		return nil
	}
	if by.Has(lance.RoleAdmin) {
		rs = append(rs, lance.ByAdmin)
	}
	if !by.Has(lance.RoleArbiter) || !c.Impartial(by.User) {
		return rs
	}
	if by.User == c.Mediator {
		rs = append(rs, ByMediator)
	}
	if by.User == c.Arbiter {
		rs = append(rs, ByArbiter)
	}
	if seat := c.seat(); seat != nil && *seat == "" && c.eligible(by.User) {
		rs = append(rs, ByCandidate)
	}
	return rs
}

// Visible reports whether the actor may see the case: who is anything to it, who
// has ruled on it, and support.
func (c *Case) Visible(by lance.Actor) bool {
	return len(c.Relations(by)) > 0 || c.Privy(by)
}

// Privy reports whether the actor may see the evidence of the case, too: all who see
// the case but those who could only become its mediator or arbiter.
func (c *Case) Privy(by lance.Actor) bool {
	if by.Require() != nil {
		return false
	}
	return slices.ContainsFunc(c.Relations(by), func(r lance.Relation) bool { return r != ByCandidate }) ||
		by.Has(lance.RoleSupport) || (c.judged(by.User) && by.Has(lance.RoleArbiter))
}

// judged reports whether the user has ruled in the case.
func (c *Case) judged(u lance.UserID) bool {
	return slices.ContainsFunc(c.Rulings, func(r Ruling) bool { return r.By == u })
}

// eligible reports whether a user may mediate, or arbitrate: nobody judges an
// appeal from himself.
func (c *Case) eligible(u lance.UserID) bool {
	return c.Impartial(u) && (c.State != Arbitration || !c.judged(u))
}

// seat is who mediates or arbitrates in this stage; nil when nobody does.
func (c *Case) seat() *lance.UserID {
	switch c.State {
	case Mediation:
		return &c.Mediator
	case Arbitration:
		return &c.Arbiter
	default:
		return nil
	}
}

// vacant reports whether somebody is needed who mediates or arbitrates.
func (c *Case) vacant() bool {
	seat := c.seat()
	return seat != nil && *seat == ""
}

// offers is how many splits the actor's party has offered, or mediators have.
func (c *Case) offers(by lance.Actor) *int {
	if !c.sided(by) {
		return &c.Proposed
	}
	return &c.side(by).Offers
}

// sided reports whether the actor acts for one of the two parties.
func (c *Case) sided(by lance.Actor) bool { return by.Party == c.Payer || by.Party == c.Payee }

// side is what the actor's party says.
func (c *Case) side(by lance.Actor) *Position {
	if by.Party == c.Opener {
		return &c.Claim
	}
	return &c.Answer
}

// until says when the stage ends by itself, and how long before that it is said.
func (c *Case) until(end time.Time, warning time.Duration) {
	c.DeadlineAt, c.WarnAt = end, time.Time{}
	if warning > 0 {
		c.WarnAt = end.Add(-warning)
	}
}

func (c *Case) minor(n int64) lance.Money { return lance.NewMoney(n, c.Held.Currency()) }
