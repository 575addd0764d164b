package profile

import (
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// View says what a party is mostly here for. It grants nothing: everybody may
// be client here and freelancer there.
type View string

// The views of a profile.
const (
	ViewClient     View = "client"
	ViewFreelancer View = "freelancer"
)

// Visibility says who sees a profile.
type Visibility string

// The visibilities of a profile.
const (
	Public  Visibility = "public"  // everybody; it is listed
	Members Visibility = "members" // who is signed in
	Private Visibility = "private" // its party and administrators
)

// Level says how well somebody does something.
type Level string

// The levels of a skill.
const (
	Beginner     Level = "beginner"
	Intermediate Level = "intermediate"
	Expert       Level = "expert"
)

// SkillLevel is a skill of a party and how well it does it.
type SkillLevel struct {
	Skill taxonomy.SkillID `json:"skill"`
	Level Level            `json:"level"` // empty is intermediate
}

// Location is where a party works from.
type Location struct {
	Country string `json:"country"` // ISO 3166-1 alpha-2 in upper case, or empty
	City    string `json:"city"`    // one line, at most 100 characters
}

// Terms is what a party says about itself.
type Terms struct {
	View        View         `json:"view"`         // empty is freelancer
	DisplayName string       `json:"display_name"` // one line, 1 to 100 characters
	Headline    string       `json:"headline"`     // one line, at most 120 characters
	Bio         string       `json:"bio"`          // Markdown, at most 10,000 characters
	HourlyRate  lance.Money  `json:"hourly_rate"`  // above zero, or the zero Money for none
	Skills      []SkillLevel `json:"skills"`       // at most 50 known skills, without repetition
	Location    Location     `json:"location"`
	Timezone    string       `json:"timezone"`   // a name of the IANA database, or empty
	Visibility  Visibility   `json:"visibility"` // empty is public
}

// Profile is how a party shows itself. The party's identifier is its own.
type Profile struct {
	Party   lance.PartyID
	Version int64 // from 1; grows with every change
	Terms
	CreatedAt time.Time // UTC, as all times
	UpdatedAt time.Time
}

// Ref names the profile in locks and events.
func (p *Profile) Ref() lance.Ref { return Ref(p.Party) }

// Ref names a party's profile in locks and events.
func Ref(party lance.PartyID) lance.Ref { return lance.Ref{Kind: "profile", ID: string(party)} }

// SkillIDs returns the skills without their levels.
func (p *Profile) SkillIDs() []taxonomy.SkillID {
	ids := make([]taxonomy.SkillID, len(p.Skills))
	for i, s := range p.Skills {
		ids[i] = s.Skill
	}
	return ids
}

// Has reports whether the profile names the skill.
func (p *Profile) Has(skill taxonomy.SkillID) bool {
	return slices.ContainsFunc(p.Skills, func(s SkillLevel) bool { return s.Skill == skill })
}

// visibleTo reports whether the actor may read the profile.
func (p *Profile) visibleTo(by lance.Actor) bool {
	switch {
	case by.IsSystem(), by.Has(lance.RoleAdmin), by.Party != "" && by.Party == p.Party:
		return true
	case p.Visibility == Members:
		return by.Require() == nil
	}
	return p.Visibility == Public
}
