package memmarketplace

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Reviews is the store of reviews.
func (t Tx) Reviews() review.Store { return memkit.Rows[review.ID](t.Tx, review.Table) }

// Ratings is the store of ratings.
func (t Tx) Ratings() review.RatingStore {
	return memkit.Rows[lance.PartyID](t.Tx, review.RatingTable)
}
