package guarantee

import (
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
)

// statement is what payers and judges say.
var statement = lance.TextRule{Min: 5, Max: 5000}

// FileInput is what a claim is made of.
type FileInput struct {
	By        lance.Actor `json:"-"` // the payer
	Key       string      `json:"-"` // the caller's idempotency key, at most 255 bytes; may be empty
	Agreement escrow.ID   // which: one that has released something
	Amount    lance.Money // of what was released; the zero Money: all that can be claimed
	Statement string      // why: plain text of 5 to 5,000 characters
}

// ActInput names a claim to do something to that needs no more words.
type ActInput struct {
	By      lance.Actor `json:"-"` // as each function says
	Key     string      `json:"-"` // the caller's idempotency key; may be empty
	Claim   ID          // which
	Version int64       // the version the caller has read; 0 is any
}

// AssignInput says who decides about a claim.
type AssignInput struct {
	By      lance.Actor  `json:"-"` // an administrator without a stake, or the arbiter himself
	Key     string       `json:"-"` // the caller's idempotency key; may be empty
	Claim   ID           // which
	Version int64        // the version the caller has read; 0 is any
	User    lance.UserID // who: an arbiter without a stake
}

// UpholdInput is what is granted of a claim.
type UpholdInput struct {
	By      lance.Actor `json:"-"` // who decides
	Key     string      `json:"-"` // the caller's idempotency key; may be empty
	Claim   ID          // which
	Version int64       // the version the caller has read; 0 is any
	Granted lance.Money // above zero, no more than is claimed; the zero Money: all of it
	Text    string      // why: plain text of 5 to 5,000 characters
}

// RejectInput is why nothing of a claim is granted.
type RejectInput struct {
	By      lance.Actor `json:"-"` // who decides
	Key     string      `json:"-"` // the caller's idempotency key; may be empty
	Claim   ID          // which
	Version int64       // the version the caller has read; 0 is any
	Text    string      // plain text of 5 to 5,000 characters
}

// Query selects claims of a list, oldest first.
type Query struct {
	As        lance.Relation // ByPayer, ByPayee or ByJudge: what the caller is; ByCandidate: what he could take, as an arbiter; an administrator may leave it empty for all
	Agreement escrow.ID      // only about this; empty is any
	State     State          // only in this state; empty is any
	lance.PageQuery
}

// command is any input but that of a claim that is made.
type command struct {
	By      lance.Actor `json:"-"`
	Key     string      `json:"-"`
	Claim   ID
	Version int64
	Granted lance.Money
	Text    string
	User    lance.UserID
	unfit   error // why who is to judge, or does, may not
}

func (in *UpholdInput) command() command {
	return command{By: in.By, Key: in.Key, Claim: in.Claim, Version: in.Version, Granted: in.Granted, Text: in.Text}
}

func (in *RejectInput) command() command {
	return command{By: in.By, Key: in.Key, Claim: in.Claim, Version: in.Version, Text: in.Text}
}

func (in *FileInput) check() error {
	var f lance.Faults
	if in.Amount != (lance.Money{}) {
		f.Check("/amount", lance.RequirePositive(in.Amount))
	}
	f.Check("/statement", statement.Check(in.Statement))
	return f.Err()
}

// check refuses what an action cannot be done with, whatever the claim.
func (in *command) check(do Action) error {
	var f lance.Faults
	switch do {
	case Uphold:
		if in.Granted != (lance.Money{}) {
			f.Check("/granted", lance.RequirePositive(in.Granted))
		}
		f.Check("/text", statement.Check(in.Text))
	case Reject:
		f.Check("/text", statement.Check(in.Text))
	case Assign:
		if lance.PartyID(in.User).Check() != nil {
			f.Add("/user", "user_syntax", "a user is named by 1 to 64 bytes of text")
		}
	default:
	}
	return f.Err()
}

// filter turns the query into what the store is asked.
func (q *Query) filter(by lance.Actor) (lance.Filter, error) {
	if err := by.Require(); err != nil {
		return lance.Filter{}, err
	}
	eq := map[string]any{}
	var f lance.Faults
	switch {
	case q.As == ByPayer || q.As == ByPayee:
		eq[string(q.As)] = string(by.Party)
	case q.As == ByJudge:
		eq["judge"] = string(by.User)
	case q.As == ByCandidate && by.Has(lance.RoleArbiter):
		eq["vacant"] = true
	case q.As != "" || (!by.IsSystem() && !by.Has(lance.RoleAdmin) && !by.Has(lance.RoleSupport)):
		f.Add("/as", "relation_unknown", "a list is of what you claim, were paid for, decide or may take")
	}
	if q.State != "" {
		if !slices.Contains(Lifecycle.States(), q.State) {
			f.Add("/state", "state_unknown", "there is no such state")
		}
		eq["state"] = string(q.State)
	}
	if q.Agreement != "" {
		eq["agreement"] = string(q.Agreement)
	}
	return lance.Filter{Eq: eq, Order: "created_at"}, f.Err()
}

// Source is where money for the guarantee fund comes from.
type Source string

// The sources.
const (
	FromFees Source = "fees" // what the platform has earned by fees
	FromCash Source = "cash" // what the platform brings into a provider's balance, or a bank account
)

// FillInput is what fills the guarantee fund.
type FillInput struct {
	By       lance.Actor `json:"-"` // an administrator
	Key      string      `json:"-"` // the caller's idempotency key; may be empty
	Amount   lance.Money // above zero
	From     Source      // where it comes from
	Provider string      // with FromCash: whose balance it was brought into, 1 to 64 bytes; else empty
}

func (in *FillInput) check() error {
	var f lance.Faults
	f.Check("/amount", lance.RequirePositive(in.Amount))
	switch in.From {
	case FromFees:
		if in.Provider != "" {
			f.Add("/provider", "provider_unexpected", "fees come from no provider")
		}
	case FromCash:
		if lance.PartyID(in.Provider).Check() != nil {
			f.Add("/provider", "provider_name", "a provider is named by 1 to 64 bytes of text")
		}
	default:
		f.Add("/from", "source_unknown", "the fund is filled from fees or with cash")
	}
	return f.Err()
}

// account is what the amount comes out of.
func (in *FillInput) account() ledger.Account {
	if in.From == FromFees {
		return ledger.Fee(in.Amount.Currency())
	}
	return ledger.Cash(in.Provider, in.Amount.Currency())
}
