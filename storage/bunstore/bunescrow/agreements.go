package bunescrow

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type agreementRow struct {
	bun.BaseModel `bun:"table:lance_agreements,alias:t"`

	ID          string            `bun:"id,pk"`
	Version     int64             `bun:"version"`
	Subject     string            `bun:"subject"`
	Payer       string            `bun:"payer"`
	Payee       string            `bun:"payee"`
	Payees      []escrow.Share    `bun:"payees"`
	State       string            `bun:"state"`
	Currency    string            `bun:"currency"`
	Amount      int64             `bun:"amount_minor"`
	Funded      int64             `bun:"funded_minor"`
	Released    int64             `bun:"released_minor"`
	Refunded    int64             `bun:"refunded_minor"`
	Held        int64             `bun:"held_minor"`
	PayerFee    int64             `bun:"payer_fee_minor"`
	PayeeFee    int64             `bun:"payee_fee_minor"`
	Ruled       int64             `bun:"ruled_minor"`
	Indemnified int64             `bun:"indemnified_minor"`
	RefundAsked int64             `bun:"refund_asked_minor"`
	RefundAsks  int64             `bun:"refund_asks"`
	RefundAt    time.Time         `bun:"refund_at"`
	Clearing    []escrow.Clearing `bun:"clearing"`
	Amendment   escrow.Amendment  `bun:"amendment"`
	Amendments  int64             `bun:"amendments"`
	Amended     int64             `bun:"amended"`
	Changes     int64             `bun:"changes"`
	MaxChanges  int64             `bun:"changes_max"`
	Pause       escrow.Pause      `bun:"pause"`
	Policy      policy.Document   `bun:"policy"`
	Inspection  int64             `bun:"inspection_seconds"`
	ProposedBy  string            `bun:"proposed_by"`
	ExpiresAt   time.Time         `bun:"expires_at"`
	CreatedAt   time.Time         `bun:"created_at,notnull"`
	FundedAt    time.Time         `bun:"funded_at"`
	HeldSince   time.Time         `bun:"held_since"`
	WarnedAt    time.Time         `bun:"warned_at"`
	SubmittedAt time.Time         `bun:"submitted_at"`
	ReleaseAt   time.Time         `bun:"release_at"`
	RemindedAt  time.Time         `bun:"reminded_at"`
	ReleasedAt  time.Time         `bun:"released_at"`
	EndedAt     time.Time         `bun:"ended_at"`
}

var agreementSpec = &bunkit.Spec[escrow.Agreement, agreementRow]{
	Table: escrow.Table, Name: "lance_agreements",
	Row: func(a *escrow.Agreement) *agreementRow {
		return &agreementRow{
			ID: string(a.ID), Version: a.Version, Subject: a.Subject.String(), Payer: string(a.Payer), Payee: string(a.Payee),
			Payees: append([]escrow.Share{}, a.Payees...), State: string(a.State), Currency: a.Amount.Currency().Code(), Amount: a.Amount.Minor(),
			Funded: a.Funded.Minor(), Released: a.Released.Minor(), Refunded: a.Refunded.Minor(), Held: a.Held.Minor(),
			PayerFee: a.PayerFee.Minor(), PayeeFee: a.PayeeFee.Minor(), Ruled: a.Ruled.Minor(), Indemnified: a.Indemnified.Minor(),
			RefundAsked: a.RefundAsked.Minor(), RefundAsks: int64(a.RefundAsks), RefundAt: a.RefundAt,
			Clearing: append([]escrow.Clearing{}, a.Clearing...), Amendment: a.Amendment, Amendments: int64(a.Amendments),
			Amended: int64(a.Amended), Changes: int64(a.Changes), MaxChanges: int64(a.MaxChanges), Pause: a.Pause, Policy: a.Policy, Inspection: int64(a.Inspection / time.Second),
			ProposedBy: string(a.ProposedBy), ExpiresAt: a.ExpiresAt, CreatedAt: a.CreatedAt, FundedAt: a.FundedAt,
			HeldSince: a.HeldSince, WarnedAt: a.WarnedAt, SubmittedAt: a.SubmittedAt, ReleaseAt: a.ReleaseAt, RemindedAt: a.RemindedAt,
			ReleasedAt: a.ReleasedAt, EndedAt: a.EndedAt,
		}
	},
	Value: func(m *agreementRow) (*escrow.Agreement, error) {
		cur, err := lance.ParseCurrency(m.Currency)
		if err != nil {
			return nil, bunkit.Unreadable(err)
		}
		subject, err := lance.ParseRef(m.Subject)
		if err != nil {
			return nil, bunkit.Unreadable(err)
		}
		of := func(minor int64) lance.Money { return lance.NewMoney(minor, cur) }
		return &escrow.Agreement{
			ID: escrow.ID(m.ID), Version: m.Version, Subject: subject, Payer: lance.PartyID(m.Payer), Payee: lance.PartyID(m.Payee),
			Payees: bunkit.OrNil(m.Payees), Amount: of(m.Amount), State: escrow.State(m.State),
			Funded: of(m.Funded), Released: of(m.Released), Refunded: of(m.Refunded), Held: of(m.Held),
			PayerFee: of(m.PayerFee), PayeeFee: of(m.PayeeFee), Ruled: of(m.Ruled), Indemnified: of(m.Indemnified),
			RefundAsked: of(m.RefundAsked), RefundAsks: int(m.RefundAsks), RefundAt: lance.Instant(m.RefundAt),
			Clearing: bunkit.OrNil(m.Clearing), Amendment: m.Amendment, Amendments: int(m.Amendments), Amended: int(m.Amended),
			Changes: int(m.Changes), MaxChanges: int(m.MaxChanges), Pause: m.Pause,
			Policy: m.Policy, Inspection: time.Duration(m.Inspection) * time.Second,
			ProposedBy: lance.PartyID(m.ProposedBy), ExpiresAt: lance.Instant(m.ExpiresAt), CreatedAt: lance.Instant(m.CreatedAt),
			FundedAt: lance.Instant(m.FundedAt), HeldSince: lance.Instant(m.HeldSince), WarnedAt: lance.Instant(m.WarnedAt),
			SubmittedAt: lance.Instant(m.SubmittedAt), ReleaseAt: lance.Instant(m.ReleaseAt),
			RemindedAt: lance.Instant(m.RemindedAt), ReleasedAt: lance.Instant(m.ReleasedAt), EndedAt: lance.Instant(m.EndedAt),
		}, nil
	},
}

// Agreements is the store of agreements.
func (t Tx) Agreements() escrow.Store {
	return agreements{bunkit.Rows[escrow.ID](t.Q, agreementSpec), t.Q}
}

type agreements struct {
	lance.Rows[escrow.Agreement, escrow.ID]
	q *bunkit.Q
}

// HeldBy sums up what the agreements that a party pays for hold.
func (s agreements) HeldBy(ctx context.Context, payer lance.PartyID) ([]lance.Money, error) {
	var sums []struct {
		Currency string `bun:"currency"`
		Held     int64  `bun:"held"`
	}
	err := s.q.Query(ctx, &sums, `SELECT currency, CAST(sum(held_minor) AS BIGINT) AS held FROM {lance_agreements}
		WHERE payer = ? AND held_minor > 0 GROUP BY currency ORDER BY currency`, string(payer))
	if err != nil {
		return nil, err
	}
	var out []lance.Money
	for _, sum := range sums {
		cur, err := lance.ParseCurrency(sum.Currency)
		if err != nil {
			return nil, bunkit.Unreadable(err)
		}
		out = append(out, lance.NewMoney(sum.Held, cur))
	}
	return out, nil
}
