package bunkit

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
)

// handle is the connection of a Q: every statement goes through it. On SQLite it
// strips cancellation, because a context that ends inside the driver would
// destroy the transaction, which others share; the context is asked before each
// statement instead.
type handle struct{ q *Q }

// ExecContext runs a statement; its error is a fault.
func (h handle) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	inner, err := h.enter(ctx)
	if err != nil {
		return nil, err
	}
	res, err := h.q.conn.ExecContext(inner, query, args...)
	if err != nil {
		return nil, h.failed(ctx, err)
	}
	return res, nil
}

// QueryContext runs a query; its error is a fault.
func (h handle) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	inner, err := h.enter(ctx)
	if err != nil {
		return nil, err
	}
	if len(args) == 0 && h.q.pgx {
		// bun writes values into the text, so preparing it would be of no use again.
		args = []any{pgx.QueryExecModeSimpleProtocol}
	}
	rows, err := h.q.conn.QueryContext(inner, query, args...)
	if err != nil {
		return nil, h.failed(ctx, err)
	}
	return rows, nil
}

// QueryRowContext runs a query for one row.
func (h handle) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	inner, err := h.enter(ctx)
	if err != nil {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		return h.q.conn.QueryRowContext(ended, query, args...)
	}
	return h.q.conn.QueryRowContext(inner, query, args...)
}

// enter says whether a statement may run, and under which context.
func (h handle) enter(ctx context.Context) (context.Context, error) {
	switch {
	case h.q.closed:
		return nil, errClosed
	case h.q.broken:
		return nil, errBroken
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case h.q.core.pg:
		return ctx, nil
	}
	return context.WithoutCancel(ctx), nil
}

// failed makes a fault of a driver's error. SQLite ends the whole transaction by
// itself after some failures (a full disk, say), and what followed would then
// commit one by one: so after anything but a broken constraint we look.
func (h handle) failed(ctx context.Context, err error) error {
	if !h.q.core.pg && codeOf(err)&0xff != sqliteConstraint {
		outer := context.WithoutCancel(ctx)
		if _, lost := h.q.conn.ExecContext(outer, "BEGIN"); lost == nil {
			_, _ = h.q.conn.ExecContext(outer, "ROLLBACK")
			h.q.broken = true
		}
	}
	return fault(ctx, err)
}
