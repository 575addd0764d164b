// Package paytest is how a storage adapter proves that it can keep payments:
// top-ups, payouts and what providers told, together with the books.
//
// An adapter's test is a harness and a call:
//
//	func TestPayments(t *testing.T) {
//		paytest.Run(t, paytest.Harness[repos]{
//			Open: func(t *testing.T, clock lance.Clock) lance.Runner[repos] { … },
//		})
//	}
//
// Each case is a parallel subtest named after the law it proves and works on a
// store of its own, with a provider of its own that is as unreliable as the case
// wants. When it ends, everything must be sound: the books balance and are the
// fold of their transfers, every top-up was credited once or not at all, every
// payout left once or not at all, and every wallet shows what the transfers make.
package paytest
