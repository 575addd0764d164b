package bunkit

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
)

// Tx is a host's open transaction: *sql.Tx and bun.Tx fit.
type Tx interface {
	bun.IConn
	Commit() error
	Rollback() error
}

// Join returns a runner over the host's open transaction, on the same database
// as the store but through whatever handle or driver of its own: each InTx is a
// savepoint in it, so that the host's rows and ours commit or vanish together.
// It never commits, rolls back or retries: that is the host's. An InTx in it
// fails with Precondition "store_pragma" on SQLite when the host's connection
// has foreign keys off, and with Precondition "store_session" on PostgreSQL when
// it does not have standard strings and UTF-8. A View reads in the transaction.
// After a failed statement the savepoint is undone and the host may go on.
func (s *Store[R]) Join(tx Tx) lance.Runner[R] {
	var conn bun.IConn = tx
	switch tx := any(tx).(type) { // bun would take our statements for its own
	case bun.Tx:
		conn = tx.Tx
	case *bun.Tx:
		conn = tx.Tx
	}
	return &joined[R]{store: s, in: &hosted{conn: conn, turn: make(chan struct{}, 1), locks: &lance.Locks{}}}
}

type joined[R lance.Repos] struct {
	store *Store[R]
	in    *hosted
}

// hosted is what the runners over one host's transaction share.
type hosted struct {
	conn    bun.IConn
	turn    chan struct{} // holds one token while somebody works
	checked bool
	locks   *lance.Locks
}

// InTx runs fn in a savepoint of the host's transaction.
func (j *joined[R]) InTx(ctx context.Context, fn func(ctx context.Context, r R) error) error {
	return j.enter(ctx, func() error {
		q := j.begin()
		err := j.store.core.within(ctx, q, func(ctx context.Context, q *Q) error {
			return q.Nest(ctx, func(ctx context.Context) error { return fn(ctx, j.store.bind(q)) })
		})
		j.in.locks = q.locks
		return err
	})
}

// View runs fn in the host's transaction and lets it only read.
func (j *joined[R]) View(ctx context.Context, fn func(ctx context.Context, r R) error) error {
	return j.enter(ctx, func() error {
		q := j.begin()
		q.readOnly = true
		return j.store.core.within(ctx, q, func(ctx context.Context, q *Q) error { return fn(ctx, j.store.bind(q)) })
	})
}

// At returns the same runner with another clock.
func (j *joined[R]) At(c lance.Clock) lance.Runner[R] {
	return &joined[R]{store: &Store[R]{core: j.store.core, clock: c, bind: j.store.bind}, in: j.in}
}

// begin makes a handle on the host's connection, whose driver may be any.
func (j *joined[R]) begin() *Q {
	q := j.store.core.begin(j.in.conn, j.store.clock)
	q.locks, q.pgx = j.in.locks, false
	return q
}

// enter runs work when it is this caller's turn and the host's connection keeps
// what we rely on.
func (j *joined[R]) enter(ctx context.Context, work func() error) error {
	if err := j.store.core.nested(ctx); err != nil {
		return err
	}
	select {
	case j.in.turn <- struct{}{}:
		defer func() { <-j.in.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if !j.in.checked {
		if err := j.check(ctx); err != nil {
			return err
		}
		j.in.checked = true
	}
	return work()
}

func (j *joined[R]) check(ctx context.Context) error {
	if !j.store.core.pg {
		return pragma(context.WithoutCancel(ctx), j.in.conn, "foreign_keys", "1")
	}
	var safe bool
	if err := j.in.conn.QueryRowContext(ctx, "SELECT "+pgSafe).Scan(&safe); err != nil {
		return fault(ctx, err)
	}
	if !safe {
		return errSession
	}
	return nil
}
