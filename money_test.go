package lance_test

import (
	"encoding/json"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
)

var someCurrencies = []lance.Currency{
	lance.USD, lance.EUR, lance.GBP, lance.JPY, lance.KWD, lance.PKR, lance.USDC, lance.BTC, lance.ETH,
}

// amounts draws any amount of any of the currencies, the extremes included.
func amounts() *rapid.Generator[lance.Money] {
	return rapid.Custom(func(t *rapid.T) lance.Money {
		minor := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1000, 1000), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64})).Draw(t, "minor")
		return lance.NewMoney(minor, rapid.SampledFrom(someCurrencies).Draw(t, "currency"))
	})
}

func requireFault(t require.TestingT, err error, code string) {
	require.ErrorIs(t, err, lance.Invalid)
	require.Equal(t, code, lance.CodeOf(err))
}

func TestCurrencyDigitsAreThoseOfISO4217(t *testing.T) {
	t.Parallel()
	digits := map[string]int{
		"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
		"UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
		"USD": 2, "EUR": 2, "GBP": 2, "PKR": 2, "INR": 2, "CHF": 2, "NGN": 2, "BRL": 2, "IDR": 2, "HUF": 2,
		"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
		"USDC": 6, "BTC": 8, "ETH": 9,
	}
	for code, want := range digits {
		c, err := lance.ParseCurrency(code)
		require.NoError(t, err, code)
		require.Equal(t, want, c.Digits(), code)
		require.Equal(t, code, c.Code())
		require.Equal(t, code, c.String())
	}
}

func TestCurrencyIsKnownOrRefused(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"", "usd", " USD", "US", "USDT", "ZZZ", "DEM\x00", strings.Repeat("U", 1000)} {
		_, err := lance.ParseCurrency(code)
		requireFault(t, err, "currency_unknown")
		require.Panics(t, func() { lance.MustCurrency(code) })
	}
	require.Equal(t, lance.USD, lance.MustCurrency("USD"))
	require.True(t, lance.Currency{}.IsZero())
	require.False(t, lance.USD.IsZero())
	require.Zero(t, lance.Currency{}.Digits())
}

func TestCurrencyReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	for _, c := range append(slices.Clone(someCurrencies), lance.Currency{}) {
		text, err := json.Marshal(map[lance.Currency]lance.Currency{c: c})
		require.NoError(t, err)
		var back map[lance.Currency]lance.Currency
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, map[lance.Currency]lance.Currency{c: c}, back)
	}
	c := lance.EUR
	requireFault(t, c.UnmarshalText([]byte("nope")), "currency_unknown")
	require.Equal(t, lance.EUR, c)
}

func TestParseMoneyNeverRounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text     string
		currency lance.Currency
		minor    int64
		code     string
	}{
		{"12.34", lance.USD, 1234, ""},
		{"12.3", lance.USD, 1230, ""},
		{"12", lance.USD, 1200, ""},
		{"12.340", lance.USD, 1234, ""},
		{"007", lance.USD, 700, ""},
		{"-0.5", lance.USD, -50, ""},
		{"-0", lance.USD, 0, ""},
		{"1234", lance.JPY, 1234, ""},
		{"1.234", lance.KWD, 1234, ""},
		{"0.000001", lance.USDC, 1, ""},
		{"0.00000001", lance.BTC, 1, ""},
		{"1.000000001", lance.ETH, 1_000_000_001, ""},
		{"92233720368547758.07", lance.USD, math.MaxInt64, ""},
		{"-92233720368547758.08", lance.USD, math.MinInt64, ""},
		{"12.345", lance.USD, 0, "money_decimals"},
		{"0.5", lance.JPY, 0, "money_decimals"},
		{"0.0000000001", lance.ETH, 0, "money_decimals"},
		{"92233720368547758.08", lance.USD, 0, "money_overflow"},
		{"-92233720368547758.09", lance.USD, 0, "money_overflow"},
		{strings.Repeat("9", 40), lance.JPY, 0, "money_overflow"},
		{strings.Repeat("9", 41), lance.JPY, 0, "money_syntax"},
		{strings.Repeat("0", 1_000_000), lance.JPY, 0, "money_syntax"},
		{"1", lance.Currency{}, 0, "currency_unknown"},
	} {
		m, err := lance.ParseMoney(c.text, c.currency)
		if c.code != "" {
			requireFault(t, err, c.code)
			require.Equal(t, lance.Money{}, m)
			continue
		}
		require.NoError(t, err, c.text)
		require.Equal(t, lance.NewMoney(c.minor, c.currency), m, c.text)
	}
}

func TestParseMoneyTakesPlainDecimalsOnly(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "-", ".", "1.", ".5", "+1", " 1", "1 ", "1 000", "1,000", "1_000", "1e3", "1E3", "1e999999999", "0x10", "--1", "-+1",
		"1.2.3", "NaN", "Inf", "-Infinity", "١٢", "１２", "1\n", "1\x00", "$1", "1/2", "(1)", "−1",
	} {
		_, err := lance.ParseMoney(text, lance.USD)
		requireFault(t, err, "money_syntax")
	}
}

func TestMoneyReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := amounts().Draw(t, "m")
		back, err := lance.ParseMoney(m.Amount(), m.Currency())
		require.NoError(t, err)
		require.Equal(t, m, back)
		require.Equal(t, m.Amount()+" "+m.Currency().Code(), m.String())

		_, decimals, _ := strings.Cut(m.Amount(), ".")
		require.Len(t, decimals, m.Currency().Digits())
		require.True(t, m.Decimal().Equal(decimal.New(m.Minor(), -int32(m.Currency().Digits()))))

		text, err := json.Marshal(m)
		require.NoError(t, err)
		var read lance.Money
		require.NoError(t, json.Unmarshal(text, &read))
		require.Equal(t, m, read)
	})
}

func TestMoneyJSON(t *testing.T) {
	t.Parallel()
	type invoice struct {
		Total lance.Money  `json:"total"`
		Tax   *lance.Money `json:"tax,omitempty"`
		Tip   lance.Money  `json:"tip,omitzero"`
	}
	text, err := json.Marshal(invoice{Total: lance.NewMoney(1230, lance.USD)})
	require.NoError(t, err)
	require.JSONEq(t, `{"total":{"amount":"12.30","currency":"USD"}}`, string(text))

	text, err = json.Marshal(lance.Money{})
	require.NoError(t, err)
	require.Equal(t, "null", string(text))
	was := lance.NewMoney(1, lance.USD)
	require.NoError(t, json.Unmarshal([]byte("null"), &was))
	require.Equal(t, lance.Money{}, was)

	_, err = json.Marshal(lance.NewMoney(5, lance.Currency{}))
	requireFault(t, err, "currency_unknown")
}

func TestMoneyJSONPointsAtWhatIsWrong(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		`{"amount":"12.345","currency":"USD"}`:               {"/amount money_decimals"},
		`{"amount":"1e3","currency":"USD"}`:                  {"/amount money_syntax"},
		`{"amount":12.34,"currency":"USD"}`:                  {"/amount money_syntax"},
		`{"amount":null,"currency":"USD"}`:                   {"/amount money_syntax"},
		`{"amount":{"a":[1]},"currency":"USD"}`:              {"/amount money_syntax"},
		`{"currency":"USD"}`:                                 {"/amount money_syntax"},
		`{"amount":"99999999999999999999","currency":"USD"}`: {"/amount money_overflow"},
		`{"amount":"1","currency":"XXY"}`:                    {"/currency currency_unknown"},
		`{"amount":"1","currency":"usd"}`:                    {"/currency currency_unknown"},
		`{"amount":"1"}`:                                     {"/currency currency_unknown"},
		`{"amount":"1","currency":840}`:                      {"/currency money_syntax"},
		`{"amount":"x","currency":"x"}`:                      {"/currency currency_unknown", "/amount money_syntax"},
		`{"amount":1,"currency":2}`:                          {"/amount money_syntax", "/currency money_syntax"},
		`{}`:                                                 {"/currency currency_unknown", "/amount money_syntax"},
		`{"amount":"1","currency":"USD","minor":100}`:        {" field_unknown"},
		`{"Amount":"1","currency":"USD"}`:                    {" field_unknown"},
		`{"amount":"1","amount":"2","currency":"USD"}`:       {"/amount field_twice"},
		`{"amount":"1","currency":"USD","currency":"USD"}`:   {"/currency field_twice"},
		`"12.34 USD"`:                                        nil, `12.34`: nil, `[]`: nil, `true`: nil,
	} {
		m := lance.NewMoney(7, lance.EUR)
		err := json.Unmarshal([]byte(text), &m)
		require.ErrorIs(t, err, lance.Invalid, text)
		var fault *lance.Error
		require.ErrorAs(t, err, &fault)
		var got []string
		for _, f := range fault.Fields {
			got = append(got, f.Pointer+" "+f.Code)
		}
		require.Equal(t, want, got, text)
		require.Equal(t, lance.NewMoney(7, lance.EUR), m, "a refused amount leaves the old one")
	}
}

func TestMoneyJSONOfHalfAnObject(t *testing.T) {
	t.Parallel()
	for _, text := range []string{``, `{`, `{"amount"`, `{"amount":`, `{"amount":"1"`, `{"amount":"1","currency":"USD"}}`, `{"amount":"1","currency":"USD"} {}`} {
		var m lance.Money
		requireFault(t, m.UnmarshalJSON([]byte(text)), "money_syntax")
	}
}

func TestSubUndoesAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := amounts().Draw(t, "a")
		b := lance.NewMoney(rapid.Int64().Draw(t, "b"), a.Currency())
		exact := new(big.Int).Add(big.NewInt(a.Minor()), big.NewInt(b.Minor()))
		sum, err := a.Add(b)
		if !exact.IsInt64() {
			requireFault(t, err, "money_overflow")
			return
		}
		require.NoError(t, err)
		require.Equal(t, exact.Int64(), sum.Minor())
		back, err := sum.Sub(b)
		require.NoError(t, err)
		require.Equal(t, a, back)
	})
}

func TestSubOverflowsOnlyWhereItMust(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := amounts().Draw(t, "a")
		b := lance.NewMoney(rapid.SampledFrom([]int64{math.MinInt64, -1, 0, 1, math.MaxInt64}).Draw(t, "b"), a.Currency())
		exact := new(big.Int).Sub(big.NewInt(a.Minor()), big.NewInt(b.Minor()))
		diff, err := a.Sub(b)
		if !exact.IsInt64() {
			requireFault(t, err, "money_overflow")
			return
		}
		require.NoError(t, err)
		require.Equal(t, exact.Int64(), diff.Minor())
		order, err := a.Cmp(b)
		require.NoError(t, err)
		require.Equal(t, exact.Sign(), order)
	})
}

func TestCurrenciesDoNotMix(t *testing.T) {
	t.Parallel()
	one, other := lance.NewMoney(100, lance.USD), lance.NewMoney(100, lance.EUR)
	for _, o := range []lance.Money{other, {}} {
		_, err := one.Add(o)
		requireFault(t, err, "currency_mismatch")
		_, err = one.Sub(o)
		requireFault(t, err, "currency_mismatch")
		_, err = one.Cmp(o)
		requireFault(t, err, "currency_mismatch")
		_, err = lance.Sum(lance.USD, one, o)
		requireFault(t, err, "currency_mismatch")
	}
	require.NotEqual(t, one, other)
}

func TestSumDoesNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		exact, all := new(big.Int), []lance.Money(nil)
		for _, minor := range rapid.SliceOf(rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64, -1, 1}))).Draw(t, "minor") {
			exact.Add(exact, big.NewInt(minor))
			all = append(all, lance.NewMoney(minor, lance.USD))
		}
		sum, err := lance.Sum(lance.USD, all...)
		if !exact.IsInt64() {
			requireFault(t, err, "money_overflow")
			return
		}
		require.NoError(t, err)
		require.Equal(t, lance.NewMoney(exact.Int64(), lance.USD), sum)
	})
}

func TestSignsOfMoney(t *testing.T) {
	t.Parallel()
	plus, zero, minus := lance.NewMoney(1, lance.USD), lance.NewMoney(0, lance.USD), lance.NewMoney(-1, lance.USD)
	require.True(t, plus.IsPositive() && !plus.IsNegative() && !plus.IsZero())
	require.True(t, minus.IsNegative() && !minus.IsPositive() && !minus.IsZero())
	require.True(t, zero.IsZero() && !zero.IsPositive() && !zero.IsNegative())
	require.True(t, lance.Money{}.IsZero())
	require.NotEqual(t, lance.Money{}, zero)
	require.Empty(t, lance.Money{}.String())

	got, err := plus.Neg()
	require.NoError(t, err)
	require.Equal(t, minus, got)
	_, err = lance.NewMoney(math.MinInt64, lance.USD).Neg()
	requireFault(t, err, "money_overflow")

	require.NoError(t, lance.RequirePositive(plus))
	requireFault(t, lance.RequirePositive(zero), "money_not_positive")
	requireFault(t, lance.RequirePositive(minus), "money_not_positive")
	requireFault(t, lance.RequirePositive(lance.Money{}), "currency_unknown")
	var f lance.Faults
	f.Check("/price", lance.RequirePositive(zero))
	var fault *lance.Error
	require.ErrorAs(t, f.Err(), &fault)
	require.Equal(t, "/price", fault.Fields[0].Pointer)
	require.Equal(t, "money_not_positive", fault.Fields[0].Code)
}
