package basetest

import (
	"context"
	"errors"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func withinLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "repos_can_nest", run: reposCanNest[R]},
		{name: "success_commits_with_the_transaction", run: withinSuccess[R]},
		{name: "failure_undoes_only_the_savepoint", run: withinFailure[R]},
		{name: "failure_leaves_what_came_before", run: withinFailureLast[R]},
		{name: "failure_of_the_transaction_takes_the_savepoint", run: withinOuterFailure[R]},
		{name: "panic_undoes_only_the_savepoint", run: withinPanic[R]},
		{name: "savepoints_nest", run: withinNested[R]},
		{name: "fault_in_a_savepoint_leaves_the_transaction_usable", run: withinFault[R]},
		{name: "cancelled_savepoint_is_undone", run: withinCancelled[R]},
		{name: "lock_of_an_undone_savepoint_is_not_held", run: withinLock[R]},
		{name: "view_sees_the_open_transaction", run: withinView[R]},
		{name: "time_is_the_transaction_s_own", run: withinTime[R]},
		{name: "savepoint_in_a_view_may_not_write", run: withinReadOnly[R]},
	}
}

func reposCanNest[R lance.Repos](w *world[R]) {
	w.in(func(_ context.Context, r R) error {
		require.Implements(w, (*lance.Nester)(nil), r)
		return nil
	})
}

func withinSuccess[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		return lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error { return w.insert(ctx, r, "b") })
	})
	require.Equal(w, []WidgetID{"a", "b"}, w.ids())
}

func withinFailure[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		err := lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error {
			require.NoError(w, w.insert(ctx, r, "b"))
			require.NoError(w, r.Timers().Set(ctx, lance.Timer{Owner: ref("b"), Kind: "k", DueAt: epoch}))
			require.NoError(w, r.Log().Append(ctx, event("b", 1, 0)))
			return errOops
		})
		require.ErrorIs(w, err, errOops)
		_, err = w.h.Widgets(r).Get(ctx, "b")
		refused(w, err, lance.NotFound, "widget_not_found")
		ts, err := r.Timers().Of(ctx, ref("b"))
		require.NoError(w, err)
		require.Empty(w, ts)
		evs, err := r.Log().Stream(ctx, ref("b"))
		require.NoError(w, err)
		require.Empty(w, evs)
		return w.insert(ctx, r, "c")
	})
	require.Equal(w, []WidgetID{"a", "c"}, w.ids())
}

// withinFailureLast writes nothing after the savepoint that failed.
func withinFailureLast[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		require.ErrorIs(w, lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error {
			return errors.Join(w.insert(ctx, r, "b"), errOops)
		}), errOops)
		return nil
	})
	require.Equal(w, []WidgetID{"a"}, w.ids())
}

func withinOuterFailure[R lance.Repos](w *world[R]) {
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		require.NoError(w, lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error { return w.insert(ctx, r, "a") }))
		return errOops
	})
	require.ErrorIs(w, err, errOops)
	require.Empty(w, w.ids())
}

func withinPanic[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		require.PanicsWithValue(w, "oops", func() {
			_ = lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error {
				require.NoError(w, w.insert(ctx, r, "b"))
				panic("oops")
			})
		})
		return w.insert(ctx, r, "c")
	})
	require.Equal(w, []WidgetID{"a", "c"}, w.ids())
}

func withinNested[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		return lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error {
			require.NoError(w, w.insert(ctx, r, "a"))
			err := lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error {
				require.NoError(w, w.insert(ctx, r, "b"))
				require.NoError(w, lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error { return w.insert(ctx, r, "c") }))
				return errOops
			})
			require.ErrorIs(w, err, errOops)
			return w.insert(ctx, r, "d")
		})
	})
	require.Equal(w, []WidgetID{"a", "d"}, w.ids())
}

func withinFault[R lance.Repos](w *world[R]) {
	w.add("a", "b")
	w.in(func(ctx context.Context, r R) error {
		err := lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error {
			b, err := w.h.Widgets(r).Get(ctx, "b")
			require.NoError(w, err)
			b.Slot = "slot a"
			return w.h.Widgets(r).Update(ctx, b)
		})
		refused(w, err, lance.Exists, "widget_exists")
		return w.insert(ctx, r, "c")
	})
	require.Equal(w, []WidgetID{"a", "b", "c"}, w.ids())
}

func withinCancelled[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		part, cancel := context.WithCancel(ctx)
		defer cancel()
		err := lance.Within(r).InTx(part, func(_ context.Context, r R) error {
			require.NoError(w, w.insert(ctx, r, "b"))
			cancel()
			return nil
		})
		require.ErrorIs(w, err, context.Canceled)
		return w.insert(ctx, r, "c")
	})
	require.Equal(w, []WidgetID{"a", "c"}, w.ids())
}

func withinLock[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		_ = lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error {
			require.NoError(w, r.Lock(ctx, ref("b")))
			return errOops
		})
		require.NoError(w, r.Lock(ctx, ref("a")))
		require.NoError(w, lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error { return r.Lock(ctx, ref("c")) }))
		refused(w, r.Lock(ctx, ref("b")), lance.Internal, "lock_order")
		return nil
	})
}

func withinView[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		return lance.Within(r).View(ctx, func(ctx context.Context, r R) error {
			_, err := w.h.Widgets(r).Get(ctx, "a")
			return err
		})
	})
}

func withinTime[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		return lance.Within(r).At(lance.FixedClock(epoch.AddDate(1, 0, 0))).InTx(ctx, func(_ context.Context, r R) error {
			require.Equal(w, epoch, r.Now())
			return nil
		})
	})
}

func withinReadOnly[R lance.Repos](w *world[R]) {
	w.view(func(ctx context.Context, r R) error {
		err := lance.Within(r).InTx(ctx, func(ctx context.Context, r R) error { return w.insert(ctx, r, "a") })
		refused(w, err, lance.Internal, "read_only")
		return nil
	})
	require.Empty(w, w.ids())
}
