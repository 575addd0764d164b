package api_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// steps are the actions on a milestone, with a good body, who may do each and
// who may not.
var steps = []struct {
	action, may, not string
	body             obj
	next             string
}{
	{"fund", "ada", "bob", obj{}, "funded"},
	{"submit", "bob", "ada", obj{"message": "Here it is."}, "submitted"},
	{"request-changes", "ada", "bob", obj{"message": "Not quite."}, "funded"},
	{"submit", "bob", "ada", obj{"message": "Better."}, "submitted"},
	{"approve", "ada", "bob", obj{}, "approved"},
}

func TestAMilestoneOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	at, parts := w.hire("100.00")
	part := parts[0]
	for i, s := range steps {
		path := part + "/" + s.action
		w.as("").post(path, s.body).refused(http.StatusUnauthorized, "actor_required")
		w.as("eve").post(path, s.body).refused(http.StatusNotFound, "milestone_not_found")
		for _, name := range []string{s.not, "root"} {
			w.as(name).post(path, s.body).refused(http.StatusForbidden, "milestone_relation")
		}
		may := w.as(s.may).with("Idempotency-Key", strconv.Itoa(i))
		moved := may.post(path, s.body).is(http.StatusOK)
		require.Equal(t, s.next, moved.str("state"), s.action)
		require.JSONEq(t, string(moved.raw), string(may.post(path, s.body).is(http.StatusOK).raw), "the same key is the same answer")
		w.as(s.may).post(path, s.body).refused(http.StatusConflict, "milestone_state")
	}
	require.Equal(t, "completed", w.as("ada").get(at).is(http.StatusOK).str("state"))

	turns := w.as("bob").get(part + "/history?limit=2").is(http.StatusOK)
	require.Equal(t, "submitted", turns.str("items", 0, "kind"))
	require.Equal(t, w.ids["ada"], turns.str("items", 1, "by"))
	require.Equal(t, "Not quite.", turns.str("items", 1, "message"))
	last := w.as("ada").get(part + "/history?limit=2&cursor=" + turns.str("next_cursor")).is(http.StatusOK)
	require.Len(t, last.val("items"), 1)
	for _, read := range []string{"", "/history", "/clocks"} {
		w.as("eve").get(part+read).refused(http.StatusNotFound, "milestone_not_found")
		w.as("").get(part+read).refused(http.StatusUnauthorized, "actor_required")
		w.as("root").get(part + read).is(http.StatusOK)
	}
}

func TestAMilestoneShowsItsClock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	_, parts := w.hire("100.00")
	part := parts[0]
	w.as("ada").post(part+"/fund", obj{}).is(http.StatusOK)
	stands := w.as("ada").get(part + "/clocks").is(http.StatusOK)
	require.Nil(t, stands.val("items", 0, "due_at"))
	require.NotEmpty(t, stands.str("items", 0, "why_not"))
	sent := w.as("bob").post(part+"/submit", obj{"message": "Here it is."}).is(http.StatusOK)
	clocks := w.as("ada").get(part + "/clocks").is(http.StatusOK)
	require.Equal(t, sent.str("release_at"), clocks.str("items", 0, "due_at"))
	require.Equal(t, "escrow.auto_release", clocks.str("items", 0, "kind"))

	due := start.AddDate(0, 3, 0)
	asked := w.as("ada").post(part+"/request-changes", obj{"message": "Not quite.", "due_at": due}).is(http.StatusOK)
	require.Equal(t, due.Format(time.RFC3339), asked.str("due_at"))
	require.InDelta(t, 1, asked.val("revisions"), 0)
	require.Nil(t, asked.val("release_at"))
}

func TestAMilestoneIsRefusedFieldByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	_, parts := w.hire("100.00")
	part := parts[0]
	w.as("bob").post(part+"/submit", obj{"message": "x"}).refused(http.StatusConflict, "milestone_state")
	w.as("ada").post(part+"/fund", obj{}).is(http.StatusOK)
	w.as("bob").post(part+"/submit", obj{"message": " "}).refused(http.StatusUnprocessableEntity, "invalid_input").at("/message", "text_required")
	w.as("bob").post(part+"/submit", obj{}).refused(http.StatusUnprocessableEntity, "invalid_input").at("/message", "required")
	w.as("bob").post(part+"/submit", obj{"message": "Here."}).is(http.StatusOK)
	w.as("ada").post(part+"/request-changes", obj{"message": "No.", "due_at": start}).
		refused(http.StatusUnprocessableEntity, "invalid_input").at("/due_at", "due_past")
	require.Equal(t, "submitted", w.as("ada").get(part).is(http.StatusOK).str("state"))
}

func TestAMilestoneWithoutMoneyIsNotFunded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	made := w.as("ada").post(w.propose("bob", w.open("Move our shop"), "100.00", "20.00")+"/accept", obj{}).is(http.StatusCreated)
	parts := []string{"/v1/milestones/" + made.str("milestones", 0, "id"), "/v1/milestones/" + made.str("milestones", 1, "id")}
	ada := w.as("ada").with("Idempotency-Key", "k1")
	ada.post(parts[0]+"/fund", obj{}).refused(http.StatusPaymentRequired, "balance_insufficient")
	w.pay("ada", "100.00")
	require.Equal(t, "funded", ada.post(parts[0]+"/fund", obj{}).is(http.StatusOK).str("state"), "a refusal is not kept")

	w.as("ada").post(parts[0]+"/cancel", obj{}).refused(http.StatusForbidden, "milestone_relation")
	require.Equal(t, "cancelled", w.as("ada").post(parts[1]+"/cancel", obj{}).is(http.StatusOK).str("state"))
	require.Equal(t, "cancelled", w.as("bob").post(parts[0]+"/cancel", obj{}).is(http.StatusOK).str("state"))
	require.Equal(t, "cancelled", w.as("bob").get(made.header.Get("Location")).is(http.StatusOK).str("state"))
}

func TestAMilestonesAmountIsAmended(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.cast()
		at, parts := w.hire("100.00", "50.00")
		part := parts[0]
		w.as("ada").post(part+"/fund", obj{}).is(http.StatusOK).has("allowed_actions", []any{"amend"})
		w.as("bob").post(part+"/amend", obj{"amount": usd("80.00")}).is(http.StatusOK).
			has("amendment", "amount", "amount", "80.00").has("amendment", "by", w.ids["bob"]).has("amount", "amount", "100.00")
		w.as("bob").post(part+"/accept-amendment", obj{"amount": usd("80.00")}).refused(http.StatusForbidden, "amendment_own")
		w.as("ada").get(part).has("allowed_actions", []any{"amend", "accept_amendment", "decline_amendment"})
		w.as("ada").post(part+"/accept-amendment", obj{"amount": usd("100.00")}).refused(http.StatusConflict, "amendment_changed")
		yes := w.as("ada").with("Idempotency-Key", "yes")
		for range 2 {
			yes.post(part+"/accept-amendment", obj{"amount": usd("80.00")}).is(http.StatusOK).has("amount", "amount", "80.00").has("amendment", nil)
		}
		w.as("ada").get(at).has("total", "amount", "130.00").has("milestones", 0, "amount", "amount", "80.00")
		w.as("ada").get("/v1/wallet").has("balances", 0, "held", "amount", "80.00")

		w.as("ada").post(part+"/decline-amendment", obj{}).refused(http.StatusConflict, "amendment_none")
		w.as("ada").post(part+"/amend", obj{"amount": usd("1.00")}).is(http.StatusOK)
		w.as("bob").post(part+"/decline-amendment", obj{}).is(http.StatusOK).has("amendment", nil)
		w.as("ada").post(part+"/amend", obj{"amount": usd("0.00")}).refused(http.StatusUnprocessableEntity, "invalid_input").at("/amount", "money_not_positive")
		w.as("root").get("/v1/admin/ledger/trial-balance").has("balanced", true)
	})
}
