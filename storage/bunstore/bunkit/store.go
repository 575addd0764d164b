package bunkit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
)

// Store is a store in SQLite or PostgreSQL and a lance.Runner of R. It is safe
// for concurrent use.
type Store[R lance.Repos] struct {
	core  *core
	clock lance.Clock
	bind  func(*Q) R
}

var _ lance.Runner[lance.Repos] = (*Store[lance.Repos])(nil)

// core is what a store shares with its copies at other clocks.
type core struct {
	opts    Options
	pg      bool
	pgx     bool // the connections we open are pgx's
	lists   bool // whose driver takes lists as arguments
	schema  string
	house   *house
	db      *bun.DB // builds queries; every query is given its connection
	entropy lance.Entropy
	parts   []Part
	engine  engine
}

// engine opens transactions on one kind of database. The work of a call may run
// again.
type engine interface {
	write(ctx context.Context, work func(bun.IConn) error) error
	read(ctx context.Context, work func(bun.IConn) error) error
	// admin runs work alone in a transaction that changes tables.
	admin(ctx context.Context, work func(bun.IConn) error) error
	ready(ctx context.Context) error
	close() error
}

// Open opens a store whose transactions offer what bind makes of a Q. It changes
// nothing in the database: see Migrate. It fails with Invalid "invalid_input"
// for options that make no sense, Unavailable "store_unavailable" when the
// database cannot be reached, and Precondition "store_pragma" when a SQLite
// connection does not keep what the store relies on.
func Open[R lance.Repos](ctx context.Context, opts Options, bind func(*Q) R, parts ...Part) (*Store[R], error) {
	c, err := open(ctx, opts, parts)
	if err != nil {
		return nil, lance.Op("bunkit.Open", err)
	}
	return &Store[R]{core: c, clock: c.opts.Clock, bind: bind}, nil
}

func open(ctx context.Context, opts Options, parts []Part) (*core, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	opts = opts.withDefaults()
	c := &core{opts: opts, entropy: opts.Entropy, parts: append([]Part{mustBasePart()}, parts...)}
	db, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	c.house = newDialect(c.pg, c.schema)
	c.db = bun.NewDB(db, c.house, bun.WithDiscardUnknownColumns())
	return c, nil
}

// opened marks the context of a closure, so that a transaction opened in it is
// found out before it waits for itself.
type opened struct{ *core }

func (c *core) nested(ctx context.Context) error {
	if ctx.Value(opened{c}) != nil {
		return errNested
	}
	return ctx.Err()
}

// InTx runs fn in a transaction: it commits when fn returns nil and ctx has not
// ended, and leaves nothing otherwise. On PostgreSQL fn is run again after a
// serialization failure or a deadlock; on SQLite when the database has ended a
// transaction that callers shared. It fails with Internal "tx_nested" inside
// another transaction of this store, Internal "commit_unknown" when the outcome
// of the commit is not known, and Unavailable when the database cannot be
// reached or others were in the way for too long.
func (s *Store[R]) InTx(ctx context.Context, fn func(ctx context.Context, r R) error) error {
	if err := s.core.nested(ctx); err != nil {
		return err
	}
	return s.core.engine.write(ctx, func(c bun.IConn) error { return s.run(ctx, c, fn) })
}

func (s *Store[R]) run(ctx context.Context, c bun.IConn, fn func(context.Context, R) error) error {
	q := s.core.begin(c, s.clock)
	err := s.core.within(ctx, q, func(ctx context.Context, q *Q) error { return fn(ctx, s.bind(q)) })
	if err != nil {
		return err
	}
	return ctx.Err()
}

// View runs fn on one consistent state that it may only read, whatever others
// commit meanwhile. A write fails with Internal "read_only"; inside a
// transaction of this store it fails with Internal "tx_nested".
func (s *Store[R]) View(ctx context.Context, fn func(ctx context.Context, r R) error) error {
	if err := s.core.nested(ctx); err != nil {
		return err
	}
	return s.core.engine.read(ctx, func(c bun.IConn) error {
		q := s.core.begin(c, s.clock)
		q.readOnly = true
		return s.core.within(ctx, q, func(ctx context.Context, q *Q) error { return fn(ctx, s.bind(q)) })
	})
}

// Writers returns how many transactions can write at the same time: one on
// SQLite, as many as there are connections on PostgreSQL.
func (s *Store[R]) Writers() int {
	if s.core.pg {
		return s.core.opts.conns()
	}
	return 1
}

// At returns the same store with another clock.
func (s *Store[R]) At(c lance.Clock) lance.Runner[R] {
	return &Store[R]{core: s.core, clock: c, bind: s.bind}
}

// Close closes the connections that Open made; a host's handle stays open.
// Transactions that are under way come to their end; later ones fail with
// Unavailable "store_unavailable".
func (s *Store[R]) Close() error { return s.core.engine.close() }

// Ready reports whether the database can be reached and its schema is the one
// this program needs: else Unavailable "store_unavailable", or as Check.
func (s *Store[R]) Ready(ctx context.Context) error {
	if err := s.core.engine.ready(ctx); err != nil {
		return lance.Op("bunkit.Ready", fault(ctx, err))
	}
	return s.Check(ctx)
}

// begin makes the handle of a transaction on a connection.
func (c *core) begin(conn bun.IConn, clock lance.Clock) *Q {
	return &Q{core: c, conn: conn, now: lance.Instant(clock.Now()), locks: &lance.Locks{}, pgx: c.pgx}
}

// within runs fn with q until it returns, panics or ends its goroutine.
func (c *core) within(ctx context.Context, q *Q, fn func(context.Context, *Q) error) error {
	defer q.end()
	if err := fn(context.WithValue(ctx, opened{c}, true), q); err != nil {
		return err
	}
	if q.broken {
		return errBroken
	}
	return nil
}

// lockKey hashes names to a key of PostgreSQL's advisory locks, which all who
// use the database share.
func (c *core) lockKey(names ...string) int64 {
	h := sha256.New()
	for _, n := range append([]string{"lance", c.schema}, names...) {
		h.Write([]byte(n))
		h.Write([]byte{0})
	}
	return int64(binary.BigEndian.Uint64(h.Sum(nil))) //nolint:gosec // any 64 bits will do
}
