package auth_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/storagetest/goldentest"
)

func TestPermissionsGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "../docs/permissions.md", []byte(`# Permissions

What a call of package auth takes by default, beside being who it is about: everybody reads, edits and deletes himself, and ends his own sessions. An embedder adds rules and roles with `+"`auth.StandardPermissions().With(…)`"+`. This page is written from the table by `+"`make golden`"+`.

`+auth.StandardPermissions().Markdown()))
}

func TestPermissionsAreJudgedByTheTable(t *testing.T) {
	t.Parallel()
	p, err := auth.StandardPermissions().With(
		auth.Rule{Permission: "reports.read", Roles: []lance.Role{"analyst", lance.RoleAdmin}},
		auth.Rule{Permission: "skills.list", Anyone: true},
	)
	require.NoError(t, err)
	actors := map[string]lance.Actor{
		"nobody": {}, "user": lance.Person("u"), "admin": lance.Person("a", lance.RoleAdmin),
		"analyst": lance.Person("n", "analyst"), "engine": lance.System("test"),
	}
	for perm, want := range map[auth.Permission]map[string]string{
		"reports.read":   {"nobody": "actor_required", "user": "role_required"},
		"skills.list":    {},
		auth.UsersList:   {"nobody": "actor_required"},
		auth.UsersCreate: {"nobody": "actor_required", "user": "role_required", "analyst": "role_required"},
	} {
		for who, by := range actors {
			err := p.Check(by, perm)
			require.Equal(t, want[who], lance.CodeOf(err), "%s %s", perm, who)
			require.Equal(t, err == nil, p.Allows(by, perm))
		}
	}
	for _, by := range actors {
		require.ErrorIs(t, p.Check(by, "no.such"), lance.Internal, "what no rule names is nobody's")
	}
	require.Contains(t, p.Roles(), lance.Role("analyst"))
	require.NotContains(t, auth.StandardPermissions().Roles(), lance.Role("analyst"), "the standard table never changes")
	require.True(t, slices.IsSortedFunc(p.Rules(), func(a, b auth.Rule) int {
		if a.Permission < b.Permission {
			return -1
		}
		return 1
	}))
}

func TestATableOfBadNamesIsRefused(t *testing.T) {
	t.Parallel()
	_, err := auth.StandardPermissions().With(auth.Rule{Permission: "Users Create"})
	require.Equal(t, "permission_syntax", lance.CodeOf(err))
	_, err = auth.StandardPermissions().With(auth.Rule{Permission: "x", Roles: []lance.Role{"<b>"}})
	require.Equal(t, "role_syntax", lance.CodeOf(err))
}

func TestAnEmbeddersRoleCanBeGranted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, err := auth.StandardPermissions().With(auth.Rule{Permission: auth.UsersSuspend, Roles: []lance.Role{lance.RoleAdmin, "moderator"}})
	require.NoError(t, err)
	svc := auth.NewService(w.db, &auth.Options{Hasher: cheap, Permissions: p})
	u, mod := w.create("ann@example.com"), w.create("mod@example.com")
	mod, err = svc.Grant(t.Context(), lance.System("test"), auth.GrantInput{User: mod.ID, Roles: []lance.Role{"moderator"}})
	require.NoError(t, err)
	suspended, err := svc.Suspend(t.Context(), mod.Actor(""), u.ID)
	require.NoError(t, err)
	require.Equal(t, auth.StateSuspended, suspended.State)
	_, err = w.svc.Reinstate(t.Context(), mod.Actor(""), u.ID)
	require.Equal(t, "role_required", lance.CodeOf(err), "the standard table knows no moderators")
}

func TestMaskedAddresses(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"john@domain.com": "j***@domain.com", "j@d.io": "j***@d.io", "a.b+c@x.org": "a***@x.org", "": "***", "@x.org": "***",
	} {
		require.Equal(t, want, auth.MaskEmail(in))
	}
}

func TestAddressesThatAreTaken(t *testing.T) {
	t.Parallel()
	for _, good := range []string{
		"a@b.io", "ann.lee+tag@mail.example.co.uk", "o'hara@example.com", "UPPER@EXAMPLE.COM", "1@1.com", "x_-y@xn--bcher-kva.example",
	} {
		require.NoError(t, auth.CheckEmail(good), good)
	}
	require.Equal(t, auth.EmailKey("ANN@Example.COM"), auth.EmailKey("ann@example.com"))
}

func ExamplePermissions_With() {
	table, _ := auth.StandardPermissions().With(auth.Rule{Permission: "reports.read", Roles: []lance.Role{"analyst"}})
	fmt.Println(table.Check(lance.Person("41", "analyst"), "reports.read"))
	fmt.Println(lance.KindOf(table.Check(lance.Person("42"), "reports.read")))
	// Output:
	// <nil>
	// forbidden
}
