// Package escrowtest is how a storage adapter proves that it can keep money: the
// books of escrow/ledger and the agreements of escrow.
//
// An adapter's test is a harness and a call:
//
//	func TestLedger(t *testing.T) {
//		escrowtest.RunLedger(t, escrowtest.LedgerHarness[repos]{
//			Open: func(t *testing.T, clock lance.Clock) lance.Runner[repos] { … },
//		})
//	}
//
// Each case is a parallel subtest named after the law it proves and works on a
// store of its own; when it ends, the books of that store must be sound: every
// balance is the fold of its transfers, every currency sums to zero, every
// statement adds up, every account's lots sum up to its balance.
//
// BenchPost and its workloads measure how fast a store posts.
package escrowtest
