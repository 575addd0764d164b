package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAContractOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	at, parts := w.hire("100.00", "50.00")
	read := w.as("bob").get(at).is(http.StatusOK)
	require.Equal(t, "active", read.str("state"))
	require.Equal(t, usd("150.00"), read.val("total"))
	require.Equal(t, []any{"describe", "cancel"}, read.val("allowed_actions"))
	require.Equal(t, w.ids["ada"], read.str("client_id"))
	require.Equal(t, parts[1], "/v1/milestones/"+read.str("milestones", 1, "id"))
	require.Equal(t, w.as("bob").get(parts[1]).is(http.StatusOK).body(), read.val("milestones", 1))
	w.as("root").get(at).is(http.StatusOK)
	w.as("eve").get(at).refused(http.StatusNotFound, "contract_not_found")
	w.as("").get(at).refused(http.StatusUnauthorized, "actor_required")

	tag, say := read.header.Get("ETag"), at+"/description"
	told := w.as("bob").with("If-Match", tag).put(say, obj{"description": "*Agreed.*"}).is(http.StatusOK)
	require.Equal(t, "*Agreed.*", told.str("description"))
	w.as("bob").with("If-Match", tag).put(say, obj{"description": "again"}).refused(http.StatusPreconditionFailed, "contract_stale")
	w.as("bob").put(say, obj{"description": "<script>"}).refused(http.StatusUnprocessableEntity, "invalid_input").at("/description", "text_markup")
	for _, name := range []string{"ada", "root"} {
		w.as(name).put(say, obj{"description": "mine"}).refused(http.StatusForbidden, "contract_relation")
	}
	w.as("eve").put(say, obj{"description": "mine"}).refused(http.StatusNotFound, "contract_not_found")
}

func TestATagDoesNotHideWhatMilestonesDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	at, parts := w.hire("100.00")
	read := w.as("ada").get(at).is(http.StatusOK)
	w.as("ada").post(parts[0]+"/fund", obj{}).is(http.StatusOK)
	again := w.as("ada").with("If-None-Match", read.header.Get("ETag")).get(at).is(http.StatusOK)
	require.Equal(t, "funded", again.str("milestones", 0, "state"))
}

func TestListsOfContracts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	first, _ := w.hire("100.00")
	second, _ := w.hire("50.00")
	w.as("bob").post(first+"/cancel", obj{}).is(http.StatusOK)
	page := w.as("ada").get("/v1/contracts?as=client&limit=1").is(http.StatusOK)
	require.Equal(t, second, "/v1/contracts/"+page.str("items", 0, "id"))
	require.Nil(t, page.val("items", 0, "milestones"))
	rest := w.as("ada").get("/v1/contracts?as=client&limit=1&cursor=" + page.str("next_cursor")).is(http.StatusOK)
	require.Equal(t, first, "/v1/contracts/"+rest.str("items", 0, "id"))
	require.Len(t, w.as("bob").get("/v1/contracts?as=freelancer&state=cancelled").is(http.StatusOK).val("items"), 1)
	require.Empty(t, w.as("bob").get("/v1/contracts?as=client").is(http.StatusOK).val("items"))
	w.as("bob").get("/v1/contracts?as=boss").refused(http.StatusUnprocessableEntity, "invalid_input").at("/as", "unknown_value")
	w.as("").get("/v1/contracts?as=client").refused(http.StatusUnauthorized, "actor_required")
}

func TestAContractIsCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	at, parts := w.hire("100.00", "50.00")
	w.as("ada").post(parts[0]+"/fund", obj{}).is(http.StatusOK)
	w.as("ada").post(at+"/cancel", obj{}).refused(http.StatusConflict, "contract_held")
	w.as("root").post(at+"/cancel", obj{}).refused(http.StatusForbidden, "contract_relation")
	w.as("eve").post(at+"/cancel", obj{}).refused(http.StatusNotFound, "contract_not_found")
	over := w.as("bob").post(at+"/cancel", obj{}).is(http.StatusOK)
	require.Equal(t, "cancelled", over.str("state"))
	require.Equal(t, "cancelled", over.str("milestones", 0, "state"))
	w.as("bob").post(at+"/cancel", obj{}).refused(http.StatusConflict, "contract_state")
	require.Equal(t, "closed", w.as("").get("/v1/projects/"+over.str("project_id")).str("state"))
}
