package payments

import "github.com/megilance/lance"

// TopUpChanged is the body of every event of a top-up.
type TopUpChanged struct {
	TopUp  TopUpID       `json:"top_up_id"`
	Party  lance.PartyID `json:"party"`
	Amount lance.Money   `json:"amount"`
	State  TopUpState    `json:"state"`
	Code   string        `json:"code,omitempty"`
}

// TopUpRequested says that a party wants to top its wallet up.
type TopUpRequested struct{ TopUpChanged }

// EventType returns "top_up.requested".
func (TopUpRequested) EventType() (string, int) { return "top_up.requested", 1 }

// TopUpConfirmedEvent says that a top-up was charged and credited.
type TopUpConfirmedEvent struct{ TopUpChanged }

// EventType returns "top_up.confirmed".
func (TopUpConfirmedEvent) EventType() (string, int) { return "top_up.confirmed", 1 }

// TopUpDeclinedEvent says that a top-up was refused.
type TopUpDeclinedEvent struct{ TopUpChanged }

// EventType returns "top_up.declined".
func (TopUpDeclinedEvent) EventType() (string, int) { return "top_up.declined", 1 }

// TopUpAbandoned says that an administrator gave a top-up up.
type TopUpAbandoned struct{ TopUpChanged }

// EventType returns "top_up.abandoned".
func (TopUpAbandoned) EventType() (string, int) { return "top_up.abandoned", 1 }

// TopUpUpdated says that the provider named a top-up's charge, or settled it.
type TopUpUpdated struct {
	TopUpChanged
	Settled bool `json:"settled"`
}

// EventType returns "top_up.updated".
func (TopUpUpdated) EventType() (string, int) { return "top_up.updated", 1 }

// PayoutChanged is the body of every event of a payout.
type PayoutChanged struct {
	Payout PayoutID      `json:"payout_id"`
	Party  lance.PartyID `json:"party"`
	Amount lance.Money   `json:"amount"`
	State  PayoutState   `json:"state"`
	Code   string        `json:"code,omitempty"`
}

// PayoutRequestedEvent says that a party wants a payout; the amount is reserved.
type PayoutRequestedEvent struct{ PayoutChanged }

// EventType returns "payout.requested".
func (PayoutRequestedEvent) EventType() (string, int) { return "payout.requested", 1 }

// PayoutSubmittedEvent says that the provider has the payout.
type PayoutSubmittedEvent struct{ PayoutChanged }

// EventType returns "payout.submitted".
func (PayoutSubmittedEvent) EventType() (string, int) { return "payout.submitted", 1 }

// PayoutPaidEvent says that a payout was sent.
type PayoutPaidEvent struct{ PayoutChanged }

// EventType returns "payout.paid".
func (PayoutPaidEvent) EventType() (string, int) { return "payout.paid", 1 }

// PayoutRejectedEvent says that a payout was refused and its amount is available.
type PayoutRejectedEvent struct{ PayoutChanged }

// EventType returns "payout.rejected".
func (PayoutRejectedEvent) EventType() (string, int) { return "payout.rejected", 1 }

// PayoutReturnedEvent says that a payout came back after it was sent.
type PayoutReturnedEvent struct{ PayoutChanged }

// EventType returns "payout.returned".
func (PayoutReturnedEvent) EventType() (string, int) { return "payout.returned", 1 }

// ProviderEventReceived says that a provider told something.
type ProviderEventReceived struct {
	Event    ProviderEventID `json:"provider_event_id"`
	Provider string          `json:"provider"`
	Kind     string          `json:"kind"`
	State    string          `json:"state"`
}

// EventType returns "provider_event.received".
func (ProviderEventReceived) EventType() (string, int) { return "provider_event.received", 1 }

// of returns the body of a top-up's events.
func (t *TopUp) changed() TopUpChanged {
	return TopUpChanged{TopUp: t.ID, Party: t.Party, Amount: t.Amount, State: t.State, Code: t.Code}
}

func (t *TopUp) change() lance.Change {
	return lance.Change{Stream: t.Stream(), Version: t.Version, Parties: []lance.PartyID{t.Party}}
}

func (p *Payout) changed() PayoutChanged {
	return PayoutChanged{Payout: p.ID, Party: p.Party, Amount: p.Amount, State: p.State, Code: p.Code}
}

func (p *Payout) change() lance.Change {
	return lance.Change{Stream: p.Stream(), Version: p.Version, Parties: []lance.PartyID{p.Party}}
}
