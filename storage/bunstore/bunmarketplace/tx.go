package bunmarketplace

import "github.com/megilance/lance/storage/bunstore/bunkit"

// Tx is one transaction or view with the repositories of the marketplace's own
// domains.
type Tx struct{ *bunkit.Q }

// Bind makes a kernel's transaction one of the marketplace.
func Bind(q *bunkit.Q) Tx { return Tx{q} }
