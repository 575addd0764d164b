package taxonomy

import (
	"time"

	"github.com/megilance/lance"
)

// SkillID names a skill: "skl_…".
type SkillID string

// SkillTerms is what an administrator says about a skill.
type SkillTerms struct {
	Name        string     `json:"name"`        // one line, 1 to 60 characters
	Category    CategoryID `json:"category"`    // a known category, or empty
	Description string     `json:"description"` // at most 2,000 characters
}

// Skill is something that people can do and projects need.
type Skill struct {
	ID      SkillID
	Version int64  // from 1; grows with every change
	Slug    string // unique; never changes
	SkillTerms
	State     State
	CreatedAt time.Time // UTC, as all times
	UpdatedAt time.Time
}

// Ref names the skill in events.
func (s *Skill) Ref() lance.Ref { return lance.Ref{Kind: "skill", ID: string(s.ID)} }

// AllowedActions returns what the actor may do to the skill now.
func (s *Skill) AllowedActions(by lance.Actor) []Action {
	return SkillLifecycle.Actions(s.State, relations(by)...)
}

// relations returns what the actor is to the taxonomy.
func relations(by lance.Actor) []lance.Relation {
	if by.IsSystem() || by.Has(lance.RoleAdmin) {
		return []lance.Relation{lance.ByAdmin}
	}
	return nil
}
