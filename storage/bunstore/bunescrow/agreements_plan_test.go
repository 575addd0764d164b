package bunescrow_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/buntest"
)

// lists are the questions that are asked of agreements, and the index that each
// must use.
var lists = map[string]struct{ where, index string }{
	"of a payer":   {"payer = '41' ORDER BY created_at, id", "lance_agreements_payer"},
	"of a payee":   {"payee = '41' ORDER BY created_at, id", "lance_agreements_payee"},
	"of all":       {"(created_at, id) > ('2026-03-01', 'agr_1') ORDER BY created_at, id", "lance_agreements_created"},
	"of a subject": {"subject = 'order/7' ORDER BY created_at, id", "lance_agreements_subject"},
	"what is held": {"payer = '41' AND held_minor > 0 ORDER BY currency", "lance_agreements_held"},
}

func TestEveryListOfAgreementsHasItsIndex(t *testing.T) {
	t.Parallel()
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, dsn(t), lance.SystemClock())
			for list, c := range lists {
				plan := explain(t, db, "SELECT id FROM {lance_agreements} WHERE "+c.where+" LIMIT 20")
				require.Contains(t, plan, c.index, list)
				require.NotContains(t, plan, "TEMP B-TREE", list)
			}
		})
	}
}

// explain returns how the database would answer, with PostgreSQL kept from
// preferring to read a small table whole.
func explain(t *testing.T, db lance.Runner[bunescrow.Tx], query string) (plan string) {
	t.Helper()
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r bunescrow.Tx) (err error) {
		plan, err = buntest.ByIndex(ctx, r, query)
		return err
	}))
	return plan
}

// A store of escrow alone, in memory of SQLite.
func ExampleOpen() {
	ctx := context.Background()
	db, err := bunescrow.Open(ctx, bunkit.Options{DSN: "sqlite::memory:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx); err != nil {
		fmt.Println(err)
		return
	}
	a, err := escrow.NewService(db, nil).Agree(ctx, lance.Person("41"), escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: "41", Payee: "42", Amount: lance.NewMoney(120_00, lance.USD),
	})
	fmt.Println(a.State, a.Amount, err)
	// Output: agreed 120.00 USD <nil>
}
