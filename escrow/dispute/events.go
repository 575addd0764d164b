package dispute

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// Changed is what every event about a case carries: who and what it is about, and
// where it stands after the change. It holds no texts.
type Changed struct {
	Case       ID            `json:"dispute"`
	Agreement  escrow.ID     `json:"agreement"`
	Payer      lance.PartyID `json:"payer"`
	Payee      lance.PartyID `json:"payee"`
	Opener     lance.PartyID `json:"opener"`
	State      State         `json:"state"`
	DeadlineAt time.Time     `json:"deadline_at,omitzero"` // when the stage ends by itself; absent while that clock stands
}

func (c *Case) changed() Changed {
	return Changed{c.ID, c.Agreement, c.Payer, c.Payee, c.Opener, c.State, c.DeadlineAt}
}

// CaseOpened says that a party has opened a case and its agreement is frozen.
type CaseOpened struct {
	Changed
	Reason  Reason      `json:"reason"`
	Held    lance.Money `json:"held"`     // of the price: what is to be divided
	ToPayee lance.Money `json:"to_payee"` // of that: what is claimed for the payee
}

// EventType returns "dispute.opened", schema 1.
func (CaseOpened) EventType() (string, int) { return "dispute.opened", 1 }

// CaseResponded says that the other party has said its side.
type CaseResponded struct {
	Changed
	ToPayee lance.Money `json:"to_payee"` // what it thinks the payee should get
}

// EventType returns "dispute.responded", schema 1.
func (CaseResponded) EventType() (string, int) { return "dispute.responded", 1 }

// CaseEvidenceAdded says that a party has shown something.
type CaseEvidenceAdded struct {
	Changed
	Evidence EvidenceID    `json:"evidence"`
	By       lance.PartyID `json:"by"`
	Text     Digest        `json:"text_sha256,omitempty"` // of the salted text; absent without one
	Files    []Digest      `json:"files_sha256"`          // of the files' bytes, in order
}

// EventType returns "dispute.evidence_added", schema 1.
func (CaseEvidenceAdded) EventType() (string, int) { return "dispute.evidence_added", 1 }

// EvidenceAdded says that there is an item of evidence, and what seals it.
type EvidenceAdded struct {
	Evidence EvidenceID    `json:"evidence"`
	Case     ID            `json:"dispute"`
	By       lance.PartyID `json:"by"`
	State    Digest        `json:"state"` // Evidence.Seal: of all that it says
}

// EventType returns "evidence.added", schema 1.
func (EvidenceAdded) EventType() (string, int) { return "evidence.added", 1 }

// CaseOffered says that a party, or the mediator, offers a split.
type CaseOffered struct {
	Changed
	By       lance.PartyID `json:"by,omitempty"`       // the party; absent when the mediator does
	Mediator lance.UserID  `json:"mediator,omitempty"` // absent when a party does
	ToPayee  lance.Money   `json:"to_payee"`
}

// EventType returns "dispute.offered", schema 1.
func (CaseOffered) EventType() (string, int) { return "dispute.offered", 1 }

// CaseOfferAccepted says that one party has accepted what the mediator offers, and
// that it waits for the other.
type CaseOfferAccepted struct {
	Changed
	By      lance.PartyID `json:"by"`
	ToPayee lance.Money   `json:"to_payee"`
}

// EventType returns "dispute.offer_accepted", schema 1.
func (CaseOfferAccepted) EventType() (string, int) { return "dispute.offer_accepted", 1 }

// CaseOfferDeclined says that an offer was refused or taken back.
type CaseOfferDeclined struct {
	Changed
	By       lance.PartyID `json:"by,omitempty"`       // the party that had made it; absent when the mediator had
	Mediator lance.UserID  `json:"mediator,omitempty"` // absent when a party had
	ToPayee  lance.Money   `json:"to_payee"`
}

// EventType returns "dispute.offer_declined", schema 1.
func (CaseOfferDeclined) EventType() (string, int) { return "dispute.offer_declined", 1 }

// CaseEscalated says that the case went to its next stage.
type CaseEscalated struct {
	Changed
	From State `json:"from"`
}

// EventType returns "dispute.escalated", schema 1.
func (CaseEscalated) EventType() (string, int) { return "dispute.escalated", 1 }

// CaseDueSoon says that the stage of a case, its state, ends by itself soon, and what
// happens then. It is said once in a stage.
type CaseDueSoon struct {
	Changed
	Then    Action          `json:"then"`            // what happens when nobody acts until then
	End     End             `json:"end,omitempty"`   // as what that divides what is held; absent where it does not
	ToPayee lance.Money     `json:"to_payee"`        // by which the payee gets so much of the price, before fees
	ToPayer lance.Money     `json:"to_payer"`        // and the payer so much
	Awaited []lance.PartyID `json:"awaited"`         // the parties that may still act
	Judge   lance.UserID    `json:"judge,omitempty"` // who mediates or arbitrates; absent where nobody does yet
}

// EventType returns "dispute.due_soon", schema 1.
func (CaseDueSoon) EventType() (string, int) { return "dispute.due_soon", 1 }

// CaseAssigned says who mediates, or who arbitrates.
type CaseAssigned struct {
	Changed
	User lance.UserID `json:"user"`
}

// EventType returns "dispute.assigned", schema 1.
func (CaseAssigned) EventType() (string, int) { return "dispute.assigned", 1 }

// CaseRuled says that an arbiter has decided.
type CaseRuled struct {
	Changed
	Arbiter lance.UserID  `json:"arbiter"`
	ToPayee lance.Money   `json:"to_payee"`
	ToPayer lance.Money   `json:"to_payer"` // the rest
	Bears   escrow.Bearer `json:"bears"`
}

// EventType returns "dispute.ruled", schema 1.
func (CaseRuled) EventType() (string, int) { return "dispute.ruled", 1 }

// CaseAppealed says that a party has another arbiter decide.
type CaseAppealed struct {
	Changed
	By lance.PartyID `json:"by"`
}

// EventType returns "dispute.appealed", schema 1.
func (CaseAppealed) EventType() (string, int) { return "dispute.appealed", 1 }

// CaseResolved says that what was held is divided.
type CaseResolved struct {
	Changed
	End     End           `json:"end"`
	ToPayee lance.Money   `json:"to_payee"`
	ToPayer lance.Money   `json:"to_payer"` // the rest
	Bears   escrow.Bearer `json:"bears"`
}

// EventType returns "dispute.resolved", schema 1.
func (CaseResolved) EventType() (string, int) { return "dispute.resolved", 1 }

// CaseWithdrawn says that the case was taken back and the agreement goes on.
type CaseWithdrawn struct{ Changed }

// EventType returns "dispute.withdrawn", schema 1.
func (CaseWithdrawn) EventType() (string, int) { return "dispute.withdrawn", 1 }

// CaseSuspended says that the case waits for something stronger.
type CaseSuspended struct {
	Changed
	For escrow.CaseRef `json:"for"`
}

// EventType returns "dispute.suspended", schema 1.
func (CaseSuspended) EventType() (string, int) { return "dispute.suspended", 1 }

// CaseResumed says that the case need not wait for something any more; its
// state tells whether it waits for something else.
type CaseResumed struct {
	Changed
	For  escrow.CaseRef `json:"for"`  // what it has waited for
	Held lance.Money    `json:"held"` // of the price: what the case is about now
}

// EventType returns "dispute.resumed", schema 1.
func (CaseResumed) EventType() (string, int) { return "dispute.resumed", 1 }

// CaseOvertaken says that something stronger has divided what was held.
type CaseOvertaken struct {
	Changed
	ToPayee lance.Money `json:"to_payee"`
	ToPayer lance.Money `json:"to_payer"` // the rest
}

// EventType returns "dispute.overtaken", schema 1.
func (CaseOvertaken) EventType() (string, int) { return "dispute.overtaken", 1 }
