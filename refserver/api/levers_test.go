package api_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow"
)

// deal makes an agreement that ada funds and bob submits for, and returns its
// address.
func (w *world) deal(amount int64) string {
	w.Helper()
	ada, bob, price := lance.Person(lance.UserID(w.ids["ada"])), lance.Person(lance.UserID(w.ids["bob"])), lance.NewMoney(amount, lance.USD)
	a, err := w.engine.Escrow.Agree(w.Context(), ada, escrow.AgreeInput{Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: ada.Party, Payee: bob.Party, Amount: price})
	require.NoError(w, err)
	w.as("ada").post("/v1/wallet/top-ups", obj{"amount": price, "payment_method": "pm_ok"}).is(201)
	_, err = w.engine.Escrow.Fund(w.Context(), ada, escrow.FundInput{Agreement: a.ID})
	require.NoError(w, err)
	_, err = w.engine.Escrow.Submit(w.Context(), bob, escrow.SubmitInput{Agreement: a.ID})
	require.NoError(w, err)
	return "/v1/agreements/" + string(a.ID)
}

func TestTimeIsSkipped(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.guest("ada")
		w.guest("bob")
		w.guest("root", lance.RoleAdmin)
		w.deal(50_00)
		w.as("").get("/v1/test/clock").has("now", "2026-03-02T09:00:00Z").has("ahead", "0s")
		got := w.as("root").post("/v1/test/clock/skip", obj{"to": "next_timer", "kind": "escrow.auto_release"}).is(200)
		got.has("from", "2026-03-02T09:00:00Z").has("to", "2026-03-16T09:00:00Z")
		require.Contains(w, string(got.raw), `"agreement.released"`)
		require.Contains(w, string(got.raw), `"escrow.auto_release"`)
		w.as("root").get("/v1/wallet").refused(401, "token_invalid") // sessions grow old too
		w.enter("bob")
		w.as("bob").get("/v1/wallet").has("balances", 0, "available", "amount", "45.00")
		w.as("").get("/v1/test/clock").has("ahead", "336h0m0s")
	})
}

func TestAdministratorsAloneMoveTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.guest("ada")
	w.guest("root", lance.RoleAdmin)
	w.as("").post("/v1/test/clock/skip", obj{"by": "1h"}).refused(401, "actor_required")
	w.as("ada").post("/v1/test/clock/skip", obj{"by": "1h"}).refused(403, "role_required")
	for _, body := range []obj{{}, {"by": "soon"}, {"by": "-1h"}, {"by": "0s"}} {
		w.as("root").post("/v1/test/clock/skip", body).refused(422, "invalid_input").at("/by", "period_syntax")
	}
	w.as("root").post("/v1/test/clock/skip", obj{"by": "1h", "to": "next_timer"}).refused(422, "invalid_input").at("/by", "one_of")
	w.as("root").post("/v1/test/clock/skip", obj{"by": "1000000h"}).refused(422, "invalid_input").at("/by", "period_range")
	w.as("root").post("/v1/test/clock/skip", obj{"to": "next_timer", "kind": "no.such"}).refused(409, "timer_none")
	asked := w.as("root").with("Idempotency-Key", "k")
	asked.post("/v1/test/clock/skip", obj{"by": "1m"}).is(200).has("to", "2026-03-02T09:01:00Z")
	asked.post("/v1/test/clock/skip", obj{"by": "1m"}).is(200).has("from", "2026-03-02T09:01:00Z").has("to", "2026-03-02T09:01:00Z")
	asked.post("/v1/test/clock/skip", obj{"by": "2m"}).refused(422, "key_reused")
}

func TestMailIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := auth.RegisterInput{Email: "ada@example.com", Password: "correct horse battery", Name: "Ada", View: auth.ViewClient}
	require.NoError(t, w.engine.Auth.Register(t.Context(), in))
	w.as("").get("/v1/test/mail?to=ada@example.com").has("items", []any{})
	w.step()
	mail := w.as("").get("/v1/test/mail?to=Ada@example.com").is(200).has("items", 0, "to", "ada@example.com").has("items", 0, "subject", "Confirm your address")
	require.Len(t, mail.str("items", 0, "code"), 8)
	w.as("").get("/v1/test/mail?to=bob@example.com").has("items", []any{})
	require.NotContains(t, w.log.String(), mail.str("items", 0, "code"))
}

func TestTheSandboxIsCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.guest("ada")
	w.guest("root", lance.RoleAdmin)
	w.as("ada").post("/v1/test/provider/outage", obj{"on": true}).refused(403, "role_required")
	w.as("root").post("/v1/test/provider/outage", obj{"on": true}).is(200).has("on", true)
	at := w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_ok")).is(201).has("state", "processing").header.Get("Location")
	w.as("root").post("/v1/test/provider/outage", obj{"on": false}).is(200).has("on", false)
	w.clock.Move(10 * time.Second)
	w.step()
	w.as("ada").get(at).has("state", "confirmed")
}
