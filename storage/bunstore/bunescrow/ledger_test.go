package bunescrow_test

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
)

// inFiles are the databases that the ledger's laws are proven on. What differs in
// memory is the kernel's one connection, which agreements' incidents are proven on
// too.
var inFiles = map[string]func(t *testing.T) string{"sqlite": databases["sqlite"], "postgres": databases["postgres"]}

func ledgerOn(dsn func(t *testing.T) string) escrowtest.LedgerHarness[bunescrow.Tx] {
	return escrowtest.LedgerHarness[bunescrow.Tx]{
		Open: func(t *testing.T, clock lance.Clock) lance.Runner[bunescrow.Tx] { return open(t, dsn(t), clock) },
	}
}

func TestLedger(t *testing.T) {
	t.Parallel()
	for name, dsn := range inFiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			escrowtest.RunLedger(t, ledgerOn(dsn))
		})
	}
}

func TestIncident(t *testing.T) {
	t.Parallel()
	for name, dsn := range inFiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			escrowtest.RunLedgerIncidents(t, ledgerOn(dsn))
		})
	}
}
