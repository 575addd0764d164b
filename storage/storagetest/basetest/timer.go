package basetest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func timerLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "timer_round_trips", run: timerRoundTrips[R]},
		{name: "setting_again_replaces", run: timerReplaces[R]},
		{name: "not_taken_before_it_is_due", run: notBeforeDue[R]},
		{name: "taken_once", run: takenOnce[R]},
		{name: "taken_by_one_of_a_crowd", run: takeCrowd[R]},
		{name: "standing_clock_is_never_due", run: standingClock[R]},
		{name: "due_comes_earliest_first", run: dueInOrder[R]},
		{name: "cancel_removes_the_owner_s", run: cancelRemoves[R]},
		{name: "next_due_is_the_earliest", run: nextDueTimer[R]},
	}
}

func timer(owner, kind string, due time.Time) lance.Timer {
	return lance.Timer{Owner: ref(owner), Kind: kind, DueAt: due}
}

func (w *world[R]) timers(fn func(ctx context.Context, ts lance.Timers) error) {
	w.Helper()
	w.in(func(ctx context.Context, r R) error { return fn(ctx, r.Timers()) })
}

func (w *world[R]) set(ts ...lance.Timer) {
	w.Helper()
	w.timers(func(ctx context.Context, s lance.Timers) error { return s.Set(ctx, ts...) })
}

func (w *world[R]) of(owner string) (ts []lance.Timer) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		ts, err = r.Timers().Of(ctx, ref(owner))
		return err
	})
	return ts
}

func (w *world[R]) due(now time.Time, limit int, kinds ...string) (ts []lance.Timer) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		ts, err = r.Timers().Due(ctx, now, limit, kinds...)
		return err
	})
	return ts
}

func (w *world[R]) take(owner, kind string, now time.Time) (t lance.Timer, ok bool) {
	w.Helper()
	w.timers(func(ctx context.Context, s lance.Timers) (err error) {
		t, ok, err = s.Take(ctx, ref(owner), kind, now)
		return err
	})
	return t, ok
}

func timerRoundTrips[R lance.Repos](w *world[R]) {
	running := timer("a", "run", epoch.Add(time.Microsecond))
	running.Attempts, running.Code = 3, "busy"
	standing := timer("a", "stand", time.Time{})
	standing.WhyNot = "changes_requested"
	w.set(standing, running, timer("b", "run", epoch))
	require.Equal(w, []lance.Timer{running, standing}, w.of("a"), "by kind")
	require.Empty(w, w.of("c"))
}

func timerReplaces[R lance.Repos](w *world[R]) {
	old := timer("a", "k", epoch)
	old.Attempts, old.Code = 2, "busy"
	w.set(old, timer("a", "other", epoch))
	next := timer("a", "k", epoch.Add(time.Hour))
	w.set(next)
	require.Equal(w, []lance.Timer{next, timer("a", "other", epoch)}, w.of("a"))
	require.Equal(w, []lance.Timer{timer("a", "other", epoch)}, w.due(epoch, 10))
	stop := timer("a", "k", time.Time{})
	stop.WhyNot = "held"
	w.set(stop)
	require.Equal(w, stop, w.of("a")[0])
	require.Len(w, w.due(epoch.AddDate(1, 0, 0), 10), 1)
}

func notBeforeDue[R lance.Repos](w *world[R]) {
	w.set(timer("a", "k", epoch))
	_, ok := w.take("a", "k", epoch.Add(-time.Microsecond))
	require.False(w, ok)
	_, ok = w.take("a", "other", epoch)
	require.False(w, ok)
	_, ok = w.take("b", "k", epoch)
	require.False(w, ok)
	require.Len(w, w.of("a"), 1)
	got, ok := w.take("a", "k", epoch)
	require.True(w, ok)
	require.Equal(w, timer("a", "k", epoch), got)
}

func takenOnce[R lance.Repos](w *world[R]) {
	w.set(timer("a", "k", epoch))
	_, ok := w.take("a", "k", epoch)
	require.True(w, ok)
	_, ok = w.take("a", "k", epoch)
	require.False(w, ok)
	require.Empty(w, w.of("a"))
	require.Empty(w, w.due(epoch, 10))
}

func takeCrowd[R lance.Repos](w *world[R]) {
	w.set(timer("a", "k", epoch))
	var took atomic.Int64
	errs := w.members(func(int) error {
		var ok bool
		err := w.db.InTx(w.Context(), func(ctx context.Context, r R) (err error) {
			_, ok, err = r.Timers().Take(ctx, ref("a"), "k", epoch)
			return err
		})
		if ok && err == nil {
			took.Add(1)
		}
		return err
	})
	require.NoError(w, errors.Join(errs...))
	require.Equal(w, int64(1), took.Load())
}

func standingClock[R lance.Repos](w *world[R]) {
	t := timer("a", "k", time.Time{})
	t.WhyNot = "held"
	w.set(t)
	far := epoch.AddDate(100, 0, 0)
	require.Empty(w, w.due(far, 10))
	_, ok := w.take("a", "k", far)
	require.False(w, ok)
	require.Len(w, w.of("a"), 1)
}

func dueInOrder[R lance.Repos](w *world[R]) {
	w.set(timer("now", "k", epoch), timer("first", "k", epoch.Add(-time.Hour)), timer("second", "k", epoch.Add(-time.Microsecond)), timer("later", "k", epoch.Add(time.Microsecond)))
	owners := func(ts []lance.Timer) (ids []string) {
		for _, t := range ts {
			ids = append(ids, t.Owner.ID)
		}
		return ids
	}
	require.Equal(w, []string{"first", "second", "now"}, owners(w.due(epoch, 10)))
	require.Equal(w, []string{"first", "second"}, owners(w.due(epoch, 2)))
	w.set(timer("now", "other", epoch), timer("now", "third", epoch))
	require.Equal(w, []lance.Timer{timer("now", "other", epoch), timer("now", "third", epoch)}, w.due(epoch, 2, "third", "other", "none"))
}

func cancelRemoves[R lance.Repos](w *world[R]) {
	w.set(timer("a", "x", epoch), timer("a", "y", epoch), timer("a", "z", epoch), timer("b", "x", epoch))
	w.timers(func(ctx context.Context, s lance.Timers) error {
		require.NoError(w, s.Cancel(ctx, ref("none")))
		require.NoError(w, s.Cancel(ctx, ref("a"), "none"))
		return s.Cancel(ctx, ref("a"), "x", "z")
	})
	require.Equal(w, []lance.Timer{timer("a", "y", epoch)}, w.of("a"))
	w.timers(func(ctx context.Context, s lance.Timers) error {
		return s.Set(ctx, timer("c", "x", epoch), lance.Timer{Owner: ref("c"), Kind: "x"}, lance.Timer{Owner: ref("none"), Kind: "x"})
	})
	require.Empty(w, w.of("c"), "one that says nothing is none")
	w.timers(func(ctx context.Context, s lance.Timers) error { return s.Cancel(ctx, ref("a")) })
	require.Empty(w, w.of("a"))
	require.Equal(w, []lance.Timer{timer("b", "x", epoch)}, w.due(epoch, 10))
}

func nextDueTimer[R lance.Repos](w *world[R]) {
	next := func() (at time.Time) {
		w.view(func(ctx context.Context, r R) (err error) {
			at, err = r.Timers().NextDue(ctx)
			return err
		})
		return at
	}
	require.True(w, next().IsZero())
	stands := timer("s", "k", time.Time{})
	w.set(stands)
	require.True(w, next().IsZero(), "a standing clock is not due")
	w.set(timer("a", "k", epoch.Add(time.Hour)), timer("b", "k", epoch.Add(time.Minute)))
	require.Equal(w, epoch.Add(time.Minute), next())
	_, _ = w.take("b", "k", epoch.Add(time.Hour))
	require.Equal(w, epoch.Add(time.Hour), next())
}
