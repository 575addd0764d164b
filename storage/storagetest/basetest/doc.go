// Package basetest is how the kernel of a storage adapter proves itself:
// transactions, locks, the event log, consumers, timers, idempotency keys and
// plain tables, whatever the domain.
//
// An adapter's test is a Harness and a call:
//
//	func TestBase(t *testing.T) {
//		basetest.Run(t, basetest.Harness[repos]{
//			Open:    func(t *testing.T, clock lance.Clock) lance.Runner[repos] { … },
//			Widgets: func(r repos) lance.Rows[basetest.Widget, basetest.WidgetID] { … },
//			Notes:   func(r repos) lance.Rows[basetest.Note, basetest.NoteID] { … },
//		})
//	}
//
// Each case is a parallel subtest named after the law it proves and works on a
// store of its own. What an adapter cannot do it declares by leaving the hook
// for it nil; the cases that need it are then skipped by name.
//
// CheckWrites is for the suites of domains too: it proves of every method that
// writes that it rolls back, and fails when a method was forgotten.
package basetest
