package bunstore

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunauth"
	"github.com/megilance/lance/storage/bunstore/bunescrow"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/bunmarketplace"
	"github.com/megilance/lance/storage/bunstore/bunpayments"
	"github.com/megilance/lance/storage/driver"
)

// Options say which database a store is in and what it takes from its
// surroundings. Exactly one of DSN, DB and Pool is set.
type Options = bunkit.Options

// Tx is a host's open transaction: *sql.Tx and bun.Tx fit.
type Tx = bunkit.Tx

// Store is a store in SQLite or PostgreSQL. It is safe for concurrent use.
type Store struct{ *bunkit.Store[driver.Repos] }

var _ driver.Store = (*Store)(nil)

// The parts, under names that do not collide when they are embedded together.
type (
	authTx     = bunauth.Tx
	paymentsTx = bunpayments.Tx // brings escrow along
	marketTx   = bunmarketplace.Tx
)

// tx is one transaction with the repositories of all domains. The kernel stands
// beside its parts, which each have it too, so that it is found first.
type tx struct {
	*bunkit.Q
	authTx
	paymentsTx
	marketTx
}

func bind(q *bunkit.Q) driver.Repos {
	return tx{q, bunauth.Bind(q), bunpayments.Bind(q), bunmarketplace.Bind(q)}
}

// Parts are what the store is made of, in the order of their migrations.
func Parts() []bunkit.Part {
	return []bunkit.Part{bunescrow.Part(), bunauth.Part(), bunpayments.Part(), bunmarketplace.Part()}
}

// Open opens a store. It changes nothing in the database: see Migrate. It fails
// with Invalid "invalid_input" for options that make no sense, Unavailable
// "store_unavailable" when the database cannot be reached, and Precondition
// "store_pragma" when a SQLite connection does not keep what the store relies
// on.
func Open(ctx context.Context, opts Options) (*Store, error) {
	s, err := bunkit.Open(ctx, opts, bind, Parts()...)
	if err != nil {
		return nil, lance.Op("bunstore.Open", err)
	}
	return &Store{s}, nil
}
