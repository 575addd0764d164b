package storagetest

import (
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/storagetest/authtest"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
	"github.com/megilance/lance/storage/storagetest/markettest"
	"github.com/megilance/lance/storage/storagetest/paytest"
)

// Harness is what the suite asks of an adapter. Open is required; without hosts
// the adapter declares that it can join no transaction, and the laws of joining
// are skipped by name.
type Harness struct {
	// Open returns a fresh, empty store whose time is clock's, and cleans it up
	// by t.Cleanup.
	Open func(t *testing.T, clock lance.Clock) lance.Runner[driver.Repos]
	// Hosts are the kinds of open transaction of a host that the store can join.
	Hosts []basetest.Host[driver.Repos]
}

// Run proves every law on the adapter: those of each domain and those of the
// whole flow.
func Run(t *testing.T, h Harness) {
	for name, suite := range map[string]func(t *testing.T){
		"escrow": func(t *testing.T) {
			escrowtest.Run(t, escrowtest.Harness[driver.Repos]{Open: h.Open, Hosts: h.Hosts, Histories: 5})
		},
		"disputes": func(t *testing.T) {
			escrowtest.RunDisputes(t, escrowtest.Harness[driver.Repos]{Open: h.Open, Hosts: h.Hosts})
		},
		"auth":              func(t *testing.T) { authtest.Run(t, authtest.Harness[driver.Repos]{Open: h.Open, Hosts: h.Hosts}) },
		"auth_incident":     func(t *testing.T) { authtest.RunIncidents(t, authtest.Harness[driver.Repos]{Open: h.Open}) },
		"payments":          func(t *testing.T) { paytest.Run(t, paytest.Harness[driver.Repos]{Open: h.Open, Hosts: h.Hosts}) },
		"payments_incident": func(t *testing.T) { paytest.RunIncidents(t, paytest.Harness[driver.Repos]{Open: h.Open}) },
		"market":            func(t *testing.T) { markettest.Run(t, markettest.Harness[driver.Repos]{Open: h.Open, Hosts: h.Hosts}) },
		"flow":              func(t *testing.T) { RunFlow(t, h) },
		"accessors":         func(t *testing.T) { checkAccessors(t, h, parts(h)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			suite(t)
		})
	}
}

// RunFlow proves the laws of the whole flow alone, each in a parallel subtest.
func RunFlow(t *testing.T, h Harness) {
	t.Run("from_a_posted_project_to_a_paid_freelancer", func(t *testing.T) {
		t.Parallel()
		wholeJob(newFlow(t, h))
	})
	t.Run("a_host_that_fails_at_any_step_leaves_nothing", func(t *testing.T) {
		t.Parallel()
		if len(h.Hosts) == 0 {
			t.Skip("skipped: the adapter can join no transaction of a host")
		}
		for _, host := range h.Hosts {
			t.Run(host.Name, func(t *testing.T) {
				t.Parallel()
				joinedJob(newFlow(t, h), host)
			})
		}
	})
}
