package payments

import (
	"time"

	"github.com/megilance/lance"
)

// TopUpID names a top-up: "top_…".
type TopUpID string

// TopUp is money on its way from a party's payment method into its wallet.
type TopUp struct {
	ID        TopUpID
	Party     lance.PartyID
	Amount    lance.Money // never changes
	Method    string      // the provider's token of the payment method
	Provider  string      // who charges
	Ref       string      // the provider's name of the charge, once it has one
	State     TopUpState
	Code      string    // why it was declined
	Settled   bool      // the money is cash; until then it is clearing
	CreatedAt time.Time // UTC
	UpdatedAt time.Time // UTC
	Version   int64
}

// Stream names the top-up in the log, in locks and in the ledger.
func (t *TopUp) Stream() lance.Ref { return topUpRef(t.ID) }

func topUpRef(id TopUpID) lance.Ref { return lance.Ref{Kind: "top_up", ID: string(id)} }

// AllowedActions returns what the actor may do to the top-up now.
func (t *TopUp) AllowedActions(by lance.Actor) []TopUpAction {
	return TopUpLifecycle.Actions(t.State, relations(by)...)
}

// TopUpInput asks for a top-up.
type TopUpInput struct {
	Amount lance.Money `json:"amount"`         // above zero
	Method string      `json:"payment_method"` // the provider's token, 1 to 255 bytes
	Key    string      `json:"-"`              // idempotency key; "" for none
}

func (in TopUpInput) check(o *Options) error {
	var f lance.Faults
	f.Check("/amount", o.checkAmount(in.Amount))
	f.Check("/payment_method", token.Check(in.Method))
	return f.Err()
}

// token is the rule for a provider's tokens.
var token = lance.TextRule{Min: 1, Max: 255, Line: true}

// relations are what an actor may be to a payment besides its owner.
func relations(by lance.Actor) []lance.Relation {
	if by.Has(lance.RoleAdmin) {
		return []lance.Relation{lance.ByAdmin}
	}
	return nil
}

// mine reports whether the actor may see what belongs to a party.
func mine(by lance.Actor, p lance.PartyID) bool {
	return by.IsSystem() || by.Party == p || by.Has(lance.RoleAdmin)
}
