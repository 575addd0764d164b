package project

import (
	"context"

	"github.com/megilance/lance"
)

// Propose offers the caller's work for an open project, and submits the offer
// unless a draft is asked for. Faults: Unauthorized for nobody; NotFound for a
// project he may not see; Forbidden "proposal_own_project"; Precondition
// "project_state" unless the project is open; Exists "proposal_exists" while he
// has an active one there; Invalid "invalid_input" with every field that breaks
// a rule; Conflict "key_reused".
func (s *Service) Propose(ctx context.Context, by lance.Actor, in ProposeInput) (*Proposal, error) {
	const op = "project.Propose"
	if err := requireParty(by); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Proposal, error) { return propose(ctx, r, by, in) })
}

func propose(ctx context.Context, r Repos, by lance.Actor, in ProposeInput) (*Proposal, error) {
	id := lance.NewID[ProposalID]("prp", r)
	known, first, err := lance.Once(ctx, r, by, in.Key, "project.Propose", in, string(id))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Proposals().Get(ctx, ProposalID(known))
	}
	p, err := lockOpen(ctx, r, by, in.Project)
	if err != nil {
		return nil, err
	}
	pr := &Proposal{
		ID: id, Project: p.ID, Client: p.Client, Freelancer: by.Party, CoverLetter: in.CoverLetter,
		Milestones: instants(in.Milestones), State: ProposalLifecycle.Start(), CreatedAt: r.Now(),
	}
	pr.Total, err = checkOffer(in.CoverLetter, in.Milestones, p.Budget.Max.Currency(), r.Now())
	if err != nil {
		return nil, err
	}
	err = pr.insert(ctx, r, by, in.Draft)
	return pr, err
}

// insert stores a new proposal, submitted unless it is to be a draft.
func (p *Proposal) insert(ctx context.Context, r Repos, by lance.Actor, draft bool) error {
	told := []lance.Payload{ProposalCreated{p.changed()}}
	if !draft {
		if err := p.turn(r, SubmitProposal, ByFreelancer); err != nil {
			return err
		}
		told = append(told, Submitted{p.changed()})
	}
	if err := r.Proposals().Insert(ctx, p); err != nil {
		return err
	}
	return emitProposal(ctx, r, by, p, told...)
}

// lockOpen locks a project and returns it if the actor may make a proposal.
func lockOpen(ctx context.Context, r Repos, by lance.Actor, id ID) (*Project, error) {
	p, err := lockFor(ctx, r, by, id)
	if err != nil {
		return nil, err
	}
	if p.Client == by.Party {
		return nil, lance.E(lance.Forbidden, "proposal_own_project", "this project is your own")
	}
	err = p.requireOpen()
	return p, err
}

func (p *Project) requireOpen() error {
	if p.State != StateOpen {
		return lance.E(lance.Precondition, "project_state", "the project takes no proposals")
	}
	return nil
}

// EditProposal replaces what the caller's own draft says. Faults: NotFound;
// Forbidden "proposal_relation"; Precondition "proposal_state" once it was
// submitted; Stale "proposal_stale"; Invalid.
func (s *Service) EditProposal(ctx context.Context, by lance.Actor, in EditProposalInput) (*Proposal, error) {
	const op = "project.EditProposal"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Proposal, error) { return editProposal(ctx, r, by, in) })
}

func editProposal(ctx context.Context, r Repos, by lance.Actor, in EditProposalInput) (*Proposal, error) {
	p, pr, err := lockProposal(ctx, r, by, in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := ProposalLifecycle.Next(pr.State, EditProposal, pr.relations(by)...); err != nil {
		return nil, err
	}
	if pr.Version != in.Version {
		return nil, ProposalTable.Stale()
	}
	pr.Total, err = checkOffer(in.CoverLetter, in.Milestones, p.Budget.Max.Currency(), r.Now())
	if err != nil {
		return nil, err
	}
	pr.CoverLetter, pr.Milestones = in.CoverLetter, instants(in.Milestones)
	if err := r.Proposals().Update(ctx, pr); err != nil {
		return nil, err
	}
	return pr, emitProposal(ctx, r, by, pr, ProposalEdited{pr.changed()})
}

// SubmitProposal shows the caller's draft to the client. Faults: NotFound;
// Forbidden "proposal_relation"; Precondition "proposal_state", or
// "project_state" unless the project is open; Invalid when the draft's currency
// or a due date no longer fits.
func (s *Service) SubmitProposal(ctx context.Context, by lance.Actor, id ProposalID) (*Proposal, error) {
	return s.turn(ctx, "project.SubmitProposal", by, id, SubmitProposal)
}

// Shortlist puts a proposal on its client's short list. Faults: NotFound;
// Forbidden "proposal_relation"; Precondition "proposal_state".
func (s *Service) Shortlist(ctx context.Context, by lance.Actor, id ProposalID) (*Proposal, error) {
	return s.turn(ctx, "project.Shortlist", by, id, ShortlistProposal)
}

// Decline says no to a proposal. It fails as Shortlist does.
func (s *Service) Decline(ctx context.Context, by lance.Actor, id ProposalID) (*Proposal, error) {
	return s.turn(ctx, "project.Decline", by, id, DeclineProposal)
}

// Withdraw takes the caller's own proposal back. It fails as Shortlist does.
func (s *Service) Withdraw(ctx context.Context, by lance.Actor, id ProposalID) (*Proposal, error) {
	return s.turn(ctx, "project.Withdraw", by, id, WithdrawProposal)
}

func (s *Service) turn(ctx context.Context, op string, by lance.Actor, id ProposalID, do ProposalAction) (*Proposal, error) {
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Proposal, error) {
		p, pr, err := lockProposal(ctx, r, by, id)
		if err != nil {
			return nil, err
		}
		if do == SubmitProposal && pr.State == ProposalDraft && by.Party == pr.Freelancer {
			if err := stillFits(p, pr, r); err != nil {
				return nil, err
			}
		}
		err = pr.step(ctx, r, by, do, pr.relations(by)...)
		return pr, err
	})
}

// stillFits checks a draft again when it is submitted, for its project may have
// changed and time has passed.
func stillFits(p *Project, pr *Proposal, w lance.World) error {
	if err := p.requireOpen(); err != nil {
		return err
	}
	_, err := checkOffer(pr.CoverLetter, pr.Milestones, p.Budget.Max.Currency(), w.Now())
	return err
}

// GetProposal returns a proposal to its freelancer, to the project's client once
// it was submitted, and to an administrator; otherwise NotFound.
func (s *Service) GetProposal(ctx context.Context, by lance.Actor, id ProposalID) (*Proposal, error) {
	const op = "project.GetProposal"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (*Proposal, error) {
		return proposalFor(ctx, r, by, id)
	})
}

func proposalFor(ctx context.Context, r Repos, by lance.Actor, id ProposalID) (*Proposal, error) {
	pr, err := r.Proposals().Get(ctx, id)
	if err == nil && !by.IsSystem() && len(pr.relations(by)) == 0 {
		return nil, ProposalTable.NotFound()
	}
	return pr, err
}

// lockProposal locks the project that a proposal is for and returns both, if
// the actor may read the proposal.
func lockProposal(ctx context.Context, r Repos, by lance.Actor, id ProposalID) (*Project, *Proposal, error) {
	pr, err := proposalFor(ctx, r, by, id)
	if err != nil {
		return nil, nil, err
	}
	if err := r.Lock(ctx, Ref(pr.Project)); err != nil {
		return nil, nil, err
	}
	p, err := r.Projects().Get(ctx, pr.Project)
	if err != nil {
		return nil, nil, err
	}
	pr, err = r.Proposals().Get(ctx, id)
	return p, pr, err
}
