package bunkit

import (
	"context"
	"database/sql"
	"encoding/binary"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/uptrace/bun"

	"github.com/megilance/lance"
)

// postgres opens transactions on PostgreSQL.
type postgres struct {
	db      *sql.DB
	owned   bool          // db is ours to close
	pool    *pgxpool.Pool // ours to close; nil for a host's
	retries int
}

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
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), opts)
	if err != nil {
		return fault(ctx, err)
	}
	over := false
	defer func() {
		if !over {
			_ = tx.Rollback()
		}
	}()
	if err := work(tx); err != nil {
		return err
	}
	if opts.ReadOnly {
		return nil
	}
	over = true
	return commitFault(tx.Commit())
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
