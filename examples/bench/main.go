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
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memstore"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// choices are what the flags say.
type choices struct {
	stores, work, callers []string
	rounds, scale, conns  int
	ops                   int
	each                  time.Duration
}

func main() {
	var c choices
	list := func(into *[]string, name, def, what string) {
		*into = strings.Split(def, ",")
		flag.Func(name, what+" (default "+def+")", func(s string) error { *into = strings.Split(s, ","); return nil })
	}
	list(&c.stores, "stores", "memory,sqlite,postgres", "stores to measure")
	list(&c.work, "work", "random,platform,two_phase,release,flow", "what to measure; over HTTP: "+strings.Join(webWork, ","))
	list(&c.callers, "callers", "1,32,256", "how many callers at once")
	flag.IntVar(&c.rounds, "rounds", 3, "how often; the medians are printed")
	flag.IntVar(&c.scale, "scale", 50, "scale of pgbench")
	flag.IntVar(&c.conns, "conns", 32, "connections to PostgreSQL")
	flag.IntVar(&c.ops, "ops", 300, "how many releases, and six times as many as whole jobs, at least")
	flag.DurationVar(&c.each, "each", 3*time.Second, "how long pgbench, and about how long each measurement, runs")
	flag.Parse()
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
	tpcb    func(clients int, d time.Duration) (float64, error)
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
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "work\tcallers\tstore\top/s\tp50 ms\tp99 ms\t× ref\tref/s\tflush/s\t")
	for _, work := range c.work {
		for _, callers := range c.callers {
			n, err := strconv.Atoi(callers)
			if err != nil {
				return err
			}
			if err := b.rows(ctx, table, work, n); err != nil {
				return fmt.Errorf("%s by %d: %w", work, n, err)
			}
			if err := table.Flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

// rows measures one kind of work with so many callers on every store, each round
// right after pgbench and the disk, and prints the medians.
func (b *bench) rows(ctx context.Context, out io.Writer, work string, callers int) error {
	found := map[string][]figure{}
	for range b.rounds {
		reference, err := b.tpcb(callers, b.each)
		if err != nil {
			return err
		}
		flush, err := flushes(b.dir)
		if err != nil {
			return err
		}
		for _, store := range b.stores {
			f, err := b.one(ctx, store, work, callers)
			if err != nil {
				return fmt.Errorf("%s: %w", store, err)
			}
			f.flush = flush
			if f.reference == 0 {
				f.reference = reference
			}
			found[store] = append(found[store], f)
		}
	}
	for _, store := range b.stores {
		fs := found[store]
		_, _ = fmt.Fprintf(out, "%s\t%d\t%s\t%.0f\t%.2f\t%.2f\t%.2f\t%.0f\t%.0f\t\n", work, callers, store,
			median(fs, func(f figure) float64 { return f.rate }),
			median(fs, func(f figure) float64 { return f.p50 }),
			median(fs, func(f figure) float64 { return f.p99 }),
			median(fs, func(f figure) float64 { return f.rate / f.reference }),
			median(fs, func(f figure) float64 { return f.reference }),
			median(fs, func(f figure) float64 { return f.flush }))
	}
	return nil
}

// median returns the middle one of what of says.
func median(fs []figure, of func(figure) float64) float64 {
	all := make([]float64, len(fs))
	for i, f := range fs {
		all[i] = of(f)
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// one opens a fresh store and measures on it.
func (b *bench) one(ctx context.Context, store, work string, callers int) (f figure, err error) {
	s, err := b.open(ctx, store)
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
	return b.posting(ctx, s, work, callers)
}

// open opens an empty store: a new file, a new database.
func (b *bench) open(ctx context.Context, store string) (driver.Store, error) {
	b.opened++
	opts := bunstore.Options{MaxConns: b.conns}
	switch store {
	case "memory":
		return memstore.New(nil), nil
	case "sqlite":
		opts.DSN = "sqlite:" + filepath.Join(b.dir, strconv.Itoa(b.opened)+".db")
	case "postgres":
		name := "bench" + strconv.Itoa(b.opened)
		if err := createDatabase(ctx, b.cluster, name); err != nil {
			return nil, err
		}
		opts.DSN = b.cluster.DSN(name)
	default:
		return nil, fmt.Errorf("there is no store %q", store)
	}
	s, err := bunstore.Open(ctx, opts)
	if err != nil {
		return nil, err
	}
	if err := s.Migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}
