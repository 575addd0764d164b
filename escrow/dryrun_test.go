package escrow_test

import (
	"fmt"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

func TestADryRunTellsTheDifferenceToTheMinorUnit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	released := w.in(escrow.Released)
	half := w.do(w.in(escrow.Funded), payer, escrow.Release)
	w.in(escrow.Refunded)
	w.in(escrow.Settled)
	other := both()
	other.Version = 2
	other.Fees[0].Percent = decimal.RequireFromString("12.5")

	got, err := w.DryRun(t.Context(), admin, other, escrow.Query{})
	require.NoError(t, err)
	require.Equal(t, 3, got.Agreements)
	require.Equal(t, 1, got.Ruled)
	require.Equal(t, []escrow.DifferenceSum{
		{Side: policy.Payer, Taken: usd(0), Would: usd(400), Difference: usd(400)}, // at least 2.00 each
		{Side: policy.Payee, Taken: usd(130), Would: usd(163), Difference: usd(33)},
	}, got.Sums)
	require.ElementsMatch(t, []escrow.Difference{
		{Agreement: released.ID, Side: policy.Payer, Taken: usd(0), Would: usd(200)},
		{Agreement: released.ID, Side: policy.Payee, Taken: usd(100), Would: usd(125)},
		{Agreement: half.ID, Side: policy.Payer, Taken: usd(0), Would: usd(200)},
		{Agreement: half.ID, Side: policy.Payee, Taken: usd(30), Would: usd(38)},
	}, got.Lines)
	require.Contains(t, got.String(), "payee: taken 1.30 USD, would be 1.63 USD, difference 0.33 USD\n")
	require.Contains(t, got.String(), fmt.Sprintf("%s payee: taken 0.30 USD, would be 0.38 USD\n", half.ID))

	same, err := w.DryRun(t.Context(), admin, policy.Default(), escrow.Query{})
	require.NoError(t, err)
	require.Empty(t, same.Lines, "the policy of old makes no difference")
	some, err := w.DryRun(t.Context(), admin, other, escrow.Query{State: escrow.Funded})
	require.NoError(t, err)
	require.Equal(t, 1, some.Agreements)

	euros := policy.Default()
	euros.Fees = []policy.Component{{Name: "fee", Side: policy.Payee, Fixed: lance.NewMoney(5, lance.EUR)}}
	none, err := w.DryRun(t.Context(), admin, euros, escrow.Query{})
	require.NoError(t, err)
	require.Equal(t, 3, none.Unpriced)
	_, err = w.DryRun(t.Context(), payer, other, escrow.Query{})
	refused(t, err, lance.Forbidden, "role_required")
	_, err = w.DryRun(t.Context(), admin, policy.Document{}, escrow.Query{})
	require.Contains(t, fields(err), "/policy/version version_range")
}
