package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAddressesAndQueriesThatAreNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.as("").get("/v1/projects").is(http.StatusOK)
	w.as("").get("/v1/nothing").refused(http.StatusNotFound, "not_found")
	w.as("").del("/v1/projects").refused(http.StatusMethodNotAllowed, "method_not_allowed")
	w.as("").get("/v1/projects?limit=0").refused(http.StatusUnprocessableEntity, "invalid_input").at("/limit", "out_of_range")
	w.as("").get("/v1/projects?limit=x").refused(http.StatusUnprocessableEntity, "invalid_input").at("/limit", "wrong_type")
	w.as("").get("/v1/projects?foo=x").refused(http.StatusUnprocessableEntity, "invalid_input").at("/foo", "unknown_parameter")
	w.as("").get("/v1/projects?cursor=x").refused(http.StatusUnprocessableEntity, "invalid_input").at("/cursor", "cursor_syntax")
	w.as("").post("/v1/projects", obj{}).refused(http.StatusUnauthorized, "actor_required")
	w.as("").with("Authorization", "Bearer x").get("/v1/projects").refused(http.StatusUnauthorized, "token_invalid")
}

func TestAProjectOverHTTP(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	made := w.as("ada").post("/v1/projects", job("Move our shop")).is(http.StatusCreated)
	at := made.header.Get("Location")
	require.Equal(t, "/v1/projects/"+made.str("id"), at)
	require.Equal(t, `"1"`, made.header.Get("ETag"))
	require.Equal(t, "draft", made.str("state"))
	require.Equal(t, []any{"edit", "publish", "cancel"}, made.val("allowed_actions"))
	require.Equal(t, w.ids["ada"], made.str("client_id"))

	for _, name := range []string{"", "eve"} {
		w.as(name).get(at).refused(http.StatusNotFound, "project_not_found")
	}
	w.as("eve").post(at+"/publish", obj{}).refused(http.StatusNotFound, "project_not_found")
	w.as("root").post(at+"/publish", obj{}).refused(http.StatusForbidden, "project_relation")
	require.Equal(t, "open", w.as("ada").post(at+"/publish", nil).is(http.StatusOK).str("state"))
	require.Empty(t, w.as("").get(at).is(http.StatusOK).val("allowed_actions"))
	w.as("ada").post(at+"/publish", obj{}).refused(http.StatusConflict, "project_state")

	for _, step := range []string{"/close", "/reopen", "/cancel"} {
		w.as("eve").post(at+step, obj{}).refused(http.StatusForbidden, "project_relation")
		w.as("").post(at+step, obj{}).refused(http.StatusUnauthorized, "actor_required")
		w.as("ada").post(at+step, obj{}).is(http.StatusOK)
	}
	w.as("").get(at).refused(http.StatusNotFound, "project_not_found")
	w.as("").get("/v1/projects/prj_nothing").refused(http.StatusNotFound, "project_not_found")
}

func TestAProjectShowsWhetherItsClientHasPaid(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.cast()
		at := w.open("Move our shop")
		w.as("ada").put("/v1/me/profile", obj{"role": "client", "display_name": "Ada"}).is(http.StatusOK)
		said := func(is bool) {
			require.Equal(w, is, w.as("bob").get(at).is(http.StatusOK).val("payment_verified"))
			require.Equal(w, is, w.as("").get("/v1/projects").is(http.StatusOK).val("items", 0, "payment_verified"))
			require.Equal(w, is, w.as("").get("/v1/profiles/"+w.ids["ada"]).is(http.StatusOK).val("payment_verified"))
			require.Equal(w, is, w.as("").get("/v1/profiles?role=client").is(http.StatusOK).val("items", 0, "payment_verified"))
			require.Equal(w, is, w.as("ada").get("/v1/me/profile").is(http.StatusOK).val("payment_verified"))
		}
		said(false)
		w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_declined")).is(http.StatusPaymentRequired)
		said(false)
		w.as("ada").post("/v1/wallet/top-ups", topUp("5.00", "pm_ok")).is(http.StatusCreated)
		said(true)
	})
}

func TestAProjectIsEditedByVersion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	at := w.open("Move our shop")
	read := w.as("ada").get(at).is(http.StatusOK)
	tag := read.header.Get("ETag")
	w.as("ada").with("If-None-Match", tag).get(at).is(http.StatusOK) // whether she has paid has no tag

	edited := w.as("ada").with("If-Match", tag).put(at, job("Move our shop soon")).is(http.StatusOK)
	require.Equal(t, "Move our shop soon", edited.str("title"))
	require.NotEqual(t, tag, edited.header.Get("ETag"))
	w.as("ada").with("If-None-Match", tag).get(at).is(http.StatusOK)
	w.as("ada").with("If-Match", tag).put(at, job("Too late")).refused(http.StatusPreconditionFailed, "project_stale")
	w.as("ada").with("If-Match", "nonsense").put(at, job("Too late")).refused(http.StatusPreconditionFailed, "etag_unknown")
	w.as("eve").put(at, job("Mine now")).refused(http.StatusForbidden, "project_relation")
	for _, match := range []string{"", "*"} {
		w.as("ada").with("If-Match", match).put(at, job("Whatever stands "+match)).is(http.StatusOK)
	}
	require.Equal(t, "Whatever stands *", w.as("").get(at).str("title"))
}

func TestAProjectIsRefusedFieldByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	bad := job("Move our shop")
	bad["budget"] = obj{"type": "fixed", "min": usd("10.00"), "max": usd("1.00")}
	bad["description"] = "<script>x()</script>"
	w.as("ada").post("/v1/projects", bad).refused(http.StatusUnprocessableEntity, "invalid_input").
		at("/budget/max", "budget_range").at("/description", "text_markup")
	bad = job("Move our shop")
	bad["skills"] = []string{"Go", "a\tb\x01"}
	w.as("ada").post("/v1/projects", bad).refused(http.StatusUnprocessableEntity, "invalid_input").at("/skills", "text_control")
	bad = job("Move our shop")
	bad["budget"] = obj{"type": "fixed", "min": usd("10.001"), "max": obj{"amount": "ten", "currency": "XXX"}}
	w.as("ada").post("/v1/projects", bad).refused(http.StatusUnprocessableEntity, "invalid_input").
		at("/budget/min/amount", "money_decimals").at("/budget/max/currency", "currency_unknown").at("/budget/max/amount", "money_syntax")
	w.as("ada").post("/v1/projects", `{"title":"a","title":"b"}`).refused(http.StatusBadRequest, "body_duplicate")
	w.as("ada").post("/v1/projects", obj{"title": "x"}).refused(http.StatusUnprocessableEntity, "invalid_input").
		at("/budget", "required").at("/skills", "required")
	require.Empty(t, w.as("ada").get("/v1/me/projects").is(http.StatusOK).val("items"))
	known, err := w.engine.Taxonomy.Suggest(t.Context(), "", 10)
	require.NoError(t, err)
	require.Empty(t, known, "a refused project makes no skill known")
}

func TestListsOfProjects(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	for _, title := range []string{"one", "two", "three"} {
		w.open(title)
	}
	w.as("ada").post("/v1/projects", job("four")).is(http.StatusCreated)
	require.Equal(t, []string{"three", "two", "one"}, w.as("").titles("/v1/projects?limit=1"))
	require.Equal(t, []string{"three", "two", "one"}, w.as("eve").titles("/v1/projects?limit=2&skill=go"))
	require.Equal(t, []string{"two"}, w.as("").titles("/v1/projects?q=TW+server&skill=linux&limit=1"))
	require.Empty(t, w.as("").titles("/v1/projects?q=%25"))
	w.as("").get("/v1/projects?q=a+b+c+d+e+f+g+h+i+j+k").refused(http.StatusUnprocessableEntity, "invalid_input").at("/q", "too_many")
	require.Empty(t, w.as("").titles("/v1/projects?skill=cobol"))
	require.Empty(t, w.as("").titles("/v1/projects?category=cat_nothing"))
	require.Equal(t, []string{"four"}, w.as("ada").titles("/v1/me/projects?state=draft"))
	require.Len(t, w.as("ada").titles("/v1/me/projects?limit=3"), 4)
	require.Empty(t, w.as("eve").titles("/v1/me/projects"))
	w.as("").get("/v1/me/projects").refused(http.StatusUnauthorized, "actor_required")
	w.as("ada").get("/v1/me/projects?state=lost").refused(http.StatusUnprocessableEntity, "invalid_input").at("/state", "unknown_value")
}

// titles reads all pages of a list and returns what its items are called.
func (a asker) titles(path string) (all []string) {
	a.Helper()
	for at := path; ; {
		r := a.get(at).is(http.StatusOK)
		items, _ := r.val("items").([]any)
		for i := range items {
			all = append(all, r.str("items", i, "title"))
		}
		next, more := r.val("next_cursor").(string)
		if !more {
			return all
		}
		sep := "?"
		if strings.Contains(path, "?") {
			sep = "&"
		}
		at = path + sep + "cursor=" + next
	}
}

func TestAKeptAnswerIsGivenAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cast()
	ada := w.as("ada").with("Idempotency-Key", "k1")
	first := ada.post("/v1/projects", job("Move our shop")).is(http.StatusCreated)
	again := ada.post("/v1/projects", job("Move our shop")).is(http.StatusCreated)
	require.JSONEq(t, string(first.raw), string(again.raw))
	require.Equal(t, first.header.Get("Location"), again.header.Get("Location"))
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	ada.post("/v1/projects", job("Something else")).refused(http.StatusUnprocessableEntity, "key_reused")
	w.as("eve").with("Idempotency-Key", "k1").post("/v1/projects", job("Something else")).is(http.StatusCreated)
	require.Len(t, w.as("ada").titles("/v1/me/projects"), 1)
}
