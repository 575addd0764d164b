package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// Env names the environment variable that says where databases come from; the
// package comment lists its values.
const Env = "LANCE_TEST_POSTGRES"

const (
	off         = "off"
	ddlTimeout  = time.Minute
	maintenance = "postgres" // the database from which others are created and dropped
)

var errOffInCI = errors.New("pgtest: " + Env + "=off, but in CI PostgreSQL is never skipped")

// shared is the cluster of this process, started by its first test. Nobody
// stops it: its keeper does when the process ends.
var shared = sync.OnceValues(func() (*Cluster, error) { return Start(context.Background(), nil) })

// DSN returns the URL of an empty database that belongs to tb alone and is
// dropped when tb ends, connections or not. It fails the test when PostgreSQL
// is not installed and no server is named, and skips it, by name, only when
// LANCE_TEST_POSTGRES is "off" outside of CI.
func DSN(tb testing.TB) string {
	tb.Helper()
	where, skip, err := place(os.Getenv(Env), os.Getenv("CI"))
	switch {
	case err != nil:
		tb.Fatal(err)
	case skip:
		tb.Skip("skipped: PostgreSQL (" + Env + "=off)")
	}
	return create(tb, where, "")
}

// templates are the databases that Copy copies, by key.
var templates sync.Map

// Copy returns the URL of a database that belongs to tb alone, like DSN's, and
// begins as what prepare made of an empty one: once in this process for each
// key, since copying is faster than preparing. prepare closes its connections.
// On a server that LANCE_TEST_POSTGRES names, where a template would stay
// behind, it prepares each database instead.
func Copy(tb testing.TB, key string, prepare func(dsn string) error) string {
	tb.Helper()
	if os.Getenv(Env) != "" {
		dsn := DSN(tb)
		if err := prepare(dsn); err != nil {
			tb.Fatalf("pgtest: prepare a database: %v", err)
		}
		return dsn
	}
	c, err := shared()
	if err != nil {
		return DSN(tb) // which says what is missing
	}
	made, _ := templates.LoadOrStore(key, sync.OnceValues(func() (string, error) {
		name := "lance_template_" + strings.ToLower(rand.Text())
		if err := run(c.DSN(maintenance), "CREATE DATABASE "+name); err != nil {
			return "", err
		}
		return name, prepare(c.DSN(name))
	}))
	name, err := made.(func() (string, error))()
	if err != nil {
		tb.Fatalf("pgtest: prepare a template: %v", err)
	}
	return create(tb, c.DSN, " TEMPLATE "+name)
}

// create makes a database that is dropped when tb ends.
func create(tb testing.TB, where func(database string) string, how string) string {
	tb.Helper()
	name := "lance_test_" + strings.ToLower(rand.Text())
	if err := run(where(maintenance), "CREATE DATABASE "+name+how); err != nil {
		tb.Fatalf("pgtest: create a database: %v", err)
	}
	tb.Cleanup(func() {
		if err := run(where(maintenance), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Errorf("pgtest: drop the database: %v", err)
		}
	})
	return where(name)
}

// place decides from the two variables where databases are: a function from a
// database's name to its URL, or that the test is to be skipped.
func place(server, ci string) (where func(database string) string, skip bool, err error) {
	switch {
	case server == off && ci != "":
		return nil, false, errOffInCI
	case server == off:
		return nil, true, nil
	case server != "":
		_, err := pgx.ParseConfig(server)
		return func(database string) string { return onServer(server, database) }, false, err
	}
	c, err := shared()
	if err != nil {
		return nil, false, fmt.Errorf("%w; or set %s to a server's URL, or to %q to skip these tests", err, Env, off)
	}
	return c.DSN, false, nil
}

// onServer returns the DSN of database on the server that another DSN names, in
// either of the two ways to write one.
func onServer(server, database string) string {
	u, err := url.Parse(server)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return server + " dbname=" + database // of two, the last one counts
	}
	u.Path = "/" + database
	return u.String()
}

// run runs one statement on a connection of its own.
func run(dsn, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), ddlTimeout)
	defer cancel()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return err
	}
	db := sql.OpenDB(stdlib.GetConnector(*config))
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, statement)
	return err
}
