package bunkit_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// marks is a part with one table; a mark may name another that must be there at
// COMMIT, which no table of ours would do.
var marks = bunkit.Part{Name: "marks", Migrations: fstest.MapFS{
	"0001_marks.up.sql": {Data: []byte(`CREATE TABLE {lance_marks} (
  id TEXT NOT NULL PRIMARY KEY,
  after TEXT REFERENCES {lance_marks} (id) DEFERRABLE INITIALLY DEFERRED
);`)},
	"0001_marks.down.sql": {Data: []byte("DROP TABLE {lance_marks};")},
}}

func mark(ctx context.Context, q *bunkit.Q, id string) error {
	_, err := q.Exec(ctx, "INSERT INTO {lance_marks} (id) VALUES (?)", id)
	return err
}

func marked(ctx context.Context, q *bunkit.Q) (ids []string, err error) {
	err = q.Query(ctx, &ids, "SELECT id FROM {lance_marks} ORDER BY id")
	return ids, err
}

func allMarks(t *testing.T, s lance.Runner[*bunkit.Q]) (ids []string) {
	t.Helper()
	require.NoError(t, s.View(context.Background(), func(ctx context.Context, q *bunkit.Q) (err error) {
		ids, err = marked(ctx, q)
		return err
	}))
	return ids
}

// others returns what others see, from within a transaction: its context would
// say that this one nests. A failure shows as a mark that nobody made.
func others(s lance.Runner[*bunkit.Q]) (ids []string) {
	if err := s.View(context.Background(), func(ctx context.Context, q *bunkit.Q) (err error) {
		ids, err = marked(ctx, q)
		return err
	}); err != nil {
		return []string{err.Error()}
	}
	return ids
}

// together runs n callers of which the first leads and all others are members
// of the next batch, in order, and returns what each got.
func together(t *testing.T, s *store, n int, fn func(ctx context.Context, q *bunkit.Q, i int) error) []error {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	in(t, s, func(context.Context, *bunkit.Q) error {
		for i := range n {
			wg.Go(func() {
				errs[i] = s.InTx(context.Background(), func(ctx context.Context, q *bunkit.Q) error { return fn(ctx, q, i) })
			})
			for bunkit.Waiting(s) <= i {
				runtime.Gosched()
			}
		}
		return nil
	})
	wg.Wait()
	return errs
}

func sqliteStore(t *testing.T, opts bunkit.Options) *store {
	t.Helper()
	opts.DSN = places["sqlite"](t)
	s := open(t, opts, marks)
	bunkit.TakeTime(s)
	return s
}

func TestLongWorkIsCommittedBeforeTheNextMemberBegins(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t, bunkit.Options{})
	bunkit.CommitAtOnce(s)
	for _, err := range together(t, s, 4, func(ctx context.Context, q *bunkit.Q, i int) error {
		done := make(chan []string)
		go func() { done <- others(s) }()
		require.Len(t, <-done, i, "each was committed before the next, in order")
		return mark(ctx, q, fmt.Sprint(i))
	}) {
		require.NoError(t, err)
	}
}

func TestMembersSeeEarlierOnesAndNobodyReturnsBeforeTheCommit(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t, bunkit.Options{})
	var returned atomic.Int64
	for _, err := range together(t, s, 6, func(ctx context.Context, q *bunkit.Q, i int) error {
		ids, err := marked(ctx, q)
		require.NoError(t, err)
		require.Len(t, ids, i, "a member sees what earlier ones did")
		require.Zero(t, returned.Load())
		done := make(chan []string)
		go func() { done <- others(s) }()
		require.Empty(t, <-done, "nothing is committed yet")
		return mark(ctx, q, fmt.Sprint(i))
	}) {
		require.NoError(t, err)
	}
	require.Len(t, allMarks(t, s), 6)
}

func TestBatchIsBounded(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t, bunkit.Options{Batch: 2})
	for _, err := range together(t, s, 5, func(ctx context.Context, q *bunkit.Q, i int) error {
		done := make(chan []string)
		go func() { done <- others(s) }()
		require.Len(t, <-done, i/2*2, "pairs were committed before")
		return mark(ctx, q, fmt.Sprint(i))
	}) {
		require.NoError(t, err)
	}
}

func TestBrokenBatchIsRunAgainOneByOne(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t, bunkit.Options{})
	var runs [5]int
	errs := together(t, s, 5, func(ctx context.Context, q *bunkit.Q, i int) error {
		runs[i]++
		if err := mark(ctx, q, fmt.Sprint(i)); err != nil || i != 2 || runs[i] > 1 {
			return err
		}
		require.NoError(t, bunkit.Break(q))
		return nil
	})
	for i, err := range errs {
		require.NoError(t, err, "member %d", i)
	}
	require.Equal(t, [5]int{2, 2, 2, 1, 1}, runs, "who had worked, again; who had not, once")
	require.Len(t, allMarks(t, s), 5)
}

func TestOneWhoBreaksItsBatchHarmsOnlyItself(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t, bunkit.Options{})
	errs := together(t, s, 5, func(ctx context.Context, q *bunkit.Q, i int) error {
		if err := mark(ctx, q, fmt.Sprint(i)); err != nil || i != 2 {
			return err
		}
		require.NoError(t, bunkit.Break(q))
		_, err := q.Exec(ctx, "no such statement")
		require.Error(t, err)
		// The transaction is gone: what follows must not commit by itself.
		require.Equal(t, "tx_broken", lance.CodeOf(mark(ctx, q, "stray")))
		return nil
	})
	for i, err := range errs {
		if i == 2 {
			require.Equal(t, "tx_broken", lance.CodeOf(err))
		} else {
			require.NoError(t, err, "member %d", i)
		}
	}
	require.Equal(t, []string{"0", "1", "3", "4"}, allMarks(t, s))
}

func TestFailedCommitIsUnknownToAllAndNeverRunAgain(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t, bunkit.Options{})
	var runs atomic.Int64
	errs := together(t, s, 4, func(ctx context.Context, q *bunkit.Q, i int) error {
		runs.Add(1)
		if i != 1 {
			return mark(ctx, q, fmt.Sprint(i))
		}
		_, err := q.Exec(ctx, "INSERT INTO {lance_marks} (id, after) VALUES ('orphan', 'nobody')")
		return err
	})
	for _, err := range errs {
		require.Equal(t, "commit_unknown", lance.CodeOf(err))
		require.ErrorIs(t, err, lance.Internal)
	}
	require.Equal(t, int64(4), runs.Load())
	require.Empty(t, allMarks(t, s))
	in(t, s, func(ctx context.Context, q *bunkit.Q) error { return mark(ctx, q, "later") })
	require.Equal(t, []string{"later"}, allMarks(t, s))
}

func TestPanicOfTheLastMemberCommitsTheOthers(t *testing.T) {
	t.Parallel()
	s := sqliteStore(t, bunkit.Options{})
	var caught [3]any
	errs := make([]error, 3)
	var wg sync.WaitGroup
	in(t, s, func(context.Context, *bunkit.Q) error {
		for i := range 3 {
			wg.Go(func() {
				defer func() { caught[i] = recover() }()
				errs[i] = s.InTx(context.Background(), func(ctx context.Context, q *bunkit.Q) error {
					if err := mark(ctx, q, fmt.Sprint(i)); err != nil || i < 2 {
						return err
					}
					panic("oops")
				})
			})
			for bunkit.Waiting(s) <= i {
				runtime.Gosched()
			}
		}
		return nil
	})
	wg.Wait()
	require.Equal(t, [3]any{nil, nil, "oops"}, caught)
	require.Equal(t, []error{nil, nil, nil}, errs)
	require.Equal(t, []string{"0", "1"}, allMarks(t, s))
}
