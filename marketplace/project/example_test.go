package project_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/memstore/memmarketplace"
)

// A client posts a project, two freelancers propose, and he compares them.
func Example() {
	ctx := context.Background()
	db := memmarketplace.New(nil)
	projects := project.NewService(db, nil)
	client, ann, bob := lance.Person("client"), lance.Person("ann"), lance.Person("bob")

	skill, err := taxonomy.NewService(db, nil).CreateSkill(ctx, lance.System("setup"),
		taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "Go"}})
	must(err)
	p, err := projects.Create(ctx, client, project.CreateInput{Terms: project.Terms{
		Title: "Move our shop", Description: "From one server to another.", Skills: []taxonomy.SkillID{skill.ID},
		Budget: project.Budget{Type: project.Fixed, Min: usd(100_00), Max: usd(400_00)},
	}})
	must(err)
	p, err = projects.Publish(ctx, client, p.ID)
	must(err)
	fmt.Println(p.State)

	for by, price := range map[*lance.Actor]int64{&ann: 300_00, &bob: 250_00} {
		_, err = projects.Propose(ctx, *by, project.ProposeInput{
			Project: p.ID, CoverLetter: "I have done this before.",
			Milestones: []project.Offer{{Title: "All of it", Amount: usd(price)}},
		})
		must(err)
	}
	side, err := projects.Compare(ctx, client, p.ID)
	must(err)
	for _, row := range side.Rows {
		fmt.Println(row.Proposal.Freelancer, row.Price)
	}

	_, err = projects.Propose(ctx, client, project.ProposeInput{Project: p.ID})
	fmt.Println(lance.CodeOf(err))
	// Output:
	// open
	// bob 250.00 USD
	// ann 300.00 USD
	// proposal_own_project
}

func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }

func must(err error) {
	if err != nil {
		panic(err)
	}
}
