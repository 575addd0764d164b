package bunkit

import (
	"context"
	"database/sql"
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"

	"github.com/megilance/lance"
)

// postgres opens transactions on PostgreSQL.
type postgres struct {
	db      *sql.DB
	owned   bool          // db is ours to close
	pool    *pgxpool.Pool // ours to close; nil for a host's
	pgx     bool          // the connections are pgx's
	retries int
}

// beginWrite begins a transaction that writes. Its statements find rows by their
// keys, so they are planned once for a connection, whatever their arguments, as
// planning takes longer than the work; and as if tables were large already, as a
// plan is kept when they grow. That makes a scan that cannot be avoided look so
// dear that PostgreSQL would compile it each time.
const beginWrite = "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off; SET LOCAL jit = off"

var (
	toWrite = &sql.TxOptions{Isolation: sql.LevelReadCommitted}
	toRead  = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
)

// write runs work in a transaction, and again while the database refuses it for
// what others did meanwhile.
func (p *postgres) write(ctx context.Context, work func(bun.IConn) error) error {
	for try := 1; ; try++ {
		err := p.once(ctx, toWrite, work)
		if !isTransient(err) {
			return err
		}
		if try > p.retries {
			return fault(ctx, err)
		}
		if err := p.rest(ctx, try); err != nil {
			return err
		}
	}
}

// rest waits a little, longer each time and never as long as another who waits.
func (p *postgres) rest(ctx context.Context, try int) error {
	var b [4]byte
	lance.SystemEntropy().Fill(b[:]) // not the store's: a seed must not depend on who was in the way
	most := time.Millisecond << min(try, 7)
	timer := time.NewTimer(most * time.Duration(binary.BigEndian.Uint32(b[:])>>16) >> 16)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

func (p *postgres) read(ctx context.Context, work func(bun.IConn) error) error {
	return p.once(ctx, toRead, work)
}

func (p *postgres) admin(ctx context.Context, work func(bun.IConn) error) error {
	return p.once(ctx, toWrite, work)
}

// once runs work in one transaction. Cancellation reaches the statements but not
// the transaction, so that a COMMIT is never cut short.
func (p *postgres) once(ctx context.Context, opts *sql.TxOptions, work func(bun.IConn) error) error {
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return fault(ctx, err)
	}
	defer func() { _ = conn.Close() }()
	tx, err := p.begin(context.WithoutCancel(ctx), conn, opts)
	if err != nil {
		return fault(ctx, err)
	}
	over := false
	defer func() {
		if !over {
			_ = tx.rollback()
		}
	}()
	if err := work(tx); err != nil {
		return err
	}
	if opts.ReadOnly {
		return nil
	}
	over = true
	return commitFault(tx.commit())
}

// pgTx is an open transaction.
type pgTx struct {
	bun.IConn
	commit, rollback func() error
}

func (p *postgres) begin(ctx context.Context, conn *sql.Conn, opts *sql.TxOptions) (*pgTx, error) {
	if opts.ReadOnly || !p.pgx {
		tx, err := conn.BeginTx(ctx, opts)
		if err != nil {
			return nil, err
		}
		return &pgTx{tx, tx.Commit, tx.Rollback}, nil
	}
	var tx pgx.Tx
	err := conn.Raw(func(c any) (err error) {
		tx, err = c.(*stdlib.Conn).Conn().BeginTx(ctx, pgx.TxOptions{BeginQuery: beginWrite}) //nolint:forcetypeassert // p.pgx says so
		return err
	})
	end := func(how func(context.Context) error) func() error {
		return func() error { return conn.Raw(func(any) error { return how(ctx) }) }
	}
	if err != nil {
		return nil, err
	}
	return &pgTx{conn, end(tx.Commit), end(tx.Rollback)}, nil
}

func (p *postgres) ready(ctx context.Context) error { return p.db.PingContext(ctx) }

func (p *postgres) close() error {
	var err error
	if p.owned {
		err = p.db.Close()
	}
	if p.pool != nil {
		p.pool.Close()
	}
	return err
}
