package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// Span is how long the demo's marketplace has been going when it is shown. Who
// seeds it sets the clock so far back, and the story moves it on to the present.
const Span = 45*day + time.Hour

const day = 24 * time.Hour

// Pass lets time go by and the engine do what happens meanwhile.
type Pass func(ctx context.Context, d time.Duration) error

// Seed tells the demo's story in an empty test store, whose clock stands Span
// back, and returns what there is to try. It fails as the services do.
func Seed(ctx context.Context, e *marketplace.Engine, db lance.Runner[marketplace.Repos], pass Pass) (*Cast, error) {
	s := &story{Engine: e, by: map[string]lance.Actor{}, skill: map[string]taxonomy.SkillID{}}
	s.pass = func(ctx context.Context, d time.Duration) error {
		s.told += d
		return pass(ctx, d)
	}
	for _, chapter := range []struct {
		tell func(context.Context) error
		then time.Duration
	}{
		{s.arrive, day}, {s.show, 2 * day}, {s.bakery, 4 * day}, {s.cancelled, 3 * day},
		{s.tracker, day}, {s.website, 2 * day}, {s.market, 2 * day}, {s.purses, day},
	} {
		if err := chapter.tell(ctx); err != nil {
			return nil, fmt.Errorf("the demo's story: %w", err)
		}
		if err := s.pass(ctx, chapter.then); err != nil {
			return nil, err
		}
	}
	if s.told != Span {
		return nil, fmt.Errorf("the demo's story lasts %s and not %s", s.told, Span)
	}
	return &s.cast, s.cast.keep(ctx, db)
}

// story is the telling so far.
type story struct {
	*marketplace.Engine
	pass  Pass
	told  time.Duration
	by    map[string]lance.Actor
	skill map[string]taxonomy.SkillID
	root  lance.Actor
	cast  Cast
}

// arrive lets people join and an administrator set the shelves up.
func (s *story) arrive(ctx context.Context) error {
	for _, p := range people {
		u, err := s.Auth.Create(ctx, lance.System("demo"), auth.CreateInput{
			Email: Email(p.key), Name: p.name, View: p.view, Roles: p.roles, Password: Password, Verified: true,
		})
		if err != nil {
			return err
		}
		s.by[p.key] = u.Actor("")
	}
	s.root = s.by["root"]
	return s.shelve(ctx)
}

func (s *story) shelve(ctx context.Context) error {
	categories := map[string]taxonomy.CategoryID{}
	for _, pair := range skills {
		name, shelf := pair[0], pair[1]
		if categories[shelf] == "" {
			c, err := s.Taxonomy.CreateCategory(ctx, s.root, taxonomy.CreateCategoryInput{CategoryTerms: taxonomy.CategoryTerms{Name: shelf}})
			if err != nil {
				return err
			}
			categories[shelf] = c.ID
		}
		k, err := s.Taxonomy.CreateSkill(ctx, s.root, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: name, Category: categories[shelf]}})
		if err != nil {
			return err
		}
		s.skill[name] = k.ID
	}
	return nil
}

// show lets people write their profiles, and Ben what he did before.
func (s *story) show(ctx context.Context) error {
	for _, p := range people {
		if p.headline == "" {
			continue
		}
		terms := profile.Terms{
			View: profile.View(p.view), DisplayName: p.name, Headline: p.headline, Bio: p.bio, Timezone: p.zone,
			Location: profile.Location{Country: p.country, City: p.city},
		}
		if p.rate > 0 {
			terms.HourlyRate = dollars(p.rate)
		}
		for _, name := range p.skills {
			terms.Skills = append(terms.Skills, profile.SkillLevel{Skill: s.skill[name], Level: profile.Expert})
		}
		if _, err := s.Profiles.Put(ctx, s.by[p.key], profile.PutInput{Terms: terms}); err != nil {
			return err
		}
	}
	_, err := s.Profiles.AddItem(ctx, s.by["ben"], profile.AddItemInput{ItemTerms: profile.ItemTerms{
		Title: "A general ledger for a credit union", Role: "Back end",
		Problem: "Month-end took four days.", Solution: "Double entry, posted as it happens.", Result: "Month-end takes an hour.",
	}})
	return err
}

func dollars(n int64) lance.Money { return lance.NewMoney(n*100, lance.USD) }
