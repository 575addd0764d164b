package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
)

// books fills books with more and more transfers on each store, all sealed, and
// prints what things cost then: each figure is to stay flat.
func (b *bench) books(ctx context.Context, out io.Writer) error {
	if len(b.sizes) == 0 || b.sizes[0] == "" {
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 1, ' ', tabwriter.Debug)
	_, _ = fmt.Fprintln(table, "\n| Transfers\tStore\tFilled in, s\tA set by 32, µs\tSealing, µs each\tA balance, µs\tA statement of 20, µs\tCoverage, µs\tVerifying, µs each\t")
	_, _ = fmt.Fprintln(table, "| ---\t---\t---\t---\t---\t---\t---\t---\t---\t")
	for _, store := range b.stores {
		if err := b.grow(ctx, table, store); err != nil {
			return fmt.Errorf("books on %s: %w", store, err)
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}

// grow fills the books of one store from size to size.
func (b *bench) grow(ctx context.Context, out io.Writer, store string) (err error) {
	s, _, err := b.open(ctx, store, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	p, err := escrowtest.NewPosting(ctx, s, escrowtest.Workload{Parties: 1000})
	if err != nil {
		return err
	}
	for _, size := range b.sizes {
		n, err := strconv.Atoi(size)
		if err != nil {
			return err
		}
		start := time.Now()
		if err := p.Fill(ctx, n); err != nil {
			return err
		}
		filled := time.Since(start)
		costs, err := costs(ctx, s, p)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "| %d\t%s\t%.0f\t", n, store, filled.Seconds())
		for _, c := range costs {
			_, _ = fmt.Fprintf(out, "%.1f\t", c)
		}
		_, _ = fmt.Fprintln(out)
	}
	return nil
}

// costs returns how many microseconds each thing takes that the table of books
// names.
func costs(ctx context.Context, s driver.Store, p *escrowtest.Posting[driver.Repos]) (out []float64, err error) {
	each := func(work func() (n int, err error)) {
		if err != nil {
			return
		}
		start := time.Now()
		var n int
		n, err = work()
		out = append(out, float64(time.Since(start).Microseconds())/float64(max(1, n)))
	}
	view := func(times int, ask func(ctx context.Context, r driver.Repos) error) {
		each(func() (int, error) {
			for range times {
				if err := s.View(ctx, ask); err != nil {
					return 0, err
				}
			}
			return times, nil
		})
	}
	const sets = 5000
	party := p.Party(1)
	each(func() (int, error) {
		_, err := p.Run(ctx, 32, sets)
		return sets, err
	})
	each(func() (int, error) {
		_, err := lance.NewWorker(s, lance.Jobs[driver.Repos]{}, nil).Drain(ctx, lance.SystemClock().Now(), 1<<20)
		return sets, err
	})
	view(200, func(ctx context.Context, r driver.Repos) error {
		_, err := ledger.BalancesOf(ctx, r, party)
		return err
	})
	view(200, func(ctx context.Context, r driver.Repos) error {
		_, err := ledger.Statement(ctx, r, party, lance.PageQuery{Limit: 20})
		return err
	})
	view(20, func(ctx context.Context, r driver.Repos) error {
		_, err := ledger.CoverageOf(ctx, r)
		return err
	})
	each(func() (int, error) {
		audit, err := lance.Verify(ctx, s, ledger.Scope[driver.Repos](), nil)
		return int(audit.Entries), errors.Join(err, audit.Err())
	})
	return out, err
}
