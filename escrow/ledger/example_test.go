package ledger_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

// A payment comes in, is held for an agreement, and is released less a fee. Each
// operation is one set; the same set again changes nothing.
func Example() {
	ctx := context.Background()
	db := memescrow.New(nil)
	usd := func(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }
	agreement := lance.Ref{Kind: "agreement", ID: "agr_1"}
	ann, bob := ledger.Available("ann", lance.USD), ledger.Available("bob", lance.USD)
	hold := ledger.Hold(agreement.ID, lance.USD)
	transfer := func(code ledger.Code, debit, credit ledger.Account, amount lance.Money) ledger.Transfer {
		return ledger.Transfer{
			ID: ledger.TransferIDFor(agreement, string(code), 0), Code: code,
			Debit: debit, Credit: credit, Amount: amount, Subject: agreement,
		}
	}

	in := transfer(ledger.CodeTopUp, ledger.Clearing("sandbox", lance.USD), ann, usd(10000))
	in.Lot = &ledger.Lot{Provider: "sandbox", Method: "card", Refundable: true}
	sets := [][]ledger.Transfer{
		{in},
		{transfer(ledger.CodeFund, ann, hold, usd(8000))},
		{transfer(ledger.CodeRelease, hold, bob, usd(7200)), transfer(ledger.CodeFee, hold, ledger.Fee(lance.USD), usd(800))},
	}
	err := db.InTx(ctx, func(ctx context.Context, r memescrow.Tx) error {
		for _, set := range append(sets, sets[2]) {
			if _, err := ledger.Post(ctx, r, set...); err != nil {
				return err
			}
		}
		balances, err := ledger.BalancesOf(ctx, r, ann, hold, bob, ledger.Fee(lance.USD))
		for _, b := range balances {
			fmt.Println(b.Account, b.Available())
		}
		return err
	})
	if err != nil {
		fmt.Println(err)
	}

	err = db.InTx(ctx, func(ctx context.Context, r memescrow.Tx) error {
		_, err := ledger.Post(ctx, r, transfer(ledger.CodeRefund, hold, ann, usd(1)))
		return err
	})
	fmt.Println(lance.CodeOf(err))
	// Output:
	// available:USD:ann 20.00 USD
	// hold:USD:agr_1 0.00 USD
	// available:USD:bob 72.00 USD
	// fee:USD: 8.00 USD
	// balance_insufficient
}

// A payout under way reserves its amount; when it is rejected, the reserve is
// freed.
func ExamplePost_pending() {
	ctx := context.Background()
	db := memescrow.New(nil)
	bob := ledger.Available("bob", lance.USD)
	payout := lance.Ref{Kind: "payout", ID: "pay_1"}
	show := func(ctx context.Context, r memescrow.Tx, when string) error {
		balances, err := ledger.BalancesOf(ctx, r, bob)
		if err == nil {
			fmt.Println(when, balances[0].Posted, balances[0].Available())
		}
		return err
	}
	err := db.InTx(ctx, func(ctx context.Context, r memescrow.Tx) error {
		out := ledger.Transfer{
			ID: ledger.TransferIDFor(payout, "send", 0), Code: ledger.CodePayout, Subject: payout, Pending: true,
			Debit: bob, Credit: ledger.Cash("sandbox", lance.USD), Amount: lance.NewMoney(3000, lance.USD),
		}
		if _, err := ledger.Post(ctx, r, topUpFor(bob, 5000), out); err != nil {
			return err
		}
		if err := show(ctx, r, "under way:"); err != nil {
			return err
		}
		back := ledger.Transfer{
			ID: ledger.TransferIDFor(payout, "rejected", 0), Code: ledger.CodePayout, Subject: payout, Resolves: out.ID, Void: true,
		}
		if _, err := ledger.Post(ctx, r, back); err != nil {
			return err
		}
		return show(ctx, r, "rejected:")
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// under way: 50.00 USD 20.00 USD
	// rejected: 50.00 USD 50.00 USD
}

func topUpFor(a ledger.Account, minor int64) ledger.Transfer {
	t := topUp("example", minor)
	t.Credit = a
	return t
}

// An auditor holds the books against the log that witnesses them, and an export
// says the same to somebody who has only the file.
func ExampleScope() {
	ctx := context.Background()
	db := memescrow.New(nil)
	err := db.InTx(ctx, func(ctx context.Context, r memescrow.Tx) error {
		if _, err := ledger.Post(ctx, r, topUpFor(ledger.Available("ann", lance.USD), 5000)); err != nil {
			return err
		}
		_, err := r.Log().Seal(ctx, 100)
		return err
	})
	if err != nil {
		fmt.Println(err)
	}
	audit, err := lance.Verify(ctx, db, ledger.Scope[memescrow.Tx](), nil)
	fmt.Println(audit.Entries, audit.Err(), err)

	var file strings.Builder
	err = lance.Export(ctx, db, ledger.Scope[memescrow.Tx](), &file)
	forged := strings.Replace(file.String(), `"minor":5000`, `"minor":9000`, 1)
	audit, _ = lance.VerifyExport(strings.NewReader(forged), nil, ledger.NewChecker())
	fmt.Println(audit.Bad.Code, audit.Bad.Kind, audit.Bad.Seq, err)
	// Output:
	// 1 <nil> <nil>
	// row_changed transfer 1 <nil>
}

// Callers who post at the same time share a commit, and each hears only of his
// own set.
func ExampleService_Post() {
	ctx := context.Background()
	books := ledger.NewService(memescrow.New(nil))
	ann, fee := ledger.Available("ann", lance.USD), ledger.Fee(lance.USD)
	pay := func(id string, debit, credit ledger.Account, minor int64) error {
		subject := lance.Ref{Kind: "order", ID: id}
		_, err := books.Post(ctx, ledger.Transfer{
			ID: ledger.TransferIDFor(subject, "pay", 0), Code: ledger.CodeFee, Subject: subject,
			Debit: debit, Credit: credit, Amount: lance.NewMoney(minor, lance.USD),
		})
		return err
	}
	fmt.Println(pay("in", ledger.Clearing("sandbox", lance.USD), ann, 100))

	var group sync.WaitGroup
	var paid, refused atomic.Int64
	for i := range 8 {
		group.Go(func() {
			if err := pay(fmt.Sprint(i), ann, fee, 30); lance.KindOf(err) == lance.Insufficient {
				refused.Add(1)
			} else if err == nil {
				paid.Add(1)
			}
		})
	}
	group.Wait()
	fmt.Println(paid.Load(), "paid,", refused.Load(), "refused")
	// Output:
	// <nil>
	// 3 paid, 5 refused
}
