package bunkit_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// grown returns the part marks with one migration more, or with another text.
func grown(files map[string]string) bunkit.Part {
	m := maps.Clone(marks.Migrations.(fstest.MapFS))
	for name, text := range files {
		m[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return bunkit.Part{Name: marks.Name, Migrations: m}
}

// fresh opens a store without migrating it.
func fresh(t *testing.T, dsn string, parts ...bunkit.Part) *store {
	t.Helper()
	s, err := bunkit.Open(t.Context(), bunkit.Options{DSN: dsn}, self, parts...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

var durable = map[string]func(testing.TB) string{"sqlite": places["sqlite"], "postgres": pgtest.DSN}

func TestNothingIsMigratedUnasked(t *testing.T) {
	t.Parallel()
	for name, dsn := range durable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where := dsn(t)
			s := fresh(t, where, marks)
			require.Equal(t, "schema_old", lance.CodeOf(s.Check(t.Context())))
			require.ErrorIs(t, s.Ready(t.Context()), lance.Precondition)
			require.NoError(t, s.Migrate(t.Context()))
			require.NoError(t, s.Migrate(t.Context()), "once is enough")
			require.NoError(t, s.Ready(t.Context()))

			wider := fresh(t, where, grown(map[string]string{
				"0002_note.up.sql":   "ALTER TABLE {lance_marks} ADD COLUMN note TEXT;",
				"0002_note.down.sql": "ALTER TABLE {lance_marks} DROP COLUMN note;",
			}))
			require.Equal(t, "schema_old", lance.CodeOf(wider.Check(t.Context())))
			require.NoError(t, wider.Migrate(t.Context()))
			require.NoError(t, s.Check(t.Context()), "an older program may go on")
			in(t, s, func(ctx context.Context, q *bunkit.Q) error { return mark(ctx, q, "a") })

			drifted := fresh(t, where, grown(map[string]string{"0001_marks.up.sql": "CREATE TABLE {lance_marks} (id TEXT);"}))
			require.Equal(t, "schema_drift", lance.CodeOf(drifted.Check(t.Context())))
			require.Equal(t, "schema_drift", lance.CodeOf(drifted.Migrate(t.Context())))

			require.NoError(t, wider.Down(t.Context(), "marks", 1))
			require.Equal(t, "schema_old", lance.CodeOf(wider.Check(t.Context())))
			require.Equal(t, []string{"a"}, allMarks(t, s))
			require.NoError(t, wider.Down(t.Context(), "marks", 0))
			require.NoError(t, wider.Down(t.Context(), "base", 0))
			require.Equal(t, "schema_old", lance.CodeOf(s.Check(t.Context())))
			require.NoError(t, s.Migrate(t.Context()))
			require.Empty(t, allMarks(t, s))
		})
	}
}

func TestFailedMigrationLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, dsn := range durable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where := dsn(t)
			broken := fresh(t, where, grown(map[string]string{"0002_broken.up.sql": "CREATE TABLE {lance_half} (id TEXT); CREATE NONSENSE;"}))
			require.Error(t, broken.Migrate(t.Context()))
			require.Equal(t, "schema_old", lance.CodeOf(broken.Check(t.Context())))
			s := fresh(t, where, grown(map[string]string{"0002_whole.up.sql": "CREATE TABLE {lance_half} (id TEXT);"}))
			require.NoError(t, s.Migrate(t.Context()))
			require.Equal(t, "migration_down", lance.CodeOf(s.Down(t.Context(), "marks", 1)))
		})
	}
}

// TestAllIsInOneFileAfterClose: who copies the file of a closed store has all of it.
func TestAllIsInOneFileAfterClose(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s, err := bunkit.Open(t.Context(), bunkit.Options{DSN: "sqlite:" + filepath.Join(folder, "one.db")}, self)
	require.NoError(t, err)
	require.NoError(t, s.Migrate(t.Context()))
	require.NoError(t, s.InTx(t.Context(), func(ctx context.Context, q *bunkit.Q) error {
		return q.Timers().Set(ctx, lance.Timer{Kind: "k", DueAt: start})
	}))
	require.NoError(t, s.View(t.Context(), func(ctx context.Context, q *bunkit.Q) error {
		_, err := q.Timers().Of(ctx, lance.Ref{})
		return err
	}))
	require.NoError(t, s.Close())
	files, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, files, 1, "%v", files)
}

func TestManyMayMigrateAtOnce(t *testing.T) {
	t.Parallel()
	for name, dsn := range durable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			where := dsn(t)
			errs := make([]error, 4)
			var wg sync.WaitGroup
			for i := range errs {
				s := fresh(t, where, marks)
				wg.Go(func() { errs[i] = s.Migrate(context.Background()) })
			}
			wg.Wait()
			require.Equal(t, make([]error, 4), errs)
		})
	}
}

func TestExportedSQLIsWhatMigrateDoes(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dsn := places["sqlite"](t)
		text, err := bunkit.SQL(false, "", marks)
		require.NoError(t, err)
		_, err = hostSQLite(t, dsn).DB.ExecContext(t.Context(), text)
		require.NoError(t, err)
		require.NoError(t, fresh(t, dsn, marks).Ready(t.Context()))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		dsn := pgtest.DSN(t)
		text, err := bunkit.SQL(true, "public", marks)
		require.NoError(t, err)
		_, err = hostPG(t, dsn).DB.ExecContext(t.Context(), text)
		require.NoError(t, err)
		require.NoError(t, fresh(t, dsn, marks).Ready(t.Context()))
	})
	_, err := bunkit.SQL(true, "no schema")
	require.ErrorIs(t, err, lance.Invalid)
	_, err = bunkit.SQL(true, "public", bunkit.Part{Name: "x", Migrations: fstest.MapFS{"0002_x.up.sql": {}}})
	require.Equal(t, "migration_files", lance.CodeOf(err))
}

func TestSectionsAndTokensDiffer(t *testing.T) {
	t.Parallel()
	part := bunkit.Part{Name: "x", Migrations: fstest.MapFS{"0001_x.up.sql": {Data: []byte(`-- +sqlite
SELECT 'only here';
-- +postgres
SELECT 'only there';
-- +all
CREATE TABLE {lance_x} (a {bytes}, b {time}, c TEXT);
CREATE INDEX lance_x_b ON {lance_x} (b {first});
`)}}}
	lite, err := bunkit.SQL(false, "", part)
	require.NoError(t, err)
	require.Contains(t, lite, "only here")
	require.NotContains(t, lite, "only there")
	require.Contains(t, lite, "CREATE TABLE lance_x (a BLOB, b TIMESTAMP, c TEXT);\nCREATE INDEX lance_x_b ON lance_x (b);")
	pg, err := bunkit.SQL(true, "tenant", part)
	require.NoError(t, err)
	require.NotContains(t, pg, "only here")
	require.Contains(t, pg, `CREATE TABLE tenant.lance_x (a BYTEA, b TIMESTAMPTZ, c TEXT COLLATE "C");`)
	require.Contains(t, pg, "ON tenant.lance_x (b NULLS FIRST);")
}
