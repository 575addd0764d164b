package bunpayments

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type claimRow struct {
	bun.BaseModel `bun:"table:lance_guarantee_claims,alias:t"`

	ID         string             `bun:"id,pk"`
	Version    int64              `bun:"version"`
	Agreement  string             `bun:"agreement"`
	Open       string             `bun:"open,nullzero"`
	Subject    string             `bun:"subject"`
	Payer      string             `bun:"payer"`
	Payee      string             `bun:"payee"`
	Sharers    []lance.PartyID    `bun:"sharers"`
	Acted      []lance.UserID     `bun:"acted"`
	Terms      policy.Guarantee   `bun:"terms"`
	Currency   string             `bun:"currency"`
	Amount     int64              `bun:"amount_minor"`
	Statement  string             `bun:"statement"`
	State      string             `bun:"state"`
	Judge      string             `bun:"judge,nullzero"`
	Vacant     bool               `bun:"vacant"`
	Decision   guarantee.Decision `bun:"decision"`
	Why        string             `bun:"why"`
	FromHold   int64              `bun:"from_hold_minor"`
	FromFund   int64              `bun:"from_fund_minor"`
	CreatedAt  time.Time          `bun:"created_at,notnull"`
	DeadlineAt time.Time          `bun:"deadline_at"`
	EndedAt    time.Time          `bun:"ended_at"`
}

var claimSpec = &bunkit.Spec[guarantee.Claim, claimRow]{
	Table: guarantee.Table, Name: "lance_guarantee_claims",
	Row: func(c *guarantee.Claim) *claimRow {
		open, _ := guarantee.Table.Get(c, "open").(string)
		vacant, _ := guarantee.Table.Get(c, "vacant").(bool)
		return &claimRow{
			ID: string(c.ID), Version: c.Version, Agreement: string(c.Agreement), Open: open, Subject: c.Subject.String(),
			Payer: string(c.Payer), Payee: string(c.Payee), Sharers: append([]lance.PartyID{}, c.Sharers...), Acted: append([]lance.UserID{}, c.Acted...),
			Terms: c.Terms, Currency: c.Amount.Currency().Code(), Amount: c.Amount.Minor(), Statement: c.Statement, State: string(c.State),
			Judge: string(c.Judge), Vacant: vacant, Decision: c.Decision, Why: string(c.Why), FromHold: c.FromHold.Minor(), FromFund: c.FromFund.Minor(),
			CreatedAt: c.CreatedAt, DeadlineAt: c.DeadlineAt, EndedAt: c.EndedAt,
		}
	},
	Value: func(m *claimRow) (*guarantee.Claim, error) {
		cur, err := lance.ParseCurrency(m.Currency)
		if err != nil {
			return nil, bunkit.Unreadable(err)
		}
		subject, err := lance.ParseRef(m.Subject)
		if err != nil {
			return nil, bunkit.Unreadable(err)
		}
		of := func(minor int64) lance.Money { return lance.NewMoney(minor, cur) }
		return &guarantee.Claim{
			ID: guarantee.ID(m.ID), Version: m.Version, Agreement: escrow.ID(m.Agreement), Subject: subject,
			Sides: escrow.Sides{Payer: lance.PartyID(m.Payer), Payee: lance.PartyID(m.Payee), Sharers: bunkit.OrNil(m.Sharers), Acted: bunkit.OrNil(m.Acted)},
			Terms: m.Terms, Amount: of(m.Amount), Statement: m.Statement, State: guarantee.State(m.State), Judge: lance.UserID(m.Judge),
			Decision: m.Decision, Why: guarantee.Why(m.Why), FromHold: of(m.FromHold), FromFund: of(m.FromFund),
			CreatedAt: lance.Instant(m.CreatedAt), DeadlineAt: lance.Instant(m.DeadlineAt), EndedAt: lance.Instant(m.EndedAt),
		}, nil
	},
}
