package profile

import (
	"time"

	"github.com/megilance/lance"
)

// ItemID names a portfolio item: "pfi_…".
type ItemID string

// MediaKind says what a link of a portfolio item shows.
type MediaKind string

// The kinds of media.
const (
	Image MediaKind = "image"
	Video MediaKind = "video"
	Link  MediaKind = "link"
)

// Media is a link that a portfolio item shows.
type Media struct {
	Kind    MediaKind `json:"kind"`
	URL     string    `json:"url"`     // as lance.CheckURL takes it
	Caption string    `json:"caption"` // one line, at most 120 characters
}

// ItemTerms is what a party says about a piece of past work.
type ItemTerms struct {
	Title    string  `json:"title"`    // one line, 1 to 120 characters
	Role     string  `json:"role"`     // what the party did in it: one line, at most 100 characters
	Problem  string  `json:"problem"`  // Markdown, at most 10,000 characters
	Solution string  `json:"solution"` // as Problem
	Result   string  `json:"result"`   // as Problem
	Media    []Media `json:"media"`    // at most 12
	Place    int     `json:"place"`    // among the party's items, 0 to 999; ties go by age
}

// Item is one piece of a party's portfolio.
type Item struct {
	ID      ItemID
	Version int64 // from 1; grows with every change
	Party   lance.PartyID
	ItemTerms
	State     ItemState
	CreatedAt time.Time // UTC, as all times
	UpdatedAt time.Time
}

// Ref names the item in events.
func (i *Item) Ref() lance.Ref { return lance.Ref{Kind: "portfolio_item", ID: string(i.ID)} }

// AllowedActions returns what the actor may do to the item now.
func (i *Item) AllowedActions(by lance.Actor) []ItemAction {
	return ItemLifecycle.Actions(i.State, i.relations(by)...)
}

// relations returns what the actor is to the item.
func (i *Item) relations(by lance.Actor) (as []lance.Relation) {
	if by.Party != "" && by.Party == i.Party {
		as = append(as, ByOwner)
	}
	if by.IsSystem() || by.Has(lance.RoleAdmin) {
		as = append(as, lance.ByAdmin)
	}
	return as
}
