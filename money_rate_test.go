package lance_test

import (
	"math"
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
)

func TestAllocateLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := amounts().Draw(t, "m")
		weights := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64Range(0, math.MaxInt64)), 1, 20).Draw(t, "weights")
		total := new(big.Int)
		for _, w := range weights {
			total.Add(total, big.NewInt(w))
		}
		parts, err := m.Allocate(weights...)
		if total.Sign() == 0 {
			requireFault(t, err, "money_weights")
			return
		}
		require.NoError(t, err)
		require.Len(t, parts, len(weights))
		whole, err := lance.Sum(m.Currency(), parts...)
		require.NoError(t, err)
		require.Equal(t, m, whole)
		for i, part := range parts {
			// |part·total − m·weight| < total: each part is less than one unit off.
			off := new(big.Int).Mul(big.NewInt(part.Minor()), total)
			off.Sub(off, new(big.Int).Mul(big.NewInt(m.Minor()), big.NewInt(weights[i])))
			require.Negative(t, off.CmpAbs(total), "part %d", i)
		}
	})
}

func TestAllocateGivesTheRestToTheLargestRemainderThenTheFirst(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		minor   int64
		weights []int64
		want    []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{101, []int64{1, 1, 1}, []int64{34, 34, 33}},
		{-100, []int64{1, 1, 1}, []int64{-34, -33, -33}},
		{5, []int64{1, 3}, []int64{1, 4}},
		{1, []int64{0, 1, 1}, []int64{0, 1, 0}},
		{0, []int64{1, 2}, []int64{0, 0}},
		{7, []int64{0, 9, 0}, []int64{0, 7, 0}},
		{10, []int64{70, 20, 10}, []int64{7, 2, 1}},
		{math.MinInt64, []int64{1, 1}, []int64{math.MinInt64 / 2, math.MinInt64 / 2}},
		{math.MaxInt64, []int64{math.MaxInt64, math.MaxInt64}, []int64{math.MaxInt64/2 + 1, math.MaxInt64 / 2}},
	} {
		parts, err := lance.NewMoney(c.minor, lance.USD).Allocate(c.weights...)
		require.NoError(t, err)
		var got []int64
		for _, p := range parts {
			require.Equal(t, lance.USD, p.Currency())
			got = append(got, p.Minor())
		}
		require.Equal(t, c.want, got, "%d by %v", c.minor, c.weights)
	}
	for _, weights := range [][]int64{nil, {0}, {0, 0}, {1, -1}, {-1}} {
		_, err := lance.NewMoney(100, lance.USD).Allocate(weights...)
		requireFault(t, err, "money_weights")
	}
}

func TestEachRoundingKeepsItsWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rate                 string
		up2, even, down, up1 int64
	}{
		{"0.14", 1, 1, 1, 2}, // of 10 minor units: 1.4
		{"0.15", 2, 2, 1, 2},
		{"0.25", 3, 2, 2, 3},
		{"0.2500000000001", 3, 3, 2, 3},
		{"0.249999999999", 2, 2, 2, 3},
		{"0.2", 2, 2, 2, 2},
		{"0.05", 1, 0, 0, 1},
		{"0.0000000000000000001", 0, 0, 0, 1},
		{"0", 0, 0, 0, 0},
	} {
		rate := decimal.RequireFromString(c.rate)
		for r, want := range map[lance.Rounding]int64{lance.HalfUp: c.up2, lance.HalfEven: c.even, lance.Down: c.down, lance.Up: c.up1} {
			for _, sign := range []int64{1, -1} {
				got, err := lance.NewMoney(10*sign, lance.USD).Mul(rate, r)
				require.NoError(t, err)
				require.Equal(t, lance.NewMoney(want*sign, lance.USD), got, "%d × %s, rounding %d", 10*sign, c.rate, r)
			}
		}
	}
	_, err := lance.NewMoney(10, lance.USD).Mul(decimal.New(1, 0), lance.Rounding(9))
	requireFault(t, err, "money_rounding")
}

// A fee is taken on what has been released so far, less what was taken before, so
// that the parts sum to the fee of the whole.
func TestCumulativeFeeOfPartsIsTheFeeOfTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rate := decimal.New(rapid.Int64Range(0, 10000).Draw(t, "basis points"), -4)
		r := lance.Rounding(rapid.IntRange(0, 3).Draw(t, "rounding"))
		released, taken := lance.NewMoney(0, lance.USD), lance.NewMoney(0, lance.USD)
		for _, part := range rapid.SliceOfN(rapid.Int64Range(1, 1_000_000), 1, 20).Draw(t, "parts") {
			var err error
			released, err = released.Add(lance.NewMoney(part, lance.USD))
			require.NoError(t, err)
			due, err := released.Mul(rate, r)
			require.NoError(t, err)
			fee, err := due.Sub(taken)
			require.NoError(t, err)
			require.False(t, fee.IsNegative())
			taken, err = taken.Add(fee)
			require.NoError(t, err)
		}
		whole, err := released.Mul(rate, r)
		require.NoError(t, err)
		require.Equal(t, whole, taken)
	})
}

func TestConvertMindsTheDigitsOfBothCurrencies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from lance.Money
		rate string
		to   lance.Currency
		want string
	}{
		{lance.NewMoney(100_00, lance.USD), "149.505", lance.JPY, "14951 JPY"},
		{lance.NewMoney(14951, lance.JPY), "0.0066887", lance.USD, "100.00 USD"},
		{lance.NewMoney(100_00, lance.USD), "0.3067", lance.KWD, "30.670 KWD"},
		{lance.NewMoney(-1, lance.USD), "278.5", lance.PKR, "-2.79 PKR"},
		{lance.NewMoney(65_000_00, lance.USD), "0.0000153846153846", lance.BTC, "1.00000000 BTC"},
		{lance.NewMoney(1, lance.BTC), "65000", lance.USD, "0.00 USD"},
		{lance.NewMoney(12_34, lance.USD), "1", lance.USDC, "12.340000 USDC"},
	} {
		got, err := c.from.Convert(decimal.RequireFromString(c.rate), c.to, lance.HalfUp)
		require.NoError(t, err)
		require.Equal(t, c.want, got.String())
	}
}

func TestRatesAreBounded(t *testing.T) {
	t.Parallel()
	m := lance.NewMoney(100, lance.USD)
	for _, rate := range []decimal.Decimal{
		decimal.New(1, math.MaxInt32), decimal.New(1, math.MinInt32), decimal.New(1, 41), decimal.New(1, -41),
		decimal.NewFromBigInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(1000), nil), 0),
	} {
		_, err := m.Mul(rate, lance.HalfUp)
		requireFault(t, err, "money_rate")
		_, err = m.Convert(rate, lance.EUR, lance.HalfUp)
		requireFault(t, err, "money_rate")
	}
	for _, rate := range []int64{0, -1} {
		_, err := m.Convert(decimal.New(rate, 0), lance.EUR, lance.HalfUp)
		requireFault(t, err, "money_rate")
	}
	_, err := m.Mul(decimal.New(1, 40), lance.Down)
	requireFault(t, err, "money_overflow")
	_, err = m.Convert(decimal.New(1, 40), lance.EUR, lance.Down)
	requireFault(t, err, "money_overflow")
	_, err = m.Convert(decimal.New(1, 0), lance.Currency{}, lance.Down)
	requireFault(t, err, "currency_unknown")
	_, err = lance.Money{}.Convert(decimal.New(1, 0), lance.USD, lance.Down)
	requireFault(t, err, "currency_unknown")
}

func FuzzParsedMoneyIsExact(f *testing.F) {
	for _, text := range []string{"12.34", "-0", "0.000", "92233720368547758.07", "1e5", "+1", ".", "00.10"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range someCurrencies {
			m, err := lance.ParseMoney(text, c)
			if err != nil {
				require.ErrorIs(t, err, lance.Invalid)
				continue
			}
			exact, ok := new(big.Rat).SetString(text)
			require.True(t, ok, "%q", text)
			got, _ := new(big.Rat).SetString(m.Amount())
			require.Zero(t, exact.Cmp(got), "%q became %s", text, m)
		}
	})
}

func FuzzMoneyJSON(f *testing.F) {
	for _, text := range []string{`{"amount":"1.00","currency":"USD"}`, `null`, `{`, `{"amount":1}`, `{"amount":"1","amount":"1"}`, `[[[[`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var m, back lance.Money
		if err := m.UnmarshalJSON(text); err != nil {
			require.ErrorIs(t, err, lance.Invalid)
			require.Equal(t, lance.Money{}, m)
			return
		}
		written, err := m.MarshalJSON()
		require.NoError(t, err)
		require.NoError(t, back.UnmarshalJSON(written))
		require.Equal(t, m, back)
	})
}
