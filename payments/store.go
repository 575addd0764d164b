package payments

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/payments/provider"
)

// Repos is what payments needs of a transaction.
type Repos interface {
	dispute.Repos // cases wait for chargebacks; brings escrow along
	// TopUps is the store of top-ups.
	TopUps() lance.Rows[TopUp, TopUpID]
	// Payouts is the store of payouts.
	Payouts() lance.Rows[Payout, PayoutID]
	// Chargebacks is the store of chargebacks.
	Chargebacks() lance.Rows[Chargeback, ChargebackID]
	// Debts is the store of what parties owe the platform.
	Debts() lance.Rows[Debt, DebtID]
	// Payers knows who has paid.
	Payers() Payers
	// ProviderEvents is the store of what providers told.
	ProviderEvents() lance.Rows[ProviderEvent, ProviderEventID]
}

// Payers tells, of what the stores of top-ups and chargebacks keep, who has paid.
type Payers interface {
	// Verified returns those of the parties, which are in order and each there once,
	// that have a top-up which is confirmed and of which no chargeback is lost, in order.
	// What it costs grows with the parties, and not with what they have paid.
	Verified(ctx context.Context, parties ...lance.PartyID) ([]lance.PartyID, error)
}

// TopUpTable is how a TopUp is kept. No charge of a provider's is that of two
// top-ups.
var TopUpTable = &lance.Table[TopUp]{
	Noun:    topUpNoun,
	ID:      func(t *TopUp) string { return string(t.ID) },
	Version: func(t *TopUp) *int64 { return &t.Version },
	Fields: map[string]func(*TopUp) any{
		"party":        func(t *TopUp) any { return string(t.Party) },
		"state":        func(t *TopUp) any { return string(t.State) },
		"provider":     func(t *TopUp) any { return t.Provider },
		"provider_ref": func(t *TopUp) any { return orNone(t.ProviderRef) },
		"created_at":   func(t *TopUp) any { return t.CreatedAt },
	},
	Unique: [][]string{{"provider", "provider_ref"}},
}

// PayoutTable is how a Payout is kept. No payment of a provider's is that of two
// payouts.
var PayoutTable = &lance.Table[Payout]{
	Noun:    payoutNoun,
	ID:      func(p *Payout) string { return string(p.ID) },
	Version: func(p *Payout) *int64 { return &p.Version },
	Fields: map[string]func(*Payout) any{
		"party":        func(p *Payout) any { return string(p.Party) },
		"state":        func(p *Payout) any { return string(p.State) },
		"provider":     func(p *Payout) any { return p.Provider },
		"provider_ref": func(p *Payout) any { return orNone(p.ProviderRef) },
		"created_at":   func(p *Payout) any { return p.CreatedAt },
	},
	Unique: [][]string{{"provider", "provider_ref"}},
}

// ChargebackTable is how a Chargeback is kept. One of a provider's is kept once.
var ChargebackTable = &lance.Table[Chargeback]{
	Noun:    chargebackNoun,
	ID:      func(c *Chargeback) string { return string(c.ID) },
	Version: func(c *Chargeback) *int64 { return &c.Version },
	Fields: map[string]func(*Chargeback) any{
		"party":        func(c *Chargeback) any { return string(c.Party) },
		"top_up":       func(c *Chargeback) any { return string(c.TopUp) },
		"state":        func(c *Chargeback) any { return string(c.State) },
		"provider":     func(c *Chargeback) any { return c.Provider },
		"provider_ref": func(c *Chargeback) any { return c.ProviderRef },
		"created_at":   func(c *Chargeback) any { return c.CreatedAt },
	},
	Unique: [][]string{{"provider", "provider_ref"}},
}

// DebtTable is how a Debt is kept.
var DebtTable = &lance.Table[Debt]{
	Noun:    debtNoun,
	ID:      func(d *Debt) string { return string(d.ID) },
	Version: func(d *Debt) *int64 { return &d.Version },
	Fields: map[string]func(*Debt) any{
		"party":      func(d *Debt) any { return string(d.Party) },
		"state":      func(d *Debt) any { return string(d.State) },
		"created_at": func(d *Debt) any { return d.CreatedAt },
	},
}

// ProviderEventTable is how a ProviderEvent is kept: it is only ever inserted.
var ProviderEventTable = &lance.Table[ProviderEvent]{
	Noun: eventNoun,
	ID:   func(e *ProviderEvent) string { return string(e.ID) },
	Fields: map[string]func(*ProviderEvent) any{
		"provider":    func(e *ProviderEvent) any { return e.Provider },
		"event_id":    func(e *ProviderEvent) any { return e.EventID },
		"received_at": func(e *ProviderEvent) any { return e.ReceivedAt },
	},
	Unique: [][]string{{"provider", "event_id"}},
}

// orNone keeps the empty text as none.
func orNone(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// eventNoun is what a provider event is called in faults, locks and events.
const eventNoun = "provider_event"

// ProviderEventID names a provider event: "pev_…", made from the provider's name
// and its own name of the event, so that the same event has the same.
type ProviderEventID string

// ProviderEvent is what a provider told by webhook, kept before it is acted on.
type ProviderEvent struct {
	ID         ProviderEventID
	Provider   string
	EventID    string // the provider's name of it, unique per provider
	Kind       provider.Kind
	Key        string // ours, of the charge or payout; "" when the provider did not know
	Ref        string // the provider's
	State      provider.State
	Amount     lance.Money
	Code       string
	At         time.Time // by the provider's clock, UTC
	ReceivedAt time.Time // UTC

	Chargeback string      // the provider's name of it
	Fee        lance.Money // that it takes for it; the zero Money: nothing
	AnswerBy   time.Time   // until when evidence has to be there, UTC
}

func eventRef(id ProviderEventID) lance.Ref { return lance.Ref{Kind: eventNoun, ID: string(id)} }
