package ledger_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// chart is the closed chart, as the house plan lists it: class, whether there is
// a floor, whether it is made of lots.
var chart = map[ledger.Account]struct {
	class       ledger.Class
	floor, lots bool
}{
	ledger.Clearing("p", lance.USD):     {ledger.Asset, false, false},
	ledger.Cash("p", lance.USD):         {ledger.Asset, false, false},
	ledger.Disputed("p", lance.USD):     {ledger.Asset, false, false},
	ledger.Suspense("p", lance.USD):     {ledger.Asset, false, false},
	ledger.Receivable("x", lance.USD):   {ledger.Asset, true, false},
	ledger.Available("x", lance.USD):    {ledger.Liability, true, true},
	ledger.Pending("x", lance.USD):      {ledger.Liability, true, true},
	ledger.Clearance("x", lance.USD):    {ledger.Liability, true, true},
	ledger.Payout("x", lance.USD):       {ledger.Liability, true, true},
	ledger.Reserve("x", lance.USD):      {ledger.Liability, true, true},
	ledger.Hold("agr", lance.USD):       {ledger.Liability, true, true},
	ledger.Tax("de", lance.USD):         {ledger.Liability, false, false},
	ledger.Withholding("de", lance.USD): {ledger.Liability, false, false},
	ledger.Guarantee(lance.USD):         {ledger.Liability, true, true},
	ledger.Fee(lance.USD):               {ledger.Result, false, false},
	ledger.CostProvider("p", lance.USD): {ledger.Result, false, false},
	ledger.CostDispute(lance.USD):       {ledger.Result, false, false},
	ledger.Loss(lance.USD):              {ledger.Result, false, false},
	ledger.Promo(lance.USD):             {ledger.Result, false, false},
	ledger.Rounding(lance.USD):          {ledger.Result, false, false},
	ledger.FXGain(lance.USD):            {ledger.Result, false, false},
	ledger.FXPosition(lance.USD):        {ledger.Position, false, false},
}

func TestChartIsClosed(t *testing.T) {
	t.Parallel()
	kinds := map[ledger.Kind]bool{}
	for a, want := range chart {
		require.NoError(t, a.Check(), a)
		require.Equal(t, want.class, a.Kind.Class(), a)
		require.Equal(t, want.floor, a.Kind.Floor(), a)
		require.Equal(t, want.lots, a.Kind.Lots(), a)
		kinds[a.Kind] = true
	}
	require.Len(t, ledger.Kinds(), len(chart))
	for _, k := range ledger.Kinds() {
		require.True(t, kinds[k], k)
	}
	unknown := ledger.Account{Kind: "wallet", Owner: "x", Currency: lance.USD}
	require.Equal(t, "account_kind", lance.CodeOf(unknown.Check()))
	require.Empty(t, unknown.Kind.Class())
}

func TestOwnersAreChecked(t *testing.T) {
	t.Parallel()
	for _, bad := range []ledger.Account{
		ledger.Available("", lance.USD), ledger.Available(lance.PartyID(strings.Repeat("x", 65)), lance.USD),
		ledger.Hold("a\nb", lance.USD), ledger.Cash("\xff", lance.USD),
		{Kind: ledger.KindFee, Owner: "x", Currency: lance.USD},
	} {
		err := bad.Check()
		require.ErrorIs(t, err, lance.Invalid)
		require.Equal(t, "account_owner", lance.CodeOf(err))
	}
	require.Equal(t, "currency_unknown", lance.CodeOf(ledger.Fee(lance.Currency{}).Check()))
}

func TestAccountsAreOrderedByTheirStrings(t *testing.T) {
	t.Parallel()
	account := rapid.Custom(func(t *rapid.T) ledger.Account {
		return ledger.Account{
			Kind:     rapid.SampledFrom(ledger.Kinds()).Draw(t, "kind"),
			Currency: rapid.SampledFrom([]lance.Currency{{}, lance.USD, lance.EUR, lance.JPY}).Draw(t, "currency"),
			Owner:    rapid.StringOfN(rapid.RuneFrom([]rune("a:_Zü ")), 0, 3, -1).Draw(t, "owner"),
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := account.Draw(t, "a"), account.Draw(t, "b")
		require.Equal(t, strings.Compare(a.String(), b.String()), a.Compare(b))
	})
}

func TestAccountsAreReadBackAsWritten(t *testing.T) {
	t.Parallel()
	require.Equal(t, "available:USD:42", ledger.Available("42", lance.USD).String())
	require.Equal(t, "fee:EUR:", ledger.Fee(lance.EUR).String())
	rapid.Check(t, func(t *rapid.T) {
		owner := rapid.StringOfN(rapid.RuneFrom([]rune("ab:/ü安 ")), 1, 15, 64).Draw(t, "owner")
		a := ledger.Available(lance.PartyID(owner), rapid.SampledFrom([]lance.Currency{lance.USD, lance.JPY}).Draw(t, "currency"))
		if a.Check() != nil {
			t.Skip("not an owner")
		}
		got, err := ledger.ParseAccount(a.String())
		require.NoError(t, err)
		require.Equal(t, a, got)
		require.Zero(t, a.Compare(got))
	})
	for _, bad := range []string{"", "fee", "fee:USD", "fee:USD:x", "fee:XXQ:", "wallet:USD:x", "available:USD:"} {
		_, err := ledger.ParseAccount(bad)
		require.ErrorIs(t, err, lance.Invalid, bad)
	}
}
