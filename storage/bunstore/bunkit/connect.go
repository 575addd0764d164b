package bunkit

import (
	"context"
	"database/sql"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/megilance/lance"
)

// connect opens what the options name and returns a handle for building queries.
func (c *core) connect(ctx context.Context) (*sql.DB, error) {
	switch {
	case c.opts.Pool != nil:
		return c.usePG(ctx, &postgres{db: stdlib.OpenDBFromPool(c.opts.Pool), owned: true, retries: c.opts.Retries}, true)
	case c.opts.DB != nil:
		// SQLite knows no version(), and says so without a word in any log.
		var version string
		if err := c.opts.DB.QueryRowContext(ctx, "SELECT version()").Scan(&version); err == nil {
			_, isPgx := c.opts.DB.Driver().(*stdlib.Driver)
			return c.usePG(ctx, &postgres{db: c.opts.DB, retries: c.opts.Retries}, isPgx)
		}
		return c.hostSQLite(ctx)
	}
	if path, ok := strings.CutPrefix(c.opts.DSN, "sqlite:"); ok {
		return c.openSQLite(ctx, path)
	}
	if strings.HasPrefix(c.opts.DSN, "postgres:") || strings.HasPrefix(c.opts.DSN, "postgresql:") {
		return c.openPG(ctx)
	}
	var f lance.Faults
	f.Add("/dsn", "dsn_syntax", `a DSN is "sqlite:PATH", "sqlite::memory:" or "postgres://…"`)
	return nil, f.Err()
}

func (c *core) openPG(ctx context.Context) (*sql.DB, error) {
	config, err := pgxpool.ParseConfig(c.opts.DSN)
	if err != nil {
		var f lance.Faults
		f.Add("/dsn", "dsn_syntax", "this is not the URL of a PostgreSQL database")
		return nil, f.Err()
	}
	if c.opts.MaxConns > 0 || !strings.Contains(c.opts.DSN, "pool_max_conns") {
		config.MaxConns = int32(min(c.opts.conns(), 1<<15)) //nolint:gosec // bounded just now
	}
	params := config.ConnConfig.RuntimeParams
	params["standard_conforming_strings"] = "on"
	if c.opts.Wait > 0 {
		params["lock_timeout"] = c.opts.Wait.String()
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, errUnavailable.Cause(err)
	}
	e := &postgres{db: stdlib.OpenDBFromPool(pool), pool: pool, owned: true, retries: c.opts.Retries}
	db, err := c.usePG(ctx, e, true)
	if err != nil {
		_ = e.close()
	}
	return db, err
}

// usePG makes e the engine, if its sessions keep what we rely on.
func (c *core) usePG(ctx context.Context, e *postgres, isPgx bool) (*sql.DB, error) {
	c.pg, c.pgx, c.schema, c.engine = true, isPgx, c.opts.Schema, e
	e.pgx = isPgx
	var current sql.NullString
	var safe bool
	err := e.db.QueryRowContext(ctx, "SELECT current_schema(), "+pgSafe).Scan(&current, &safe)
	if err != nil {
		return nil, fault(ctx, err)
	}
	if !safe {
		return nil, errSession
	}
	if c.schema == "" {
		c.schema = current.String
	}
	if !isName(c.schema) {
		return nil, lance.E(lance.Precondition, "store_schema", "the connection has no schema of a plain name to keep tables in")
	}
	if isPgx {
		c.lists, err = describes(ctx, e.db)
	}
	return e.db, err
}

// describes reports whether a handle of pgx asks the database about a statement
// before it sends the arguments: then it knows how to send a list.
func describes(ctx context.Context, db *sql.DB) (yes bool, err error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, fault(ctx, err)
	}
	defer func() { _ = conn.Close() }()
	err = conn.Raw(func(c any) error {
		mode := c.(*stdlib.Conn).Conn().Config().DefaultQueryExecMode //nolint:forcetypeassert // the caller knows
		yes = mode != pgx.QueryExecModeExec && mode != pgx.QueryExecModeSimpleProtocol
		return nil
	})
	return yes, fault(ctx, err)
}

// pgSafe tells whether texts that are written into a statement mean in this
// session what they say.
const pgSafe = "current_setting('standard_conforming_strings') = 'on' AND current_setting('client_encoding') = 'UTF8'"

var errSession = lance.E(lance.Precondition, "store_session", "the session must have standard_conforming_strings on and the encoding UTF8")
