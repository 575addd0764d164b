package api_test

import (
	"net/http"
	"testing"
)

func TestSmoke(t *testing.T) {
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
