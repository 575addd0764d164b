package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

// guest makes somebody and signs him in, without the detour over HTTP.
func (w *world) guest(name string, roles ...lance.Role) {
	w.Helper()
	in := auth.CreateInput{Email: name + "@example.com", Name: name, View: auth.ViewClient, Roles: roles, Password: "correct horse battery", Verified: true}
	u, err := w.engine.Auth.Create(w.Context(), lance.System("test"), in)
	require.NoError(w, err)
	w.ids[name] = string(u.ID)
	w.enter(name)
}

// enter signs somebody in.
func (w *world) enter(name string) {
	w.Helper()
	got, err := w.engine.Auth.Login(w.Context(), auth.LoginInput{Email: name + "@example.com", Password: "correct horse battery"})
	require.NoError(w, err)
	w.tokens[name] = got.Access.Reveal()
}

func topUp(amount, method string) obj { return obj{"amount": usd(amount), "payment_method": method} }

func payout(amount, destination string) obj {
	return obj{"amount": usd(amount), "destination": destination}
}

func TestMoneyComesInAndGoesOut(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.guest("ada")
		w.guest("root", lance.RoleAdmin)
		w.as("ada").get("/v1/wallet").has("balances", 0, "available", "amount", "0.00")

		made := w.as("ada").with("Idempotency-Key", "k1").post("/v1/wallet/top-ups", topUp("100.00", "pm_ok")).is(201).has("state", "confirmed")
		at := made.header.Get("Location")
		require.Equal(w, "/v1/wallet/top-ups/"+made.str("id"), at)
		w.as("ada").get(at).is(200).has("amount", "amount", "100.00")
		w.as("root").get(at).is(200)
		again := w.as("ada").with("Idempotency-Key", "k1").post("/v1/wallet/top-ups", topUp("100.00", "pm_ok")).is(201)
		require.Equal(w, made.str("id"), again.str("id"))
		w.as("ada").with("Idempotency-Key", "k1").post("/v1/wallet/top-ups", topUp("100.01", "pm_ok")).refused(422, "key_reused")

		pending := w.as("ada").post("/v1/wallet/top-ups", topUp("20.00", "pm_pending")).is(201).has("state", "processing").header.Get("Location")
		w.as("ada").get("/v1/wallet").has("balances", 0, "pending", "amount", "20.00").has("balances", 0, "available", "amount", "100.00")
		w.step()
		w.as("ada").get(pending).has("state", "confirmed")

		out := w.as("ada").post("/v1/payouts", payout("30.00", "ba_ok")).is(201).has("state", "submitted").header.Get("Location")
		w.clock.Move(time.Second)
		back := w.as("ada").post("/v1/payouts", payout("40.00", "ba_rejected")).is(201).header.Get("Location")
		w.as("ada").get("/v1/wallet").has("balances", 0, "held", "amount", "70.00").has("balances", 0, "available", "amount", "50.00")
		w.as("ada").post("/v1/payouts", payout("50.01", "ba_ok")).refused(402, "balance_insufficient")
		w.step()
		w.as("ada").get(out).has("state", "paid")
		w.as("ada").get(back).has("state", "rejected").has("code", "account_closed")
		w.as("ada").get("/v1/wallet").has("balances", 0, "held", "amount", "0.00").has("balances", 0, "available", "amount", "90.00")

		w.as("ada").get("/v1/payouts?limit=1").has("items", 0, "id", strings.TrimPrefix(back, "/v1/payouts/"))
		lines := w.as("ada").get("/v1/wallet/entries?limit=2").is(200)
		lines.has("items", 0, "balance", "amount", "90.00").has("items", 0, "amount", "amount", "-30.00").has("items", 1, "code", "top_up")
		w.as("ada").get("/v1/wallet/entries?limit=2&cursor="+lines.str("next_cursor")).has("items", 0, "n", 1.0).has("next_cursor", nil)

		trial := w.as("root").get("/v1/admin/ledger/trial-balance").is(200)
		trial.has("balanced", true).has("currencies", 0, "total", "amount", "0.00").has("currencies", 0, "accounts", 3.0)
		account := "available:USD:" + w.ids["ada"]
		w.as("root").get("/v1/admin/ledger/accounts?owner="+w.ids["ada"]).has("items", 0, "account", account).has("items", 0, "posted", "amount", "90.00")
		w.as("root").get("/v1/admin/ledger/accounts/"+account+"/entries?limit=1").has("items", 0, "balance", "amount", "90.00")
		w.as("root").get("/v1/admin/ledger/accounts/wealth:USD:x/entries").refused(422, "invalid_input").at("/account", "account_kind")
	})
}

func TestWhatIsDeclinedIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.guest("ada")
	no := w.as("ada").with("Idempotency-Key", "k").post("/v1/wallet/top-ups", topUp("5.00", "pm_declined")).refused(402, "top_up_declined")
	at := no.header.Get("Location")
	w.as("ada").get(at).is(200).has("state", "declined").has("code", "card_declined")
	again := w.as("ada").with("Idempotency-Key", "k").post("/v1/wallet/top-ups", topUp("5.00", "pm_declined")).refused(402, "top_up_declined")
	require.Equal(t, at, again.header.Get("Location"))

	w.clock.Move(time.Second)
	w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_nobody")).refused(422, "invalid_input").at("/payment_method", "method_unknown")
	w.as("ada").post("/v1/wallet/top-ups", topUp("0.00", "pm_ok")).refused(422, "invalid_input").at("/amount", "money_not_positive")
	w.as("ada").post("/v1/wallet/top-ups", obj{"amount": obj{"amount": "1.000", "currency": "KWD"}, "payment_method": "pm_ok"}).
		refused(422, "invalid_input").at("/amount", "currency_unsupported")
	w.as("ada").get("/v1/wallet/top-ups").has("items", 1, "state", "declined").has("items", 0, "code", "method_unknown")
	w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_ok")).is(201)
	gone := w.as("ada").post("/v1/payouts", payout("5.00", "ba_nobody")).refused(422, "invalid_input").at("/destination", "destination_unknown")
	w.as("ada").get(gone.header.Get("Location")).has("state", "rejected")
}

func TestMoneyIsItsOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.guest("ada")
	w.guest("eve")
	w.guest("root", lance.RoleAdmin)
	at := w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_ok")).header.Get("Location")
	w.as("eve").get(at).refused(404, "top_up_not_found")
	w.as("eve").get("/v1/users/"+w.ids["ada"]+"/wallet").refused(404, "user_not_found")
	w.as("eve").get("/v1/users/"+w.ids["ada"]+"/wallet/entries").refused(404, "user_not_found")
	w.as("eve").get("/v1/admin/ledger/trial-balance").refused(403, "role_required")
	w.as("").get("/v1/wallet").refused(401, "actor_required")
	w.as("eve").get("/v1/wallet/top-ups").has("items", []any{})
	w.as("root").get("/v1/users/"+w.ids["ada"]+"/wallet").has("balances", 0, "available", "amount", "5.00")
	w.as("root").get("/v1/users/"+w.ids["ada"]+"/wallet/entries").has("items", 0, "code", "top_up")
	w.as("root").get("/v1/users/usr_nobody/wallet").refused(404, "user_not_found")
}

func TestAStatementIsInOneCurrency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.guest("ada")
	w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_ok")).is(201)
	w.as("ada").get("/v1/wallet/entries").has("items", 0, "amount", "currency", "USD")
	w.as("ada").post("/v1/wallet/top-ups", obj{"amount": obj{"amount": "7", "currency": "JPY"}, "payment_method": "pm_ok"}).is(201)
	w.as("ada").get("/v1/wallet/entries").refused(422, "invalid_input").at("/currency", "required")
	w.as("ada").get("/v1/wallet/entries?currency=JPY").has("items", 0, "balance", "amount", "7")
	w.as("ada").get("/v1/wallet/entries?currency=XXX").refused(422, "invalid_input").at("/currency", "currency_unknown")
}

func TestWebhooksAreBelievedBySignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.guest("ada")
	at := w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_pending")).is(201).header.Get("Location")
	sends := w.sandbox.Webhooks(w.clock.Now())
	require.Len(t, sends, 1)
	tell := func(name, signature string, body []byte) reply {
		return w.as("").with(sandbox.SignatureHeader, signature).post("/v1/webhooks/"+name, body)
	}
	signature, body := sends[0].Header[sandbox.SignatureHeader][0], sends[0].Body
	tell("sandbox", "t=1,v1=00", body).refused(401, "webhook_signature")
	tell("sandbox", signature, append(body, ' ')).refused(401, "webhook_signature")
	tell("nobody", signature, body).refused(404, "provider_not_found")
	w.as("ada").get(at).has("state", "processing")
	for range 2 {
		tell("sandbox", signature, body).is(200).has("received", true)
	}
	w.step()
	w.as("ada").get(at).has("state", "confirmed")
	w.as("ada").get("/v1/wallet").has("balances", 0, "available", "amount", "5.00")

	late := w.sandbox.Sign(provider.Event{ID: "x", Kind: provider.KindCharge, State: provider.Succeeded}, w.clock.Now().Add(-time.Hour))
	tell("sandbox", late.Header[sandbox.SignatureHeader][0], late.Body).refused(401, "webhook_expired")
	tell("sandbox", signature, make([]byte, 2<<20)).refused(http.StatusRequestEntityTooLarge, "body_too_large")
}

// has checks a value at a path: its last argument, behind the path.
func (r reply) has(path ...any) reply {
	r.Helper()
	last := len(path) - 1
	require.Equal(r, path[last], r.val(path[:last]...), "%s: %v in %s", r.what, path[:last], r.raw)
	return r
}
