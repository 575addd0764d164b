package memmarketplace_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/memstore/memmarketplace"
)

// The marketplace without money: here its taxonomy, in memory.
func Example() {
	ctx := context.Background()
	skills := taxonomy.NewService(memmarketplace.New(nil), nil)
	_, err := skills.CreateSkill(ctx, lance.System("setup"), taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "Data Entry"}})
	fmt.Println(err)
	found, err := skills.Suggest(ctx, "data", 10)
	fmt.Println(len(found), found[0].Slug, err)
	// Output:
	// <nil>
	// 1 data-entry <nil>
}
