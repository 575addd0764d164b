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
}

var eventSpec = &bunkit.Spec[payments.ProviderEvent, eventRow]{
	Table: payments.ProviderEventTable, Name: "lance_provider_events",
	Row: func(e *payments.ProviderEvent) *eventRow {
		return &eventRow{
			ID: string(e.ID), Provider: e.Provider, EventID: e.EventID, Kind: string(e.Kind), Key: e.Key, Ref: e.Ref,
			State: string(e.State), Amount: e.Amount.Minor(), Currency: e.Amount.Currency().Code(), Code: e.Code,
			At: e.At, ReceivedAt: e.ReceivedAt,
		}
	},
	Value: func(m *eventRow) (*payments.ProviderEvent, error) {
		amount, err := money(m.Amount, m.Currency)
		return &payments.ProviderEvent{
			ID: payments.ProviderEventID(m.ID), Provider: m.Provider, EventID: m.EventID, Kind: provider.Kind(m.Kind), Key: m.Key, Ref: m.Ref,
			State: provider.State(m.State), Amount: amount, Code: m.Code,
			At: lance.Instant(m.At), ReceivedAt: lance.Instant(m.ReceivedAt),
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
		return lance.Money{}, lance.E(lance.Internal, "row_value", "a row holds what this program cannot read").Cause(err)
	}
	return lance.NewMoney(minor, c), nil
}
