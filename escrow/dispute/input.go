package dispute

import (
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// statement is what parties and arbiters say.
var statement = lance.TextRule{Min: 5, Max: 5000}

// OpenInput is what a case is made of.
type OpenInput struct {
	By        lance.Actor `json:"-"` // the payer or the payee
	Key       string      `json:"-"` // the caller's idempotency key, at most 255 bytes; may be empty
	Agreement escrow.ID   // which: funded or submitted, and holding money
	Reason    Reason      // why
	Statement string      // what happened: plain text of 5 to 5,000 characters
	ToPayee   lance.Money // of what is held of the price: what should go to the payee. The zero Money is nothing
}

// RespondInput is the other side of a case.
type RespondInput struct {
	By        lance.Actor `json:"-"` // the party that has not opened it
	Key       string      `json:"-"` // the caller's idempotency key; may be empty
	Case      ID          // which
	Version   int64       // the version the caller has read; 0 is any
	Statement string      // plain text of 5 to 5,000 characters
	ToPayee   lance.Money // what should go to the payee. The zero Money is nothing
}

// OfferInput is a split that a party or the mediator offers.
type OfferInput struct {
	By      lance.Actor `json:"-"` // one of the two parties, or the mediator
	Key     string      `json:"-"` // the caller's idempotency key; may be empty
	Case    ID          // which
	Version int64       // the version the caller has read; 0 is any
	ToPayee lance.Money // what is to go to the payee; the rest goes back. The zero Money is nothing
}

// AcceptOfferInput is a split that a party agrees to.
type AcceptOfferInput struct {
	By      lance.Actor `json:"-"` // a party that has not offered it
	Key     string      `json:"-"` // the caller's idempotency key; may be empty
	Case    ID          // which
	Version int64       // the version the caller has read; 0 is any
	ToPayee lance.Money // what is offered to go to the payee, where another split may have been offered since it was read; the zero Money: whatever is offered
}

// ActInput names a case to do something to that needs no more words.
type ActInput struct {
	By      lance.Actor `json:"-"` // as each function says
	Key     string      `json:"-"` // the caller's idempotency key; may be empty
	Case    ID          // which
	Version int64       // the version the caller has read; 0 is any
}

// AssignInput says who mediates, or who arbitrates.
type AssignInput struct {
	By      lance.Actor  `json:"-"` // an administrator without a stake, or the arbiter himself
	Key     string       `json:"-"` // the caller's idempotency key; may be empty
	Case    ID           // which
	Version int64        // the version the caller has read; 0 is any
	User    lance.UserID // who: an arbiter without a stake
}

// RuleInput is what an arbiter decides.
type RuleInput struct {
	By      lance.Actor   `json:"-"` // the arbiter
	Key     string        `json:"-"` // the caller's idempotency key; may be empty
	Case    ID            // which
	Version int64         // the version the caller has read; 0 is any
	ToPayee lance.Money   // what goes to the payee, before fees; the rest goes back. The zero Money is nothing
	Bears   escrow.Bearer // who bears the fees on ToPayee
	Text    string        // why: plain text of 5 to 5,000 characters
}

// AppealInput is why another arbiter should decide.
type AppealInput struct {
	By      lance.Actor `json:"-"` // one of the two parties
	Key     string      `json:"-"` // the caller's idempotency key; may be empty
	Case    ID          // which
	Version int64       // the version the caller has read; 0 is any
	Text    string      // plain text of 5 to 5,000 characters
}

// Query selects cases of a list, oldest first.
type Query struct {
	As        lance.Relation // ByPayer, ByPayee, ByMediator or ByArbiter: what the caller is; ByCandidate: what he could take, as an arbiter; an administrator may leave it empty for all
	Agreement escrow.ID      // only about this; empty is any
	State     State          // only in this state; empty is any
	Vacant    bool           // only those that need somebody who mediates or arbitrates
	lance.PageQuery
}

// What a Query's As may be, besides the relations of a case.
const (
	ByPayer = escrow.ByPayer // he pays, whoever has opened the case
	ByPayee = escrow.ByPayee // he is paid, whoever has opened the case
)

// command is any input but those of what is opened and shown.
type command struct {
	By      lance.Actor `json:"-"`
	Key     string      `json:"-"`
	Case    ID
	Version int64
	ToPayee lance.Money
	Text    string
	Bears   escrow.Bearer
	User    lance.UserID
	unfit   error // why User may not judge
}

func (in *OpenInput) check() error {
	var f lance.Faults
	if !slices.Contains(Reasons(), in.Reason) {
		f.Add("/reason", "reason_unknown", "there is no such reason")
	}
	f.Check("/statement", statement.Check(in.Statement))
	checkShare(&f, in.ToPayee)
	return f.Err()
}

func checkShare(f *lance.Faults, m lance.Money) {
	if m.IsNegative() {
		f.Add("/to_payee", "money_negative", "nobody is to pay more than is held")
	}
}

// check refuses what an action cannot be done with, whatever the case.
func (in *command) check(do Action) error {
	var f lance.Faults
	switch do {
	case Respond:
		f.Check("/statement", statement.Check(in.Text))
	case Rule:
		f.Check("/text", statement.Check(in.Text))
		if !slices.Contains([]escrow.Bearer{escrow.BearEach, escrow.BearPayer, escrow.BearPayee, escrow.BearNobody}, in.Bears) {
			f.Add("/bears", "bearer_unknown", "fees are borne by each, the payer, the payee or nobody")
		}
	case Appeal:
		f.Check("/text", statement.Check(in.Text))
	case Assign:
		if lance.PartyID(in.User).Check() != nil {
			f.Add("/user", "user_syntax", "a user is named by 1 to 64 bytes of text")
		}
	default:
	}
	checkShare(&f, in.ToPayee)
	return f.Err()
}

// share returns what a split of what is held gives the payee. It fails with
// Invalid for another currency and Insufficient "hold_insufficient" for more than
// is held.
func (c *Case) share(m lance.Money) (lance.Money, error) {
	if m == (lance.Money{}) {
		return c.minor(0), nil
	}
	over, err := m.Cmp(c.Held)
	if err != nil {
		var f lance.Faults
		f.Check("/to_payee", err)
		return m, f.Err()
	}
	if over > 0 {
		return m, lance.E(lance.Insufficient, "hold_insufficient", "the agreement does not hold as much")
	}
	return m, nil
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
	case q.As == ByMediator || q.As == ByArbiter:
		eq[string(q.As)] = string(by.User)
	case q.As == ByCandidate && by.Has(lance.RoleArbiter):
		eq["vacant"] = true
	case q.As != "" || (!by.IsSystem() && !by.Has(lance.RoleAdmin) && !by.Has(lance.RoleSupport)):
		f.Add("/as", "relation_unknown", "a list is of what you pay for, are paid for, mediate, arbitrate or may take")
	}
	if q.State != "" {
		if !slices.Contains(Lifecycle.States(), q.State) {
			f.Add("/state", "state_unknown", "there is no such state")
		}
		eq["state"] = string(q.State)
	}
	if q.Vacant {
		eq["vacant"] = true
	}
	if q.Agreement != "" {
		eq["agreement"] = string(q.Agreement)
	}
	return lance.Filter{Eq: eq, Order: "created_at"}, f.Err()
}
