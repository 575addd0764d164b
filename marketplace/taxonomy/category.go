package taxonomy

import (
	"time"

	"github.com/megilance/lance"
)

// CategoryID names a category: "cat_…".
type CategoryID string

// CategoryTerms is what an administrator says about a category.
type CategoryTerms struct {
	Parent      CategoryID `json:"parent"`      // empty: at the top
	Name        string     `json:"name"`        // one line, 1 to 60 characters
	Description string     `json:"description"` // at most 2,000 characters
	Place       int        `json:"place"`       // among its siblings, 0 to 9,999; ties go by name
}

// Category is a node of the tree of categories.
type Category struct {
	ID      CategoryID
	Version int64  // from 1; grows with every change
	Slug    string // unique; never changes
	CategoryTerms
	State     State
	CreatedAt time.Time // UTC, as all times
	UpdatedAt time.Time
}

// Ref names the category in locks and events.
func (c *Category) Ref() lance.Ref { return lance.Ref{Kind: "category", ID: string(c.ID)} }

// AllowedActions returns what the actor may do to the category now.
func (c *Category) AllowedActions(by lance.Actor) []Action {
	return CategoryLifecycle.Actions(c.State, relations(by)...)
}

// Node is a category with what lies below it.
type Node struct {
	Category *Category
	Children []*Node // by place, then name
}
