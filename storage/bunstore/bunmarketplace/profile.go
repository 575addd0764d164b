package bunmarketplace

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type profileRow struct {
	bun.BaseModel `bun:"table:lance_profiles,alias:t"`

	ID           string               `bun:"id,pk"` // the party
	Version      int64                `bun:"version"`
	View         string               `bun:"view"`
	DisplayName  string               `bun:"display_name"`
	Headline     string               `bun:"headline"`
	Bio          string               `bun:"bio"`
	RateMinor    int64                `bun:"rate_minor"`
	RateCurrency string               `bun:"rate_currency,nullzero"`
	Skills       []profile.SkillLevel `bun:"skills"`
	Country      string               `bun:"country,nullzero"`
	City         string               `bun:"city"`
	Timezone     string               `bun:"timezone,nullzero"`
	Visibility   string               `bun:"visibility"`
	CreatedAt    time.Time            `bun:"created_at,notnull"`
	UpdatedAt    time.Time            `bun:"updated_at,notnull"`
}

var profileSpec = &bunkit.Spec[profile.Profile, profileRow]{
	Table: profile.Table, Name: "lance_profiles",
	Row: func(p *profile.Profile) *profileRow {
		return &profileRow{
			ID: string(p.Party), Version: p.Version, View: string(p.View), DisplayName: p.DisplayName, Headline: p.Headline,
			Bio: p.Bio, RateMinor: p.HourlyRate.Minor(), RateCurrency: p.HourlyRate.Currency().Code(), Skills: p.Skills,
			Country: p.Location.Country, City: p.Location.City, Timezone: p.Timezone, Visibility: string(p.Visibility),
			CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
		}
	},
	Value: func(m *profileRow) (*profile.Profile, error) {
		f := fields{}
		p := &profile.Profile{
			Party: lance.PartyID(m.ID), Version: m.Version,
			Terms: profile.Terms{
				View: profile.View(m.View), DisplayName: m.DisplayName, Headline: m.Headline, Bio: m.Bio, Skills: m.Skills,
				Location: profile.Location{Country: m.Country, City: m.City}, Timezone: m.Timezone,
				Visibility: profile.Visibility(m.Visibility),
			},
			CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
		}
		if m.RateCurrency != "" {
			p.HourlyRate = f.money(m.RateMinor, m.RateCurrency)
		}
		return p, f.err
	},
}

// Profiles is the store of profiles.
func (t Tx) Profiles() profile.Store {
	return profiles{bunkit.Rows[lance.PartyID](t.Q, profileSpec), t.Q}
}

// profiles keeps, beside its rows, who has which skill.
type profiles struct {
	lance.Rows[profile.Profile, lance.PartyID]
	q *bunkit.Q
}

// Insert adds the profile and its skills.
func (p profiles) Insert(ctx context.Context, d *profile.Profile) error {
	if err := p.Rows.Insert(ctx, d); err != nil {
		return err
	}
	return p.link(ctx, d)
}

// Update replaces the profile and its skills.
func (p profiles) Update(ctx context.Context, ds ...*profile.Profile) error {
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

func (p profiles) relink(ctx context.Context, d *profile.Profile) error {
	if _, err := p.q.Exec(ctx, "DELETE FROM {lance_profile_skills} WHERE party = ?", string(d.Party)); err != nil {
		return err
	}
	return p.link(ctx, d)
}

func (p profiles) link(ctx context.Context, d *profile.Profile) error {
	for _, s := range d.Skills {
		_, err := p.q.Exec(ctx, "INSERT INTO {lance_profile_skills} (skill, party, level) VALUES (?, ?, ?)",
			string(s.Skill), string(d.Party), string(s.Level))
		if err != nil {
			return err
		}
	}
	return nil
}

// FindBySkill is Find among the profiles that name the skill.
func (p profiles) FindBySkill(ctx context.Context, skill taxonomy.SkillID, f lance.Filter) ([]*profile.Profile, error) {
	return bunkit.FindWhere[lance.PartyID](ctx, p.q, profileSpec, f,
		"id IN (SELECT party FROM {lance_profile_skills} WHERE skill = ?)", string(skill))
}

type itemRow struct {
	bun.BaseModel `bun:"table:lance_portfolio_items,alias:t"`

	ID        string          `bun:"id,pk"`
	Version   int64           `bun:"version"`
	Party     string          `bun:"party"`
	Title     string          `bun:"title"`
	Role      string          `bun:"role"`
	Problem   string          `bun:"problem"`
	Solution  string          `bun:"solution"`
	Result    string          `bun:"result"`
	Media     []profile.Media `bun:"media"`
	Place     int             `bun:"place"`
	State     string          `bun:"state"`
	CreatedAt time.Time       `bun:"created_at,notnull"`
	UpdatedAt time.Time       `bun:"updated_at,notnull"`
}

var itemSpec = &bunkit.Spec[profile.Item, itemRow]{
	Table: profile.ItemTable, Name: "lance_portfolio_items",
	Row: func(i *profile.Item) *itemRow {
		return &itemRow{
			ID: string(i.ID), Version: i.Version, Party: string(i.Party), Title: i.Title, Role: i.Role, Problem: i.Problem,
			Solution: i.Solution, Result: i.Result, Media: i.Media, Place: i.Place, State: string(i.State),
			CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
		}
	},
	Value: func(m *itemRow) (*profile.Item, error) {
		return &profile.Item{
			ID: profile.ItemID(m.ID), Version: m.Version, Party: lance.PartyID(m.Party),
			ItemTerms: profile.ItemTerms{
				Title: m.Title, Role: m.Role, Problem: m.Problem, Solution: m.Solution, Result: m.Result, Media: m.Media, Place: m.Place,
			},
			State: profile.ItemState(m.State), CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
		}, nil
	},
}

// PortfolioItems is the store of portfolio items.
func (t Tx) PortfolioItems() profile.ItemStore { return bunkit.Rows[profile.ItemID](t.Q, itemSpec) }
