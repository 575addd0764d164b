package sim_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/sim"
	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/storagetest/pgtest"
	"github.com/megilance/lance/storage/storagetest/sqlitetest"
)

// stores are where runs take place.
func stores(t *testing.T) map[string]sim.Open {
	t.Helper()
	return map[string]sim.Open{
		"memory": memory,
		"sqlite": func(ctx context.Context, seed uint64) (runner, func(context.Context) (runner, error), error) {
			return opened(ctx, t, seed, "sqlite:"+sqlitetest.Copy(t, "all", func(path string) error { return migrate(ctx, "sqlite:"+path) }))
		},
		"postgres": func(ctx context.Context, seed uint64) (runner, func(context.Context) (runner, error), error) {
			return opened(ctx, t, seed, pgtest.Copy(t, "all", func(dsn string) error { return migrate(ctx, dsn) }))
		},
	}
}

// opened opens a store, anew when it is started again.
func opened(ctx context.Context, t *testing.T, seed uint64, dsn string) (runner, func(context.Context) (runner, error), error) {
	t.Helper()
	opts := bunstore.Options{DSN: dsn, Entropy: lance.SeededEntropy(seed), MaxConns: 2}
	db, err := bunstore.Open(ctx, opts)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	restart := func(ctx context.Context) (runner, error) {
		was := db
		next, err := bunstore.Open(ctx, opts)
		if err == nil {
			db = next
		}
		return next, errors.Join(err, was.Close())
	}
	return db, restart, err
}

func migrate(ctx context.Context, dsn string) error {
	db, err := bunstore.Open(ctx, bunstore.Options{DSN: dsn})
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

// TestRunsOnDatabases plays the same seeds on every store and requires of each the
// journal that the store in memory has, to the last event.
func TestRunsOnDatabases(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all tally
			t.Cleanup(func() { t.Log(&all) })
			inLanes(t, 3, *basesFlag, func(t *testing.T, seed uint64) {
				t.Helper()
				want, err := sim.Run(t.Context(), seed, sim.Options{Open: memory, Steps: *stepsFlag})
				require.NoError(t, err)
				got, err := sim.Run(t.Context(), seed, sim.Options{Open: stores(t)[name], Steps: *stepsFlag})
				require.NoError(t, err)
				require.Equal(t, want, got, "another journal than in memory: seed %d", seed)
				all.add(got)
			})
		})
	}
}
