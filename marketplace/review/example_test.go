package review_test

import (
	"context"
	"fmt"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memstore"
)

// Two parties speak of each other; neither reads what the other wrote before
// both have written.
func Example() {
	ctx := context.Background()
	db := memstore.New(nil)
	reviews := review.NewService(db, nil)
	client, ann := lance.Person("client"), lance.Person("ann")
	done := completed(ctx, db, client, ann)

	mine, err := reviews.Create(ctx, client, review.CreateInput{Contract: done, Rating: 4, Comment: "Good work."})
	must(err)
	_, err = reviews.Get(ctx, ann, mine.ID)
	fmt.Println(mine.State, lance.CodeOf(err))

	_, err = reviews.Create(ctx, ann, review.CreateInput{Contract: done, Rating: 5, Comment: "Pays at once."})
	must(err)
	seen, err := reviews.Get(ctx, ann, mine.ID)
	must(err)
	fmt.Println(seen.State, seen.Rating, seen.Comment, seen.Verified())

	rating, err := reviews.Rating(ctx, ann.Party)
	must(err)
	fmt.Println(rating.Hundredths(), "of 500 from", rating.Count())
	// Output:
	// hidden review_not_found
	// published 4 Good work. true
	// 400 of 500 from 1
}

// completed stores a contract that was completed just now. With the whole engine
// it comes from contract.Service.
func completed(ctx context.Context, db *memstore.Store, client, ann lance.Actor) (id contract.ID) {
	must(db.InTx(ctx, func(ctx context.Context, r driver.Repos) error {
		c := &contract.Contract{
			ID: lance.NewID[contract.ID]("ctr", r), Project: "prj_1", Proposal: project.ProposalID("prp_1"),
			Client: client.Party, Freelancer: ann.Party, Title: "Move our shop", Total: lance.NewMoney(120_00, lance.USD),
			State: contract.StateCompleted, CreatedAt: r.Now().Add(-time.Hour), EndedAt: r.Now(),
		}
		id = c.ID
		return r.Contracts().Insert(ctx, c)
	}))
	return id
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
