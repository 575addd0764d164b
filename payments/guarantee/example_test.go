package guarantee_test

import (
	"context"
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore/mempayments"
)

// must keeps the example short; a program looks at its errors.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A payer has approved work that breaks a day later.
func Example() {
	ctx, day := context.Background(), 24*time.Hour
	store := mempayments.New(nil)
	ann, admin := lance.Person("41"), lance.Person("1", lance.RoleAdmin)
	pay := must(payments.NewService(store, payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}}))
	must(pay.TopUp(ctx, ann, payments.TopUpInput{Amount: lance.NewMoney(100_00, lance.USD), Method: sandbox.MethodOK}))

	terms := policy.Default()
	terms.Guarantee = policy.Guarantee{
		Window: 14 * day, Share: decimal.NewFromInt(80), Claims: 1, Judge: policy.JudgeAdmin, Decision: 7 * day, Silence: policy.Keep,
	}
	work := escrow.NewService(store, &escrow.Options{Policy: &terms})
	a := must(work.Agree(ctx, ann, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: "41", Payee: "42", Amount: lance.NewMoney(100_00, lance.USD),
	}))
	must(work.Fund(ctx, ann, escrow.FundInput{Agreement: a.ID}))
	must(work.Approve(ctx, ann, escrow.ApproveInput{Agreement: a.ID}))

	claims := guarantee.NewService(store, nil)
	must(claims.Fill(ctx, admin, guarantee.FillInput{Amount: lance.NewMoney(500_00, lance.USD), From: guarantee.FromCash, Provider: "bank"}))
	c := must(claims.File(ctx, ann, guarantee.FileInput{Agreement: a.ID, Statement: "It broke after a day."}))
	fmt.Println(c.Amount, c.State)
	c = must(claims.Uphold(ctx, admin, guarantee.UpholdInput{Claim: c.ID, Granted: lance.NewMoney(50_00, lance.USD), Text: "A half of it did."}))
	fmt.Println(c.Given(), c.State)
	fmt.Println(must(pay.Wallet(ctx, ann, "41"))[0].Available)
	// Output:
	// 80.00 USD filed
	// 50.00 USD paid
	// 50.00 USD
}
