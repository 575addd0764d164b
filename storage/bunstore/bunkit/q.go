package bunkit

import (
	"context"
	"database/sql"
	"reflect"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/megilance/lance"
)

// Q is one open transaction or view: the only way to a query. It always carries
// its connection, qualifies every table with the schema, and answers in faults.
// It serves one goroutine, until the closure it was given to returns; after
// that everything fails with Internal "tx_closed".
type Q struct {
	core     *core
	conn     bun.IConn
	now      time.Time
	locks    *lance.Locks
	readOnly bool
	closed   bool
	broken   bool // the database has ended the transaction by itself
	pgx      bool // the connection is pgx's, which can be told how to run a query
}

var (
	_ lance.Repos  = (*Q)(nil)
	_ lance.Nester = (*Q)(nil)
)

// Now returns the transaction's time, the same throughout: UTC, microseconds.
func (q *Q) Now() time.Time { return q.now }

// Entropy returns the store's source of randomness.
func (q *Q) Entropy() lance.Entropy { return q.core.entropy }

// PG reports whether the database is PostgreSQL; else it is SQLite.
func (q *Q) PG() bool { return q.core.pg }

// Dialect returns the bun dialect of the database.
func (q *Q) Dialect() schema.Dialect { return q.core.house }

// Table returns the qualified, quoted name of a table such as "lance_events".
func (q *Q) Table(name string) string { return q.core.house.qualify(name) }

// Select starts a bun query on a row type, in this transaction and on the
// qualified table. Its errors are faults.
func (q *Q) Select(model any) *bun.SelectQuery {
	return q.core.db.NewSelect().Conn(handle{q}).Model(model)
}

// Insert starts a bun query as Select does.
func (q *Q) Insert(model any) *bun.InsertQuery {
	return q.core.db.NewInsert().Conn(handle{q}).Model(model)
}

// Update starts a bun query as Select does.
func (q *Q) Update(model any) *bun.UpdateQuery {
	return q.core.db.NewUpdate().Conn(handle{q}).Model(model)
}

// Delete starts a bun query as Select does.
func (q *Q) Delete(model any) *bun.DeleteQuery {
	return q.core.db.NewDelete().Conn(handle{q}).Model(model)
}

// Exec runs one statement. In its text {lance_…} is a qualified table, and each
// ? outside of quotes the next argument, which is sent beside the text: a
// string, number, bool, bytes, time (zero is NULL), a type made of one of these,
// a pointer to one (nil is NULL), a list (see Among), or a piece of SQL such as
// bun.Ident. A value that PostgreSQL cannot tell the type of, as in a SELECT
// list or in VALUES outside of INSERT, takes a CAST(? AS BIGINT). The error is a
// fault: Exists "row_exists" for a unique set that is taken.
func (q *Q) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if q.readOnly {
		return nil, errReadOnly
	}
	text, bound, err := q.core.bind(query, args, q.pgx && q.core.lists)
	if err != nil {
		return nil, err
	}
	return handle{q}.ExecContext(ctx, text, bound...)
}

// Affect runs one statement as Exec does and returns how many rows it changed.
func (q *Q) Affect(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := q.Exec(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return n, q.Fault(ctx, err)
}

// Query runs one statement as Exec does and reads its rows into dest: a pointer
// to a slice for all of them, else to a struct or a value for the first, with
// NotFound "row_not_found" when there is none. Columns find the fields of a
// struct by its bun tags; a column without a field is left out.
func (q *Q) Query(ctx context.Context, dest any, query string, args ...any) error {
	text, bound, err := q.core.bind(query, args, q.pgx && q.core.lists)
	if err != nil {
		return err
	}
	rows, err := handle{q}.QueryContext(ctx, text, bound...)
	if err != nil {
		return err
	}
	return q.Fault(ctx, q.scan(ctx, rows, dest))
}

func (q *Q) scan(ctx context.Context, rows *sql.Rows, dest any) error {
	defer func() { _ = rows.Close() }()
	many := reflect.TypeOf(dest).Elem().Kind() == reflect.Slice && reflect.TypeOf(dest).Elem().Elem().Kind() != reflect.Uint8
	if many {
		return q.core.db.ScanRows(ctx, rows, dest)
	}
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := q.core.scanRow(ctx, rows, dest); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	return rows.Err()
}

// scanRow reads the row that rows stands at.
func (c *core) scanRow(ctx context.Context, rows *sql.Rows, dest any) error {
	v := reflect.ValueOf(dest).Elem()
	t, isTime := dest.(*time.Time)
	if v.Kind() == reflect.Struct && !isTime {
		return c.db.ScanRow(ctx, rows, dest)
	}
	var src any
	if err := rows.Scan(&src); err != nil {
		return err
	}
	scan := schema.Scanner(v.Type())
	if scan == nil {
		return lance.E(lance.Internal, "query_scan", "a row cannot be read into this")
	}
	if err := scan(v, src); err != nil {
		return err
	}
	if isTime {
		*t = lance.Instant(*t)
	}
	return nil
}

// Among returns the condition that an expression is one of a list, which is the
// next argument: "x = ANY(?)" on PostgreSQL, "x IN (SELECT value FROM
// json_each(?))" on SQLite. The statement's text does not grow with the list.
func (q *Q) Among(expr string) string {
	if q.core.pg {
		return expr + " = ANY(?)"
	}
	return expr + " IN (SELECT value FROM json_each(?))"
}

// Fault makes an error of the database a fault, as Exec and Query do by
// themselves.
func (q *Q) Fault(ctx context.Context, err error) error { return fault(ctx, err) }

// Lock takes the exclusive lock of each ref until the transaction ends, as
// lance.Repos says. On SQLite, where writers take turns, only the order is
// checked.
func (q *Q) Lock(ctx context.Context, refs ...lance.Ref) error {
	if q.readOnly {
		return errReadOnly
	}
	want, err := q.locks.Want(refs...)
	if err != nil || len(want) == 0 || !q.core.pg {
		return err
	}
	keys := make([]int64, len(want))
	for i, r := range want {
		keys[i] = q.core.lockKey("lock", r.Kind, r.ID)
	}
	_, err = q.Exec(ctx, "SELECT pg_advisory_xact_lock(k) FROM unnest(?::bigint[]) AS k", keys)
	return err
}

func (q *Q) end() { q.closed = true }
