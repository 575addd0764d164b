package basetest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func lockLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "wrong_order_is_a_fault", run: lockOrder[R]},
		{name: "holders_exclude_each_other", run: lockExcludes[R]},
		{name: "read_then_write_under_a_lock_loses_nothing", run: lockedCounter[R]},
		{name: "opposite_orders_do_not_deadlock", run: oppositeLocks[R]},
		{name: "rule_over_a_set_holds", run: writeSkew[R]},
		{name: "rollback_gives_locks_up", run: rollbackUnlocks[R]},
		{name: "different_refs_do_not_exclude", run: differentLocks[R]},
	}
}

func lockOrder[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, r.Lock(ctx, ref("c"), ref("b"), ref("c")), "one call is sorted")
		require.NoError(w, r.Lock(ctx, ref("b")), "what is held is held")
		require.NoError(w, r.Lock(ctx))
		refused(w, r.Lock(ctx, ref("a")), lance.Internal, "lock_order")
		refused(w, r.Lock(ctx, ref("z"), lance.Ref{Kind: "agreement", ID: "z"}), lance.Internal, "lock_order")
		return r.Lock(ctx, ref("d"))
	})
}

func lockExcludes[R lance.Repos](w *world[R]) {
	var inside, most atomic.Int64
	errs := w.members(func(int) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			if err := r.Lock(ctx, ref("a")); err != nil {
				return err
			}
			most.Store(max(most.Load(), inside.Add(1)))
			defer inside.Add(-1)
			_, err := w.h.Widgets(r).Find(ctx, lance.Filter{})
			return err
		})
	})
	require.NoError(w, errors.Join(errs...))
	require.Equal(w, int64(1), most.Load())
}

func (w *world[R]) raise(ctx context.Context, r R, id WidgetID, by int64) error {
	d, err := w.h.Widgets(r).Get(ctx, id)
	if err != nil {
		return err
	}
	d.Rank += by
	return w.h.Widgets(r).Update(ctx, d)
}

func (w *world[R]) rank(id WidgetID) (rank int64) {
	w.Helper()
	w.view(func(ctx context.Context, r R) error {
		d, err := w.h.Widgets(r).Get(ctx, id)
		require.NoError(w, err)
		rank = d.Rank
		return nil
	})
	return rank
}

func lockedCounter[R lance.Repos](w *world[R]) {
	w.add("a")
	errs := w.members(func(int) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			if err := r.Lock(ctx, ref("a")); err != nil {
				return err
			}
			return w.raise(ctx, r, "a", 1)
		})
	})
	require.NoError(w, errors.Join(errs...))
	require.Equal(w, int64(crowd), w.rank("a"))
}

func oppositeLocks[R lance.Repos](w *world[R]) {
	w.add("a", "b")
	errs := w.members(func(i int) error {
		from, to := WidgetID("a"), WidgetID("b")
		if i%2 == 0 {
			from, to = to, from
		}
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			if err := r.Lock(ctx, ref(string(from)), ref(string(to))); err != nil {
				return err
			}
			return errors.Join(w.raise(ctx, r, from, -1), w.raise(ctx, r, to, 1))
		})
	})
	require.NoError(w, errors.Join(errs...))
	require.Zero(w, w.rank("a"))
	require.Zero(w, w.rank("b"))
}

// writeSkew lets a crowd keep the rule that an owner has one widget that is not
// done, each by looking first and inserting then.
func writeSkew[R lance.Repos](w *world[R]) {
	taken := lance.E(lance.Precondition, "taken", "there is one")
	errs := w.members(func(i int) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			if err := r.Lock(ctx, lance.Ref{Kind: "owner", ID: "ann"}); err != nil {
				return err
			}
			open, err := w.h.Widgets(r).Find(ctx, lance.Filter{Eq: map[string]any{"owner": "ann", "done": false}})
			if err != nil {
				return err
			}
			if len(open) > 0 {
				return taken
			}
			return w.insert(ctx, r, member(i))
		})
	})
	wins := 0
	for _, err := range errs {
		if err == nil {
			wins++
		} else {
			refused(w, err, lance.Precondition, "taken")
		}
	}
	require.Equal(w, 1, wins)
	require.Len(w, w.ids(), 1)
}

func rollbackUnlocks[R lance.Repos](w *world[R]) {
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		require.NoError(w, r.Lock(ctx, ref("a")))
		return errOops
	})
	require.ErrorIs(w, err, errOops)
	w.aside(func() error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return r.Lock(ctx, ref("a")) })
	})
}

func differentLocks[R lance.Repos](w *world[R]) {
	w.need(w.h.Writers, "write transactions side by side")
	var met sync.WaitGroup
	met.Add(2)
	hold := func(id string) error {
		first := true
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			err := r.Lock(ctx, ref(id))
			if first {
				first = false
				met.Done()
				met.Wait()
			}
			return err
		})
	}
	done := make(chan error, 1)
	go func() { done <- hold("a") }()
	go func() { done <- hold("b") }()
	require.NoError(w, w.await(done))
	require.NoError(w, w.await(done))
}
