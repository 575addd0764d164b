package project

import (
	"context"

	"github.com/megilance/lance"
)

// AwardInput says which proposal is accepted.
type AwardInput struct {
	By       lance.Actor // the project's client
	Proposal ProposalID
}

// Outcome is what accepting a proposal changed here.
type Outcome struct {
	Project  *Project
	Proposal *Proposal
	Declined []ProposalID // the others that waited for an answer
}

// AwardIn accepts a proposal in the transaction of r: the project is awarded,
// the proposal accepted, and every other proposal that waits for an answer
// declined. Drafts stay drafts. Faults: NotFound for a proposal that is absent,
// not submitted or of a project that is not the actor's; Forbidden
// "project_relation" for its freelancer and an administrator; Precondition
// "project_state" or "proposal_state".
func AwardIn(ctx context.Context, r Repos, in AwardInput) (*Outcome, error) {
	if err := in.By.Require(); err != nil {
		return nil, err
	}
	p, pr, err := lockProposal(ctx, r, in.By, in.Proposal)
	if err != nil {
		return nil, err
	}
	next, err := Lifecycle.Next(p.State, Award, p.relations(in.By)...)
	if err != nil {
		return nil, err
	}
	if err := pr.step(ctx, r, in.By, AcceptProposal, pr.relations(in.By)...); err != nil {
		return nil, err
	}
	p.State = next
	if err := p.save(ctx, r); err != nil {
		return nil, err
	}
	if err := emit(ctx, r, in.By, p, Awarded{p.changed(), pr.ID}); err != nil {
		return nil, err
	}
	declined, err := declineRest(ctx, r, in.By, p, pr.ID)
	return &Outcome{Project: p, Proposal: pr, Declined: declined}, err
}

// declineRest declines every proposal of the project that waits for an answer,
// but one.
func declineRest(ctx context.Context, r Repos, by lance.Actor, p *Project, but ProposalID) ([]ProposalID, error) {
	waiting, err := r.Proposals().Find(ctx, lance.Filter{
		Eq: map[string]any{"project": string(p.ID)},
		In: map[string][]string{"state": {string(ProposalSubmitted), string(ProposalShortlisted)}},
	})
	var declined []ProposalID
	for _, o := range waiting {
		if err != nil {
			break
		}
		if o.ID == but {
			continue
		}
		declined = append(declined, o.ID)
		err = o.step(ctx, r, by, DeclineProposal, ByClient)
	}
	return declined, err
}

// CompleteIn completes an awarded project in the transaction of r, because its
// contract was. It fails with Precondition "project_state".
func CompleteIn(ctx context.Context, r Repos, by lance.Actor, id ID) (*Project, error) {
	return followIn(ctx, r, by, id, Complete)
}

// VacateIn closes an awarded project in the transaction of r, because its
// contract was cancelled: its client may reopen it, accept another proposal or
// cancel it. It fails with Precondition "project_state".
func VacateIn(ctx context.Context, r Repos, by lance.Actor, id ID) (*Project, error) {
	return followIn(ctx, r, by, id, Vacate)
}

func followIn(ctx context.Context, r Repos, by lance.Actor, id ID, do Action) (*Project, error) {
	if err := r.Lock(ctx, Ref(id)); err != nil {
		return nil, err
	}
	p, err := r.Projects().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	err = p.step(ctx, r, by, do, ByContract)
	return p, err
}
