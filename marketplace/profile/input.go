package profile

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"time"
	_ "time/tzdata" // which names are time zones must not depend on the machine

	"golang.org/x/text/language"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// Bounds of a profile.
const (
	MaxSkills = 50
	MaxMedia  = 12
	maxPlace  = 999
)

var (
	headlineText = lance.TextRule{Max: 120, Line: true}
	cityText     = lance.TextRule{Max: 100, Line: true}
	roleText     = lance.TextRule{Max: 100, Line: true}
	captionText  = lance.TextRule{Max: 120, Line: true}
)

// PutInput replaces what the caller's party says about itself.
type PutInput struct {
	Version int64 `json:"-"` // the one that was read; 0 takes any, also none
	Terms
}

// check fills in what may be left empty and collects what breaks a rule.
func (t *Terms) check() error {
	t.fill()
	var f lance.Faults
	f.Check("/view", oneOf(t.View, "view_unknown", ViewClient, ViewFreelancer))
	f.Check("/display_name", lance.NameText.Check(t.DisplayName))
	f.Check("/headline", headlineText.Check(t.Headline))
	f.Check("/bio", lance.BodyText.Check(t.Bio))
	if t.HourlyRate != (lance.Money{}) {
		f.Check("/hourly_rate", lance.RequirePositive(t.HourlyRate))
	}
	f.Check("/skills", checkSkills(t.Skills))
	f.Check("/location/country", checkCountry(t.Location.Country))
	f.Check("/location/city", cityText.Check(t.Location.City))
	f.Check("/timezone", checkTimezone(t.Timezone))
	f.Check("/visibility", oneOf(t.Visibility, "visibility_unknown", Public, Members, Private))
	return f.Err()
}

// fill puts the default where nothing was said.
func (t *Terms) fill() {
	if t.View == "" {
		t.View = ViewFreelancer
	}
	if t.Visibility == "" {
		t.Visibility = Public
	}
	t.Skills = append([]SkillLevel{}, t.Skills...)
	for i := range t.Skills {
		if t.Skills[i].Level == "" {
			t.Skills[i].Level = Intermediate
		}
	}
}

func oneOf[T ~string](v T, code string, known ...T) error {
	if slices.Contains(known, v) {
		return nil
	}
	return lance.E(lance.Invalid, code, "this is not one of the values that are known here")
}

func checkSkills(skills []SkillLevel) error {
	if len(skills) > MaxSkills {
		return lance.E(lance.Invalid, "too_many", "a profile has at most 50 skills")
	}
	var f lance.Faults
	for i, s := range skills {
		f.Check("/"+strconv.Itoa(i)+"/level", oneOf(s.Level, "level_unknown", Beginner, Intermediate, Expert))
	}
	return f.Err()
}

// known checks the skills against the taxonomy. Those the profile had before may
// be retired.
func (t *Terms) known(ctx context.Context, r Repos, before []taxonomy.SkillID) error {
	var f lance.Faults
	p := Profile{Terms: *t}
	err := taxonomy.CheckSkillsIn(ctx, r, p.SkillIDs(), before...)
	if err != nil && lance.KindOf(err) != lance.Invalid {
		return err
	}
	f.Check("/skills", err)
	return f.Err()
}

// checkCountry takes an assigned ISO 3166-1 alpha-2 code in upper case, or none.
func checkCountry(code string) error {
	if code == "" {
		return nil
	}
	region, err := language.ParseRegion(code)
	if err != nil || len(code) != 2 || region.String() != code || !region.IsCountry() {
		return lance.E(lance.Invalid, "country_unknown", "a country is a two-letter code of ISO 3166-1")
	}
	return nil
}

var zoneName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$`)

// checkTimezone takes a name of the IANA database, or none. "Local" would mean
// the server's own.
func checkTimezone(name string) error {
	if name == "" {
		return nil
	}
	if len(name) <= 64 && name != "Local" && zoneName.MatchString(name) {
		if _, err := time.LoadLocation(name); err == nil {
			return nil
		}
	}
	return lance.E(lance.Invalid, "timezone_unknown", "a time zone is a name such as Asia/Karachi")
}

// AddItemInput is what a party says about a new portfolio item.
type AddItemInput struct {
	Key string `json:"-"` // the caller's idempotency key
	ItemTerms
}

// EditItemInput replaces what a party says about one of its items.
type EditItemInput struct {
	ID      ItemID `json:"-"`
	Version int64  `json:"-"` // the one that was read; 0 takes any
	ItemTerms
}

func (t *ItemTerms) check() error {
	var f lance.Faults
	t.Media = append([]Media{}, t.Media...)
	f.Check("/title", lance.TitleText.Check(t.Title))
	f.Check("/role", roleText.Check(t.Role))
	f.Check("/problem", lance.BodyText.Check(t.Problem))
	f.Check("/solution", lance.BodyText.Check(t.Solution))
	f.Check("/result", lance.BodyText.Check(t.Result))
	if len(t.Media) > MaxMedia {
		f.Add("/media", "too_many", "an item has at most 12 links")
		return f.Err()
	}
	for i, m := range t.Media {
		f.Check("/media/"+strconv.Itoa(i), m.check())
	}
	if t.Place < 0 || t.Place > maxPlace {
		f.Add("/place", "place_range", "a place is 0 to 999")
	}
	return f.Err()
}

func (m Media) check() error {
	var f lance.Faults
	f.Check("/kind", oneOf(m.Kind, "media_unknown", Image, Video, Link))
	f.Check("/url", lance.CheckURL(m.URL))
	f.Check("/caption", captionText.Check(m.Caption))
	return f.Err()
}
