package sim_test

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/sim"
	"github.com/megilance/lance/storage/memstore"
)

var (
	seedFlag  = flag.Uint64("sim.seed", 1, "the seed of the first run, and the one that TestSeed plays")
	runsFlag  = flag.Uint64("sim.runs", 40, "how many runs TestRuns plays on the store in memory")
	basesFlag = flag.Uint64("sim.databases", 1, "how many runs TestRunsOnDatabases plays on SQLite, and on PostgreSQL")
	stepsFlag = flag.Int("sim.steps", 0, "how many steps a run has; 0 is the package's default")
	actsFlag  = flag.String("sim.acts", "", "only these steps of TestSeed's run, with commas between; empty is all")
	storeFlag = flag.String("sim.store", "memory", "where TestSeed plays: memory, sqlite or postgres")
)

type runner = lance.Runner[marketplace.Repos]

func memory(_ context.Context, seed uint64) (runner, func(context.Context) (runner, error), error) {
	return memstore.New(&memstore.Options{Entropy: lance.SeededEntropy(seed)}), nil, nil
}

// tally sums reports up.
type tally struct{ runs, done, refused, died atomic.Int64 }

func (t *tally) add(r sim.Report) {
	t.runs.Add(1)
	t.done.Add(int64(r.Done))
	t.refused.Add(int64(r.Refused))
	t.died.Add(int64(r.Died))
}

func (t *tally) String() string {
	return fmt.Sprintf("%d runs: %d commands done, %d refused, %d processes died", t.runs.Load(), t.done.Load(), t.refused.Load(), t.died.Load())
}

// TestRuns plays runs on the store in memory, which no law may break.
func TestRuns(t *testing.T) {
	t.Parallel()
	var all tally
	t.Cleanup(func() { t.Log(&all) })
	inLanes(t, runtime.GOMAXPROCS(0), *runsFlag, func(t *testing.T, seed uint64) {
		rep, err := sim.Run(t.Context(), seed, sim.Options{Open: memory, Steps: *stepsFlag})
		require.NoError(t, err)
		all.add(rep)
	})
}

// inLanes plays so many seeds in parallel tests, each of which takes every so manieth.
func inLanes(t *testing.T, lanes int, runs uint64, play func(t *testing.T, seed uint64)) {
	t.Helper()
	every := min(uint64(lanes), runs)
	for lane := range every {
		t.Run(fmt.Sprintf("every_%d_from_%d", every, *seedFlag+lane), func(t *testing.T) {
			t.Parallel()
			for n := lane; n < runs; n += every {
				play(t, *seedFlag+n)
			}
		})
	}
}

// TestSeed plays one run and tells what is done in it: to look at a failure.
func TestSeed(t *testing.T) {
	t.Parallel()
	opts := sim.Options{Open: stores(t)[*storeFlag], Steps: *stepsFlag, Shrink: -1, Tell: func(line string) { t.Log(line) }}
	for n := range strings.SplitSeq(*actsFlag, ",") {
		if n != "" {
			act, err := strconv.Atoi(n)
			require.NoError(t, err)
			opts.Acts = append(opts.Acts, act)
		}
	}
	rep, err := sim.Run(t.Context(), *seedFlag, opts)
	require.NoError(t, err)
	require.NotZero(t, rep.Steps)
}

func TestASeedReproducesARun(t *testing.T) {
	t.Parallel()
	first := map[lance.Hash]uint64{}
	for seed := range uint64(5) {
		one, err := sim.Run(t.Context(), seed, sim.Options{Open: memory})
		require.NoError(t, err)
		two, err := sim.Run(t.Context(), seed, sim.Options{Open: memory})
		require.NoError(t, err)
		require.Equal(t, one, two)
		require.Equal(t, 40, one.Steps)
		require.NotContains(t, first, one.Journal, "another seed is another run")
		first[one.Journal] = seed
	}
}

func TestARunNeedsAStore(t *testing.T) {
	t.Parallel()
	_, err := sim.Run(t.Context(), 1, sim.Options{})
	require.ErrorIs(t, err, lance.Invalid)
	require.Equal(t, "store_required", lance.CodeOf(err))
}

func TestOnlyTheActsAskedForAreDone(t *testing.T) {
	t.Parallel()
	var told []string
	rep, err := sim.Run(t.Context(), 3, sim.Options{Open: memory, Acts: []int{0, 4, 39}, NoFault: true, Tell: func(l string) { told = append(told, l) }})
	require.NoError(t, err)
	require.Equal(t, 3, rep.Steps)
	require.Zero(t, rep.Died)
	require.Len(t, told, 3)
	require.True(t, strings.HasPrefix(told[2], "39 "), told[2])
}
