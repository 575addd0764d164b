package basetest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// The laws of joining hold in the host's own transaction: its row, our rows and
// the events commit or vanish together. Each law runs for every kind of
// transaction that the adapter can join.
func joinLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "host_commit_keeps_both", join: joinCommits[R]},
		{name: "host_rollback_takes_both", join: joinRollsBack[R]},
		{name: "failed_closure_leaves_the_host_s_row", join: joinFails[R]},
		{name: "failure_after_a_partial_write_leaves_nothing", join: joinPartial[R]},
		{name: "panic_undoes_the_closure_only", join: joinPanics[R]},
		{name: "nothing_is_seen_before_the_host_commits", join: joinIsUnseen[R]},
		{name: "view_sees_the_host_s_transaction", join: joinViews[R]},
		{name: "nesting_is_found_out", join: joinNests[R]},
		{name: "savepoints_nest", join: joinWithin[R]},
		{name: "time_is_the_store_s", join: joinTime[R]},
		{name: "refusal_is_the_host_s_to_retry", join: joinNeverRetries[R]},
		{name: "locks_hold_until_the_host_ends", join: joinLocks[R]},
	}
}

// begin opens a host transaction that has written one row of its own.
func (w *world[R]) begin(host Host[R]) Guest[R] {
	w.Helper()
	guest := host.Begin(w.T, w.db)
	require.NoError(w, guest.Insert("order"))
	return guest
}

func joinCommits[R lance.Repos](w *world[R], host Host[R]) {
	guest := w.begin(host)
	require.NoError(w, guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		return r.Log().Append(ctx, event("a", 1, 0))
	}))
	require.NoError(w, guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error { return w.insert(ctx, r, "b") }))
	require.NoError(w, guest.Insert("second order"))
	require.NoError(w, guest.Commit())
	require.Equal(w, []string{"order", "second order"}, host.Rows(w.T, w.db))
	require.Equal(w, []WidgetID{"a", "b"}, w.ids())
	require.Equal(w, 1, w.sealAll())
}

func joinRollsBack[R lance.Repos](w *world[R], host Host[R]) {
	guest := w.begin(host)
	require.NoError(w, guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		return r.Log().Append(ctx, event("a", 1, 0))
	}))
	require.NoError(w, guest.Rollback())
	require.Empty(w, host.Rows(w.T, w.db))
	require.Empty(w, w.ids())
	require.Empty(w, w.stream("a"))
	w.add("a")
}

func joinFails[R lance.Repos](w *world[R], host Host[R]) {
	guest := w.begin(host)
	err := guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		return errOops
	})
	require.ErrorIs(w, err, errOops)
	require.NoError(w, guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error { return w.insert(ctx, r, "b") }))
	require.NoError(w, guest.Insert("goes on"))
	require.NoError(w, guest.Commit())
	require.Equal(w, []string{"goes on", "order"}, host.Rows(w.T, w.db))
	require.Equal(w, []WidgetID{"b"}, w.ids())
}

// joinPartial lets the database refuse the second of two writes.
func joinPartial[R lance.Repos](w *world[R], host Host[R]) {
	w.add("taken")
	guest := w.begin(host)
	err := guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error {
		require.NoError(w, r.Log().Append(ctx, event("a", 1, 0)))
		return w.insert(ctx, r, "a", "taken")
	})
	refused(w, err, lance.Exists, "widget_exists")
	require.NoError(w, guest.Commit())
	require.Equal(w, []WidgetID{"taken"}, w.ids())
	require.Empty(w, w.stream("a"))
	require.Equal(w, []string{"order"}, host.Rows(w.T, w.db))
}

func joinPanics[R lance.Repos](w *world[R], host Host[R]) {
	guest := w.begin(host)
	require.PanicsWithValue(w, "oops", func() {
		_ = guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error {
			require.NoError(w, w.insert(ctx, r, "a"))
			panic("oops")
		})
	})
	require.NoError(w, guest.Commit())
	require.Empty(w, w.ids())
	require.Equal(w, []string{"order"}, host.Rows(w.T, w.db))
}

func joinIsUnseen[R lance.Repos](w *world[R], host Host[R]) {
	guest := w.begin(host)
	require.NoError(w, guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error { return w.insert(ctx, r, "a") }))
	require.Empty(w, w.ids())
	require.NoError(w, guest.Commit())
	require.Equal(w, []WidgetID{"a"}, w.ids())
}

func joinViews[R lance.Repos](w *world[R], host Host[R]) {
	guest := w.begin(host)
	require.NoError(w, guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error { return w.insert(ctx, r, "a") }))
	require.NoError(w, guest.Joined.View(w.Context(), func(ctx context.Context, r R) error {
		_, err := w.h.Widgets(r).Get(ctx, "a")
		return err
	}))
	require.NoError(w, guest.Commit())
}

func joinNests[R lance.Repos](w *world[R], host Host[R]) {
	guest := w.begin(host)
	nothing := func(context.Context, R) error { return nil }
	require.NoError(w, guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error {
		refused(w, guest.Joined.InTx(ctx, nothing), lance.Internal, "tx_nested")
		refused(w, w.db.InTx(ctx, nothing), lance.Internal, "tx_nested")
		return w.insert(ctx, r, "a")
	}))
	require.NoError(w, guest.Commit())
	require.Equal(w, []WidgetID{"a"}, w.ids())
}

func joinWithin[R lance.Repos](w *world[R], host Host[R]) {
	guest := w.begin(host)
	require.NoError(w, guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error {
		err := lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error {
			require.NoError(w, w.insert(ctx, r, "a"))
			return errOops
		})
		require.ErrorIs(w, err, errOops)
		return w.insert(ctx, r, "b")
	}))
	require.NoError(w, guest.Commit())
	require.Equal(w, []WidgetID{"b"}, w.ids())
}

func joinTime[R lance.Repos](w *world[R], host Host[R]) {
	guest := w.begin(host)
	later := epoch.AddDate(0, 0, 14)
	at := func(want any) func(context.Context, R) error {
		return func(_ context.Context, r R) error {
			require.Equal(w, want, r.Now())
			return nil
		}
	}
	require.NoError(w, guest.Joined.InTx(w.Context(), at(epoch)))
	require.NoError(w, guest.Joined.At(lance.FixedClock(later)).InTx(w.Context(), at(later)))
	require.NoError(w, guest.Commit())
}

func joinNeverRetries[R lance.Repos](w *world[R], host Host[R]) {
	w.need(w.h.Refusal != nil, "refusals for reasons of concurrency")
	guest := w.begin(host)
	runs := 0
	require.Error(w, guest.Joined.InTx(w.Context(), func(context.Context, R) error {
		runs++
		return w.h.Refusal()
	}))
	require.Equal(w, 1, runs)
	require.NoError(w, guest.Rollback())
}

// joinLocks looks for another's lock while the host's transaction is open. A
// store whose writers take turns proves the same by making the other wait.
func joinLocks[R lance.Repos](w *world[R], host Host[R]) {
	guest := w.begin(host)
	require.NoError(w, guest.Joined.InTx(w.Context(), func(ctx context.Context, r R) error { return r.Lock(ctx, ref("a")) }))
	got := make(chan error, 1)
	committed := make(chan struct{})
	go func() {
		got <- w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			if err := r.Lock(ctx, ref("a")); err != nil {
				return err
			}
			select {
			case <-committed:
				return nil
			default:
				return errOops
			}
		})
	}()
	for range 1000 {
		select {
		case err := <-got:
			require.NoError(w, err, "it did not wait for the host's lock")
		default:
		}
	}
	close(committed)
	require.NoError(w, guest.Commit())
	require.NoError(w, w.await(got))
}
