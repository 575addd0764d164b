package markettest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// RunProfiles proves the laws of profiles and portfolios on the adapter, each in
// a parallel subtest <subject>/<law>.
func RunProfiles[R review.Repos](t *testing.T, h Harness[R]) {
	run(t, h, "profile", profileLaws())
	run(t, h, "portfolio", portfolioLaws())
	t.Run("profile_writes", func(t *testing.T) {
		t.Parallel()
		basetest.CheckWrites(t, profileWrites(h))
	})
}

func profileLaws() []law {
	return []law{
		{"a_party_writes_its_own_profile_and_reads_it_back", putProfile},
		{"a_profile_changes_by_version", profileVersions},
		{"first_writes_at_once_make_one_profile", profileRace},
		{"bad_input_names_every_field_and_changes_nothing", badProfiles},
		{"who_may_see_a_profile_follows_its_visibility", profileMatrix},
		{"completeness_says_what_is_missing_and_what_is_next", completeness},
		{"lists_have_every_public_profile_once", profileLists},
		{"a_retired_skill_stays_but_cannot_be_chosen", retiredSkill},
		{"every_field_comes_back_as_it_was_written", profileRoundTrip},
	}
}

func (w *world) profiles() *profile.Service { return profile.NewService(w.db, nil) }

// facts are a good profile with something in every field.
func (w *world) facts() profile.Terms {
	return profile.Terms{
		View: profile.ViewFreelancer, DisplayName: "Ann Łęcka 🐘", Headline: "Go & SQL", Bio: "I write `<script>` loaders.",
		HourlyRate: usd(45_50),
		Skills:     []profile.SkillLevel{{Skill: w.skills[0], Level: profile.Expert}, {Skill: w.skills[1], Level: profile.Beginner}},
		Location:   profile.Location{Country: "PK", City: "Karachi"}, Timezone: "Asia/Karachi", Visibility: profile.Public,
	}
}

// put writes a profile.
func (w *world) put(by lance.Actor, t profile.Terms) *profile.Own {
	w.Helper()
	p, err := w.profiles().Put(w.Context(), by, profile.PutInput{Terms: t})
	require.NoError(w, err)
	return p
}

func putProfile(w *world) {
	_, err := w.profiles().Mine(w.Context(), ann)
	w.refused(err, lance.NotFound, "profile_not_found")
	p := w.put(ann, w.facts())
	require.Equal(w, w.facts(), p.Terms)
	require.Equal(w, ann.Party, p.Party)
	require.EqualValues(w, 1, p.Version)
	read, err := w.profiles().Mine(w.Context(), ann)
	require.NoError(w, err)
	require.Equal(w, p.Profile, read.Profile)
	require.Equal(w, p.Completeness, read.Completeness)

	plain := w.put(bob, profile.Terms{DisplayName: "Bob", Skills: []profile.SkillLevel{{Skill: w.skills[2]}}})
	require.Equal(w, profile.ViewFreelancer, plain.View)
	require.Equal(w, profile.Public, plain.Visibility)
	require.Equal(w, profile.Intermediate, plain.Skills[0].Level)
	require.Equal(w, lance.Money{}, plain.HourlyRate)
	require.Equal(w, []string{"profile.created"}, w.told(p.Ref()))
}

func profileVersions(w *world) {
	_, err := w.profiles().Put(w.Context(), ann, profile.PutInput{Version: 1, Terms: w.facts()})
	w.refused(err, lance.Stale, "profile_stale")
	p := w.put(ann, w.facts())
	terms := w.facts()
	terms.Headline, terms.Skills = "Other", terms.Skills[1:]
	moved, err := w.profiles().Put(w.Context(), ann, profile.PutInput{Version: p.Version, Terms: terms})
	require.NoError(w, err)
	require.Equal(w, terms, moved.Terms)
	_, err = w.profiles().Put(w.Context(), ann, profile.PutInput{Version: p.Version, Terms: w.facts()})
	w.refused(err, lance.Stale, "profile_stale")
	read, err := w.profiles().Mine(w.Context(), ann)
	require.NoError(w, err)
	require.Equal(w, moved.Profile, read.Profile)
	require.Equal(w, []string{"profile.created", "profile.edited"}, w.told(p.Ref()))
}

func profileRace(w *world) {
	errs := w.race(6, func(int) error {
		_, err := w.profiles().Put(w.Context(), ann, profile.PutInput{Terms: w.facts()})
		return err
	})
	require.Equal(w, 6, won(errs), "%v", errs)
	p, err := w.profiles().Mine(w.Context(), ann)
	require.NoError(w, err)
	require.EqualValues(w, 6, p.Version)
}

// badFacts are changes that make a profile bad, with the field and the code.
func badFacts(w *world) []struct {
	change func(t *profile.Terms)
	field  string
	code   string
} {
	many := make([]profile.SkillLevel, profile.MaxSkills+1)
	return []struct {
		change func(t *profile.Terms)
		field  string
		code   string
	}{
		{func(t *profile.Terms) { t.View = "boss" }, "/view", "view_unknown"},
		{func(t *profile.Terms) { t.DisplayName = "" }, "/display_name", "text_required"},
		{func(t *profile.Terms) { t.DisplayName = strings.Repeat("a", 101) }, "/display_name", "text_too_long"},
		{func(t *profile.Terms) { t.Headline = strings.Repeat("a", 121) }, "/headline", "text_too_long"},
		{func(t *profile.Terms) { t.Bio = strings.Repeat("a", 10_001) }, "/bio", "text_too_long"},
		{func(t *profile.Terms) { t.Bio = "[x](javascript:alert(1))" }, "/bio", "text_markup"},
		{func(t *profile.Terms) { t.Bio = "a\x07" }, "/bio", "text_control"},
		{func(t *profile.Terms) { t.HourlyRate = usd(0) }, "/hourly_rate", "money_not_positive"},
		{func(t *profile.Terms) { t.HourlyRate = usd(-1) }, "/hourly_rate", "money_not_positive"},
		{func(t *profile.Terms) { t.HourlyRate = lance.NewMoney(5, lance.Currency{}) }, "/hourly_rate", "currency_unknown"},
		{func(t *profile.Terms) { t.Skills = many }, "/skills", "too_many"},
		{func(t *profile.Terms) { t.Skills[1].Level = "god" }, "/skills/1/level", "level_unknown"},
		{func(t *profile.Terms) { t.Skills[1].Skill = "skl_none" }, "/skills/1", "skill_unknown"},
		{func(t *profile.Terms) { t.Skills[1].Skill = t.Skills[0].Skill }, "/skills/1", "skill_repeated"},
		{func(t *profile.Terms) { t.Location.Country = "ZZ" }, "/location/country", "country_unknown"},
		{func(t *profile.Terms) { t.Location.Country = "pk" }, "/location/country", "country_unknown"},
		{func(t *profile.Terms) { t.Location.Country = "EU" }, "/location/country", "country_unknown"},
		{func(t *profile.Terms) { t.Location.Country = "419" }, "/location/country", "country_unknown"},
		{func(t *profile.Terms) { t.Timezone = "Mars/Olympus" }, "/timezone", "timezone_unknown"},
		{func(t *profile.Terms) { t.Timezone = "Local" }, "/timezone", "timezone_unknown"},
		{func(t *profile.Terms) { t.Timezone = "../../etc/passwd" }, "/timezone", "timezone_unknown"},
		{func(t *profile.Terms) { t.Visibility = "hidden" }, "/visibility", "visibility_unknown"},
	}
}

func badProfiles(w *world) {
	p := w.put(ann, w.facts())
	try := func(change func(t *profile.Terms)) error {
		t := w.facts()
		change(&t)
		_, err := w.profiles().Put(w.Context(), ann, profile.PutInput{Terms: t})
		return err
	}
	for _, c := range badFacts(w) {
		w.invalid(try(c.change), map[string]string{c.field: c.code})
	}
	for text, code := range badLine {
		w.invalid(try(func(t *profile.Terms) { t.DisplayName, t.Headline, t.Location.City = text, text, text }),
			map[string]string{"/display_name": code, "/headline": code, "/location/city": code})
	}
	read, err := w.profiles().Mine(w.Context(), ann)
	require.NoError(w, err)
	require.Equal(w, p.Profile, read.Profile)
	require.Equal(w, []string{"profile.created"}, w.told(p.Ref()))
	_, err = w.profiles().Put(w.Context(), lance.Actor{User: "u", Party: lance.PartyID(strings.Repeat("p", 65))}, profile.PutInput{Terms: w.facts()})
	w.refused(err, lance.Invalid, "party_syntax")
	for _, good := range []string{"Etc/GMT+5", "America/Argentina/Buenos_Aires", "UTC", ""} {
		require.NoError(w, try(func(t *profile.Terms) { t.Timezone = good }), good)
	}
}

func profileMatrix(w *world) {
	ctx, svc := w.Context(), w.profiles()
	for _, by := range []lance.Actor{nobody, lance.System("x")} {
		_, err := svc.Put(ctx, by, profile.PutInput{Terms: w.facts()})
		w.refused(err, lance.Unauthorized, "actor_required")
		_, err = svc.Mine(ctx, by)
		w.refused(err, lance.Unauthorized, "actor_required")
	}
	_, err := svc.Get(ctx, admin, "nobody_at_all")
	w.refused(err, lance.NotFound, "profile_not_found")
	actors := map[string]lance.Actor{"nobody": nobody, "stranger": eve, "owner": ann, "admin": admin}
	for visibility, seen := range map[profile.Visibility]string{
		profile.Public: "nobody stranger owner admin", profile.Members: "stranger owner admin", profile.Private: "owner admin",
	} {
		t := w.facts()
		t.Visibility = visibility
		w.put(ann, t)
		for who, by := range actors {
			shown, err := svc.Get(ctx, by, ann.Party)
			if !strings.Contains(seen, who) {
				w.refused(err, lance.NotFound, "profile_not_found")
				continue
			}
			require.NoError(w, err)
			require.Equal(w, &profile.Shown{
				Party: ann.Party, View: t.View, DisplayName: t.DisplayName, Headline: t.Headline, Bio: t.Bio, HourlyRate: t.HourlyRate,
				Skills: t.Skills, Location: t.Location, Timezone: t.Timezone, Since: epoch,
			}, shown)
		}
	}
}

func completeness(w *world) {
	p := w.put(ann, profile.Terms{DisplayName: "Ann"})
	require.Equal(w, 10, p.Completeness.Percent)
	require.Equal(w, "tell about yourself", p.Completeness.Next)
	p = w.put(ann, w.facts())
	require.Equal(w, 85, p.Completeness.Percent)
	require.Equal(w, []profile.Missing{{Field: "portfolio", Weight: 15, Prompt: "add a portfolio item"}}, p.Completeness.Missing)
	item := w.item(ann, "One")
	p, err := w.profiles().Mine(w.Context(), ann)
	require.NoError(w, err)
	require.Equal(w, profile.Completeness{Percent: 100, Missing: []profile.Missing{}}, p.Completeness)
	_, err = w.profiles().HideItem(w.Context(), ann, item.ID)
	require.NoError(w, err)
	p, err = w.profiles().Mine(w.Context(), ann)
	require.NoError(w, err)
	require.Equal(w, 85, p.Completeness.Percent, "nobody sees a hidden item")
	require.Len(w, p.Items, 1)
}

func profileLists(w *world) {
	ctx, svc := w.Context(), w.profiles()
	want := map[lance.PartyID]bool{}
	for i := range 5 {
		w.clock.Move(day)
		t := profile.Terms{DisplayName: "N", Skills: []profile.SkillLevel{{Skill: w.skills[i%2]}}}
		if i == 4 {
			t.View = profile.ViewClient
		}
		by := lance.Person(lance.UserID(fmt.Sprintf("p%d", i)))
		w.put(by, t)
		want[by.Party] = true
	}
	for i, v := range []profile.Visibility{profile.Members, profile.Private} {
		w.put(lance.Person(lance.UserID(fmt.Sprintf("h%d", i))), profile.Terms{DisplayName: "H", Visibility: v})
	}
	all := func(q profile.Query) (got []lance.PartyID) {
		for more := true; more; more = q.Cursor != "" {
			page, err := svc.List(ctx, q)
			require.NoError(w, err)
			for _, p := range page.Items {
				got = append(got, p.Party)
			}
			q.Cursor = page.Next
		}
		return got
	}
	two := lance.PageQuery{Limit: 2}
	require.Equal(w, []lance.PartyID{"p4", "p3", "p2", "p1", "p0"}, all(profile.Query{PageQuery: two}))
	require.Equal(w, []lance.PartyID{"p4"}, all(profile.Query{View: profile.ViewClient, PageQuery: two}))
	require.Equal(w, []lance.PartyID{"p4", "p2", "p0"}, all(profile.Query{Skill: w.skills[0], PageQuery: two}))
	require.Equal(w, []lance.PartyID{"p2", "p0"}, all(profile.Query{Skill: w.skills[0], View: profile.ViewFreelancer, PageQuery: two}))
	require.Empty(w, all(profile.Query{Skill: w.skills[2]}))
	_, err := svc.List(ctx, profile.Query{View: "x"})
	w.invalid(err, map[string]string{"/view": "view_unknown"})
	_, err = svc.List(ctx, profile.Query{PageQuery: lance.PageQuery{Limit: -1}})
	w.invalid(err, map[string]string{"/limit": "limit_range"})
}

func retiredSkill(w *world) {
	w.skills[0] = w.skill("Perl").ID
	w.put(ann, w.facts())
	_, err := w.taxonomy().RetireSkill(w.Context(), admin, w.skills[0])
	require.NoError(w, err)
	w.put(ann, w.facts())
	_, err = w.profiles().Put(w.Context(), bob, profile.PutInput{Terms: w.facts()})
	w.invalid(err, map[string]string{"/skills/0": "skill_unknown"})
}

// someProfile and someItem have something in every field.
func someProfile() *profile.Profile {
	return &profile.Profile{
		Party: "ann", Terms: profile.Terms{
			View: profile.ViewClient, DisplayName: "A", Headline: "B", Bio: "C", HourlyRate: usd(1 << 60),
			Skills:   []profile.SkillLevel{{Skill: "skl_2", Level: profile.Expert}, {Skill: "skl_1", Level: profile.Beginner}},
			Location: profile.Location{Country: "DE", City: "Köln"}, Timezone: "UTC", Visibility: profile.Members,
		},
		CreatedAt: epoch, UpdatedAt: later,
	}
}

func someItem() *profile.Item {
	return &profile.Item{
		ID: "pfi_1", Party: "ann", ItemTerms: profile.ItemTerms{
			Title: "T", Role: "R", Problem: "P", Solution: "S", Result: "E", Place: 7,
			Media: []profile.Media{{Kind: profile.Image, URL: "https://example.com/1", Caption: "C"}},
		},
		State: profile.ItemHidden, CreatedAt: epoch, UpdatedAt: later,
	}
}

func profileWrites[R review.Repos](h Harness[R]) basetest.Writes[R] {
	writes := writesOf("Profiles", R.Profiles, someProfile, func(p *profile.Profile) {
		p.Headline, p.Skills = "Other", []profile.SkillLevel{{Skill: "skl_2", Level: profile.Intermediate}}
	})
	writes = append(writes, writesOf("PortfolioItems", R.PortfolioItems, someItem, func(i *profile.Item) { i.State = profile.ItemRemoved })...)
	return basetest.Writes[R]{
		Open:   func(t *testing.T) lance.Runner[R] { return h.Open(t, clocktest.At(epoch)) },
		Hosts:  h.Hosts,
		Stores: map[string]reflect.Type{"Profiles": reflect.TypeFor[profile.Store](), "PortfolioItems": reflect.TypeFor[profile.ItemStore]()},
		Writes: writes,
		Reads: []string{
			"Profiles.Get", "Profiles.Find", "Profiles.FindBySkill", "PortfolioItems.Get", "PortfolioItems.Find",
		},
	}
}

// profileRoundTrip writes every field and reads it back.
func profileRoundTrip(w *world) {
	w.write(func(ctx context.Context, r review.Repos) error {
		return errors.Join(insertTaxonomy(ctx, r), r.Profiles().Insert(ctx, someProfile()), r.PortfolioItems().Insert(ctx, someItem()))
	})
	w.read(func(ctx context.Context, r review.Repos) error {
		same(w, *someProfile(), lance.Rows[profile.Profile, lance.PartyID](r.Profiles()))
		same(w, *someItem(), lance.Rows[profile.Item, profile.ItemID](r.PortfolioItems()))
		found, err := r.Profiles().FindBySkill(ctx, "skl_1", lance.Filter{})
		require.Len(w, found, 1)
		none, err2 := r.Profiles().FindBySkill(ctx, taxonomy.SkillID("skl_3"), lance.Filter{})
		require.Empty(w, none)
		return errors.Join(err, err2)
	})
}
