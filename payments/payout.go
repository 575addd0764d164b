package payments

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// PayoutID names a payout: "pyo_…".
type PayoutID string

// Payout is money on its way from a party's wallet to its bank account.
type Payout struct {
	ID          PayoutID
	Party       lance.PartyID
	Amount      lance.Money // never changes
	Destination string      // the provider's token of the bank account
	Provider    string      // who pays
	Ref         string      // the provider's name of the payout, once it has one
	State       PayoutState
	Code        string    // why it was rejected or returned
	CreatedAt   time.Time // UTC
	UpdatedAt   time.Time // UTC
	Version     int64
}

// Stream names the payout in the log, in locks and in the ledger.
func (p *Payout) Stream() lance.Ref { return payoutRef(p.ID) }

func payoutRef(id PayoutID) lance.Ref { return lance.Ref{Kind: "payout", ID: string(id)} }

// reserve names the pending transfer that keeps the payout's amount back.
func (p *Payout) reserve() ledger.TransferID { return ledger.TransferIDFor(p.Stream(), "reserve", 0) }

// AllowedActions returns what the actor may do to the payout now.
func (p *Payout) AllowedActions(by lance.Actor) []PayoutAction {
	return PayoutLifecycle.Actions(p.State, relations(by)...)
}

// PayoutInput asks for a payout.
type PayoutInput struct {
	Amount      lance.Money `json:"amount"`      // above zero
	Destination string      `json:"destination"` // the provider's token, 1 to 255 bytes
	Key         string      `json:"-"`           // idempotency key; "" for none
}

func (in PayoutInput) check(o *Options) error {
	var f lance.Faults
	f.Check("/amount", o.checkAmount(in.Amount))
	f.Check("/destination", token.Check(in.Destination))
	return f.Err()
}
