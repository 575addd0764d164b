package storagetest

import (
	"context"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/storagetest/basetest"
)

// joinedJob is the main job in a host's transactions: each step is done beside a
// row of the host's, once to be rolled back, which leaves nothing, and once to
// be committed, which keeps both.
func joinedJob(f *flow, host basetest.Host[driver.Repos]) {
	f.run(step{name: "people", do: people, calls: true})
	rows := host.Rows
	var kept []string
	for _, s := range slices.Concat(hiring(), []step{{name: "top up", do: topUp, calls: true}}, working(), finishing()) {
		if s.calls {
			f.run(s)
			continue
		}
		before, was := f.trace(), *f
		guest := host.Begin(f.T, f.db)
		require.NoError(f, guest.Insert("lost "+s.name))
		require.NoError(f, s.do(f.Context(), f, f.engine.With(guest.Joined)), s.name)
		require.NoError(f, guest.Rollback())
		*f = was
		require.Equal(f, before, f.trace(), "after %s was rolled back", s.name)
		require.Equal(f, kept, sorted(rows(f.T, f.db)))

		guest = host.Begin(f.T, f.db)
		require.NoError(f, guest.Insert(s.name))
		require.NoError(f, s.do(f.Context(), f, f.engine.With(guest.Joined)), s.name)
		require.NoError(f, guest.Commit())
		kept = sorted(append(kept, s.name))
		require.Equal(f, kept, sorted(rows(f.T, f.db)))
		if s.name != "compare" {
			require.NotEqual(f, before, f.trace(), "after %s was committed", s.name)
		}
		f.settle(s.name)
	}
	require.Equal(f, wallet{Available: 270_00}, f.wallet(f.ann))
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

// trace is what anything that happens in the store leaves a mark in.
type trace struct {
	Waiting  int // entries of the log that are not sealed
	Sealed   int64
	Books    ledger.Report
	Balances []ledger.Balance
	Rows     map[string]int64 // how many there are of each kind
	Timers   int
}

func (f *flow) trace() trace {
	f.Helper()
	var t trace
	require.NoError(f, f.db.View(f.Context(), func(ctx context.Context, r driver.Repos) (err error) {
		t, err = f.traceIn(ctx, r)
		return err
	}))
	return t
}

func (f *flow) traceIn(ctx context.Context, r driver.Repos) (t trace, err error) {
	backlog, err := r.Log().Backlog(ctx)
	if err != nil {
		return t, err
	}
	seals, err := r.Log().Seals(ctx, 0, 10_000)
	if err != nil {
		return t, err
	}
	t.Waiting = backlog.Count
	if len(seals) > 0 {
		t.Sealed = seals[len(seals)-1].Last
	}
	if t.Books, err = ledger.Refold(ctx, r); err != nil {
		return t, err
	}
	if t.Balances, err = r.Ledger().Balances(ctx); err != nil {
		return t, err
	}
	due, err := r.Timers().Due(ctx, epoch.AddDate(10, 0, 0), 1000)
	t.Timers = len(due)
	t.Rows = map[string]int64{}
	for _, count := range []error{
		err,
		counted(ctx, t.Rows, "project", r.Projects()), counted(ctx, t.Rows, "proposal", r.Proposals()),
		counted(ctx, t.Rows, "contract", r.Contracts()), counted(ctx, t.Rows, "milestone", r.Milestones()),
		counted(ctx, t.Rows, "turn", r.Turns()), counted(ctx, t.Rows, "review", r.Reviews()),
		counted(ctx, t.Rows, "rating", r.Ratings()), counted(ctx, t.Rows, "agreement", r.Agreements()),
		counted(ctx, t.Rows, "profile", r.Profiles()),
	} {
		if count != nil {
			return t, count
		}
	}
	return t, nil
}

// counted notes the rows of a table.
func counted[D any, K ~string](ctx context.Context, into map[string]int64, name string, rows lance.Rows[D, K]) error {
	all, err := rows.Find(ctx, lance.Filter{})
	into[name] = int64(len(all))
	return err
}
