package api_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/refserver/api"
)

// address sends the good request to another address, or with other headers.
func (s *spoiler) address(what, path string, header map[string]string, statuses ...int) reply {
	s.Helper()
	return s.refuses(what, s.method, path, s.asked.body, header, statuses...)
}

// parameters are those that an operation takes in its query, by name.
func (w *world) parameters(method, path string) map[string]*openapi3.Schema {
	w.Helper()
	route, _, err := w.spec.FindRoute(httptest.NewRequestWithContext(w.Context(), method, path, nil))
	require.NoError(w, err)
	found := map[string]*openapi3.Schema{}
	for _, p := range route.Operation.Parameters {
		if p.Value.In == openapi3.ParameterInQuery {
			found[p.Value.Name] = p.Value.Schema.Value
		}
	}
	return found
}

// with returns the good address with a parameter set.
func (s *spoiler) query(name, value string) string {
	s.Helper()
	u, err := url.Parse(s.path)
	require.NoError(s, err)
	q := u.Query()
	q.Set(name, value)
	u.RawQuery = q.Encode()
	return u.String()
}

// raw returns the good address with something added to its query as it is.
func (s *spoiler) raw(query string) string {
	if strings.Contains(s.path, "?") {
		return s.path + "&" + query
	}
	return s.path + "?" + query
}

// TestQueriesThatAreWrongAreRefused spoils the query of every operation.
//
//nolint:tparallel // all share one world, whose changes are counted
func TestQueriesThatAreWrongAreRefused(t *testing.T) {
	t.Parallel()
	long := strings.Repeat(canary, 200)
	spoilers(t, func(s *spoiler) {
		s.address("an unknown parameter", s.raw("no_such_parameter="+canary), nil, 422).at("/no_such_parameter", "unknown_parameter")
		for _, secret := range []string{"password", "token", "access_token", "code", "secret"} {
			s.address("a secret", s.raw(secret+"="+canary), nil, 400)
		}
		for _, bad := range []string{"a=%zz" + canary, "a=%01" + canary, "a=%00", "%ff=" + canary, "a;b=" + canary} {
			s.address("the query "+bad, s.raw(bad), nil, 400)
		}
		s.address("a query too long", s.raw("a="+strings.Repeat(canary, 1000)), nil, 414)
		for name, schema := range s.parameters(s.method, s.path) {
			values := []string{long}
			switch {
			case len(schema.Enum) > 0:
				values = append(values, canary)
			case schema.Type.Includes("integer"):
				values = []string{canary, "-1", "1.5", "99999999999999999999", long}
			case schema.Type.Includes("boolean"):
				values = []string{canary, "2"}
			}
			if name == "limit" {
				values = append(values, "0", "101")
			}
			if name == "cursor" {
				values = append(values, canary, "e30", "bnVsbA", base64.RawURLEncoding.EncodeToString([]byte(`{"o":"`+canary+`","s":"x","id":"x"}`)))
			}
			for _, v := range values {
				s.address(name+" "+v[:min(len(v), 40)], s.query(name, v), nil, 422)
			}
		}
	})
}

// empty are operations that say of what nobody knows that there is nothing.
var empty = []string{"list-reviews-about", "get-rating", "list-stream"}

// TestAddressesThatAreWrongAreRefused spoils the path of every operation.
//
//nolint:tparallel // all share one world, whose changes are counted
func TestAddressesThatAreWrongAreRefused(t *testing.T) {
	t.Parallel()
	spoilers(t, func(s *spoiler) {
		path, query, _ := strings.Cut(s.path, "?")
		to := func(p string) string { return p + "?" + query }
		for _, bad := range []string{
			"/" + path, path + "/", path + "//", path + "/.", path + "/..", strings.Replace(path, "/", "//", 2),
			"/v1/.." + path, "/./" + path[1:], "/%2e%2e" + path, path + "/%2e%2e/" + canary, path + "%00", path + "/%00", path + "%01",
			path + "%0d%0aX-Evil:" + canary, path + "%ff", path + "/" + canary, path + "%2f" + canary, path + "%5c..%5c" + canary, path + ";" + canary, path + "%3f" + canary,
		} {
			if r := s.anywhere(to(bad)); r.status < 300 {
				require.Contains(s, empty, s.op.ID, bad)
			}
		}
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodTrace, http.MethodConnect, "BREW"} {
			if !taken(method, path) {
				r := s.refuses("the method "+method, method, s.path, s.asked.body, nil, 405)
				require.Contains(s, r.header.Get("Allow"), s.op.Method)
			}
		}
		if !strings.HasSuffix(s.op.Path, "}") && !strings.Contains(s.op.Path, "}/") {
			return
		}
		at := strings.Split(s.op.Path, "/")
		for _, id := range []string{
			strings.Repeat("x", 201), strings.Repeat("x", 3000), "%00", "%01", "%ff", "%2e%2e", "..%2f..%2fetc", "a%2fb", "%20", "'%20OR%201=1--", "%F0%9F%A6%80", "*", "{id}", "null", "-1", canary,
		} {
			with := slices.Clone(strings.Split(path, "/"))
			for i, part := range at {
				if strings.HasPrefix(part, "{") {
					with[i] = id
				}
			}
			if r := s.anywhere(to(strings.Join(with, "/"))); r.status < 300 {
				require.Contains(s, empty, s.op.ID, id)
			}
		}
	})
}

// anywhere asks at an address that no good request has: a read may find nothing
// there, everything else is refused.
func (s *spoiler) anywhere(path string) reply {
	s.Helper()
	before := s.changes()
	r := asker{s.world, s.name, s.header}.ask(s.method, path, s.asked.body)
	require.Less(s, r.status, 500, "%s: %s", path, r.raw)
	require.Equal(s, before, s.changes(), "%s %s", s.op.ID, path)
	if r.status >= 400 {
		require.NotContains(s, string(r.raw), canary, path)
	} else {
		require.True(s, reads(s.method), "%s %s: %d", s.method, path, r.status)
	}
	require.Empty(s, r.header.Get("X-Evil"))
	return r
}

// taken reports whether some operation answers the method at a path.
func taken(method, path string) bool {
	at := strings.Split(path, "/")
	return slices.ContainsFunc(api.Operations(), func(op api.Operation) bool {
		parts := strings.Split(op.Path, "/")
		return op.Method == method && slices.EqualFunc(parts, at, func(part, is string) bool {
			return part == is || strings.HasPrefix(part, "{")
		})
	})
}

// TestHeadersThatAreWrongAreRefused spoils what the headers say.
//
//nolint:tparallel // all share one world, whose changes are counted
func TestHeadersThatAreWrongAreRefused(t *testing.T) {
	t.Parallel()
	spoilers(t, func(s *spoiler) {
		if s.op.Cookie {
			s.address("another origin", s.path, map[string]string{"Origin": "https://" + canary + ".example"}, 403)
			s.address("a frame of another site", s.path, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403)
			return
		}
		for _, bad := range []string{"Basic " + canary, "Bearer", "Bearer " + canary, "Bearer  ", "Bearer a b", canary, "Bearer \x00", "Bearer " + strings.Repeat(canary, 1000), "bearer,Bearer " + canary} {
			s.address("Authorization: "+bad[:min(len(bad), 40)], s.path, map[string]string{"Authorization": bad}, 401)
		}
		if s.method == http.MethodPost {
			for _, bad := range []string{strings.Repeat("k", 246) + canary, "k\x01" + canary, "k\x7f", "k\xff" + canary, "k\u202e" + canary, "<script>" + canary} {
				s.address("a key", s.path, map[string]string{"Idempotency-Key": bad}, 422).at("/Idempotency-Key", "key_syntax")
			}
		}
		if s.method == http.MethodPut || s.method == http.MethodPatch {
			for _, bad := range []string{canary, `"` + canary + `"`, `W/"1"`, `1`, `"0"`, `"-1"`, `"01"`, `"1","2"`, `"99999999999999999999"`, `"987654"`} {
				s.address("If-Match: "+bad, s.path, map[string]string{"If-Match": bad}, 412)
			}
		}
	})
}
