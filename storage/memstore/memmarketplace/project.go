package memmarketplace

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Projects is the store of projects.
func (t Tx) Projects() project.Store {
	return projects{memkit.Rows[project.ID](t.Tx, project.Table)}
}

// Proposals is the store of proposals.
func (t Tx) Proposals() project.ProposalStore {
	return memkit.Rows[project.ProposalID](t.Tx, project.ProposalTable)
}

type projects struct {
	lance.Rows[project.Project, project.ID]
}

// FindBySkill is Find among the projects that name the skill.
func (p projects) FindBySkill(ctx context.Context, skill taxonomy.SkillID, f lance.Filter) ([]*project.Project, error) {
	limit := f.Limit
	f.Limit = 0
	all, err := p.Find(ctx, f)
	all = slices.DeleteFunc(all, func(d *project.Project) bool { return !slices.Contains(d.Skills, skill) })
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	return all, err
}
