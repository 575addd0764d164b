package bunescrow_test

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
)

func ledgerOn(dsn func(t *testing.T) string) escrowtest.LedgerHarness[bunescrow.Tx] {
	return escrowtest.LedgerHarness[bunescrow.Tx]{
		Open: func(t *testing.T, clock lance.Clock) lance.Runner[bunescrow.Tx] { return open(t, dsn(t), clock) },
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			escrowtest.RunLedger(t, ledgerOn(dsn))
		})
	}
}

func TestIncident(t *testing.T) {
	t.Parallel()
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			escrowtest.RunLedgerIncidents(t, ledgerOn(dsn))
		})
	}
}
