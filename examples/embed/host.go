package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the host's own choice of driver

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/bunstore"
)

// host is an application with a database of its own, in which lance keeps its
// tables beside the application's.
type host struct {
	db     *sql.DB
	bun    *bun.DB
	store  *bunstore.Store
	engine *marketplace.Engine
}

// newHost opens the application's database and lets lance use the same handle.
func newHost(ctx context.Context, path string) (*host, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)")
	if err != nil {
		return nil, err
	}
	h := &host{db: db, bun: bun.NewDB(db, sqlitedialect.New())}
	if err := h.setUp(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return h, nil
}

func (h *host) setUp(ctx context.Context) (err error) {
	if h.store, err = bunstore.Open(ctx, bunstore.Options{DB: h.db}); err != nil {
		return err
	}
	if err := h.store.Migrate(ctx); err != nil {
		return err
	}
	if _, err = h.db.ExecContext(ctx, `CREATE TABLE orders (id INTEGER PRIMARY KEY, contract TEXT NOT NULL REFERENCES lance_contracts (id), note TEXT NOT NULL)`); err != nil {
		return err
	}
	h.engine, err = marketplace.New(marketplace.Config{
		Store:    h.store,
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	return err
}

// close closes the application's database, in which lance only was a guest.
func (h *host) close() error { return h.db.Close() }

// tx is what *sql.Tx and bun.Tx have in common for the host.
type tx interface {
	bunstore.Tx
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// inSQL runs fn in a transaction that the host opened with database/sql.
func (h *host) inSQL(ctx context.Context, fn func(tx) error) error {
	t, err := h.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return finish(t, fn(t))
}

// inBun runs fn in a transaction that the host opened with bun.
func (h *host) inBun(ctx context.Context, fn func(tx) error) error {
	t, err := h.bun.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	return finish(t, fn(t))
}

func finish(t tx, err error) error {
	if err != nil {
		return errors.Join(err, t.Rollback())
	}
	return t.Commit()
}

// count is what there is of everything that an order touches.
type count struct{ Orders, Contracts, Agreements, Transfers, Events, Timers int }

// String lists the counts.
func (c count) String() string {
	return fmt.Sprintf("%d orders, %d contracts, %d agreements, %d transfers, %d events, %d timers",
		c.Orders, c.Contracts, c.Agreements, c.Transfers, c.Events, c.Timers)
}

// census counts the host's rows and lance's.
func (h *host) census(ctx context.Context) (c count, err error) {
	row := h.db.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM lance_contracts),
		(SELECT count(*) FROM lance_agreements), (SELECT count(*) FROM lance_transfers),
		(SELECT count(*) FROM lance_events), (SELECT count(*) FROM lance_timers)`)
	err = row.Scan(&c.Orders, &c.Contracts, &c.Agreements, &c.Transfers, &c.Events, &c.Timers)
	return c, err
}

// The host's own users.
var (
	client     = lance.Person("41")
	freelancer = lance.Person("42")
)
