package basetest

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// errOops is the failure that cases inject.
var errOops = errors.New("oops")

func txLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "commit_keeps_all", run: commitKeepsAll[R]},
		{name: "error_leaves_nothing", run: errorLeavesNothing[R]},
		{name: "error_is_not_retried", run: errorIsNotRetried[R]},
		{name: "panic_leaves_nothing_and_goes_on", run: panicLeavesNothing[R]},
		{name: "goexit_leaves_nothing", run: goexitLeavesNothing[R]},
		{name: "nesting_is_found_out", run: nestingIsFoundOut[R]},
		{name: "own_writes_are_seen_others_only_when_committed", run: ownWritesAreSeen[R]},
		{name: "view_keeps_one_state", run: viewKeepsOneState[R]},
		{name: "view_passes_errors_on", run: viewPassesErrorsOn[R]},
		{name: "time_stands_still", run: timeStandsStill[R]},
		{name: "at_moves_the_time", run: atMovesTheTime[R]},
		{name: "cancelled_before_leaves_nothing", run: cancelledBefore[R]},
		{name: "cancelled_during_leaves_nothing", run: cancelledDuring[R]},
		{name: "cancelled_at_commit_leaves_nothing", run: cancelledAtCommit[R]},
		{name: "closed_transaction_writes_nothing", run: closedWritesNothing[R]},
		{name: "fault_leaves_the_transaction_usable", run: faultLeavesUsable[R]},
		{name: "refusal_is_retried", run: refusalIsRetried[R]},
		{name: "retry_is_bounded", run: retryIsBounded[R]},
		{name: "reopened_store_has_what_was_committed", run: reopenedHasAll[R]},
		{name: "second_process_sees_what_was_committed", run: secondProcessSees[R]},
	}
}

func commitKeepsAll[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a", "b"))
		return r.Timers().Set(ctx, lance.Timer{Owner: ref("a"), Kind: "k", DueAt: epoch})
	})
	require.Equal(w, []WidgetID{"a", "b"}, w.ids())
	w.view(func(ctx context.Context, r R) error {
		ts, err := r.Timers().Of(ctx, ref("a"))
		require.Len(w, ts, 1)
		return err
	})
}

// ref names a widget.
func ref(id string) lance.Ref { return lance.Ref{Kind: "widget", ID: id} }

func errorLeavesNothing[R lance.Repos](w *world[R]) {
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		return errOops
	})
	require.ErrorIs(w, err, errOops, "the closure's error comes back")
	require.Empty(w, w.ids())
}

func errorIsNotRetried[R lance.Repos](w *world[R]) {
	runs := 0
	err := w.db.InTx(w.Context(), func(context.Context, R) error {
		runs++
		return lance.E(lance.Unavailable, "anything", "the caller's own")
	})
	refused(w, err, lance.Unavailable, "anything")
	require.Equal(w, 1, runs)
}

func panicLeavesNothing[R lance.Repos](w *world[R]) {
	require.PanicsWithValue(w, "oops", func() {
		_ = w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			require.NoError(w, w.insert(ctx, r, "a"))
			panic("oops")
		})
	})
	require.PanicsWithValue(w, "oops", func() {
		_ = w.db.View(w.Context(), func(context.Context, R) error { panic("oops") })
	})
	w.add("b")
	require.Equal(w, []WidgetID{"b"}, w.ids())
}

// goexitLeavesNothing ends the goroutine in the closure, as a failed
// require does.
func goexitLeavesNothing[R lance.Repos](w *world[R]) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			_ = w.insert(ctx, r, "a")
			runtime.Goexit()
			return nil
		})
	}()
	<-done
	w.add("b")
	require.Equal(w, []WidgetID{"b"}, w.ids())
}

func nestingIsFoundOut[R lance.Repos](w *world[R]) {
	nothing := func(context.Context, R) error { return nil }
	inner := map[string]func(ctx context.Context) error{
		"InTx":    func(ctx context.Context) error { return w.db.InTx(ctx, nothing) },
		"View":    func(ctx context.Context) error { return w.db.View(ctx, nothing) },
		"At.InTx": func(ctx context.Context) error { return w.db.At(lance.FixedClock(epoch)).InTx(ctx, nothing) },
		"At.View": func(ctx context.Context) error { return w.db.At(lance.FixedClock(epoch)).View(ctx, nothing) },
	}
	for name, open := range inner {
		w.in(func(ctx context.Context, r R) error {
			refused(w, open(ctx), lance.Internal, "tx_nested")
			return w.insert(ctx, r, WidgetID(name))
		})
		w.view(func(ctx context.Context, _ R) error {
			refused(w, open(ctx), lance.Internal, "tx_nested")
			return nil
		})
	}
	require.Len(w, w.ids(), len(inner), "the transaction around it goes on")
}

func ownWritesAreSeen[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		own, err := w.h.Widgets(r).Get(ctx, "a")
		require.NoError(w, err)
		require.Equal(w, WidgetID("a"), own.ID)
		var others []WidgetID
		w.aside(func() error {
			return w.db.View(w.Context(), func(ctx context.Context, r R) error {
				all, err := w.h.Widgets(r).Find(ctx, lance.Filter{})
				others = idsOf(all)
				return err
			})
		})
		require.Empty(w, others)
		return nil
	})
	require.Equal(w, []WidgetID{"a"}, w.ids())
}

// aside runs fn in another goroutine and waits for it.
func (w *world[R]) aside(fn func() error) {
	w.Helper()
	done := make(chan error, 1)
	go func() { done <- fn() }()
	require.NoError(w, w.await(done))
}

// await receives from done. Only a store that hangs makes it give up.
func (w *world[R]) await(done <-chan error) error {
	w.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(time.Minute):
		require.Fail(w, "the store hangs")
		return nil
	}
}

func viewKeepsOneState[R lance.Repos](w *world[R]) {
	w.add("a")
	w.view(func(ctx context.Context, r R) error {
		before, err := w.h.Widgets(r).Find(ctx, lance.Filter{})
		require.NoError(w, err)
		require.Len(w, before, 1)
		w.aside(func() error {
			return w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return w.insert(ctx, r, "b") })
		})
		after, err := w.h.Widgets(r).Find(ctx, lance.Filter{})
		require.NoError(w, err)
		require.Equal(w, before, after)
		return nil
	})
	require.Equal(w, []WidgetID{"a", "b"}, w.ids())
}

func viewPassesErrorsOn[R lance.Repos](w *world[R]) {
	require.ErrorIs(w, w.db.View(w.Context(), func(context.Context, R) error { return errOops }), errOops)
}

func timeStandsStill[R lance.Repos](w *world[R]) {
	w.clock.Move(1500 * time.Nanosecond)
	check := func(_ context.Context, r R) error {
		start := r.Now()
		require.Equal(w, w.clock.Now(), start)
		require.Equal(w, lance.Instant(start), start, "UTC, microseconds")
		w.clock.Move(time.Hour)
		require.Equal(w, start, r.Now())
		return nil
	}
	w.in(check)
	w.view(check)
}

func atMovesTheTime[R lance.Repos](w *world[R]) {
	later := epoch.AddDate(1, 0, 0)
	require.NoError(w, w.db.At(lance.FixedClock(later)).InTx(w.Context(), func(ctx context.Context, r R) error {
		require.Equal(w, later, r.Now())
		return w.insert(ctx, r, "a")
	}))
	require.NoError(w, w.db.At(lance.FixedClock(later)).View(w.Context(), func(_ context.Context, r R) error {
		require.Equal(w, later, r.Now())
		return nil
	}))
	w.view(func(_ context.Context, r R) error {
		require.Equal(w, epoch, r.Now())
		return nil
	})
	require.Equal(w, []WidgetID{"a"}, w.ids(), "it is the same store")
}

func cancelledBefore[R lance.Repos](w *world[R]) {
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	err := w.db.InTx(ctx, func(ctx context.Context, r R) error { return w.insert(ctx, r, "a") })
	require.ErrorIs(w, err, context.Canceled)
	require.ErrorIs(w, w.db.View(ctx, func(ctx context.Context, r R) error {
		_, err := w.h.Widgets(r).Find(ctx, lance.Filter{})
		return err
	}), context.Canceled)
	require.Empty(w, w.ids())
}

func cancelledDuring[R lance.Repos](w *world[R]) {
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	err := w.db.InTx(ctx, func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		cancel()
		return w.insert(ctx, r, "b")
	})
	require.ErrorIs(w, err, context.Canceled)
	require.Empty(w, w.ids())
	w.add("a")
}

func cancelledAtCommit[R lance.Repos](w *world[R]) {
	ctx, cancel := context.WithCancel(w.Context())
	defer cancel()
	err := w.db.InTx(ctx, func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"))
		cancel()
		return nil
	})
	require.ErrorIs(w, err, context.Canceled)
	require.Empty(w, w.ids())
	w.add("a")
}

func closedWritesNothing[R lance.Repos](w *world[R]) {
	var leaked R
	w.in(func(_ context.Context, r R) error {
		leaked = r
		return nil
	})
	w.in(func(ctx context.Context, r R) error {
		require.Error(w, w.insert(w.Context(), leaked, "a"), "its transaction has ended, though another is open")
		return w.insert(ctx, r, "b")
	})
	require.Equal(w, []WidgetID{"b"}, w.ids())
}

func faultLeavesUsable[R lance.Repos](w *world[R]) {
	w.add("a")
	w.in(func(ctx context.Context, r R) error {
		rows := w.h.Widgets(r)
		refused(w, rows.Insert(ctx, widget("a")), lance.Exists, "widget_exists")
		_, err := rows.Get(ctx, "none")
		refused(w, err, lance.NotFound, "widget_not_found")
		stale := widget("a")
		stale.Version = 7
		refused(w, rows.Update(ctx, stale), lance.Stale, "widget_stale")
		return w.insert(ctx, r, "b")
	})
	require.Equal(w, []WidgetID{"a", "b"}, w.ids())
}

func refusalIsRetried[R lance.Repos](w *world[R]) {
	w.need(w.h.Refusal != nil, "refusals for reasons of concurrency")
	runs := 0
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, w.insert(ctx, r, "a"), "the run before left nothing")
		if runs++; runs < 3 {
			return w.h.Refusal()
		}
		return nil
	})
	require.Equal(w, 3, runs)
	require.Equal(w, []WidgetID{"a"}, w.ids())
}

func retryIsBounded[R lance.Repos](w *world[R]) {
	w.need(w.h.Refusal != nil, "refusals for reasons of concurrency")
	runs := 0
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		runs++
		require.NoError(w, w.insert(ctx, r, "a"))
		return w.h.Refusal()
	})
	require.ErrorIs(w, err, lance.Unavailable, "nothing was done: try again later")
	require.Greater(w, runs, 1)
	require.Less(w, runs, 100)
	require.Empty(w, w.ids())
}

func reopenedHasAll[R lance.Repos](w *world[R]) {
	w.need(w.h.Reopen != nil, "durability")
	w.add("a")
	w.db = w.h.Reopen(w.T, w.db, w.clock)
	w.add("b")
	require.Equal(w, []WidgetID{"a", "b"}, w.ids())
}

func secondProcessSees[R lance.Repos](w *world[R]) {
	w.need(w.h.Again != nil, "several processes")
	w.add("a")
	other := w.again()
	require.NoError(w, other.InTx(w.Context(), func(ctx context.Context, r R) error {
		_, err := w.h.Widgets(r).Get(ctx, "a")
		require.NoError(w, err)
		return w.insert(ctx, r, "b")
	}))
	require.Equal(w, []WidgetID{"a", "b"}, w.ids())
}
