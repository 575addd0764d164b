// Package storagetest is how a storage adapter proves that it can keep all of
// the engine's data: the suite of every domain, and the whole job from a posted
// project to a paid freelancer with the books computed again after every step.
//
// An adapter's test is a harness and a call:
//
//	func TestStore(t *testing.T) {
//		storagetest.Run(t, storagetest.Harness{
//			Open: func(t *testing.T, clock lance.Clock) lance.Runner[driver.Repos] { … },
//		})
//	}
//
// One whose parts pass the suites of their domains already proves only what the
// sum adds, with RunSum.
//
// Each case is a parallel subtest named after the law it proves and works on a
// store of its own. An adapter of one domain calls that domain's suite alone:
// escrowtest, authtest, paytest, markettest; its kernel calls basetest.
package storagetest
