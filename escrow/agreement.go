package escrow

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// ID names an agreement: "agr_…".
type ID string

// Agreement is between one payer and one payee about one price. All its amounts
// are in the price's currency; all times are UTC, microseconds, and zero while
// they have not come.
type Agreement struct {
	ID      ID
	Version int64         // from 1; grows with every change
	Subject lance.Ref     // what it is about; the embedder's
	Payer   lance.PartyID // another party than Payee
	Payee   lance.PartyID
	Amount  lance.Money // the price, above zero, without fees
	State   State

	Funded   lance.Money // of the price: what was moved into the hold
	Released lance.Money // of the price: what was released, before the payee's fees
	Refunded lance.Money // of the price: what went back to the payer
	Held     lance.Money // what the hold has: the rest of the price and of the payer's fees
	PayerFee lance.Money // taken so far from the payer, on top of Released
	PayeeFee lance.Money // taken so far out of Released

	RefundAsked lance.Money // of the price: what the payer has asked back; 0 for nothing
	Clearing    []Clearing  // released and not yet to be withdrawn, earliest first

	Policy     policy.Document // the version that the agreement was made under
	Inspection time.Duration   // from submission to release by itself

	CreatedAt   time.Time
	FundedAt    time.Time
	SubmittedAt time.Time // last submitted
	ReleaseAt   time.Time // when it releases by itself; zero while that clock stands
	EndedAt     time.Time // released, refunded or cancelled
}

// Clearing is a part of what was released that waits until it can be withdrawn.
type Clearing struct {
	Amount lance.Money `json:"amount"` // after fees
	At     time.Time   `json:"at"`     // when it becomes available
}

// Ref names an agreement in locks, timers, events and transfers.
func Ref(id ID) lance.Ref { return lance.Ref{Kind: noun, ID: string(id)} }

// Ref names the agreement in locks, timers, events and transfers.
func (a *Agreement) Ref() lance.Ref { return Ref(a.ID) }

// HoldAccount is the ledger account of what the agreement holds.
func (a *Agreement) HoldAccount() ledger.Account {
	return ledger.Hold(string(a.ID), a.Amount.Currency())
}

// Remaining returns what is left of the price in the hold: funded and neither
// released nor refunded.
func (a *Agreement) Remaining() lance.Money {
	return a.minor(a.Funded.Minor() - a.Released.Minor() - a.Refunded.Minor())
}

// AllowedActions returns what the actor may do to the agreement now.
func (a *Agreement) AllowedActions(by lance.Actor) []Action {
	return Lifecycle.Actions(a.State, a.Relations(by)...)
}

// Relations returns what the actor is to the agreement: payer, payee, the clock,
// or an administrator, which nobody is who is a party to it. None means that it
// is not his.
func (a *Agreement) Relations(by lance.Actor) []lance.Relation {
	switch {
	case by.IsSystem():
		return []lance.Relation{lance.ByClock}
	case by.Require() != nil:
		return nil
	case by.Party == a.Payer:
		return []lance.Relation{ByPayer}
	case by.Party == a.Payee:
		return []lance.Relation{ByPayee}
	case by.Has(lance.RoleAdmin) && !a.party(by.User):
		return []lance.Relation{lance.ByAdmin}
	}
	return nil
}

// party reports whether the user is himself one of the parties, though he acts
// for another.
func (a *Agreement) party(u lance.UserID) bool {
	return lance.PartyID(u) == a.Payer || lance.PartyID(u) == a.Payee
}

// visible reports whether the actor may see the agreement.
func (a *Agreement) visible(by lance.Actor) bool {
	return len(a.Relations(by)) > 0 || (by.Require() == nil && by.Has(lance.RoleSupport))
}

func (a *Agreement) minor(n int64) lance.Money { return lance.NewMoney(n, a.Amount.Currency()) }
