package project

import (
	"time"

	"github.com/megilance/lance"
)

// ProposalID names a proposal: "prp_…".
type ProposalID string

// Offer is one milestone as a proposal offers it.
type Offer struct {
	Title  string      `json:"title"`           // one line, at most 120 characters
	Amount lance.Money `json:"amount"`          // more than zero
	DueAt  time.Time   `json:"due_at,omitzero"` // zero: none is promised
}

// Proposal is one freelancer's offer for a project.
type Proposal struct {
	ID          ProposalID
	Version     int64 // from 1; grows with every change
	Project     ID
	Client      lance.PartyID // of the project
	Freelancer  lance.PartyID
	CoverLetter string  // Markdown, at most 10,000 characters
	Milestones  []Offer // 1 to 50, in one currency
	Total       lance.Money
	State       ProposalState
	CreatedAt   time.Time
	SubmittedAt time.Time // zero before
	DecidedAt   time.Time // accepted, declined or withdrawn; zero before
}

// Ref names the proposal in events.
func (p *Proposal) Ref() lance.Ref { return lance.Ref{Kind: "proposal", ID: string(p.ID)} }

// Active reports whether the proposal can still be accepted or become so: a
// freelancer has at most one active proposal per project.
func (p *Proposal) Active() bool {
	return p.State == ProposalDraft || p.State == ProposalSubmitted || p.State == ProposalShortlisted
}

// AllowedActions returns what the actor may do to the proposal now. Whether the
// project still allows it shows when it is done.
func (p *Proposal) AllowedActions(by lance.Actor) []ProposalAction {
	return ProposalLifecycle.Actions(p.State, p.relations(by)...)
}

// relations returns what the actor is to the proposal; a client is nothing to
// one that was not submitted.
func (p *Proposal) relations(by lance.Actor) (as []lance.Relation) {
	if by.Party != "" && by.Party == p.Client && !p.SubmittedAt.IsZero() {
		as = append(as, ByClient)
	}
	if by.Party != "" && by.Party == p.Freelancer {
		as = append(as, ByFreelancer)
	}
	if by.Has(lance.RoleAdmin) {
		as = append(as, lance.ByAdmin)
	}
	return as
}

// DueAt returns when the last milestone is due; zero when any promises no date.
func (p *Proposal) DueAt() time.Time {
	var last time.Time
	for _, m := range p.Milestones {
		if m.DueAt.IsZero() {
			return time.Time{}
		}
		if m.DueAt.After(last) {
			last = m.DueAt
		}
	}
	return last
}
