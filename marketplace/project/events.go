package project

import "github.com/megilance/lance"

// Changed is what the events about a project carry.
type Changed struct {
	Project ID            `json:"project"`
	Client  lance.PartyID `json:"client"`
	State   State         `json:"state"`
}

// Created says that a client began a project.
type Created struct{ Changed }

// EventType returns "project.created", schema 1.
func (Created) EventType() (string, int) { return "project.created", 1 }

// Edited says that a client changed a project's terms.
type Edited struct{ Changed }

// EventType returns "project.edited", schema 1.
func (Edited) EventType() (string, int) { return "project.edited", 1 }

// Published says that a project was shown and takes proposals.
type Published struct{ Changed }

// EventType returns "project.published", schema 1.
func (Published) EventType() (string, int) { return "project.published", 1 }

// Closed says that a project takes no more proposals.
type Closed struct{ Changed }

// EventType returns "project.closed", schema 1.
func (Closed) EventType() (string, int) { return "project.closed", 1 }

// Reopened says that a closed project takes proposals again.
type Reopened struct{ Changed }

// EventType returns "project.reopened", schema 1.
func (Reopened) EventType() (string, int) { return "project.reopened", 1 }

// Awarded says that a proposal of the project was accepted.
type Awarded struct {
	Changed
	Proposal ProposalID `json:"proposal"`
}

// EventType returns "project.awarded", schema 1.
func (Awarded) EventType() (string, int) { return "project.awarded", 1 }

// Completed says that the project's work was done.
type Completed struct{ Changed }

// EventType returns "project.completed", schema 1.
func (Completed) EventType() (string, int) { return "project.completed", 1 }

// Vacated says that the project's contract was cancelled, so that another
// proposal can be accepted.
type Vacated struct{ Changed }

// EventType returns "project.vacated", schema 1.
func (Vacated) EventType() (string, int) { return "project.vacated", 1 }

// Cancelled says that the client gave the project up.
type Cancelled struct{ Changed }

// EventType returns "project.cancelled", schema 1.
func (Cancelled) EventType() (string, int) { return "project.cancelled", 1 }

// ProposalChanged is what the events about a proposal carry.
type ProposalChanged struct {
	Proposal   ProposalID    `json:"proposal"`
	Project    ID            `json:"project"`
	Freelancer lance.PartyID `json:"freelancer"`
	State      ProposalState `json:"state"`
	Total      lance.Money   `json:"total"`
}

// ProposalCreated says that a freelancer began a proposal.
type ProposalCreated struct{ ProposalChanged }

// EventType returns "proposal.created", schema 1.
func (ProposalCreated) EventType() (string, int) { return "proposal.created", 1 }

// ProposalEdited says that a freelancer changed his draft.
type ProposalEdited struct{ ProposalChanged }

// EventType returns "proposal.edited", schema 1.
func (ProposalEdited) EventType() (string, int) { return "proposal.edited", 1 }

// Submitted says that the client can see and accept a proposal.
type Submitted struct{ ProposalChanged }

// EventType returns "proposal.submitted", schema 1.
func (Submitted) EventType() (string, int) { return "proposal.submitted", 1 }

// Shortlisted says that the client put a proposal on his short list.
type Shortlisted struct{ ProposalChanged }

// EventType returns "proposal.shortlisted", schema 1.
func (Shortlisted) EventType() (string, int) { return "proposal.shortlisted", 1 }

// Accepted says that a proposal was accepted and becomes a contract.
type Accepted struct{ ProposalChanged }

// EventType returns "proposal.accepted", schema 1.
func (Accepted) EventType() (string, int) { return "proposal.accepted", 1 }

// Declined says that the client said no to a proposal, or accepted another.
type Declined struct{ ProposalChanged }

// EventType returns "proposal.declined", schema 1.
func (Declined) EventType() (string, int) { return "proposal.declined", 1 }

// Withdrawn says that a freelancer took his proposal back.
type Withdrawn struct{ ProposalChanged }

// EventType returns "proposal.withdrawn", schema 1.
func (Withdrawn) EventType() (string, int) { return "proposal.withdrawn", 1 }
