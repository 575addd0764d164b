package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/refserver/api"
	"github.com/megilance/lance/refserver/levers"
	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memblob"
	"github.com/megilance/lance/storage/memstore"
	"github.com/megilance/lance/storage/storagetest/clocktest"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// world is a server on a store of its own, and the people in it.
type world struct {
	*testing.T
	server  *api.Server
	engine  *marketplace.Engine
	store   driver.Store
	clock   *clocktest.Hand
	levers  *levers.Levers
	sandbox *sandbox.Sandbox
	log     *syncBuffer
	spec    routers.Router
	codes   *auth.Codes
	tokens  map[string]string // of access, by name
	ids     map[string]string // of users, by name
}

// syncBuffer is a log that many requests write to.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to the log.
func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

// String returns the log so far.
func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// len is how long the log is, and after what was added since.
func (s *syncBuffer) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Len()
}

func (s *syncBuffer) after(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.b.Bytes()[n:])
}

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// stores are those that what matters is tried on.
var stores = map[string]func(*testing.T, lance.Clock) driver.Store{
	"memory": inMemory,
	"SQLite": func(t *testing.T, c lance.Clock) driver.Store { t.Helper(); return inSQL(t, "sqlite::memory:", c) },
	"PostgreSQL": func(t *testing.T, c lance.Clock) driver.Store {
		t.Helper()
		return inSQL(t, pgtest.DSN(t), c)
	},
}

func inMemory(_ *testing.T, c lance.Clock) driver.Store {
	return memstore.New(&memstore.Options{Clock: c})
}

func inSQL(t *testing.T, dsn string, c lance.Clock) driver.Store {
	t.Helper()
	db, err := bunstore.Open(t.Context(), bunstore.Options{DSN: dsn, Clock: c})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	require.NoError(t, db.Migrate(context.Background()))
	return db
}

// onEveryStore runs a test on each store, in a world of its own.
func onEveryStore(t *testing.T, run func(w *world)) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(stores)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(newWorldOn(t, stores[name]))
		})
	}
}

// newWorld makes a world in memory.
func newWorld(t *testing.T) *world { t.Helper(); return newWorldOn(t, inMemory) }

func newWorldOn(t *testing.T, open func(*testing.T, lance.Clock) driver.Store, tune ...func(*auth.Options)) *world {
	t.Helper()
	w := &world{T: t, clock: clocktest.At(start), log: &syncBuffer{}, tokens: map[string]string{}, ids: map[string]string{}}
	clock := levers.NewClock(w.clock)
	w.store = open(t, clock)
	w.sandbox = sandbox.New(sandbox.Options{})
	var err error
	w.codes, err = auth.NewCodes(bytes.Repeat([]byte{7}, 32))
	require.NoError(t, err)
	box := levers.NewMailbox(clock)
	authed := auth.Options{Codes: w.codes, Hasher: auth.NewHasher(auth.Argon{MemoryKiB: 64, Passes: 1, Lanes: 1}, 0)}
	for _, f := range tune {
		f(&authed)
	}
	w.engine, err = marketplace.New(marketplace.Config{
		Blobs:    memblob.New(),
		Store:    w.store,
		Auth:     authed,
		Payments: payments.Options{Providers: []provider.Adapter{w.sandbox}},
		Jobs:     box.Jobs(auth.NewService(w.store, &authed)),
	})
	require.NoError(t, err)
	w.levers, err = levers.New(t.Context(), levers.Options{
		Clock: clock, Store: w.store, Engine: w.engine, Mailbox: box, Sandboxes: []*sandbox.Sandbox{w.sandbox},
	})
	require.NoError(t, err)
	w.server = api.New(api.Options{
		Engine: w.engine, Store: w.store, Log: slog.New(slog.NewJSONHandler(w.log, nil)), OpenSkills: true, Levers: w.levers,
	})
	w.spec = specOf(t, w.server)
	return w
}

// step lets the engine come to rest at the present time.
func (w *world) step() {
	w.Helper()
	for range 100 {
		rep, err := w.levers.Step(w.Context())
		require.NoError(w, err)
		if rep.Idle() {
			return
		}
	}
	require.Fail(w, "the engine does not come to rest")
}

// specs remembers the parsed document, which is the same for every server.
var specs = sync.OnceValues(func() (routers.Router, error) {
	server := api.New(api.Options{Engine: &marketplace.Engine{}, Log: slog.New(slog.DiscardHandler), Levers: &levers.Levers{}})
	doc, err := server.Document()
	if err != nil {
		return nil, err
	}
	spec, err := openapi3.NewLoader().LoadFromData(doc)
	if err != nil {
		return nil, err
	}
	return legacy.NewRouter(spec, openapi3.DisableExamplesValidation())
})

func specOf(t *testing.T, _ *api.Server) routers.Router {
	t.Helper()
	router, err := specs()
	require.NoError(t, err)
	return router
}

// reply is what a request was answered with.
type reply struct {
	*world
	status int
	header http.Header
	raw    []byte
	what   string
}

// as names who asks: somebody who has joined, or "" for nobody.
func (w *world) as(name string) asker { return asker{w, name, nil} }

type asker struct {
	*world
	name   string
	header map[string]string
}

// with adds a header.
func (a asker) with(name, value string) asker {
	a.header = maps.Clone(a.header)
	if a.header == nil {
		a.header = map[string]string{}
	}
	a.header[name] = value
	return a
}

func (a asker) get(path string) reply { a.Helper(); return a.ask(http.MethodGet, path, nil) }
func (a asker) post(path string, body any) reply {
	a.Helper()
	return a.ask(http.MethodPost, path, body)
}
func (a asker) put(path string, body any) reply { a.Helper(); return a.ask(http.MethodPut, path, body) }
func (a asker) del(path string) reply           { a.Helper(); return a.ask(http.MethodDelete, path, nil) }

// ask makes a request, with a body that is marshaled unless it is bytes or text,
// and checks that the answer is what the document says.
func (a asker) ask(method, path string, body any) reply {
	a.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		raw = b
	case string:
		raw = []byte(b)
	default:
		var err error
		raw, err = json.Marshal(body)
		require.NoError(a, err)
	}
	r := httptest.NewRequestWithContext(a.Context(), method, path, bytes.NewReader(raw))
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token := a.tokens[a.name]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for name, value := range a.header {
		r.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	a.server.ServeHTTP(rec, r)
	out := reply{world: a.world, status: rec.Code, header: rec.Header(), raw: rec.Body.Bytes(), what: method + " " + path}
	a.conforms(r, out)
	return out
}

// conforms checks an answer against the document: its status is declared, its
// headers and its body are as they should be.
func (w *world) conforms(r *http.Request, got reply) {
	w.Helper()
	require.NotEmpty(w, got.header.Get("X-Request-ID"), got.what)
	if got.status >= 400 {
		got.problem()
	}
	route, params, err := w.spec.FindRoute(r)
	if r.URL.RawPath != "" { // the document's router does not know how to read an escaped slash
		return
	}
	if err != nil || got.status == http.StatusMethodNotAllowed { // no operation has this address or method
		require.Contains(w, []int{400, 404, 405, 414}, got.status, got.what)
		return
	}
	require.NotNil(w, route.Operation.Responses.Status(got.status), "%s answers with %d, which is not declared: %s", got.what, got.status, got.raw)
	if got.status >= 400 && !unseen(route.Operation.OperationID, got) {
		return
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 got.status, Header: got.header, Body: io.NopCloser(bytes.NewReader(got.raw)),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	}
	require.NoError(w, openapi3filter.ValidateResponse(context.Background(), in), "%s: %s", got.what, got.raw)
}

// seen are the kinds of refusal that were held against the document.
var seen sync.Map

// unseen reports whether an operation has not been refused like this before: with
// this status, code and kinds of fields. A refusal like that has the same shape,
// and reading the document for each takes most of the suite's time.
func unseen(operation string, got reply) bool {
	p := got.problem()
	kind := []string{operation, got.header.Get("Content-Type"), p.Code}
	for _, f := range p.Errors {
		kind = append(kind, f.Code)
	}
	_, known := seen.LoadOrStore(strings.Join(kind, " "), true)
	return !known
}

// is checks the status, and returns the reply.
func (r reply) is(status int) reply {
	r.Helper()
	require.Equal(r, status, r.status, "%s: %s", r.what, r.raw)
	return r
}

// refused checks a refusal's status and code, and that nothing internal shows.
func (r reply) refused(status int, code string) reply {
	r.Helper()
	r.is(status)
	require.Equal(r, code, r.problem().Code, "%s: %s", r.what, r.raw)
	return r
}

// at checks that the refusal points at a part of the input with a code.
func (r reply) at(pointer, code string) reply {
	r.Helper()
	for _, f := range r.problem().Errors {
		if f.Pointer == pointer && f.Code == code {
			return r
		}
	}
	require.Failf(r, "no such field", "%s: %s %s in %s", r.what, pointer, code, r.raw)
	return r
}

// trouble is a problem as a client reads it.
type trouble struct {
	Type, Title, Detail, Instance, Code string
	Status                              int
	Errors                              []struct{ Pointer, Code, Detail string }
}

func (r reply) problem() trouble {
	r.Helper()
	var p trouble
	require.Equal(r, "application/problem+json", r.header.Get("Content-Type"), r.what)
	require.NoError(r, json.Unmarshal(r.raw, &p), r.what)
	require.Equal(r, r.status, p.Status)
	require.NotEmpty(r, p.Code)
	require.NotEmpty(r, p.Type)
	require.NotEmpty(r, p.Title)
	require.NotEmpty(r, p.Detail)
	require.True(r, strings.HasSuffix(p.Instance, r.header.Get("X-Request-ID")), "%s: %s", r.what, r.raw)
	return p
}

// body is the reply's object.
func (r reply) body() map[string]any {
	r.Helper()
	var m map[string]any
	require.NoError(r, json.Unmarshal(r.raw, &m), "%s: %s", r.what, r.raw)
	return m
}

// str returns the text at a path of members and indexes, such as "items", 0, "id".
func (r reply) str(path ...any) string {
	r.Helper()
	s, ok := r.val(path...).(string)
	require.True(r, ok, "%s: no text at %v in %s", r.what, path, r.raw)
	return s
}

func (r reply) val(path ...any) any {
	r.Helper()
	var at any
	require.NoError(r, json.Unmarshal(r.raw, &at), "%s: %s", r.what, r.raw)
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := at.(map[string]any)
			at = m[p]
		case int:
			l, _ := at.([]any)
			require.Greater(r, len(l), p, "%s: %s", r.what, r.raw)
			at = l[p]
		}
	}
	return at
}

// obj is a JSON object in a request.
type obj = map[string]any

func usd(amount string) obj { return obj{"amount": amount, "currency": "USD"} }
