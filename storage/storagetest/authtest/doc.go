// Package authtest is how a storage adapter proves that it can keep users: who
// registers, signs in, proves an address and is administered, with sessions,
// tokens and challenges.
//
// An adapter's test is a harness and a call:
//
//	func TestAuth(t *testing.T) {
//		authtest.Run(t, authtest.Harness[repos]{
//			Open: func(t *testing.T, clock lance.Clock) lance.Runner[repos] { … },
//		})
//	}
//
// Each case is a parallel subtest named after the law it proves and works on a
// store of its own. RunIncidents proves the laws that bugs of comparable systems
// have taught.
package authtest
