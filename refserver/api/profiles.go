package api

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/refserver/problem"
)

func profileOperations() []Operation {
	with := func(id, method, path, summary string, policy Policy, do mounter) Operation {
		return Operation{ID: id, Method: method, Path: "/v1" + path, Summary: summary, Tag: "Profiles", Policy: policy, do: do}
	}
	remove := with("remove-portfolio-item", http.MethodDelete, "/portfolio-items/{id}", "Take an item out of the portfolio", Tended, do(removeItem))
	remove.Errors = []int{http.StatusConflict}
	one := with("get-profile", http.MethodGet, "/profiles/{id}", "A party's profile and portfolio as others see it", Public, do(getProfile))
	one.Doc = "A party decides whether everybody sees its profile, members alone or nobody."
	return []Operation{
		with("list-profiles", http.MethodGet, "/profiles", "Public profiles, latest changed first", Public, do(listProfiles)),
		one,
		with("get-portfolio-item", http.MethodGet, "/portfolio-items/{id}", "An item of one's portfolio", Watched, do(getItem)),
		with("edit-portfolio-item", http.MethodPut, "/portfolio-items/{id}", "Replace what is said about an item", Owned, do(editItem)),
		with("hide-portfolio-item", http.MethodPost, "/portfolio-items/{id}/hide", "Hide an item from others", Tended, do(hideItem)),
		with("show-portfolio-item", http.MethodPost, "/portfolio-items/{id}/show", "Show a hidden item to others", Owned, do(showItem)),
		remove,
		with("restore-portfolio-item", http.MethodPost, "/portfolio-items/{id}/restore", "Bring a removed item back, hidden", Recovered, do(restoreItem)),
	}
}

// skillLevel is a skill and how well one does it.
type skillLevel struct {
	Skill string        `json:"skill" maxLength:"200" doc:"by name, slug or identifier; shown as identifier"`
	Level profile.Level `json:"level,omitempty" enum:"beginner,intermediate,expert" doc:"absent is intermediate"`
}

// location is where a party works from.
type location struct {
	Country string `json:"country,omitempty" example:"PK" doc:"ISO 3166-1 alpha-2 in upper case"`
	City    string `json:"city,omitempty" doc:"one line, at most 100 characters"`
}

// profileIn is what a party says about itself.
type profileIn struct {
	Role        string       `json:"role,omitempty" enum:"client,freelancer" doc:"what one is mostly here for; absent is freelancer"`
	DisplayName string       `json:"display_name" doc:"one line, 1 to 100 characters"`
	Headline    string       `json:"headline,omitempty" doc:"one line, at most 120 characters"`
	Bio         string       `json:"bio,omitempty" doc:"Markdown, at most 10,000 characters"`
	HourlyRate  *lance.Money `json:"hourly_rate,omitempty"`
	Skills      []skillLevel `json:"skills,omitempty" maxItems:"50"`
	Location    location     `json:"location,omitzero"`
	Timezone    string       `json:"timezone,omitempty" example:"Asia/Karachi" doc:"a name of the IANA database"`
	Visibility  string       `json:"visibility,omitempty" enum:"public,members,private" doc:"who sees it; absent is public"`
}

func (in *profileIn) terms(ctx context.Context, c *Call) (profile.Terms, error) {
	t := profile.Terms{
		View: profile.View(in.Role), DisplayName: in.DisplayName, Headline: in.Headline, Bio: in.Bio,
		Location: profile.Location(in.Location), Timezone: in.Timezone, Visibility: profile.Visibility(in.Visibility),
	}
	if in.HourlyRate != nil {
		t.HourlyRate = *in.HourlyRate
	}
	var f lance.Faults
	for i, s := range in.Skills {
		id, err := c.known(ctx, s.Skill)
		if err != nil && lance.KindOf(err) != lance.Invalid {
			return t, err
		}
		f.Check("/skills/"+strconv.Itoa(i)+"/skill", problem.Rename(err, "/0", ""))
		t.Skills = append(t.Skills, profile.SkillLevel{Skill: id, Level: s.Level})
	}
	return t, f.Err()
}

// known returns the skill that a word means. An identifier stands for itself, so
// that a skill which was retired can be kept.
func (c *Call) known(ctx context.Context, word string) (taxonomy.SkillID, error) {
	if strings.HasPrefix(word, "skl_") {
		return taxonomy.SkillID(word), nil
	}
	list, err := taxonomy.List{word}.Normal()
	if err != nil {
		return "", err
	}
	ids, err := c.named(ctx, list)
	if err != nil || len(ids) == 0 {
		return "", err
	}
	return ids[0], nil
}

// ShownProfile is a profile as others see it.
type ShownProfile struct {
	PartyID     string       `json:"party_id"`
	Role        string       `json:"role" enum:"client,freelancer"`
	DisplayName string       `json:"display_name"`
	Headline    string       `json:"headline"`
	Bio         string       `json:"bio" doc:"Markdown, as it was written"`
	HourlyRate  *lance.Money `json:"hourly_rate,omitempty"`
	Skills      []skillLevel `json:"skills" nullable:"false"`
	Location    location     `json:"location"`
	Timezone    string       `json:"timezone"`
	Verified    bool         `json:"payment_verified" doc:"whether a payment provider has charged the party at least once, and the money was not charged back"`
	CreatedAt   time.Time    `json:"created_at"`
}

// profileView is a profile as others see it, with what it shows of past work.
type profileView struct {
	ShownProfile
	Portfolio []ShownItem `json:"portfolio,omitempty" doc:"visible items; absent in lists"`
}

func levels(skills []profile.SkillLevel) []skillLevel {
	return listOf(skills, func(s profile.SkillLevel) skillLevel { return skillLevel{string(s.Skill), s.Level} }).Items
}

// showProfiles shows a page of profiles that a service answered with.
func (c *Call) showProfiles(ctx context.Context, p lance.Page[profile.Shown], err error) (*page[*profileView], error) {
	if err != nil {
		return nil, err
	}
	parties := make([]lance.PartyID, len(p.Items))
	for i, x := range p.Items {
		parties[i] = x.Party
	}
	verified, err := c.Engine.Trust.PaymentVerified(ctx, parties...)
	return pageShown(p, err, func(s *profile.Shown) *profileView {
		v := profileOf(s)
		v.Verified = verified[s.Party]
		return v
	})
}

func profileOf(s *profile.Shown) *profileView {
	v := &profileView{ShownProfile: ShownProfile{
		PartyID: string(s.Party), Role: string(s.View), DisplayName: s.DisplayName, Headline: s.Headline, Bio: s.Bio,
		HourlyRate: some(s.HourlyRate), Skills: levels(s.Skills), Location: location(s.Location), Timezone: s.Timezone, CreatedAt: s.Since,
	}}
	for _, i := range s.Items {
		v.Portfolio = append(v.Portfolio, shownItem(i.ID, i.ItemTerms))
	}
	return v
}

// ownView is a profile as its party sees it.
type ownView struct {
	ShownProfile
	Version      int64        `json:"version"`
	Visibility   string       `json:"visibility" enum:"public,members,private"`
	Portfolio    []*itemView  `json:"portfolio" nullable:"false" doc:"hidden items too"`
	Completeness completeness `json:"completeness"`
	UpdatedAt    time.Time    `json:"updated_at"`
}

// completeness is how much of a profile is filled in.
type completeness struct {
	Percent int       `json:"percent" minimum:"0" maximum:"100"`
	Missing []missing `json:"missing" nullable:"false" doc:"what is worth most first"`
	Next    string    `json:"next,omitempty" doc:"what to do next"`
}

type missing struct {
	Field  string `json:"field"`
	Weight int    `json:"weight" doc:"how many percent it is worth"`
	Prompt string `json:"prompt" doc:"what to do, for people"`
}

func (v *ownView) tag() string { return etag(v.Version) }
func (v *ownView) moves()      {} // whether the payment is verified is not the profile's

// showOwn shows the caller's own profile that a service answered with.
func (c *Call) showOwn(ctx context.Context, p *profile.Own, err error) (*ownView, error) {
	v, err := shown(p, err, ownFor(c.By))
	if err != nil {
		return nil, err
	}
	verified, err := c.Engine.Trust.PaymentVerified(ctx, p.Party)
	v.Verified = verified[p.Party]
	return v, err
}

func ownFor(by lance.Actor) func(*profile.Own) *ownView {
	return func(o *profile.Own) *ownView {
		return &ownView{
			ShownProfile: ShownProfile{
				PartyID: string(o.Party), Role: string(o.View), DisplayName: o.DisplayName, Headline: o.Headline, Bio: o.Bio,
				HourlyRate: some(o.HourlyRate), Skills: levels(o.Skills), Location: location(o.Location), Timezone: o.Timezone, CreatedAt: o.CreatedAt,
			},
			Version: o.Version, Visibility: string(o.Visibility), UpdatedAt: o.UpdatedAt,
			Portfolio: listOf(o.Items, itemFor(by)).Items,
			Completeness: completeness{
				Percent: o.Completeness.Percent, Next: o.Completeness.Next,
				Missing: listOf(o.Completeness.Missing, func(m profile.Missing) missing { return missing(m) }).Items,
			},
		}
	}
}

func getMyProfile(ctx context.Context, c *Call, _ *struct{}) (*ownView, error) {
	p, err := c.Engine.Profiles.Mine(ctx, c.By)
	return c.showOwn(ctx, p, err)
}

func putMyProfile(ctx context.Context, c *Call, in *struct{ Body profileIn }) (*ownView, error) {
	t, err := in.Body.terms(ctx, c)
	if err != nil {
		return nil, err
	}
	p, err := c.Engine.Profiles.Put(ctx, c.By, profile.PutInput{Version: c.Match, Terms: t})
	return c.showOwn(ctx, p, problem.Rename(err, "/view", "/role"))
}

func listProfiles(ctx context.Context, c *Call, in *struct {
	PageIn
	Role  string `query:"role" enum:"client,freelancer" doc:"only these"`
	Skill string `query:"skill" maxLength:"200" doc:"a skill, by name, slug or identifier"`
},
) (*page[*profileView], error) {
	q := profile.Query{View: profile.View(in.Role), PageQuery: in.query()}
	if in.Skill != "" {
		var err error
		if q.Skill, err = c.found(ctx, in.Skill); err != nil || q.Skill == "" { // a skill that nobody knows is in no profile
			return c.showProfiles(ctx, lance.Page[profile.Shown]{}, err)
		}
	}
	p, err := c.Engine.Profiles.List(ctx, q)
	return c.showProfiles(ctx, p, err)
}

func getProfile(ctx context.Context, c *Call, in *ByID) (*profileView, error) {
	p, err := c.Engine.Profiles.Get(ctx, c.By, lance.PartyID(in.ID))
	if err != nil {
		return nil, err
	}
	page, err := c.showProfiles(ctx, lance.Page[profile.Shown]{Items: []*profile.Shown{p}}, nil)
	if err != nil {
		return nil, err
	}
	return page.Items[0], nil
}
