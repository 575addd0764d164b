package escrow_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

// A payer and a payee, known by the embedder's own identifiers, agree on a
// price; it is held, submitted, and released less the fee.
func Example() {
	ctx := context.Background()
	db := memescrow.New(nil)
	agreements := escrow.NewService(db, nil)
	buyer, seller := lance.Person("41"), lance.Person("42")

	must(db.InTx(ctx, deposit))

	a, err := agreements.Agree(ctx, buyer, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: "41", Payee: "42", Amount: lance.NewMoney(120_00, lance.USD),
	})
	must(err)
	a, err = agreements.Fund(ctx, buyer, escrow.FundInput{Agreement: a.ID})
	must(err)
	fmt.Println(a.State, "and holds", a.Held)
	a, err = agreements.Submit(ctx, seller, escrow.SubmitInput{Agreement: a.ID})
	must(err)
	fmt.Println("the buyer may", a.AllowedActions(buyer))
	_, err = agreements.Approve(ctx, seller, escrow.ApproveInput{Agreement: a.ID})
	fmt.Println("the seller may not approve:", lance.KindOf(err))
	a, err = agreements.Approve(ctx, buyer, escrow.ApproveInput{Agreement: a.ID})
	must(err)
	fmt.Println(a.State, a.Released, "less", a.PayeeFee)
	// Output:
	// funded and holds 120.00 USD
	// the buyer may [request_changes release approve ask_refund amend freeze]
	// the seller may not approve: forbidden
	// released 120.00 USD less 12.00 USD
}

// helpDesk keeps the tickets of an embedder: no other package can name it.
type helpDesk struct{}

var tickets = escrow.KeeperOf[helpDesk]()

// passerBy would keep them, too.
type passerBy struct{}

// What an embedder's own case has frozen nobody else lets go, whoever he says he is.
func ExampleKeeperOf() {
	ctx, db, id := held()
	ticket := lance.Ref{Kind: "ticket", ID: "17"}
	must(db.InTx(ctx, func(ctx context.Context, r memescrow.Tx) error {
		_, err := escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: lance.Person("41"), Agreement: id, Case: ticket, Keeper: tickets})
		return err
	}))
	rule := func(by lance.Actor, keeper escrow.Keeper) {
		a, err := lance.Do(ctx, db, "desk.Rule", func(ctx context.Context, r memescrow.Tx) (*escrow.Agreement, error) {
			return escrow.RuleIn(ctx, r, escrow.RuleInput{
				By: by, Agreement: id, Case: ticket, Keeper: keeper, ToPayee: lance.NewMoney(80_00, lance.USD), Bears: escrow.BearEach,
			})
		})
		if err != nil {
			fmt.Println(lance.CodeOf(err))
			return
		}
		fmt.Println(a.State, a.Released, a.Refunded)
	}
	rule(lance.System("ticket"), escrow.KeeperOf[passerBy]())
	rule(lance.Person("judge", lance.RoleArbiter), tickets)
	// Output:
	// freeze_keeper
	// settled 80.00 USD 40.00 USD
}

// held returns an agreement that holds 120.00.
func held() (context.Context, lance.Runner[memescrow.Tx], escrow.ID) {
	ctx, db := context.Background(), memescrow.New(nil)
	agreements := escrow.NewService(db, nil)
	must(db.InTx(ctx, deposit))
	a, err := agreements.Agree(ctx, lance.Person("41"), escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: "41", Payee: "42", Amount: lance.NewMoney(120_00, lance.USD),
	})
	must(err)
	a, err = agreements.Fund(ctx, lance.Person("41"), escrow.FundInput{Agreement: a.ID})
	must(err)
	return ctx, db, a.ID
}

// deposit lets money be there; package payments brings it in.
func deposit(ctx context.Context, r memescrow.Tx) error {
	order := lance.Ref{Kind: "topup", ID: "1"}
	_, err := ledger.Post(ctx, r, ledger.Transfer{
		ID: ledger.TransferIDFor(order, "confirm", 0), Code: ledger.CodeTopUp, Subject: order,
		Debit: ledger.Cash("bank", lance.USD), Credit: ledger.Available("41", lance.USD), Amount: lance.NewMoney(200_00, lance.USD),
	})
	return err
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
