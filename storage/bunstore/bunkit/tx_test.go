package bunkit_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

func TestOpenRefusesOptionsWithoutSense(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]bunkit.Options{
		"nothing":  {},
		"two":      {DSN: "sqlite::memory:", DB: &sql.DB{}},
		"protocol": {DSN: "mysql://localhost"},
		"no path":  {DSN: "sqlite:"},
		"schema":   {DSN: "sqlite::memory:", Schema: `x"; DROP`},
		"url":      {DSN: "postgres://%zz"},
	} {
		_, err := bunkit.Open(t.Context(), opts, self)
		require.ErrorIs(t, err, lance.Invalid, name)
	}
	_, err := bunkit.Open(t.Context(), bunkit.Options{DSN: "sqlite:" + filepath.Join(t.TempDir(), "no", "such", "folder")}, self)
	require.ErrorIs(t, err, lance.Unavailable)
	_, err = bunkit.Open(t.Context(), bunkit.Options{DSN: "postgres://127.0.0.1:1/none?connect_timeout=1"}, self)
	require.ErrorIs(t, err, lance.Unavailable)
}

func TestSQLiteWithoutForeignKeysIsRefused(t *testing.T) {
	t.Parallel()
	dsn := places["sqlite"](t)
	s := open(t, bunkit.Options{DSN: dsn}, marks)
	loose := handleOf(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "loose.db"))
	_, err := bunkit.Open(t.Context(), bunkit.Options{DB: loose}, self)
	require.Equal(t, "store_pragma", lance.CodeOf(err))
	require.ErrorIs(t, err, lance.Precondition)

	host := hostSQLite(t, dsn)
	_, err = host.Exec("PRAGMA foreign_keys = 0")
	require.NoError(t, err)
	host.SetMaxOpenConns(1)
	tx, err := host.Begin()
	require.NoError(t, err)
	err = s.Join(tx).InTx(t.Context(), func(ctx context.Context, q *bunkit.Q) error { return mark(ctx, q, "a") })
	require.Equal(t, "store_pragma", lance.CodeOf(err))
	require.NoError(t, tx.Rollback())
}

// A host may give its own handles; they stay open when the store closes.
func TestStoreOnTheHostsOwnHandle(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]func(t *testing.T) bunkit.Options{
		"sqlite": func(t *testing.T) bunkit.Options { return bunkit.Options{DB: hostSQLite(t, places["sqlite"](t)).DB} },
		"sql.DB": func(t *testing.T) bunkit.Options { return bunkit.Options{DB: hostPG(t, pgtest.DSN(t)).DB} },
		"pool": func(t *testing.T) bunkit.Options {
			pool, err := pgxpool.New(context.Background(), pgtest.DSN(t))
			require.NoError(t, err)
			t.Cleanup(pool.Close)
			return bunkit.Options{Pool: pool}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := opts(t)
			s, err := bunkit.Open(t.Context(), o, self, marks)
			require.NoError(t, err)
			require.NoError(t, s.Migrate(t.Context()))
			in(t, s, func(ctx context.Context, q *bunkit.Q) error { return mark(ctx, q, "a") })
			require.Equal(t, []string{"a"}, allMarks(t, s))
			err = s.View(t.Context(), func(ctx context.Context, q *bunkit.Q) error {
				return q.Query(ctx, new(string), "INSERT INTO {lance_marks} (id) VALUES ('b') RETURNING id")
			})
			require.Equal(t, "read_only", lance.CodeOf(err))
			in(t, s, func(ctx context.Context, q *bunkit.Q) error { return mark(ctx, q, "b") })
			require.NoError(t, s.Close())
			if o.DB != nil {
				require.NoError(t, o.DB.PingContext(t.Context()))
			} else {
				require.NoError(t, o.Pool.Ping(t.Context()))
			}
		})
	}
}

func TestBuildersCarryTheTransactionAndTheSchema(t *testing.T) {
	t.Parallel()
	type row struct {
		bun.BaseModel `bun:"table:lance_timers,alias:t"`
		OwnerKind     string    `bun:"owner_kind,pk"`
		OwnerID       string    `bun:"owner_id,pk"`
		Kind          string    `bun:"kind,pk"`
		DueAt         time.Time `bun:"due_at"`
		WhyNot        string    `bun:"why_not"`
		Attempts      int       `bun:"attempts"`
		Code          string    `bun:"code"`
	}
	everywhere(t, func(t *testing.T, s *store) {
		oops := errors.New("oops")
		work := func(ctx context.Context, q *bunkit.Q) error {
			r := row{OwnerKind: "a", OwnerID: "1", Kind: "k", DueAt: start.In(time.FixedZone("x", 3600))}
			_, err := q.Insert(&r).Exec(ctx)
			require.NoError(t, err)
			r.WhyNot = "it's ?"
			_, err = q.Update(&r).WherePK().Exec(ctx)
			require.NoError(t, err)
			var rows []row
			require.NoError(t, q.Select(&rows).Where("t.due_at <= ?", start).Scan(ctx))
			require.Len(t, rows, 1)
			require.Equal(t, start, rows[0].DueAt)
			require.Equal(t, time.UTC, rows[0].DueAt.Location())
			require.Equal(t, "it's ?", rows[0].WhyNot)
			taken, ok, err := q.Timers().Take(ctx, lance.Ref{Kind: "a", ID: "1"}, "k", start)
			require.NoError(t, err)
			require.True(t, ok, "builders and statements write times alike")
			require.Equal(t, start, taken.DueAt)
			_, err = q.Insert(&r).Exec(ctx)
			require.NoError(t, err)
			_, err = q.Insert(&r).Exec(ctx)
			require.Equal(t, "row_exists", lance.CodeOf(err), "a builder's errors are faults")
			return oops
		}
		require.ErrorIs(t, s.InTx(t.Context(), work), oops)
		require.NoError(t, s.View(t.Context(), func(ctx context.Context, q *bunkit.Q) error {
			n, err := q.Select((*row)(nil)).Count(ctx)
			require.Zero(t, n)
			return err
		}))
	})
}

func TestQueryAnswersInFaults(t *testing.T) {
	t.Parallel()
	everywhere(t, func(t *testing.T, s *store) {
		var kept *bunkit.Q
		in(t, s, func(ctx context.Context, q *bunkit.Q) error {
			kept = q
			var n int64
			require.NoError(t, q.Query(ctx, &n, "SELECT count(*) FROM {lance_events} WHERE id = '?' OR id = ?", "x"))
			err := q.Query(ctx, &n, "SELECT seq FROM {lance_cursors} WHERE consumer = ?", "nobody")
			require.Equal(t, "row_not_found", lance.CodeOf(err))
			require.ErrorIs(t, err, sql.ErrNoRows)
			for _, wrong := range []string{"SELECT ?", "SELECT 'open", "SELECT {lance"} {
				require.Equal(t, "query_syntax", lance.CodeOf(q.Query(ctx, &n, wrong)))
			}
			require.Equal(t, "query_syntax", lance.CodeOf(q.Query(ctx, &n, "SELECT 1", 2)))
			for _, control := range []string{"COMMIT", " rollback;", "savepoint x"} {
				_, err := q.Exec(ctx, control)
				require.Equal(t, "tx_control", lance.CodeOf(err))
			}
			var among []string
			require.NoError(t, q.Cursors().Rewind(ctx, `a"b\c,{d}`, 7))
			require.NoError(t, q.Query(ctx, &among, "SELECT consumer FROM {lance_cursors} WHERE "+q.Among("consumer"), []string{`a"b\c,{d}`, "x"}))
			require.Len(t, among, 1)
			require.NoError(t, q.Query(ctx, &among, "SELECT consumer FROM {lance_cursors} WHERE "+q.Among("seq"), []int64{7}))
			require.Len(t, among, 1)
			require.NoError(t, q.Query(ctx, &among, "SELECT consumer FROM {lance_cursors} WHERE seq IN (?)", bun.List([]int64{7})))
			require.Len(t, among, 1)
			return nil
		})
		_, err := kept.Exec(t.Context(), "DELETE FROM {lance_keys}")
		require.Equal(t, "tx_closed", lance.CodeOf(err))
	})
}

func TestStatementThatFailedOnPostgreSQLIsNotCommittedOver(t *testing.T) {
	t.Parallel()
	s := open(t, bunkit.Options{DSN: pgtest.DSN(t)}, marks)
	err := s.InTx(t.Context(), func(ctx context.Context, q *bunkit.Q) error {
		require.NoError(t, mark(ctx, q, "a"))
		require.Equal(t, "row_exists", lance.CodeOf(mark(ctx, q, "a")))
		return nil
	})
	require.Equal(t, "tx_aborted", lance.CodeOf(err))
	require.Empty(t, allMarks(t, s))
}

func TestCommitWithoutAnAnswerIsUnknown(t *testing.T) {
	t.Parallel()
	for code, err := range map[string]error{
		"commit_unknown": io.ErrUnexpectedEOF,
		"row_exists":     &pgconn.PgError{Code: "23505"},
		"tx_conflict":    &pgconn.PgError{Code: "40001"},
	} {
		require.Equal(t, code, lance.CodeOf(bunkit.CommitFault(err)))
	}
	require.Equal(t, "commit_unknown", lance.CodeOf(bunkit.CommitFault(&pgconn.PgError{Code: "57P01"})))
}

// The server ends the connection while the transaction is open: nothing was
// done, and the store goes on.
func TestLostConnectionIsUnavailable(t *testing.T) {
	t.Parallel()
	s := open(t, bunkit.Options{DSN: pgtest.DSN(t)}, marks)
	err := s.InTx(t.Context(), func(ctx context.Context, q *bunkit.Q) error {
		require.NoError(t, mark(ctx, q, "a"))
		_, err := q.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())")
		return err
	})
	require.ErrorIs(t, err, lance.Unavailable)
	require.Empty(t, allMarks(t, s))
	in(t, s, func(ctx context.Context, q *bunkit.Q) error { return mark(ctx, q, "b") })
}

func TestSchemasAreStoresOfTheirOwn(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	one := open(t, bunkit.Options{DSN: dsn, Schema: "one"}, marks)
	two := open(t, bunkit.Options{DSN: dsn, Schema: "two"}, marks)
	in(t, one, func(ctx context.Context, q *bunkit.Q) error {
		require.NoError(t, q.Lock(ctx, lance.Ref{Kind: "a", ID: "1"}))
		done := make(chan error)
		go func() {
			done <- two.InTx(context.Background(), func(ctx context.Context, q *bunkit.Q) error { return q.Lock(ctx, lance.Ref{Kind: "a", ID: "1"}) })
		}()
		require.NoError(t, <-done, "tenants do not wait for each other")
		return mark(ctx, q, "a")
	})
	require.Empty(t, allMarks(t, two))
}
