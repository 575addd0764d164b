package api_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// parties are those of a deal, somebody else, and an administrator.
func (w *world) parties() {
	w.Helper()
	for _, name := range []string{"ada", "bob", "eve"} {
		w.guest(name)
	}
	w.guest("root", lance.RoleAdmin)
}

func TestAnAgreementIsReleasedAndRefundedInParts(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.parties()
		at := w.deal(100_00)
		w.as("bob").get(at).has("state", "submitted").has("allowed_actions", []any{"refund_part", "refund"}).has("remaining", "amount", "100.00")
		w.as("ada").get(at+"/timers").has("items", 0, "kind", "escrow.auto_release").has("items", 0, "due_at", "2026-03-16T09:00:00Z")

		part := w.as("ada").with("Idempotency-Key", "k")
		part.post(at+"/release", obj{"amount": usd("40.00"), "version": 3}).is(200).has("released", "amount", "40.00").has("payee_fee", "amount", "4.00")
		again := part.post(at+"/release", obj{"amount": usd("40.00"), "version": 3}).is(200).has("released", "amount", "40.00")
		require.Equal(w, "true", again.header.Get("Idempotency-Replayed"))
		w.as("ada").post(at+"/release", obj{"amount": usd("1.00"), "version": 3}).refused(409, "agreement_stale")
		w.as("ada").post(at+"/release", obj{"amount": usd("60.01")}).refused(402, "hold_insufficient")
		w.as("ada").post(at+"/release", obj{"amount": usd("0.00")}).refused(422, "invalid_input").at("/amount", "money_not_positive")

		w.as("ada").post(at+"/refund", obj{}).refused(403, "agreement_relation")
		w.as("bob").post(at+"/ask-refund", obj{}).refused(403, "agreement_relation")
		w.as("ada").post(at+"/ask-refund", obj{"amount": usd("25.00")}).is(200).has("refund_asked", "amount", "25.00")
		w.as("ada").post(at+"/decline-refund", obj{}).refused(403, "agreement_relation")
		w.as("bob").get(at).has("allowed_actions", []any{"decline_refund", "refund_part", "refund"})
		w.as("bob").post(at+"/decline-refund", obj{}).is(200).has("refund_asked", nil)
		w.as("bob").post(at+"/decline-refund", obj{}).refused(409, "refund_not_asked")
		w.as("ada").post(at+"/ask-refund", obj{"amount": usd("25.00")}).is(200).has("refund_asked", "amount", "25.00")
		w.as("bob").post(at+"/refund", obj{"amount": usd("25.00")}).is(200).has("state", "submitted").has("refunded", "amount", "25.00")
		w.as("root").post(at+"/refund", obj{}).is(200).has("state", "refunded").has("remaining", "amount", "0.00")
		w.as("bob").post(at+"/refund", obj{}).refused(409, "agreement_state")

		w.as("ada").get("/v1/wallet").has("balances", 0, "available", "amount", "60.00")
		w.as("bob").get("/v1/wallet").has("balances", 0, "available", "amount", "36.00")
		w.as("root").get("/v1/admin/ledger/trial-balance").has("balanced", true)
	})
}

func TestAgreementsAreTheirParties(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.parties()
	at := w.deal(100_00)
	id := strings.TrimPrefix(at, "/v1/agreements/")
	for _, path := range []string{at, at + "/timers"} {
		w.as("eve").get(path).refused(404, "agreement_not_found")
		w.as("root").get(path).is(200)
	}
	w.as("eve").post(at+"/release", obj{"amount": usd("1.00")}).refused(404, "agreement_not_found")
	w.as("root").post(at+"/release", obj{"amount": usd("1.00")}).refused(403, "agreement_relation")
	w.as("ada").get("/v1/agreements?as=payer").has("items", 0, "id", id)
	w.as("ada").get("/v1/agreements?as=payee").has("items", []any{})
	w.as("ada").get("/v1/agreements").refused(422, "invalid_input").at("/as", "relation_unknown")
	w.as("root").get("/v1/agreements?subject=order/7&state=submitted").has("items", 0, "id", id)
	w.as("root").get("/v1/agreements?subject=order/8").has("items", []any{})
	w.as("root").get("/v1/agreements?subject=order").refused(422, "invalid_input").at("/subject", "ref_syntax")
}

func TestAPriceIsQuoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.as("").post("/v1/quotes", obj{"amount": usd("80.00")}).is(200).
		has("payer_pays", "amount", "80.00").has("payee_gets", "amount", "72.00").has("fees", "amount", "8.00").
		has("lines", 0, "side", "payee").has("lines", 0, "rule", "percent")
	w.as("").post("/v1/quotes", obj{"amount": usd("0.00")}).refused(422, "invalid_input").at("/amount", "money_not_positive")
}

func TestAdministratorsSettleWhatNobodyAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.parties()
	w.as("ada").post("/v1/wallet/top-ups", topUp("10.00", "pm_ok")).is(201)
	top := w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_pending")).header.Get("Location")
	paid := w.as("ada").post("/v1/payouts", payout("3.00", "ba_ok")).header.Get("Location")
	lost := w.as("ada").post("/v1/payouts", payout("4.00", "ba_ok")).header.Get("Location")
	w.as("ada").get(top).has("allowed_actions", []any{})
	w.as("root").get(top).has("allowed_actions", []any{"abandon"})
	for _, path := range []string{top + "/abandon", paid + "/pay", lost + "/reject"} {
		w.as("eve").post(path, obj{}).is(404)
		w.as("ada").post(path, obj{}).is(403)
	}
	w.as("root").post(top+"/abandon", obj{}).is(200).has("state", "failed")
	w.as("root").post(paid+"/pay", obj{}).is(200).has("state", "paid")
	w.as("root").post(lost+"/reject", obj{}).is(200).has("state", "rejected").has("code", "settled_by_admin")
	w.as("root").post(lost+"/reject", obj{}).refused(409, "payout_state")
	w.as("ada").get("/v1/wallet").has("balances", 0, "available", "amount", "7.00")
}
