package lance

import (
	"context"
	"slices"
	"time"
)

// Chore is work that belongs to no aggregate and is done every so often, by one
// of the processes that share a store. When it is next due is a Timer without an
// owner, which the worker sets when it first sees the chore, and anew each time
// it is done.
type Chore[R Repos] struct {
	Name  string        // stable, since it is the timer's kind
	Every time.Duration // from one time to the next, and before the first; positive
	// Do does a bounded part of the work in a transaction and says whether more is
	// left, for which the chore is due again at once. A call to the outside is
	// enqueued as a delivery. When it fails, what it did is undone, and it is tried
	// again like any timer, after Every at the latest.
	Do func(ctx context.Context, r R) (more bool, err error)
}

// fire does the chore and sets its timer anew.
func (c Chore[R]) fire(ctx context.Context, r R, t Timer) error {
	more, err := c.Do(ctx, r)
	if err != nil {
		return err
	}
	due := r.Now()
	if !more {
		due = due.Add(c.Every)
	}
	return r.Timers().Set(ctx, Timer{Owner: t.Owner, Kind: c.Name, DueAt: due})
}

// late returns the timers, as they should be, of chores that are not due within
// their Every: they are new to the store, have become more frequent, or were put
// off for longer.
func (s *step[R]) late(ctx context.Context, r R) ([]Timer, error) {
	stand, err := r.Timers().Of(ctx, Ref{})
	if err != nil {
		return nil, err
	}
	var late []Timer
	for _, c := range s.jobs.Chores {
		t := Timer{Kind: c.Name}
		if i := slices.IndexFunc(stand, func(t Timer) bool { return t.Kind == c.Name }); i >= 0 {
			t = stand[i]
		}
		if latest := r.Now().Add(c.Every); t.DueAt.IsZero() || t.DueAt.After(latest) {
			t.DueAt = latest
			late = append(late, t)
		}
	}
	return late, nil
}

// setChores sets the timers that are late. It looks again under the lock that a
// chore holds while it is done.
func (s *step[R]) setChores(ctx context.Context, r R) error {
	if err := r.Lock(ctx, Ref{}); err != nil {
		return err
	}
	late, err := s.late(ctx, r)
	if err != nil {
		return err
	}
	return r.Timers().Set(ctx, late...)
}

// keysSwept is how many idempotency keys one chore forgets in a transaction.
const keysSwept = 1000

// sweepKeys is the chore that forgets idempotency keys older than keep.
func sweepKeys[R Repos](keep time.Duration) Chore[R] {
	return Chore[R]{Name: "lance.sweep_keys", Every: time.Hour, Do: func(ctx context.Context, r R) (bool, error) {
		n, err := r.Keys().Sweep(ctx, r.Now().Add(-keep), keysSwept)
		return n == keysSwept, err
	}}
}
