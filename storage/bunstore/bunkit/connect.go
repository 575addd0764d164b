package bunkit

import (
	"context"
	"database/sql"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/megilance/lance"
)

// connect opens what the options name and returns a handle for building queries.
func (c *core) connect(ctx context.Context) (*sql.DB, error) {
	switch {
	case c.opts.Pool != nil:
		return c.hostPG(ctx, stdlib.OpenDBFromPool(c.opts.Pool), true)
	case c.opts.DB != nil:
		// SQLite knows no version(), and says so without a word in any log.
		var version string
		if err := c.opts.DB.QueryRowContext(ctx, "SELECT version()").Scan(&version); err == nil {
			_, isPgx := c.opts.DB.Driver().(*stdlib.Driver)
			return c.hostPG(ctx, c.opts.DB, isPgx)
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
	db, err := c.hostPG(ctx, stdlib.OpenDBFromPool(pool), true)
	if err != nil {
		pool.Close()
		return nil, err
	}
	c.engine.(*postgres).pool = pool
	return db, nil
}

// hostPG sets the engine up on a handle that is not ours to close.
func (c *core) hostPG(ctx context.Context, db *sql.DB, isPgx bool) (*sql.DB, error) {
	c.pg, c.pgx, c.schema = true, isPgx, c.opts.Schema
	c.engine = &postgres{db: db, retries: c.opts.Retries, owned: c.opts.DB == nil}
	var current sql.NullString
	var safe bool
	err := db.QueryRowContext(ctx, "SELECT current_schema(), "+pgSafe).Scan(&current, &safe)
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
	return db, nil
}

// pgSafe tells whether texts that are written into a statement mean in this
// session what they say.
const pgSafe = "current_setting('standard_conforming_strings') = 'on' AND current_setting('client_encoding') = 'UTF8'"

var errSession = lance.E(lance.Precondition, "store_session", "the session must have standard_conforming_strings on and the encoding UTF8")
