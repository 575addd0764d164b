package api_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// sorted returns a list of texts in their order.
func sorted(list any) []any {
	out, _ := list.([]any)
	slices.SortFunc(out, func(a, b any) int {
		x, _ := a.(string)
		y, _ := b.(string)
		return slices.Compare([]byte(x), []byte(y))
	})
	return out
}

func TestAProfileIsWrittenAndShown(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.join("ada", "freelancer")
		w.join("bob", "client")
		w.as("ada").get("/v1/me/profile").refused(http.StatusNotFound, "profile_not_found")
		mine := w.as("ada").put("/v1/me/profile", obj{
			"display_name": "Ada", "hourly_rate": usd("80.00"), "skills": []obj{{"skill": "Go", "level": "expert"}, {"skill": "SQL"}},
			"location": obj{"country": "GB"}, "timezone": "Europe/London",
		}).is(http.StatusOK)
		require.InDelta(w, 50, mine.val("completeness", "percent"), 0)
		require.Equal(w, "bio", mine.str("completeness", "missing", 0, "field"))
		require.Equal(w, "intermediate", mine.str("skills", 1, "level"))
		require.Equal(w, mine.raw, w.as("ada").get("/v1/me/profile").is(http.StatusOK).raw)

		at := "/v1/profiles/" + w.ids["ada"]
		seen := w.as("").get(at).is(http.StatusOK)
		require.Equal(w, "freelancer", seen.str("role"))
		require.Equal(w, "80.00", seen.str("hourly_rate", "amount"))
		w.secretless(string(seen.raw), mail("ada"))
		for query, found := range map[string]int{"?skill=go": 1, "?skill=" + mine.str("skills", 0, "skill"): 1, "?skill=Basket": 0, "?skill=%20": 0, "?role=client": 0} {
			require.Len(w, w.as("").get("/v1/profiles"+query).is(http.StatusOK).val("items"), found, query)
		}

		stale := w.as("ada").with("If-Match", `"9"`)
		stale.put("/v1/me/profile", obj{"display_name": "Ada"}).refused(http.StatusPreconditionFailed, "profile_stale")
		w.as("ada").with("If-Match", mine.header.Get("ETag")).put("/v1/me/profile", obj{"display_name": "Ada", "visibility": "members"}).is(http.StatusOK)
		w.as("").get(at).refused(http.StatusNotFound, "profile_not_found")
		require.Equal(w, "Ada", w.as("bob").get(at).is(http.StatusOK).str("display_name"))
		require.Empty(w, w.as("bob").get("/v1/profiles").is(http.StatusOK).val("items"))
	})
}

func TestAProfileSaysWhatIsWrongWhereItWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.join("ada", "freelancer")
	w.as("ada").put("/v1/me/profile", obj{
		"display_name": "", "hourly_rate": usd("0.00"), "location": obj{"country": "Mars"}, "timezone": "Local", "skills": []obj{{"skill": "Go"}},
	}).refused(http.StatusUnprocessableEntity, "invalid_input").
		at("/display_name", "text_required").at("/location/country", "country_unknown").at("/timezone", "timezone_unknown").
		at("/hourly_rate", "money_not_positive")
	w.as("ada").put("/v1/me/profile", obj{"display_name": "Ada", "skills": []obj{{"skill": "Go"}, {"skill": "go"}}}).
		refused(http.StatusUnprocessableEntity, "invalid_input").at("/skills/1", "skill_repeated")
	w.as("ada").put("/v1/me/profile", obj{"display_name": "Ada", "skills": []obj{{"skill": "Go"}, {"skill": string(make([]byte, 61))}}}).
		refused(http.StatusUnprocessableEntity, "invalid_input")
	w.as("ada").put("/v1/me/profile", obj{"display_name": "Ada", "skills": []obj{{"skill": "skl_none"}}}).
		refused(http.StatusUnprocessableEntity, "invalid_input").at("/skills/0", "skill_unknown")
}

func TestAPortfolioItemGoesThroughItsLife(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.join("ada", "freelancer")
		w.join("eve", "freelancer")
		w.admin("root")
		work := obj{"title": "A ledger", "result": "It adds up.", "media": []obj{{"kind": "link", "url": "https://example.com/"}}}
		made := w.as("ada").post("/v1/me/portfolio", work).is(http.StatusCreated)
		at := made.header.Get("Location")
		require.Equal(w, "/v1/portfolio-items/"+made.str("id"), at)
		require.Equal(w, made.raw, w.as("ada").get(at).is(http.StatusOK).raw)
		require.Equal(w, made.str("id"), w.as("ada").get("/v1/me/portfolio").str("items", 0, "id"))
		w.as("eve").get(at).refused(http.StatusNotFound, "portfolio_item_not_found")
		w.as("eve").put(at, work).refused(http.StatusNotFound, "portfolio_item_not_found")
		w.as("root").put(at, work).refused(http.StatusForbidden, "portfolio_item_relation")
		work["media"] = []obj{{"kind": "link", "url": "javascript:alert(1)"}}
		w.as("ada").put(at, work).refused(http.StatusUnprocessableEntity, "invalid_input").at("/media/0/url", "url_scheme")

		edited := w.as("ada").with("If-Match", made.header.Get("ETag")).put(at, obj{"title": "Two ledgers"}).is(http.StatusOK)
		w.as("ada").with("If-Match", made.header.Get("ETag")).put(at, obj{"title": "x"}).refused(http.StatusPreconditionFailed, "portfolio_item_stale")
		require.Equal(w, "Two ledgers", edited.str("title"))

		w.as("ada").put("/v1/me/profile", obj{"display_name": "Ada"}).is(http.StatusOK)
		public := "/v1/profiles/" + w.ids["ada"]
		require.Equal(w, "Two ledgers", w.as("").get(public).str("portfolio", 0, "title"))
		require.Equal(w, "hidden", w.as("root").post(at+"/hide", nil).is(http.StatusOK).str("state"))
		require.NotContains(w, w.as("").get(public).body(), "portfolio")
		w.as("root").post(at+"/show", nil).refused(http.StatusForbidden, "portfolio_item_relation")
		w.as("ada").post(at+"/show", nil).is(http.StatusOK)
		w.as("ada").del(at).is(http.StatusNoContent)
		w.as("ada").get(at).refused(http.StatusNotFound, "portfolio_item_not_found")
		w.as("ada").post(at+"/restore", nil).refused(http.StatusNotFound, "portfolio_item_not_found")
		require.Equal(w, []any{"restore"}, w.as("root").get(at).val("allowed_actions"))
		require.Equal(w, "hidden", w.as("root").post(at+"/restore", nil).is(http.StatusOK).str("state"))
	})
}
