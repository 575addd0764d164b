package pgtest_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/storage/storagetest/pgtest"
)

func open(tb testing.TB, dsn string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("pgx", dsn)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

func ask(tb testing.TB, db *sql.DB, query string, args ...any) string {
	tb.Helper()
	var answer string
	require.NoError(tb, db.QueryRowContext(tb.Context(), query, args...).Scan(&answer))
	return answer
}

func TestEveryDSNIsADatabaseOfItsOwn(t *testing.T) {
	t.Parallel()
	a, b := open(t, pgtest.DSN(t)), open(t, pgtest.DSN(t))
	_, err := a.ExecContext(t.Context(), "CREATE TABLE mine (id text)")
	require.NoError(t, err)

	const seen = "SELECT count(*)::text FROM pg_tables WHERE tablename = 'mine'"
	require.Equal(t, "1", ask(t, a, seen))
	require.Equal(t, "0", ask(t, b, seen))
}

//nolint:tparallel // the outer test looks at what the inner one leaves
func TestADatabaseIsDroppedWithItsTestThoughConnectionsAreOpen(t *testing.T) {
	t.Parallel()
	outer := open(t, pgtest.DSN(t))
	var held *sql.DB
	var name string
	t.Run("inner", func(t *testing.T) {
		var err error
		held, err = sql.Open("pgx", pgtest.DSN(t))
		require.NoError(t, err)
		name = ask(t, held, "SELECT current_database()")
	})
	require.Equal(t, "0", ask(t, outer, "SELECT count(*)::text FROM pg_database WHERE datname = $1", name))
	require.NoError(t, held.Close())
}

func TestAFastClusterDoesNotSyncAndADurableOneDoes(t *testing.T) {
	t.Parallel()
	require.Equal(t, "off", ask(t, open(t, pgtest.DSN(t)), "SHOW fsync"))

	c, err := pgtest.Start(t.Context(), &pgtest.Options{Durable: true, Settings: map[string]string{"max_connections": "17"}})
	require.NoError(t, err)
	db, err := sql.Open("pgx", c.DSN("postgres"))
	require.NoError(t, err)
	for setting, want := range map[string]string{"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_connections": "17"} {
		require.Equal(t, want, ask(t, db, "SHOW "+setting), setting)
	}
	require.NoError(t, db.Close())

	require.NoError(t, c.Stop())
	require.NoError(t, c.Stop(), "a second Stop does nothing")
	require.NoDirExists(t, c.Dir())
}

func TestStartSaysWhyTheServerDidNotStart(t *testing.T) {
	t.Parallel()
	_, err := pgtest.Start(t.Context(), &pgtest.Options{Settings: map[string]string{"max_connections": "none"}})
	require.ErrorContains(t, err, "max_connections")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = pgtest.Start(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// TestHelperOwner is the other process of the next test: it starts a cluster,
// says where, and waits to be killed.
func TestHelperOwner(t *testing.T) { //nolint:paralleltest // it is a process of its own
	if os.Getenv("PGTEST_OWNER") == "" {
		return
	}
	c, err := pgtest.Start(t.Context(), nil)
	require.NoError(t, err)
	_, _ = os.Stdout.WriteString("dir=" + c.Dir() + "\n")
	select {}
}

func TestAKilledProcessLeavesNeitherServerNorFolder(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestHelperOwner$")
	cmd.Env = append(os.Environ(), "PGTEST_OWNER=1")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	dir := ""
	for lines := bufio.NewScanner(out); dir == "" && lines.Scan(); {
		_, dir, _ = strings.Cut(lines.Text(), "dir=")
	}
	require.DirExists(t, dir)
	state, err := os.ReadFile(filepath.Join(dir, "data/postmaster.pid"))
	require.NoError(t, err)
	pid, _, _ := strings.Cut(string(state), "\n")

	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), "it was killed")
	require.Eventually(t, func() bool { return gone(dir) && !runs(pid, dir) }, 30*time.Second, 10*time.Millisecond)
}

func gone(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist)
}

// runs reports whether pid is a process that was started for dir.
func runs(pid, dir string) bool {
	line, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
	return err == nil && strings.Contains(string(line), dir)
}

func TestSweepTakesOldFoldersThatNobodyHolds(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	old := time.Now().Add(-time.Hour)
	folder := func(name string, age time.Time) string {
		dir := filepath.Join(base, name)
		require.NoError(t, os.MkdirAll(filepath.Join(dir, "data"), 0o700))
		require.NoError(t, os.Chtimes(dir, age, age))
		return dir
	}
	stale, young := folder("lance-pg-stale", old), folder("lance-pg-young", time.Now())
	held, foreign := folder("lance-pg-held", old), folder("somebody-elses", old)
	lock, err := pgtest.LockFile(filepath.Join(held, "lock"))
	require.NoError(t, err)
	require.NoError(t, os.Chtimes(held, old, old))

	pgtest.Sweep(base)

	require.NoDirExists(t, stale)
	require.DirExists(t, young)
	require.DirExists(t, held)
	require.DirExists(t, foreign)
	require.NoError(t, lock.Close())
	// A process that another test is just starting may share the lock for a moment.
	require.Eventually(t, func() bool { pgtest.Sweep(base); return gone(held) }, 10*time.Second, time.Millisecond, "its owner let go")
}

func TestPostgresIsNeverSkippedSilently(t *testing.T) {
	t.Parallel()
	_, skip, err := pgtest.Place("off", "")
	require.NoError(t, err)
	require.True(t, skip)

	_, skip, err = pgtest.Place("off", "true")
	require.ErrorContains(t, err, "never skipped")
	require.False(t, skip)

	where, skip, err := pgtest.Place("postgres://u@h:1/x?sslmode=disable", "true")
	require.NoError(t, err)
	require.False(t, skip)
	require.Equal(t, "postgres://u@h:1/y?sslmode=disable", where("y"))

	_, _, err = pgtest.Place("postgres://h:notaport/x", "")
	require.Error(t, err)
}

func TestOnServerKeepsTheServerAndChangesTheDatabase(t *testing.T) {
	t.Parallel()
	for server, want := range map[string]string{
		"postgres://u:p@h:5/a?sslmode=disable": "postgres://u:p@h:5/new?sslmode=disable",
		"postgresql:///a?host=/run":            "postgresql:///new?host=/run",
		"host=/run user=u dbname=a":            "host=/run user=u dbname=a dbname=new",
	} {
		require.Equal(t, want, pgtest.OnServer(server, "new"))
	}
}

func TestTheNewestServerIsFoundAndALinkIsFollowed(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	bin := func(name string, programs ...string) string {
		dir := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(dir, 0o700))
		for _, p := range programs {
			require.NoError(t, os.WriteFile(filepath.Join(dir, p), nil, 0o600))
		}
		return dir
	}
	bin("9/bin", "initdb", "postgres")
	ten := bin("10/bin", "initdb", "postgres")
	bin("11/bin", "initdb")
	link := filepath.Join(root, "initdb")
	require.NoError(t, os.Symlink(filepath.Join(root, "9/bin/initdb"), link))
	homes := []string{filepath.Join(root, "*/bin")}
	absent := func(string) (string, error) { return "", exec.ErrNotFound }

	got, err := pgtest.ServerDir(absent, homes)
	require.NoError(t, err)
	require.Equal(t, ten, got)

	got, err = pgtest.ServerDir(func(string) (string, error) { return link, nil }, homes)
	require.NoError(t, err)
	require.Equal(t, filepath.Join(root, "9/bin"), got)

	_, err = pgtest.ServerDir(absent, nil)
	require.ErrorIs(t, err, pgtest.ErrNotInstalled)
	require.ErrorContains(t, err, "apt-get install postgresql")
}

func TestPassableAsksEveryFolderOnTheWay(t *testing.T) {
	t.Parallel()
	require.True(t, pgtest.Passable("/tmp"))
	closed := filepath.Join(t.TempDir(), "closed")
	require.NoError(t, os.MkdirAll(filepath.Join(closed, "open"), 0o755))
	require.NoError(t, os.Chmod(closed, 0o700))
	require.False(t, pgtest.Passable(filepath.Join(closed, "open")))
}

func TestACopyBeginsAsWhatWasPrepared(t *testing.T) {
	t.Parallel()
	prepare := func(dsn string) error {
		db, err := sql.Open("pgx", dsn)
		if err != nil {
			return err
		}
		_, err = db.ExecContext(t.Context(), "CREATE TABLE prepared AS SELECT 1 AS n")
		return errors.Join(err, db.Close())
	}
	one, two := pgtest.Copy(t, t.Name(), prepare), pgtest.Copy(t, t.Name(), prepare)
	require.NotEqual(t, one, two)
	for _, dsn := range []string{one, two} {
		db := open(t, dsn)
		_, err := db.ExecContext(t.Context(), "INSERT INTO prepared VALUES (2)")
		require.NoError(t, err)
		require.Equal(t, "2", ask(t, db, "SELECT count(*) FROM prepared"), "a copy is its test's alone")
	}
}
