package contract

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/project"
)

// Cancel ends a contract early. What holds nothing is cancelled; what is funded
// the freelancer gives back, and while any is, only he can end the contract.
// Its project can be awarded again. Faults: NotFound; Forbidden
// "contract_relation" for an administrator; Precondition "contract_state", or
// "contract_held" for a client while money is held.
func (s *Service) Cancel(ctx context.Context, by lance.Actor, id ID) (*Details, error) {
	const op = "contract.Cancel"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Details, error) {
		c, work, err := lockAll(ctx, r, by, id)
		if err != nil {
			return nil, err
		}
		next, err := Lifecycle.Next(c.State, Cancel, c.relations(by)...)
		if err != nil {
			return nil, err
		}
		if err := dropRest(ctx, r, by, work); err != nil {
			return nil, err
		}
		if err := c.end(ctx, r, by, next); err != nil {
			return nil, err
		}
		return details(ctx, r, c, by)
	})
}

// dropRest cancels every milestone that is not finished.
func dropRest(ctx context.Context, r Repos, by lance.Actor, work []*piece) error {
	for _, p := range work {
		if MilestoneLifecycle.Terminal(p.state()) {
			continue
		}
		next, err := p.next(CancelMilestone, by)
		if lance.KindOf(err) == lance.Forbidden {
			return lance.E(lance.Precondition, "contract_held", "money is held: only the freelancer can give it back")
		}
		if err == nil {
			err = p.become(ctx, r, by, next, drop)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lockAll locks a contract with its project and all its agreements, and returns
// what the actor may see of it.
func lockAll(ctx context.Context, r Repos, by lance.Actor, id ID) (*Contract, []*piece, error) {
	c, err := contractFor(ctx, r, by, id)
	if err != nil {
		return nil, nil, err
	}
	ms, err := r.Milestones().Find(ctx, lance.Filter{Eq: map[string]any{"contract": string(id)}})
	if err != nil {
		return nil, nil, err
	}
	refs := c.refs()
	for _, m := range ms {
		refs = append(refs, escrow.Ref(m.Agreement))
	}
	if err := r.Lock(ctx, refs...); err != nil {
		return nil, nil, err
	}
	if c, err = r.Contracts().Get(ctx, id); err != nil {
		return nil, nil, err
	}
	work, err := workOf(ctx, r, c)
	return c, work, err
}

// settle ends the contract when its last milestone is finished. The contract
// and its project are locked.
func settle(ctx context.Context, r Repos, by lance.Actor, c *Contract) error {
	if Lifecycle.Terminal(c.State) {
		return nil
	}
	work, err := workOf(ctx, r, c)
	if err != nil {
		return err
	}
	do := Lapse
	for _, p := range work {
		if !MilestoneLifecycle.Terminal(p.state()) {
			return nil
		}
		if p.state() == MilestoneApproved {
			do = Complete
		}
	}
	next, err := Lifecycle.Next(c.State, do, lance.ByClock)
	if err != nil {
		return err
	}
	return c.end(ctx, r, by, next)
}

// end ends the contract in a state, and its project with it.
func (c *Contract) end(ctx context.Context, r Repos, by lance.Actor, in State) error {
	c.State, c.EndedAt = in, r.Now()
	if err := r.Contracts().Update(ctx, c); err != nil {
		return err
	}
	follow, told := project.VacateIn, lance.Payload(Cancelled{c.changed()})
	if in == StateCompleted {
		follow, told = project.CompleteIn, Completed{c.changed()}
	}
	if err := emit(ctx, r, by, c, told); err != nil {
		return err
	}
	_, err := follow(ctx, r, by, c.Project)
	return err
}

// refs is what to lock when the contract may end.
func (c *Contract) refs() []lance.Ref { return []lance.Ref{c.Ref(), project.Ref(c.Project)} }
