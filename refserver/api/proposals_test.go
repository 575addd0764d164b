package api_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAProposalOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	project := w.open("Move our shop")
	draft := bid("100.00", "50.50")
	draft["draft"] = true
	made := w.as("bob").post(project+"/proposals", draft).is(http.StatusCreated)
	at := made.header.Get("Location")
	require.Equal(t, "/v1/proposals/"+made.str("id"), at)
	require.Equal(t, usd("150.50"), made.val("total"))
	require.Equal(t, "draft", made.str("state"))
	require.Equal(t, "2026-05-03T09:00:00Z", made.str("milestones", 1, "due_at"))
	w.as("bob").post(project+"/proposals", bid("1.00")).refused(http.StatusConflict, "proposal_exists")
	w.as("ada").post(project+"/proposals", bid("1.00")).refused(http.StatusForbidden, "proposal_own_project")
	w.as("").post(project+"/proposals", bid("1.00")).refused(http.StatusUnauthorized, "actor_required")

	w.as("ada").get(at).refused(http.StatusNotFound, "proposal_not_found")
	w.as("ada").post(at+"/accept", obj{}).refused(http.StatusNotFound, "proposal_not_found")
	tag := made.header.Get("ETag")
	edited := w.as("bob").with("If-Match", tag).put(at, bid("120.00")).is(http.StatusOK)
	require.Equal(t, usd("120.00"), edited.val("total"))
	w.as("bob").with("If-Match", tag).put(at, bid("130.00")).refused(http.StatusPreconditionFailed, "proposal_stale")
	w.as("bob").put(at, bid("130.00")).is(http.StatusOK)
	w.as("eve").put(at, bid("130.00")).refused(http.StatusNotFound, "proposal_not_found")

	w.as("eve").post(at+"/submit", obj{}).refused(http.StatusNotFound, "proposal_not_found")
	require.Equal(t, "submitted", w.as("bob").post(at+"/submit", obj{}).is(http.StatusOK).str("state"))
	w.as("bob").put(at, bid("1.00")).refused(http.StatusConflict, "proposal_state")
	require.Equal(t, []any{"shortlist", "accept", "decline"}, w.as("ada").get(at).is(http.StatusOK).val("allowed_actions"))
	for _, step := range []string{"/shortlist", "/decline"} {
		w.as("bob").post(at+step, obj{}).refused(http.StatusForbidden, "proposal_relation")
		w.as("cyd").post(at+step, obj{}).refused(http.StatusNotFound, "proposal_not_found")
	}
	require.Equal(t, "shortlisted", w.as("ada").post(at+"/shortlist", obj{}).is(http.StatusOK).str("state"))
	w.as("ada").post(at+"/withdraw", obj{}).refused(http.StatusForbidden, "proposal_relation")
	require.Equal(t, "withdrawn", w.as("bob").post(at+"/withdraw", obj{}).is(http.StatusOK).str("state"))
	w.as("ada").post(at+"/decline", obj{}).refused(http.StatusConflict, "proposal_state")
}

func TestAProposalIsRefusedFieldByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	project := w.open("Move our shop")
	bad := bid("100.00", "-1.00")
	bad["cover_letter"] = ""
	bad["milestones"].([]obj)[0]["due_at"] = start
	bad["milestones"].([]obj)[0]["amount"] = obj{"amount": "1.00", "currency": "EUR"}
	w.as("bob").post(project+"/proposals", bad).refused(http.StatusUnprocessableEntity, "invalid_input").
		at("/cover_letter", "text_required").at("/milestones/0/due_at", "due_past").
		at("/milestones/0/amount", "currency_mismatch").at("/milestones/1/amount", "money_not_positive")
	w.as("bob").post(project+"/proposals", bid()).refused(http.StatusUnprocessableEntity, "invalid_input").at("/milestones", "required")
	require.Empty(t, w.as("bob").get("/v1/me/proposals").is(http.StatusOK).val("items"))
	w.as("bob").post("/v1/projects/prj_nothing/proposals", bid("1.00")).refused(http.StatusNotFound, "project_not_found")
}

func TestListsOfProposals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	project := w.open("Move our shop")
	dear, cheap := w.propose("bob", project, "200.00"), w.propose("cyd", project, "100.00")
	list := project + "/proposals"
	all := w.as("ada").get(list + "?limit=1").is(http.StatusOK)
	require.Equal(t, cheap, "/v1/proposals/"+all.str("items", 0, "id"))
	rest := w.as("ada").get(list + "?limit=1&cursor=" + all.str("next_cursor")).is(http.StatusOK)
	require.Equal(t, dear, "/v1/proposals/"+rest.str("items", 0, "id"))
	require.Nil(t, rest.val("next_cursor"))
	require.Len(t, w.as("root").get(list).is(http.StatusOK).val("items"), 2)
	own := w.as("bob").get(list).is(http.StatusOK)
	require.Len(t, own.val("items"), 1)
	require.Equal(t, w.ids["bob"], own.str("items", 0, "freelancer_id"))
	require.Empty(t, w.as("eve").get(list).is(http.StatusOK).val("items"))
	require.Empty(t, w.as("bob").get("/v1/me/proposals?state=declined").is(http.StatusOK).val("items"))
	require.Len(t, w.as("bob").get("/v1/me/proposals").is(http.StatusOK).val("items"), 1)
	w.as("").get(list).refused(http.StatusUnauthorized, "actor_required")

	side := w.as("ada").get(project + "/comparison").is(http.StatusOK)
	require.Equal(t, cheap, "/v1/proposals/"+side.str("items", 0, "proposal_id"))
	require.Equal(t, usd("200.00"), side.val("items", 1, "price"))
	require.Equal(t, "0.00", side.str("items", 0, "rating"))
	for _, name := range []string{"bob", "eve", "root"} {
		w.as(name).get(project+"/comparison").refused(http.StatusForbidden, "project_relation")
	}
}

func TestAcceptingIsDoneOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	project := w.open("Move our shop")
	bob, cyd := w.propose("bob", project, "200.00"), w.propose("cyd", project, "100.00")
	w.as("bob").post(bob+"/accept", obj{}).refused(http.StatusForbidden, "project_relation")
	w.as("cyd").post(bob+"/accept", obj{}).refused(http.StatusNotFound, "proposal_not_found")

	ada := w.as("ada").with("Idempotency-Key", "k1")
	first := ada.post(bob+"/accept", obj{}).is(http.StatusCreated)
	require.Equal(t, "/v1/contracts/"+first.str("id"), first.header.Get("Location"))
	require.Equal(t, "planned", first.str("milestones", 0, "state"))
	require.Equal(t, []any{"fund", "cancel", "amend"}, first.val("milestones", 0, "allowed_actions"))
	again := ada.post(bob+"/accept", obj{}).is(http.StatusCreated)
	require.JSONEq(t, string(first.raw), string(again.raw))
	require.Equal(t, first.header.Get("Location"), again.header.Get("Location"))
	ada.post(cyd+"/accept", obj{}).refused(http.StatusUnprocessableEntity, "key_reused")
	w.as("ada").post(bob+"/accept", obj{}).refused(http.StatusConflict, "project_state")
	require.Equal(t, "declined", w.as("cyd").get(cyd).str("state"))
	require.Equal(t, "awarded", w.as("").get(project).str("state"))
	w.as("eve").post(project+"/proposals", bid("1.00")).refused(http.StatusConflict, "project_state")
}

// TestManyAcceptAtOnce lets a client press the button many times, with one key
// and with others: there is one contract.
func TestManyAcceptAtOnce(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.cast()
		project := w.open("Move our shop")
		both := []string{w.propose("bob", project, "200.00"), w.propose("cyd", project, "100.00")}
		const each = 4
		got := make([]reply, 2*each)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() {
				ask := w.as("ada").with("Idempotency-Key", "same")
				if i >= each {
					ask = w.as("ada").with("Idempotency-Key", "other"+string(rune('a'+i)))
				}
				got[i] = ask.post(both[i/each]+"/accept", obj{})
			})
		}
		all.Wait()
		found := map[string]bool{}
		for _, r := range got {
			if r.status != http.StatusCreated {
				r.refused(http.StatusConflict, "project_state")
				continue
			}
			found[r.str("id")] = true
		}
		require.Len(w, found, 1)
		require.Len(w, w.as("ada").get("/v1/contracts?as=client").is(http.StatusOK).val("items"), 1)
	})
}
