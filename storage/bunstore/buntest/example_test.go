package buntest_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/buntest"
)

// How SQLite finds the agreements of a payer.
func Example() {
	ctx := context.Background()
	db, err := bunescrow.Open(ctx, bunkit.Options{DSN: "sqlite::memory:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	fmt.Println(db.Migrate(ctx))
	fmt.Println(db.View(ctx, func(ctx context.Context, r bunescrow.Tx) error {
		plan, err := buntest.Plan(ctx, r, "SELECT id FROM {lance_agreements} WHERE payer = ? ORDER BY created_at, id")
		fmt.Println(plan)
		return err
	}))
	// Output:
	// <nil>
	// [SEARCH main.lance_agreements USING COVERING INDEX lance_agreements_payer (payer=?)]
	// <nil>
}
