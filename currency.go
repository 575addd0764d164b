package lance

import (
	"github.com/bojanz/currency"
)

// Currency is a unit of account: a currency of ISO 4217 or one of the few crypto
// assets this module knows. It is comparable and may be a map key; the zero
// Currency is none.
type Currency struct{ code string }

// Currencies that code and tests name. Any other code of ISO 4217 is had through
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

// unit is what is known of a currency: itself and its decimal digits.
type unit struct {
	currency Currency
	digits   int32
}

// units lists every currency. It is a copy, so that a host who registers
// currencies with the library they come from does not move the decimal point of
// amounts that are already stored.
var units = func() map[string]unit {
	all := map[string]unit{}
	for _, code := range currency.GetCurrencyCodes() {
		digits, _ := currency.GetDigits(code)
		all[code] = unit{Currency{code}, int32(digits)}
	}
	// What ISO 4217 does not list: a bitcoin counts in satoshi, an ether in gwei,
	// for in wei not even ten of them fit into 64 bits.
	for c, digits := range map[Currency]int32{USDC: 6, BTC: 8, ETH: 9} {
		all[c.code] = unit{c, digits}
	}
	return all
}()

// ParseCurrency returns the currency with that code, which is in upper case.
// Otherwise it fails with Invalid "currency_unknown".
func ParseCurrency(code string) (Currency, error) {
	if u, ok := units[code]; ok {
		return u.currency, nil
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
// USD and PKR 2, KWD 3), or the asset's own. No currency has 0.
func (c Currency) Digits() int { return int(c.exponent()) }

// exponent is Digits as the decimal package wants it.
func (c Currency) exponent() int32 { return units[c.code].digits }

// MarshalText returns the code. It never fails.
func (c Currency) MarshalText() ([]byte, error) { return []byte(c.code), nil }

// UnmarshalText reads a code; an empty one is no currency. It fails as
// ParseCurrency does and then leaves c alone.
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
