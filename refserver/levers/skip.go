package levers

import (
	"context"
	"strconv"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
)

// What bounds a skip.
const (
	MaxSkip   = 10 * 366 * 24 * time.Hour // of the clock in all
	MaxEvents = 500                       // that are told of
	maxHops   = 5000                      // stops on the way; what is due later happens at its end
	maxRounds = 1000                      // steps at one stop
)

// SkipInput says where to move the clock.
type SkipInput struct {
	By   time.Duration `json:"by"`   // how far; 0 is to the next timer
	Kind string        `json:"kind"` // with By 0: of which kind, such as "escrow.auto_release"; "" is any
	Key  string        `json:"-"`    // the caller's idempotency key, at most 255 bytes; may be empty
}

// Happened tells what happened because the clock was moved.
type Happened struct {
	From, To time.Time           // the clock before and after
	Timers   []lance.Timer       // that fired, in order
	Events   []lance.Event       // that were sealed, in order, at most MaxEvents
	More     bool                // there were more
	Parked   []lance.Parked      // events that a consumer could not handle
	Faults   []lance.ReportFault // what failed and will be tried again
}

// Hands is where the clock stands.
type Hands struct {
	Now   time.Time
	Ahead time.Duration // by how much it was moved in all
	Next  *lance.Timer  // the next one to fire; nil when none will
}

// Skip moves the clock and tells what happened because of it. What was due
// before is done first. On the way the clock stops at whatever is due, so that
// everything happens at its own time. A key that was used moves nothing.
//
// It is for administrators: Unauthorized "actor_required", Forbidden
// "role_required". It fails with Invalid at /by ("period_range"), Precondition
// "timer_none" when no such timer will fire, Conflict "key_reused", and
// Unavailable "drain_busy" when the engine does not come to rest.
func (l *Levers) Skip(ctx context.Context, by lance.Actor, in SkipInput) (*Happened, error) {
	const op = "levers.Skip"
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return nil, lance.Op(op, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if in.By < 0 || l.o.Clock.Ahead()+min(in.By, MaxSkip) > MaxSkip || in.By > MaxSkip {
		var f lance.Faults
		f.Add("/by", "period_range", "the clock moves forward only, and no more than ten years in all")
		return nil, lance.Op(op, f.Err())
	}
	h, err := l.skip(ctx, by, in)
	return h, lance.Op(op, err)
}

func (l *Levers) skip(ctx context.Context, by lance.Actor, in SkipInput) (*Happened, error) {
	if err := l.rest(ctx, &Happened{}); err != nil {
		return nil, err
	}
	if err := l.o.Store.View(ctx, l.forget); err != nil {
		return nil, err
	}
	h := &Happened{From: l.o.Clock.Now()}
	first, target, err := l.target(ctx, by, in, h.From)
	if err == nil && first {
		err = l.travel(ctx, h, target)
	}
	h.To = l.o.Clock.Now()
	if err != nil {
		return nil, err
	}
	return h, l.o.Store.View(ctx, func(ctx context.Context, r marketplace.Repos) error { return l.tell(ctx, r, h) })
}

// target returns where a skip leads, and whether its key is new.
func (l *Levers) target(ctx context.Context, by lance.Actor, in SkipInput, from time.Time) (first bool, to time.Time, err error) {
	err = l.o.Store.InTx(ctx, func(ctx context.Context, r marketplace.Repos) error {
		if _, first, err = lance.Once(ctx, r, by, in.Key, "levers.Skip", in, ""); err != nil || !first {
			return err
		}
		if to = from.Add(in.By); in.By > 0 {
			return nil
		}
		next, err := nextTimer(ctx, r, in.Kind)
		if err == nil && next == nil {
			err = lance.E(lance.Precondition, "timer_none", "no such timer will fire")
		}
		if err == nil {
			to = next.DueAt
		}
		return err
	})
	return first, to, err
}

// nextTimer returns the first timer to fire, of a kind or of any; chores are
// nobody's and of no interest.
func nextTimer(ctx context.Context, r marketplace.Repos, kind string) (*lance.Timer, error) {
	var kinds []string
	if kind != "" {
		kinds = []string{kind}
	}
	const chores = 100 // more than there are
	due, err := r.Timers().Due(ctx, r.Now().Add(MaxSkip), chores, kinds...)
	for _, t := range due {
		if !t.Owner.IsZero() {
			return &t, err
		}
	}
	return nil, err
}

// travel moves the clock to a time, and on the way to all that is due before.
func (l *Levers) travel(ctx context.Context, h *Happened, to time.Time) error {
	for range maxHops {
		next, err := l.due(ctx)
		if err != nil {
			return err
		}
		if now := l.o.Clock.Now(); !next.After(now) || !next.Before(to) {
			break
		}
		if err := l.stop(ctx, h, next); err != nil {
			return err
		}
	}
	return l.stop(ctx, h, to)
}

// due returns when something is due next, zero for never.
func (l *Levers) due(ctx context.Context) (at time.Time, err error) {
	err = l.o.Store.View(ctx, func(ctx context.Context, r marketplace.Repos) error {
		if at, err = r.Deliveries().NextDue(ctx); err != nil {
			return err
		}
		timer, err := nextTimer(ctx, r, "")
		if timer != nil && (at.IsZero() || timer.DueAt.Before(at)) {
			at = timer.DueAt
		}
		return err
	})
	return at, err
}

// stop moves the clock to a time, unless it is past it, and lets the engine come
// to rest there. The store knows of the move before anything happens by it.
func (l *Levers) stop(ctx context.Context, h *Happened, at time.Time) error {
	ahead := l.o.Clock.until(at)
	err := l.o.Store.InTx(ctx, func(ctx context.Context, r marketplace.Repos) error {
		return lance.SetFact(ctx, r, factAhead, strconv.FormatInt(int64(ahead), 10))
	})
	if err != nil {
		return err
	}
	l.o.Clock.ahead.Store(int64(ahead))
	return l.rest(ctx, h)
}

// rest steps until there is nothing to do.
func (l *Levers) rest(ctx context.Context, h *Happened) error {
	for range maxRounds {
		rep, err := l.step(ctx)
		h.Timers = append(h.Timers, rep.Fired...)
		h.Parked = append(h.Parked, rep.Parked...)
		h.Faults = append(h.Faults, rep.Faults...)
		if err != nil || rep.Idle() {
			return err
		}
	}
	return lance.E(lance.Unavailable, "drain_busy", "there is still work to do")
}

// forget takes all of the log for seen.
func (l *Levers) forget(ctx context.Context, r marketplace.Repos) error {
	const page = 1000
	for {
		seals, err := r.Log().Seals(ctx, l.sealed, page)
		if len(seals) > 0 {
			l.sealed = seals[len(seals)-1].Last
		}
		if err != nil || len(seals) < page {
			return err
		}
	}
}

// tell adds the events that were sealed since the log was last seen.
func (l *Levers) tell(ctx context.Context, r marketplace.Repos, h *Happened) (err error) {
	h.Events, _, err = r.Log().Read(ctx, l.sealed, MaxEvents+1)
	if h.More = len(h.Events) > MaxEvents; h.More {
		h.Events = h.Events[:MaxEvents]
	}
	return err
}

// Hands returns where the clock stands. It fails as the store does.
func (l *Levers) Hands(ctx context.Context) (*Hands, error) {
	return lance.Read(ctx, l.o.Store, "levers.Hands", func(ctx context.Context, r marketplace.Repos) (*Hands, error) {
		next, err := nextTimer(ctx, r, "")
		return &Hands{Now: l.o.Clock.Now(), Ahead: l.o.Clock.Ahead(), Next: next}, err
	})
}
