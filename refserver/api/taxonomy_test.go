package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCategoriesFormATree(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.admin("root")
		w.join("ada", "client")
		w.as("ada").post("/v1/categories", obj{"name": "Software"}).refused(http.StatusForbidden, "role_required")
		top := w.as("root").post("/v1/categories", obj{"name": "Software"}).is(http.StatusCreated)
		at := top.header.Get("Location")
		require.Equal(w, "software", top.body()["slug"])
		low := w.as("root").post("/v1/categories", obj{"name": "Web", "parent": top.str("id"), "place": 2, "slug": "web-sites"}).is(http.StatusCreated)
		w.as("root").post("/v1/categories", obj{"name": "Web", "parent": "cat_none", "place": -1}).
			refused(http.StatusUnprocessableEntity, "invalid_input")
		w.as("root").post("/v1/categories", obj{"name": "software"}).refused(http.StatusConflict, "category_exists")

		tree := w.as("").get("/v1/categories").is(http.StatusOK)
		require.Equal(w, low.str("id"), tree.str("items", 0, "children", 0, "id"))
		require.Equal(w, []any{}, w.as("").get(at).is(http.StatusOK).val("allowed_actions"))

		edit := w.as("root").with("If-Match", top.header.Get("ETag"))
		edit.put(at, obj{"name": "Programs", "parent": low.str("id")}).refused(http.StatusUnprocessableEntity, "invalid_input").at("/parent", "tree_circle")
		require.Equal(w, "Programs", edit.put(at, obj{"name": "Programs"}).is(http.StatusOK).str("name"))
		edit.put(at, obj{"name": "Software"}).refused(http.StatusPreconditionFailed, "category_stale")

		require.Equal(w, "retired", w.as("root").post(at+"/retire", nil).is(http.StatusOK).str("state"))
		require.Empty(w, w.as("").get("/v1/categories").val("items"))
		require.Equal(w, "retired", w.as("").get(at).str("state"))
		require.Equal(w, "active", w.as("root").post(at+"/restore", nil).is(http.StatusOK).str("state"))
		w.as("").get("/v1/categories/cat_none").refused(http.StatusNotFound, "category_not_found")
	})
}

func TestSkillsAreKeptByAdministrators(t *testing.T) {
	t.Parallel()
	onEveryStore(t, func(w *world) {
		w.admin("root")
		w.join("ada", "client")
		group := w.as("root").post("/v1/categories", obj{"name": "Software"}).is(http.StatusCreated).str("id")
		w.as("ada").post("/v1/skills", obj{"name": "Go"}).refused(http.StatusForbidden, "role_required")
		keyed := w.as("root").with("Idempotency-Key", "go-1")
		made := keyed.post("/v1/skills", obj{"name": "Go", "category": group}).is(http.StatusCreated)
		again := keyed.post("/v1/skills", obj{"name": "Go", "category": group}).is(http.StatusCreated)
		require.Equal(w, made.str("id"), again.str("id"))
		require.Equal(w, made.header.Get("Location"), again.header.Get("Location"))
		w.as("root").post("/v1/skills", obj{"name": "C++"}).is(http.StatusCreated)
		at := made.header.Get("Location")
		w.as("root").post("/v1/skills", obj{"name": "Gone", "category": "cat_none"}).
			refused(http.StatusUnprocessableEntity, "invalid_input").at("/category", "category_unknown")

		require.Len(w, w.as("").get("/v1/skills").is(http.StatusOK).val("items"), 2)
		require.Equal(w, "Go", w.as("").get("/v1/skills?category="+group).str("items", 0, "name"))
		require.Equal(w, "c-plus-plus", w.as("").get("/v1/skills/suggest?prefix=C%2B%2B").is(http.StatusOK).str("items", 0, "slug"))
		w.as("").get("/v1/skills/suggest").refused(http.StatusUnprocessableEntity, "invalid_input").at("/prefix", "required")

		require.Equal(w, "Golang", w.as("root").with("If-Match", made.header.Get("ETag")).put(at, obj{"name": "Golang"}).is(http.StatusOK).str("name"))
		w.as("root").with("If-Match", made.header.Get("ETag")).put(at, obj{"name": "Go"}).refused(http.StatusPreconditionFailed, "skill_stale")
		w.as("root").post(at+"/retire", nil).is(http.StatusOK)
		require.Equal(w, []any{"restore"}, w.as("root").get(at).val("allowed_actions"))
		require.Equal(w, made.str("id"), w.as("").get("/v1/skills?retired=true").str("items", 0, "id"))
		w.as("root").put(at, obj{"name": "Go"}).refused(http.StatusConflict, "skill_state")
		w.as("root").post(at+"/restore", nil).is(http.StatusOK)
	})
}
