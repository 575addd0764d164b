package bunkit

import (
	"context"
	"database/sql"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/megilance/lance"
)

// Options say which database a store is in and what it takes from its
// surroundings. Exactly one of DSN, DB and Pool is set.
type Options struct {
	// DSN is "sqlite:PATH", "sqlite::memory:" (one connection, lost at Close,
	// for tests) or "postgres://…".
	DSN string
	// DB is the host's own open handle, of either database; of a *bun.DB it is
	// the field DB. Close leaves it open. On SQLite it must have foreign keys on.
	DB *sql.DB
	// Pool is the host's own pool of PostgreSQL connections. Close leaves it open.
	Pool *pgxpool.Pool

	// Schema is the PostgreSQL schema of the tables; empty: the first one of the
	// connection's search_path. SQLite has only "main".
	Schema string

	Clock   lance.Clock   // nil: the system's
	Entropy lance.Entropy // nil: the system's

	// MaxConns bounds the connections to PostgreSQL, or those that read from
	// SQLite, which has one more to write; 0 is 8, or what the DSN says in
	// pool_max_conns. A host's handle keeps its own bounds.
	MaxConns int
	// Wait bounds how long a statement waits for a lock of another connection;
	// 0 is 5 seconds on SQLite and no bound but the context's on PostgreSQL. A
	// host's handle keeps its own.
	Wait time.Duration
	// Retries bounds how often PostgreSQL runs a transaction again after a
	// serialization failure or a deadlock; 0 is 8, below 0 is never.
	Retries int
	// Batch bounds how many waiting callers share one commit on SQLite; 0 is 128,
	// 1 gives each caller a commit of its own.
	Batch int
}

// Part is what one adapter adds to a store: its tables and its work when the
// log is sealed.
type Part struct {
	// Name names the part's migrations; stable.
	Name string
	// Migrations holds NNNN_name.up.sql and NNNN_name.down.sql in its root. One
	// text serves both databases: TEXT sorts by bytes, {lance_…} is a table,
	// {bytes}, {time}, {json}, {number} (a primary key that the engine counts) and
	// {identity} are types, {clustered} after the columns keeps short rows in the
	// order of their primary key where SQLite would keep them twice, {first} puts
	// NULLs first in an index, and lines after "-- +sqlite" or "-- +postgres" are
	// for that database alone, until "-- +all".
	Migrations fs.FS
	// OnSeal, when set, runs in the transaction that gives entries first to last
	// their places in the log; its error undoes the seal.
	OnSeal func(ctx context.Context, q *Q, first, last int64) error
}

const (
	defaultConns   = 8
	defaultWait    = 5 * time.Second
	defaultRetries = 8
	defaultBatch   = 128
)

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = lance.SystemClock()
	}
	if o.Entropy == nil {
		o.Entropy = lance.SystemEntropy()
	}
	if o.Retries == 0 {
		o.Retries = defaultRetries
	}
	if o.Batch <= 0 {
		o.Batch = defaultBatch
	}
	return o
}

func (o Options) conns() int {
	if o.MaxConns > 0 {
		return o.MaxConns
	}
	return defaultConns
}

// check fails with Invalid "invalid_input" unless one database is named.
func (o Options) check() error {
	var f lance.Faults
	named := 0
	for _, is := range []bool{o.DSN != "", o.DB != nil, o.Pool != nil} {
		if is {
			named++
		}
	}
	if named != 1 {
		f.Add("/dsn", "required", "name one database: by DSN, DB or Pool")
	}
	if o.DSN == "sqlite:" {
		f.Add("/dsn", "dsn_syntax", "the path of the file is missing")
	}
	if o.Schema != "" && !isName(o.Schema) {
		f.Add("/schema", "schema_syntax", "a schema is named by up to 63 lower-case letters, digits and underscores")
	}
	return f.Err()
}

// isName reports whether s can stand in SQL as a name without quotes.
func isName(s string) bool {
	if s == "" || len(s) > 63 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		return false
	}
	return s[0] < '0' || s[0] > '9'
}
