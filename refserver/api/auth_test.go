package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/auth/throttle"
)

func TestSigningInFromRegisteringToLeaving(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.join("ada", "client")
		me := w.as("ada").get("/v1/me").is(http.StatusOK)
		require.Equal(w, w.ids["ada"], me.str("id"))
		require.Equal(w, mail("ada"), me.str("email"))
		require.Equal(w, "/client", me.str("landing"))
		require.Equal(w, true, me.val("verified"))
		require.Equal(w, []any{"edit", "delete"}, me.val("allowed_actions"))

		in := w.signIn("ada")
		first := in.refreshCookie()
		require.Equal(w, "/v1/auth", first.Path)
		require.True(w, first.HttpOnly)
		require.Equal(w, http.SameSiteStrictMode, first.SameSite)
		require.Equal(w, int((14 * 24 * time.Hour).Seconds()), first.MaxAge)
		require.InDelta(w, 900, in.val("expires_in"), 0)

		w.clock.Move(16 * time.Minute)
		w.as("ada").get("/v1/me").refused(http.StatusUnauthorized, "token_expired")
		again := w.as("ada").holding(first).post("/v1/auth/refresh", nil).is(http.StatusOK) // an expired bearer token does no harm
		w.tokens["ada"] = again.str("access_token")
		second := again.refreshCookie()
		require.NotEqual(w, first.Value, second.Value)
		w.as("ada").get("/v1/me").is(http.StatusOK)

		gone := w.as("").holding(second).post("/v1/auth/logout", nil).is(http.StatusNoContent)
		require.Negative(w, gone.refreshCookie().MaxAge)
		require.Empty(w, gone.raw)
		w.as("ada").get("/v1/me").refused(http.StatusUnauthorized, "token_invalid")
		w.as("").holding(second).post("/v1/auth/refresh", nil).refused(http.StatusUnauthorized, "token_invalid")
		w.as("").post("/v1/auth/logout", nil).is(http.StatusNoContent)
		w.as("").post("/v1/auth/refresh", nil).refused(http.StatusUnauthorized, "token_invalid")
		w.secretless(w.log.String(), password, first.Value, second.Value, w.tokens["ada"], mail("ada"))
	})
}

func TestAKnownAddressIsAnsweredAsANewOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("ada", "client")
	in := obj{"email": "ADA@example.com", "password": password, "name": "Mallory", "role": "freelancer"}
	known := w.as("").post("/v1/auth/register", in).is(http.StatusAccepted)
	in["email"] = mail("bob")
	fresh := w.as("").post("/v1/auth/register", in).is(http.StatusAccepted)
	require.Equal(t, fresh.raw, known.raw)
	require.JSONEq(t, "{}", string(known.raw))
	require.Equal(t, "ada", w.as("ada").get("/v1/me").str("name"))

	for _, path := range []string{"resend-verification", "password-reset"} {
		known = w.as("").post("/v1/auth/"+path, obj{"email": mail("ada")}).is(http.StatusAccepted)
		fresh = w.as("").post("/v1/auth/"+path, obj{"email": mail("nobody")}).is(http.StatusAccepted)
		require.Equal(t, fresh.raw, known.raw)
	}
	for _, name := range []string{"ada", "nobody"} {
		w.as("").post("/v1/auth/login", obj{"email": mail(name), "password": "wrong horse battery"}).refused(http.StatusUnauthorized, "login_failed")
		w.as("").post("/v1/auth/verify-email", obj{"email": mail(name), "code": "00000000"}).
			refused(http.StatusUnprocessableEntity, "invalid_input").at("/code", "code_invalid")
	}
}

func TestRegisteringSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.as("").post("/v1/auth/register", obj{"email": "ada", "password": "short", "name": "", "role": "client"}).
		refused(http.StatusUnprocessableEntity, "invalid_input").
		at("/email", "email_syntax").at("/password", "password_too_short").at("/name", "text_required")
	w.as("").post("/v1/auth/register", obj{"email": mail("ada"), "password": password, "name": "Ada", "role": "admin"}).
		refused(http.StatusUnprocessableEntity, "invalid_input").at("/role", "unknown_value")
	w.as("").post("/v1/auth/login?password=x", obj{}).refused(http.StatusBadRequest, "secret_in_address")
}

func TestACookieDoesNotSpeakForAnotherSite(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("ada", "client")
	k := w.signIn("ada").refreshCookie()
	for _, path := range []string{"/v1/auth/refresh", "/v1/auth/logout", "/v1/auth/login"} {
		w.as("").holding(k).with("Sec-Fetch-Site", "cross-site").post(path, nil).refused(http.StatusForbidden, "cross_origin")
		w.as("").holding(k).with("Sec-Fetch-Site", "same-site").post(path, nil).refused(http.StatusForbidden, "cross_origin")
		w.as("").holding(k).with("Origin", "https://evil.example").post(path, nil).refused(http.StatusForbidden, "cross_origin")
	}
	w.as("").holding(k).with("Sec-Fetch-Site", "same-origin").with("Origin", "http://example.com").post("/v1/auth/refresh", nil).is(http.StatusOK)
}

func TestPasswordsAreResetAndChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("ada", "client")
	w.as("").post("/v1/auth/password-reset", obj{"email": mail("ada")}).is(http.StatusAccepted)
	code := w.code("ada", auth.ResetPassword)
	reset := obj{"email": mail("ada"), "code": code, "password": "another horse battery"}
	w.as("").post("/v1/auth/password-reset/confirm", reset).is(http.StatusNoContent)
	w.as("").post("/v1/auth/password-reset/confirm", reset).refused(http.StatusUnprocessableEntity, "invalid_input").at("/code", "code_invalid")
	w.as("ada").get("/v1/me").refused(http.StatusUnauthorized, "token_invalid")
	w.as("").post("/v1/auth/login", obj{"email": mail("ada"), "password": password}).refused(http.StatusUnauthorized, "login_failed")

	in := w.as("").post("/v1/auth/login", obj{"email": mail("ada"), "password": "another horse battery"}).is(http.StatusOK)
	w.tokens["ada"] = in.str("access_token")
	w.as("").post("/v1/auth/change-password", obj{"current": password, "new": password}).refused(http.StatusUnauthorized, "actor_required")
	w.as("ada").post("/v1/auth/change-password", obj{"current": password, "new": password}).
		refused(http.StatusUnprocessableEntity, "invalid_input").at("/current", "password_wrong")
	w.as("ada").post("/v1/auth/change-password", obj{"current": "another horse battery", "new": password}).is(http.StatusNoContent)
	w.as("ada").get("/v1/me").refused(http.StatusUnauthorized, "token_invalid")
	w.signIn("ada")
}

func TestPasswordStrengthIsToldWithReasons(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	weak := w.as("").post("/v1/auth/password-strength", obj{"password": "qwerty", "personal": []string{"Ada"}}).is(http.StatusOK)
	require.InDelta(t, 0, weak.val("score"), 0)
	require.Equal(t, []any{"common", "short"}, weak.val("reasons"))
	strong := w.as("").post("/v1/auth/password-strength", obj{"password": "vK3#tq9-Lw2!zR8m"}).is(http.StatusOK)
	require.InDelta(t, 4, strong.val("score"), 0)
	w.secretless(string(weak.raw), "qwerty")
}

func TestWhoTriesTooOftenWaits(t *testing.T) {
	t.Parallel()
	w := newWorldOn(t, inMemory, func(o *auth.Options) {
		o.Throttle = throttle.New(throttle.Options{
			Clock: lance.FixedClock(start), Limits: map[string]throttle.Limit{"email": {Burst: 2, Every: 90 * time.Second}},
		})
	})
	w.join("ada", "client")
	in := obj{"email": mail("ada"), "password": "wrong horse battery"}
	w.as("").post("/v1/auth/login", in).refused(http.StatusUnauthorized, "login_failed")
	in["password"], in["email"] = password, "ADA@example.com"
	held := w.as("").post("/v1/auth/login", in).refused(http.StatusTooManyRequests, "too_many_attempts")
	require.Equal(t, "90", held.header.Get("Retry-After"))
	w.as("").post("/v1/auth/login", obj{"email": mail("bob"), "password": password}).refused(http.StatusUnauthorized, "login_failed")
}

func TestWhatWasReadIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("ada", "client")
	tag := w.as("ada").get("/v1/me").header.Get("ETag")
	require.Empty(t, w.as("ada").with("If-None-Match", tag).get("/v1/me").is(http.StatusNotModified).raw)
	w.as("ada").put("/v1/me", obj{"name": "Ada L.", "role": "client"}).is(http.StatusOK)
	w.as("ada").with("If-None-Match", tag).get("/v1/me").is(http.StatusOK)
}
