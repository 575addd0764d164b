package sim

import (
	"time"

	"github.com/shopspring/decimal"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/policy"
)

// currencies are what everybody pays in.
var currencies = []lance.Currency{lance.USD, lance.JPY}

// tariff is a policy in few words, and what its fees come to, worked out in
// another way than package policy does.
type tariff struct {
	payer, payee int64 // hundredths of a percent
	fixed        int64 // of the payee's, minor units of any currency
	tax          int64 // percent on the payee's fees
	keep         bool  // the payer's fees are kept when money goes back
	set          func(d *policy.Document)
}

const day = 24 * time.Hour

// tariffs are the policies that agreements are made under; the version of a
// document is its place here, from 1.
var tariffs = []tariff{
	{payee: 1000, set: func(*policy.Document) {}},
	{payer: 333, payee: 1250, tax: 19, set: func(d *policy.Document) {
		d.Clearance, d.Dispute.Silence, d.Dispute.Default = 5*day, policy.Escalate, policy.ToPayee
	}},
	{payer: 500, payee: 725, fixed: 30, keep: true, set: func(d *policy.Document) { d.Funding = policy.Off }},
	{payer: 290, payee: 2000, tax: 7, set: func(d *policy.Document) {
		d.Holding.Then, d.Holding.Place = policy.ToPayee, policy.ConnectedBalance
		d.Refunds.Silence, d.Clearance, d.Dispute.Appeals = policy.Keep, 14*day, 0
	}},
}

// documents are the same as policies.
var documents = func() []policy.Document {
	out := make([]policy.Document, len(tariffs))
	for i, t := range tariffs {
		d := policy.Default()
		d.Version, d.Fees = i+1, nil
		for _, c := range currencies {
			fee := policy.Component{Name: "service", Side: policy.Payee, Percent: decimal.New(t.payee, -2)}
			if t.fixed > 0 {
				fee.Fixed = lance.NewMoney(t.fixed, c)
			}
			if t.fixed > 0 || len(d.Fees) == 0 {
				d.Fees = append(d.Fees, fee)
			}
		}
		if t.payer > 0 {
			d.Fees = append(d.Fees, policy.Component{Name: "order", Side: policy.Payer, Percent: decimal.New(t.payer, -2)})
		}
		if t.tax > 0 {
			d.Taxes = []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: decimal.NewFromInt(t.tax)}}
		}
		if t.keep {
			d.Refunds.Fees = policy.KeepFees
		}
		if i < len(promises) {
			d.Guarantee = promises[i]
		}
		t.set(&d)
		out[i] = d
	}
	return out
}()

// fee returns the whole fee of a side, with its tax, when base of the price was
// released: half a minor unit counts as one, and no fee is more than its base.
func (t tariff) fee(side policy.Side, base int64) int64 {
	rate, fixed, tax := t.payer, int64(0), int64(0)
	if side == policy.Payee {
		rate, fixed, tax = t.payee, t.fixed, t.tax
	}
	if base <= 0 || rate+fixed == 0 {
		return 0
	}
	const whole = 10_000 * 100
	return min(base, ((base*rate+fixed*10_000)*(100+tax)+whole/2)/whole)
}
