package payments

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/payments/provider"
)

// Repos is what payments needs of a transaction.
type Repos interface {
	escrow.Repos
	// TopUps is the store of top-ups.
	TopUps() lance.Rows[TopUp, TopUpID]
	// Payouts is the store of payouts.
	Payouts() lance.Rows[Payout, PayoutID]
	// ProviderEvents is the store of what providers told.
	ProviderEvents() lance.Rows[ProviderEvent, ProviderEventID]
}

// TopUpTable declares how top-ups are kept.
var TopUpTable = &lance.Table[TopUp]{
	Noun:    "top_up",
	ID:      func(t *TopUp) string { return string(t.ID) },
	Version: func(t *TopUp) *int64 { return &t.Version },
	Fields: map[string]func(*TopUp) any{
		"party":      func(t *TopUp) any { return string(t.Party) },
		"state":      func(t *TopUp) any { return string(t.State) },
		"created_at": func(t *TopUp) any { return t.CreatedAt },
	},
}

// PayoutTable declares how payouts are kept.
var PayoutTable = &lance.Table[Payout]{
	Noun:    "payout",
	ID:      func(p *Payout) string { return string(p.ID) },
	Version: func(p *Payout) *int64 { return &p.Version },
	Fields: map[string]func(*Payout) any{
		"party":      func(p *Payout) any { return string(p.Party) },
		"state":      func(p *Payout) any { return string(p.State) },
		"created_at": func(p *Payout) any { return p.CreatedAt },
	},
}

// ProviderEventTable declares how provider events are kept: they are only
// inserted.
var ProviderEventTable = &lance.Table[ProviderEvent]{
	Noun: "provider_event",
	ID:   func(e *ProviderEvent) string { return string(e.ID) },
	Fields: map[string]func(*ProviderEvent) any{
		"provider":    func(e *ProviderEvent) any { return e.Provider },
		"event_id":    func(e *ProviderEvent) any { return e.EventID },
		"received_at": func(e *ProviderEvent) any { return e.ReceivedAt },
	},
	Unique: [][]string{{"provider", "event_id"}},
}

// ProviderEventID names a provider event: "pev_…".
type ProviderEventID string

// ProviderEvent is what a provider told by webhook, kept before it is acted on.
type ProviderEvent struct {
	ID         ProviderEventID
	Provider   string
	EventID    string // the provider's name of it, unique per provider
	Kind       provider.Kind
	Key        string // ours
	Ref        string // the provider's
	State      provider.State
	Amount     lance.Money
	Code       string
	At         time.Time // by the provider's clock, UTC
	ReceivedAt time.Time // UTC
}
