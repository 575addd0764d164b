package marketplace

import (
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/payments/guarantee"
)

// Repos is the repositories of all domains: what a store for the whole engine
// offers in a transaction. Reviews bring contracts, projects, profiles, the
// taxonomy, escrow and the ledger along.
type Repos interface {
	auth.Repos
	dispute.Repos
	guarantee.Repos // brings payments along
	review.Repos
}
