package demo

import (
	"context"
	"encoding/json"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
)

// Password is everybody's in the demo: the store is a test one and is served on
// the loopback only.
const Password = "lance-demo-2026"

// factCast is the fact that holds what a page needs to be printed again.
const factCast lance.FactName = "demo.cast"

// Cast is what the printed page speaks of.
type Cast struct {
	Compare  project.ID           `json:"compare"`  // open, with proposals
	Proposal project.ProposalID   `json:"proposal"` // one of them
	Contract contract.ID          `json:"contract"` // active
	Waiting  contract.MilestoneID `json:"waiting"`  // submitted; its clock runs
	Planned  contract.MilestoneID `json:"planned"`  // to be funded
}

// person is somebody in the demo.
type person struct {
	key, name, city, country, zone string
	view                           auth.View
	roles                          []lance.Role
	headline, bio                  string
	rate                           int64 // dollars an hour; 0 for none
	skills                         []string
}

// Email is the address by which somebody signs in.
func Email(key string) string { return key + "@example.com" }

var people = []person{
	{key: "root", name: "Root Admin", view: auth.ViewClient, roles: []lance.Role{lance.RoleAdmin}},
	{key: "ines", name: "Inés Arbiter", view: auth.ViewClient, roles: []lance.Role{lance.RoleArbiter}},
	{
		key: "ada", name: "Ada Okafor", view: auth.ViewClient, city: "Lagos", country: "NG", zone: "Africa/Lagos",
		headline: "I run three bakeries and one spreadsheet too many", bio: "Looking for people who leave things **simpler** than they found them.",
	},
	{
		key: "omar", name: "Omar Haddad", view: auth.ViewClient, city: "Amman", country: "JO", zone: "Asia/Amman",
		headline: "Product lead of a small logistics company", bio: "We move parcels. We would like to know where they are.",
	},
	{
		key: "ben", name: "Ben Lindqvist", view: auth.ViewFreelancer, city: "Malmö", country: "SE", zone: "Europe/Stockholm", rate: 85,
		headline: "Go and PostgreSQL, twelve years of ledgers", bio: "I build back ends that add up. References on request.", skills: []string{"Go", "PostgreSQL", "REST APIs"},
	},
	{
		key: "cleo", name: "Cleo Marchetti", view: auth.ViewFreelancer, city: "Bologna", country: "IT", zone: "Europe/Rome", rate: 70,
		headline: "Front ends that load before you blink", bio: "TypeScript, accessibility, and *no* build step where none is needed.", skills: []string{"TypeScript", "Accessibility", "Go"},
	},
	{
		key: "dia", name: "Dia Raman", view: auth.ViewFreelancer, city: "Pune", country: "IN", zone: "Asia/Kolkata", rate: 45,
		headline: "Data pipelines and dashboards", bio: "From a heap of CSV files to a chart that somebody acts on.", skills: []string{"Python", "PostgreSQL", "Data visualisation"},
	},
}

// skills are those that the demo's marketplace knows, each with its category.
var skills = [][2]string{
	{"Go", "Software"}, {"PostgreSQL", "Software"}, {"REST APIs", "Software"}, {"TypeScript", "Software"}, {"Python", "Software"},
	{"Accessibility", "Design"}, {"Data visualisation", "Design"}, {"Logo design", "Design"}, {"Copywriting", "Writing"}, {"Translation", "Writing"},
}

// Known returns what was told before of a store that holds the demo, or nil for
// one that does not.
func Known(ctx context.Context, db lance.Runner[marketplace.Repos]) (*Cast, error) {
	return lance.Read(ctx, db, "demo.Known", func(ctx context.Context, r marketplace.Repos) (*Cast, error) {
		value, err := lance.FactOf(ctx, r, factCast)
		if err != nil || value == "" {
			return nil, err
		}
		c := &Cast{}
		return c, json.Unmarshal([]byte(value), c)
	})
}

// keep lets the store know that it holds the demo.
func (c *Cast) keep(ctx context.Context, db lance.Runner[marketplace.Repos]) error {
	value, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return db.InTx(ctx, func(ctx context.Context, r marketplace.Repos) error {
		return lance.SetFact(ctx, r, factCast, string(value))
	})
}
