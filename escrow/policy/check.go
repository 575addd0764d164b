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
	checkPeriod(&f, "/inspection", d.Inspection, MinInspection)
	checkPeriod(&f, "/reminder", d.Reminder, 0)
	if d.Reminder > 0 && d.Reminder >= d.Inspection {
		f.Add("/reminder", "reminder_long", "a reminder comes after the inspection has begun: this takes less than that")
	}
	if d.Changes < 0 || d.Changes > MaxChanges {
		f.Add("/changes", "changes_range", "changes are requested 1 to 100 times, or with 0 as often as the payer likes")
	}
	checkPeriod(&f, "/clearance", d.Clearance, 0)
	checkPeriod(&f, "/amendment", d.Amendment, time.Hour)
	if d.Funding != OnStart && d.Funding != OnPost && d.Funding != Off {
		f.Add("/funding", "funding_unknown", "there is no such rule of funding")
	}
	d.Refunds.check(&f)
	d.Holding.check(&f)
	d.Dispute.check(&f)
	d.Guarantee.check(&f)
	d.checkTaxes(&f)
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

// checkPeriod refuses a period outside its bounds, or with a part of a second.
func checkPeriod(f *lance.Faults, pointer string, p, least time.Duration) {
	if p < least || p > MaxPeriod || p%time.Second != 0 {
		f.Add(pointer, "period_range", "this takes whole seconds, from "+least.String()+" to a year")
	}
}

func (r Refunds) check(f *lance.Faults) {
	checkPeriod(f, "/refunds/answer", r.Answer, time.Hour)
	if r.Silence != ToPayer && r.Silence != Keep {
		f.Add("/refunds/silence", "outcome_unknown", "silence refunds or keeps")
	}
	if r.Asks < 1 || r.Asks > MaxAsks {
		f.Add("/refunds/asks", "asks_range", "a payer may ask 1 to 20 times")
	}
	if r.Fees != ReturnFees && r.Fees != KeepFees {
		f.Add("/refunds/fees", "fee_rule_unknown", "the fee on a refund is returned or kept")
	}
}

func (d Dispute) check(f *lance.Faults) {
	checkPeriod(f, "/dispute/response", d.Response, time.Hour)
	checkPeriod(f, "/dispute/negotiation", d.Negotiation, time.Hour)
	checkPeriod(f, "/dispute/mediation", d.Mediation, time.Hour)
	checkPeriod(f, "/dispute/arbitration", d.Arbitration, time.Hour)
	checkPeriod(f, "/dispute/appeal", d.Appeal, time.Hour)
	checkPeriod(f, "/dispute/warning", d.Warning, 0)
	if d.Silence != Grant && d.Silence != Escalate {
		f.Add("/dispute/silence", "silence_unknown", "silence grants a claim or escalates it")
	}
	if d.Default != ToPayer && d.Default != ToPayee {
		f.Add("/dispute/default", "outcome_unknown", "money goes to the payer or to the payee")
	}
	if d.Appeals < 0 || d.Appeals > 1 {
		f.Add("/dispute/appeals", "appeals_range", "a ruling is appealed once or not at all")
	}
	if d.Cases < 1 || d.Cases > MaxCases {
		f.Add("/dispute/cases", "cases_range", "a party may open 1 to 20 cases")
	}
}

func (d Document) checkTaxes(f *lance.Faults) {
	seen := map[Side]bool{}
	for i, t := range d.Taxes {
		at := "/taxes/" + strconv.Itoa(i)
		if t.Side != Payer && t.Side != Payee {
			f.Add(at+"/side", "side_unknown", "a fee is borne by the payer or the payee")
		}
		if seen[t.Side] {
			f.Add(at+"/side", "side_taken", "a side has one tax")
		}
		seen[t.Side] = true
		f.Check(at+"/jurisdiction", nameText.Check(t.Jurisdiction))
		checkPercent(f, at+"/percent", t.Percent)
		if t.Percent.IsZero() {
			f.Add(at+"/percent", "percent_range", "a tax is above nothing")
		}
	}
}

func checkPercent(f *lance.Faults, pointer string, p decimal.Decimal) {
	if p.IsNegative() || p.GreaterThan(hundred) {
		f.Add(pointer, "percent_range", "a percentage is from 0 to 100")
	} else if !p.Equal(p.Truncate(percentDecimals)) {
		f.Add(pointer, "percent_decimals", "a percentage has at most 4 decimals")
	}
}

func (c Component) check() error {
	var f lance.Faults
	f.Check("/name", nameText.Check(c.Name))
	if c.Side != Payer && c.Side != Payee {
		f.Add("/side", "side_unknown", "a fee is borne by the payer or the payee")
	}
	checkPercent(&f, "/percent", c.Percent)
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

// checkShares refuses percentages that together, with the tax on them, take more
// than everything, in any currency.
func (d Document) checkShares(f *lance.Faults) {
	for _, side := range []Side{Payer, Payee} {
		sum, highest := decimal.Zero, map[string]decimal.Decimal{}
		for _, c := range d.Fees {
			if c.Side == side && c.Percent.GreaterThan(highest[c.Name]) {
				sum = sum.Add(c.Percent).Sub(highest[c.Name])
				highest[c.Name] = c.Percent
			}
		}
		if d.tax(side).on(sum).GreaterThan(hundred) {
			f.Add("/fees", "percent_sum", "the fees of one side together take more than everything")
		}
	}
}
