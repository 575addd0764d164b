package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// TestADisputeGoesAllItsWay opens a dispute about a milestone, and lets two
// arbiters decide.
func TestADisputeGoesAllItsWay(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.cast()
		for _, name := range []string{"judge", "judy"} {
			w.guest(name, lance.RoleArbiter)
		}
		_, milestones := w.hire("100.00")
		work := milestones[0]
		w.as("ada").post(work+"/fund", obj{}).is(200)
		w.as("bob").post(work+"/submit", obj{"message": "Here it is."}).is(200)

		body := obj{"milestone_id": strings.TrimPrefix(work, "/v1/milestones/"), "reason": "not_as_agreed", "statement": "Half of it is missing.", "to_payee": usd("20.00")}
		opened := w.as("ada").with("Idempotency-Key", "open").post("/v1/disputes", body).is(201)
		at := "/v1/disputes/" + opened.str("id")
		require.Equal(w, at, opened.header.Get("Location"))
		opened.has("state", "opened").has("held", "amount", "100.00").has("deadline_at", "2026-03-05T09:00:02Z").
			has("timers", 0, "kind", "dispute.due_soon").has("timers", 1, "kind", "dispute.response")
		again := w.as("ada").with("Idempotency-Key", "open").post("/v1/disputes", body).is(201).has("id", opened.str("id"))
		require.Equal(w, "true", again.header.Get("Idempotency-Replayed"))
		w.as("bob").get(work).is(200).has("state", "submitted").has("allowed_actions", []any{}).has("case", "kind", "dispute")
		w.as("ada").post(work+"/approve", obj{}).refused(409, "agreement_state")
		w.as("bob").post("/v1/disputes", body).refused(409, "dispute_exists")

		w.as("ada").post(at+"/respond", obj{"statement": "It is.", "to_payee": usd("1.00")}).refused(403, "dispute_relation")
		w.as("bob").post(at+"/respond", obj{"statement": "It is all there.", "to_payee": usd("100.00")}).is(200).has("state", "negotiation")
		w.as("bob").post(at+"/offer", obj{"to_payee": usd("100.01")}).refused(402, "hold_insufficient")
		w.as("bob").post(at+"/offer", obj{"to_payee": usd("90.00")}).is(200).has("offer", "to_payee", "amount", "90.00")
		w.as("bob").post(at+"/accept-offer", obj{"to_payee": usd("90.00")}).refused(403, "offer_own")
		w.as("ada").post(at+"/accept-offer", obj{}).refused(422, "invalid_input").at("/to_payee", "required")
		w.as("ada").post(at+"/accept-offer", obj{"to_payee": usd("80.00")}).refused(409, "offer_changed")
		w.as("ada").post(at+"/decline-offer", obj{}).is(200).has("offer", nil)
		w.as("ada").post(at+"/escalate", obj{}).is(200).has("state", "mediation")

		w.as("root").get("/v1/disputes?vacant=true").has("items", 0, "id", opened.str("id"))
		w.as("judy").get("/v1/disputes?as=candidate").has("items", 0, "allowed_actions", []any{"assign"})
		w.as("judy").post(at+"/assign", obj{"user_id": w.ids["judy"]}).is(200).has("mediator_id", w.ids["judy"])
		w.as("judge").get(at).refused(404, "dispute_not_found")
		w.mediated(at)
		w.as("judy").post(at+"/escalate", obj{}).is(200).has("state", "arbitration")
		w.as("root").post(at+"/assign", obj{"user_id": w.ids["eve"]}).refused(422, "invalid_input").at("/user_id", "arbiter_unknown")
		w.as("root").post(at+"/assign", obj{"user_id": w.ids["judge"]}).is(200).has("arbiter_id", w.ids["judge"])
		rule := obj{"to_payee": usd("50.00"), "bears": "each", "text": "Half of it is there."}
		w.as("judy").post(at+"/rule", rule).refused(403, "dispute_relation")
		ruled := w.as("judge").post(at+"/rule", rule).is(200).has("state", "ruled").has("rulings", 0, "to_payee", "amount", "50.00")
		w.as("bob").with("If-None-Match", ruled.header.Get("ETag")).get(at).is(http.StatusNotModified)

		w.as("bob").post(at+"/appeal", obj{"text": "More than half is."}).is(200).has("state", "arbitration").has("arbiter_id", nil)
		w.as("root").post(at+"/assign", obj{"user_id": w.ids["judge"]}).refused(409, "arbiter_stake")
		w.as("judy").post(at+"/assign", obj{"user_id": w.ids["judy"]}).is(200)
		rule["to_payee"] = usd("60.00")
		w.as("judy").post(at+"/rule", rule).is(200).has("state", "resolved").has("outcome", "end", "ruled").
			has("outcome", "to_payer", "amount", "40.00").has("timers", []any{})
		w.step()
		w.as("bob").get(work).is(200).has("state", "approved").has("case", nil)
		w.as("bob").get("/v1/wallet").has("balances", 0, "available", "amount", "54.00")
		w.as("root").get("/v1/admin/ledger/trial-balance").has("balanced", true)
		w.as("root").post("/v1/admin/verify", obj{}).is(200).has("whole", true)
	})
}

func TestEvidenceIsShownToWhoJudges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.parties()
	for _, name := range []string{"judge", "judy"} {
		w.guest(name, lance.RoleArbiter)
	}
	w.guest("help", lance.RoleSupport)
	id := strings.TrimPrefix(w.deal(100_00), "/v1/agreements/")
	at := "/v1/disputes/" + w.as("bob").post("/v1/disputes", obj{
		"agreement_id": id, "reason": "not_released", "statement": "I have done it all.", "to_payee": usd("100.00"),
	}).is(201).str("id")

	sent := w.as("bob").upload(at+"/files", "proof.txt", []byte("Thank you, great work!")).is(201)
	name := sent.str("id")
	w.as("eve").upload(at+"/files", "a.txt", []byte("x")).refused(404, "dispute_not_found")
	w.as("root").upload(at+"/files", "a.txt", []byte("x")).refused(403, "dispute_relation")
	w.as("ada").get(at+"/files/"+name+"/content").refused(404, "file_not_found")
	w.as("ada").post(at+"/evidence", obj{"files": []string{name}}).refused(422, "invalid_input").at("/files/0", "file_unknown")
	w.as("bob").post(at+"/evidence", obj{}).refused(422, "invalid_input").at("/text", "text_required")
	shown := w.as("bob").post(at+"/evidence", obj{"text": "She has thanked me.", "files": []string{name}}).is(201)
	shown.has("files", 0, "sha256", sent.str("sha256")).has("files", 0, "name", "proof.txt").has("files", 0, "size", float64(22))
	w.as("bob").post(at+"/evidence", obj{"files": []string{name}}).refused(409, "file_state")
	w.as("bob").del("/v1/files/"+name).refused(409, "file_state")

	w.as("ada").post(at+"/respond", obj{"statement": "I have not thanked anybody.", "to_payee": usd("0.00")}).is(200)
	w.as("ada").post(at+"/escalate", obj{}).is(200)
	w.as("judge").get(at).is(200).has("allowed_actions", []any{"assign"})
	w.as("judge").get(at+"/evidence").refused(404, "dispute_not_found")
	w.as("judge").get(at+"/files/"+name+"/content").refused(404, "file_not_found")
	w.as("judge").post(at+"/assign", obj{"user_id": w.ids["judge"]}).is(200)
	for _, who := range []string{"ada", "bob", "judge", "root", "help"} {
		w.as(who).get(at+"/evidence").is(200).has("items", 0, "id", shown.str("id"))
		require.Equal(t, "Thank you, great work!", string(w.as(who).get(at+"/files/"+name+"/content").is(200).raw))
	}
	for who, status := range map[string]int{"": 401, "eve": 404, "judy": 404} {
		w.as(who).get(at + "/evidence").is(status)
		w.as(who).get(at + "/files/" + name + "/content").is(status)
	}
}

// mediated lets judy, who mediates, offer a split that one of the two parties accepts.
func (w *world) mediated(at string) {
	w.Helper()
	w.as("judy").post(at+"/offer", obj{"to_payee": usd("60.00")}).is(200).
		has("offer", "mediator_id", w.ids["judy"]).has("offer", "party_id", nil).has("allowed_actions", []any{"offer", "decline_offer", "escalate"})
	w.as("judy").post(at+"/accept-offer", obj{"to_payee": usd("60.00")}).refused(403, "dispute_relation")
	w.as("bob").post(at+"/accept-offer", obj{"to_payee": usd("61.00")}).refused(409, "offer_changed")
	accept := obj{"to_payee": usd("60.00")}
	w.as("bob").post(at+"/accept-offer", accept).is(200).has("state", "mediation").has("offer", "accepted_by", w.ids["bob"])
	w.as("bob").post(at+"/accept-offer", accept).refused(409, "offer_accepted")
	w.as("ada").get(at).has("allowed_actions", []any{"add_evidence", "offer", "accept_offer", "decline_offer", "withdraw"})
}

func TestADisputeIsForecast(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.parties()
	at := "/v1/disputes/" + w.as("ada").post("/v1/disputes", obj{
		"agreement_id": strings.TrimPrefix(w.deal(100_00), "/v1/agreements/"), "reason": "late", "statement": "It is late.", "to_payee": usd("0.00"),
	}).is(201).str("id")
	before := w.as("bob").get(at).raw
	w.as("eve").post(at+"/forecast", obj{}).refused(404, "dispute_not_found")
	w.as("bob").post(at+"/forecast", obj{}).is(200).has("moves", 0, "clock", "dispute.due_soon").
		has("moves", 1, "at", "2026-03-05T09:00:00Z").has("moves", 1, "outcome", "end", "granted").has("moves", 1, "agreement_state", "settled")
	ruled := w.as("bob").post(at+"/forecast", obj{"events": []obj{
		{"as": "payee", "do": "respond", "to_payee": usd("100.00")}, {"as": "payee", "do": "escalate"},
		{"as": "mediator", "do": "assign"}, {"as": "mediator", "do": "escalate"}, {"as": "arbiter", "do": "assign"},
		{"as": "arbiter", "do": "rule", "to_payee": usd("50.00")}, {"as": "payee", "do": "concede"},
	}}).is(200)
	ruled.has("moves", 5, "state", "ruled").has("moves", 6, "fault", "dispute_state").
		has("moves", 8, "clock", "dispute.appeal").has("moves", 8, "payee_fee", "amount", "5.00")
	w.as("bob").post(at+"/forecast", obj{"events": []obj{{"at": "2020-01-01T00:00:00Z", "as": "payee", "do": "concede"}}}).
		refused(422, "invalid_input").at("/events", "time_order")
	require.Equal(t, before, w.as("bob").get(at).raw, "a forecast changes nothing")
}

func TestADisputeEndsByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.parties()
	body := func() obj {
		return obj{
			"agreement_id": strings.TrimPrefix(w.deal(100_00), "/v1/agreements/"), "reason": "late", "statement": "It is late.", "to_payee": usd("0.00"),
		}
	}
	w.as("eve").post("/v1/disputes", body()).refused(404, "agreement_not_found")
	w.as("ada").post("/v1/disputes", obj{"reason": "late", "statement": "It is late.", "to_payee": usd("0.00")}).refused(422, "invalid_input").at("/agreement_id", "required")
	first := w.as("ada").post("/v1/disputes", body()).is(201).str("id")
	w.as("ada").post("/v1/disputes/"+first+"/withdraw", obj{"version": 7}).refused(409, "dispute_stale")
	w.as("ada").post("/v1/disputes/"+first+"/withdraw", obj{"version": 1}).is(200).has("state", "withdrawn").has("outcome", nil)
	second := w.as("ada").post("/v1/disputes", body()).is(201).str("id")
	w.as("bob").get("/v1/disputes?as=payee&state=opened").has("items", 0, "id", second)
	w.as("eve").get("/v1/disputes?as=payee").has("items", []any{})
	w.as("eve").get("/v1/disputes").refused(422, "invalid_input").at("/as", "relation_unknown")
	w.as("ada").get("/v1/disputes/"+second+"/timers").has("items", 0, "due_at", "2026-03-04T09:00:00Z").has("items", 1, "due_at", "2026-03-05T09:00:00Z")
	w.clock.Move(3 * 24 * time.Hour)
	w.step()
	w.enter("ada")
	w.as("ada").get("/v1/disputes/"+second).has("state", "resolved").has("outcome", "end", "granted")
	w.as("ada").get("/v1/wallet").has("balances", 0, "available", "amount", "100.00")
}
