package memauth_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/memstore/memauth"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/storagetest/authtest"
)

var harness = authtest.Harness[memauth.Tx]{
	Open: func(_ *testing.T, clock lance.Clock) lance.Runner[memauth.Tx] {
		return memauth.New(&memkit.Options{Clock: clock})
	},
}

func TestAuth(t *testing.T)     { t.Parallel(); authtest.Run(t, harness) }
func TestIncident(t *testing.T) { t.Parallel(); authtest.RunIncidents(t, harness) }

// A store of the auth domain is opened, and nothing has to be migrated.
func ExampleNew() {
	users := auth.NewService(memauth.New(nil), nil)
	u, err := users.Create(context.Background(), lance.System("setup"), auth.CreateInput{
		Email: "root@example.com", Name: "Root", View: auth.ViewClient, Roles: []lance.Role{lance.RoleAdmin},
	})
	fmt.Println(u.State, u.Roles, err)
	// Output: active [admin] <nil>
}
