package basetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// The laws of chores hold the timers that have no owner, and what the worker
// itself does every so often, against the store.
func choreLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "chore_is_done_by_one_of_many", run: choreDoneByOne[R]},
		{name: "failing_chore_leaves_nothing_and_is_tried_again", run: choreFails[R]},
		{name: "old_keys_are_forgotten", run: oldKeysForgotten[R]},
	}
}

// chore inserts one widget each time it is done, named after the minute.
func (w *world[R]) chore(after func() error) lance.Jobs[R] {
	return lance.Jobs[R]{Chores: []lance.Chore[R]{{Name: "clean", Every: time.Minute, Do: func(ctx context.Context, r R) (bool, error) {
		return false, errors.Join(w.insert(ctx, r, WidgetID(r.Now().Format("at 15:04"))), after())
	}}}}
}

func choreDoneByOne[R lance.Repos](w *world[R]) {
	jobs := w.chore(func() error { return nil })
	other := w.again()
	for range 3 {
		var all sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			db := w.db
			if i%2 == 1 {
				db = other
			}
			all.Go(func() {
				rep, err := lance.NewWorker(db, jobs, nil).Drain(w.Context(), w.clock.Now(), 9)
				for _, f := range rep.Faults {
					err = errors.Join(err, f.Err)
				}
				errs[i] = err
			})
		}
		all.Wait()
		require.NoError(w, errors.Join(errs...))
		w.clock.Move(time.Minute)
	}
	require.Equal(w, []WidgetID{"at 12:01", "at 12:02"}, w.ids(), "first after its time, then each time once")
	w.clock.Move(24 * time.Hour)
	require.Contains(w, w.step(jobs).Chores, "clean")
	require.Len(w, w.ids(), 3, "what was missed is not made up for")
}

func choreFails[R lance.Repos](w *world[R]) {
	fails := true
	jobs := w.chore(func() error {
		if fails {
			return lance.E(lance.Unavailable, "busy", "no")
		}
		return nil
	})
	w.step(jobs)
	w.clock.Move(time.Minute)
	rep := w.step(jobs)
	require.Empty(w, rep.Chores)
	require.Len(w, rep.Faults, 1)
	require.Equal(w, "clean", rep.Faults[0].Name)
	require.Empty(w, w.ids())
	fails = false
	w.clock.Move(time.Second)
	require.Equal(w, []string{"clean"}, w.step(jobs).Chores)
	require.Equal(w, []WidgetID{"at 12:01"}, w.ids())
}

func oldKeysForgotten[R lance.Repos](w *world[R]) {
	old, young := key("ann", "old", epoch), key("ann", "young", epoch.Add(time.Microsecond))
	w.claimKey(old)
	w.claimKey(young)
	w.step(lance.Jobs[R]{})
	w.clock.Move(lance.DefaultKeepKeys)
	w.step(lance.Jobs[R]{})
	require.NotNil(w, w.claimKey(old), "not before its time")
	w.clock.Move(time.Hour)
	jobs := lance.Jobs[R]{KeepKeys: lance.DefaultKeepKeys + time.Hour - time.Microsecond}
	require.Equal(w, []string{"lance.sweep_keys"}, w.step(jobs).Chores)
	require.Nil(w, w.claimKey(old))
	require.NotNil(w, w.claimKey(young))
}
