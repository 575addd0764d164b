package project

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// ID names a project: "prj_…".
type ID string

// Visibility says who finds a published project.
type Visibility string

// The visibilities of a project.
const (
	Public   Visibility = "public"   // it is listed
	Unlisted Visibility = "unlisted" // only who knows its identifier sees it
)

// BudgetType says what a budget's amounts are for.
type BudgetType string

// The types of a budget.
const (
	Fixed  BudgetType = "fixed"  // Min and Max are for the whole work
	Hourly BudgetType = "hourly" // Min and Max are for one hour
)

// Budget is what a client means to spend: between Min and Max, in one currency.
// It binds nobody.
type Budget struct {
	Type BudgetType  `json:"type"`
	Min  lance.Money `json:"min"`
	Max  lance.Money `json:"max"`
}

// Terms is what a client says about a project, and may change while it is a
// draft or open.
type Terms struct {
	Title       string              `json:"title"`       // one line, at most 120 characters
	Description string              `json:"description"` // Markdown, 1 to 10,000 characters
	Skills      []taxonomy.SkillID  `json:"skills"`      // 1 to 20 known skills, without repetition
	Category    taxonomy.CategoryID `json:"category"`    // a known category, or empty
	Visibility  Visibility          `json:"visibility"`  // empty is public
	Budget      Budget              `json:"budget"`
}

// Project is a piece of work that a client wants done.
type Project struct {
	ID      ID
	Version int64 // from 1; grows with every change
	Client  lance.PartyID
	Terms
	State       State
	CreatedAt   time.Time // UTC, as all times
	PublishedAt time.Time // first published; zero before
	EndedAt     time.Time // completed or cancelled; zero before
}

// Ref names the project in locks, timers and events.
func (p *Project) Ref() lance.Ref { return Ref(p.ID) }

// Ref names a project in locks, timers and events.
func Ref(id ID) lance.Ref { return lance.Ref{Kind: "project", ID: string(id)} }

// AllowedActions returns what the actor may do to the project now.
func (p *Project) AllowedActions(by lance.Actor) []Action {
	return Lifecycle.Actions(p.State, p.relations(by)...)
}

// Listed reports whether everybody finds the project among the open ones.
func (p *Project) Listed() bool { return p.State == StateOpen && p.Visibility == Public }

// ListedAt returns where the project stands among others: when it was
// published, and before that when it was created.
func (p *Project) ListedAt() time.Time {
	if p.PublishedAt.IsZero() {
		return p.CreatedAt
	}
	return p.PublishedAt
}

// relations returns what the actor is to the project.
func (p *Project) relations(by lance.Actor) (as []lance.Relation) {
	if by.Party != "" && by.Party == p.Client {
		as = append(as, ByClient)
	}
	if by.Has(lance.RoleAdmin) {
		as = append(as, lance.ByAdmin)
	}
	return as
}

// visibleTo reports whether the actor may read the project: its client and an
// administrator always, everybody while it is neither a draft nor cancelled.
func (p *Project) visibleTo(by lance.Actor) bool {
	return by.IsSystem() || len(p.relations(by)) > 0 || (p.State != StateDraft && p.State != StateCancelled)
}
