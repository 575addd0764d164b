package profile

import (
	"cmp"
	"slices"
)

// Missing is something that a profile lacks.
type Missing struct {
	Field  string `json:"field"`  // "bio"; "portfolio" for a visible item
	Weight int    `json:"weight"` // how many percent it is worth
	Prompt string `json:"prompt"` // what to do: "add a portfolio item"
}

// Completeness is how much of a profile is filled in.
type Completeness struct {
	Percent int       `json:"percent"` // 0 to 100
	Missing []Missing `json:"missing"` // what is worth most first
	Next    string    `json:"next"`    // the first prompt; empty when nothing is missing
}

// weighed is a part of a profile, and how to see that it is there.
type weighed struct {
	Missing
	there func(p *Profile, items int) bool
}

// weights say what a profile consists of and what each part is worth; each list
// sums to 100.
var weights = map[View][]weighed{
	ViewFreelancer: {
		{Missing{"display_name", 10, "say what you are called"}, func(p *Profile, _ int) bool { return p.DisplayName != "" }},
		{Missing{"bio", 20, "tell about yourself"}, func(p *Profile, _ int) bool { return p.Bio != "" }},
		{Missing{"skills", 20, "name your skills"}, func(p *Profile, _ int) bool { return len(p.Skills) > 0 }},
		{Missing{"headline", 15, "write a headline"}, func(p *Profile, _ int) bool { return p.Headline != "" }},
		{Missing{"portfolio", 15, "add a portfolio item"}, func(_ *Profile, items int) bool { return items > 0 }},
		{Missing{"hourly_rate", 10, "set your hourly rate"}, func(p *Profile, _ int) bool { return p.HourlyRate.IsPositive() }},
		{Missing{"location", 5, "say where you work from"}, func(p *Profile, _ int) bool { return p.Location.Country != "" }},
		{Missing{"timezone", 5, "set your time zone"}, func(p *Profile, _ int) bool { return p.Timezone != "" }},
	},
	ViewClient: {
		{Missing{"display_name", 25, "say what you are called"}, func(p *Profile, _ int) bool { return p.DisplayName != "" }},
		{Missing{"bio", 30, "tell about yourself"}, func(p *Profile, _ int) bool { return p.Bio != "" }},
		{Missing{"headline", 15, "write a headline"}, func(p *Profile, _ int) bool { return p.Headline != "" }},
		{Missing{"location", 15, "say where you work from"}, func(p *Profile, _ int) bool { return p.Location.Country != "" }},
		{Missing{"timezone", 15, "set your time zone"}, func(p *Profile, _ int) bool { return p.Timezone != "" }},
	},
}

// Complete returns how much of a profile is filled in, given how many visible
// portfolio items there are.
func Complete(p *Profile, items int) Completeness {
	c := Completeness{Missing: []Missing{}}
	view := p.View
	if view != ViewClient {
		view = ViewFreelancer
	}
	for _, w := range weights[view] {
		if w.there(p, items) {
			c.Percent += w.Weight
		} else {
			c.Missing = append(c.Missing, w.Missing)
		}
	}
	slices.SortStableFunc(c.Missing, func(a, b Missing) int { return cmp.Compare(b.Weight, a.Weight) })
	if len(c.Missing) > 0 {
		c.Next = c.Missing[0].Prompt
	}
	return c
}
