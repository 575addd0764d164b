package api

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/profile"
)

// media is a link that a portfolio item shows.
type media struct {
	Kind    profile.MediaKind `json:"kind" enum:"image,video,link"`
	URL     string            `json:"url" doc:"http or https"`
	Caption string            `json:"caption,omitempty" doc:"one line, at most 120 characters"`
}

// itemIn is what a party says about a piece of past work.
type itemIn struct {
	Title    string  `json:"title" doc:"one line, 1 to 120 characters"`
	Role     string  `json:"role,omitempty" doc:"what one did in it: one line, at most 100 characters"`
	Problem  string  `json:"problem,omitempty" doc:"Markdown, at most 10,000 characters"`
	Solution string  `json:"solution,omitempty" doc:"Markdown, at most 10,000 characters"`
	Result   string  `json:"result,omitempty" doc:"Markdown, at most 10,000 characters"`
	Media    []media `json:"media,omitempty" doc:"at most 12"`
	Place    int     `json:"place,omitempty" doc:"among the items, 0 to 999; ties go by age"`
}

func (in itemIn) terms() profile.ItemTerms {
	return profile.ItemTerms{
		Title: in.Title, Role: in.Role, Problem: in.Problem, Solution: in.Solution, Result: in.Result, Place: in.Place,
		Media: listOf(in.Media, func(m media) profile.Media { return profile.Media(m) }).Items,
	}
}

// ShownItem is a portfolio item as everybody sees it.
type ShownItem struct {
	ID       string  `json:"id"`
	Title    string  `json:"title"`
	Role     string  `json:"role"`
	Problem  string  `json:"problem" doc:"Markdown, as it was written"`
	Solution string  `json:"solution" doc:"Markdown, as it was written"`
	Result   string  `json:"result" doc:"Markdown, as it was written"`
	Media    []media `json:"media" nullable:"false"`
	Place    int     `json:"place"`
}

func shownItem(id profile.ItemID, t profile.ItemTerms) ShownItem {
	return ShownItem{
		ID: string(id), Title: t.Title, Role: t.Role, Problem: t.Problem, Solution: t.Solution, Result: t.Result, Place: t.Place,
		Media: listOf(t.Media, func(m profile.Media) media { return media(m) }).Items,
	}
}

// itemView is a portfolio item as its party and administrators see it.
type itemView struct {
	ShownItem
	Version        int64     `json:"version"`
	PartyID        string    `json:"party_id"`
	State          string    `json:"state" enum:"visible,hidden,removed"`
	AllowedActions []string  `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	CreatedAt      time.Time `json:"created_at"`
	UpdatedAt      time.Time `json:"updated_at"`
}

func (v *itemView) tag() string      { return etag(v.Version) }
func (v *itemView) location() string { return "/v1/portfolio-items/" + v.ID }

func itemFor(by lance.Actor) func(*profile.Item) *itemView {
	return func(i *profile.Item) *itemView {
		return &itemView{
			ShownItem: shownItem(i.ID, i.ItemTerms), Version: i.Version, PartyID: string(i.Party),
			State: string(i.State), AllowedActions: words(i.AllowedActions(by)), CreatedAt: i.CreatedAt, UpdatedAt: i.UpdatedAt,
		}
	}
}

func listMyPortfolio(ctx context.Context, c *Call, _ *struct{}) (*list[*itemView], error) {
	items, err := c.Engine.Profiles.Portfolio(ctx, c.By)
	if err != nil {
		return nil, err
	}
	return listOf(items, itemFor(c.By)), nil
}

func addItem(ctx context.Context, c *Call, in *struct{ Body itemIn }) (*itemView, error) {
	i, err := c.Engine.Profiles.AddItem(ctx, c.By, profile.AddItemInput{ItemTerms: in.Body.terms()})
	return shown(i, err, itemFor(c.By))
}

func getItem(ctx context.Context, c *Call, in *ByID) (*itemView, error) {
	i, err := c.Engine.Profiles.Item(ctx, c.By, profile.ItemID(in.ID))
	return shown(i, err, itemFor(c.By))
}

func editItem(ctx context.Context, c *Call, in *struct {
	ByID
	Body itemIn
},
) (*itemView, error) {
	i, err := c.Engine.Profiles.EditItem(ctx, c.By, profile.EditItemInput{ID: profile.ItemID(in.ID), Version: c.Match, ItemTerms: in.Body.terms()})
	return shown(i, err, itemFor(c.By))
}

func hideItem(ctx context.Context, c *Call, in *act) (*itemView, error) {
	i, err := c.Engine.Profiles.HideItem(ctx, c.By, profile.ItemID(in.ID))
	return shown(i, err, itemFor(c.By))
}

func showItem(ctx context.Context, c *Call, in *act) (*itemView, error) {
	i, err := c.Engine.Profiles.ShowItem(ctx, c.By, profile.ItemID(in.ID))
	return shown(i, err, itemFor(c.By))
}

func removeItem(ctx context.Context, c *Call, in *ByID) (*none, error) {
	_, err := c.Engine.Profiles.RemoveItem(ctx, c.By, profile.ItemID(in.ID))
	return nil, err
}

func restoreItem(ctx context.Context, c *Call, in *act) (*itemView, error) {
	i, err := c.Engine.Profiles.RestoreItem(ctx, c.By, profile.ItemID(in.ID))
	return shown(i, err, itemFor(c.By))
}
