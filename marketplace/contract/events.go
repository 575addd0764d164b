package contract

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/project"
)

// Changed is what the events about a contract carry.
type Changed struct {
	ID         ID            `json:"contract"`
	Project    project.ID    `json:"project"`
	Client     lance.PartyID `json:"client"`
	Freelancer lance.PartyID `json:"freelancer"`
	State      State         `json:"state"`
	Total      lance.Money   `json:"total"`
}

// Accepted says that a proposal was accepted and the contract began.
type Accepted struct {
	Changed
	Proposal project.ProposalID `json:"proposal"`
}

// EventType returns "contract.accepted", schema 1.
func (Accepted) EventType() (string, int) { return "contract.accepted", 1 }

// Described says that the freelancer changed the contract's description.
type Described struct{ Changed }

// EventType returns "contract.described", schema 1.
func (Described) EventType() (string, int) { return "contract.described", 1 }

// Completed says that every milestone is finished and one or more approved.
type Completed struct{ Changed }

// EventType returns "contract.completed", schema 1.
func (Completed) EventType() (string, int) { return "contract.completed", 1 }

// Cancelled says that the contract ended without being completed.
type Cancelled struct{ Changed }

// EventType returns "contract.cancelled", schema 1.
func (Cancelled) EventType() (string, int) { return "contract.cancelled", 1 }

// Amended says that the contract's total has changed with a milestone's amount.
type Amended struct {
	Changed
	Milestone MilestoneID `json:"milestone"`
}

// EventType returns "contract.amended", schema 1.
func (Amended) EventType() (string, int) { return "contract.amended", 1 }

// MilestoneChanged is what the events about a milestone carry.
type MilestoneChanged struct {
	ID        MilestoneID    `json:"milestone"`
	Contract  ID             `json:"contract"`
	Agreement escrow.ID      `json:"agreement"`
	State     MilestoneState `json:"state"`
	Amount    lance.Money    `json:"amount"`
}

// Planned says that the milestone was agreed on.
type Planned struct{ MilestoneChanged }

// EventType returns "milestone.planned", schema 1.
func (Planned) EventType() (string, int) { return "milestone.planned", 1 }

// Funded says that the milestone's money is held.
type Funded struct{ MilestoneChanged }

// EventType returns "milestone.funded", schema 1.
func (Funded) EventType() (string, int) { return "milestone.funded", 1 }

// Submitted says that the freelancer submitted work.
type Submitted struct {
	MilestoneChanged
	Turn   TurnID        `json:"turn"`
	Files  []file.ID     `json:"files"`
	SHA256 []file.Digest `json:"sha256"` // of each file
}

// EventType returns "milestone.submitted", schema 1.
func (Submitted) EventType() (string, int) { return "milestone.submitted", 1 }

// ChangesRequested says that the client sent the work back.
type ChangesRequested struct {
	MilestoneChanged
	Turn      TurnID    `json:"turn"`
	Revisions int       `json:"revisions"` // how often so far
	DueAt     time.Time `json:"due_at,omitzero"`
}

// EventType returns "milestone.changes_requested", schema 1.
func (ChangesRequested) EventType() (string, int) { return "milestone.changes_requested", 1 }

// Approved says that the work was approved, by the client or because
// he let the time for it pass, and its money released.
type Approved struct{ MilestoneChanged }

// EventType returns "milestone.approved", schema 1.
func (Approved) EventType() (string, int) { return "milestone.approved", 1 }

// CancelledMilestone says that nothing is held for the milestone any more.
type CancelledMilestone struct{ MilestoneChanged }

// EventType returns "milestone.cancelled", schema 1.
func (CancelledMilestone) EventType() (string, int) { return "milestone.cancelled", 1 }

// AmendedMilestone says that the parties agreed on another amount.
type AmendedMilestone struct {
	MilestoneChanged
	Before lance.Money `json:"before"` // the amount before
}

// EventType returns "milestone.amended", schema 1.
func (AmendedMilestone) EventType() (string, int) { return "milestone.amended", 1 }
