package basetest

import (
	"context"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func factLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "a_fact_settles_once", run: factSettles[R]},
		{name: "a_fact_that_moves_is_set", run: factIsSet[R]},
		{name: "a_store_is_born_once", run: storeIsBorn[R]},
	}
}

func factSettles[R lance.Repos](w *world[R]) {
	var crowd sync.WaitGroup
	stood := make([]string, 4)
	for i, value := range []string{"a", "b", "c", "d"} {
		crowd.Go(func() {
			w.in(func(ctx context.Context, r R) (err error) {
				stood[i], err = lance.SettleFact(ctx, r, "letter", value)
				return err
			})
		})
	}
	crowd.Wait()
	require.NotEmpty(w, stood[0])
	for _, s := range stood {
		require.Equal(w, stood[0], s, "all agree on what one of them settled")
	}
}

func factIsSet[R lance.Repos](w *world[R]) {
	w.in(func(ctx context.Context, r R) error {
		value, err := lance.FactOf(ctx, r, "lever")
		require.NoError(w, err)
		require.Empty(w, value)
		require.NoError(w, lance.SetFact(ctx, r, "lever", "1h"))
		return lance.SetFact(ctx, r, "lever", "2h")
	})
	w.in(func(ctx context.Context, r R) error {
		value, err := lance.FactOf(ctx, r, "lever")
		require.Equal(w, "2h", value)
		return err
	})
}

func storeIsBorn[R lance.Repos](w *world[R]) {
	born := func(as lance.Birth) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return lance.BearIn(ctx, r, as) })
	}
	require.Equal(w, "birth_unknown", lance.CodeOf(born("dead")))
	require.NoError(w, born(lance.BornTest))
	require.NoError(w, born(lance.BornTest))
	err := born(lance.BornLive)
	require.ErrorIs(w, err, lance.Precondition)
	require.Equal(w, "store_birth", lance.CodeOf(err))
	w.in(func(ctx context.Context, r R) error {
		as, err := lance.BirthIn(ctx, r)
		require.Equal(w, lance.BornTest, as)
		return err
	})
}
