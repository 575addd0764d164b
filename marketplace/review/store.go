package review

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
)

// Store keeps reviews as Table declares them.
type Store interface {
	lance.Rows[Review, ID]
}

// RatingStore keeps ratings as RatingTable declares them.
type RatingStore interface {
	lance.Rows[Rating, lance.PartyID]
}

// Repos is what this package needs in a transaction.
type Repos interface {
	contract.Repos
	Reviews() Store
	Ratings() RatingStore
}

// Table declares how reviews are kept: one by each author of a contract.
var Table = &lance.Table[Review]{
	Noun:    "review",
	ID:      func(r *Review) string { return string(r.ID) },
	Version: func(r *Review) *int64 { return &r.Version },
	Fields: map[string]func(*Review) any{
		"contract":  func(r *Review) any { return string(r.Contract) },
		"author":    func(r *Review) any { return string(r.Author) },
		"subject":   func(r *Review) any { return string(r.Subject) },
		"state":     func(r *Review) any { return string(r.State) },
		"public":    func(r *Review) any { return r.Public() },
		"listed_at": func(r *Review) any { return r.ListedAt() },
	},
	Unique: [][]string{{"contract", "author"}},
}

// RatingTable declares how ratings are kept, one for each party.
var RatingTable = &lance.Table[Rating]{
	Noun:    "rating",
	ID:      func(r *Rating) string { return string(r.Party) },
	Version: func(r *Rating) *int64 { return &r.Version },
}
