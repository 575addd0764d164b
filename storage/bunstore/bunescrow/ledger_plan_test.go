package bunescrow_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/buntest"
)

// TestTheDatabaseHoldsTheFloorItself writes past the rules what the rules would
// refuse: the constraints refuse it as well.
func TestTheDatabaseHoldsTheFloorItself(t *testing.T) {
	t.Parallel()
	ann, usd := ledger.Available("ann", lance.USD), func(n int64) lance.Money { return lance.NewMoney(n, lance.USD) }
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := open(t, dsn(t), lance.FixedClock(lance.SystemClock().Now()))
			for what, balance := range map[string]ledger.Balance{
				"below zero":              {Account: ann, Posted: usd(-1), PendingOut: usd(0), Lines: 1},
				"below what is reserved":  {Account: ann, Posted: usd(5), PendingOut: usd(6), Lines: 1},
				"reserved less than none": {Account: ann, Posted: usd(5), PendingOut: usd(-1), Lines: 1},
			} {
				require.Error(t, db.InTx(t.Context(), func(ctx context.Context, r bunescrow.Tx) error {
					if _, err := r.Ledger().Load(ctx, ledger.Want{Accounts: []ledger.Account{ann}}); err != nil {
						return nil //nolint:nilerr // the test then fails, since nothing was refused
					}
					return r.Ledger().Write(ctx, ledger.Changes{Transfers: []ledger.Transfer{{
						ID: "trf_x", Code: ledger.CodeFee, Debit: ann, Credit: ledger.Fee(lance.USD), Amount: usd(1), At: r.Now(),
					}}, Balances: []ledger.Balance{balance}, Fronts: make([]ledger.Front, 1)})
				}), what)
			}
		})
	}
}

// TestNoHotQueryReadsAWholeTable asks SQLite how it answers: always by an index.
func TestNoHotQueryReadsAWholeTable(t *testing.T) {
	t.Parallel()
	db := open(t, databases["sqlite"](t), lance.SystemClock())
	for name, query := range bunescrow.HotQueries() {
		require.NoError(t, db.View(t.Context(), func(ctx context.Context, r bunescrow.Tx) error {
			plan, err := buntest.Plan(ctx, r, query)
			require.NotEmpty(t, plan, name)
			for _, step := range plan {
				table, scan := strings.CutPrefix(step, "SCAN ")
				list := strings.HasPrefix(table, "json_each") || strings.HasPrefix(table, "w VIRTUAL") || slices.Contains([]string{"d", "c", "p", "side", "CONSTANT ROW"}, table)
				require.True(t, !scan || list, "%s: %v", name, plan)
			}
			return err
		}))
	}
}

// TestPostingLooksRowsUpByTheirKeys asks PostgreSQL how it would answer while the
// tables are small, for it goes on doing so for a while when they have grown.
func TestPostingLooksRowsUpByTheirKeys(t *testing.T) {
	t.Parallel()
	db := open(t, databases["postgres"](t), lance.SystemClock())
	for query, args := range bunescrow.KeyedQueries(100) {
		require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r bunescrow.Tx) error {
			plan, err := buntest.Plan(ctx, r, query, args...)
			require.NotEmpty(t, plan, query)
			for _, step := range plan {
				require.NotContains(t, step, "Seq Scan", "%s", strings.Join(plan, "\n"))
				require.NotContains(t, step, "Hash", "%s", strings.Join(plan, "\n"))
			}
			return err
		}))
	}
}
