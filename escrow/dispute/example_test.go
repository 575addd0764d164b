package dispute_test

import (
	"context"
	"fmt"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// A buyer claims his money back, the seller does not agree, an arbiter divides what
// is held, and when nobody has appealed in time it is carried out.
func Example() {
	ctx := context.Background()
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	db := memescrow.New(&memkit.Options{Clock: lance.FixedClock(start)})
	cases := dispute.NewService(db, nil)
	buyer, seller := lance.Person("41"), lance.Person("42")
	judge := lance.Person("7", lance.RoleArbiter)

	c, err := cases.Open(ctx, buyer, dispute.OpenInput{
		Agreement: submitted(ctx, db, nil, buyer, seller), Reason: dispute.NotAsAgreed,
		Statement: "Half of the pages are missing.", ToPayee: lance.NewMoney(20_00, lance.USD),
	})
	must(err)
	fmt.Println(c.State, "until", c.DeadlineAt.Format(time.DateOnly), "about", c.Held)
	c, err = cases.Respond(ctx, seller, dispute.RespondInput{
		Case: c.ID, Statement: "They are all there.", ToPayee: lance.NewMoney(120_00, lance.USD),
	})
	must(err)
	fmt.Println("the buyer may", c.AllowedActions(buyer))

	// Nobody agrees in five days, and nobody helps in seven.
	step(ctx, db, start.AddDate(0, 0, 5))
	step(ctx, db, start.AddDate(0, 0, 12))
	_, err = cases.Assign(ctx, judge, dispute.AssignInput{Case: c.ID, User: judge.User})
	must(err)
	c, err = cases.Rule(ctx, judge, dispute.RuleInput{
		Case: c.ID, ToPayee: lance.NewMoney(60_00, lance.USD), Bears: escrow.BearPayee, Text: "Every other page is missing.",
	})
	must(err)
	fmt.Println(c.State, c.Rulings[0].ToPayee)
	step(ctx, db, start.AddDate(0, 0, 17))
	c, err = cases.Get(ctx, seller, c.ID)
	must(err)
	fmt.Println(c.State, c.Outcome.End, c.Outcome.ToPayee, "and", c.Outcome.ToPayer)
	// Output:
	// opened until 2026-03-04 about 120.00 USD
	// the buyer may [add_evidence offer withdraw escalate]
	// dispute.negotiation
	// dispute.mediation
	// ruled 60.00 USD
	// dispute.appeal
	// resolved ruled 60.00 USD and 60.00 USD
}

// step lets the clock do what is due, and tells how a stage has ended.
func step(ctx context.Context, db *memkit.Store[memescrow.Tx], now time.Time) {
	repos := lance.Narrow(db, func(r memescrow.Tx) dispute.Repos { return r })
	report, err := lance.NewWorker(repos, dispute.Jobs(), nil).Step(ctx, now)
	must(err)
	for _, t := range report.Fired {
		if t.Kind != dispute.KindDueSoon { // the parties were told the day before
			fmt.Println(t.Kind)
		}
	}
}

// submitted makes an agreement whose work was submitted.
func submitted(ctx context.Context, db *memkit.Store[memescrow.Tx], opts *escrow.Options, buyer, seller lance.Actor) escrow.ID {
	must(db.InTx(ctx, func(ctx context.Context, r memescrow.Tx) error {
		ref := lance.Ref{Kind: "topup", ID: "1"}
		_, err := ledger.Post(ctx, r, ledger.Transfer{
			ID: ledger.TransferIDFor(ref, "confirm", 0), Code: ledger.CodeTopUp, Subject: ref, Amount: lance.NewMoney(200_00, lance.USD),
			Debit: ledger.Cash("bank", lance.USD), Credit: ledger.Available(buyer.Party, lance.USD),
		})
		return err
	}))
	agreements := escrow.NewService(db, opts)
	a, err := agreements.Agree(ctx, buyer, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: buyer.Party, Payee: seller.Party, Amount: lance.NewMoney(120_00, lance.USD),
	})
	must(err)
	_, err = agreements.Fund(ctx, buyer, escrow.FundInput{Agreement: a.ID})
	must(err)
	_, err = agreements.Submit(ctx, seller, escrow.SubmitInput{Agreement: a.ID})
	must(err)
	return a.ID
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
