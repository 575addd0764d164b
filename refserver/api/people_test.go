package api_test

import (
	"context"
	"net/http"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/driver"
)

const password = "correct horse battery"

// mail is the address of somebody in the world.
func mail(name string) string { return name + "@example.com" }

// join registers somebody as client or freelancer, proves the address and signs
// him in, all over HTTP. His name then names who asks.
func (w *world) join(name, role string) {
	w.Helper()
	w.as("").post("/v1/auth/register", obj{"email": mail(name), "password": password, "name": name, "role": role}).is(http.StatusAccepted)
	w.as("").post("/v1/auth/verify-email", obj{"email": mail(name), "code": w.code(name, auth.VerifyEmail)}).is(http.StatusNoContent)
	w.signIn(name)
}

// admin makes an administrator and signs him in.
func (w *world) admin(name string) { w.Helper(); w.officer(name, lance.RoleAdmin) }

// arbiter makes somebody who rules on disputes and signs him in.

// officer makes somebody with roles on the whole platform, which nobody gets by
// registering.
func (w *world) officer(name string, roles ...lance.Role) {
	w.Helper()
	_, err := w.engine.Auth.Create(w.Context(), lance.System("test"), auth.CreateInput{
		Email: mail(name), Name: name, View: auth.ViewClient, Roles: roles, Password: password, Verified: true,
	})
	require.NoError(w, err)
	w.signIn(name)
}

// signIn signs somebody in and returns the answer.
func (w *world) signIn(name string) reply {
	w.Helper()
	in := w.as("").post("/v1/auth/login", obj{"email": mail(name), "password": password}).is(http.StatusOK)
	w.tokens[name], w.ids[name] = in.str("access_token"), in.str("user", "id")
	return in
}

// code is what was mailed to somebody last.
func (w *world) code(name string, kind auth.ChallengeKind) string {
	w.Helper()
	var open []*auth.Challenge
	require.NoError(w, w.store.View(w.Context(), func(ctx context.Context, r driver.Repos) error {
		users, err := r.Users().Find(ctx, lance.Filter{Eq: map[string]any{"email_key": auth.EmailKey(mail(name))}})
		if err != nil {
			return err
		}
		require.Len(w, users, 1)
		open, err = r.Challenges().Find(ctx, lance.Filter{Eq: map[string]any{"user": string(users[0].ID), "open": string(kind)}})
		return err
	}))
	require.Len(w, open, 1)
	return w.codes.Of(open[0].ID).Reveal()
}

// refreshCookie is the cookie that an answer leaves.
func (r reply) refreshCookie() *http.Cookie {
	r.Helper()
	for _, k := range (&http.Response{Header: r.header}).Cookies() {
		if k.Name == "lance_refresh" {
			return k
		}
	}
	require.Failf(r, "no refresh cookie", "%s: %v", r.what, r.header)
	return nil
}

// holding shows a refresh cookie.
func (a asker) holding(k *http.Cookie) asker { return a.with("Cookie", k.Name+"="+k.Value) }

// secretless checks that nothing secret is in a text.
func (w *world) secretless(text string, secrets ...string) {
	w.Helper()
	for _, s := range secrets {
		require.NotContains(w, text, s, "a secret shows")
	}
}
