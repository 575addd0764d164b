package api_test

import (
	"maps"
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
		w.as("bob").get(at).has("state", "submitted").has("allowed_actions", []any{"refund_part", "refund", "amend"}).has("remaining", "amount", "100.00")
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
		w.as("bob").get(at).has("allowed_actions", []any{"decline_refund", "refund_part", "refund", "amend"})
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
	w.as("").post("/v1/quotes", obj{"amount": usd("80.00"), "work": "720h"}).is(200).has("fits", true).has("stages", nil)
	w.as("").post("/v1/quotes", obj{"amount": usd("80.00"), "work": "2000h"}).is(200).has("fits", false).
		has("stages", 0, "amount", "amount", "40.00").has("stages", 1, "amount", "amount", "40.00")
	w.as("").post("/v1/quotes", obj{"amount": usd("1000000.00"), "work": "8784h", "inspection": "2159h59m58s"}).is(200).has("fits", false).has("stages", nil)
	w.as("").post("/v1/quotes", obj{"amount": usd("80.00"), "work": "2562047h"}).refused(422, "invalid_input").at("/work", "period_range")
	w.as("").post("/v1/quotes", obj{"amount": usd("80.00"), "inspection": "1s"}).refused(422, "invalid_input").at("/inspection", "period_range")
	w.as("").post("/v1/quotes", obj{"amount": usd("80.00"), "work": "long"}).refused(422, "invalid_input").at("/work", "period_syntax")
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

func TestAnAgreementIsProposedAndGoesItsWay(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.parties()
		w.pay("ada", "200.00")
		ada, bob := w.ids["ada"], w.ids["bob"]
		deal := obj{"subject": obj{"kind": "order", "id": "9"}, "payer_id": ada, "payee_id": bob, "amount": usd("100.00"), "inspection": "48h"}
		made := w.as("bob").with("Idempotency-Key", "new").post("/v1/agreements", deal).is(201).has("state", "proposed").
			has("proposed_by", bob).has("expires_at", "2026-03-09T09:00:00Z").has("timers", 0, "kind", "escrow.expire")
		at := made.header.Get("Location")
		require.Equal(w, at, w.as("bob").with("Idempotency-Key", "new").post("/v1/agreements", deal).is(201).header.Get("Location"))
		w.as("bob").post(at+"/accept", obj{}).refused(403, "proposal_own")
		w.as("ada").post(at+"/fund", obj{}).refused(409, "agreement_state")
		w.as("ada").post(at+"/accept", obj{}).is(200).has("state", "agreed")
		w.as("ada").post(at+"/fund", obj{"amount": usd("30.00")}).is(200).has("funded", "amount", "30.00").has("timers", 0, "why_not", "not_funded")
		w.as("bob").post(at+"/submit", obj{}).refused(409, "funding_required")
		w.as("ada").post(at+"/fund", obj{"amount": usd("70.01")}).refused(409, "funding_exceeds")
		w.as("ada").post(at+"/fund", obj{}).is(200).has("held", "amount", "100.00")
		w.as("bob").post(at+"/submit", obj{}).is(200).has("release_at", "2026-03-04T09:00:00Z")
		w.as("ada").post(at+"/request-changes", obj{}).is(200).has("timers", 0, "why_not", "changes_requested")
		w.as("bob").post(at+"/submit", obj{"version": 5}).refused(409, "agreement_stale")
		w.as("bob").post(at+"/submit", obj{}).is(200)
		w.as("bob").post(at+"/amend", obj{"amount": usd("110.00")}).is(200).has("amendment", "by", bob).has("amount", "amount", "100.00")
		w.as("ada").post(at+"/decline-amendment", obj{}).is(200).has("amendment", nil)
		w.as("ada").post(at+"/amend", obj{"amount": usd("90.00")}).is(200)
		w.as("bob").post(at+"/accept-amendment", obj{}).refused(422, "invalid_input").at("/amount", "required")
		w.as("bob").post(at+"/accept-amendment", obj{"amount": usd("95.00")}).refused(409, "amendment_changed")
		w.as("bob").post(at+"/accept-amendment", obj{"amount": usd("90.00")}).is(200).has("held", "amount", "90.00").has("amended", 1.0)
		w.as("ada").post(at+"/cancel", obj{}).refused(409, "hold_filled")
		w.as("ada").post(at+"/approve", obj{}).is(200).has("state", "released").has("payee_fee", "amount", "9.00").has("timers", []any{})
		w.as("bob").get("/v1/wallet").has("balances", 0, "available", "amount", "81.00")
		w.as("root").get("/v1/admin/ledger/trial-balance").has("balanced", true)
	})
}

func TestWhatHasPaidPartsAndHoldsNothingIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	_, parts := w.hire("100.00")
	at := "/v1/agreements/" + w.as("ada").get(parts[0]).str("agreement_id")
	w.as("ada").post(at+"/fund", obj{"amount": usd("40.00")}).is(200)
	w.as("ada").post(at+"/release", obj{"amount": usd("40.00")}).is(200).has("state", "funded").
		has("allowed_actions", []any{"fund", "amend", "close"})
	w.as("bob").post(at+"/refund", obj{}).refused(409, "hold_empty")
	w.as("ada").get(parts[0]).has("state", "funded")
	w.as("ada").post(parts[0]+"/cancel", nil).is(200).has("state", "approved")
	w.as("bob").get(at).has("state", "released").has("released", "amount", "40.00")
	w.sound()
}

func TestAProposalOfAnAgreementIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.parties()
	w.guest("gone")
	ada, bob, gone := w.ids["ada"], w.ids["bob"], w.ids["gone"]
	w.as("root").post("/v1/users/"+gone+"/suspend", nil).is(200)
	for _, c := range []struct {
		change obj
		at     string
		code   string
	}{
		{obj{"subject": obj{"kind": "milestone", "id": "mst_1"}}, "/subject/kind", "subject_managed"},
		{obj{"payee_id": ada}, "/payee_id", "party_same"},
		{obj{"payees": []obj{{"party_id": ada, "weight": 1}}}, "/payees/0/party_id", "party_same"},
		{obj{"payees": []obj{{"party_id": bob, "weight": 1}, {"party_id": "usr_nobody", "weight": 1}}}, "/payees/1/party_id", "party_unknown"},
		{obj{"payees": []obj{{"party_id": bob, "weight": 1}, {"party_id": gone, "weight": 1}}}, "/payees/1/party_id", "party_unknown"},
		{obj{"payee_id": "somebody"}, "/payee_id", "party_unknown"},
		{obj{"amount": usd("0.00")}, "/amount", "money_not_positive"},
		{obj{"accept_within": "0s"}, "/accept_within", "period_syntax"},
		{obj{"accept_within": "1m"}, "/accept_within", "period_range"},
		{obj{"work": "2000h"}, "/work", "limit_exceeded"},
	} {
		deal := obj{"subject": obj{"kind": "order", "id": "9"}, "payer_id": ada, "payee_id": bob, "amount": usd("100.00")}
		maps.Copy(deal, c.change)
		w.as("ada").post("/v1/agreements", deal).refused(422, "invalid_input").at(c.at, c.code)
	}
	deal := obj{"subject": obj{"kind": "order", "id": "9"}, "payer_id": ada, "payee_id": bob, "amount": usd("100.00")}
	w.as("eve").post("/v1/agreements", deal).refused(403, "agreement_relation")
	at := w.as("ada").post("/v1/agreements", deal).is(201).header.Get("Location")
	w.as("eve").get(at).refused(404, "agreement_not_found")
	w.as("ada").post(at+"/cancel", obj{}).is(200).has("state", "cancelled")
}

// TestAMilestonesAgreementIsFollowed pays one in parts by its agreement; its work
// goes on through the milestone alone.
func TestAMilestonesAgreementIsFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	contract, parts := w.hire("100.00")
	at := "/v1/agreements/" + w.as("ada").get(parts[0]).str("agreement_id")
	w.as("ada").post(at+"/fund", obj{"amount": usd("40.00")}).is(200)
	w.as("ada").get(parts[0]).has("state", "funded")
	w.as("bob").post(at+"/submit", obj{}).refused(409, "agreement_managed")
	w.as("bob").get(at).has("allowed_actions", []any{"refund_part", "refund", "amend"})
	w.as("ada").post(at+"/amend", obj{"amount": usd("80.00")}).is(200)
	w.as("bob").post(at+"/accept-amendment", obj{"amount": usd("80.00")}).is(200)
	w.step()
	w.as("ada").get(contract).has("total", "amount", "80.00").has("milestones", 0, "amount", "amount", "80.00")
	w.as("ada").post(at+"/fund", obj{}).is(200)
	w.as("ada").post(at+"/release", obj{"amount": usd("80.00")}).is(200).has("state", "released")
	w.step()
	w.as("ada").get(contract).has("state", "completed").has("milestones", 0, "state", "approved")
}

func TestWhatWouldHappenIsForecast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.parties()
	at := w.deal(100_00)
	rest := w.as("bob").post(at+"/forecast", obj{}).is(200)
	rest.has("moves", 0, "clock", "escrow.release_warning").has("moves", 0, "at", "2026-03-13T09:00:00Z").has("moves", 0, "state", "submitted")
	rest.has("moves", 1, "clock", "escrow.auto_release").has("moves", 1, "at", "2026-03-16T09:00:00Z").has("moves", 1, "state", "released")
	rest.has("payouts", 0, "party_id", w.ids["bob"]).has("payouts", 0, "amount", "amount", "90.00")

	events := []obj{
		{"as": "payer", "do": "release", "amount": usd("50.00")},
		{"as": "payer", "do": "amend", "amount": usd("120.00")},
		{"as": "payee", "do": "accept_amendment"},
		{"at": "2026-03-03T09:00:00Z", "as": "payer", "do": "freeze"},
		{"at": "2026-03-04T09:00:00Z", "as": "arbiter", "do": "rule", "amount": usd("20.00"), "bears": "payer"},
	}
	w.as("ada").post(at+"/forecast", obj{"events": events}).is(200).
		has("moves", 0, "transfers", 0, "code", "release").has("moves", 0, "event", 0.0).has("moves", 0, "held", "amount", "50.00").
		has("moves", 2, "fault", "balance_insufficient").has("moves", 3, "state", "frozen").
		has("moves", 4, "state", "settled").has("payouts", 2, "amount", "amount", "28.00")
	events[2]["top_up"] = usd("20.00")
	w.as("ada").post(at+"/forecast", obj{"events": events}).is(200).has("moves", 2, "held", "amount", "70.00")
	w.as("bob").post(at+"/forecast", obj{"events": events}).is(200)
	events[4]["at"] = "2026-03-02T09:00:00Z"
	w.as("ada").post(at+"/forecast", obj{"events": events}).refused(422, "invalid_input").at("/events", "time_order")
	foreign := []obj{{"as": "payer", "do": "fund", "top_up": obj{"amount": "1000", "currency": "JPY"}}}
	w.as("ada").post(at+"/forecast", obj{"events": foreign}).refused(422, "invalid_input").at("/events/0/top_up", "currency_mismatch")
	w.as("ada").get(at).has("state", "submitted").has("version", 3.0)

	cheap := terms()
	cheap["clearance"], cheap["fees"], cheap["taxes"] = "24h", []obj{}, []obj{}
	w.as("root").post(at+"/forecast", obj{"policy": cheap}).is(200).
		has("payouts", 0, "amount", "amount", "100.00").has("payouts", 0, "at", "2026-03-13T09:00:00Z")
	cheap["inspection"] = "1m"
	w.as("root").post(at+"/forecast", obj{"policy": cheap}).refused(422, "invalid_input").at("/policy/inspection", "period_range")
}

func TestAPolicyIsTriedOnHistory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.parties()
	at := w.deal(100_00)
	w.as("ada").post(at+"/approve", obj{}).is(200)
	doc := w.as("").get("/v1/policy").is(200).has("inspection", "336h0m0s").has("fees", 0, "percent", "10")
	require.JSONEq(t, string(doc.raw), string(w.as("bob").get(at+"/policy").is(200).raw))

	other := terms()
	other["taxes"], other["fees"] = []obj{}, []obj{{"name": "service", "side": "payee", "percent": "7.25", "fixed": usd("0.01")}}
	w.as("root").post("/v1/admin/policy/dry-run", obj{"policy": other}).is(200).
		has("agreements", 1.0).has("sums", 1, "side", "payee").has("sums", 1, "taken", "amount", "10.00").
		has("sums", 1, "would", "amount", "7.26").has("sums", 1, "difference", "amount", "-2.74").
		has("differences", 0, "would", "amount", "7.26")
	other["fees"] = []obj{{"name": "service", "side": "payee", "percent": "101"}}
	w.as("root").post("/v1/admin/policy/dry-run", obj{"policy": other}).refused(422, "invalid_input").at("/policy/fees/0/percent", "percent_range")
}
