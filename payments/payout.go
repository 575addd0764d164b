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
	ProviderRef string      // the provider's name of the payout, once it has one
	State       PayoutState
	Code        string    // why it was rejected or returned: lower-case letters, digits and underscores
	CreatedAt   time.Time // UTC
	UpdatedAt   time.Time // UTC
	Version     int64
}

// Ref names the payout in the log, in locks, in timers and in the ledger.
func (p *Payout) Ref() lance.Ref { return payoutRef(p.ID) }

func payoutRef(id PayoutID) lance.Ref { return lance.Ref{Kind: payoutNoun, ID: string(id)} }

// reserve names the pending transfer that keeps the payout's amount back.
func (p *Payout) reserve() ledger.TransferID { return ledger.TransferIDFor(p.Ref(), "reserve", 0) }

// waits reports whether the provider has not said how it ended.
func (p *Payout) waits() bool { return p.State == Requested || p.State == Submitted }

// AllowedActions returns what the actor may do to the payout now.
func (p *Payout) AllowedActions(by lance.Actor) []PayoutAction {
	return PayoutLifecycle.Actions(p.State, relations(by, p.Party)...)
}

// PayoutInput asks for a payout.
type PayoutInput struct {
	Amount      lance.Money `json:"amount"`      // above zero, at most MaxAmount minor units
	Destination string      `json:"destination"` // the provider's token, 1 to 255 characters
	Key         string      `json:"-"`           // the caller's idempotency key, at most 255 bytes; "" for none
}

func (in PayoutInput) check(o *Options) error {
	var f lance.Faults
	f.Check("/amount", o.checkAmount(in.Amount))
	f.Check("/destination", token.Check(in.Destination))
	return f.Err()
}

// planReserve is what a requested payout posts: a pending transfer out.
func planReserve(p *Payout) ledger.Transfer {
	c := p.Amount.Currency()
	return ledger.Transfer{
		ID: p.reserve(), Code: ledger.CodePayout, Amount: p.Amount, Subject: p.Ref(), Pending: true,
		Debit: ledger.Available(p.Party, c), Credit: ledger.Cash(p.Provider, c),
	}
}

// planPaid posts what was reserved.
func planPaid(p *Payout) ledger.Transfer {
	return ledger.Transfer{
		ID: ledger.TransferIDFor(p.Ref(), "paid", 0), Code: ledger.CodePayout, Amount: p.Amount, Subject: p.Ref(),
		Resolves: p.reserve(),
	}
}

// planRejected frees what was reserved.
func planRejected(p *Payout) ledger.Transfer {
	t := planPaid(p)
	t.ID, t.Void = ledger.TransferIDFor(p.Ref(), "rejected", 0), true
	return t
}

// planReturned takes back what was sent and came back, with the lots that had
// left, so that a refund still finds the charges they came from.
func planReturned(p *Payout, lots []ledger.LotShare) ledger.Transfer {
	c := p.Amount.Currency()
	return ledger.Transfer{
		ID: ledger.TransferIDFor(p.Ref(), "returned", 0), Code: ledger.CodeReturn, Amount: p.Amount, Subject: p.Ref(),
		Debit: ledger.Cash(p.Provider, c), Credit: ledger.Available(p.Party, c), Lots: lots,
	}
}
