package bunauth_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/bunstore/bunauth"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/storagetest/authtest"
	"github.com/megilance/lance/storage/storagetest/pgtest"
	"github.com/megilance/lance/storage/storagetest/sqlitetest"
)

// databases are what every suite runs on: how each makes a fresh DSN.
var databases = map[string]func(t *testing.T) string{
	"sqlite": func(t *testing.T) string {
		return "sqlite:" + sqlitetest.Copy(t, "auth", func(path string) error { return migrate("sqlite:" + path) })
	},
	"postgres": func(t *testing.T) string { return pgtest.Copy(t, "auth", migrate) },
}

// migrate gives an empty database its tables.
func migrate(dsn string) error {
	ctx := context.Background()
	db, err := bunauth.Open(ctx, bunkit.Options{DSN: dsn})
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

func onEach(t *testing.T, run func(*testing.T, authtest.Harness[bunauth.Tx])) {
	t.Helper()
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, authtest.Harness[bunauth.Tx]{Open: func(t *testing.T, clock lance.Clock) lance.Runner[bunauth.Tx] {
				return open(t, dsn(t), clock)
			}})
		})
	}
}

func open(t *testing.T, dsn string, clock lance.Clock) *bunkit.Store[bunauth.Tx] {
	t.Helper()
	db, err := bunauth.Open(t.Context(), bunkit.Options{DSN: dsn, Clock: clock})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestAuth(t *testing.T)     { t.Parallel(); onEach(t, authtest.Run[bunauth.Tx]) }
func TestIncident(t *testing.T) { t.Parallel(); onEach(t, authtest.RunIncidents[bunauth.Tx]) }

// A store of the auth domain alone is opened, migrated and used.
func ExampleOpen() {
	ctx := context.Background()
	db, err := bunauth.Open(ctx, bunkit.Options{DSN: "sqlite::memory:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx); err != nil {
		fmt.Println(err)
		return
	}
	u, err := auth.NewService(db, nil).Create(ctx, lance.System("setup"), auth.CreateInput{
		Email: "root@example.com", Name: "Root", View: auth.ViewClient, Roles: []lance.Role{lance.RoleAdmin},
	})
	fmt.Println(u.State, u.Roles, err)
	// Output: active [admin] <nil>
}
