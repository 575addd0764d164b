package dispute

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

// The kinds of a case's clocks: one for each stage, and one that tells of its end
// before it. They belong to the agreement, with which the case is locked.
const (
	KindResponse    = "dispute.response"    // silence grants the claim, or an arbiter has to decide
	KindNegotiation = "dispute.negotiation" // a mediator is to help
	KindMediation   = "dispute.mediation"   // an arbiter is to decide
	KindArbitration = "dispute.arbitration" // the policy decides, or the ruling that was appealed stands
	KindAppeal      = "dispute.appeal"      // the ruling is carried out
	KindDueSoon     = "dispute.due_soon"    // who may still act is told that the stage ends soon
)

// WhySuspended is why a case's clocks stand: Timer.WhyNot.
const WhySuspended = "suspended"

// kinds are the clocks of the stages.
var kinds = map[State]string{
	Opened: KindResponse, Negotiation: KindNegotiation, Mediation: KindMediation, Arbitration: KindArbitration, Ruled: KindAppeal,
}

// own are the kinds of timers that are a case's.
func own() []string { return append(slices.Sorted(maps.Values(kinds)), KindDueSoon) }

// Timers returns the clocks that the case has, which belong to its agreement, by
// kind: when its stage ends, and when that is said, or why they stand. A case that
// has ended has none.
func (c *Case) Timers() (set []lance.Timer) {
	stage, why, warns := c.State, "", !c.WarnAt.IsZero()
	if c.State == Suspended {
		stage, why, warns = c.Suspension.From, WhySuspended, c.Suspension.Warn
	}
	kind := kinds[stage]
	if kind == "" || c.DeadlineAt.IsZero() && why == "" { // or a ruling that waits for nothing
		return nil
	}
	set = []lance.Timer{{Owner: escrow.Ref(c.Agreement), Kind: kind, DueAt: c.DeadlineAt, WhyNot: why}}
	if warns {
		set = append(set, lance.Timer{Owner: escrow.Ref(c.Agreement), Kind: KindDueSoon, DueAt: c.WarnAt, WhyNot: why})
	}
	slices.SortFunc(set, func(a, b lance.Timer) int { return cmp.Compare(a.Kind, b.Kind) })
	return set
}

// clock sets the clocks that the case has now and cancels the others.
func (c *Case) clock(ctx context.Context, r Repos) error {
	set := c.Timers()
	if err := r.Timers().Set(ctx, set...); err != nil {
		return err
	}
	others := slices.DeleteFunc(own(), func(kind string) bool {
		return slices.ContainsFunc(set, func(t lance.Timer) bool { return t.Kind == kind })
	})
	return r.Timers().Cancel(ctx, escrow.Ref(c.Agreement), others...)
}

// Jobs is what goes on by itself in disputes and in the escrow below them: each
// stage ends when its time is over, as the agreement's policy says, and who may still
// act is told before.
func Jobs() lance.Jobs[Repos] {
	jobs := lance.Jobs[Repos]{Timers: map[string]lance.Fire[Repos]{
		KindDueSoon: func(ctx context.Context, r Repos, t lance.Timer) error { return warn(ctx, r, escrow.ID(t.Owner.ID)) },
	}}
	for stage, kind := range kinds {
		jobs.Timers[kind] = func(ctx context.Context, r Repos, t lance.Timer) error {
			return fire(ctx, r, escrow.ID(t.Owner.ID), stage)
		}
	}
	return jobs.Join(lance.Widen(escrow.Jobs(), func(r Repos) escrow.Repos { return r }))
}

// fire ends a stage. A clock that was overtaken does nothing.
func fire(ctx context.Context, r Repos, id escrow.ID, stage State) error {
	b, err := standing(ctx, r, id)
	if err != nil || b == nil || b.c.State != stage || b.c.DeadlineAt.IsZero() || b.c.DeadlineAt.After(r.Now()) {
		return err
	}
	s, err := b.lapse(r.Now())
	if err == nil {
		_, err = s.keep(ctx, r, lance.System(kinds[stage]))
	}
	return err
}

// warn tells that a stage ends soon. Once it is over there is nothing to tell.
func warn(ctx context.Context, r Repos, id escrow.ID) error {
	b, err := standing(ctx, r, id)
	if err != nil || b == nil || b.c.WarnAt.IsZero() || b.c.WarnAt.After(r.Now()) || !b.c.DeadlineAt.After(r.Now()) {
		return err
	}
	s, err := b.warning()
	if err == nil {
		_, err = s.keep(ctx, r, lance.System(KindDueSoon))
	}
	return err
}

// lapse works out what becomes of the case when nobody has acted in its stage.
func (b *bench) lapse(now time.Time) (*step, error) {
	do := b.over()
	s, err := b.step(lance.System(kinds[b.c.State]), do, now)
	if err == nil {
		err = s.plan(command{}, do, now)
	}
	return s, err
}

// warning works out what is told before that.
func (b *bench) warning() (*step, error) {
	then, err := b.lapse(b.c.DeadlineAt)
	if err != nil {
		return nil, err
	}
	s := &step{bench: *b, after: *b.c}
	s.after.WarnAt = time.Time{}
	said := CaseDueSoon{Changed: s.after.changed(), Then: b.over(), ToPayee: b.c.minor(0), ToPayer: b.c.minor(0), Awaited: b.c.awaited()}
	if out := then.after.Outcome; out.End != "" {
		said.End, said.ToPayee, said.ToPayer = out.End, out.ToPayee, out.ToPayer
	}
	if seat := b.c.seat(); seat != nil {
		said.Judge = *seat
	}
	s.event = said
	return s, nil
}

// awaited are the parties that may still act in a stage.
func (c *Case) awaited() []lance.PartyID {
	if c.State == Opened {
		return []lance.PartyID{c.Respondent()}
	}
	return []lance.PartyID{c.Payer, c.Payee}
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
