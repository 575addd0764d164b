package policy_test

import (
	"fmt"

	"github.com/shopspring/decimal"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/policy"
)

func Example() {
	doc := policy.Default()
	doc.Version = 2
	doc.Fees = append(doc.Fees,
		policy.Component{Name: "handling", Side: policy.Payer, Percent: decimal.RequireFromString("2.5"), Min: lance.NewMoney(100, lance.USD)},
	)
	quote, err := policy.Quote(doc, lance.NewMoney(125_00, lance.USD))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range quote.Lines {
		fmt.Printf("%s, borne by the %s: %s (%s)\n", l.Name, l.Side, l.Amount, l.Rule)
	}
	fmt.Println("payer pays", quote.PayerPays)
	fmt.Println("payee gets", quote.PayeeGets)
	// Output:
	// handling, borne by the payer: 3.13 USD (percent)
	// service, borne by the payee: 12.50 USD (percent)
	// payer pays 128.13 USD
	// payee gets 112.50 USD
}
