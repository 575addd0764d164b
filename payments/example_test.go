package payments_test

import (
	"context"
	"fmt"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore/memkit"
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

// A bank takes back what a payer has paid a freelancer with. What he has of it yet
// is set aside; when the platform loses, it is gone, and what he has withdrawn he
// owes.
func Example_chargeback() {
	ctx := context.Background()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	db := mempayments.New(&memkit.Options{Clock: lance.ClockFunc(func() time.Time { return now })})
	bank := sandbox.New(sandbox.Options{})
	pay, err := payments.NewService(db, payments.Options{
		Providers: []provider.Adapter{bank},
		Losses:    payments.Losses{Bearer: payments.BearPayee, WriteOff: 90 * 24 * time.Hour},
	})
	must(err)
	deals := escrow.NewService(db, nil)
	worker := lance.NewWorker(lance.Narrow(db, func(r mempayments.Tx) payments.Repos { return r }), pay.Jobs(), nil)
	ann, bob := lance.Person("41"), lance.Person("42")

	_, err = pay.TopUp(ctx, ann, payments.TopUpInput{Amount: lance.NewMoney(100_00, lance.USD), Method: sandbox.MethodChargeback})
	must(err)
	a, err := deals.Agree(ctx, ann, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "job", ID: "7"}, Payer: ann.Party, Payee: bob.Party, Amount: lance.NewMoney(100_00, lance.USD),
	})
	must(err)
	_, err = deals.Fund(ctx, ann, escrow.FundInput{Agreement: a.ID})
	must(err)
	_, err = deals.Approve(ctx, ann, escrow.ApproveInput{Agreement: a.ID})
	must(err)
	_, err = pay.Payout(ctx, bob, payments.PayoutInput{Amount: lance.NewMoney(60_00, lance.USD), Destination: sandbox.DestinationOK})
	must(err)

	for range 2 {
		for _, req := range bank.Webhooks(now) { // a real provider would call
			must(pay.Receive(ctx, bank.Name(), req))
		}
		_, err = worker.Drain(ctx, now, 20)
		must(err)
		all, err := pay.Chargebacks(ctx, ann, false, lance.PageQuery{})
		must(err)
		has, err := pay.Wallet(ctx, bob, bob.Party)
		must(err)
		fmt.Printf("%s: available %s, held %s, owed %s\n", all.Items[0].State, has[0].Available, has[0].Held, has[0].Owed)
		now = now.Add(sandbox.DecideAfter)
	}
	// Output:
	// open: available 0.00 USD, held 30.00 USD, owed 0.00 USD
	// lost: available 0.00 USD, held 0.00 USD, owed 60.00 USD
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
