package policy

import (
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/megilance/lance"
)

var (
	nameText = lance.TextRule{Min: 1, Max: 40, Line: true}
	hundred  = decimal.NewFromInt(100)
)

// percentDecimals is how many decimals a percentage may have.
const percentDecimals = 4

// Check reports every rule that the document breaks, as Invalid "invalid_input"
// with pointers into its JSON.
func (d Document) Check() error {
	var f lance.Faults
	if d.Version < 1 {
		f.Add("/version", "version_range", "versions count from 1")
	}
	if d.Inspection < MinInspection || d.Inspection > MaxPeriod || d.Inspection%time.Second != 0 {
		f.Add("/inspection", "period_range", "inspection takes whole seconds, from an hour to a year")
	}
	if d.Clearance < 0 || d.Clearance > MaxPeriod || d.Clearance%time.Second != 0 {
		f.Add("/clearance", "period_range", "clearance takes whole seconds, at most a year")
	}
	if d.Funding != OnStart && d.Funding != OnPost && d.Funding != Off {
		f.Add("/funding", "funding_unknown", "there is no such rule of funding")
	}
	if len(d.Fees) > MaxFees {
		f.Add("/fees", "too_many", "a document has at most 20 fees")
		return f.Err()
	}
	for i, c := range d.Fees {
		f.Check("/fees/"+strconv.Itoa(i), c.check())
	}
	d.checkNames(&f)
	d.checkShares(&f)
	return f.Err()
}

func (c Component) check() error {
	var f lance.Faults
	f.Check("/name", nameText.Check(c.Name))
	if c.Side != Payer && c.Side != Payee {
		f.Add("/side", "side_unknown", "a fee is borne by the payer or the payee")
	}
	if c.Percent.IsNegative() || c.Percent.GreaterThan(hundred) {
		f.Add("/percent", "percent_range", "a percentage is from 0 to 100")
	} else if !c.Percent.Equal(c.Percent.Truncate(percentDecimals)) {
		f.Add("/percent", "percent_decimals", "a percentage has at most 4 decimals")
	}
	cur := c.currency()
	for _, p := range []struct {
		pointer string
		amount  lance.Money
	}{{"/fixed", c.Fixed}, {"/min", c.Min}, {"/max", c.Max}} {
		switch {
		case p.amount.Currency().IsZero() && !p.amount.IsZero():
			f.Add(p.pointer, "currency_unknown", "an amount needs a currency")
		case !p.amount.Currency().IsZero() && p.amount.Currency() != cur:
			f.Add(p.pointer, "currency_mismatch", "the amounts of one fee are in one currency")
		case p.amount.IsNegative():
			f.Add(p.pointer, "money_negative", "a fee is never below zero")
		}
	}
	if !c.Max.Currency().IsZero() && c.Max.Minor() < c.Min.Minor() {
		f.Add("/max", "max_below_min", "the most is below the least")
	}
	return f.Err()
}

// checkNames refuses two components that would speak at the same time.
func (d Document) checkNames(f *lance.Faults) {
	type speech struct {
		name string
		side Side
		cur  lance.Currency
	}
	seen := map[speech]bool{}
	for i, c := range d.Fees {
		s := speech{c.Name, c.Side, c.currency()}
		if seen[s] {
			f.Add("/fees/"+strconv.Itoa(i)+"/name", "name_taken", "another fee of this side has this name in this currency")
		}
		seen[s] = true
	}
}

// checkShares refuses percentages that together take more than everything, in
// any currency.
func (d Document) checkShares(f *lance.Faults) {
	for _, side := range []Side{Payer, Payee} {
		sum, highest := decimal.Zero, map[string]decimal.Decimal{}
		for _, c := range d.Fees {
			if c.Side == side && c.Percent.GreaterThan(highest[c.Name]) {
				sum = sum.Add(c.Percent).Sub(highest[c.Name])
				highest[c.Name] = c.Percent
			}
		}
		if sum.GreaterThan(hundred) {
			f.Add("/fees", "percent_sum", "the fees of one side together take more than everything")
		}
	}
}
