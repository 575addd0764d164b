package bunpayments

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type topUpRow struct {
	bun.BaseModel `bun:"table:lance_top_ups,alias:t"`

	ID          string    `bun:"id,pk"`
	Version     int64     `bun:"version"`
	Party       string    `bun:"party"`
	Amount      int64     `bun:"amount_minor"`
	Currency    string    `bun:"currency"`
	Method      string    `bun:"method"`
	Provider    string    `bun:"provider"`
	ProviderRef string    `bun:"provider_ref,nullzero"`
	State       string    `bun:"state"`
	Code        string    `bun:"code"`
	Settled     bool      `bun:"settled"`
	CreatedAt   time.Time `bun:"created_at,notnull"`
	UpdatedAt   time.Time `bun:"updated_at,notnull"`
}

var topUpSpec = &bunkit.Spec[payments.TopUp, topUpRow]{
	Table: payments.TopUpTable, Name: "lance_top_ups",
	Row: func(t *payments.TopUp) *topUpRow {
		return &topUpRow{
			ID: string(t.ID), Version: t.Version, Party: string(t.Party), Amount: t.Amount.Minor(), Currency: t.Amount.Currency().Code(),
			Method: t.Method, Provider: t.Provider, ProviderRef: t.ProviderRef, State: string(t.State), Code: t.Code, Settled: t.Settled,
			CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
		}
	},
	Value: func(m *topUpRow) (*payments.TopUp, error) {
		amount, err := money(m.Amount, m.Currency)
		return &payments.TopUp{
			ID: payments.TopUpID(m.ID), Version: m.Version, Party: lance.PartyID(m.Party), Amount: amount,
			Method: m.Method, Provider: m.Provider, ProviderRef: m.ProviderRef, State: payments.TopUpState(m.State), Code: m.Code, Settled: m.Settled,
			CreatedAt: lance.Instant(m.CreatedAt), UpdatedAt: lance.Instant(m.UpdatedAt),
		}, err
	},
}

type payoutRow struct {
	bun.BaseModel `bun:"table:lance_payouts,alias:t"`

	ID          string    `bun:"id,pk"`
	Version     int64     `bun:"version"`
	Party       string    `bun:"party"`
	Amount      int64     `bun:"amount_minor"`
	Currency    string    `bun:"currency"`
	Destination string    `bun:"destination"`
	Provider    string    `bun:"provider"`
	ProviderRef string    `bun:"provider_ref,nullzero"`
	State       string    `bun:"state"`
	Code        string    `bun:"code"`
	CreatedAt   time.Time `bun:"created_at,notnull"`
	UpdatedAt   time.Time `bun:"updated_at,notnull"`
}

var payoutSpec = &bunkit.Spec[payments.Payout, payoutRow]{
	Table: payments.PayoutTable, Name: "lance_payouts",
	Row: func(p *payments.Payout) *payoutRow {
		return &payoutRow{
			ID: string(p.ID), Version: p.Version, Party: string(p.Party), Amount: p.Amount.Minor(), Currency: p.Amount.Currency().Code(),
			Destination: p.Destination, Provider: p.Provider, ProviderRef: p.ProviderRef, State: string(p.State), Code: p.Code,
			CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
		}
	},
	Value: func(m *payoutRow) (*payments.Payout, error) {
		amount, err := money(m.Amount, m.Currency)
		return &payments.Payout{
			ID: payments.PayoutID(m.ID), Version: m.Version, Party: lance.PartyID(m.Party), Amount: amount,
			Destination: m.Destination, Provider: m.Provider, ProviderRef: m.ProviderRef, State: payments.PayoutState(m.State), Code: m.Code,
			CreatedAt: lance.Instant(m.CreatedAt), UpdatedAt: lance.Instant(m.UpdatedAt),
		}, err
	},
}

type chargebackRow struct {
	bun.BaseModel `bun:"table:lance_chargebacks,alias:t"`

	ID          string          `bun:"id,pk"`
	Version     int64           `bun:"version"`
	TopUp       string          `bun:"top_up"`
	Party       string          `bun:"party"`
	Provider    string          `bun:"provider"`
	ProviderRef string          `bun:"provider_ref"`
	Amount      int64           `bun:"amount_minor"`
	Fee         int64           `bun:"fee_minor"`
	Owed        int64           `bun:"owed_minor"`
	Loss        int64           `bun:"loss_minor"`
	Currency    string          `bun:"currency"`
	State       string          `bun:"state"`
	Code        string          `bun:"code"`
	Parts       []payments.Part `bun:"parts"`
	Losses      payments.Losses `bun:"losses"`
	AnswerBy    time.Time       `bun:"answer_by"`
	WarnedAt    time.Time       `bun:"warned_at"`
	EndedAt     time.Time       `bun:"ended_at"`
	CreatedAt   time.Time       `bun:"created_at,notnull"`
	UpdatedAt   time.Time       `bun:"updated_at,notnull"`
}

var chargebackSpec = &bunkit.Spec[payments.Chargeback, chargebackRow]{
	Table: payments.ChargebackTable, Name: "lance_chargebacks",
	Row: func(c *payments.Chargeback) *chargebackRow {
		return &chargebackRow{
			ID: string(c.ID), Version: c.Version, TopUp: string(c.TopUp), Party: string(c.Party), Provider: c.Provider, ProviderRef: c.ProviderRef,
			Amount: c.Amount.Minor(), Fee: c.Fee.Minor(), Owed: c.Owed.Minor(), Loss: c.Loss.Minor(), Currency: c.Amount.Currency().Code(),
			State: string(c.State), Code: c.Code, Parts: c.Parts, Losses: c.Losses,
			AnswerBy: c.AnswerBy, WarnedAt: c.WarnedAt, EndedAt: c.EndedAt, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		}
	},
	Value: func(m *chargebackRow) (*payments.Chargeback, error) {
		amount, err := money(m.Amount, m.Currency)
		of := func(minor int64) lance.Money { return lance.NewMoney(minor, amount.Currency()) }
		return &payments.Chargeback{
			ID: payments.ChargebackID(m.ID), Version: m.Version, TopUp: payments.TopUpID(m.TopUp), Party: lance.PartyID(m.Party),
			Provider: m.Provider, ProviderRef: m.ProviderRef, Amount: amount, Fee: of(m.Fee), Owed: of(m.Owed), Loss: of(m.Loss),
			State: payments.ChargebackState(m.State), Code: m.Code, Parts: m.Parts, Losses: m.Losses,
			AnswerBy: lance.Instant(m.AnswerBy), WarnedAt: lance.Instant(m.WarnedAt), EndedAt: lance.Instant(m.EndedAt),
			CreatedAt: lance.Instant(m.CreatedAt), UpdatedAt: lance.Instant(m.UpdatedAt),
		}, err
	},
}

type debtRow struct {
	bun.BaseModel `bun:"table:lance_debts,alias:t"`

	ID         string    `bun:"id,pk"`
	Version    int64     `bun:"version"`
	Party      string    `bun:"party"`
	For        string    `bun:"owed_for"`
	Amount     int64     `bun:"amount_minor"`
	Paid       int64     `bun:"paid_minor"`
	Currency   string    `bun:"currency"`
	State      string    `bun:"state"`
	WriteOffAt time.Time `bun:"write_off_at,notnull"`
	CreatedAt  time.Time `bun:"created_at,notnull"`
	UpdatedAt  time.Time `bun:"updated_at,notnull"`
}

var debtSpec = &bunkit.Spec[payments.Debt, debtRow]{
	Table: payments.DebtTable, Name: "lance_debts",
	Row: func(d *payments.Debt) *debtRow {
		return &debtRow{
			ID: string(d.ID), Version: d.Version, Party: string(d.Party), For: d.For.String(),
			Amount: d.Amount.Minor(), Paid: d.Paid.Minor(), Currency: d.Amount.Currency().Code(), State: string(d.State),
			WriteOffAt: d.WriteOffAt, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt,
		}
	},
	Value: func(m *debtRow) (*payments.Debt, error) {
		amount, err := money(m.Amount, m.Currency)
		if err != nil {
			return nil, err
		}
		cause, err := lance.ParseRef(m.For)
		if err != nil {
			return nil, bunkit.Unreadable(err)
		}
		return &payments.Debt{
			ID: payments.DebtID(m.ID), Version: m.Version, Party: lance.PartyID(m.Party), For: cause,
			Amount: amount, Paid: lance.NewMoney(m.Paid, amount.Currency()), State: payments.DebtState(m.State),
			WriteOffAt: lance.Instant(m.WriteOffAt), CreatedAt: lance.Instant(m.CreatedAt), UpdatedAt: lance.Instant(m.UpdatedAt),
		}, nil
	},
}

type eventRow struct {
	bun.BaseModel `bun:"table:lance_provider_events,alias:t"`

	ID         string    `bun:"id,pk"`
	Provider   string    `bun:"provider"`
	EventID    string    `bun:"event_id"`
	Kind       string    `bun:"kind"`
	Key        string    `bun:"our_key"`
	Ref        string    `bun:"provider_ref"`
	State      string    `bun:"state"`
	Amount     int64     `bun:"amount_minor"`
	Currency   string    `bun:"currency"`
	Code       string    `bun:"code"`
	At         time.Time `bun:"at"`
	ReceivedAt time.Time `bun:"received_at,notnull"`
	Chargeback string    `bun:"chargeback"`
	Fee        int64     `bun:"fee_minor"`
	FeeIn      string    `bun:"fee_currency"`
	AnswerBy   time.Time `bun:"answer_by"`
}

var eventSpec = &bunkit.Spec[payments.ProviderEvent, eventRow]{
	Table: payments.ProviderEventTable, Name: "lance_provider_events",
	Row: func(e *payments.ProviderEvent) *eventRow {
		return &eventRow{
			ID: string(e.ID), Provider: e.Provider, EventID: e.EventID, Kind: string(e.Kind), Key: e.Key, Ref: e.Ref,
			State: string(e.State), Amount: e.Amount.Minor(), Currency: e.Amount.Currency().Code(), Code: e.Code,
			At: e.At, ReceivedAt: e.ReceivedAt,
			Chargeback: e.Chargeback, Fee: e.Fee.Minor(), FeeIn: e.Fee.Currency().Code(), AnswerBy: e.AnswerBy,
		}
	},
	Value: func(m *eventRow) (*payments.ProviderEvent, error) {
		amount, err := money(m.Amount, m.Currency)
		if err != nil {
			return nil, err
		}
		fee, err := money(m.Fee, m.FeeIn)
		return &payments.ProviderEvent{
			ID: payments.ProviderEventID(m.ID), Provider: m.Provider, EventID: m.EventID, Kind: provider.Kind(m.Kind), Key: m.Key, Ref: m.Ref,
			State: provider.State(m.State), Amount: amount, Code: m.Code,
			At: lance.Instant(m.At), ReceivedAt: lance.Instant(m.ReceivedAt),
			Chargeback: m.Chargeback, Fee: fee, AnswerBy: lance.Instant(m.AnswerBy),
		}, err
	},
}

// money reads an amount; without a currency it is none, which a provider may
// tell of.
func money(minor int64, code string) (lance.Money, error) {
	if code == "" && minor == 0 {
		return lance.Money{}, nil
	}
	c, err := lance.ParseCurrency(code)
	if err != nil {
		return lance.Money{}, bunkit.Unreadable(err)
	}
	return lance.NewMoney(minor, c), nil
}
