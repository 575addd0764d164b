package lance

import (
	"strings"

	"github.com/bojanz/currency"
)

// Currency is a unit of account: an ISO 4217 currency or one of the few crypto
// assets this module knows. It is comparable; the zero Currency is none.
type Currency struct{ code string }

// Currencies that code and tests name. Any other ISO 4217 code is had through
// ParseCurrency.
var (
	USD  = Currency{"USD"}
	EUR  = Currency{"EUR"}
	GBP  = Currency{"GBP"}
	JPY  = Currency{"JPY"}
	KWD  = Currency{"KWD"}
	PKR  = Currency{"PKR"}
	USDC = Currency{"USDC"}
	BTC  = Currency{"BTC"}
	ETH  = Currency{"ETH"}
)

// assets are what ISO 4217 does not list, with their decimal digits: a bitcoin
// counts in satoshi, an ether in gwei so that it fits into 64 bits.
var assets = map[string]int{"USDC": 6, "BTC": 8, "ETH": 9}

// ParseCurrency returns the currency with that code, in upper case. Otherwise it
// fails with Invalid "currency_unknown".
func ParseCurrency(code string) (Currency, error) {
	if _, ok := assets[code]; ok || currency.IsValid(code) {
		return Currency{strings.Clone(code)}, nil
	}
	return Currency{}, E(Invalid, "currency_unknown", "this is not the code of a currency that can be used here")
}

// MustCurrency is ParseCurrency for package-level tables: it panics where that
// fails.
func MustCurrency(code string) Currency {
	c, err := ParseCurrency(code)
	if err != nil {
		panic(err)
	}
	return c
}

// Code returns the code, such as "USD"; "" for none.
func (c Currency) Code() string { return c.code }

// String returns the code.
func (c Currency) String() string { return c.code }

// IsZero reports whether c is no currency.
func (c Currency) IsZero() bool { return c.code == "" }

// Digits returns how many decimals one unit has: the exponent of ISO 4217 (JPY 0,
// USD and PKR 2, KWD 3), or the asset's own.
func (c Currency) Digits() int {
	if d, ok := assets[c.code]; ok {
		return d
	}
	d, _ := currency.GetDigits(c.code)
	return int(d)
}

// MarshalText returns the code.
func (c Currency) MarshalText() ([]byte, error) { return []byte(c.code), nil }

// UnmarshalText reads a code; an empty one is no currency. It fails as
// ParseCurrency does.
func (c *Currency) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*c = Currency{}
		return nil
	}
	parsed, err := ParseCurrency(string(b))
	if err == nil {
		*c = parsed
	}
	return err
}
