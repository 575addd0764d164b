package memkit_test

import (
	"context"
	"errors"
	"maps"
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// TestMapIsAMapInOrder compares a Map under random writes, savepoints that fail
// and transactions that fail with a Go map.
func TestMapIsAMapInOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		db, oops := open(), errors.New("oops")
		model := map[int]int{}
		for range rapid.IntRange(1, 8).Draw(t, "transactions") {
			next := maps.Clone(model)
			fails := rapid.Bool().Draw(t, "fails")
			err := db.InTx(context.Background(), func(ctx context.Context, tx *memkit.Tx) error {
				m := memkit.Table[int, int](tx, "numbers")
				write(t, m, next)
				_ = tx.Nest(ctx, func(context.Context) error {
					write(t, m, maps.Clone(next))
					return oops
				})
				same(t, m, next)
				if fails {
					return oops
				}
				return nil
			})
			if !fails {
				require.NoError(t, err)
				model = next
			}
			require.NoError(t, db.View(context.Background(), func(_ context.Context, tx *memkit.Tx) error {
				same(t, memkit.Table[int, int](tx, "numbers"), model)
				return nil
			}))
		}
	})
}

func write(t *rapid.T, m *memkit.Map[int, int], model map[int]int) {
	for _, k := range rapid.SliceOfN(rapid.IntRange(-40, 40), 0, 60).Draw(t, "keys") {
		if k%3 == 0 {
			require.NoError(t, m.Delete(k/3))
			delete(model, k/3)
			continue
		}
		require.NoError(t, m.Put(k/3, k))
		model[k/3] = k
	}
}

func same(t *rapid.T, m *memkit.Map[int, int], model map[int]int) {
	require.Equal(t, model, maps.Collect(m.All()))
	require.Equal(t, len(model), m.Len())
	var up, down []int
	for k := range m.All() {
		up = append(up, k)
	}
	for k := range m.Back() {
		down = append(down, k)
	}
	require.True(t, slices.IsSorted(up))
	slices.Reverse(down)
	require.Equal(t, up, down)
	at := rapid.IntRange(-15, 15).Draw(t, "at")
	for k := range m.From(at) {
		require.Equal(t, at, min(at, k))
	}
	for k := range m.BackFrom(at) {
		require.Equal(t, at, max(at, k))
	}
	require.LessOrEqual(t, m.Depth(), 1+3*bits.Len(uint(len(model))), "the tree is balanced")
}

func TestTreeStaysBalancedUnderOneSidedWrites(t *testing.T) {
	t.Parallel()
	require.NoError(t, open().InTx(t.Context(), func(_ context.Context, tx *memkit.Tx) error {
		m := memkit.Table[int, bool](tx, "numbers")
		for i := range 20_000 {
			require.NoError(t, m.Put(i, true))
		}
		require.LessOrEqual(t, m.Depth(), 30)
		for i := range 19_000 {
			require.NoError(t, m.Delete(i))
		}
		require.LessOrEqual(t, m.Depth(), 20)
		return nil
	}))
}

// deep has one of everything that a value can be made of.
type deep struct {
	At     time.Time
	Maybe  *time.Time
	Price  lance.Money
	Bytes  []byte
	Lists  [][]string
	ByName map[string][]int
	Pair   [2][]int
	Any    any
	Next   *deep
	none   *int
}

func sampleDeep() deep {
	at := time.Date(2026, 3, 1, 12, 0, 0, 1234, time.FixedZone("east", 3600))
	return deep{
		At: at, Maybe: &at, Price: lance.NewMoney(5, lance.MustCurrency("USD")), Bytes: []byte("ab"), Lists: [][]string{{"a"}, nil},
		ByName: map[string][]int{"a": {1}}, Pair: [2][]int{{1}, {2}}, Any: []string{"x"}, Next: &deep{Bytes: []byte("cd")}, none: new(7),
	}
}

func TestValuesAreDeepCopiesBothWays(t *testing.T) {
	t.Parallel()
	want := sampleDeep()
	want.At = lance.Instant(want.At)
	want.Maybe = &want.At
	spoil := func(d deep) {
		d.Bytes[0], d.Lists[0][0], d.ByName["a"][0], d.ByName["b"] = 'x', "x", 9, nil
		d.Pair[0][0], d.Any.([]string)[0], d.Next.Bytes[0] = 9, "y", 'x'
		*d.Maybe = time.Time{}
	}
	require.NoError(t, open().InTx(t.Context(), func(_ context.Context, tx *memkit.Tx) error {
		m := memkit.Table[string, deep](tx, "deep")
		in := sampleDeep()
		require.NoError(t, m.Put("k", in))
		spoil(in)
		out, ok := m.Get("k")
		require.True(t, ok)
		require.Equal(t, want, out)
		spoil(out)
		for _, d := range m.All() {
			require.Equal(t, want, d)
			spoil(d)
		}
		out, _ = m.Get("k")
		require.Equal(t, want, out)
		require.NoError(t, m.Put("empty", deep{}))
		out, _ = m.Get("empty")
		require.Equal(t, deep{}, out, "nil stays nil")
		return nil
	}))
}
