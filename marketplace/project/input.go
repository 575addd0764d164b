package project

import (
	"context"
	"strconv"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// Limits of what a project and a proposal may hold.
const (
	MaxSkills     = 20
	MaxMilestones = 50
)

// CreateInput is what a new project takes.
type CreateInput struct {
	Terms
	Key string `json:"-"` // idempotency key; may be empty
}

// EditInput replaces a project's terms.
type EditInput struct {
	ID      ID
	Version int64 // the version the caller has read
	Terms
}

// check reports every field of the terms that breaks a rule that can be seen
// without the store, and fills the default visibility in.
func (t *Terms) check() error {
	var f lance.Faults
	f.Check("/title", lance.TitleText.Check(t.Title))
	f.Check("/description", lance.RequiredBodyText.Check(t.Description))
	t.checkSkills(&f)
	if t.Visibility == "" {
		t.Visibility = Public
	}
	if t.Visibility != Public && t.Visibility != Unlisted {
		f.Add("/visibility", "visibility_unknown", "a project is public or unlisted")
	}
	t.Budget.check(&f)
	return f.Err()
}

func (t *Terms) checkSkills(f *lance.Faults) {
	if len(t.Skills) == 0 {
		f.Add("/skills", "required", "name at least one skill")
	}
	if len(t.Skills) > MaxSkills {
		f.Add("/skills", "too_many", "name at most 20 skills")
	}
}

func (b Budget) check(f *lance.Faults) {
	if b.Type != Fixed && b.Type != Hourly {
		f.Add("/budget/type", "budget_type", "a budget is fixed or hourly")
	}
	low, high := lance.RequirePositive(b.Min), lance.RequirePositive(b.Max)
	f.Check("/budget/min", low)
	f.Check("/budget/max", high)
	if low != nil || high != nil {
		return
	}
	order, err := b.Max.Cmp(b.Min)
	f.Check("/budget/max", err)
	if err == nil && order < 0 {
		f.Add("/budget/max", "budget_range", "this is less than the lower end")
	}
}

// ProposeInput is what a new proposal takes.
type ProposeInput struct {
	Project     ID      `json:"project"`
	CoverLetter string  `json:"cover_letter"` // Markdown, 1 to 10,000 characters
	Milestones  []Offer `json:"milestones"`   // 1 to 50, in the currency of the project's budget
	Draft       bool    `json:"draft"`        // keep it for later instead of submitting it
	Key         string  `json:"-"`            // idempotency key; may be empty
}

// EditProposalInput replaces what a draft of a proposal says.
type EditProposalInput struct {
	ID          ProposalID
	Version     int64 // the version the caller has read
	CoverLetter string
	Milestones  []Offer
}

// checkOffer reports every field of a proposal that breaks a rule, and returns
// its total, in currency c.
func checkOffer(letter string, offers []Offer, c lance.Currency, now time.Time) (lance.Money, error) {
	var f lance.Faults
	f.Check("/cover_letter", lance.RequiredBodyText.Check(letter))
	if len(offers) == 0 {
		f.Add("/milestones", "required", "offer at least one milestone")
	}
	if len(offers) > MaxMilestones {
		f.Add("/milestones", "too_many", "offer at most 50 milestones")
		return lance.Money{}, f.Err()
	}
	total := lance.NewMoney(0, c)
	for i, o := range offers {
		at := "/milestones/" + strconv.Itoa(i)
		f.Check(at+"/title", lance.TitleText.Check(o.Title))
		if !o.DueAt.IsZero() && !o.DueAt.After(now) {
			f.Add(at+"/due_at", "due_past", "this time is over")
		}
		err := lance.RequirePositive(o.Amount)
		if err == nil {
			if sum, e := total.Add(o.Amount); e == nil {
				total = sum
			} else {
				err = e
			}
		}
		f.Check(at+"/amount", err)
	}
	return total, f.Err()
}

// instants returns the offers with their times as every store keeps them.
func instants(offers []Offer) []Offer {
	out := make([]Offer, len(offers))
	for i, o := range offers {
		o.DueAt = lance.Instant(o.DueAt)
		out[i] = o
	}
	return out
}

// OpenQuery asks for open public projects. The text is one line of at most 200
// characters and MaxWords words; in it, as in a project, letters and digits alone
// count, so that there are no wildcards.
type OpenQuery struct {
	lance.PageQuery
	Text     string // only those that have its words, or longer ones, in title, description or names of skills; "" for all
	Skill    string // only those that name it; "" for all
	Category string // only those of it; "" for all
}

// MineQuery asks for the caller's own projects.
type MineQuery struct {
	lance.PageQuery
	State State // "" for all
}

// ProposalsQuery asks for proposals.
type ProposalsQuery struct {
	lance.PageQuery
	Project ID            // of this project; "" for the caller's own on all projects
	State   ProposalState // "" for all
}

// known checks that the skills and the category that the terms name exist and
// can be chosen, or were before.
func (t *Terms) known(ctx context.Context, r Repos, before Terms) error {
	var f lance.Faults
	if err := noted(&f, "/skills", taxonomy.CheckSkillsIn(ctx, r, t.Skills, before.Skills...)); err != nil {
		return err
	}
	if t.Category != before.Category {
		if err := noted(&f, "/category", taxonomy.CheckCategoryIn(ctx, r, t.Category)); err != nil {
			return err
		}
	}
	return f.Err()
}

// noted notes what is wrong with the input, and returns any other fault.
func noted(f *lance.Faults, pointer string, err error) error {
	if err != nil && lance.KindOf(err) != lance.Invalid {
		return err
	}
	f.Check(pointer, err)
	return nil
}
