package main

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

func Example() {
	main()
	// Output:
	// order 1: balance_insufficient
	// order 2 is funded and holds 120.00 USD
	// order 2 is submitted and releases by itself at 2026-03-15
	// order 2 is released, the fee was 12.00 USD
	// in the orders table: a poster released
	// user 41 has 80.00 USD
	// user 42 has 108.00 USD
	// books balanced: 4 transfers, 5 accounts, imbalance 0.00
}

const ours = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'lance%' ORDER BY name"

func TestTablesAreOfTheKernelAndEscrowAlone(t *testing.T) {
	t.Parallel()
	s, err := open(t.Context(), filepath.Join(t.TempDir(), "shop.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.close()) })
	kernel, err := bunkit.Open(t.Context(), bunkit.Options{DSN: "sqlite::memory:"}, func(q *bunkit.Q) *bunkit.Q { return q })
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, kernel.Close()) })
	require.NoError(t, kernel.Migrate(t.Context()))

	var here, base []string
	require.NoError(t, s.store.View(t.Context(), func(ctx context.Context, r bunescrow.Tx) error { return r.Query(ctx, &here, ours) }))
	require.NoError(t, kernel.View(t.Context(), func(ctx context.Context, q *bunkit.Q) error { return q.Query(ctx, &base, ours) }))
	require.NotEmpty(t, base)
	require.ElementsMatch(t, append(base,
		"lance_transfers", "lance_open_transfers", "lance_balances", "lance_totals", "lance_total_lines", "lance_lots", "lance_later_shares",
		"lance_agreements", "lance_disputes", "lance_dispute_evidence",
	), here)
}
