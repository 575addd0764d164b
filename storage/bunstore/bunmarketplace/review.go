package bunmarketplace

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type reviewRow struct {
	bun.BaseModel `bun:"table:lance_reviews,alias:t"`

	ID          string    `bun:"id,pk"`
	Version     int64     `bun:"version"`
	Contract    string    `bun:"contract"`
	Author      string    `bun:"author"`
	Subject     string    `bun:"subject"`
	Rating      int64     `bun:"rating"`
	Comment     string    `bun:"comment"`
	Reply       string    `bun:"reply"`
	State       string    `bun:"state"`
	CreatedAt   time.Time `bun:"created_at,notnull"`
	Public      bool      `bun:"public"`
	ListedAt    time.Time `bun:"listed_at,notnull"`
	PublishedAt time.Time `bun:"published_at"`
	RepliedAt   time.Time `bun:"replied_at"`
}

var reviewSpec = &bunkit.Spec[review.Review, reviewRow]{
	Table: review.Table, Name: "lance_reviews",
	Row: func(r *review.Review) *reviewRow {
		return &reviewRow{
			ID: string(r.ID), Version: r.Version, Contract: string(r.Contract), Author: string(r.Author), Subject: string(r.Subject),
			Rating: int64(r.Rating), Comment: r.Comment, Reply: r.Reply, State: string(r.State),
			CreatedAt: r.CreatedAt, Public: r.Public(), ListedAt: r.ListedAt(), PublishedAt: r.PublishedAt, RepliedAt: r.RepliedAt,
		}
	},
	Value: func(m *reviewRow) (*review.Review, error) {
		return &review.Review{
			ID: review.ID(m.ID), Version: m.Version, Contract: contract.ID(m.Contract),
			Author: lance.PartyID(m.Author), Subject: lance.PartyID(m.Subject),
			Rating: int(m.Rating), Comment: m.Comment, Reply: m.Reply, State: review.State(m.State),
			CreatedAt: m.CreatedAt, PublishedAt: m.PublishedAt, RepliedAt: m.RepliedAt,
		}, nil
	},
}

// Reviews is the store of reviews.
func (t Tx) Reviews() review.Store { return bunkit.Rows[review.ID](t.Q, reviewSpec) }

type ratingRow struct {
	bun.BaseModel `bun:"table:lance_ratings,alias:t"`

	ID      string `bun:"id,pk"`
	Version int64  `bun:"version"`
	Stars1  int64  `bun:"stars1"`
	Stars2  int64  `bun:"stars2"`
	Stars3  int64  `bun:"stars3"`
	Stars4  int64  `bun:"stars4"`
	Stars5  int64  `bun:"stars5"`
}

var ratingSpec = &bunkit.Spec[review.Rating, ratingRow]{
	Table: review.RatingTable, Name: "lance_ratings",
	Row: func(r *review.Rating) *ratingRow {
		return &ratingRow{bun.BaseModel{}, string(r.Party), r.Version, r.Stars[0], r.Stars[1], r.Stars[2], r.Stars[3], r.Stars[4]}
	},
	Value: func(m *ratingRow) (*review.Rating, error) {
		return &review.Rating{
			Party: lance.PartyID(m.ID), Version: m.Version,
			Stars: [5]int64{m.Stars1, m.Stars2, m.Stars3, m.Stars4, m.Stars5},
		}, nil
	},
}

// Ratings is the store of ratings.
func (t Tx) Ratings() review.RatingStore { return bunkit.Rows[lance.PartyID](t.Q, ratingSpec) }
