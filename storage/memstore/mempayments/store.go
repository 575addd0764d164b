package mempayments

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Tx is one transaction or view with the repositories of payments, those of
// escrow among them.
type Tx struct{ memescrow.Tx }

var _ guarantee.Repos = Tx{}

// Bind makes a kernel's transaction one of payments.
func Bind(tx *memkit.Tx) Tx { return Tx{memescrow.Bind(tx)} }

// New makes an empty store of escrow and payments. Nil options take the system's
// clock and entropy.
func New(opts *memkit.Options) *memkit.Store[Tx] { return memkit.New(opts, Bind, memescrow.OnSeal) }

// TopUps is the store of top-ups.
func (t Tx) TopUps() lance.Rows[payments.TopUp, payments.TopUpID] {
	return memkit.Rows[payments.TopUpID](t.Tx.Tx, payments.TopUpTable)
}

// Payouts is the store of payouts.
func (t Tx) Payouts() lance.Rows[payments.Payout, payments.PayoutID] {
	return memkit.Rows[payments.PayoutID](t.Tx.Tx, payments.PayoutTable)
}

// Chargebacks is the store of chargebacks.
func (t Tx) Chargebacks() lance.Rows[payments.Chargeback, payments.ChargebackID] {
	return memkit.Rows[payments.ChargebackID](t.Tx.Tx, payments.ChargebackTable)
}

// Debts is the store of what parties owe the platform.
func (t Tx) Debts() lance.Rows[payments.Debt, payments.DebtID] {
	return memkit.Rows[payments.DebtID](t.Tx.Tx, payments.DebtTable)
}

// Claims is the store of claims on the guarantee.
func (t Tx) Claims() lance.Rows[guarantee.Claim, guarantee.ID] {
	return memkit.Rows[guarantee.ID](t.Tx.Tx, guarantee.Table)
}

// Payers knows who has paid.
func (t Tx) Payers() payments.Payers { return payers{t} }

type payers struct{ t Tx }

// Verified looks through what each party was charged.
func (p payers) Verified(ctx context.Context, parties ...lance.PartyID) (out []lance.PartyID, err error) {
	for _, party := range parties {
		charged, err := p.t.TopUps().Find(ctx, lance.Filter{Eq: map[string]any{"party": string(party), "state": string(payments.Confirmed)}})
		if err != nil {
			return nil, err
		}
		lost, err := p.t.Chargebacks().Find(ctx, lance.Filter{Eq: map[string]any{"party": string(party), "state": string(payments.Lost)}})
		if err != nil {
			return nil, err
		}
		for _, c := range lost {
			charged = slices.DeleteFunc(charged, func(t *payments.TopUp) bool { return t.ID == c.TopUp })
		}
		if len(charged) > 0 {
			out = append(out, party)
		}
	}
	return out, nil
}

// ProviderEvents is the store of what providers told.
func (t Tx) ProviderEvents() lance.Rows[payments.ProviderEvent, payments.ProviderEventID] {
	return memkit.Rows[payments.ProviderEventID](t.Tx.Tx, payments.ProviderEventTable)
}
