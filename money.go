package lance

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// Money is an amount of one currency in whole minor units (cents, satoshi). It
// is comparable. The zero Money is no amount of no currency and null in JSON; it
// is not the same as an amount of 0 USD, though both are IsZero.
type Money struct {
	minor int64
	cur   Currency
}

// Rounding says what becomes of a fraction of a minor unit.
type Rounding uint8

// The ways to round. A positive and a negative amount of the same size round to
// amounts of the same size.
const (
	HalfUp   Rounding = iota // to the nearest, half away from zero
	HalfEven                 // to the nearest, half to the even neighbour
	Down                     // toward zero
	Up                       // away from zero
)

var (
	errOverflow   = E(Invalid, "money_overflow", "the amount is too large")
	errMismatch   = E(Invalid, "currency_mismatch", "amounts of different currencies do not mix")
	errNoCurrency = E(Invalid, "currency_unknown", "an amount needs a currency")
	errSyntax     = E(Invalid, "money_syntax", "an amount is a plain decimal number such as 12.34")
	errWeights    = E(Invalid, "money_weights", "weights are not negative and not all zero")
	errRate       = E(Invalid, "money_rate", "the rate is out of range")
)

// maxAmountText bounds what ParseMoney looks at, and maxRateDigits what a rate
// may be: 1e999999999 is a short text and a number that fills the memory.
const (
	maxAmountText = 40
	maxRateDigits = 40
)

// NewMoney returns minor units of a currency: NewMoney(1234, USD) is 12.34 USD.
func NewMoney(minor int64, c Currency) Money { return Money{minor, c} }

// ParseMoney reads an amount such as "12.34" or "-0.5": digits with an optional
// minus in front and an optional point with digits behind, at most 40 bytes. It
// never rounds: a fraction of a minor unit is Invalid "money_decimals" (zeros at
// the end are none: "12.340" is 12.34 USD). What is not such a number is Invalid
// "money_syntax", too large a one "money_overflow", and no currency
// "currency_unknown".
func ParseMoney(amount string, c Currency) (Money, error) {
	if c.IsZero() {
		return Money{}, errNoCurrency
	}
	if !plainDecimal(amount) {
		return Money{}, errSyntax
	}
	d, err := decimal.NewFromString(amount)
	if err != nil {
		return Money{}, errSyntax.Cause(err)
	}
	minor := d.Shift(c.exponent())
	if !minor.IsInteger() {
		return Money{}, E(Invalid, "money_decimals", "the amount has more decimals than its currency")
	}
	return fromBig(minor.BigInt(), c)
}

// plainDecimal reports whether s is an optional minus, digits, and optionally a
// point and more digits.
func plainDecimal(s string) bool {
	if len(s) > maxAmountText {
		return false
	}
	whole, frac, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	return allDigits(whole) && (!point || allDigits(frac))
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func fromBig(n *big.Int, c Currency) (Money, error) {
	if !n.IsInt64() {
		return Money{}, errOverflow
	}
	return Money{n.Int64(), c}, nil
}

// Minor returns the minor units.
func (m Money) Minor() int64 { return m.minor }

// Currency returns the currency.
func (m Money) Currency() Currency { return m.cur }

// Decimal returns the amount in whole units of the currency.
func (m Money) Decimal() decimal.Decimal {
	return decimal.New(m.minor, -m.cur.exponent())
}

// Amount returns the amount with all decimals of its currency: "12.30".
func (m Money) Amount() string {
	return m.Decimal().StringFixed(m.cur.exponent())
}

// String returns the amount and the currency: "12.30 USD"; "" for the zero Money.
func (m Money) String() string {
	if m == (Money{}) {
		return ""
	}
	return strings.TrimSpace(m.Amount() + " " + m.cur.code)
}

// IsZero reports whether there are no minor units, whatever the currency.
func (m Money) IsZero() bool { return m.minor == 0 }

// IsPositive reports whether the amount is above zero.
func (m Money) IsPositive() bool { return m.minor > 0 }

// IsNegative reports whether the amount is below zero.
func (m Money) IsNegative() bool { return m.minor < 0 }

// Neg returns the amount with the other sign, or Invalid "money_overflow" for the
// one amount that has none.
func (m Money) Neg() (Money, error) {
	if m.minor == math.MinInt64 {
		return Money{}, errOverflow
	}
	return Money{-m.minor, m.cur}, nil
}

// Add returns m+o. It fails with Invalid "currency_mismatch" or "money_overflow".
func (m Money) Add(o Money) (Money, error) {
	if m.cur != o.cur {
		return Money{}, errMismatch
	}
	sum := m.minor + o.minor
	if (o.minor > 0) != (sum > m.minor) && o.minor != 0 {
		return Money{}, errOverflow
	}
	return Money{sum, m.cur}, nil
}

// Sub returns m−o. It fails with Invalid "currency_mismatch" or "money_overflow".
func (m Money) Sub(o Money) (Money, error) {
	if m.cur != o.cur {
		return Money{}, errMismatch
	}
	diff := m.minor - o.minor
	if (o.minor < 0) != (diff > m.minor) && o.minor != 0 {
		return Money{}, errOverflow
	}
	return Money{diff, m.cur}, nil
}

// Cmp returns -1, 0 or 1 as m is less than, equal to or more than o, or fails with
// Invalid "currency_mismatch".
func (m Money) Cmp(o Money) (int, error) {
	if m.cur != o.cur {
		return 0, errMismatch
	}
	return cmp.Compare(m.minor, o.minor), nil
}

// Mul returns m times a rate, rounded as r says, in the same currency. It fails
// with Invalid "money_overflow", or "money_rate" when the rate has more than 40
// digits or zeros.
func (m Money) Mul(rate decimal.Decimal, r Rounding) (Money, error) {
	if !bounded(rate) {
		return Money{}, errRate
	}
	return round(decimal.NewFromInt(m.minor).Mul(rate), m.cur, r)
}

// Convert returns m at a rate (units of to for one unit of m's currency), rounded
// as r says to a minor unit of to. It fails with Invalid "money_overflow",
// "money_rate" when the rate is not above zero or has more than 40 digits or
// zeros, or "currency_unknown" when m or to has no currency.
func (m Money) Convert(rate decimal.Decimal, to Currency, r Rounding) (Money, error) {
	if m.cur.IsZero() || to.IsZero() {
		return Money{}, errNoCurrency
	}
	if !bounded(rate) || !rate.IsPositive() {
		return Money{}, errRate
	}
	return round(m.Decimal().Mul(rate).Shift(to.exponent()), to, r)
}

// bounded looks at the exponent first: counting digits is work.
func bounded(rate decimal.Decimal) bool {
	e := rate.Exponent()
	return -maxRateDigits <= e && e <= maxRateDigits && rate.NumDigits() <= maxRateDigits
}

func round(minor decimal.Decimal, c Currency, r Rounding) (Money, error) {
	switch r {
	case HalfUp:
		minor = minor.Round(0)
	case HalfEven:
		minor = minor.RoundBank(0)
	case Down:
		minor = minor.RoundDown(0)
	case Up:
		minor = minor.RoundUp(0)
	default:
		return Money{}, E(Invalid, "money_rounding", "this is not a way to round")
	}
	return fromBig(minor.BigInt(), c)
}

// Allocate splits m in proportion to weights so that the parts sum to m exactly:
// each part is rounded toward zero, and the units left over go one each to the
// parts with the largest remainders, of equal ones to the first. It fails with
// Invalid "money_weights" when a weight is negative or all are zero.
func (m Money) Allocate(weights ...int64) ([]Money, error) {
	total := new(big.Int)
	for _, w := range weights {
		if w < 0 {
			return nil, errWeights
		}
		total.Add(total, big.NewInt(w))
	}
	if total.Sign() == 0 {
		return nil, errWeights
	}
	parts := make([]Money, len(weights))
	rests := make([]*big.Int, len(weights))
	left := m.minor
	for i, w := range weights {
		share, rest := new(big.Int).Mul(big.NewInt(m.minor), big.NewInt(w)), new(big.Int)
		share.QuoRem(share, total, rest)
		parts[i], rests[i] = Money{share.Int64(), m.cur}, rest
		left -= share.Int64()
	}
	spread(parts, rests, left)
	return parts, nil
}

// spread gives the units left over, which are fewer than the remainders that are
// not zero, to the largest remainders.
func spread(parts []Money, rests []*big.Int, left int64) {
	order := make([]int, len(parts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return rests[b].CmpAbs(rests[a]) })
	step := int64(cmp.Compare(left, 0))
	for i := 0; left != 0; i++ {
		parts[order[i]].minor += step
		left -= step
	}
}

// Sum adds amounts of currency c; of none it is 0 of c. It fails with Invalid
// "currency_mismatch", or with "money_overflow" when the total, whatever was
// passed on the way, is too large.
func Sum(c Currency, ms ...Money) (Money, error) {
	var low, high uint64 // one number of 128 bits
	for _, m := range ms {
		if m.cur != c {
			return Money{}, errMismatch
		}
		var carry uint64
		low, carry = bits.Add64(low, uint64(m.minor), 0) //nolint:gosec // the bits of a two's complement
		high += uint64(m.minor>>63) + carry              //nolint:gosec // its sign, 64 times
	}
	total := int64(low)
	if uint64(total>>63) != high {
		return Money{}, errOverflow
	}
	return Money{total, c}, nil
}

// RequirePositive fails with Invalid "money_not_positive" unless m is above zero,
// and with "currency_unknown" when it has no currency. The fault has no fields,
// so that Faults.Check makes a field of it.
func RequirePositive(m Money) error {
	if m.cur.IsZero() {
		return errNoCurrency
	}
	if !m.IsPositive() {
		return E(Invalid, "money_not_positive", "the amount must be above zero")
	}
	return nil
}
