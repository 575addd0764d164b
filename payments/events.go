package payments

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

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

// ChargebackChanged is what every event about a chargeback carries: whose charge it
// is and where it stands after the change. It holds no tokens.
type ChargebackChanged struct {
	Chargeback ChargebackID    `json:"chargeback"`
	TopUp      TopUpID         `json:"top_up"`
	Party      lance.PartyID   `json:"party"`
	Amount     lance.Money     `json:"amount"`
	State      ChargebackState `json:"state"`
	Code       string          `json:"code,omitempty"` // why, as the bank says: a reason's code
	Aside      lance.Money     `json:"aside"`          // what is set aside in reserves
}

// ChargebackOpened says that a payer's bank takes a charge, or a part of one, back,
// perhaps once more.
type ChargebackOpened struct {
	ChargebackChanged
	Fee lance.Money `json:"fee"` // what the provider took for it; nothing the second time
}

// EventType returns "chargeback.opened", schema 1.
func (ChargebackOpened) EventType() (string, int) { return "chargeback.opened", 1 }

// ChargebackMoved says that money which an agreement has held is set aside instead:
// another chargeback has ended the agreement, or left it less.
type ChargebackMoved struct{ ChargebackChanged }

// EventType returns "chargeback.moved", schema 1.
func (ChargebackMoved) EventType() (string, int) { return "chargeback.moved", 1 }

// ChargebackOverdue warns that nobody has said how a chargeback ended.
type ChargebackOverdue struct {
	ChargebackChanged
	LapsesAt time.Time `json:"lapses_at"` // when it counts as lost
}

// EventType returns "chargeback.overdue", schema 1.
func (ChargebackOverdue) EventType() (string, int) { return "chargeback.overdue", 1 }

// ChargebackLapsed says that a chargeback counts as lost from now on.
type ChargebackLapsed struct{ ChargebackChanged }

// EventType returns "chargeback.lapsed", schema 1.
func (ChargebackLapsed) EventType() (string, int) { return "chargeback.lapsed", 1 }

// ChargebackWon says that the money is the platform's again and everything goes on,
// or, where it was lost before, that each has back what he has borne.
type ChargebackWon struct{ ChargebackChanged }

// EventType returns "chargeback.won", schema 1.
func (ChargebackWon) EventType() (string, int) { return "chargeback.won", 1 }

// ChargebackLost says that the money is gone.
type ChargebackLost struct {
	ChargebackChanged
	Owed lance.Money `json:"owed"` // what parties came to owe for it
	Loss lance.Money `json:"loss"` // what fell on the platform, its own fees aside
}

// EventType returns "chargeback.lost", schema 1.
func (ChargebackLost) EventType() (string, int) { return "chargeback.lost", 1 }

// DebtChanged is what every event about a debt carries: whose it is and where it
// stands after the change.
type DebtChanged struct {
	Debt   DebtID         `json:"debt"`
	Party  lance.PartyID  `json:"party"`
	For    escrow.CaseRef `json:"for"` // what it is owed for
	Amount lance.Money    `json:"amount"`
	Paid   lance.Money    `json:"paid"` // so far
	State  DebtState      `json:"state"`
}

// DebtArisen says that a party owes the platform.
type DebtArisen struct{ DebtChanged }

// EventType returns "debt.arisen", schema 1.
func (DebtArisen) EventType() (string, int) { return "debt.arisen", 1 }

// DebtPartNetted says that a part of a debt was taken out of what its party had.
type DebtPartNetted struct {
	DebtChanged
	Net lance.Money `json:"net"` // in this change
}

// EventType returns "debt.part_netted", schema 1.
func (DebtPartNetted) EventType() (string, int) { return "debt.part_netted", 1 }

// DebtNetted says that all that was left of a debt was taken.
type DebtNetted struct {
	DebtChanged
	Net lance.Money `json:"net"` // in this change
}

// EventType returns "debt.netted", schema 1.
func (DebtNetted) EventType() (string, int) { return "debt.netted", 1 }

// DebtWrittenOff says that the platform bears what was left of a debt.
type DebtWrittenOff struct {
	DebtChanged
	Loss lance.Money `json:"loss"`
}

// EventType returns "debt.written_off", schema 1.
func (DebtWrittenOff) EventType() (string, int) { return "debt.written_off", 1 }

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
		ChargebackOpened{}, ChargebackMoved{}, ChargebackOverdue{}, ChargebackLapsed{}, ChargebackWon{}, ChargebackLost{},
		DebtArisen{}, DebtPartNetted{}, DebtNetted{}, DebtWrittenOff{},
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

func (c *Chargeback) changed() ChargebackChanged {
	aside := int64(0)
	for _, p := range c.Parts {
		aside += p.Aside.Minor()
	}
	return ChargebackChanged{
		Chargeback: c.ID, TopUp: c.TopUp, Party: c.Party, Amount: c.Amount, State: c.State, Code: c.Code, Aside: c.minor(aside),
	}
}

func (c *Chargeback) change() lance.Change {
	return lance.Change{Stream: c.Ref(), Version: c.Version, Parties: c.Parties()}
}

func (d *Debt) changed() DebtChanged {
	return DebtChanged{Debt: d.ID, Party: d.Party, For: escrow.CaseRef(d.For.String()), Amount: d.Amount, Paid: d.Paid, State: d.State}
}

func (d *Debt) change() lance.Change {
	return lance.Change{Stream: d.Ref(), Version: d.Version, Parties: []lance.PartyID{d.Party}}
}
