package lance

import (
	"bytes"
	"encoding/json"
)

// MarshalJSON writes {"amount":"12.34","currency":"USD"}, with all decimals of
// the currency, and null for the zero Money. An amount without a currency is
// Invalid "currency_unknown".
func (m Money) MarshalJSON() ([]byte, error) {
	if m == (Money{}) {
		return []byte("null"), nil
	}
	if m.cur.IsZero() {
		return nil, errNoCurrency
	}
	return []byte(`{"amount":"` + m.Amount() + `","currency":"` + m.cur.code + `"}`), nil
}

// UnmarshalJSON reads what MarshalJSON writes and nothing else: the amount is a
// string, for a JSON number passes through floating point in too many places;
// each member is given once, and there is no other. It fails with Invalid, whose
// fields point, by RFC 6901, to "/amount", "/currency" or, for a member that does
// not belong, to the object: "". Then m is left alone.
func (m *Money) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*m = Money{}
		return nil
	}
	members, err := moneyMembers(b)
	if err != nil {
		return err
	}
	var f Faults
	c, err := ParseCurrency(members["currency"])
	f.Check("/currency", err)
	if err != nil {
		if !plainDecimal(members["amount"]) {
			f.Check("/amount", errSyntax)
		}
		return f.Err()
	}
	parsed, err := ParseMoney(members["amount"], c)
	f.Check("/amount", err)
	if err == nil {
		*m = parsed
	}
	return f.Err()
}

// moneyMembers reads the members of an amount, all of them strings. One that is
// absent reads as "", which is neither an amount nor a currency.
func moneyMembers(b []byte) (map[string]string, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	if start, err := dec.Token(); err != nil || start != json.Delim('{') || !json.Valid(b) {
		return nil, E(Invalid, "money_syntax", "money is an object with an amount and a currency")
	}
	var f Faults
	members := map[string]string{}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, errSyntax.Cause(err)
		}
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, errSyntax.Cause(err)
		}
		key, _ := name.(string)
		var text string
		_, twice := members[key]
		switch {
		case key != "amount" && key != "currency":
			f.Add("", "field_unknown", "money has an amount and a currency and nothing else")
		case twice:
			f.Add("/"+key, "field_twice", "this is given twice")
		case raw[0] != '"' || json.Unmarshal(raw, &text) != nil:
			f.Add("/"+key, "money_syntax", "this is a string")
		}
		members[key] = text
	}
	return members, f.Err()
}
