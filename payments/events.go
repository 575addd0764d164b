package payments

import "github.com/megilance/lance"

// TopUpChanged is what every event about a top-up carries: whose it is and where
// it stands after the change. It holds no tokens.
type TopUpChanged struct {
	TopUp  TopUpID       `json:"top_up"`
	Party  lance.PartyID `json:"party"`
	Amount lance.Money   `json:"amount"`
	State  TopUpState    `json:"state"`
	Code   string        `json:"code,omitempty"` // why it was declined: a reason's code
}

// TopUpRequested says that a party wants to top its wallet up.
type TopUpRequested struct{ TopUpChanged }

// EventType returns "top_up.requested", schema 1.
func (TopUpRequested) EventType() (string, int) { return "top_up.requested", 1 }

// TopUpSubmitted says that the provider has the charge and has not decided.
type TopUpSubmitted struct{ TopUpChanged }

// EventType returns "top_up.submitted", schema 1.
func (TopUpSubmitted) EventType() (string, int) { return "top_up.submitted", 1 }

// TopUpConfirmed says that a top-up was charged and credited.
type TopUpConfirmed struct{ TopUpChanged }

// EventType returns "top_up.confirmed", schema 1.
func (TopUpConfirmed) EventType() (string, int) { return "top_up.confirmed", 1 }

// TopUpSettled says that what was charged has become cash.
type TopUpSettled struct{ TopUpChanged }

// EventType returns "top_up.settled", schema 1.
func (TopUpSettled) EventType() (string, int) { return "top_up.settled", 1 }

// TopUpDeclined says that a top-up was refused.
type TopUpDeclined struct{ TopUpChanged }

// EventType returns "top_up.declined", schema 1.
func (TopUpDeclined) EventType() (string, int) { return "top_up.declined", 1 }

// TopUpAbandoned says that an administrator gave a top-up up.
type TopUpAbandoned struct{ TopUpChanged }

// EventType returns "top_up.abandoned", schema 1.
func (TopUpAbandoned) EventType() (string, int) { return "top_up.abandoned", 1 }

// PayoutChanged is what every event about a payout carries: whose it is and
// where it stands after the change. It holds no tokens.
type PayoutChanged struct {
	Payout PayoutID      `json:"payout"`
	Party  lance.PartyID `json:"party"`
	Amount lance.Money   `json:"amount"`
	State  PayoutState   `json:"state"`
	Code   string        `json:"code,omitempty"` // why it was rejected or returned: a reason's code
}

// PayoutRequested says that a party wants a payout; the amount is reserved.
type PayoutRequested struct{ PayoutChanged }

// EventType returns "payout.requested", schema 1.
func (PayoutRequested) EventType() (string, int) { return "payout.requested", 1 }

// PayoutSubmitted says that the provider has the payout.
type PayoutSubmitted struct{ PayoutChanged }

// EventType returns "payout.submitted", schema 1.
func (PayoutSubmitted) EventType() (string, int) { return "payout.submitted", 1 }

// PayoutPaid says that a payout was sent.
type PayoutPaid struct{ PayoutChanged }

// EventType returns "payout.paid", schema 1.
func (PayoutPaid) EventType() (string, int) { return "payout.paid", 1 }

// PayoutRejected says that a payout was refused and its amount is available.
type PayoutRejected struct{ PayoutChanged }

// EventType returns "payout.rejected", schema 1.
func (PayoutRejected) EventType() (string, int) { return "payout.rejected", 1 }

// PayoutReturned says that a payout came back and its amount is available.
type PayoutReturned struct{ PayoutChanged }

// EventType returns "payout.returned", schema 1.
func (PayoutReturned) EventType() (string, int) { return "payout.returned", 1 }

// ProviderEventReceived says that a provider told something.
type ProviderEventReceived struct {
	Event    ProviderEventID `json:"provider_event"`
	Provider string          `json:"provider"`
	Kind     string          `json:"kind"`
	State    string          `json:"state,omitempty"`
}

// EventType returns "provider_event.received", schema 1.
func (ProviderEventReceived) EventType() (string, int) { return "provider_event.received", 1 }

// Payloads returns one of each event that this package emits, for the catalogue
// of events.
func Payloads() []lance.Payload {
	return []lance.Payload{
		TopUpRequested{}, TopUpSubmitted{}, TopUpConfirmed{}, TopUpSettled{}, TopUpDeclined{}, TopUpAbandoned{},
		PayoutRequested{}, PayoutSubmitted{}, PayoutPaid{}, PayoutRejected{}, PayoutReturned{},
		ProviderEventReceived{},
	}
}

func (t *TopUp) changed() TopUpChanged {
	return TopUpChanged{TopUp: t.ID, Party: t.Party, Amount: t.Amount, State: t.State, Code: t.Code}
}

func (t *TopUp) change() lance.Change {
	return lance.Change{Stream: t.Ref(), Version: t.Version, Parties: []lance.PartyID{t.Party}}
}

func (p *Payout) changed() PayoutChanged {
	return PayoutChanged{Payout: p.ID, Party: p.Party, Amount: p.Amount, State: p.State, Code: p.Code}
}

func (p *Payout) change() lance.Change {
	return lance.Change{Stream: p.Ref(), Version: p.Version, Parties: []lance.PartyID{p.Party}}
}
