package bunescrow_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
)

// TestPostingInEveryModeOfTheDriver posts, seals and reads by connections that
// describe their statements first, and by those that do not, as proxies between
// them and the database demand.
func TestPostingInEveryModeOfTheDriver(t *testing.T) {
	t.Parallel()
	ann, bob := ledger.Available("ann", lance.USD), ledger.Available("b\"o\\b", lance.USD)
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			db := open(t, databases["postgres"](t)+"&default_query_exec_mode="+mode, lance.SystemClock())
			service := ledger.NewService(db)
			set := func(step string, debit, credit ledger.Account, minor int64) ledger.Transfer {
				of := lance.Ref{Kind: "test", ID: step}
				return ledger.Transfer{
					ID: ledger.TransferIDFor(of, step, 0), Code: ledger.CodeTopUp, Debit: debit, Credit: credit,
					Amount: lance.NewMoney(minor, lance.USD), Subject: of,
				}
			}
			_, err := service.Post(t.Context(), set("in", ledger.Clearing("bank", lance.USD), ann, 1000))
			require.NoError(t, err)
			_, err = service.Post(t.Context(), set("some", ann, bob, 300), set("more", ann, bob, 200), set("fee", ann, ledger.Fee(lance.USD), 5))
			require.NoError(t, err)
			require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r bunescrow.Tx) error {
				seal, err := r.Log().Seal(ctx, 100)
				require.Equal(t, int64(4), seal.Last)
				return err
			}))
			require.NoError(t, db.View(t.Context(), func(ctx context.Context, r bunescrow.Tx) error {
				found, err := ledger.BalancesOf(ctx, r, ann, bob, ledger.Fee(lance.USD))
				require.NoError(t, err)
				for i, minor := range []int64{495, 500, 5} {
					require.Equal(t, lance.NewMoney(minor, lance.USD), found[i].Posted)
				}
				return nil
			}))
		})
	}
}
