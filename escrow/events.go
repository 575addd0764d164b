package escrow

import (
	"time"

	"github.com/megilance/lance"
)

// Changed is what every event about an agreement carries: who and what it is
// about, and where it stands after the change. It holds no texts.
type Changed struct {
	Agreement ID            `json:"agreement"`
	Subject   string        `json:"subject"` // "kind/id", which lance.ParseRef reads
	Payer     lance.PartyID `json:"payer"`
	Payee     lance.PartyID `json:"payee"`
	State     State         `json:"state"`
	Amount    lance.Money   `json:"amount"`   // the price
	Held      lance.Money   `json:"held"`     // what the hold has
	Released  lance.Money   `json:"released"` // of the price so far
	Refunded  lance.Money   `json:"refunded"` // of the price so far
}

func changed(a *Agreement) Changed {
	return Changed{a.ID, a.Subject.String(), a.Payer, a.Payee, a.State, a.Amount, a.Held, a.Released, a.Refunded}
}

// Moved is what an event about money says besides.
type Moved struct {
	Changed
	Gross    lance.Money `json:"gross"`     // of the price: what this change moved
	Net      lance.Money `json:"net"`       // what the one who gets it received
	PayerFee lance.Money `json:"payer_fee"` // what the payer bore of the fees in this change; below zero when it went back to him
	PayeeFee lance.Money `json:"payee_fee"` // what the payee bore of the fees in this change
}

// AgreementAgreed says that an agreement was made.
type AgreementAgreed struct{ Changed }

// EventType returns "agreement.agreed", schema 1.
func (AgreementAgreed) EventType() (string, int) { return "agreement.agreed", 1 }

// AgreementFunded says that the price was moved into the hold.
type AgreementFunded struct{ Moved }

// EventType returns "agreement.funded", schema 1.
func (AgreementFunded) EventType() (string, int) { return "agreement.funded", 1 }

// AgreementSubmitted says that the payee takes the work for done; the clock runs.
type AgreementSubmitted struct {
	Changed
	ReleaseAt time.Time `json:"release_at"` // when it releases by itself
}

// EventType returns "agreement.submitted", schema 1.
func (AgreementSubmitted) EventType() (string, int) { return "agreement.submitted", 1 }

// AgreementChangesRequested says that the payer does not take the work for done;
// the clock stands.
type AgreementChangesRequested struct{ Changed }

// EventType returns "agreement.changes_requested", schema 1.
func (AgreementChangesRequested) EventType() (string, int) { return "agreement.changes_requested", 1 }

// AgreementPartReleased says that a part was paid and the rest is still held.
type AgreementPartReleased struct{ Moved }

// EventType returns "agreement.part_released", schema 1.
func (AgreementPartReleased) EventType() (string, int) { return "agreement.part_released", 1 }

// AgreementReleased says that all that was left was paid.
type AgreementReleased struct{ Moved }

// EventType returns "agreement.released", schema 1.
func (AgreementReleased) EventType() (string, int) { return "agreement.released", 1 }

// AgreementRefundAsked says that the payer asks money back.
type AgreementRefundAsked struct {
	Changed
	Asked lance.Money `json:"asked"` // of the price
}

// EventType returns "agreement.refund_asked", schema 1.
func (AgreementRefundAsked) EventType() (string, int) { return "agreement.refund_asked", 1 }

// AgreementPartRefunded says that a part went back and the rest is still held.
type AgreementPartRefunded struct{ Moved }

// EventType returns "agreement.part_refunded", schema 1.
func (AgreementPartRefunded) EventType() (string, int) { return "agreement.part_refunded", 1 }

// AgreementRefunded says that all that was left went back.
type AgreementRefunded struct{ Moved }

// EventType returns "agreement.refunded", schema 1.
func (AgreementRefunded) EventType() (string, int) { return "agreement.refunded", 1 }

// AgreementCancelled says that an agreement ended before anything was held.
type AgreementCancelled struct{ Changed }

// EventType returns "agreement.cancelled", schema 1.
func (AgreementCancelled) EventType() (string, int) { return "agreement.cancelled", 1 }

// AgreementCleared says that released money became available.
type AgreementCleared struct {
	Changed
	Cleared lance.Money `json:"cleared"` // after fees
}

// EventType returns "agreement.cleared", schema 1.
func (AgreementCleared) EventType() (string, int) { return "agreement.cleared", 1 }
