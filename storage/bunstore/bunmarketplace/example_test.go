package bunmarketplace_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/bunmarketplace"
)

// The marketplace without money: here its taxonomy, in a SQLite database that
// lives as long as the store.
func Example() {
	ctx := context.Background()
	db, err := bunmarketplace.Open(ctx, bunkit.Options{DSN: "sqlite::memory:"})
	fmt.Println(err)
	defer func() { _ = db.Close() }()
	fmt.Println(db.Migrate(ctx))

	skills := taxonomy.NewService(db, nil)
	_, err = skills.CreateSkill(ctx, lance.System("setup"), taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "Data Entry"}})
	fmt.Println(err)
	found, err := skills.Suggest(ctx, "data", 10)
	fmt.Println(len(found), found[0].Slug, err)
	// Output:
	// <nil>
	// <nil>
	// <nil>
	// 1 data-entry <nil>
}
