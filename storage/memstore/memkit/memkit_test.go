package memkit_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memkit"
)

func open() *memkit.Store[*memkit.Tx] {
	return memkit.New(nil, func(tx *memkit.Tx) *memkit.Tx { return tx })
}

func TestChangesAreCounted(t *testing.T) {
	t.Parallel()
	db := open()
	put := func(_ context.Context, tx *memkit.Tx) error { return memkit.Table[string, int](tx, "n").Put("a", 1) }
	require.NoError(t, db.InTx(t.Context(), put))
	require.EqualValues(t, 1, db.Changes())
	require.NoError(t, db.InTx(t.Context(), func(context.Context, *memkit.Tx) error { return nil }))
	require.Error(t, db.InTx(t.Context(), func(ctx context.Context, tx *memkit.Tx) error {
		require.NoError(t, put(ctx, tx))
		return lance.E(lance.Conflict, "no", "no")
	}))
	require.EqualValues(t, 1, db.Changes(), "neither a look nor what failed is a change")
}

func TestMap(t *testing.T) {
	t.Parallel()
	db := open()
	names := func(tx *memkit.Tx) *memkit.Map[string, []string] {
		return memkit.Table[string, []string](tx, "names")
	}
	require.NoError(t, db.InTx(t.Context(), func(_ context.Context, tx *memkit.Tx) error {
		m := names(tx)
		for i := range 1000 {
			require.NoError(t, m.Put(fmt.Sprintf("%03d", (i*7)%1000), []string{"x"}))
		}
		for i := range 500 {
			require.NoError(t, m.Delete(fmt.Sprintf("%03d", i)))
		}
		return m.Delete("absent")
	}))
	require.NoError(t, db.View(t.Context(), func(_ context.Context, tx *memkit.Tx) error {
		m := names(tx)
		require.Equal(t, 500, m.Len())
		require.True(t, m.Has("500"))
		require.False(t, m.Has("499"))
		v, ok := m.Get("500")
		require.True(t, ok)
		v[0] = "changed"
		v, _ = m.Get("500")
		require.Equal(t, []string{"x"}, v, "what comes out is a copy")

		next := 500
		for k := range m.All() {
			require.Equal(t, fmt.Sprintf("%03d", next), k)
			next++
		}
		require.Equal(t, 1000, next)
		for k := range m.From("7") {
			require.Equal(t, "700", k)
			break
		}
		for k := range m.BackFrom("7") {
			require.Equal(t, "699", k)
			break
		}
		for k := range m.Back() {
			require.Equal(t, "999", k)
			break
		}
		require.Equal(t, "read_only", lance.CodeOf(m.Put("a", nil)))
		require.Equal(t, "read_only", lance.CodeOf(m.Delete("500")))
		return nil
	}))
}

func TestClosedTransactionCannotWrite(t *testing.T) {
	t.Parallel()
	var kept *memkit.Tx
	require.NoError(t, open().InTx(t.Context(), func(_ context.Context, tx *memkit.Tx) error {
		kept = tx
		return nil
	}))
	require.Equal(t, "tx_closed", lance.CodeOf(kept.Lock(t.Context(), lance.Ref{Kind: "a", ID: "1"})))
}

func TestSealHookRunsInTheSealingTransaction(t *testing.T) {
	t.Parallel()
	fail := true
	db := memkit.New(nil, func(tx *memkit.Tx) *memkit.Tx { return tx }, func(_ context.Context, tx *memkit.Tx, first, last int64) error {
		if fail {
			return lance.E(lance.Unavailable, "later", "not now")
		}
		return memkit.Table[string, int64](tx, "sealed").Put("upTo", last-first+1)
	})
	in := func(fn func(ctx context.Context, tx *memkit.Tx) error) error { return db.InTx(t.Context(), fn) }
	require.NoError(t, in(func(ctx context.Context, tx *memkit.Tx) error {
		return tx.Log().Witness(ctx, lance.Entry{ID: "a", Kind: "transfer"}, lance.Entry{ID: "b", Kind: "transfer"})
	}))
	seal := func(ctx context.Context, tx *memkit.Tx) error {
		_, err := tx.Log().Seal(ctx, 10)
		return err
	}
	require.Equal(t, "later", lance.CodeOf(in(seal)))
	fail = false
	require.NoError(t, in(seal))
	require.NoError(t, db.View(t.Context(), func(ctx context.Context, tx *memkit.Tx) error {
		n, _ := memkit.Table[string, int64](tx, "sealed").Get("upTo")
		require.Equal(t, int64(2), n)
		es, err := tx.Log().Entries(ctx, 0, 10)
		require.Len(t, es, 2)
		require.Less(t, es[0].ID, es[1].ID)
		return err
	}))
}
