package api

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/refserver/problem"
)

// Operation is one line of the contract.
type Operation struct {
	ID      string // unique, such as "publish-project"
	Method  string
	Path    string // below the server's root, with {parameters}
	Summary string // one line
	Doc     string // more, in Markdown; may be empty
	Tag     string // the chapter of the documents that it belongs to
	Policy  Policy
	Status  int         // of success; 0 is 200, or 204 for one that answers nothing
	Keys    Idempotency // what an Idempotency-Key does
	Errors  []int       // refusals beside those that follow from the method and the policy
	Cookie  bool        // reads or sets the refresh cookie: a page of another origin is refused, and a bearer token is not looked at
	Test    bool        // a lever that only a test store has
	do      mounter
}

// Idempotency says what an Idempotency-Key does to a POST.
type Idempotency int

// The ways of an Idempotency-Key.
const (
	Kept    Idempotency = iota // one transaction claims the key, does the work and keeps the answer
	Passed                     // the service is given the key, since it calls a provider or takes long
	Natural                    // repeating does no harm by the nature of the operation, and the key is not looked at
)

// Call is what a handler is told besides its input: who asks, and with which
// engine to answer.
type Call struct {
	*Server
	Engine *marketplace.Engine // the server's, or the same in the transaction that keeps the answer
	By     lance.Actor
	Client auth.Client
	Token  auth.Secret // the access token that came along
	Key    string      // Idempotency-Key, for the service; "" where the answer is kept
	Match  int64       // the version in If-Match; 0 for none

	request *http.Request       // for what is read as it arrives
	writer  http.ResponseWriter // for its deadlines
	op      *Operation
	keep    string // Idempotency-Key, where the answer is kept
	matches bool   // there was an If-Match
	since   string // If-None-Match
}

// none is the answer of an operation that answers nothing.
type none struct{}

func (*none) silent() {}

// silent is an answer without a body.
type silent interface{ silent() }

// mounter puts an operation on a server.
type mounter func(s *Server, op *Operation)

// reads returns what makes operations that read what is at a path below another.
func reads(tag, below string) func(id, path, summary string, p Policy, do mounter) Operation {
	return func(id, path, summary string, p Policy, do mounter) Operation {
		return Operation{ID: id, Method: http.MethodGet, Path: below + path, Summary: summary, Tag: tag, Policy: p, do: do}
	}
}

// do makes a handler mountable: it reads I out of the request, as huma's tags
// say, and answers with O.
func do[I, O any](handle func(ctx context.Context, c *Call, in *I) (*O, error)) mounter {
	return func(s *Server, op *Operation) {
		described := op.describe(s)
		_, nothing := any((*O)(nil)).(silent)
		if nothing {
			described.DefaultStatus = http.StatusNoContent
		}
		if op.Method == http.MethodGet && settled((*O)(nil)) {
			described.Responses[strconv.Itoa(http.StatusNotModified)] = &huma.Response{Description: "If-None-Match names what stands"}
		}
		huma.Register(s.huma, described, func(ctx context.Context, in *I) (*answer[O], error) {
			c, _ := ctx.Value(callKey{}).(*Call)
			out, err := answered(ctx, c, in, handle)
			if err != nil {
				p := problem.Of(ctx, err)
				if c.matches {
					p = problem.Stale(p, err)
				}
				s.told(ctx, p, err)
				return nil, p
			}
			return out, nil
		})
		if nothing {
			described.Responses[strconv.Itoa(http.StatusNoContent)].Content = nil
		}
	}
}

// answer is a success: what huma writes.
type answer[O any] struct {
	Status   int
	Location string `header:"Location" doc:"where the new resource is"`
	ETag     string `header:"ETag" doc:"the resource's version, for If-Match"` //nolint:tagliatelle // RFC 9110 has it so
	Replayed string `header:"Idempotency-Replayed" doc:"true for an answer that was kept"`
	Cookie   string `header:"Set-Cookie"`
	Body     *O
}

// describe is the operation as the OpenAPI document has it.
func (op *Operation) describe(s *Server) huma.Operation {
	h := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Doc,
		Tags: []string{op.Tag}, DefaultStatus: op.success(), Errors: op.refusals(),
		MaxBodyBytes: MaxBody, Middlewares: huma.Middlewares{s.enter(op)},
		Extensions: map[string]any{"x-policy": op.Policy.words()}, Responses: map[string]*huma.Response{},
	}
	if op.Policy.Anonymous == SignIn {
		h.Security = []map[string][]string{{"bearer": {}}}
	} else {
		h.Security = []map[string][]string{{}, {"bearer": {}}}
	}
	if op.Method == http.MethodPost {
		h.Parameters = append(h.Parameters, keyParameter)
	}
	if op.Method == http.MethodPut || op.Method == http.MethodPatch {
		h.Parameters = append(h.Parameters, matchParameter)
	}
	return h
}

func (op *Operation) success() int {
	if op.Status == 0 {
		return http.StatusOK
	}
	return op.Status
}

// refusals are the statuses that the operation may be refused with.
func (op *Operation) refusals() []int {
	found := map[int]bool{http.StatusRequestURITooLong: true, http.StatusTooManyRequests: true, http.StatusServiceUnavailable: true, http.StatusUnauthorized: true}
	for _, a := range op.Policy.Answers() {
		if a != Allowed {
			found[int(a)] = true
		}
	}
	switch op.Method {
	case http.MethodPut, http.MethodPatch:
		found[http.StatusPreconditionFailed] = true
		fallthrough
	case http.MethodPost:
		for _, status := range []int{400, 404, 408, 409, 413, 415, 422} {
			found[status] = true
		}
	default:
		found[http.StatusNotFound], found[http.StatusUnprocessableEntity] = true, true
		found[http.StatusBadRequest] = true
	}
	for _, status := range op.Errors {
		found[status] = true
	}
	if op.Cookie {
		found[http.StatusForbidden] = true
	}
	var all []int
	for status := http.StatusBadRequest; status < 600; status++ {
		if found[status] {
			all = append(all, status)
		}
	}
	return all
}

var keyParameter = &huma.Param{
	Name: "Idempotency-Key", In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: new(255)},
	Description: "names this request: the same key with the same content is answered as before, with other content 422",
}

var matchParameter = &huma.Param{
	Name: "If-Match", In: "header", Schema: &huma.Schema{Type: huma.TypeString},
	Description: "the ETag that was read; 412 when the resource has changed since",
}

// words are the policy as the OpenAPI document has it.
func (p Policy) words() map[string]string {
	out := map[string]string{}
	for i, a := range p.Answers() {
		out[Callers[i]] = a.String()
	}
	return out
}

// Callers are the kinds of caller, in the order of the matrix.
var Callers = []string{"anonymous", "stranger", "counterparty", "owner", "arbiter", "admin"}

// String returns "allowed" or the status of the refusal.
func (a Answer) String() string {
	if a == Allowed {
		return "allowed"
	}
	return strconv.Itoa(int(a))
}
