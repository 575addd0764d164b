package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

func Example() {
	if err := start(context.Background(), os.Stdout, ""); err != nil {
		fmt.Println(err)
	}
	// Output:
	//  1. Ada signs up as a client, Ben and Cleo as freelancers; each signs in
	//  2. The administrator adds the skills Go and PostgreSQL; Ben names both in his profile, Cleo one
	//  3. Ada posts a project and publishes it: open
	//  4. Ben proposes 1000.00 USD, Cleo 850.00 USD, each in two milestones
	//  5. Ada compares and accepts Ben's: the contract is active
	//       Cleo matches 50 % of the skills for 850.00 USD
	//       Ben matches 100 % of the skills for 1000.00 USD
	//       Cleo's proposal is declined
	//  6. Ada tops up 1000.00 USD, which the provider has confirmed
	//       a first card is refused: declined (top_up_declined)
	//       Ada: available 1000.00 USD, held 0.00 USD, pending 0.00 USD
	//  7. Ada funds the first milestone
	//       Ben, who tries to fund it himself, is refused: forbidden (milestone_relation)
	//       Ada: available 600.00 USD, held 400.00 USD, pending 0.00 USD
	//  8. Ben submits; without an answer the money is released in 14 days
	//  9. Ada requests changes, which stops that clock
	// 10. Ben submits again
	// 11. Ada approves: 400.00 USD released, 40.00 USD of it the fee
	//       Ben: available 360.00 USD, held 0.00 USD, pending 0.00 USD
	// 12. Ada funds the second milestone, Ben submits, Ada is silent for 14 days: it is released by itself
	//       the second milestone is approved, the contract completed
	//       Ben: available 900.00 USD, held 0.00 USD, pending 0.00 USD
	//       Ben asks for 200.00 USD to a closed account: submitted
	//       Ben: available 700.00 USD, held 200.00 USD, pending 0.00 USD
	// 13. The bank rejects it after submission (account_closed), and the money is back
	// 14. Ben is paid out 900.00 USD: paid
	//       Ben: available 0.00 USD, held 0.00 USD, pending 0.00 USD
	// 15. Ada reviews Ben, which nobody sees yet: 0 published
	// 16. Ben reviews Ada; now both are published, and Ben's rating is 5.00
	// books balanced: 12 transfers, 7 accounts, imbalance 0
}

// The same happens on every store, and again on one where it has happened.
func TestGoldenJobOnEveryStore(t *testing.T) {
	t.Parallel()
	for name, dsn := range map[string]func(*testing.T) string{
		"memory":   func(*testing.T) string { return "memory:" },
		"SQLite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "job.db") },
		"Postgres": func(t *testing.T) string { return pgtest.DSN(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var first, again bytes.Buffer
			at := dsn(t)
			require.NoError(t, start(t.Context(), &first, at))
			goldentest.Check(t, "testdata/output.txt", first.Bytes())
			require.NoError(t, start(t.Context(), &again, at))
			require.Contains(t, again.String(), "imbalance 0")
		})
	}
}

func TestAStoreThatCannotBeOpenedIsSaid(t *testing.T) {
	t.Parallel()
	require.Error(t, start(t.Context(), &bytes.Buffer{}, "mysql://nowhere"))
}
