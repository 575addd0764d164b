package memstore

import (
	"context"

	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memstore/memauth"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/memstore/memmarketplace"
	"github.com/megilance/lance/storage/memstore/mempayments"
)

// Options are what a store takes from its surroundings: its clock and its
// entropy.
type Options = memkit.Options

// Store is a store in memory. It is safe for concurrent use.
type Store struct{ *memkit.Store[driver.Repos] }

var _ driver.Store = (*Store)(nil)

// The parts, under names that do not collide when they are embedded together.
type (
	authTx     = memauth.Tx
	paymentsTx = mempayments.Tx // brings escrow along
	marketTx   = memmarketplace.Tx
)

// tx is one transaction with the repositories of all domains. The kernel stands
// beside its parts, which each have it too, so that it is found first.
type tx struct {
	*memkit.Tx
	authTx
	paymentsTx
	marketTx
}

func bind(t *memkit.Tx) driver.Repos {
	return tx{t, memauth.Bind(t), mempayments.Bind(t), memmarketplace.Bind(t)}
}

// New makes an empty store. Nil options take the system's clock and entropy.
func New(opts *Options) *Store { return &Store{memkit.New(opts, bind, memescrow.OnSeal)} }

// Migrate does nothing: there is no schema. It fails when ctx has ended.
func (s *Store) Migrate(ctx context.Context) error { return ctx.Err() }

// Check does nothing: there is no schema. It fails when ctx has ended.
func (s *Store) Check(ctx context.Context) error { return ctx.Err() }

// Ready does nothing: memory is always there. It fails when ctx has ended.
func (s *Store) Ready(ctx context.Context) error { return ctx.Err() }

// Close does nothing; the store goes with the process. It never fails.
func (s *Store) Close() error { return nil }
