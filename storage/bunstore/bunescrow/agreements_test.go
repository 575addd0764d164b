package bunescrow_test

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
)

// histories says how many random histories are played on each database; in
// memory there are none.
var histories = map[string]int{"sqlite": 10, "postgres": 5}

func harness(name string, dsn func(t *testing.T) string) escrowtest.Harness[bunescrow.Tx] {
	return escrowtest.Harness[bunescrow.Tx]{
		Open:      func(t *testing.T, clock lance.Clock) lance.Runner[bunescrow.Tx] { return open(t, dsn(t), clock) },
		Histories: histories[name],
	}
}

// In memory, with the kernel's one connection, the incidents are enough.
func TestAgreements(t *testing.T) {
	t.Parallel()
	for name, dsn := range inFiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			escrowtest.RunAgreements(t, harness(name, dsn))
		})
	}
}

func TestAgreementIncident(t *testing.T) {
	t.Parallel()
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			escrowtest.RunIncidents(t, harness(name, dsn))
		})
	}
}

func TestDisputes(t *testing.T) {
	t.Parallel()
	for name, dsn := range inFiles {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			escrowtest.RunDisputes(t, harness(name, dsn))
		})
	}
}
