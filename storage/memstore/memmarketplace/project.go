package memmarketplace

import (
	"context"
	"slices"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Projects is the store of projects.
func (t Tx) Projects() project.Store {
	return projects{memkit.Rows[project.ID](t.Tx, project.Table), t.Tx}
}

// Proposals is the store of proposals.
func (t Tx) Proposals() project.ProposalStore {
	return memkit.Rows[project.ProposalID](t.Tx, project.ProposalTable)
}

type projects struct {
	lance.Rows[project.Project, project.ID]
	tx *memkit.Tx
}

// words are those of each project that is searched for.
func (p projects) words() *memkit.Map[project.ID, []string] {
	return memkit.Table[project.ID, []string](p.tx, "project.words")
}

// Index replaces the words of a project.
func (p projects) Index(ctx context.Context, id project.ID, words []string) error {
	if len(words) == 0 {
		return p.words().Delete(id)
	}
	if _, err := p.Get(ctx, id); err != nil {
		return err
	}
	return p.words().Put(id, words)
}

// has reports whether a project is what is wanted.
func (p projects) has(d *project.Project, w project.Wanted) bool {
	if w.Skill != "" && !slices.Contains(d.Skills, w.Skill) {
		return false
	}
	words, _ := p.words().Get(d.ID)
	for _, want := range w.Words {
		if !slices.ContainsFunc(words, func(s string) bool { return strings.HasPrefix(s, want) }) {
			return false
		}
	}
	return true
}

// FindWanted is Find among the projects that are wanted.
func (p projects) FindWanted(ctx context.Context, w project.Wanted, f lance.Filter) ([]*project.Project, error) {
	limit := f.Limit
	f.Limit = 0
	all, err := p.Find(ctx, f)
	all = slices.DeleteFunc(all, func(d *project.Project) bool { return !p.has(d, w) })
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	return all, err
}
