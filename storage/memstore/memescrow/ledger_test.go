package memescrow_test

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
)

var ledgerHarness = escrowtest.LedgerHarness[memescrow.Tx]{
	Open: func(_ *testing.T, clock lance.Clock) lance.Runner[memescrow.Tx] {
		return memescrow.New(&memkit.Options{Clock: clock})
	},
}

func TestLedger(t *testing.T) {
	t.Parallel()
	escrowtest.RunLedger(t, ledgerHarness)
}

func TestIncident(t *testing.T) {
	t.Parallel()
	escrowtest.RunLedgerIncidents(t, ledgerHarness)
}
