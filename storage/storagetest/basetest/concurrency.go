package basetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// The stores that let waiting writers share a commit have the most ways to go
// wrong here: one member's cancellation, panic or failure must never reach
// another, and none may return before the commit that holds its work.
func concurrencyLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "every_writer_s_work_is_kept", run: everyWriterIsKept[R]},
		{name: "nobody_returns_before_the_commit_is_visible", run: visibleOnReturn[R]},
		{name: "cancelled_member_harms_only_itself", run: cancelledMember[R]},
		{name: "failing_member_harms_only_itself", run: failingMember[R]},
		{name: "faulty_member_harms_only_itself", run: faultyMember[R]},
		{name: "panicking_member_harms_only_itself", run: panickingMember[R]},
		{name: "vanishing_member_harms_only_itself", run: vanishingMember[R]},
		{name: "cancelled_while_waiting_leaves_nothing", run: cancelledWhileWaiting[R]},
		{name: "versions_lose_no_update", run: versionsLoseNoUpdate[R]},
		{name: "deadlock_is_retried", run: deadlockIsRetried[R]},
	}
}

const crowd = 24

// members runs fn for each member of a crowd that meets while another
// transaction is open, so that on a store where writers wait they queue up, and
// returns what each got.
func (w *world[R]) members(fn func(i int) error) []error {
	w.Helper()
	errs := make([]error, crowd)
	var begun, ended sync.WaitGroup
	begun.Add(crowd)
	w.in(func(context.Context, R) error {
		for i := range crowd {
			ended.Go(func() {
				begun.Done()
				errs[i] = fn(i)
			})
		}
		begun.Wait()
		for range 10 * crowd {
			runtime.Gosched()
		}
		return nil
	})
	ended.Wait()
	return errs
}

func member(i int) WidgetID { return WidgetID(fmt.Sprintf("m%02d", i)) }

// kept requires that the widgets kept are those of the members that got no
// error, and that whose members are those that spared says.
func (w *world[R]) kept(errs []error, spared func(i int) bool) {
	w.Helper()
	var want []WidgetID
	for i, err := range errs {
		if spared(i) {
			require.NoError(w, err, "member %d did nothing wrong", i)
			want = append(want, member(i))
		} else {
			require.Error(w, err, "member %d", i)
		}
	}
	require.Equal(w, want, w.ids())
}

func everyone(int) bool        { return true }
func notEveryThird(i int) bool { return i%3 != 0 }

func everyWriterIsKept[R lance.Repos](w *world[R]) {
	errs := w.members(func(i int) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return w.insert(ctx, r, member(i)) })
	})
	w.kept(errs, everyone)
}

func visibleOnReturn[R lance.Repos](w *world[R]) {
	other := w.again()
	errs := w.members(func(i int) error {
		err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return w.insert(ctx, r, member(i)) })
		if err != nil {
			return err
		}
		return other.View(w.Context(), func(ctx context.Context, r R) error {
			_, err := w.h.Widgets(r).Get(ctx, member(i))
			return err
		})
	})
	w.kept(errs, everyone)
}

// cancelledMember cancels every third member at different moments of its work.
func cancelledMember[R lance.Repos](w *world[R]) {
	errs := w.members(func(i int) error {
		ctx, cancel := context.WithCancel(w.Context())
		defer cancel()
		return w.db.InTx(ctx, func(ctx context.Context, r R) error {
			if i%6 == 0 {
				cancel()
			}
			err := w.insert(ctx, r, member(i))
			if i%6 == 3 {
				cancel()
			}
			return err
		})
	})
	w.kept(errs, notEveryThird)
}

func failingMember[R lance.Repos](w *world[R]) {
	errs := w.members(func(i int) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			if err := w.insert(ctx, r, member(i)); err != nil || notEveryThird(i) {
				return err
			}
			return errOops
		})
	})
	w.kept(errs, notEveryThird)
}

// faultyMember lets the database itself refuse every third member.
func faultyMember[R lance.Repos](w *world[R]) {
	errs := w.members(func(i int) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			if err := w.insert(ctx, r, member(i)); err != nil || notEveryThird(i) {
				return err
			}
			return w.insert(ctx, r, member(i))
		})
	})
	w.kept(errs, notEveryThird)
}

func panickingMember[R lance.Repos](w *world[R]) {
	errs := w.members(func(i int) (err error) {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("it went on to its caller: %v", p)
			}
		}()
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			if err := w.insert(ctx, r, member(i)); err != nil || notEveryThird(i) {
				return err
			}
			panic(i)
		})
	})
	w.kept(errs, notEveryThird)
	require.EqualError(w, errs[3], "it went on to its caller: 3")
}

// vanishingMember ends every third member's goroutine in its closure.
func vanishingMember[R lance.Repos](w *world[R]) {
	errs := w.members(func(i int) error {
		done := make(chan error, 1)
		go func() {
			err := errors.New("it never returned")
			defer func() { done <- err }()
			err = w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
				if err := w.insert(ctx, r, member(i)); err != nil || notEveryThird(i) {
					return err
				}
				runtime.Goexit()
				return nil
			})
		}()
		return <-done
	})
	w.kept(errs, notEveryThird)
}

func cancelledWhileWaiting[R lance.Repos](w *world[R]) {
	var got error
	w.in(func(context.Context, R) error {
		ctx, cancel := context.WithCancel(w.Context())
		begun, done := make(chan struct{}), make(chan error, 1)
		go func() {
			close(begun)
			done <- w.db.InTx(ctx, func(ctx context.Context, r R) error { return w.insert(ctx, r, "a") })
		}()
		<-begun
		cancel()
		got = w.await(done)
		return nil
	})
	if got == nil {
		require.Equal(w, []WidgetID{"a"}, w.ids(), "it did not have to wait")
		return
	}
	require.ErrorIs(w, got, context.Canceled)
	require.Empty(w, w.ids())
}

// versionsLoseNoUpdate lets a crowd read and write one widget in transactions of
// their own: each success raised the version by one.
func versionsLoseNoUpdate[R lance.Repos](w *world[R]) {
	w.add("a")
	var wins atomic.Int64
	errs := w.members(func(int) error {
		var mine *Widget
		err := w.db.View(w.Context(), func(ctx context.Context, r R) (err error) {
			mine, err = w.h.Widgets(r).Get(ctx, "a")
			return err
		})
		if err != nil {
			return err
		}
		err = w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			next := *mine
			next.Rank++
			return w.h.Widgets(r).Update(ctx, &next)
		})
		if err == nil {
			wins.Add(1)
		}
		if errors.Is(err, lance.Stale) {
			return nil
		}
		return err
	})
	require.False(w, slices.ContainsFunc(errs, func(err error) bool { return err != nil }), "%v", errs)
	w.view(func(ctx context.Context, r R) error {
		a, err := w.h.Widgets(r).Get(ctx, "a")
		require.Equal(w, wins.Load(), a.Rank)
		require.Equal(w, wins.Load()+1, a.Version)
		return err
	})
}

// deadlockIsRetried makes two transactions wait for each other's timer: the
// database refuses one, and the store runs that again.
func deadlockIsRetried[R lance.Repos](w *world[R]) {
	w.need(w.h.Writers, "write transactions side by side")
	w.set(timer("a", "k", epoch), timer("b", "k", epoch))
	var met sync.WaitGroup
	met.Add(2)
	both := func(code, one, two string) error {
		first := true
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			t := timer(one, "k", epoch)
			t.Code = code
			if err := r.Timers().Set(ctx, t); err != nil {
				return err
			}
			if first {
				first = false
				met.Done()
				met.Wait()
			}
			t.Owner = ref(two)
			return r.Timers().Set(ctx, t)
		})
	}
	done := make(chan error, 2)
	go func() { done <- both("x", "a", "b") }()
	go func() { done <- both("y", "b", "a") }()
	require.NoError(w, w.await(done))
	require.NoError(w, w.await(done))
	require.Len(w, w.of("a"), 1)
	require.NotEmpty(w, w.of("a")[0].Code)
	require.Equal(w, w.of("a")[0].Code, w.of("b")[0].Code, "whoever came last wrote both")
}
