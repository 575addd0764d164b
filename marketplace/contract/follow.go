package contract

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// Jobs is what happens to contracts by itself: a milestone follows its agreement
// when the money moved without it, as when the clock released it.
func Jobs() lance.Jobs[Repos] {
	return lance.Jobs[Repos]{Reactions: []lance.Reaction[Repos]{
		lance.On("contract.released", func(ctx context.Context, r Repos, _ lance.Event, p escrow.AgreementReleased) error {
			return FollowIn(ctx, r, p.Agreement)
		}),
		lance.On("contract.amended", func(ctx context.Context, r Repos, _ lance.Event, p escrow.AgreementAmended) error {
			return FollowIn(ctx, r, p.Agreement)
		}),
		lance.On("contract.refunded", func(ctx context.Context, r Repos, _ lance.Event, p escrow.AgreementRefunded) error {
			return FollowIn(ctx, r, p.Agreement)
		}),
		lance.On("contract.settled", func(ctx context.Context, r Repos, _ lance.Event, p escrow.AgreementSettled) error {
			return FollowIn(ctx, r, p.Agreement)
		}),
		lance.On("contract.withdrawn", func(ctx context.Context, r Repos, _ lance.Event, p escrow.AgreementCancelled) error {
			return FollowIn(ctx, r, p.Agreement)
		}),
	}}
}

// FollowIn lets the milestone of an agreement catch up with its price, and with
// its end, in the transaction of r, and ends the contract if it was the last one.
// An agreement about anything else, or one that the milestone agrees with, changes
// nothing.
func FollowIn(ctx context.Context, r Repos, id escrow.ID) error {
	found, err := r.Milestones().Find(ctx, lance.Filter{Eq: map[string]any{"agreement": string(id)}})
	if err != nil || len(found) == 0 {
		return err
	}
	c, err := r.Contracts().Get(ctx, found[0].Contract)
	if err != nil {
		return err
	}
	if err := r.Lock(ctx, append(c.refs(), escrow.Ref(id))...); err != nil {
		return err
	}
	p, err := reread(ctx, r, found[0])
	if err != nil {
		return err
	}
	by := lance.System("contract.follow")
	if p.m.Amount != p.a.Amount {
		if err := p.become(ctx, r, by, p.m.State, reprice); err != nil {
			return err
		}
	}
	if p.m.State == p.state() || !MilestoneLifecycle.Terminal(p.state()) {
		return nil // StateOf tells how it is; only an end is the contract's too
	}
	if err := p.become(ctx, r, by, p.catchUp(), ended); err != nil {
		return err
	}
	return settle(ctx, r, by, p.c)
}

// lead is which actions lead to an end that an agreement can bring about.
var lead = map[MilestoneState][]MilestoneAction{
	MilestoneApproved:  {Fund, Submit, Approve},
	MilestoneCancelled: {CancelMilestone},
}

// catchUp returns the state that the milestone's lifecycle leads to on the way
// that the agreement has gone.
func (p *piece) catchUp() MilestoneState {
	at := p.m.State
	for _, do := range lead[p.state()] {
		if next, err := MilestoneLifecycle.Next(at, do, ByClient, ByFreelancer, lance.ByClock); err == nil {
			at = next
		}
	}
	return at
}

// ended tells how a milestone has ended.
func ended(_ context.Context, _ Repos, _ lance.Actor, p *piece) (lance.Payload, error) {
	if p.m.State == MilestoneApproved {
		return Approved{p.m.changed()}, nil
	}
	return CancelledMilestone{p.m.changed()}, nil
}
