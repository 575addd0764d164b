package bunescrow_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// TestPartsOfLotsMoveBesideTheirBalancesAndBack takes the migration that keeps them
// there back, with money in the books, and makes it again: nothing is lost, and what
// is posted then takes the oldest.
func TestPartsOfLotsMoveBesideTheirBalancesAndBack(t *testing.T) {
	t.Parallel()
	const n = 2 * ledger.SharesAhead
	ann, hold := ledger.Available("ann", lance.USD), ledger.Hold("agr_1", lance.USD)
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := bunescrow.Open(t.Context(), bunkit.Options{DSN: dsn(t)})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, db.Close()) })
			require.NoError(t, db.Migrate(t.Context()))
			s := ledger.NewService(db)
			for i := range n {
				in := spend("in "+strconv.Itoa(i), ledger.Clearing("bank", lance.USD), ann, 10)
				in.Lot = &ledger.Lot{Provider: "bank", ChargedAt: time.Unix(int64(i), 0)}
				_, err := s.Post(t.Context(), in)
				require.NoError(t, err)
			}
			before := sharesOf(t, db, ann)
			require.Len(t, before, n)

			require.NoError(t, db.Down(t.Context(), "escrow", 12))
			require.NoError(t, db.Migrate(t.Context()))
			require.Equal(t, before, sharesOf(t, db, ann))

			out, err := s.Post(t.Context(), spend("fund", ann, hold, 15))
			require.NoError(t, err)
			require.Equal(t, []ledger.LotShare{before[0], {Lot: before[1].Lot, Amount: lance.NewMoney(5, lance.USD)}}, out[0].Lots)
			require.Equal(t, out[0].Lots, sharesOf(t, db, hold))
			require.Equal(t, before[2:], sharesOf(t, db, ann)[1:])
		})
	}
}

func sharesOf(t *testing.T, db lance.Runner[bunescrow.Tx], a ledger.Account) (out []ledger.LotShare) {
	t.Helper()
	require.NoError(t, db.View(t.Context(), func(ctx context.Context, r bunescrow.Tx) (err error) {
		out, err = ledger.LotsOf(ctx, r, a)
		return err
	}))
	return out
}
