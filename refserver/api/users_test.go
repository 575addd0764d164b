package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheDirectoryMasksAddresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("ada", "client")
	w.join("bob", "freelancer")
	w.admin("root")
	w.as("").get("/v1/users").refused(http.StatusUnauthorized, "actor_required")

	seen := w.as("ada").get("/v1/users?role=freelancer").is(http.StatusOK)
	require.Equal(t, "b***@example.com", seen.str("items", 0, "email"))
	require.NotContains(t, seen.body()["items"].([]any)[0], "roles")
	require.Equal(t, mail("bob"), w.as("root").get("/v1/users?role=freelancer").str("items", 0, "email"))
	require.Equal(t, mail("bob"), w.as("bob").get("/v1/users?role=freelancer").str("items", 0, "email"))

	first := w.as("ada").get("/v1/users?limit=2").is(http.StatusOK)
	rest := w.as("ada").get("/v1/users?limit=2&cursor=" + first.str("next_cursor")).is(http.StatusOK)
	require.Len(t, rest.val("items"), 1)
	require.Nil(t, rest.val("next_cursor"))

	w.as("ada").get("/v1/users/"+w.ids["bob"]).refused(http.StatusNotFound, "user_not_found")
	require.Equal(t, mail("ada"), w.as("ada").get("/v1/users/"+w.ids["ada"]).is(http.StatusOK).str("email"))
	require.Equal(t, mail("bob"), w.as("root").get("/v1/users/"+w.ids["bob"]).is(http.StatusOK).str("email"))
}

func TestAnAdministratorLooksAfterUsers(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.admin("root")
		w.join("ada", "client")
		in := obj{"email": mail("eve"), "name": "Eve", "role": "freelancer", "password": password, "verified": true}
		w.as("ada").post("/v1/users", in).refused(http.StatusForbidden, "role_required")
		w.as("root").post("/v1/users", obj{"email": "x", "name": "Eve", "role": "client", "roles": []string{"king"}}).
			refused(http.StatusUnprocessableEntity, "invalid_input").at("/email", "email_syntax").at("/roles", "role_unknown")
		keyed := w.as("root").with("Idempotency-Key", "eve-1")
		made := keyed.post("/v1/users", in).is(http.StatusCreated)
		require.Equal(w, made.raw, keyed.post("/v1/users", in).is(http.StatusCreated).raw)
		w.as("root").post("/v1/users", in).refused(http.StatusConflict, "user_exists")
		at := made.header.Get("Location")
		require.Equal(w, "/v1/users/"+made.str("id"), at)
		require.Equal(w, made.raw, w.as("root").get(at).is(http.StatusOK).raw)
		w.signIn("eve")

		w.as("root").put(at+"/roles", obj{"roles": []string{"arbiter"}}).is(http.StatusOK)
		w.as("eve").get("/v1/me").refused(http.StatusUnauthorized, "token_invalid")
		require.Equal(w, "/arbiter", w.signIn("eve").str("user", "landing"))
		w.as("root").put("/v1/users/"+w.ids["root"]+"/roles", obj{"roles": []string{}}).refused(http.StatusForbidden, "user_relation")

		require.Equal(w, "suspended", w.as("root").post(at+"/suspend", nil).is(http.StatusOK).str("state"))
		w.as("eve").get("/v1/me").refused(http.StatusUnauthorized, "token_invalid")
		w.as("").post("/v1/auth/login", obj{"email": mail("eve"), "password": password}).refused(http.StatusForbidden, "user_suspended")
		w.as("root").post(at+"/suspend", nil).refused(http.StatusConflict, "user_state")
		back := w.as("root").post(at+"/reinstate", nil).is(http.StatusOK)
		require.Equal(w, []any{"delete", "edit", "grant", "suspend"}, sorted(back.val("allowed_actions")))

		w.as("ada").del(at).refused(http.StatusNotFound, "user_not_found")
		w.as("root").del(at).is(http.StatusNoContent)
		w.as("root").del(at).refused(http.StatusConflict, "user_state")
		require.Equal(w, made.str("id"), w.as("root").get("/v1/users?state=deleted").str("items", 0, "id"))
		require.Equal(w, "active", w.as("root").post(at+"/restore", nil).is(http.StatusOK).str("state"))
	})
}

func TestAUserLooksAfterHimself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("ada", "client")
	tag := w.as("ada").get("/v1/me").header.Get("ETag")
	edited := w.as("ada").with("If-Match", tag).put("/v1/me", obj{"name": "Ada L.", "role": "freelancer"}).is(http.StatusOK)
	require.Equal(t, "/freelancer", edited.str("landing"))
	require.NotEqual(t, tag, edited.header.Get("ETag"))
	w.as("ada").with("If-Match", tag).put("/v1/me", obj{"name": "Ada", "role": "client"}).refused(http.StatusPreconditionFailed, "user_stale")
	w.as("ada").put("/v1/me", obj{"name": " ", "role": "client"}).refused(http.StatusUnprocessableEntity, "invalid_input").at("/name", "text_required")
	require.Equal(t, "Ada L.", w.as("ada").get("/v1/me").str("name"))

	w.as("ada").del("/v1/me").is(http.StatusNoContent)
	w.as("ada").get("/v1/me").refused(http.StatusUnauthorized, "token_invalid")
	w.as("").post("/v1/auth/login", obj{"email": mail("ada"), "password": password}).refused(http.StatusUnauthorized, "login_failed")
}

func TestSessionsAreSeenAndEnded(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.join("ada", "client")
		w.join("bob", "client")
		w.admin("root")
		old := w.tokens["ada"]
		w.as("").post("/v1/auth/login", obj{"email": mail("ada"), "password": "wrong horse battery"}).is(http.StatusUnauthorized)
		w.clock.Move(time.Second)
		w.as("").with("User-Agent", "Lynx").post("/v1/auth/login", obj{"email": mail("ada"), "password": password}).is(http.StatusOK)
		w.clock.Move(time.Second)
		w.signIn("ada")

		all := w.as("ada").get("/v1/me/sessions").is(http.StatusOK)
		require.Len(w, all.val("items"), 3)
		require.Equal(w, true, all.val("items", 0, "current"))
		require.Equal(w, "Lynx", all.str("items", 1, "client", "agent"))
		require.Equal(w, "192.0.2.1", all.str("items", 1, "client", "ip"))
		logins := w.as("ada").get("/v1/me/logins").is(http.StatusOK)
		require.Len(w, logins.val("items"), 4)
		require.Equal(w, all.str("items", 0, "id"), logins.str("items", 0, "session_id"))

		third := "/v1/sessions/" + all.str("items", 2, "id") + "/revoke"
		w.as("bob").post(third, nil).refused(http.StatusNotFound, "session_not_found")
		keyed := w.as("ada").with("Idempotency-Key", "end-1")
		keyed.post(third, nil).is(http.StatusNoContent)
		require.Equal(w, "true", keyed.post(third, nil).is(http.StatusNoContent).header.Get("Idempotency-Replayed"))
		w.as("ada").post(third, nil).refused(http.StatusConflict, "session_state")
		w.as("").with("Authorization", "Bearer "+old).get("/v1/me").refused(http.StatusUnauthorized, "token_invalid")

		hers := "/v1/users/" + w.ids["ada"]
		for _, path := range []string{"/sessions", "/logins"} {
			w.as("bob").get(hers+path).refused(http.StatusNotFound, "user_not_found")
			require.NotEmpty(w, w.as("root").get(hers+path).is(http.StatusOK).val("items"))
		}
		require.Len(w, w.as("root").get(hers+"/sessions?active=true").val("items"), 2)
		w.as("bob").post(hers+"/sessions/revoke", nil).refused(http.StatusNotFound, "user_not_found")
		require.InDelta(w, 2, w.as("root").post(hers+"/sessions/revoke", nil).is(http.StatusOK).val("revoked"), 0)
		w.as("ada").get("/v1/me").refused(http.StatusUnauthorized, "token_invalid")
		w.signIn("ada")
		require.InDelta(w, 1, w.as("ada").post("/v1/me/sessions/revoke", nil).is(http.StatusOK).val("revoked"), 0)
		w.as("ada").get("/v1/me").refused(http.StatusUnauthorized, "token_invalid")
	})
}
