package bunpayments

import (
	"context"
	"embed"
	"io/fs"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// Tx is one transaction or view with the repositories of payments, those of
// escrow among them.
type Tx struct{ bunescrow.Tx }

var _ guarantee.Repos = Tx{}

// Bind makes a kernel's transaction one of payments.
func Bind(q *bunkit.Q) Tx { return Tx{bunescrow.Bind(q)} }

//go:embed migrations/*.sql
var migrations embed.FS

// Part is what payments add to a store: their tables.
func Part() bunkit.Part {
	files, _ := fs.Sub(migrations, "migrations") // the folder is embedded above
	return bunkit.Part{Name: "payments", Migrations: files}
}

// Open opens a store of escrow and payments. It changes nothing in the database:
// call Migrate for that. It fails as bunkit.Open does.
func Open(ctx context.Context, opts bunkit.Options) (*bunkit.Store[Tx], error) {
	return bunkit.Open(ctx, opts, Bind, bunescrow.Part(), Part())
}

// TopUps is the store of top-ups.
func (t Tx) TopUps() lance.Rows[payments.TopUp, payments.TopUpID] {
	return bunkit.Rows[payments.TopUpID](t.Q, topUpSpec)
}

// Payouts is the store of payouts.
func (t Tx) Payouts() lance.Rows[payments.Payout, payments.PayoutID] {
	return bunkit.Rows[payments.PayoutID](t.Q, payoutSpec)
}

// Chargebacks is the store of chargebacks.
func (t Tx) Chargebacks() lance.Rows[payments.Chargeback, payments.ChargebackID] {
	return bunkit.Rows[payments.ChargebackID](t.Q, chargebackSpec)
}

// Debts is the store of what parties owe the platform.
func (t Tx) Debts() lance.Rows[payments.Debt, payments.DebtID] {
	return bunkit.Rows[payments.DebtID](t.Q, debtSpec)
}

// Claims is the store of claims on the guarantee.
func (t Tx) Claims() lance.Rows[guarantee.Claim, guarantee.ID] {
	return bunkit.Rows[guarantee.ID](t.Q, claimSpec)
}

// Payers knows who has paid.
func (t Tx) Payers() payments.Payers { return payers{t.Q} }

type payers struct{ q *bunkit.Q }

// Verified asks of each party whether there is one such top-up: no more are read.
func (p payers) Verified(ctx context.Context, parties ...lance.PartyID) ([]lance.PartyID, error) {
	query := verifiedSQLite
	if p.q.PG() {
		query = verifiedPG
	}
	asked := make([]string, len(parties))
	for i, party := range parties {
		asked[i] = string(party)
	}
	var rows []struct {
		Party string `bun:"party"`
	}
	err := p.q.Query(ctx, &rows, query, asked)
	out := make([]lance.PartyID, len(rows))
	for i, r := range rows {
		out[i] = lance.PartyID(r.Party)
	}
	return out, err
}

const (
	verified = ` WHERE EXISTS (
	SELECT 1 FROM {lance_top_ups} t WHERE t.party = w.party AND t.state = 'confirmed'
	AND NOT EXISTS (SELECT 1 FROM {lance_chargebacks} c WHERE c.top_up = t.id AND c.state = 'lost')
) ORDER BY w.party`
	verifiedPG     = `SELECT w.party FROM unnest(?::text[]) AS w(party)` + verified
	verifiedSQLite = `WITH w(party) AS (SELECT value FROM json_each(?)) SELECT w.party FROM w` + verified
)

// ProviderEvents is the store of what providers told.
func (t Tx) ProviderEvents() lance.Rows[payments.ProviderEvent, payments.ProviderEventID] {
	return bunkit.Rows[payments.ProviderEventID](t.Q, eventSpec)
}
