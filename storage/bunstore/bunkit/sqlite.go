package bunkit

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strconv"

	"github.com/uptrace/bun"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"github.com/megilance/lance"
)

// sqlite opens transactions on SQLite: one writer, and readers that do not wait
// for it.
type sqlite struct {
	writer  *conns
	readers *conns // nil: everybody takes turns on one connection, as in memory
	host    bool   // the handle is the host's: not ours to close, and checked each time
	line    line
}

var errPragma = lance.E(lance.Precondition, "store_pragma", "a connection to SQLite must have foreign_keys on; a store's own also WAL and synchronous FULL")

func (c *core) openSQLite(ctx context.Context, path string) (*sql.DB, error) {
	wait := c.opts.Wait
	if wait <= 0 {
		wait = defaultWait
	}
	values := url.Values{
		"_txlock": {"immediate"},
		"_dqs":    {"0"},
		"_pragma": {"busy_timeout(" + strconv.FormatInt(wait.Milliseconds(), 10) + ")", "foreign_keys(1)", "synchronous(FULL)"},
	}
	memory := path == ":memory:"
	name := "file:" + url.PathEscape(path) + "?"
	if memory {
		name = "file::memory:?"
	}
	reading := name + values.Encode() + "&_query_only=1"
	if !memory {
		values.Add("_pragma", "journal_mode(WAL)")
		values.Add("_pragma", "cache_size(-65536)")       // KiB: what a batch touches, in large books
		values.Add("_pragma", "wal_autocheckpoint(8000)") // pages: most are written again before that
		values.Add("_pragma", "temp_store(MEMORY)")       // what a statement may have to take back
	}
	writer, err := sql.Open("sqlite", name+values.Encode())
	if err != nil {
		return nil, errUnavailable.Cause(err)
	}
	e := &sqlite{writer: newConns(writer, 1), line: line{most: c.opts.Batch, longest: longest}}
	c.engine, c.schema = e, "main"
	if err := e.check(ctx, !memory); err != nil {
		_ = e.close()
		return nil, err
	}
	if memory {
		return writer, nil
	}
	readers, err := sql.Open("sqlite", reading)
	if err != nil {
		_ = e.close()
		return nil, errUnavailable.Cause(err)
	}
	e.readers = newConns(readers, c.opts.conns())
	return writer, nil
}

func (c *core) hostSQLite(ctx context.Context) (*sql.DB, error) {
	e := &sqlite{writer: newConns(c.opts.DB, 0), readers: newConns(c.opts.DB, 0), host: true, line: line{most: c.opts.Batch, longest: longest}}
	c.engine, c.schema = e, "main"
	return c.opts.DB, e.check(ctx, false)
}

// check asks the writer's connection whether it keeps what we rely on.
func (e *sqlite) check(ctx context.Context, durable bool) error {
	conn, err := e.writer.take(ctx)
	if err != nil {
		return fault(ctx, err)
	}
	defer e.writer.put(conn, false)
	want := map[string]string{"foreign_keys": "1"}
	if durable {
		want["journal_mode"], want["synchronous"] = "wal", "2"
	}
	for name, value := range want {
		if err := pragma(ctx, conn, name, value); err != nil {
			return err
		}
	}
	return nil
}

// pragma fails with Precondition "store_pragma" unless a pragma has the value.
func pragma(ctx context.Context, c bun.IConn, name, want string) error {
	var got string
	if err := c.QueryRowContext(ctx, "PRAGMA "+name).Scan(&got); err != nil {
		return fault(ctx, err)
	}
	if got != want {
		return errPragma
	}
	return nil
}

// begin takes a connection and begins a transaction on it.
func (e *sqlite) begin(ctx context.Context, from *conns, how string) (*prepared, error) {
	conn, err := from.take(ctx)
	if err != nil {
		return nil, fault(ctx, err)
	}
	if e.host {
		err = pragma(ctx, conn, "foreign_keys", "1")
	}
	if err == nil {
		err = run(ctx, conn, how)
	}
	if err != nil {
		release(ctx, from, conn)
		return nil, fault(ctx, err)
	}
	return conn, nil
}

// release rolls back what is still open on a connection and gives it back; one
// that does not answer is thrown away.
func release(ctx context.Context, to *conns, conn *prepared) {
	err := run(context.WithoutCancel(ctx), conn, "ROLLBACK")
	to.put(conn, err != nil && codeOf(err) == 0)
}

// read runs work on a snapshot. In memory it takes its turn as a writer does.
func (e *sqlite) read(ctx context.Context, work func(bun.IConn) error) error {
	if e.readers == nil {
		return e.alone(ctx, work, true)
	}
	conn, err := e.begin(ctx, e.readers, "BEGIN")
	if err != nil {
		return err
	}
	defer release(ctx, e.readers, conn)
	if e.host {
		if err := run(ctx, conn, "PRAGMA query_only = 1"); err != nil {
			return fault(ctx, err)
		}
		defer func() { _ = run(context.WithoutCancel(ctx), conn, "PRAGMA query_only = 0") }()
	}
	// The first read takes the snapshot: let that be now.
	var n int
	if err := conn.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)").Scan(&n); err != nil {
		return fault(ctx, err)
	}
	return work(conn)
}

// admin runs work in a transaction of its own, which shares no commit.
func (e *sqlite) admin(ctx context.Context, work func(bun.IConn) error) error {
	return e.alone(ctx, work, false)
}

func (e *sqlite) ready(ctx context.Context) error {
	return e.read(ctx, func(c bun.IConn) error { return run(ctx, c, "SELECT 1") })
}

func (e *sqlite) close() error {
	var err error
	if e.readers != nil {
		err = e.readers.close()
	}
	return errors.Join(err, e.writer.close())
}
