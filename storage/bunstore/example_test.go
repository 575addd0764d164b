package bunstore_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/bunstore"
)

// Open changes nothing by itself: the schema comes with Migrate. The same code
// works on "postgres://…".
func Example() {
	ctx := context.Background()
	db, err := bunstore.Open(ctx, bunstore.Options{DSN: "sqlite::memory:"})
	fmt.Println(err)
	defer func() { _ = db.Close() }()
	fmt.Println(lance.CodeOf(db.Check(ctx)))
	fmt.Println(db.Migrate(ctx), db.Check(ctx))

	s, err := taxonomy.NewService(db, nil).CreateSkill(ctx, lance.System("setup"), taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "Go"}})
	fmt.Println(s.Slug, err)
	// Output:
	// <nil>
	// schema_old
	// <nil> <nil>
	// go <nil>
}
