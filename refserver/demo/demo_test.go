package demo_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/refserver/demo"
	"github.com/megilance/lance/storage/memstore"
)

// stage is a store whose clock is moved by hand, and an engine on it.
func stage(t *testing.T) (*marketplace.Engine, *memstore.Store, *time.Time, demo.Pass) {
	t.Helper()
	now := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)
	store := memstore.New(&memstore.Options{Clock: lance.ClockFunc(func() time.Time { return now })})
	e, err := marketplace.New(marketplace.Config{
		Store: store, Auth: auth.Options{Hasher: auth.NewHasher(auth.Argon{MemoryKiB: 64, Passes: 1, Lanes: 1}, 0)},
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	require.NoError(t, err)
	return e, store, &now, func(ctx context.Context, d time.Duration) error {
		now = now.Add(d)
		_, err := e.Worker().Drain(ctx, now, 100)
		return err
	}
}

func TestTheStoryLeavesSomethingToTryInEveryState(t *testing.T) {
	t.Parallel()
	e, store, now, pass := stage(t)
	none, err := demo.Known(t.Context(), store)
	require.NoError(t, err)
	require.Nil(t, none)
	began := *now
	cast, err := demo.Seed(t.Context(), e, store, pass)
	require.NoError(t, err)
	require.Equal(t, demo.Span, now.Sub(began), "the clock stands in the present again")

	again, err := demo.Known(t.Context(), store)
	require.NoError(t, err)
	require.Equal(t, cast, again)

	root := lance.Person("root", lance.RoleAdmin)
	states := map[project.State]bool{}
	require.NoError(t, store.View(t.Context(), func(ctx context.Context, r marketplace.Repos) error {
		all, err := r.Projects().Find(ctx, lance.Filter{})
		for _, p := range all {
			states[p.State] = true
		}
		require.NoError(t, err)
		books, err := ledger.Refold(ctx, r)
		require.True(t, books.Balanced(), "the books balance")
		return err
	}))
	for _, s := range project.Lifecycle.States() {
		require.True(t, states[s], "a project is %s", s)
	}
	c, err := e.Contracts.Get(t.Context(), root, cast.Contract)
	require.NoError(t, err)
	require.Equal(t, []contract.MilestoneState{contract.MilestoneApproved, contract.MilestoneSubmitted, contract.MilestonePlanned},
		[]contract.MilestoneState{c.Milestones[0].State, c.Milestones[1].State, c.Milestones[2].State})
	require.True(t, c.Milestones[1].ReleaseAt.After(*now), "the clock runs")
}

func TestThePageNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	cast := &demo.Cast{Compare: "prj_1", Proposal: "prp_1", Contract: "ctr_1", Waiting: "mst_1", Planned: "mst_2"}
	var b strings.Builder
	require.NoError(t, cast.Print(&b, "http://127.0.0.1:8080", time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC)))
	for _, s := range []string{"ada@example.com", demo.Password, "prp_1/accept", "mst_2/fund", "/v1/test/clock/skip", "trial-balance", "2026-01-01 09:00 UTC"} {
		require.Contains(t, b.String(), s)
	}
}
