package escrow_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

// TestPayeesShareAlikeInHoweverManyParts releases the same price at once and in
// random parts, many of them too small to be shared.
func TestPayeesShareAlikeInHoweverManyParts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		in := good()
		in.Amount = usd(rapid.Int64Range(1, 60).Draw(rt, "price"))
		in.Payees = []escrow.Share{{Party: payee.Party, Weight: rapid.Int64Range(1, 9).Draw(rt, "weight")}}
		weights := in.Payees[0].Weight
		for _, p := range []lance.PartyID{"cid", "dan"} {
			in.Payees = append(in.Payees, escrow.Share{Party: p, Weight: rapid.Int64Range(1, 9).Draw(rt, "weight")})
			weights += in.Payees[len(in.Payees)-1].Weight
		}
		whole, parts := newWorld(t), newWorld(t)
		for _, w := range []*world{whole, parts} {
			w.deposit(payer.Party, in.Amount)
			a, err := w.Agree(t.Context(), payer, in)
			require.NoError(rt, err)
			a = w.do(a, payer, escrow.Fund)
			for w == parts && a.Remaining().Minor() > 1 && rapid.IntRange(0, 9).Draw(rt, "stop") > 0 {
				a, err = w.Release(t.Context(), payer, escrow.ReleaseInput{Agreement: a.ID, Amount: usd(rapid.Int64Range(1, min(3, a.Remaining().Minor()-1)).Draw(rt, "part"))})
				require.NoError(rt, err)
			}
			a = w.do(a, payer, escrow.Approve)
			net := a.Released.Minor() - a.PayeeFee.Minor()
			for _, p := range in.Payees {
				require.GreaterOrEqual(rt, w.available(p.Party), net*p.Weight/weights, "his weight's share, rounded down")
			}
		}
		for _, p := range in.Payees {
			require.Equal(rt, whole.available(p.Party), parts.available(p.Party))
		}
	})
}

// available returns what a party may spend, in minor units.
func (w *world) available(p lance.PartyID) (minor int64) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), func(ctx context.Context, r memescrow.Tx) error {
		b, err := ledger.BalancesOf(ctx, r, ledger.Available(p, lance.USD))
		minor = b[0].Posted.Minor()
		return err
	}))
	return minor
}
