package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memstore"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// choices are what the flags say.
type choices struct {
	stores, work, callers, sizes []string
	rounds, scale, conns         int
	ops                          int
	each                         time.Duration
}

func main() {
	var c choices
	list := func(into *[]string, name, def, what string) {
		*into = strings.Split(def, ",")
		flag.Func(name, what+" (default "+def+")", func(s string) error { *into = strings.Split(s, ","); return nil })
	}
	list(&c.stores, "stores", "sqlite,postgres", "stores to measure; also: memory")
	list(&c.work, "work", strings.Join(allWork, ","), "what to measure; also: flow,"+strings.Join(webWork, ","))
	list(&c.callers, "callers", "1,32,256", "how many callers at once")
	list(&c.sizes, "sizes", "", "also fill books with so many transfers, in rising order, and tell what each then costs")
	flag.IntVar(&c.rounds, "rounds", 3, "how often; the medians are printed")
	flag.IntVar(&c.scale, "scale", 50, "scale of pgbench")
	flag.IntVar(&c.conns, "conns", 32, "connections to PostgreSQL")
	flag.IntVar(&c.ops, "ops", 300, "how many releases, and six times as many as whole jobs, at least")
	flag.DurationVar(&c.each, "each", 2*time.Second, "how long pgbench, and about how long each measurement, runs")
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // as refserver does
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, c); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// bench is one run.
type bench struct {
	choices
	dir     string
	cluster *pgtest.Cluster
	tpcb    func(clients int, d time.Duration) (figure, error)
	opened  int
}

// run measures and prints.
func run(ctx context.Context, out io.Writer, c choices) (err error) {
	b := &bench{choices: c}
	if b.dir, err = os.MkdirTemp("", "lance-bench"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.cluster, err = pgtest.Start(ctx, &pgtest.Options{Durable: true, Settings: map[string]string{"max_connections": "400"}}); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.cluster.Stop()) }()
	if b.tpcb, err = tpcb(ctx, b.cluster, c.scale); err != nil {
		return err
	}
	found := results{}
	for range b.rounds {
		for _, callers := range c.callers {
			n, err := strconv.Atoi(callers)
			if err != nil {
				return err
			}
			if err := b.round(ctx, found, n); err != nil {
				return fmt.Errorf("%d callers: %w", n, err)
			}
		}
	}
	if err := errors.Join(found.print(out, c), found.judge(out)); err != nil {
		return err
	}
	return b.books(ctx, out)
}

// round measures every kind of work with so many callers on every store, right
// after pgbench and the disk.
func (b *bench) round(ctx context.Context, found results, callers int) error {
	reference, err := b.tpcb(callers, b.each)
	if err != nil {
		return err
	}
	flush, err := flushes(b.dir)
	if err != nil {
		return err
	}
	for _, work := range b.work {
		for _, store := range b.stores {
			if !fits(work, callers, store) {
				continue
			}
			f, err := b.one(ctx, store, work, callers)
			if err != nil {
				return fmt.Errorf("%s on %s: %w", work, store, err)
			}
			f.flush = flush
			if f.reference == 0 {
				f.reference, f.referenceCPU = reference.rate, reference.cpu
			}
			found.add(row{work, callers, store}, f)
		}
	}
	return nil
}

// one opens a fresh store and measures on it.
func (b *bench) one(ctx context.Context, store, work string, callers int) (f figure, err error) {
	s, dsn, err := b.open(ctx, store, loads[work].batch)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if slices.Contains(webWork, work) {
		return b.web(ctx, s, work, callers)
	}
	if work == "release" || work == "flow" {
		return b.job(ctx, s, work, callers)
	}
	return b.posting(ctx, s, dsn, work, callers)
}

// open opens an empty store: a new file, a new database, where at most so many
// callers share a commit by themselves; 0 is the default. It can be opened again by
// the address returned.
func (b *bench) open(ctx context.Context, store string, batch int) (driver.Store, string, error) {
	b.opened++
	var dsn string
	switch store {
	case "memory":
		return memstore.New(nil), "", nil
	case "sqlite":
		dsn = "sqlite:" + filepath.Join(b.dir, strconv.Itoa(b.opened)+".db")
	case "postgres":
		name := "bench" + strconv.Itoa(b.opened)
		if err := createDatabase(ctx, b.cluster, name); err != nil {
			return nil, "", err
		}
		dsn = b.cluster.DSN(name)
	default:
		return nil, "", fmt.Errorf("there is no store %q", store)
	}
	s, err := b.again(ctx, dsn, batch)
	if err != nil {
		return nil, "", err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, "", errors.Join(err, s.Close())
	}
	return s, dsn, nil
}

// again opens a store that is there.
func (b *bench) again(ctx context.Context, dsn string, batch int) (driver.Store, error) {
	return bunstore.Open(ctx, bunstore.Options{MaxConns: b.conns, DSN: dsn, Batch: batch})
}
