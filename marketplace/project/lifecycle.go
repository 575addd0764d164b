package project

import "github.com/megilance/lance"

// State is where a project stands.
type State string

// The states of a project.
const (
	StateDraft     State = "draft"     // only its client sees it
	StateOpen      State = "open"      // it takes proposals
	StateClosed    State = "closed"    // it takes no new proposals; those it has can be accepted
	StateAwarded   State = "awarded"   // a proposal was accepted
	StateCompleted State = "completed" // the work was done
	StateCancelled State = "cancelled" // the client gave it up
)

// Action is what can be done to a project.
type Action string

// The actions on a project.
const (
	Edit     Action = "edit"     // change its terms
	Publish  Action = "publish"  // show it and take proposals
	Close    Action = "close"    // take no more proposals
	Reopen   Action = "reopen"   // take proposals again
	Award    Action = "award"    // accept one of its proposals
	Complete Action = "complete" // its contract was completed
	Vacate   Action = "vacate"   // its contract was cancelled
	Cancel   Action = "cancel"   // give it up
)

// What an actor can be to a project or a proposal.
const (
	ByClient     lance.Relation = "client"     // he posted the project
	ByFreelancer lance.Relation = "freelancer" // he made the proposal
	ByContract   lance.Relation = "contract"   // it follows from what became of the contract
)

// Lifecycle says how a project's state changes.
var Lifecycle = lance.NewMachine("project", StateDraft,
	lance.Edge(StateDraft, Edit, StateDraft, ByClient),
	lance.Edge(StateDraft, Publish, StateOpen, ByClient),
	lance.Edge(StateDraft, Cancel, StateCancelled, ByClient),
	lance.Edge(StateOpen, Edit, StateOpen, ByClient),
	lance.Edge(StateOpen, Close, StateClosed, ByClient),
	lance.Edge(StateOpen, Award, StateAwarded, ByClient),
	lance.Edge(StateOpen, Cancel, StateCancelled, ByClient),
	lance.Edge(StateClosed, Reopen, StateOpen, ByClient),
	lance.Edge(StateClosed, Award, StateAwarded, ByClient),
	lance.Edge(StateClosed, Cancel, StateCancelled, ByClient),
	lance.Edge(StateAwarded, Complete, StateCompleted, ByContract),
	lance.Edge(StateAwarded, Vacate, StateClosed, ByContract),
)

// ProposalState is where a proposal stands.
type ProposalState string

// The states of a proposal.
const (
	ProposalDraft       ProposalState = "draft"       // only its freelancer sees it
	ProposalSubmitted   ProposalState = "submitted"   // the client can accept it
	ProposalShortlisted ProposalState = "shortlisted" // the client likes it
	ProposalAccepted    ProposalState = "accepted"    // it became a contract
	ProposalDeclined    ProposalState = "declined"    // the client said no, or took another
	ProposalWithdrawn   ProposalState = "withdrawn"   // its freelancer took it back
)

// ProposalAction is what can be done to a proposal.
type ProposalAction string

// The actions on a proposal.
const (
	EditProposal      ProposalAction = "edit"
	SubmitProposal    ProposalAction = "submit"
	ShortlistProposal ProposalAction = "shortlist"
	AcceptProposal    ProposalAction = "accept"
	DeclineProposal   ProposalAction = "decline"
	WithdrawProposal  ProposalAction = "withdraw"
)

// ProposalLifecycle says how a proposal's state changes.
var ProposalLifecycle = lance.NewMachine("proposal", ProposalDraft,
	lance.Edge(ProposalDraft, EditProposal, ProposalDraft, ByFreelancer),
	lance.Edge(ProposalDraft, SubmitProposal, ProposalSubmitted, ByFreelancer),
	lance.Edge(ProposalDraft, WithdrawProposal, ProposalWithdrawn, ByFreelancer),
	lance.Edge(ProposalSubmitted, ShortlistProposal, ProposalShortlisted, ByClient),
	lance.Edge(ProposalSubmitted, AcceptProposal, ProposalAccepted, ByClient),
	lance.Edge(ProposalSubmitted, DeclineProposal, ProposalDeclined, ByClient),
	lance.Edge(ProposalSubmitted, WithdrawProposal, ProposalWithdrawn, ByFreelancer),
	lance.Edge(ProposalShortlisted, AcceptProposal, ProposalAccepted, ByClient),
	lance.Edge(ProposalShortlisted, DeclineProposal, ProposalDeclined, ByClient),
	lance.Edge(ProposalShortlisted, WithdrawProposal, ProposalWithdrawn, ByFreelancer),
)
