package dispute

import (
	"context"
	"maps"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

// The kinds of a case's clock: one for each stage. It belongs to the agreement,
// with which the case is locked.
const (
	KindResponse    = "dispute.response"    // silence grants the claim, or an arbiter has to decide
	KindNegotiation = "dispute.negotiation" // a mediator is to help
	KindMediation   = "dispute.mediation"   // an arbiter is to decide
	KindArbitration = "dispute.arbitration" // the policy decides, or the ruling that was appealed stands
	KindAppeal      = "dispute.appeal"      // the ruling is carried out
)

// WhySuspended is why a case's clock stands: Timer.WhyNot.
const WhySuspended = "suspended"

// kinds are the clocks of the stages.
var kinds = map[State]string{
	Opened: KindResponse, Negotiation: KindNegotiation, Mediation: KindMediation, Arbitration: KindArbitration, Ruled: KindAppeal,
}

// isOwn reports whether a kind of timer is a case's.
func isOwn(kind string) bool { return slices.Contains(slices.Collect(maps.Values(kinds)), kind) }

// Timers returns the one clock that the case has, which belongs to its agreement:
// when its stage ends, or why that clock stands. A case that has ended has none.
func (c *Case) Timers() []lance.Timer {
	t := lance.Timer{Owner: escrow.Ref(c.Agreement), Kind: kinds[c.State], DueAt: c.DeadlineAt}
	if c.State == Suspended {
		t.Kind, t.WhyNot = kinds[c.Suspension.From], WhySuspended
	}
	if t.Kind == "" || t.DueAt.IsZero() && t.WhyNot == "" { // or a ruling that waits for nothing
		return nil
	}
	return []lance.Timer{t}
}

// clock sets the clock that the case has now and cancels the others.
func (c *Case) clock(ctx context.Context, r Repos) error {
	set := c.Timers()
	if err := r.Timers().Set(ctx, set...); err != nil {
		return err
	}
	others := slices.DeleteFunc(slices.Sorted(maps.Values(kinds)), func(kind string) bool {
		return slices.ContainsFunc(set, func(t lance.Timer) bool { return t.Kind == kind })
	})
	return r.Timers().Cancel(ctx, escrow.Ref(c.Agreement), others...)
}

// Jobs is what goes on by itself in disputes and in the escrow below them: each
// stage ends when its time is over, as the agreement's policy says.
func Jobs() lance.Jobs[Repos] {
	own := lance.Jobs[Repos]{Timers: map[string]lance.Fire[Repos]{}}
	for stage, kind := range kinds {
		own.Timers[kind] = func(ctx context.Context, r Repos, t lance.Timer) error {
			return fire(ctx, r, escrow.ID(t.Owner.ID), stage)
		}
	}
	return own.Join(lance.Widen(escrow.Jobs(), func(r Repos) escrow.Repos { return r }))
}

// fire ends a stage. A clock that was overtaken does nothing.
func fire(ctx context.Context, r Repos, id escrow.ID, stage State) error {
	b, err := standing(ctx, r, id)
	if err != nil || b == nil || b.c.State != stage || b.c.DeadlineAt.IsZero() || b.c.DeadlineAt.After(r.Now()) {
		return err
	}
	_, err = b.act(ctx, r, command{By: lance.System(kinds[stage])}, b.over())
	return err
}

// over is what becomes of the case when the time of its stage is over.
func (b *bench) over() Action {
	switch {
	case b.c.State == Opened && b.terms.Silence == policy.Grant:
		return Grant
	case b.c.State == Arbitration:
		return Lapse
	case b.c.State == Ruled:
		return Execute
	default:
		return Escalate
	}
}

// standing locks an agreement and returns the open case that has frozen it; nil
// when there is none.
func standing(ctx context.Context, r Repos, id escrow.ID) (*bench, error) {
	if err := r.Lock(ctx, escrow.Ref(id)); err != nil {
		return nil, err
	}
	a, err := r.Agreements().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	about, is := keeper.CaseOf(a)
	if !is {
		return nil, err
	}
	c, err := r.Cases().Get(ctx, ID(about.ID))
	if err != nil {
		return nil, err
	}
	return &bench{c, a.Policy.Dispute, a.Remaining()}, nil
}
