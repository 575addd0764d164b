package escrowtest_test

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
	"github.com/megilance/lance/storage/storagetest/mutanttest"
)

// ledgerMutants are ways in which adapters go wrong, and the law that catches
// each.
var ledgerMutants = map[string]string{
	"overdraft condition dropped":         "concurrency/concurrent debits never overdraw",
	"idempotency dropped":                 "post/the same set again changes nothing and returns what stands",
	"idempotency, under a crowd":          "concurrency/of many who post the same transfer all get the same one",
	"reserved amounts forgotten":          "pending/it cannot reserve more than is available",
	"settlement forgotten":                "pending/it is posted or voided once",
	"settled ones stay open":              "pending/it is posted or voided once",
	"shares of lots not stored":           "lots/lots follow the money from account to account and back",
	"shares outside of fronts not stored": "lots/an account of many lots pays across all of them",
	"youngest lots first":                 "lots/the oldest charge moves first, and the transfer says which",
	"tail forgotten":                      "read/a balance without a floor counts what is not sealed, before, between and after sealing",
	"pages overlap":                       "read/pages of a statement stay put while lines are added",
	"witness forgotten":                   "store/every transfer is witnessed once, by a leaf that its row still has",
	"balance outside the rollback":        "store/whatever was posted in a transaction that fails is gone",
	"owners lose their case":              "post/owners are told apart byte by byte",
	"the subject is cut off":              "read/a transfer is read back as it was posted",
	"a set is written in two parts":       "store/writing a transfer that is there is told and leaves the rest of the set out",
}

func TestEachLedgerMutantIsCaughtByItsLaw(t *testing.T) {
	t.Parallel()
	mutanttest.Each(t, "TestMutatedLedger", ledgerMutants)
}

// TestMutatedLedger runs the suite on the adapter that the environment variable
// breaks; without it on the same adapter whole.
func TestMutatedLedger(t *testing.T) {
	t.Parallel()
	is := mutanttest.Is(t, ledgerMutants)
	escrowtest.RunLedger(t, escrowtest.LedgerHarness[brokenTx]{
		Open: func(_ *testing.T, clock lance.Clock) lance.Runner[brokenTx] {
			s := newBroken(is)
			return memkit.New(&memkit.Options{Clock: clock}, func(tx *memkit.Tx) brokenTx {
				return brokenTx{Tx: memescrow.Bind(tx), s: s}
			}, memescrow.OnSeal)
		},
	})
}
