package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
)

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	db := Open(lance.FixedClock(start))
	agreements := escrow.NewService(db, nil)
	buyer, seller := lance.Person("41"), lance.Person("42")

	if err := db.InTx(ctx, topUp); err != nil {
		return err
	}
	a, err := agreements.Agree(ctx, buyer, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: "41", Payee: "42", Amount: lance.NewMoney(120_00, lance.USD),
	})
	if err != nil {
		return err
	}
	if a, err = agreements.Fund(ctx, buyer, escrow.FundInput{Agreement: a.ID}); err != nil {
		return err
	}
	fmt.Println(a.State, "holds", a.Held)
	if a, err = agreements.Submit(ctx, seller, escrow.SubmitInput{Agreement: a.ID}); err != nil {
		return err
	}
	fmt.Println(a.State, "releases by itself at", a.ReleaseAt.Format(time.DateOnly))

	// A fortnight later the clock does what the buyer did not, of which he was to be
	// reminded before: nothing has worked meanwhile.
	worker := lance.NewWorker(lance.Narrow(db, func(r Repos) escrow.Repos { return r }), escrow.Jobs(), nil)
	report, err := worker.Step(ctx, start.AddDate(0, 0, 14))
	if err != nil {
		return err
	}
	for _, t := range report.Fired {
		fmt.Println("fired:", t.Kind)
	}
	if a, err = agreements.Get(ctx, seller, a.ID); err != nil {
		return err
	}
	fmt.Println(a.State, a.Released, "less", a.PayeeFee)
	return db.View(ctx, balance)
}

// topUp stands for money that came in: package payments does that for real.
func topUp(ctx context.Context, r Repos) error {
	ref := lance.Ref{Kind: "topup", ID: "1"}
	_, err := ledger.Post(ctx, r, ledger.Transfer{
		ID: ledger.TransferIDFor(ref, "confirm", 0), Code: ledger.CodeTopUp, Subject: ref, Amount: lance.NewMoney(200_00, lance.USD),
		Debit: ledger.Cash("bank", lance.USD), Credit: ledger.Available("41", lance.USD),
	})
	return err
}

func balance(ctx context.Context, r Repos) error {
	books, err := ledger.Refold(ctx, r)
	if err != nil {
		return err
	}
	fmt.Printf("books balanced: %d transfers, %d accounts, imbalance %s\n", books.Transfers, books.Accounts, books.Imbalance[0].Amount())
	return nil
}
