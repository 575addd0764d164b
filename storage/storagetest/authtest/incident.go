package authtest

import (
	"reflect"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
)

func incidents() []law {
	return []law{
		{"supabase/auth#797", everyWayOut},
		{"audit_467_480", codesCannotBeForetold},
		{"audit_436", nobodyGrantsHimself},
		{"audit_409_414_421", noStateByEditing},
		{"audit_459_465_466_472", noAddressInPublic},
	}
}

// A password change or the deletion of an account ends every session and every
// token, wherever it was opened.
func everyWayOut(w *world) {
	ctx := w.Context()
	for i, end := range []func(u *auth.User, by lance.Actor) error{
		func(_ *auth.User, by lance.Actor) error {
			return w.svc.ChangePassword(ctx, by, auth.ChangePasswordInput{Current: password, New: other})
		},
		func(u *auth.User, _ lance.Actor) error {
			w.letters()
			if err := w.svc.RequestReset(ctx, auth.RequestInput{Email: u.Email}); err != nil {
				return err
			}
			return w.svc.ResetPassword(ctx, auth.ResetInput{Email: u.Email, Code: w.code(auth.MailReset), Password: other})
		},
		func(u *auth.User, by lance.Actor) error { _, err := w.svc.Delete(ctx, by, u.ID); return err },
		func(u *auth.User, _ lance.Actor) error { _, err := w.svc.Delete(ctx, system, u.ID); return err },
		func(u *auth.User, _ lance.Actor) error { _, err := w.svc.Suspend(ctx, system, u.ID); return err },
	} {
		u := w.register(strings.Repeat("x", i+1) + "@example.com")
		ins := []*auth.SignedIn{w.login(u.Email, password), w.login(u.Email, password), w.login(u.Email, password)}
		by := w.as(ins[0])
		sibling, err := w.refresh(ins[1].Refresh)
		require.NoError(w, err)
		require.NoError(w, end(u, by))
		for _, in := range append(ins, sibling) {
			w.dead(in)
		}
	}
}

// Codes are neither fixed nor predictable: they follow from a secret key and a
// random identifier.
func codesCannotBeForetold(w *world) {
	seen := map[auth.Secret]bool{}
	for i := range 20 {
		w.register(strings.Repeat("y", i+1) + "@example.com")
		seen[w.code(auth.MailVerify)] = true
	}
	require.GreaterOrEqual(w, len(seen), 19)
	one, err := auth.NewCodes([]byte(strings.Repeat("a", 32)))
	require.NoError(w, err)
	two, err := auth.NewCodes([]byte(strings.Repeat("b", 32)))
	require.NoError(w, err)
	require.NotEqual(w, one.Of("chl_1"), two.Of("chl_1"))
	require.NotEqual(w, one.Of("chl_1"), one.Of("chl_2"))
	again, err := auth.NewCodes([]byte(strings.Repeat("a", 32)))
	require.NoError(w, err)
	require.Equal(w, one.Of("chl_1"), again.Of("chl_1"))
}

// Nobody gives himself a role: neither by registering, nor by editing, nor as an
// administrator.
func nobodyGrantsHimself(w *world) {
	ctx := w.Context()
	for _, in := range []any{auth.RegisterInput{}, auth.EditInput{}} {
		_, has := reflect.TypeOf(in).FieldByName("Roles")
		require.False(w, has, "%T", in)
	}
	u := w.register(email)
	_, err := w.svc.Grant(ctx, w.signedIn(u), auth.GrantInput{User: u.ID, Roles: []lance.Role{lance.RoleAdmin}})
	w.refused(err, lance.Forbidden, "role_required")
	admin := w.create("adm@example.com", lance.RoleAdmin)
	by := w.signedIn(admin)
	_, err = w.svc.Grant(ctx, by, auth.GrantInput{User: admin.ID, Roles: []lance.Role{lance.RoleAdmin, lance.RoleArbiter}})
	w.refused(err, lance.Forbidden, "user_relation")
	_, err = w.svc.Suspend(ctx, by, admin.ID)
	w.refused(err, lance.Forbidden, "user_relation")
	require.Equal(w, admin, w.user("adm@example.com"))
	require.Empty(w, w.user(email).Roles)
}

// No state changes by an edit.
func noStateByEditing(w *world) {
	for _, in := range []any{auth.RegisterInput{}, auth.EditInput{}, auth.CreateInput{}, auth.GrantInput{}} {
		for _, field := range []string{"State", "VerifiedAt", "PasswordAt"} {
			_, has := reflect.TypeOf(in).FieldByName(field)
			require.False(w, has, "%T.%s", in, field)
		}
	}
	u := w.register(email)
	after, err := w.svc.Edit(w.Context(), w.signedIn(u), auth.EditInput{Name: "X", View: auth.ViewClient})
	require.NoError(w, err)
	require.Equal(w, u.State, after.State)
	require.Equal(w, u.EmailKey, after.EmailKey)
	require.Equal(w, u.VerifiedAt, after.VerifiedAt)
}

// What others get to see of a user has no address of his.
func noAddressInPublic(w *world) {
	bob := w.signedIn(w.create("bob@example.com"))
	w.register(email)
	page, err := w.svc.List(w.Context(), bob, auth.Query{View: auth.ViewFreelancer})
	require.NoError(w, err)
	require.Len(w, page.Items, 1)
	require.Equal(w, "A***@example.com", page.Items[0].Email)
	for _, ev := range w.events() {
		require.NotContains(w, strings.ToLower(string(ev.Body)), "example.com", ev.Type)
	}
}
