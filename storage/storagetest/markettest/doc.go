// Package markettest is how a storage adapter proves that it can keep a
// marketplace: projects and proposals, contracts and their milestones, reviews
// and ratings, with the money that moves beside them.
//
// An adapter's test is a harness and a call for each suite:
//
//	func TestContracts(t *testing.T) {
//		markettest.RunContracts(t, markettest.Harness[repos]{
//			Open: func(t *testing.T, clock lance.Clock) lance.Runner[repos] { … },
//		})
//	}
//
// Each case is a parallel subtest named after the law it proves and works on a
// store of its own. When it ends, the books of that store must balance, computed
// again from the transfers alone.
package markettest
