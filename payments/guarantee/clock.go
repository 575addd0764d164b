package guarantee

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

// The kinds of a claim's clocks, which belong to the agreement, with which the claim is
// locked.
const (
	KindDecision = "guarantee.decision" // the policy decides
	KindPayment  = "guarantee.payment"  // it is tried again to pay what was granted
)

// retry is how long after it could not be paid it is tried again to pay a claim.
const retry = time.Hour

// kinds are the clocks of the states.
var kinds = map[State]string{Filed: KindDecision, Upheld: KindPayment}

// timers returns the one clock that the claim has; none when it has ended.
func (c *Claim) timers(ctx context.Context, r Repos) ([]lance.Timer, error) {
	all, err := r.Timers().Of(ctx, escrow.Ref(c.Agreement))
	return slices.DeleteFunc(all, func(t lance.Timer) bool { return t.Kind != kinds[c.State] }), err
}

// clock sets the clock that the claim has now and cancels the other.
func (c *Claim) clock(ctx context.Context, r Repos) error {
	decision := lance.Timer{Owner: escrow.Ref(c.Agreement), Kind: KindDecision, DueAt: c.DeadlineAt}
	payment := lance.Timer{Owner: escrow.Ref(c.Agreement), Kind: KindPayment}
	if c.State == Upheld {
		payment.DueAt = r.Now()
		if c.Why != "" {
			payment.DueAt = r.Now().Add(retry)
		}
	}
	return r.Timers().Set(ctx, decision, payment)
}

// Jobs is what goes on by itself in claims: one that nobody decides is decided as the
// policy says, and one that is upheld is paid when it can be.
func Jobs() lance.Jobs[Repos] {
	own := lance.Jobs[Repos]{Timers: map[string]lance.Fire[Repos]{}}
	for state, kind := range kinds {
		own.Timers[kind] = func(ctx context.Context, r Repos, t lance.Timer) error {
			return fire(ctx, r, escrow.ID(t.Owner.ID), state)
		}
	}
	return own
}

// fire does what a clock is for. One that was overtaken does nothing.
func fire(ctx context.Context, r Repos, id escrow.ID, in State) error {
	c, err := standing(ctx, r, id)
	if err != nil || c == nil || c.State != in {
		return err
	}
	switch {
	case in == Upheld:
		return c.try(ctx, r)
	case c.DeadlineAt.After(r.Now()):
		return nil
	case c.Terms.Silence == policy.ToPayer:
		return c.act(ctx, r, command{By: lance.System(KindDecision)}, Uphold)
	}
	return c.act(ctx, r, command{By: lance.System(KindDecision)}, Reject)
}

// standing locks an agreement, and who may come to owe, and returns the claim about it
// that is open; nil when there is none.
func standing(ctx context.Context, r Repos, id escrow.ID) (*Claim, error) {
	if err := r.Lock(ctx, escrow.Ref(id)); err != nil {
		return nil, err
	}
	found, err := r.Claims().Find(ctx, lance.Filter{Eq: map[string]any{"open": string(id)}, Limit: 1})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], r.Lock(ctx, found[0].locks()...)
}
