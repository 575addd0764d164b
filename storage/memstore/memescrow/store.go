package memescrow

import "github.com/megilance/lance/storage/memstore/memkit"

// Tx is one transaction or view with the repositories of the escrow domain.
type Tx struct{ *memkit.Tx }

// Bind makes a kernel's transaction one of the escrow domain.
func Bind(tx *memkit.Tx) Tx { return Tx{tx} }

// New makes an empty store of the escrow domain alone. Nil options take the
// system's clock and entropy.
func New(opts *memkit.Options) *memkit.Store[Tx] { return memkit.New(opts, Bind, OnSeal) }
