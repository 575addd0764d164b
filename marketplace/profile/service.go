package profile

import (
	"context"
	"errors"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// Options are what a Service may be given beside its store: nothing yet.
type Options struct{}

// Service is what callers do with profiles and portfolios. It is safe for
// concurrent use and costs nothing to make.
type Service struct{ db lance.Runner[Repos] }

// NewService makes a service on a store. Nil options take the defaults.
func NewService[R Repos](db lance.Runner[R], _ *Options) *Service {
	return &Service{db: lance.Narrow(db, func(r R) Repos { return r })}
}

// Own is a profile as its party sees it.
type Own struct {
	Profile
	Items        []*Item // visible and hidden, by place
	Completeness Completeness
}

// Shown is a profile as others see it: it has no address, telephone number or
// earnings to show.
type Shown struct {
	Party       lance.PartyID
	View        View
	DisplayName string
	Headline    string
	Bio         string
	HourlyRate  lance.Money
	Skills      []SkillLevel
	Location    Location
	Timezone    string
	Items       []ShownItem // visible ones, by place; none in a list
	Since       time.Time   // when the profile was first written, UTC
}

// ShownItem is a portfolio item as others see it.
type ShownItem struct {
	ID ItemID
	ItemTerms
}

func (p *Profile) shown() *Shown {
	return &Shown{
		Party: p.Party, View: p.View, DisplayName: p.DisplayName, Headline: p.Headline, Bio: p.Bio,
		HourlyRate: p.HourlyRate, Skills: p.Skills, Location: p.Location, Timezone: p.Timezone, Since: p.CreatedAt,
	}
}

// Put writes the profile of the caller's party, its first one or in place of the
// one there is. Faults: Unauthorized for nobody and for the engine; Invalid
// "invalid_input" with every field that breaks a rule; Stale "profile_stale".
func (s *Service) Put(ctx context.Context, by lance.Actor, in PutInput) (*Own, error) {
	const op = "profile.Put"
	if err := requireParty(by); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Own, error) { return put(ctx, r, by, in) })
}

// requireParty fails with Unauthorized unless a party acts: a profile is nobody
// else's to write.
func requireParty(by lance.Actor) error {
	if by.IsSystem() || by.User == "" || by.Party == "" {
		return lance.E(lance.Unauthorized, "actor_required", "sign in first")
	}
	return by.Party.Check()
}

func put(ctx context.Context, r Repos, by lance.Actor, in PutInput) (*Own, error) {
	if err := r.Lock(ctx, Ref(by.Party)); err != nil {
		return nil, err
	}
	p, err := r.Profiles().Get(ctx, by.Party)
	if errors.Is(err, lance.NotFound) {
		if in.Version != 0 {
			return nil, Table.Stale()
		}
		p, err = &Profile{Party: by.Party, CreatedAt: r.Now()}, nil
	}
	if err != nil {
		return nil, err
	}
	if in.Version != 0 && in.Version != p.Version {
		return nil, Table.Stale()
	}
	if err := in.known(ctx, r, p.SkillIDs()); err != nil {
		return nil, err
	}
	p.Terms, p.UpdatedAt = in.Terms, r.Now()
	if err := p.store(ctx, r, by); err != nil {
		return nil, err
	}
	return own(ctx, r, p)
}

// store inserts a profile that has no version yet, else updates it, and says so.
func (p *Profile) store(ctx context.Context, r Repos, by lance.Actor) error {
	c := Changed{Party: p.Party, View: p.View, Visibility: p.Visibility}
	var event lance.Payload = Created{c}
	var err error
	if p.Version == 0 {
		err = r.Profiles().Insert(ctx, p)
	} else {
		event = Edited{c}
		err = r.Profiles().Update(ctx, p)
	}
	if err != nil {
		return err
	}
	return lance.Emit(ctx, r, by, lance.Change{Stream: p.Ref(), Version: p.Version, Parties: []lance.PartyID{p.Party}}, event)
}

// own adds to a profile what its party sees beside it.
func own(ctx context.Context, r Repos, p *Profile) (*Own, error) {
	items, err := itemsOf(ctx, r, p.Party, ItemVisible, ItemHidden)
	visible := 0
	for _, i := range items {
		if i.State == ItemVisible {
			visible++
		}
	}
	return &Own{Profile: *p, Items: items, Completeness: Complete(p, visible)}, err
}

// itemsOf returns a party's items in the states, by place and age.
func itemsOf(ctx context.Context, r Repos, party lance.PartyID, states ...ItemState) ([]*Item, error) {
	in := make([]string, len(states))
	for i, s := range states {
		in[i] = string(s)
	}
	return r.PortfolioItems().Find(ctx, lance.Filter{
		Eq: map[string]any{"party": string(party)}, In: map[string][]string{"state": in}, Order: "place",
	})
}

// Mine returns the profile of the caller's party, with what it lacks. Faults:
// Unauthorized; NotFound "profile_not_found" before the first Put.
func (s *Service) Mine(ctx context.Context, by lance.Actor) (*Own, error) {
	const op = "profile.Mine"
	if err := requireParty(by); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (*Own, error) {
		p, err := r.Profiles().Get(ctx, by.Party)
		if err != nil {
			return nil, err
		}
		return own(ctx, r, p)
	})
}

// Get returns a profile as others see it; anybody may ask. Faults: NotFound
// "profile_not_found" for one that the caller may not see.
func (s *Service) Get(ctx context.Context, by lance.Actor, party lance.PartyID) (*Shown, error) {
	return lance.Read(ctx, s.db, "profile.Get", func(ctx context.Context, r Repos) (*Shown, error) {
		p, err := r.Profiles().Get(ctx, party)
		if err != nil {
			return nil, err
		}
		if !p.visibleTo(by) {
			return nil, Table.NotFound()
		}
		items, err := itemsOf(ctx, r, party, ItemVisible)
		shown := p.shown()
		for _, i := range items {
			shown.Items = append(shown.Items, ShownItem{i.ID, i.ItemTerms})
		}
		return shown, err
	})
}

// Query asks for a page of the profiles that everybody sees, those last changed
// first.
type Query struct {
	View  View             // empty: all
	Skill taxonomy.SkillID // empty: whatever their skills
	lance.PageQuery
}

// List shows public profiles; anybody may ask. Faults: Invalid "limit_range",
// "cursor_syntax", "view_unknown".
func (s *Service) List(ctx context.Context, q Query) (lance.Page[Shown], error) {
	const op = "profile.List"
	f := lance.Filter{Eq: map[string]any{"visibility": string(Public)}, Order: "updated_at", Desc: true}
	if q.View != "" {
		var faults lance.Faults
		faults.Check("/view", oneOf(q.View, "view_unknown", ViewClient, ViewFreelancer))
		if err := faults.Err(); err != nil {
			return lance.Page[Shown]{}, lance.Op(op, err)
		}
		f.Eq["view"] = string(q.View)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (lance.Page[Shown], error) {
		find := r.Profiles().Find
		if q.Skill != "" {
			find = func(ctx context.Context, f lance.Filter) ([]*Profile, error) {
				return r.Profiles().FindBySkill(ctx, q.Skill, f)
			}
		}
		page, err := lance.ListBy(ctx, find, Table, f, q.PageQuery)
		out := lance.Page[Shown]{Next: page.Next}
		for _, p := range page.Items {
			out.Items = append(out.Items, p.shown())
		}
		return out, err
	})
}
