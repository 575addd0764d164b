package escrow

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/policy"
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

// AgreementProposed says that one party waits for the other's word.
type AgreementProposed struct {
	Changed
	By        lance.PartyID `json:"by"`
	ExpiresAt time.Time     `json:"expires_at"` // when the proposal is over by itself
}

// EventType returns "agreement.proposed", schema 1.
func (AgreementProposed) EventType() (string, int) { return "agreement.proposed", 1 }

// AgreementPartFunded says that a part of the price was moved into the hold and
// more is missing.
type AgreementPartFunded struct{ Moved }

// EventType returns "agreement.part_funded", schema 1.
func (AgreementPartFunded) EventType() (string, int) { return "agreement.part_funded", 1 }

// AgreementFunded says that the price, or the last part of it, was moved into the
// hold: the whole price is held.
type AgreementFunded struct{ Moved }

// EventType returns "agreement.funded", schema 1.
func (AgreementFunded) EventType() (string, int) { return "agreement.funded", 1 }

// AgreementSubmitted says that the payee takes the work for done; the clock runs.
type AgreementSubmitted struct {
	Changed
	ReleaseAt time.Time `json:"release_at,omitzero"` // when it releases by itself; absent until the price is held
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

// AgreementReleased says that all that was left was paid, or that nothing was left
// and both are to be content with the parts that were.
type AgreementReleased struct{ Moved }

// EventType returns "agreement.released", schema 1.
func (AgreementReleased) EventType() (string, int) { return "agreement.released", 1 }

// AgreementRefundAsked says that the payer asks money back.
type AgreementRefundAsked struct {
	Changed
	Asked    lance.Money `json:"asked"`     // of the price
	AnswerAt time.Time   `json:"answer_at"` // when the request is answered by itself
}

// EventType returns "agreement.refund_asked", schema 1.
func (AgreementRefundAsked) EventType() (string, int) { return "agreement.refund_asked", 1 }

// AgreementRefundDeclined says that the payee, or his silence, keeps the money
// where it is.
type AgreementRefundDeclined struct{ Changed }

// EventType returns "agreement.refund_declined", schema 1.
func (AgreementRefundDeclined) EventType() (string, int) { return "agreement.refund_declined", 1 }

// AgreementPartRefunded says that a part went back and the rest is still held.
type AgreementPartRefunded struct{ Moved }

// EventType returns "agreement.part_refunded", schema 1.
func (AgreementPartRefunded) EventType() (string, int) { return "agreement.part_refunded", 1 }

// AgreementRefunded says that all that was left went back.
type AgreementRefunded struct{ Moved }

// EventType returns "agreement.refunded", schema 1.
func (AgreementRefunded) EventType() (string, int) { return "agreement.refunded", 1 }

// AgreementCancelled says that an agreement ended with nothing held and nothing paid.
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

// AgreementAmendmentProposed says that one party wants another price.
type AgreementAmendmentProposed struct {
	Changed
	By        lance.PartyID `json:"by"`
	Price     lance.Money   `json:"price"`      // the new one
	ExpiresAt time.Time     `json:"expires_at"` // when the proposal is over by itself
}

// EventType returns "agreement.amendment_proposed", schema 1.
func (AgreementAmendmentProposed) EventType() (string, int) { return "agreement.amendment_proposed", 1 }

// AgreementAmendmentDeclined says that the price stays: it was refused, taken
// back, or nobody answered.
type AgreementAmendmentDeclined struct {
	Changed
	Price lance.Money `json:"price"` // that was proposed
}

// EventType returns "agreement.amendment_declined", schema 1.
func (AgreementAmendmentDeclined) EventType() (string, int) { return "agreement.amendment_declined", 1 }

// AgreementAmended says that both parties agreed on another price, and what that
// moved.
type AgreementAmended struct {
	Changed
	Before  lance.Money `json:"before"`  // the price before
	More    lance.Money `json:"more"`    // into the hold, from the payer; below zero: out of it, back to him
	Amended int         `json:"amended"` // the version of the price
}

// EventType returns "agreement.amended", schema 1.
func (AgreementAmended) EventType() (string, int) { return "agreement.amended", 1 }

// CaseRef is "kind/id" of a case, which lance.ParseRef reads.
type CaseRef string

// AgreementFrozen says that a case is open and everything stands, if it did not for
// another one.
type AgreementFrozen struct {
	Changed
	Case CaseRef `json:"case"` // what has frozen it
}

// EventType returns "agreement.frozen", schema 1.
func (AgreementFrozen) EventType() (string, int) { return "agreement.frozen", 1 }

// AgreementThawed says that the case is closed and everything goes on, unless
// another one has the agreement frozen yet.
type AgreementThawed struct {
	Changed
	Case      CaseRef   `json:"case"`                // what had frozen it
	ReleaseAt time.Time `json:"release_at,omitzero"` // when it releases by itself; absent while that clock stands
}

// EventType returns "agreement.thawed", schema 1.
func (AgreementThawed) EventType() (string, int) { return "agreement.thawed", 1 }

// AgreementReclaimed says that a bank has taken money back that the agreement held.
type AgreementReclaimed struct {
	Changed
	Case     CaseRef     `json:"case"`     // for which it was
	Taken    lance.Money `json:"taken"`    // out of the hold
	Price    lance.Money `json:"price"`    // of the price: what counts as not funded again
	Returned lance.Money `json:"returned"` // to the payer, of what was held besides
}

// EventType returns "agreement.reclaimed", schema 1.
func (AgreementReclaimed) EventType() (string, int) { return "agreement.reclaimed", 1 }

// AgreementIndemnified says that the guarantee fund has given the payer back what was
// released.
type AgreementIndemnified struct {
	Changed
	Case  CaseRef     `json:"case"`  // for what it was
	Given lance.Money `json:"given"` // of what was released
}

// EventType returns "agreement.indemnified", schema 1.
func (AgreementIndemnified) EventType() (string, int) { return "agreement.indemnified", 1 }

// AgreementSettled says that a ruling has divided what was left: Gross and Net are
// the payee's part, before and after fees.
type AgreementSettled struct {
	Moved
	Returned lance.Money `json:"returned"` // what the payer got back, with his fees
	Bears    Bearer      `json:"bears"`    // who was to bear the fees
}

// EventType returns "agreement.settled", schema 1.
func (AgreementSettled) EventType() (string, int) { return "agreement.settled", 1 }

// AgreementLimitNear warns that held money will soon have to leave.
type AgreementLimitNear struct {
	Changed
	LimitAt time.Time      `json:"limit_at"` // when it leaves by itself
	Then    policy.Outcome `json:"then"`     // where to
}

// EventType returns "agreement.limit_near", schema 1.
func (AgreementLimitNear) EventType() (string, int) { return "agreement.limit_near", 1 }

// AgreementReleaseNear reminds the payer that what was submitted will soon be
// released.
type AgreementReleaseNear struct {
	Changed
	ReleaseAt time.Time `json:"release_at"` // when it releases by itself
}

// EventType returns "agreement.release_near", schema 1.
func (AgreementReleaseNear) EventType() (string, int) { return "agreement.release_near", 1 }
