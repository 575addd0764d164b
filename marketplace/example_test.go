package marketplace_test

import (
	"context"
	"fmt"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore"
)

// An engine on a store in memory, with a payment provider that is played: money
// comes in, and what goes on by itself is done by Step.
func Example() {
	ctx := context.Background()
	engine, err := marketplace.New(marketplace.Config{
		Store:    memstore.New(nil),
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	must(err)
	client := lance.Person("42") // the host's own users will do

	t, err := engine.Payments.TopUp(ctx, client, payments.TopUpInput{Amount: lance.NewMoney(500_00, lance.USD), Method: sandbox.MethodOK})
	must(err)
	fmt.Println(t.State, t.Amount)
	report, err := engine.Step(ctx, time.Now())
	must(err)
	fmt.Println(report.Idle(), len(report.Faults))
	wallet, err := engine.Payments.Wallet(ctx, client, client.Party)
	must(err)
	fmt.Println(wallet[0].Available)
	// Output:
	// confirmed 500.00 USD
	// false 0
	// 500.00 USD
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
