package bunmarketplace

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type projectRow struct {
	bun.BaseModel `bun:"table:lance_projects,alias:t"`

	ID             string             `bun:"id,pk"`
	Version        int64              `bun:"version"`
	Client         string             `bun:"client"`
	Title          string             `bun:"title"`
	Description    string             `bun:"description"`
	Skills         []taxonomy.SkillID `bun:"skills"`
	Category       string             `bun:"category,nullzero"`
	Visibility     string             `bun:"visibility"`
	BudgetType     string             `bun:"budget_type"`
	BudgetMin      int64              `bun:"budget_min_minor"`
	BudgetMax      int64              `bun:"budget_max_minor"`
	BudgetCurrency string             `bun:"budget_currency"`
	State          string             `bun:"state"`
	Listed         bool               `bun:"listed"`
	ListedAt       time.Time          `bun:"listed_at,notnull"`
	CreatedAt      time.Time          `bun:"created_at,notnull"`
	PublishedAt    time.Time          `bun:"published_at"`
	EndedAt        time.Time          `bun:"ended_at"`
}

var projectSpec = &bunkit.Spec[project.Project, projectRow]{
	Table: project.Table, Name: "lance_projects",
	Row: func(p *project.Project) *projectRow {
		return &projectRow{
			ID: string(p.ID), Version: p.Version, Client: string(p.Client), Title: p.Title, Description: p.Description,
			Skills: p.Skills, Category: string(p.Category), Visibility: string(p.Visibility),
			BudgetType: string(p.Budget.Type), BudgetMin: p.Budget.Min.Minor(), BudgetMax: p.Budget.Max.Minor(),
			BudgetCurrency: p.Budget.Max.Currency().Code(), State: string(p.State), Listed: p.Listed(), ListedAt: p.ListedAt(),
			CreatedAt: p.CreatedAt, PublishedAt: p.PublishedAt, EndedAt: p.EndedAt,
		}
	},
	Value: func(m *projectRow) (*project.Project, error) {
		f := fields{}
		p := &project.Project{
			ID: project.ID(m.ID), Version: m.Version, Client: lance.PartyID(m.Client),
			Terms: project.Terms{
				Title: m.Title, Description: m.Description, Skills: m.Skills,
				Category: taxonomy.CategoryID(m.Category), Visibility: project.Visibility(m.Visibility),
				Budget: project.Budget{
					Type: project.BudgetType(m.BudgetType),
					Min:  f.money(m.BudgetMin, m.BudgetCurrency), Max: f.money(m.BudgetMax, m.BudgetCurrency),
				},
			},
			State: project.State(m.State), CreatedAt: m.CreatedAt, PublishedAt: m.PublishedAt, EndedAt: m.EndedAt,
		}
		return p, f.err
	},
}

// Projects is the store of projects.
func (t Tx) Projects() project.Store {
	return projects{bunkit.Rows[project.ID](t.Q, projectSpec), t.Q}
}

// projects keeps, beside its rows, which project names which skill.
type projects struct {
	lance.Rows[project.Project, project.ID]
	q *bunkit.Q
}

// Insert adds the project and its skills.
func (p projects) Insert(ctx context.Context, d *project.Project) error {
	if err := p.Rows.Insert(ctx, d); err != nil {
		return err
	}
	return p.link(ctx, d)
}

// Update replaces the project and its skills.
func (p projects) Update(ctx context.Context, ds ...*project.Project) error {
	if err := p.Rows.Update(ctx, ds...); err != nil {
		return err
	}
	for _, d := range ds {
		if err := p.relink(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (p projects) relink(ctx context.Context, d *project.Project) error {
	if _, err := p.q.Exec(ctx, "DELETE FROM {lance_project_skills} WHERE project = ?", string(d.ID)); err != nil {
		return err
	}
	return p.link(ctx, d)
}

func (p projects) link(ctx context.Context, d *project.Project) error {
	for _, s := range d.Skills {
		_, err := p.q.Exec(ctx, "INSERT INTO {lance_project_skills} (skill, project) VALUES (?, ?)", string(s), string(d.ID))
		if err != nil {
			return err
		}
	}
	return nil
}

// lastRune comes after every letter: with it behind, a prefix is the end of all
// words that begin with it.
const lastRune = "\U0010FFFF"

// FindWanted is Find among the projects that are wanted.
func (p projects) FindWanted(ctx context.Context, w project.Wanted, f lance.Filter) ([]*project.Project, error) {
	where, args := []string{}, []any{}
	if w.Skill != "" {
		where = append(where, "id IN (SELECT project FROM {lance_project_skills} WHERE skill = ?)")
		args = append(args, string(w.Skill))
	}
	for _, word := range w.Words {
		where = append(where, "id IN (SELECT project FROM {lance_project_words} WHERE word >= ? AND word < ?)")
		args = append(args, word, word+lastRune)
	}
	if len(where) == 0 {
		return p.Find(ctx, f)
	}
	return bunkit.FindWhere[project.ID](ctx, p.q, projectSpec, f, strings.Join(where, " AND "), args...)
}

// Index replaces the words of a project.
func (p projects) Index(ctx context.Context, id project.ID, words []string) error {
	if _, err := p.q.Exec(ctx, "DELETE FROM {lance_project_words} WHERE project = ?", string(id)); err != nil {
		return err
	}
	for some := range slices.Chunk(words, 500) {
		args := make([]any, 0, 2*len(some))
		for _, word := range some {
			args = append(args, word, string(id))
		}
		rows := strings.TrimSuffix(strings.Repeat("(?, ?), ", len(some)), ", ")
		if _, err := p.q.Exec(ctx, "INSERT INTO {lance_project_words} (word, project) VALUES "+rows, args...); err != nil {
			return err
		}
	}
	return nil
}

type proposalRow struct {
	bun.BaseModel `bun:"table:lance_proposals,alias:t"`

	ID          string          `bun:"id,pk"`
	Version     int64           `bun:"version"`
	Project     string          `bun:"project"`
	Client      string          `bun:"client"`
	Freelancer  string          `bun:"freelancer"`
	CoverLetter string          `bun:"cover_letter"`
	Milestones  []project.Offer `bun:"milestones"`
	Total       int64           `bun:"total_minor"`
	Currency    string          `bun:"currency"`
	State       string          `bun:"state"`
	Submitted   bool            `bun:"submitted"`
	Active      string          `bun:"active,nullzero"`
	CreatedAt   time.Time       `bun:"created_at,notnull"`
	SubmittedAt time.Time       `bun:"submitted_at"`
	DecidedAt   time.Time       `bun:"decided_at"`
}

var proposalSpec = &bunkit.Spec[project.Proposal, proposalRow]{
	Table: project.ProposalTable, Name: "lance_proposals",
	Row: func(p *project.Proposal) *proposalRow {
		active, _ := project.ProposalTable.Get(p, "active").(string)
		return &proposalRow{
			ID: string(p.ID), Version: p.Version, Project: string(p.Project), Client: string(p.Client),
			Freelancer: string(p.Freelancer), CoverLetter: p.CoverLetter, Milestones: p.Milestones,
			Total: p.Total.Minor(), Currency: p.Total.Currency().Code(), State: string(p.State),
			Submitted: !p.SubmittedAt.IsZero(), Active: active,
			CreatedAt: p.CreatedAt, SubmittedAt: p.SubmittedAt, DecidedAt: p.DecidedAt,
		}
	},
	Value: func(m *proposalRow) (*project.Proposal, error) {
		f := fields{}
		p := &project.Proposal{
			ID: project.ProposalID(m.ID), Version: m.Version, Project: project.ID(m.Project),
			Client: lance.PartyID(m.Client), Freelancer: lance.PartyID(m.Freelancer), CoverLetter: m.CoverLetter,
			Milestones: m.Milestones, Total: f.money(m.Total, m.Currency), State: project.ProposalState(m.State),
			CreatedAt: m.CreatedAt, SubmittedAt: m.SubmittedAt, DecidedAt: m.DecidedAt,
		}
		return p, f.err
	},
}

// Proposals is the store of proposals.
func (t Tx) Proposals() project.ProposalStore {
	return bunkit.Rows[project.ProposalID](t.Q, proposalSpec)
}
