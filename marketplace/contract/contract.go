package contract

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/project"
)

// ID names a contract: "ctr_…".
type ID string

// Contract is what a client and a freelancer have agreed on.
type Contract struct {
	ID          ID
	Version     int64 // from 1; grows with every change
	Project     project.ID
	Proposal    project.ProposalID
	Client      lance.PartyID
	Freelancer  lance.PartyID
	Title       string      // the project's when it was accepted
	Description string      // Markdown, at most 10,000 characters; the freelancer keeps it
	Total       lance.Money // of all milestones, gross
	State       State
	CreatedAt   time.Time // UTC, as all times
	EndedAt     time.Time // completed or cancelled; zero before
}

// Ref names the contract in locks, timers and events.
func (c *Contract) Ref() lance.Ref { return Ref(c.ID) }

// Ref names a contract in locks, timers and events.
func Ref(id ID) lance.Ref { return lance.Ref{Kind: "contract", ID: string(id)} }

// Other returns the other party of the contract.
func (c *Contract) Other(p lance.PartyID) lance.PartyID {
	if p == c.Client {
		return c.Freelancer
	}
	return c.Client
}

// AllowedActions returns what the actor may do to the contract as a whole now.
// A client's cancelling fails while money is held.
func (c *Contract) AllowedActions(by lance.Actor) []Action {
	return Lifecycle.Actions(c.State, c.relations(by)...)
}

func (c *Contract) relations(by lance.Actor) []lance.Relation {
	return relations(by, c.Client, c.Freelancer)
}

func (c *Contract) parties() []lance.PartyID { return []lance.PartyID{c.Client, c.Freelancer} }

// MilestoneID names a milestone: "mst_…".
type MilestoneID string

// Milestone is a part of a contract that is paid on its own.
type Milestone struct {
	ID         MilestoneID
	Version    int64 // from 1; grows with every change
	Contract   ID
	Place      int // among the contract's milestones, from 1
	Client     lance.PartyID
	Freelancer lance.PartyID
	Title      string         // one line, at most 120 characters
	Amount     lance.Money    // gross
	DueAt      time.Time      // UTC; zero: none is promised
	Agreement  escrow.ID      // what holds its money
	State      MilestoneState // as this package last knew it; StateOf tells how it is
	Revisions  int            // how often changes were requested
	Limit      int            // how often they may be
	Turns      int            // how many turns the work has had
	CreatedAt  time.Time
	EndedAt    time.Time // approved or cancelled; zero before
}

// Ref names the milestone in events.
func (m *Milestone) Ref() lance.Ref { return MilestoneRef(m.ID) }

// MilestoneRef names a milestone in events and as an agreement's subject.
func MilestoneRef(id MilestoneID) lance.Ref { return lance.Ref{Kind: "milestone", ID: string(id)} }

func (m *Milestone) relations(by lance.Actor) []lance.Relation {
	return relations(by, m.Client, m.Freelancer)
}

func (m *Milestone) parties() []lance.PartyID { return []lance.PartyID{m.Client, m.Freelancer} }

// relations returns what the actor is to what stands between a client and a
// freelancer: one of them, the clock, or an administrator without a stake. None
// means that it is not his.
func relations(by lance.Actor, client, freelancer lance.PartyID) []lance.Relation {
	switch {
	case by.IsSystem():
		return []lance.Relation{lance.ByClock}
	case by.Require() != nil:
		return nil
	case by.Party == client:
		return []lance.Relation{ByClient}
	case by.Party == freelancer:
		return []lance.Relation{ByFreelancer}
	case by.Has(lance.RoleAdmin):
		return []lance.Relation{lance.ByAdmin}
	}
	return nil
}

// TurnID names a turn: "trn_…".
type TurnID string

// TurnKind says whose turn it was.
type TurnKind string

// The kinds of turns.
const (
	TurnSubmitted        TurnKind = "submitted"         // the freelancer submitted work
	TurnChangesRequested TurnKind = "changes_requested" // the client asked for changes
)

// Turn is one turn of the work on a milestone: a submission or a request for
// changes. Turns are only ever added: together they are the milestone's
// history.
type Turn struct {
	ID        TurnID
	Milestone MilestoneID
	Place     int // among the milestone's turns, from 1
	Kind      TurnKind
	By        lance.PartyID
	Message   string      // Markdown, 1 to 10,000 characters
	Files     []file.Info // what came with it, at most 20; both parties may open them
	At        time.Time
}
