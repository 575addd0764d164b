package profile

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// Store keeps profiles, each under its party: plain rows as Table declares
// them, and one question more.
type Store interface {
	lance.Rows[Profile, lance.PartyID]
	// FindBySkill is Find among the profiles that name the skill.
	FindBySkill(ctx context.Context, skill taxonomy.SkillID, f lance.Filter) ([]*Profile, error)
}

// ItemStore keeps portfolio items as ItemTable declares them.
type ItemStore interface {
	lance.Rows[Item, ItemID]
}

// Repos is what this package needs in a transaction.
type Repos interface {
	taxonomy.Repos
	Profiles() Store
	PortfolioItems() ItemStore
}

// Table declares how profiles are kept.
var Table = &lance.Table[Profile]{
	Noun:    "profile",
	ID:      func(p *Profile) string { return string(p.Party) },
	Version: func(p *Profile) *int64 { return &p.Version },
	Fields: map[string]func(*Profile) any{
		"view":       func(p *Profile) any { return string(p.View) },
		"visibility": func(p *Profile) any { return string(p.Visibility) },
		"updated_at": func(p *Profile) any { return p.UpdatedAt },
	},
}

// ItemTable declares how portfolio items are kept.
var ItemTable = &lance.Table[Item]{
	Noun:    "portfolio_item",
	ID:      func(i *Item) string { return string(i.ID) },
	Version: func(i *Item) *int64 { return &i.Version },
	Fields: map[string]func(*Item) any{
		"party": func(i *Item) any { return string(i.Party) },
		"state": func(i *Item) any { return string(i.State) },
		"place": func(i *Item) any { return int64(i.Place) },
	},
}
