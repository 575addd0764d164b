package payments_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore/mempayments"
)

// A party tops its wallet up and pays out. The provider here is the sandbox,
// which takes a payout on and says later that it was sent.
func Example() {
	ctx := context.Background()
	db := mempayments.New(nil)
	pay, err := payments.NewService(db, payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}})
	must(err)
	ann := lance.Person("42")

	up, err := pay.TopUp(ctx, ann, payments.TopUpInput{Amount: lance.NewMoney(50_00, lance.USD), Method: sandbox.MethodOK, Key: "order-7"})
	must(err)
	fmt.Println("top-up:", up.State)
	_, err = pay.TopUp(ctx, ann, payments.TopUpInput{Amount: lance.NewMoney(50_00, lance.USD), Method: sandbox.MethodDeclined})
	fmt.Println("another card:", lance.KindOf(err))

	out, err := pay.Payout(ctx, ann, payments.PayoutInput{Amount: lance.NewMoney(30_00, lance.USD), Destination: sandbox.DestinationOK})
	must(err)
	fmt.Println("payout:", out.State)
	show(ctx, pay, ann)

	// What goes on by itself is done by a worker: here it asks the provider.
	worker := lance.NewWorker(lance.Narrow(db, func(r mempayments.Tx) payments.Repos { return r }), pay.Jobs(), nil)
	_, err = worker.Drain(ctx, lance.SystemClock().Now(), 10)
	must(err)
	out, err = pay.GetPayout(ctx, ann, out.ID)
	must(err)
	fmt.Println("payout:", out.State)
	show(ctx, pay, ann)
	// Output:
	// top-up: confirmed
	// another card: declined
	// payout: submitted
	// available 20.00 USD, held 30.00 USD
	// payout: paid
	// available 20.00 USD, held 0.00 USD
}

func show(ctx context.Context, pay *payments.Service, by lance.Actor) {
	balances, err := pay.Wallet(ctx, by, by.Party)
	must(err)
	for _, b := range balances {
		fmt.Printf("available %s, held %s\n", b.Available, b.Held)
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
