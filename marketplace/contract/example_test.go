package contract_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memstore"
)

// An accepted proposal becomes a contract; its milestone is funded, sent back
// once, approved and paid.
func Example() {
	ctx := context.Background()
	db := memstore.New(nil)
	contracts := contract.NewService(db, nil)
	client, ann := lance.Person("client"), lance.Person("ann")

	c, err := contracts.Accept(ctx, client, contract.AcceptInput{Proposal: proposed(ctx, db, client, ann)})
	must(err)
	work := c.Milestones[0].ID
	fmt.Println(c.State, c.Total, c.Milestones[0].State, c.Milestones[0].AllowedActions)

	m, err := contracts.Fund(ctx, client, contract.FundInput{Milestone: work})
	must(err)
	fmt.Println(m.State, "and holds", m.Money.Held)
	_, err = contracts.Submit(ctx, ann, contract.SubmitInput{Milestone: work, Message: "It runs."})
	must(err)
	_, err = contracts.RequestChanges(ctx, client, contract.ChangesInput{Milestone: work, Message: "Not on Sundays."})
	must(err)
	_, err = contracts.Submit(ctx, ann, contract.SubmitInput{Milestone: work, Message: "Now it does."})
	must(err)
	m, err = contracts.Approve(ctx, client, contract.ApproveInput{Milestone: work})
	must(err)
	fmt.Println(m.State, "after", m.Revisions, "revision; the fee is", m.Money.PayeeFee)

	c, err = contracts.Get(ctx, ann, c.ID)
	must(err)
	fmt.Println(c.State)
	// Output:
	// active 120.00 USD planned [fund cancel amend]
	// funded and holds 120.00 USD
	// approved after 1 revision; the fee is 12.00 USD
	// completed
}

// proposed makes a proposal of ann's for a project of the client's, who has the
// money for it.
func proposed(ctx context.Context, db *memstore.Store, client, ann lance.Actor) project.ProposalID {
	price := lance.NewMoney(120_00, lance.USD)
	skill, err := taxonomy.NewService(db, nil).CreateSkill(ctx, lance.System("setup"),
		taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "Go"}})
	must(err)
	projects := project.NewService(db, nil)
	p, err := projects.Create(ctx, client, project.CreateInput{Terms: project.Terms{
		Title: "Move our shop", Description: "From one server to another.", Skills: []taxonomy.SkillID{skill.ID},
		Budget: project.Budget{Type: project.Fixed, Min: price, Max: price},
	}})
	must(err)
	_, err = projects.Publish(ctx, client, p.ID)
	must(err)
	pr, err := projects.Propose(ctx, ann, project.ProposeInput{
		Project: p.ID, CoverLetter: "I have done this before.", Milestones: []project.Offer{{Title: "All of it", Amount: price}},
	})
	must(err)
	must(db.InTx(ctx, func(ctx context.Context, r driver.Repos) error { // as package payments would
		paid := lance.Ref{Kind: "top_up", ID: "1"}
		_, err := ledger.Post(ctx, r, ledger.Transfer{
			ID: ledger.TransferIDFor(paid, "confirm", 0), Code: ledger.CodeTopUp, Subject: paid,
			Debit: ledger.Cash("bank", lance.USD), Credit: ledger.Available(client.Party, lance.USD), Amount: price,
		})
		return err
	}))
	return pr.ID
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
