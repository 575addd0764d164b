package levers_test

import (
	"context"
	"fmt"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/refserver/levers"
	"github.com/megilance/lance/storage/memstore"
)

// Two weeks go by in a moment: work that was submitted counts as approved.
func Example() {
	ctx := context.Background()
	clock := levers.NewClock(lance.FixedClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)))
	store := memstore.New(&memstore.Options{Clock: clock})
	box := sandbox.New(sandbox.Options{})
	engine, err := marketplace.New(marketplace.Config{Store: store, Payments: payments.Options{Providers: []provider.Adapter{box}}})
	must(err)
	l, err := levers.New(ctx, levers.Options{Clock: clock, Store: store, Engine: engine, Mailbox: levers.NewMailbox(clock), Sandboxes: []*sandbox.Sandbox{box}})
	must(err)

	ada, bob := lance.Person("ada"), lance.Person("bob")
	price := lance.NewMoney(50_00, lance.USD)
	_, err = engine.Payments.TopUp(ctx, ada, payments.TopUpInput{Amount: price, Method: sandbox.MethodOK})
	must(err)
	a, err := engine.Escrow.Agree(ctx, ada, escrow.AgreeInput{Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: "ada", Payee: "bob", Amount: price})
	must(err)
	_, err = engine.Escrow.Fund(ctx, ada, escrow.FundInput{Agreement: a.ID})
	must(err)
	_, err = engine.Escrow.Submit(ctx, bob, escrow.SubmitInput{Agreement: a.ID})
	must(err)

	h, err := l.Skip(ctx, lance.Person("root", lance.RoleAdmin), levers.SkipInput{By: 15 * 24 * time.Hour})
	must(err)
	fmt.Println(h.From.Format(time.DateOnly), "to", h.To.Format(time.DateOnly))
	for _, ev := range h.Events {
		fmt.Println(ev.At.Format(time.DateOnly), ev.Type)
	}
	// Output:
	// 2026-03-02 to 2026-03-17
	// 2026-03-13 agreement.release_near
	// 2026-03-16 agreement.released
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
