package bunmarketplace

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type categoryRow struct {
	bun.BaseModel `bun:"table:lance_categories,alias:t"`

	ID          string    `bun:"id,pk"`
	Version     int64     `bun:"version"`
	Slug        string    `bun:"slug"`
	Parent      string    `bun:"parent,nullzero"`
	Name        string    `bun:"name"`
	Description string    `bun:"description"`
	Place       int       `bun:"place"`
	State       string    `bun:"state"`
	CreatedAt   time.Time `bun:"created_at,notnull"`
	UpdatedAt   time.Time `bun:"updated_at,notnull"`
}

var categorySpec = &bunkit.Spec[taxonomy.Category, categoryRow]{
	Table: taxonomy.CategoryTable, Name: "lance_categories",
	Row: func(c *taxonomy.Category) *categoryRow {
		return &categoryRow{
			ID: string(c.ID), Version: c.Version, Slug: c.Slug, Parent: string(c.Parent), Name: c.Name,
			Description: c.Description, Place: c.Place, State: string(c.State), CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		}
	},
	Value: func(m *categoryRow) (*taxonomy.Category, error) {
		return &taxonomy.Category{
			ID: taxonomy.CategoryID(m.ID), Version: m.Version, Slug: m.Slug,
			CategoryTerms: taxonomy.CategoryTerms{
				Parent: taxonomy.CategoryID(m.Parent), Name: m.Name, Description: m.Description, Place: m.Place,
			},
			State: taxonomy.State(m.State), CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
		}, nil
	},
}

// Categories is the store of categories.
func (t Tx) Categories() taxonomy.CategoryStore {
	return bunkit.Rows[taxonomy.CategoryID](t.Q, categorySpec)
}

type skillRow struct {
	bun.BaseModel `bun:"table:lance_skills,alias:t"`

	ID          string    `bun:"id,pk"`
	Version     int64     `bun:"version"`
	Slug        string    `bun:"slug"`
	Name        string    `bun:"name"`
	Category    string    `bun:"category,nullzero"`
	Description string    `bun:"description"`
	State       string    `bun:"state"`
	CreatedAt   time.Time `bun:"created_at,notnull"`
	UpdatedAt   time.Time `bun:"updated_at,notnull"`
}

var skillSpec = &bunkit.Spec[taxonomy.Skill, skillRow]{
	Table: taxonomy.SkillTable, Name: "lance_skills",
	Row: func(s *taxonomy.Skill) *skillRow {
		return &skillRow{
			ID: string(s.ID), Version: s.Version, Slug: s.Slug, Name: s.Name, Category: string(s.Category),
			Description: s.Description, State: string(s.State), CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
		}
	},
	Value: func(m *skillRow) (*taxonomy.Skill, error) {
		return &taxonomy.Skill{
			ID: taxonomy.SkillID(m.ID), Version: m.Version, Slug: m.Slug,
			SkillTerms: taxonomy.SkillTerms{Name: m.Name, Category: taxonomy.CategoryID(m.Category), Description: m.Description},
			State:      taxonomy.State(m.State), CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
		}, nil
	},
}

// Skills is the store of skills.
func (t Tx) Skills() taxonomy.SkillStore { return bunkit.Rows[taxonomy.SkillID](t.Q, skillSpec) }
