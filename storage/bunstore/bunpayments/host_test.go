package bunpayments_test

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the host's driver for PostgreSQL
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // the host's driver for SQLite

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/bunpayments"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/paytest"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// TestPaymentsInAHostsTransaction runs the suite's cases of writes on stores that
// a host can join.
func TestPaymentsInAHostsTransaction(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]func(t *testing.T) (driver, dsn, ours string){
		"sqlite": func(t *testing.T) (string, string, string) {
			path := filepath.Join(t.TempDir(), "host.db")
			return "sqlite", "file:" + path + "?_txlock=immediate&_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)", "sqlite:" + path
		},
		"postgres": func(t *testing.T) (string, string, string) {
			dsn := pgtest.DSN(t)
			return "pgx", dsn, dsn
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var handles sync.Map // of a store: the host's handle to its database
			begin := func(t *testing.T, db lance.Runner[bunpayments.Tx]) basetest.Guest[bunpayments.Tx] {
				host, _ := handles.Load(db)
				tx, err := host.(*sql.DB).BeginTx(t.Context(), nil)
				require.NoError(t, err)
				return basetest.Guest[bunpayments.Tx]{
					Joined: db.(*bunkit.Store[bunpayments.Tx]).Join(tx), Commit: tx.Commit, Rollback: tx.Rollback,
				}
			}
			paytest.RunWrites(t, paytest.Harness[bunpayments.Tx]{
				Open: func(t *testing.T, clock lance.Clock) lance.Runner[bunpayments.Tx] {
					driver, dsn, ours := handle(t)
					db := on(func(*testing.T) string { return ours }).Open(t, clock)
					host, err := sql.Open(driver, dsn)
					require.NoError(t, err)
					t.Cleanup(func() { require.NoError(t, host.Close()) })
					handles.Store(db, host)
					return db
				},
				Hosts: []basetest.Host[bunpayments.Tx]{{Name: "sql.Tx", Begin: begin}},
			})
		})
	}
}

// lists are the questions that are asked of payments, and the index that each
// must use.
var lists = map[string]struct{ from, index string }{
	"a party's top-ups":           {"{lance_top_ups} WHERE party = '41' ORDER BY created_at DESC, id DESC", "lance_top_ups_party"},
	"what a party waits for":      {"{lance_top_ups} WHERE party = '41' AND state = 'processing' ORDER BY id", "lance_top_ups_state"},
	"a charge by its name":        {"{lance_top_ups} WHERE provider = 'sandbox' AND provider_ref = 'c1'", "lance_top_ups_provider_ref"},
	"a party's payouts":           {"{lance_payouts} WHERE party = '41' ORDER BY created_at DESC, id DESC", "lance_payouts_party"},
	"a payout by its name":        {"{lance_payouts} WHERE provider = 'sandbox' AND provider_ref = 'p1'", "lance_payouts_provider_ref"},
	"what a provider has told of": {"{lance_provider_events} WHERE provider = 'sandbox' AND event_id = 'e1'", "lance_provider_events_event"},
}

func TestEveryListOfPaymentsHasItsIndex(t *testing.T) {
	t.Parallel()
	for name, h := range harnesses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := h.Open(t, lance.SystemClock())
			for list, c := range lists {
				plan := explain(t, db, "SELECT id FROM "+c.from+" LIMIT 20")
				require.Contains(t, plan, c.index, list)
				require.NotContains(t, plan, "TEMP B-TREE", list)
				require.NotContains(t, plan, "Sort", list)
			}
		})
	}
}

// explain returns how the database would answer, with PostgreSQL kept from
// preferring to read a small table whole.
func explain(t *testing.T, db lance.Runner[bunpayments.Tx], query string) string {
	t.Helper()
	var plan []string
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r bunpayments.Tx) error {
		if r.PG() {
			if _, err := r.Exec(ctx, "SET LOCAL enable_seqscan = off"); err != nil {
				return err
			}
			if _, err := r.Exec(ctx, "SET LOCAL enable_bitmapscan = off"); err != nil {
				return err
			}
			return r.Query(ctx, &plan, "EXPLAIN "+query)
		}
		var steps []struct {
			Detail string `bun:"detail"`
		}
		err := r.Query(ctx, &steps, "EXPLAIN QUERY PLAN "+query)
		for _, s := range steps {
			plan = append(plan, s.Detail)
		}
		return err
	}))
	return strings.Join(plan, "\n")
}

// A store of payments and escrow, in memory of SQLite.
func ExampleOpen() {
	ctx := context.Background()
	db, err := bunpayments.Open(ctx, bunkit.Options{DSN: "sqlite::memory:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx); err != nil {
		fmt.Println(err)
		return
	}
	pay, err := payments.NewService(db, payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}})
	if err != nil {
		fmt.Println(err)
		return
	}
	up, err := pay.TopUp(ctx, lance.Person("42"), payments.TopUpInput{Amount: lance.NewMoney(50_00, lance.USD), Method: sandbox.MethodOK})
	fmt.Println(up.Amount, up.State, err)
	// Output: 50.00 USD confirmed <nil>
}
