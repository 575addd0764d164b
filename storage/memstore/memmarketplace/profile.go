package memmarketplace

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Profiles is the store of profiles.
func (t Tx) Profiles() profile.Store {
	return profiles{memkit.Rows[lance.PartyID](t.Tx, profile.Table)}
}

// PortfolioItems is the store of portfolio items.
func (t Tx) PortfolioItems() profile.ItemStore {
	return memkit.Rows[profile.ItemID](t.Tx, profile.ItemTable)
}

type profiles struct {
	lance.Rows[profile.Profile, lance.PartyID]
}

// FindBySkill is Find among the profiles that name the skill.
func (p profiles) FindBySkill(ctx context.Context, skill taxonomy.SkillID, f lance.Filter) ([]*profile.Profile, error) {
	limit := f.Limit
	f.Limit = 0
	all, err := p.Find(ctx, f)
	all = slices.DeleteFunc(all, func(d *profile.Profile) bool { return !d.Has(skill) })
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	return all, err
}
