package project

import (
	"context"

	"github.com/megilance/lance"
)

// step takes a project one action on in its lifecycle, stores it and says so.
func (p *Project) step(ctx context.Context, r Repos, by lance.Actor, do Action, as ...lance.Relation) error {
	next, err := Lifecycle.Next(p.State, do, as...)
	if err != nil {
		return err
	}
	p.State = next
	switch {
	case do == Publish:
		p.PublishedAt = r.Now()
	case Lifecycle.Terminal(next):
		p.EndedAt = r.Now()
	}
	if err := p.save(ctx, r); err != nil {
		return err
	}
	return emit(ctx, r, by, p, p.event(do))
}

// event returns what an action on the project is told as; an award says more
// and is told by AwardIn.
func (p *Project) event(do Action) lance.Payload {
	switch c := p.changed(); do {
	case Publish:
		return Published{c}
	case Close:
		return Closed{c}
	case Reopen:
		return Reopened{c}
	case Complete:
		return Completed{c}
	case Vacate:
		return Vacated{c}
	case Award:
		return Awarded{Changed: c}
	default:
		return Cancelled{c}
	}
}

func (p *Project) changed() Changed { return Changed{Project: p.ID, Client: p.Client, State: p.State} }

func emit(ctx context.Context, r Repos, by lance.Actor, p *Project, what lance.Payload) error {
	c := lance.Change{Stream: p.Ref(), Version: p.Version, Parties: []lance.PartyID{p.Client}}
	return lance.Emit(ctx, r, by, c, what)
}

// step takes a proposal one action on in its lifecycle, stores it and says so.
func (p *Proposal) step(ctx context.Context, r Repos, by lance.Actor, do ProposalAction, as ...lance.Relation) error {
	if err := p.turn(r, do, as...); err != nil {
		return err
	}
	if err := r.Proposals().Update(ctx, p); err != nil {
		return err
	}
	return emitProposal(ctx, r, by, p, p.event(do))
}

// turn takes a proposal one action on without storing it.
func (p *Proposal) turn(w lance.World, do ProposalAction, as ...lance.Relation) error {
	next, err := ProposalLifecycle.Next(p.State, do, as...)
	if err != nil {
		return err
	}
	p.State = next
	switch {
	case do == SubmitProposal:
		p.SubmittedAt = w.Now()
	case ProposalLifecycle.Terminal(next):
		p.DecidedAt = w.Now()
	}
	return nil
}

func (p *Proposal) event(do ProposalAction) lance.Payload {
	switch c := p.changed(); do {
	case SubmitProposal:
		return Submitted{c}
	case ShortlistProposal:
		return Shortlisted{c}
	case AcceptProposal:
		return Accepted{c}
	case DeclineProposal:
		return Declined{c}
	default:
		return Withdrawn{c}
	}
}

func (p *Proposal) changed() ProposalChanged {
	return ProposalChanged{Proposal: p.ID, Project: p.Project, Freelancer: p.Freelancer, State: p.State, Total: p.Total}
}

// emitProposal tells both parties of a proposal; of one that was never
// submitted only its freelancer.
func emitProposal(ctx context.Context, r Repos, by lance.Actor, p *Proposal, what ...lance.Payload) error {
	c := lance.Change{Stream: p.Ref(), Version: p.Version, Parties: []lance.PartyID{p.Freelancer}}
	if !p.SubmittedAt.IsZero() {
		c.Parties = append(c.Parties, p.Client)
	}
	return lance.Emit(ctx, r, by, c, what...)
}
