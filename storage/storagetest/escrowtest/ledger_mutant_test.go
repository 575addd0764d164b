package escrowtest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
)

// ledgerMutantEnv names the environment variable that tells TestMutatedLedger
// what to break.
const ledgerMutantEnv = "LANCE_LEDGER_MUTANT"

// ledgerMutants are ways in which adapters go wrong, and the law that catches
// each.
var ledgerMutants = map[string]string{
	"overdraft condition dropped":   "concurrency/concurrent debits never overdraw",
	"idempotency dropped":           "post/the same set again changes nothing and returns what stands",
	"idempotency, under a crowd":    "concurrency/of many who post the same transfer all get the same one",
	"reserved amounts forgotten":    "pending/it cannot reserve more than is available",
	"settlement forgotten":          "pending/it is posted or voided once",
	"settled ones stay open":        "pending/it is posted or voided once",
	"shares of lots not stored":     "lots/lots follow the money from account to account and back",
	"youngest lots first":           "lots/the oldest charge moves first, and the transfer says which",
	"tail forgotten":                "read/a balance without a floor counts what is not sealed, before, between and after sealing",
	"pages overlap":                 "read/pages of a statement stay put while lines are added",
	"witness forgotten":             "store/every transfer is witnessed once, by a leaf that its row still has",
	"balance outside the rollback":  "store/whatever was posted in a transaction that fails is gone",
	"owners lose their case":        "post/owners are told apart byte by byte",
	"the subject is cut off":        "read/a transfer is read back as it was posted",
	"a set is written in two parts": "store/writing a transfer that is there is told and leaves the rest of the set out",
}

// TestEachLedgerMutantIsCaughtByItsLaw runs the law on the broken adapter in a
// process of its own, where it must fail. That the law holds of the adapter as
// it should be, TestMutatedLedger proves in this one.
func TestEachLedgerMutantIsCaughtByItsLaw(t *testing.T) {
	t.Parallel()
	for name, law := range ledgerMutants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := "TestMutatedLedger/" + strings.ReplaceAll(law, " ", "_")
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.timeout=1m", "-test.run=^"+strings.ReplaceAll(path, "/", "$/^")+"$")
			cmd.Env = append(os.Environ(), ledgerMutantEnv+"="+name)
			out, err := cmd.CombinedOutput()
			require.Error(t, err, "the law let it pass")
			require.Contains(t, string(out), "--- FAIL: "+path, "something else failed")
			require.NotContains(t, string(out), "panic: ", "a law fails with words")
		})
	}
}

// TestMutatedLedger runs the suite on the adapter that the environment variable
// breaks; without it on the same adapter whole.
func TestMutatedLedger(t *testing.T) {
	t.Parallel()
	is := os.Getenv(ledgerMutantEnv)
	if _, known := ledgerMutants[is]; is != "" {
		require.True(t, known, "there is no such mutant")
	}
	escrowtest.RunLedger(t, escrowtest.LedgerHarness[brokenTx]{
		Open: func(_ *testing.T, clock lance.Clock) lance.Runner[brokenTx] {
			s := newBroken(is)
			return memkit.New(&memkit.Options{Clock: clock}, func(tx *memkit.Tx) brokenTx {
				return brokenTx{Tx: memescrow.Bind(tx), s: s}
			}, memescrow.OnSeal)
		},
	})
}
