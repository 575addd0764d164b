package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/refserver/api"
)

// canary is in every value that is sent, and in nothing that comes back.
const canary = "zqCanaryqz"

// spoiler spoils the good request of one operation in one way after another.
type spoiler struct {
	asked
	op   api.Operation
	name string           // who asks: somebody who may
	good any              // the good body, as JSON has it
	body *openapi3.Schema // what the document says of the body, if it is JSON
}

// spoilers calls f for every operation, in one world.
func spoilers(t *testing.T, f func(s *spoiler)) {
	t.Helper()
	w := newWorld(t)
	for _, op := range api.Operations() {
		t.Run(op.ID, func(t *testing.T) {
			require.Contains(t, scenes, op.ID)
			inner := *w
			inner.T = t
			s := &spoiler{asked: scenes[op.ID](inner.stage()), op: op}
			s.method = op.Method
			for _, i := range []int{3, 5, 2} {
				if op.Policy.Answers()[i] == api.Allowed {
					s.name = s.callers()[i]
					break
				}
			}
			s.read()
			f(s)
		})
	}
}

// read finds out what the body should be.
func (s *spoiler) read() {
	s.Helper()
	r := httptest.NewRequestWithContext(s.Context(), s.method, s.path, nil)
	route, _, err := s.spec.FindRoute(r)
	require.NoError(s, err)
	if route.Operation.RequestBody == nil {
		return
	}
	media := route.Operation.RequestBody.Value.Content.Get("application/json")
	if media == nil || media.Schema == nil {
		return
	}
	s.body = media.Schema.Value
	if _, raw := s.asked.body.([]byte); raw {
		return
	}
	if s.asked.body == nil {
		s.asked.body = obj{}
	}
	b, err := json.Marshal(s.asked.body)
	require.NoError(s, err)
	require.NoError(s, json.Unmarshal(b, &s.good))
}

// refuses makes a request that must be refused: with a status between 400 and
// 499, one of those given if any are, without an echo and without a trace.
func (s *spoiler) refuses(what, method, path string, body any, header map[string]string, statuses ...int) reply {
	s.Helper()
	all := maps.Clone(s.header)
	maps.Copy(all, header)
	before, logged := s.changes(), s.log.len()
	r := asker{s.world, s.name, all}.ask(method, path, body)
	what = s.op.ID + ": " + what
	require.True(s, r.status >= 400 && r.status < 500, "%s: %d %s", what, r.status, r.raw)
	if len(statuses) > 0 {
		require.Contains(s, statuses, r.status, "%s: %s", what, r.raw)
	}
	require.NotContains(s, string(r.raw), canary, what)
	for _, values := range r.header {
		require.NotContains(s, strings.Join(values, " "), canary, what)
	}
	require.NotContains(s, s.log.after(logged), canary, what)
	require.Equal(s, before, s.changes(), "%s: what is refused changes nothing: %s", what, r.raw)
	return r
}

// at makes a copy of the good body with another value at a place; without one,
// the place is left out.
func (s *spoiler) at(place []any, value ...any) any {
	return replaced(s.good, place, value)
}

func replaced(tree any, place, value []any) any {
	if len(place) == 0 {
		return value[0]
	}
	switch at := place[0].(type) {
	case string:
		old, _ := tree.(obj)
		m := maps.Clone(old)
		if len(place) == 1 && len(value) == 0 {
			delete(m, at)
		} else {
			m[at] = replaced(old[at], place[1:], value)
		}
		return m
	case int:
		old, _ := tree.([]any)
		l := slices.Clone(old)
		l[at] = replaced(l[at], place[1:], value)
		return l
	}
	return tree
}

func pointerTo(place []any) string {
	var b strings.Builder
	for _, p := range place {
		b.WriteByte('/')
		switch p := p.(type) {
		case string:
			b.WriteString(p)
		case int:
			b.WriteString(strconv.Itoa(p))
		}
	}
	return b.String()
}

// TestBodiesThatAreNoneAreRefused sends bytes that are not what they should be,
// whatever the operation.
//
//nolint:tparallel // all share one world, whose changes are counted
func TestBodiesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	text := `{"a":"` + canary + `"}`
	huge := []byte(`{"a":"` + strings.Repeat(canary, 6<<20/len(canary)) + `"}`)
	cases := []struct {
		what     string
		body     []byte
		header   map[string]string
		statuses []int
	}{
		{"a list for an object", []byte(`["` + canary + `"]`), nil, []int{422}},
		{"a text for an object", []byte(`"` + canary + `"`), nil, []int{422}},
		{"cut off", []byte(text[:len(text)-2]), nil, []int{400}},
		{"something behind it", []byte(`{} ` + canary), nil, []int{400}},
		{"two bodies", []byte(`{}{}`), nil, []int{400}},
		{"a member twice", []byte(`{"a":"` + canary + `","a":1}`), nil, []int{400}},
		{"not UTF-8", []byte("{\"a\":\"" + canary + "\xff\"}"), nil, []int{400}},
		{"a byte order mark", []byte("\ufeff{}"), nil, []int{400}},
		{"too deep", []byte(strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000)), nil, []int{400}},
		{"lists too deep", []byte(strings.Repeat("[", 10_000)), nil, []int{400}},
		{"six megabytes", huge, nil, []int{413}},
		{"text", []byte(text), map[string]string{"Content-Type": "text/plain"}, []int{415}},
		{"a form", []byte("a=" + canary), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, []int{415}},
		{"XML", []byte("<a>" + canary + "</a>"), map[string]string{"Content-Type": "application/xml"}, []int{415}},
		{"a media type that is none", []byte(text), map[string]string{"Content-Type": ";;;" + canary}, []int{415, 422}},
		{"no media type", []byte(canary), map[string]string{"Content-Type": ""}, []int{400, 415}},
	}
	spoilers(t, func(s *spoiler) {
		if s.good == nil {
			return
		}
		for _, c := range cases {
			s.refuses(c.what, s.method, s.path, c.body, c.header, c.statuses...)
		}
		if len(s.body.Required) > 0 {
			s.refuses("an empty body", s.method, s.path, []byte{}, nil, 400, 422)
			s.refuses("no body", s.method, s.path, nil, nil, 400, 415, 422)
			s.refuses("null", s.method, s.path, []byte("null"), nil, 400, 422)
		}
		require.Less(s, s.from(s.name).status, 300, "nothing has spoilt the request itself")
	})
}

// TestFieldsThatAreWrongAreRefused spoils every field that the document knows.
//
//nolint:tparallel // all share one world, whose changes are counted
func TestFieldsThatAreWrongAreRefused(t *testing.T) {
	t.Parallel()
	spoilers(t, func(s *spoiler) {
		if s.good != nil {
			s.object(s.body, nil)
		}
	})
}

// field sends the good body with another value, or none, at a place.
func (s *spoiler) field(what string, place []any, statuses []int, value ...any) reply {
	s.Helper()
	return s.refuses(what+" at "+pointerTo(place), s.method, s.path, s.at(place, value...), nil, statuses...)
}

var invalid = []int{http.StatusUnprocessableEntity}

func (s *spoiler) object(schema *openapi3.Schema, place []any) {
	s.Helper()
	s.field("an unknown field", append(slices.Clone(place), "no_such_field"), invalid, canary).at(pointerTo(place)+"/no_such_field", "unknown_field")
	for name, p := range schema.Properties {
		at := append(slices.Clone(place), name)
		if slices.Contains(schema.Required, name) {
			s.field("null", at, invalid, nil)
			s.field("absent", at, invalid).at(pointerTo(at), "required")
		}
		s.value(p.Value, at)
	}
}

// value spoils one value by its type.
func (s *spoiler) value(schema *openapi3.Schema, at []any) {
	s.Helper()
	kind := func(name string) bool { return schema.Type != nil && schema.Type.Includes(name) }
	switch {
	case len(schema.OneOf) > 0: // a list or a text
		s.field("a number", at, invalid, 7)
		s.field("an object", at, invalid, obj{"a": canary})
	case kind("object"):
		s.field("a text", at, invalid, canary)
		s.field("a list", at, invalid, []any{canary})
		s.object(schema, at)
	case kind("array"):
		s.field("an object", at, invalid, obj{"a": canary})
		s.field("a number", at, invalid, 7)
		s.field("a list of lists", at, invalid, []any{[]any{canary}})
		if l, _ := lookup(s.good, at).([]any); len(l) > 0 {
			s.value(schema.Items.Value, append(slices.Clone(at), 0))
		}
	case kind("boolean"):
		s.field("a text", at, invalid, canary)
		s.field("a number", at, invalid, 1)
	case kind("integer"):
		s.field("a text", at, invalid, canary)
		s.field("a part", at, invalid, 1.5)
		for _, n := range []string{"1e400", "99999999999999999999", "-99999999999999999999", "-1"} {
			s.field(n, at, []int{400, 422}, json.Number(n))
		}
	default:
		s.text(schema, at)
	}
}

// secretly are fields that take any text of their length: nothing is shown of
// them.
var secretly = []string{"password", "current", "new", "code", "personal"}

// text spoils a text.
func (s *spoiler) text(schema *openapi3.Schema, at []any) {
	s.Helper()
	s.field("a number", at, invalid, 12345)
	s.field("a huge number", at, []int{400, 422}, json.Number("1e400"))
	s.field("a list", at, invalid, []any{canary})
	s.field("an object", at, invalid, obj{"a": canary})
	if len(schema.Enum) > 0 || schema.Format != "" {
		s.field("another word", at, invalid, canary)
		return
	}
	s.field("a zero", at, invalid, "\x00"+canary)
	if first, _ := at[0].(string); slices.Contains(secretly, first) {
		return
	}
	s.field("a control character", at, nil, canary+"\x01")
	s.field("a text too long", at, nil, strings.Repeat(canary, 10_000))
	s.field("a script", at, nil, "<script>"+canary+"</script>")
}

func lookup(tree any, place []any) any {
	for _, p := range place {
		switch p := p.(type) {
		case string:
			m, _ := tree.(obj)
			tree = m[p]
		case int:
			l, _ := tree.([]any)
			if p >= len(l) {
				return nil
			}
			tree = l[p]
		}
	}
	return tree
}
