package memmarketplace

import (
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Tx is one transaction or view with the repositories of the marketplace's own
// domains.
type Tx struct{ *memkit.Tx }

var _ project.Repos = Tx{}

// Bind makes a kernel's transaction one of the marketplace.
func Bind(tx *memkit.Tx) Tx { return Tx{tx} }

// New makes an empty store of the marketplace without money: for taxonomies,
// profiles, projects and proposals. Nil options take the system's clock and
// entropy.
func New(opts *memkit.Options) *memkit.Store[Tx] { return memkit.New(opts, Bind) }
