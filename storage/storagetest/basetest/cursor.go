package basetest

import (
	"context"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func cursorLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "advance_compares_and_sets", run: advanceCompares[R]},
		{name: "rewind_sets", run: rewindSets[R]},
		{name: "one_of_a_crowd_advances", run: advanceCrowd[R]},
		{name: "parked_come_in_order", run: parkedInOrder[R]},
		{name: "parking_again_changes_the_code", run: parkAgain[R]},
		{name: "unpark_forgets_one", run: unparkForgets[R]},
		{name: "consumers_are_independent", run: consumersAreIndependent[R]},
	}
}

func (w *world[R]) cursors(fn func(ctx context.Context, c lance.Cursors) error) {
	w.Helper()
	w.in(func(ctx context.Context, r R) error { return fn(ctx, r.Cursors()) })
}

func (w *world[R]) at(consumer string) (at int64) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		at, err = r.Cursors().Cursor(ctx, consumer)
		return err
	})
	return at
}

func advanceCompares[R lance.Repos](w *world[R]) {
	require.Zero(w, w.at("c"))
	w.cursors(func(ctx context.Context, c lance.Cursors) error {
		refused(w, c.Advance(ctx, "c", 3, 5), lance.Conflict, "cursor_moved")
		return c.Advance(ctx, "c", 0, 5)
	})
	require.Equal(w, int64(5), w.at("c"))
	w.cursors(func(ctx context.Context, c lance.Cursors) error {
		refused(w, c.Advance(ctx, "c", 0, 6), lance.Conflict, "cursor_moved")
		refused(w, c.Advance(ctx, "c", 4, 6), lance.Conflict, "cursor_moved")
		return c.Advance(ctx, "c", 5, 9)
	})
	require.Equal(w, int64(9), w.at("c"))
}

func rewindSets[R lance.Repos](w *world[R]) {
	w.cursors(func(ctx context.Context, c lance.Cursors) error {
		require.NoError(w, c.Rewind(ctx, "new", 4))
		require.NoError(w, c.Advance(ctx, "c", 0, 5))
		return c.Rewind(ctx, "c", 2)
	})
	require.Equal(w, int64(4), w.at("new"))
	require.Equal(w, int64(2), w.at("c"))
	w.cursors(func(ctx context.Context, c lance.Cursors) error { return c.Advance(ctx, "c", 2, 3) })
}

// advanceCrowd lets a crowd advance a cursor that does not exist yet, then one
// that does.
func advanceCrowd[R lance.Repos](w *world[R]) {
	for from := range int64(2) {
		wins := 0
		for _, err := range w.members(func(int) error {
			return w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return r.Cursors().Advance(ctx, "c", from, from+1) })
		}) {
			if err == nil {
				wins++
			} else {
				refused(w, err, lance.Conflict, "cursor_moved")
			}
		}
		require.Equal(w, 1, wins)
		require.Equal(w, from+1, w.at("c"))
	}
}

func parked(consumer string, seq int64, stream, code string) lance.Parked {
	return lance.Parked{Consumer: consumer, Seq: seq, Stream: ref(stream), Code: code, At: epoch.Add(time.Duration(seq) * time.Microsecond)}
}

func (w *world[R]) parked(consumer string, stream lance.Ref, limit int) (ps []lance.Parked) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		ps, err = r.Cursors().Parked(ctx, consumer, stream, limit)
		return err
	})
	return ps
}

func (w *world[R]) park(ps ...lance.Parked) {
	w.Helper()
	w.cursors(func(ctx context.Context, c lance.Cursors) error {
		for _, p := range ps {
			if err := c.Park(ctx, p); err != nil {
				return err
			}
		}
		return nil
	})
}

func parkedInOrder[R lance.Repos](w *world[R]) {
	all := []lance.Parked{parked("c", 2, "b", "x"), parked("c", 10, "a", "x"), parked("c", 11, "b", "behind"), parked("c", 30, "a", "behind")}
	w.park(all[2], all[0], all[3], all[1])
	require.Equal(w, all, w.parked("c", lance.Ref{}, 10))
	require.Equal(w, all[:2], w.parked("c", lance.Ref{}, 2))
	require.Equal(w, []lance.Parked{all[1], all[3]}, w.parked("c", ref("a"), 10))
	require.Equal(w, []lance.Parked{all[1]}, w.parked("c", ref("a"), 1))
	require.Empty(w, w.parked("c", ref("z"), 10))
}

func parkAgain[R lance.Repos](w *world[R]) {
	w.park(parked("c", 1, "a", "first"))
	w.park(parked("c", 1, "a", "second"))
	require.Equal(w, []lance.Parked{parked("c", 1, "a", "second")}, w.parked("c", lance.Ref{}, 10))
	require.Equal(w, []lance.Parked{parked("c", 1, "a", "second")}, w.parked("c", ref("a"), 10))
}

func unparkForgets[R lance.Repos](w *world[R]) {
	w.park(parked("c", 1, "a", "x"), parked("c", 2, "a", "behind"))
	unpark := func(seq int64) (was bool) {
		w.cursors(func(ctx context.Context, c lance.Cursors) (err error) {
			was, err = c.Unpark(ctx, "c", seq)
			return err
		})
		return was
	}
	require.True(w, unpark(1))
	require.False(w, unpark(1))
	require.False(w, unpark(9))
	require.Equal(w, []lance.Parked{parked("c", 2, "a", "behind")}, w.parked("c", ref("a"), 10))
}

func consumersAreIndependent[R lance.Repos](w *world[R]) {
	for i, name := range []string{"c", "C", "c2"} {
		w.park(parked(name, 1, "a", fmt.Sprint("code", i)))
		w.cursors(func(ctx context.Context, c lance.Cursors) error { return c.Advance(ctx, name, 0, int64(i+1)) })
	}
	require.Equal(w, int64(1), w.at("c"))
	require.Equal(w, int64(2), w.at("C"))
	require.Len(w, w.parked("c", lance.Ref{}, 10), 1)
	require.Equal(w, "code1", w.parked("C", lance.Ref{}, 10)[0].Code)
}
