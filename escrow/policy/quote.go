package policy

import (
	"slices"

	"github.com/shopspring/decimal"

	"github.com/megilance/lance"
)

// Line is one fee in a quote.
type Line struct {
	Name   string      `json:"name"`
	Side   Side        `json:"side"`
	Amount lance.Money `json:"amount"` // of the whole fee
	Rule   string      `json:"rule"`   // how it came about: "percent", "fixed", "percent+fixed", "min", "max", or "tax" on the fees above
}

// Quoted says what a price costs whom. PayerPays = Price + the payer's fees;
// PayeeGets = Price − the payee's; Fees is the sum of Lines, taxes included.
type Quoted struct {
	Version   int         `json:"version"` // of the document
	Price     lance.Money `json:"price"`
	Lines     []Line      `json:"lines"`
	PayerPays lance.Money `json:"payer_pays"`
	PayeeGets lance.Money `json:"payee_gets"`
	Fees      lance.Money `json:"fees"`
}

// Quote says what a price costs under a document when it is released whole,
// fee by fee. It fails with Invalid "invalid_input" when the price is not above
// zero, in no currency, in one for which a fee has no amounts
// ("policy_currency"), or too large to add fees to.
func Quote(d Document, price lance.Money) (Quoted, error) {
	q := Quoted{Version: d.Version, Price: price}
	var f lance.Faults
	if f.Check("/amount", lance.RequirePositive(price)); f.Err() != nil {
		return q, f.Err()
	}
	var fees [2]lance.Money
	for i, side := range []Side{Payer, Payee} {
		lines, err := d.lines(side, price)
		if f.Check("/amount", err); err != nil {
			return q, f.Err()
		}
		q.Lines = append(q.Lines, lines...)
		if fees[i], err = total(price.Currency(), lines); err != nil {
			f.Check("/amount", err)
			return q, f.Err()
		}
	}
	err := q.sum(fees[0], fees[1])
	f.Check("/amount", err)
	return q, f.Err()
}

func (q *Quoted) sum(payer, payee lance.Money) (err error) {
	if q.PayerPays, err = q.Price.Add(payer); err != nil {
		return err
	}
	if q.PayeeGets, err = q.Price.Sub(payee); err != nil {
		return err
	}
	q.Fees, err = payer.Add(payee)
	return err
}

func total(c lance.Currency, lines []Line) (lance.Money, error) {
	amounts := make([]lance.Money, len(lines))
	for i, l := range lines {
		amounts[i] = l.Amount
	}
	return lance.Sum(c, amounts...)
}

// Fee returns the whole fee, with its tax, that a side has borne once released,
// of the price, has been released. It never falls when more is released, never
// rises by more than that, and is 0 for 0: a release costs Fee(after) −
// Fee(before). It fails with Invalid "policy_currency".
func (d Document) Fee(side Side, released lance.Money) (lance.Money, error) {
	lines, err := d.lines(side, released)
	if err != nil {
		return lance.Money{}, err
	}
	return total(released.Currency(), lines)
}

// TaxIn returns how much of what a side has borne by Fee is tax, and to which
// jurisdiction; nothing and "" where the side's fees are not taxed. Like Fee it
// never falls when more is borne, and never rises by more than that.
func (d Document) TaxIn(side Side, borne lance.Money) (lance.Money, string) {
	t := d.tax(side)
	part := decimal.NewFromInt(borne.Minor()).Mul(t.Percent).DivRound(t.Percent.Add(hundred), 0)
	return lance.NewMoney(part.IntPart(), borne.Currency()), t.Jurisdiction
}

// tax returns the tax on a side's fees; the zero Tax takes nothing.
func (d Document) tax(side Side) Tax {
	for _, t := range d.Taxes {
		if t.Side == side {
			return t
		}
	}
	return Tax{}
}

// on returns a fee with the tax on it.
func (t Tax) on(fee decimal.Decimal) decimal.Decimal {
	return fee.Mul(t.Percent.Add(hundred)).Shift(-2)
}

// lines works one side's fees out. Only their sum with the tax is rounded, and it
// is cut off at what was released: so it rises by no more than the release,
// however many components there are. Running sums tell what each line is of it.
func (d Document) lines(side Side, released lance.Money) ([]Line, error) {
	fees, err := d.speaking(side, released.Currency())
	if err != nil || len(fees) == 0 {
		return nil, err
	}
	lines := make([]Line, len(fees))
	exact, sums := decimal.Zero, make([]decimal.Decimal, len(fees))
	for i, c := range fees {
		fee, rule := c.exact(released)
		exact = exact.Add(fee)
		lines[i], sums[i] = Line{Name: c.Name, Side: c.Side, Rule: rule}, exact
	}
	most := decimal.NewFromInt(released.Minor())
	borne := lance.NewMoney(decimal.Min(d.tax(side).on(exact).Round(0), most).IntPart(), released.Currency())
	tax, jurisdiction := d.TaxIn(side, borne)
	all, taken := borne.Minor()-tax.Minor(), int64(0)
	for i := range lines {
		sum := min(decimal.Min(sums[i].Round(0), most).IntPart(), all)
		if i == len(lines)-1 {
			sum = all
		}
		lines[i].Amount, taken = lance.NewMoney(sum-taken, released.Currency()), sum
	}
	if jurisdiction != "" {
		lines = slices.Concat(lines, []Line{{jurisdiction, side, tax, "tax"}})
	}
	return lines, nil
}

// exact returns the fee in minor units, unrounded, and which rule decided.
func (c Component) exact(released lance.Money) (decimal.Decimal, string) {
	if !released.IsPositive() {
		return decimal.Zero, c.rule()
	}
	base := decimal.NewFromInt(released.Minor())
	fee := base.Mul(c.Percent).Shift(-2).Add(decimal.NewFromInt(c.Fixed.Minor()))
	switch low, high := decimal.NewFromInt(c.Min.Minor()), decimal.NewFromInt(c.Max.Minor()); {
	case !c.Min.Currency().IsZero() && fee.LessThan(low):
		return low, "min"
	case !c.Max.Currency().IsZero() && fee.GreaterThan(high):
		return high, "max"
	}
	return fee, c.rule()
}

func (c Component) rule() string {
	switch {
	case c.Fixed.IsZero():
		return "percent"
	case c.Percent.IsZero():
		return "fixed"
	}
	return "percent+fixed"
}

// currency returns the one that the component's amounts are in; the zero
// Currency when it has none.
func (c Component) currency() lance.Currency {
	for _, m := range []lance.Money{c.Fixed, c.Min, c.Max} {
		if !m.Currency().IsZero() {
			return m.Currency()
		}
	}
	return lance.Currency{}
}

// speaking returns the components of a side that apply in a currency: of each
// name the one with amounts in it, else the one without amounts.
func (d Document) speaking(side Side, cur lance.Currency) ([]Component, error) {
	var out []Component
	var named []string
	for _, c := range d.Fees {
		if c.Side != side || slices.Contains(named, c.Name) {
			continue
		}
		named = append(named, c.Name)
		best := -1
		for i, o := range d.Fees {
			if o.Side != side || o.Name != c.Name {
				continue
			}
			if o.currency() == cur || (o.currency().IsZero() && best < 0) {
				best = i
			}
		}
		if best < 0 {
			return nil, lance.E(lance.Invalid, "policy_currency", "a fee has no amounts in this currency")
		}
		out = append(out, d.Fees[best])
	}
	return out, nil
}
