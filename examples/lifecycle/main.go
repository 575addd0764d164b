package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memstore"
)

func main() {
	dsn := flag.String("dsn", "", "sqlite:PATH, postgres://…, or memory:; empty is SQLite in a file that is removed again")
	flag.Parse()
	if err := start(context.Background(), os.Stdout, *dsn); err != nil {
		fmt.Fprintln(os.Stderr, "lifecycle:", err)
		os.Exit(1)
	}
}

// start opens the store that dsn names and runs the job on it.
func start(ctx context.Context, out io.Writer, dsn string) (err error) {
	if dsn == "" {
		dir, e := os.MkdirTemp("", "lance")
		if e != nil {
			return e
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		dsn = "sqlite:" + filepath.Join(dir, "lifecycle.db")
	}
	clock := &hand{at: lance.Instant(time.Now())}
	store, err := open(ctx, dsn, clock, lance.SystemEntropy())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return run(ctx, out, store, clock)
}

// open opens a store and brings its schema up to date.
func open(ctx context.Context, dsn string, c lance.Clock, e lance.Entropy) (driver.Store, error) {
	if dsn == "memory:" {
		return memstore.New(&memstore.Options{Clock: c, Entropy: e}), nil
	}
	store, err := bunstore.Open(ctx, bunstore.Options{DSN: dsn, Clock: c, Entropy: e})
	if err != nil {
		return nil, err
	}
	if err := store.Migrate(ctx); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// hand is a clock that moves when it is told to.
type hand struct{ at time.Time }

// Now returns where the hand stands.
func (h *hand) Now() time.Time { return h.at }

// move moves the hand on.
func (h *hand) move(d time.Duration) { h.at = h.at.Add(d) }
