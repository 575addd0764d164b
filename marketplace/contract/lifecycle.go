package contract

import "github.com/megilance/lance"

// State is where a contract stands.
type State string

// The states of a contract.
const (
	StateActive    State = "active"    // there is work to do
	StateCompleted State = "completed" // every milestone is finished, at least one approved
	StateCancelled State = "cancelled" // every milestone is finished, or it was ended early
)

// Action is what can be done to a contract.
type Action string

// The actions on a contract.
const (
	Describe Action = "describe" // change its description
	Complete Action = "complete" // its last milestone was finished, and one approved
	Lapse    Action = "lapse"    // its last milestone was finished, and none approved
	Cancel   Action = "cancel"   // end it early
)

// What an actor can be to a contract or a milestone.
const (
	ByClient     lance.Relation = "client"
	ByFreelancer lance.Relation = "freelancer"
)

// Lifecycle says how a contract's state changes.
var Lifecycle = lance.NewMachine("contract", StateActive,
	lance.Edge(StateActive, Describe, StateActive, ByFreelancer),
	lance.Edge(StateActive, Complete, StateCompleted, lance.ByClock),
	lance.Edge(StateActive, Lapse, StateCancelled, lance.ByClock),
	lance.Edge(StateActive, Cancel, StateCancelled, ByClient, ByFreelancer),
)

// MilestoneState is where a milestone stands.
type MilestoneState string

// The states of a milestone.
const (
	MilestonePlanned   MilestoneState = "planned"   // it waits for its money
	MilestoneFunded    MilestoneState = "funded"    // its money is held; the freelancer works
	MilestoneSubmitted MilestoneState = "submitted" // the client looks at the work
	MilestoneApproved  MilestoneState = "approved"  // the money was released, or parts of it were and that is all
	MilestoneCancelled MilestoneState = "cancelled" // nothing is held for it any more
)

// MilestoneAction is what can be done to a milestone.
type MilestoneAction string

// The actions on a milestone.
const (
	Fund             MilestoneAction = "fund"
	Upload           MilestoneAction = "upload" // a file, for a later submission
	Submit           MilestoneAction = "submit"
	RequestChanges   MilestoneAction = "request_changes"
	Approve          MilestoneAction = "approve"
	CancelMilestone  MilestoneAction = "cancel"
	Close            MilestoneAction = "close" // be content with the parts that were paid, when nothing is held
	Amend            MilestoneAction = "amend" // propose another amount
	AcceptAmendment  MilestoneAction = "accept_amendment"
	DeclineAmendment MilestoneAction = "decline_amendment" // refuse it, or take it back
)

// MilestoneLifecycle says how a milestone's state changes. A freelancer may give
// up what is funded, which returns the money; a client may not take it back. When
// parts were paid and nothing is held, giving it up is to close it, for either.
var MilestoneLifecycle = lance.NewMachine("milestone", MilestonePlanned,
	lance.Edge(MilestonePlanned, Fund, MilestoneFunded, ByClient),
	lance.Edge(MilestonePlanned, CancelMilestone, MilestoneCancelled, ByClient, ByFreelancer),
	lance.Edge(MilestonePlanned, Amend, MilestonePlanned, ByClient, ByFreelancer),
	lance.Edge(MilestonePlanned, AcceptAmendment, MilestonePlanned, ByClient, ByFreelancer),
	lance.Edge(MilestonePlanned, DeclineAmendment, MilestonePlanned, ByClient, ByFreelancer),
	lance.Edge(MilestoneFunded, Upload, MilestoneFunded, ByFreelancer),
	lance.Edge(MilestoneFunded, Submit, MilestoneSubmitted, ByFreelancer),
	lance.Edge(MilestoneFunded, CancelMilestone, MilestoneCancelled, ByFreelancer),
	lance.Edge(MilestoneFunded, Close, MilestoneApproved, ByClient, ByFreelancer),
	lance.Edge(MilestoneFunded, Amend, MilestoneFunded, ByClient, ByFreelancer),
	lance.Edge(MilestoneFunded, AcceptAmendment, MilestoneFunded, ByClient, ByFreelancer),
	lance.Edge(MilestoneFunded, DeclineAmendment, MilestoneFunded, ByClient, ByFreelancer),
	lance.Edge(MilestoneSubmitted, RequestChanges, MilestoneFunded, ByClient),
	lance.Edge(MilestoneSubmitted, Approve, MilestoneApproved, ByClient, lance.ByClock),
	lance.Edge(MilestoneSubmitted, CancelMilestone, MilestoneCancelled, ByFreelancer),
	lance.Edge(MilestoneSubmitted, Close, MilestoneApproved, ByClient, ByFreelancer),
	lance.Edge(MilestoneSubmitted, Amend, MilestoneSubmitted, ByClient, ByFreelancer),
	lance.Edge(MilestoneSubmitted, AcceptAmendment, MilestoneSubmitted, ByClient, ByFreelancer),
	lance.Edge(MilestoneSubmitted, DeclineAmendment, MilestoneSubmitted, ByClient, ByFreelancer),
)
