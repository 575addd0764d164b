package taxonomy

import "github.com/megilance/lance"

// CategoryStore keeps categories as CategoryTable declares them.
type CategoryStore interface {
	lance.Rows[Category, CategoryID]
}

// SkillStore keeps skills as SkillTable declares them.
type SkillStore interface {
	lance.Rows[Skill, SkillID]
}

// Repos is what this package needs in a transaction.
type Repos interface {
	lance.Repos
	Categories() CategoryStore
	Skills() SkillStore
}

// CategoryTable declares how categories are kept.
var CategoryTable = &lance.Table[Category]{
	Noun:    "category",
	ID:      func(c *Category) string { return string(c.ID) },
	Version: func(c *Category) *int64 { return &c.Version },
	Fields: map[string]func(*Category) any{
		"slug":   func(c *Category) any { return c.Slug },
		"parent": func(c *Category) any { return none(string(c.Parent)) },
		"state":  func(c *Category) any { return string(c.State) },
	},
	Unique: [][]string{{"slug"}},
}

// SkillTable declares how skills are kept.
var SkillTable = &lance.Table[Skill]{
	Noun:    "skill",
	ID:      func(s *Skill) string { return string(s.ID) },
	Version: func(s *Skill) *int64 { return &s.Version },
	Fields: map[string]func(*Skill) any{
		"slug":     func(s *Skill) any { return s.Slug },
		"category": func(s *Skill) any { return none(string(s.Category)) },
		"state":    func(s *Skill) any { return string(s.State) },
	},
	Unique: [][]string{{"slug"}},
}

func none(s string) any {
	if s == "" {
		return nil
	}
	return s
}
