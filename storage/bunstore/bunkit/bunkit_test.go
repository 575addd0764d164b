package bunkit_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// start is when the tests' clocks begin.
var start = time.Date(2030, 1, 2, 3, 4, 5, 678_900_000, time.UTC)

type store = bunkit.Store[*bunkit.Q]

func self(q *bunkit.Q) *bunkit.Q { return q }

// places are the databases every test runs on.
var places = map[string]func(testing.TB) string{
	"sqlite":   func(tb testing.TB) string { return "sqlite:" + filepath.Join(tb.TempDir(), "a b?c%.db") },
	"memory":   func(testing.TB) string { return "sqlite::memory:" },
	"postgres": pgtest.DSN,
}

// everywhere runs a test on a migrated store in each database.
func everywhere(t *testing.T, test func(t *testing.T, s *store)) {
	t.Helper()
	for name, dsn := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, bunkit.Options{DSN: dsn(t), Clock: lance.FixedClock(start)}))
		})
	}
}

// open opens and migrates a store that is closed with the test.
func open(tb testing.TB, opts bunkit.Options, parts ...bunkit.Part) *store {
	tb.Helper()
	s, err := bunkit.Open(context.Background(), opts, self, parts...)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	require.NoError(tb, s.Migrate(context.Background()))
	return s
}

// in runs fn in a transaction that must succeed.
func in(tb testing.TB, db lance.Runner[*bunkit.Q], fn func(ctx context.Context, q *bunkit.Q) error) {
	tb.Helper()
	require.NoError(tb, db.InTx(context.Background(), fn))
}

func TestEverythingOnce(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *store) {
		ctx := context.Background()
		require.NoError(t, s.Ready(ctx))
		ref := lance.Ref{Kind: "thing", ID: "1"}
		in(t, s, func(ctx context.Context, q *bunkit.Q) error {
			require.NoError(t, q.Lock(ctx, ref, lance.Ref{Kind: "a", ID: "x"}))
			require.NoError(t, q.Log().Append(ctx,
				lance.Event{ID: "e1", Stream: ref, Version: 1, N: 0, Type: "thing.made", Schema: 1, At: q.Now(), By: "me", Parties: []lance.PartyID{"p"}, Body: []byte(`{"a": 1}`)},
				lance.Event{ID: "e2", Stream: ref, Version: 1, N: 1, Type: "thing.made", Schema: 1, At: q.Now(), By: "me"}))
			require.NoError(t, q.Log().Witness(ctx, lance.Entry{ID: "t1", Kind: "transfer", Stream: lance.Ref{Kind: "transfer", ID: "t1"}, Version: 1, Leaf: lance.LeafOf([]byte("x"))}))
			require.NoError(t, q.Timers().Set(ctx, lance.Timer{Owner: ref, Kind: "k", DueAt: q.Now()}, lance.Timer{Owner: ref, Kind: "j", WhyNot: "no"}))
			require.NoError(t, q.Deliveries().Enqueue(ctx, lance.Delivery{Relay: "r", Key: "1", Subject: ref}))
			require.NoError(t, q.Cursors().Advance(ctx, "c", 0, 3))
			require.NoError(t, q.Cursors().Park(ctx, lance.Parked{Consumer: "c", Seq: 3, Stream: ref, Code: "x", At: q.Now()}))
			k, err := q.Keys().Claim(ctx, lance.Key{Scope: "s", Name: "n", Op: "o", Result: "r", At: q.Now()})
			require.Nil(t, k)
			return err
		})
		in(t, s, func(ctx context.Context, q *bunkit.Q) error {
			b, err := q.Log().Backlog(ctx)
			require.NoError(t, err)
			require.Equal(t, lance.Backlog{Count: 3, Oldest: start}, b)
			seal, err := q.Log().Seal(ctx, 10)
			require.NoError(t, err)
			require.Equal(t, int64(3), seal.Last)
			events, upTo, err := q.Log().Read(ctx, 0, 10)
			require.NoError(t, err)
			require.Equal(t, int64(3), upTo)
			require.Len(t, events, 2)
			require.Equal(t, start, events[0].At)
			require.Equal(t, `{"a": 1}`, string(events[0].Body))
			entries, err := q.Log().Entries(ctx, 0, 10)
			require.NoError(t, err)
			require.Equal(t, events[0].Leaf(), entries[0].Leaf)
			seals, err := q.Log().Seals(ctx, 0, 10)
			require.NoError(t, err)
			require.Equal(t, []lance.Seal{seal}, seals)
			due, err := q.Timers().Due(ctx, q.Now(), 10)
			require.NoError(t, err)
			require.Len(t, due, 1)
			_, took, err := q.Timers().Take(ctx, ref, "k", q.Now())
			require.NoError(t, err)
			require.True(t, took)
			claimed, err := q.Deliveries().Claim(ctx, "r", q.Now(), time.Minute, 10)
			require.NoError(t, err)
			require.Len(t, claimed, 1)
			claimed[0].State = lance.DeliveryDone
			require.NoError(t, q.Deliveries().Settle(ctx, claimed[0]))
			k, err := q.Keys().Claim(ctx, lance.Key{Scope: "s", Name: "n", Op: "o2", Result: "r2", At: q.Now()})
			require.NoError(t, err)
			require.Equal(t, "o", k.Op)
			n, err := q.Keys().Sweep(ctx, q.Now().Add(time.Second), 10)
			require.Equal(t, 1, n)
			return err
		})
	})
}
