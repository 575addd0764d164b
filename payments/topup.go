package payments

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// TopUpID names a top-up: "top_…".
type TopUpID string

// TopUp is money on its way from a party's payment method into its wallet.
type TopUp struct {
	ID          TopUpID
	Party       lance.PartyID
	Amount      lance.Money // never changes
	Method      string      // the provider's token of the payment method
	Provider    string      // who charges
	ProviderRef string      // the provider's name of the charge, once it has one
	State       TopUpState
	Code        string    // why it was declined: lower-case letters, digits and underscores
	Settled     bool      // the money is cash; until then it is clearing
	CreatedAt   time.Time // UTC
	UpdatedAt   time.Time // UTC
	Version     int64
}

// Ref names the top-up in the log, in locks, in timers and in the ledger.
func (t *TopUp) Ref() lance.Ref { return topUpRef(t.ID) }

func topUpRef(id TopUpID) lance.Ref { return lance.Ref{Kind: topUpNoun, ID: string(id)} }

// waits reports whether the provider has not said how it ended.
func (t *TopUp) waits() bool { return t.State == Processing }

// AllowedActions returns what the actor may do to the top-up now.
func (t *TopUp) AllowedActions(by lance.Actor) []TopUpAction {
	return TopUpLifecycle.Actions(t.State, relations(by, t.Party)...)
}

// TopUpInput asks for a top-up.
type TopUpInput struct {
	Amount lance.Money `json:"amount"`         // above zero, at most MaxAmount minor units
	Method string      `json:"payment_method"` // the provider's token, 1 to 255 characters
	Key    string      `json:"-"`              // the caller's idempotency key, at most 255 bytes; "" for none
}

func (in TopUpInput) check(o *Options) error {
	var f lance.Faults
	f.Check("/amount", o.checkAmount(in.Amount))
	f.Check("/payment_method", token.Check(in.Method))
	return f.Err()
}

// token is the rule for a provider's tokens.
var token = lance.TextRule{Min: 1, Max: 255, Line: true}

// planTopUp is what a confirmed top-up posts: the charge's lot goes from the
// provider's clearing account to the party.
func planTopUp(t *TopUp) ledger.Transfer {
	c := t.Amount.Currency()
	return ledger.Transfer{
		ID: ledger.TransferIDFor(t.Ref(), "confirm", 0), Code: ledger.CodeTopUp, Amount: t.Amount, Subject: t.Ref(),
		Debit: ledger.Clearing(t.Provider, c), Credit: ledger.Available(t.Party, c),
		Lot: &ledger.Lot{Provider: t.Provider, Payment: t.Ref(), Method: "charge", Refundable: true},
	}
}

// planSettle is what the settlement of a charge posts: clearing becomes cash.
func planSettle(t *TopUp) ledger.Transfer {
	c := t.Amount.Currency()
	return ledger.Transfer{
		ID: ledger.TransferIDFor(t.Ref(), "settle", 0), Code: ledger.CodeSettle, Amount: t.Amount, Subject: t.Ref(),
		Debit: ledger.Cash(t.Provider, c), Credit: ledger.Clearing(t.Provider, c),
	}
}
