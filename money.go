package lance

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"math/big"
	"strings"

	"github.com/shopspring/decimal"
)

// Money is an amount of one currency in whole minor units (cents, satoshi). It
// is comparable. The zero Money is no amount of no currency; it is not the same
// as an amount of 0 USD.
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
	errOverflow = E(Invalid, "money_overflow", "the amount is too large")
	errMismatch = E(Invalid, "currency_mismatch", "amounts of different currencies do not mix")
)

// maxAmountText bounds what ParseMoney looks at.
const maxAmountText = 40

// NewMoney returns minor units of a currency: NewMoney(1234, USD) is 12.34 USD.
func NewMoney(minor int64, c Currency) Money { return Money{minor, c} }

// ParseMoney reads an amount such as "12.34" or "-0.5". It never rounds: more
// decimals than the currency has are Invalid "money_decimals". What is not a
// plain decimal number is Invalid "money_syntax", too large a one
// "money_overflow", and no currency "currency_unknown".
func ParseMoney(amount string, c Currency) (Money, error) {
	if c.IsZero() {
		return Money{}, E(Invalid, "currency_unknown", "an amount needs a currency")
	}
	if !plainDecimal(amount) {
		return Money{}, E(Invalid, "money_syntax", "an amount is a plain decimal number such as 12.34")
	}
	d, err := decimal.NewFromString(amount)
	if err != nil {
		return Money{}, E(Invalid, "money_syntax", "an amount is a plain decimal number such as 12.34")
	}
	units := d.Shift(int32(c.Digits())) //nolint:gosec // no currency has more than a few digits
	if !units.IsInteger() {
		return Money{}, E(Invalid, "money_decimals", "the amount has more decimals than its currency")
	}
	return fromBig(units.BigInt(), c)
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
	return decimal.New(m.minor, -int32(m.cur.Digits())) //nolint:gosec // no currency has more than a few digits
}

// Amount returns the amount with all decimals of its currency: "12.30".
func (m Money) Amount() string {
	return m.Decimal().StringFixed(int32(m.cur.Digits())) //nolint:gosec // no currency has more than a few digits
}

// String returns the amount and the currency: "12.30 USD"; "" for the zero Money.
func (m Money) String() string {
	if m.cur.IsZero() && m.minor == 0 {
		return ""
	}
	return m.Amount() + " " + m.cur.code
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
// with Invalid "money_overflow".
func (m Money) Mul(rate decimal.Decimal, r Rounding) (Money, error) {
	return fromBig(round(decimal.NewFromInt(m.minor).Mul(rate), r), m.cur)
}

// Convert returns m at a rate (units of to for one unit of m's currency), rounded
// as r says to a minor unit of to. It fails with Invalid "money_overflow", or
// "currency_unknown" when to is none.
func (m Money) Convert(rate decimal.Decimal, to Currency, r Rounding) (Money, error) {
	if to.IsZero() {
		return Money{}, E(Invalid, "currency_unknown", "an amount needs a currency")
	}
	d := m.Decimal().Mul(rate).Shift(int32(to.Digits())) //nolint:gosec // no currency has more than a few digits
	return fromBig(round(d, r), to)
}

func round(d decimal.Decimal, r Rounding) *big.Int {
	switch r {
	case HalfEven:
		d = d.RoundBank(0)
	case Down:
		d = d.RoundDown(0)
	case Up:
		d = d.RoundUp(0)
	case HalfUp:
		d = d.Round(0)
	}
	return d.BigInt()
}

// Allocate splits m in proportion to weights so that the parts sum to m exactly:
// each part is rounded toward zero, and the units left over go one each to the
// parts with the largest remainders, the earlier first. It fails with Invalid
// "money_weights" when a weight is negative or all are zero.
func (m Money) Allocate(weights ...int64) ([]Money, error) {
	total := new(big.Int)
	for _, w := range weights {
		if w < 0 {
			return nil, errWeights()
		}
		total.Add(total, big.NewInt(w))
	}
	if total.Sign() == 0 {
		return nil, errWeights()
	}
	parts := make([]Money, len(weights))
	rests := make([]*big.Int, len(weights))
	left := m.minor
	for i, w := range weights {
		share, rest := new(big.Int), new(big.Int)
		share.QuoRem(new(big.Int).Mul(big.NewInt(m.minor), big.NewInt(w)), total, rest)
		parts[i], rests[i] = Money{share.Int64(), m.cur}, rest
		left -= share.Int64()
	}
	spread(parts, rests, left)
	return parts, nil
}

func errWeights() error {
	return E(Invalid, "money_weights", "weights are not negative and not all zero")
}

// spread gives the units left over, fewer than there are parts, to the largest
// remainders.
func spread(parts []Money, rests []*big.Int, left int64) {
	unit := int64(1)
	if left < 0 {
		unit = -1
	}
	for ; left != 0; left -= unit {
		best := -1
		for i, r := range rests {
			if r.Sign() != 0 && (best < 0 || r.CmpAbs(rests[best]) > 0) {
				best = i
			}
		}
		parts[best].minor += unit
		rests[best] = new(big.Int)
	}
}

// Sum adds amounts of currency c; of none it is 0 of c. It fails as Add does.
func Sum(c Currency, ms ...Money) (Money, error) {
	total := NewMoney(0, c)
	var err error
	for _, m := range ms {
		if total, err = total.Add(m); err != nil {
			return Money{}, err
		}
	}
	return total, nil
}

// RequirePositive fails with Invalid "money_not_positive" unless m is above zero,
// and with "currency_unknown" when it has no currency.
func RequirePositive(m Money) error {
	if m.cur.IsZero() {
		return E(Invalid, "currency_unknown", "an amount needs a currency")
	}
	if !m.IsPositive() {
		return E(Invalid, "money_not_positive", "the amount must be above zero")
	}
	return nil
}

// MarshalJSON writes {"amount":"12.34","currency":"USD"}, and null for the zero
// Money.
func (m Money) MarshalJSON() ([]byte, error) {
	if m.cur.IsZero() {
		return []byte("null"), nil
	}
	return []byte(`{"amount":"` + m.Amount() + `","currency":"` + m.cur.code + `"}`), nil
}

// UnmarshalJSON reads what MarshalJSON writes and nothing else: the amount is a
// string, and there are no other members. It fails with Invalid and the fields
// "/amount" or "/currency".
func (m *Money) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*m = Money{}
		return nil
	}
	amount, code, err := moneyMembers(b)
	if err != nil {
		return err
	}
	var f Faults
	c, err := ParseCurrency(code)
	f.Check("/currency", err)
	if err == nil {
		parsed, err := ParseMoney(amount, c)
		f.Check("/amount", err)
		if err == nil {
			*m = parsed
		}
	}
	return f.Err()
}

// moneyMembers reads the two string members of an amount.
func moneyMembers(b []byte) (amount, code string, err error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return "", "", E(Invalid, "money_syntax", "money is an object with amount and currency")
	}
	seen := map[string]string{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return "", "", E(Invalid, "money_syntax", "money is an object with amount and currency").Cause(err)
		}
		key, _ := name.(string)
		value, err := dec.Token()
		text, isText := value.(string)
		if _, twice := seen[key]; err != nil || twice || !isText || (key != "amount" && key != "currency") {
			var f Faults
			switch key {
			case "amount", "currency":
				f.Add("/"+key, "money_syntax", "this is a string that is given once")
			default:
				f.Add("", "field_unknown", "money has only amount and currency")
			}
			return "", "", f.Err()
		}
		seen[key] = text
	}
	return seen["amount"], seen["currency"], nil
}
