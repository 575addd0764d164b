package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/refserver/api"
	"github.com/megilance/lance/storage/driver"
)

// again makes a new server on the same store, as after a restart.
func (w *world) again(store driver.Store) {
	w.server = api.New(api.Options{
		Engine: w.engine, Store: store, Log: slog.New(slog.NewJSONHandler(w.log, nil)), OpenSkills: true, Levers: w.levers,
	})
}

func TestAKeyOutlivesTheServerAndARefusal(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.guest("ada")
		w.guest("eve")
		ada := w.as("ada").with("Idempotency-Key", "k")
		ada.post("/v1/projects", obj{"title": "x"}).is(http.StatusUnprocessableEntity)
		first := ada.post("/v1/projects", job("Move our shop")).is(http.StatusCreated)
		require.Empty(w, first.header.Get("Idempotency-Replayed"), "a refusal does not use a key up")
		w.again(w.store)
		ada = w.as("ada").with("Idempotency-Key", "k")
		second := ada.post("/v1/projects", job("Move our shop")).is(http.StatusCreated)
		require.Equal(w, "true", second.header.Get("Idempotency-Replayed"))
		require.JSONEq(w, string(first.raw), string(second.raw))
		ada.post("/v1/projects", job("Another")).refused(http.StatusUnprocessableEntity, "key_reused")
		ada.post("/v1/projects/"+first.str("id")+"/publish", obj{}).refused(http.StatusUnprocessableEntity, "key_reused")
		w.as("eve").with("Idempotency-Key", "k").post("/v1/projects", job("Another")).is(http.StatusCreated)

		var all sync.WaitGroup
		got := make([]reply, 6)
		for i := range got {
			all.Go(func() {
				got[i] = w.as("ada").with("Idempotency-Key", "many").post("/v1/wallet/top-ups", topUp("5.00", "pm_ok"))
			})
		}
		all.Wait()
		for _, r := range got {
			require.Contains(w, []int{http.StatusCreated, http.StatusConflict}, r.status, string(r.raw))
		}
		w.as("ada").get("/v1/wallet").has("balances", 0, "available", "amount", "5.00")
		require.Len(w, w.as("ada").get("/v1/wallet/top-ups").val("items"), 1)
	})
}

// broken is a store that fails in its own words, or panics.
type broken struct {
	driver.Store
	err error
}

// InTx fails.
func (b broken) InTx(context.Context, func(context.Context, driver.Repos) error) error {
	if b.err == nil {
		panic("pq: relation secretTable")
	}
	return b.err
}

// View fails.
func (b broken) View(ctx context.Context, _ func(context.Context, driver.Repos) error) error {
	return b.InTx(ctx, nil)
}

func TestWhatFailsInsideIsToldToTheLogAlone(t *testing.T) {
	t.Parallel()
	const told = "SELECT secretTable on host db1"
	for _, err := range []error{lance.E(lance.Internal, "row_broken", told), errors.New(told), nil} {
		w := newWorld(t)
		w.guest("ada")
		w.again(broken{w.store, err})
		for _, path := range []string{"/readyz", "/v1/projects"} {
			logged := w.log.len()
			var r reply
			if path == "/readyz" {
				r = w.as("").get(path)
			} else {
				r = w.as("ada").with("Idempotency-Key", "k").post(path, job("Move our shop"))
			}
			r.refused(http.StatusInternalServerError, "internal")
			require.NotContains(t, string(r.raw), "secretTable")
			require.Contains(t, w.log.after(logged), "secretTable", "the cause is in the log")
			require.Contains(t, w.log.after(logged), r.header.Get("X-Request-ID"), "with the request that met it")
		}
		w.as("").get("/healthz").is(http.StatusOK)
	}
}

func TestARequestWhoseClientHasGoneIsUnavailable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.guest("ada")
	before := w.changes()
	ctx, gone := context.WithCancel(t.Context())
	gone()
	body, err := json.Marshal(job("Move our shop"))
	require.NoError(t, err)
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/projects", strings.NewReader(string(body)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+w.tokens["ada"])
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, r)
	require.Equal(t, http.StatusServiceUnavailable, rec.Code, rec.Body.String())
	require.Equal(t, before, w.changes())
}

func TestTheLogIsStructuredAndKnowsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const name, secret = "Zyxwvut Personname", "zqPasswordqz-correct horse"
	ask := w.as("").with("User-Agent", "zqAgentqz").with("X-Forwarded-For", "203.0.113.77")
	in := obj{"email": "zqmailqz@example.com", "password": secret, "name": name, "role": "client"}
	ask.post("/v1/auth/register", in).is(http.StatusAccepted)
	code := w.code("zqmailqz", auth.VerifyEmail)
	ask.post("/v1/auth/verify-email", obj{"email": "zqmailqz@example.com", "code": code}).is(http.StatusNoContent)
	ask.post("/v1/auth/login", obj{"email": "zqmailqz@example.com", "password": "zqWrongqz wrong"}).is(http.StatusUnauthorized)
	login := ask.post("/v1/auth/login", obj{"email": "zqmailqz@example.com", "password": secret}).is(http.StatusOK)
	w.tokens["her"] = login.str("access_token")
	w.as("her").get("/v1/me").is(http.StatusOK)
	ask.post("/v1/auth/password-reset", obj{"email": "zqmailqz@example.com"}).is(http.StatusAccepted)
	reset := w.code("zqmailqz", auth.ResetPassword)
	ask.post("/v1/auth/password-reset/confirm", obj{"email": "zqmailqz@example.com", "code": reset, "password": "zqOtherqz horse"}).is(http.StatusNoContent)
	w.as("").with("X-Request-ID", "zq\nbad id").get("/v1/projects?q=zqQueryqz").is(http.StatusOK)

	for _, s := range []string{"zqmailqz", secret, "zqWrongqz", "zqOtherqz", name, code, reset, w.tokens["her"], login.refreshCookie().Value, "zqAgentqz", "203.0.113.77", "zqQueryqz", "bad id"} {
		require.NotContains(t, w.log.after(0), s)
	}
	lines := strings.Split(strings.TrimSpace(w.log.after(0)), "\n")
	require.Len(t, lines, 8)
	for _, text := range lines {
		var line map[string]any
		require.NoError(t, json.Unmarshal([]byte(text), &line))
		for _, part := range []string{"time", "level", "msg", "request", "method", "path", "status", "ms"} {
			require.Contains(t, line, part)
		}
	}
}
