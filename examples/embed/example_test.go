package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func Example() {
	if err := start(context.Background(), os.Stdout); err != nil {
		fmt.Println(err)
	}
	// Output:
	// *sql.Tx: a failure after step 1 of 5 leaves nothing
	// *sql.Tx: a failure after step 2 of 5 leaves nothing
	// *sql.Tx: a failure after step 3 of 5 leaves nothing
	// *sql.Tx: a failure after step 4 of 5 leaves nothing
	// *sql.Tx: a failure after step 5 of 5 leaves nothing
	// *sql.Tx: committed together: 1 orders, 1 contracts, 1 agreements, 1 transfers, 9 events, 4 timers
	// bun.Tx: a failure after step 1 of 5 leaves nothing
	// bun.Tx: a failure after step 2 of 5 leaves nothing
	// bun.Tx: a failure after step 3 of 5 leaves nothing
	// bun.Tx: a failure after step 4 of 5 leaves nothing
	// bun.Tx: a failure after step 5 of 5 leaves nothing
	// bun.Tx: committed together: 1 orders, 1 contracts, 1 agreements, 1 transfers, 9 events, 4 timers
}

// Beside the failures between the host's steps, one that strikes at any statement,
// the host's or lance's, leaves nothing.
func TestAFailureAtAnyStatementLeavesNothing(t *testing.T) {
	t.Parallel()
	h, err := newHost(t.Context(), filepath.Join(t.TempDir(), "host.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.close()) })
	offer, err := h.prepare(t.Context())
	require.NoError(t, err)
	before, err := h.census(t.Context())
	require.NoError(t, err)

	done := false
	for n := 1; !done; n++ {
		err := h.inSQL(t.Context(), func(host tx) error {
			faulty := &failing{tx: host, left: n}
			err := h.order(t.Context(), faulty, offer, 0)
			done = err == nil && faulty.left > 0
			return errors.Join(err, errInjected)
		})
		require.ErrorIs(t, err, errInjected)
		after, err := h.census(t.Context())
		require.NoError(t, err)
		require.Equal(t, before, after, "statement %d", n)
		require.Less(t, n, 1000)
	}
	require.NoError(t, h.inSQL(t.Context(), func(host tx) error { return h.order(t.Context(), host, offer, 0) }))
}
