package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// finish makes a completed contract of ada's with bob.
func (w *world) finish() (contract string) {
	w.Helper()
	contract, parts := w.hire("100.00")
	w.as("ada").post(parts[0]+"/fund", obj{}).is(http.StatusOK)
	w.as("bob").post(parts[0]+"/submit", obj{"message": "Here it is."}).is(http.StatusOK)
	w.as("ada").post(parts[0]+"/approve", obj{}).is(http.StatusOK)
	return contract
}

func TestReviewsOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	list := w.finish() + "/reviews"
	w.as("").post(list, obj{"rating": 5}).refused(http.StatusUnauthorized, "actor_required")
	w.as("eve").post(list, obj{"rating": 5}).refused(http.StatusNotFound, "contract_not_found")
	w.as("root").post(list, obj{"rating": 5}).refused(http.StatusForbidden, "review_relation")
	w.as("ada").post(list, obj{"rating": 6}).refused(http.StatusUnprocessableEntity, "invalid_input").at("/rating", "rating_range")

	ada := w.as("ada").with("Idempotency-Key", "k1")
	hers := ada.post(list, obj{"rating": 4, "comment": "Quick & good."}).is(http.StatusCreated)
	at := hers.header.Get("Location")
	require.Equal(t, "/v1/reviews/"+hers.str("id"), at)
	require.Equal(t, "hidden", hers.str("state"))
	require.Equal(t, hers.raw, ada.post(list, obj{"rating": 4, "comment": "Quick & good."}).is(http.StatusCreated).raw)
	w.as("ada").post(list, obj{"rating": 4}).refused(http.StatusConflict, "review_exists")

	// Neither the other party nor anybody else sees what is hidden.
	for _, name := range []string{"", "bob", "eve"} {
		w.as(name).get(at).refused(http.StatusNotFound, "review_not_found")
	}
	require.Len(t, w.as("ada").get(list).is(http.StatusOK).val("items"), 1)
	require.Empty(t, w.as("bob").get(list).is(http.StatusOK).val("items"))
	w.as("eve").get(list).refused(http.StatusNotFound, "contract_not_found")
	require.Empty(t, w.as("").get("/v1/users/"+w.ids["bob"]+"/reviews").is(http.StatusOK).val("items"))
	require.Equal(t, "0.00", w.as("").get("/v1/users/"+w.ids["bob"]+"/rating").is(http.StatusOK).str("average"))
	w.as("bob").post(at+"/reply", obj{"text": "Thanks."}).refused(http.StatusNotFound, "review_not_found")

	his := w.as("bob").post(list, obj{"rating": 5}).is(http.StatusCreated)
	require.Equal(t, "published", his.str("state"))
	w.isPublished(at, list)
}

// isPublished checks ada's published review of bob, who answers it.
func (w *world) isPublished(at, list string) {
	w.Helper()
	seen := w.as("").get(at).is(http.StatusOK)
	require.Equal(w, "published", seen.str("state"))
	require.Equal(w, true, seen.val("verified"))
	require.Len(w, w.as("bob").get(list).is(http.StatusOK).val("items"), 2)
	about := w.as("").get("/v1/users/" + w.ids["bob"] + "/reviews?limit=1").is(http.StatusOK)
	require.Equal(w, "Quick & good.", about.str("items", 0, "comment"))
	rated := w.as("").get("/v1/users/" + w.ids["bob"] + "/rating").is(http.StatusOK)
	require.Equal(w, "4.00", rated.str("average"))
	require.Equal(w, []any{0.0, 0.0, 0.0, 1.0, 0.0}, rated.val("stars"))

	for _, name := range []string{"ada", "eve", "root"} {
		w.as(name).post(at+"/reply", obj{"text": "Thanks."}).refused(http.StatusForbidden, "review_relation")
	}
	w.as("bob").post(at+"/reply", obj{"text": ""}).refused(http.StatusUnprocessableEntity, "invalid_input").at("/text", "text_required")
	require.Equal(w, "Thanks.", w.as("bob").post(at+"/reply", obj{"text": "Thanks."}).is(http.StatusOK).str("reply"))
	w.as("bob").post(at+"/reply", obj{"text": "Thanks."}).refused(http.StatusConflict, "review_state")
	w.as("").get("/v1/reviews/rev_nothing").refused(http.StatusNotFound, "review_not_found")
}

func TestOnlyFinishedWorkIsReviewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	at, _ := w.hire("100.00")
	w.as("ada").post(at+"/reviews", obj{"rating": 5}).refused(http.StatusConflict, "contract_state")
}
