// Package mutanttest proves that a suite catches what it is there to catch:
// adapters that are broken on purpose, one way at a time, each by a law that is
// named beforehand.
//
//	var mutants = map[string]string{"rollback forgotten": "tx/error_leaves_nothing", …}
//
//	func TestEachMutantIsCaughtByItsLaw(t *testing.T) { mutanttest.Each(t, "TestMutated", mutants) }
//
//	func TestMutated(t *testing.T) {
//		is := mutanttest.Is(t, mutants)
//		suite.Run(t, … an adapter that is broken as is says, or whole …)
//	}
package mutanttest
