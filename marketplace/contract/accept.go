package contract

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/marketplace/project"
)

// Terms are what a platform adds to what the parties agree on.
type Terms struct {
	Policy    *policy.Document // fees and clocks of the agreements; nil is policy.Default
	Revisions int              // how often changes may be requested on a milestone; 0 is 5
}

// Accept turns a proposal into a contract: in one transaction the project is
// awarded, the other proposals are declined, and the contract appears with its
// milestones, each with an escrow agreement that holds nothing yet. Faults:
// NotFound for a proposal that is not the caller's to see; Forbidden
// "project_relation" for all but the project's client; Precondition
// "project_state" or "proposal_state"; Conflict "key_reused".
func (s *Service) Accept(ctx context.Context, by lance.Actor, in AcceptInput) (*Details, error) {
	const op = "contract.Accept"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Details, error) {
		c, err := AcceptIn(ctx, r, by, s.terms, in)
		if err != nil {
			return nil, err
		}
		return details(ctx, r, c, by)
	})
}

// AcceptIn is Accept in the transaction of r.
func AcceptIn(ctx context.Context, r Repos, by lance.Actor, terms Terms, in AcceptInput) (*Contract, error) {
	id := lance.NewID[ID]("ctr", r)
	known, first, err := lance.Once(ctx, r, by, in.Key, "contract.Accept", in, string(id))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Contracts().Get(ctx, ID(known))
	}
	won, err := project.AwardIn(ctx, r, project.AwardInput{By: by, Proposal: in.Proposal})
	if err != nil {
		return nil, err
	}
	c := &Contract{
		ID: id, Project: won.Project.ID, Proposal: won.Proposal.ID,
		Client: won.Project.Client, Freelancer: won.Proposal.Freelancer,
		Title: won.Project.Title, Description: won.Project.Description,
		Total: won.Proposal.Total, State: Lifecycle.Start(), CreatedAt: r.Now(),
	}
	if err := r.Contracts().Insert(ctx, c); err != nil {
		return nil, err
	}
	if err := emit(ctx, r, by, c, Accepted{c.changed(), c.Proposal}); err != nil {
		return nil, err
	}
	for i, o := range won.Proposal.Milestones {
		if err := plan(ctx, r, by, c, terms, i+1, o); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// plan makes one milestone of a contract, and the agreement that will hold its
// money.
func plan(ctx context.Context, r Repos, by lance.Actor, c *Contract, terms Terms, place int, o project.Offer) error {
	m := &Milestone{
		ID: lance.NewID[MilestoneID]("mst", r), Contract: c.ID, Place: place,
		Client: c.Client, Freelancer: c.Freelancer, Title: o.Title, Amount: o.Amount, DueAt: o.DueAt,
		State: MilestoneLifecycle.Start(), Limit: terms.revisions(), CreatedAt: r.Now(),
	}
	a, err := escrow.AgreeIn(ctx, r, escrow.AgreeInput{
		By: by, Subject: m.Ref(), Payer: c.Client, Payee: c.Freelancer, Amount: o.Amount, Policy: terms.Policy,
		Changes: m.Limit,
	})
	if err != nil {
		return err
	}
	m.Agreement = a.ID
	if err := r.Milestones().Insert(ctx, m); err != nil {
		return err
	}
	return m.emit(ctx, r, by, Planned{m.changed()})
}

// defaultRevisions is how often changes may be requested unless the platform
// says otherwise.
const defaultRevisions = 5

func (t Terms) revisions() int {
	if t.Revisions > 0 {
		return t.Revisions
	}
	return defaultRevisions
}
