package driver

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
)

// The parts of Repos, by domain.
//
//nolint:revive // each has its comment behind it
type (
	KernelRepos   = lance.Repos     // what every transaction offers
	LedgerRepos   = ledger.Repos    // the books
	EscrowRepos   = escrow.Repos    // agreements, on the books
	DisputeRepos  = dispute.Repos   // cases about agreements
	PaymentsRepos = payments.Repos  // top-ups and payouts, on escrow
	ClaimRepos    = guarantee.Repos // claims on the guarantee, on payments
	AuthRepos     = auth.Repos      // users and sessions
	TaxonomyRepos = taxonomy.Repos  // categories and skills
	ProfileRepos  = profile.Repos   // profiles, on the taxonomy
	ProjectRepos  = project.Repos   // projects and proposals, on profiles
	FileRepos     = file.Repos      // files
	ContractRepos = contract.Repos  // contracts, on projects, files and escrow
	ReviewRepos   = review.Repos    // reviews, on contracts
)

// Repos is all of them together.
type Repos = marketplace.Repos

// Store keeps all of the engine's data in one place.
type Store interface {
	lance.Runner[Repos]
	// Migrate brings the schema up to date. It never happens by itself.
	Migrate(ctx context.Context) error
	// Check fails with Precondition unless the schema is the one this program
	// needs.
	Check(ctx context.Context) error
	// Ready reports whether the store can work now: else Unavailable, or as
	// Check.
	Ready(ctx context.Context) error
	// Close gives the store's connections up. Transactions under way fail.
	Close() error
}
