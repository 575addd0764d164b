package lance_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// logged is a narrower set of repositories than repos.
type logged interface{ Log() lance.Log }

func narrow(db lance.Runner[repos]) lance.Runner[logged] {
	return lance.Narrow(db, func(r repos) logged { return r })
}

func TestNarrowedRunnerIsTheSameStore(t *testing.T) {
	t.Parallel()
	wide := newStore()
	db := narrow(wide)
	ev := lance.Event{ID: "evt_1", Stream: ref("thing", "t1"), Version: 1, Type: "thing.moved", Schema: 1, At: noon}
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r logged) error { return r.Log().Append(ctx, ev) }))
	require.NoError(t, db.View(t.Context(), func(ctx context.Context, r logged) error {
		events, err := r.Log().Stream(ctx, ev.Stream)
		require.Len(t, events, 1)
		require.Equal(t, "read_only", lance.CodeOf(r.Log().Append(ctx, ev)))
		return err
	}))
	oops := errors.New("oops")
	require.ErrorIs(t, db.InTx(t.Context(), func(context.Context, logged) error { return oops }), oops)
	later := noon.AddDate(0, 0, 14)
	require.NoError(t, db.At(lance.FixedClock(later)).InTx(t.Context(), func(_ context.Context, r logged) error {
		require.Equal(t, later, r.(lance.World).Now())
		return nil
	}))
}

func TestSavepointIsFoundUnderANarrowing(t *testing.T) {
	t.Parallel()
	oops := errors.New("oops")
	db := newStore()
	require.NoError(t, narrow(db).InTx(t.Context(), func(ctx context.Context, r logged) error {
		err := lance.Within(r).InTx(ctx, func(ctx context.Context, r logged) error {
			return errors.Join(r.Log().Append(ctx, lance.Event{ID: "evt_1", Stream: ref("thing", "t1"), Version: 1}), oops)
		})
		require.ErrorIs(t, err, oops)
		events, err := r.Log().Stream(ctx, ref("thing", "t1"))
		require.Empty(t, events)
		return err
	}))
}

func TestWithinWithoutSavepointsPassesErrorsOn(t *testing.T) {
	t.Parallel()
	oops := errors.New("oops")
	db := lance.Within("repositories that cannot nest")
	run := func(context.Context, string) error { return oops }
	require.ErrorIs(t, db.InTx(t.Context(), run), oops)
	require.ErrorIs(t, db.View(t.Context(), run), oops)
	require.ErrorIs(t, db.At(lance.FixedClock(noon)).InTx(t.Context(), run), oops)
}

func ExampleWithin() {
	ctx := context.Background()
	db := newStore()
	// add is what a service does: it opens the transaction it works in.
	add := func(db lance.Runner[repos], id thingID) error {
		return db.InTx(ctx, func(ctx context.Context, r repos) error { return r.things().Insert(ctx, &thing{ID: id, At: r.Now()}) })
	}
	err := db.InTx(ctx, func(_ context.Context, r repos) error {
		inside := lance.Within(r)
		return errors.Join(add(inside, "a"), add(inside, "b"), errors.New("the host changed its mind"))
	})
	fmt.Println(err)
	_ = db.View(ctx, func(ctx context.Context, r repos) error {
		found, err := r.things().Find(ctx, lance.Filter{})
		fmt.Println(len(found), "things")
		return err
	})
	// Output:
	// the host changed its mind
	// 0 things
}
