package project

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/profile"
)

// Store keeps projects: plain rows as Table declares them, and the words that
// they are searched by.
type Store interface {
	lance.Rows[Project, ID]
	// FindWanted is Find among the projects that are wanted. They have the words
	// that Index gave them, compared byte by byte.
	FindWanted(ctx context.Context, w Wanted, f lance.Filter) ([]*Project, error)
	// Index replaces the words of a project, each once and none empty; no words
	// remove it from the index.
	Index(ctx context.Context, id ID, words []string) error
}

// ProposalStore keeps proposals as ProposalTable declares them.
type ProposalStore interface {
	lance.Rows[Proposal, ProposalID]
}

// Repos is what this package needs in a transaction.
type Repos interface {
	profile.Repos
	Projects() Store
	Proposals() ProposalStore
}

// Table declares how projects are kept.
var Table = &lance.Table[Project]{
	Noun:    "project",
	ID:      func(p *Project) string { return string(p.ID) },
	Version: func(p *Project) *int64 { return &p.Version },
	Fields: map[string]func(*Project) any{
		"client":     func(p *Project) any { return string(p.Client) },
		"state":      func(p *Project) any { return string(p.State) },
		"category":   func(p *Project) any { return none(string(p.Category)) },
		"created_at": func(p *Project) any { return p.CreatedAt },
		"listed":     func(p *Project) any { return p.Listed() },
		"listed_at":  func(p *Project) any { return p.ListedAt() },
	},
}

// ProposalTable declares how proposals are kept.
var ProposalTable = &lance.Table[Proposal]{
	Noun:    "proposal",
	ID:      func(p *Proposal) string { return string(p.ID) },
	Version: func(p *Proposal) *int64 { return &p.Version },
	Fields: map[string]func(*Proposal) any{
		"project":    func(p *Proposal) any { return string(p.Project) },
		"freelancer": func(p *Proposal) any { return string(p.Freelancer) },
		"state":      func(p *Proposal) any { return string(p.State) },
		"created_at": func(p *Proposal) any { return p.CreatedAt },
		"submitted":  func(p *Proposal) any { return !p.SubmittedAt.IsZero() },
		"active":     func(p *Proposal) any { return p.activeFor() },
	},
	Unique: [][]string{{"project", "active"}},
}

// activeFor returns the freelancer of an active proposal, else none.
func (p *Proposal) activeFor() any {
	if p.Active() {
		return string(p.Freelancer)
	}
	return nil
}

func none(s string) any {
	if s == "" {
		return nil
	}
	return s
}
