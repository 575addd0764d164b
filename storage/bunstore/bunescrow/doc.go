// Package bunescrow keeps agreements and their ledger in SQLite or PostgreSQL.
// It adds the stores of the escrow domain, with their migrations, to bunkit's
// transactions, and knows nothing of other domains: an embedder of escrow alone
// opens its store here.
//
// The ledger's hot path is raw SQL over sets: on PostgreSQL one statement locks
// and reads all that a set of transfers depends on, and one writes all that it
// changes.
package bunescrow
