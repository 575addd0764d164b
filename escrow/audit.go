package escrow

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// Scope is what lance.Verify covers of escrow: the books, and each agreement,
// which has the version and state of its last event.
func Scope[R Repos]() lance.Scope[R] {
	own := lance.Scope[R]{Aggregates: []lance.Aggregate[R]{
		lance.AggregateOf(Table, func(r R) lance.Rows[Agreement, ID] { return r.Agreements() }, func(a *Agreement) string { return string(a.State) }),
	}}
	return ledger.Scope[R]().Join(own)
}
