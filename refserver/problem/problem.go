package problem

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/megilance/lance"
)

// ContentType is the media type of a problem.
const ContentType = "application/problem+json"

// RetryAfter is how many seconds a client is asked to wait that came too often
// or while the server could not work, unless the fault's cause says it better by
// a method RetryAfter() time.Duration.
const RetryAfter = 5

// Types is where the codes are explained; a problem's type is one of them.
const Types = "https://github.com/megilance/lance/blob/main/docs/errors.md#"

// Problem is the body of every answer that is not a success.
type Problem struct {
	Type     string  `json:"type" format:"uri" doc:"names the kind of problem; explained there"`
	Title    string  `json:"title" doc:"the status in words"`
	Status   int     `json:"status" minimum:"400" maximum:"599" doc:"the HTTP status"`
	Detail   string  `json:"detail" doc:"what is wrong, for people; may change"`
	Instance string  `json:"instance,omitempty" format:"uri" doc:"names this occurrence: the request's identifier"`
	Code     string  `json:"code" doc:"what is wrong, stable, for programs"`
	Errors   []Field `json:"errors,omitempty" doc:"for invalid input: everything that is wrong with it"`
	Location string  `json:"-"` // where what was stored of a refused request is; a header

	wait time.Duration // before the client may try again; 0 is RetryAfter
}

// Field says which part of an input breaks which rule.
type Field struct {
	Pointer string `json:"pointer" doc:"where: a JSON pointer (RFC 6901) into the body, or the name of a parameter behind a slash"`
	Code    string `json:"code" doc:"which rule, stable, for programs"`
	Detail  string `json:"detail" doc:"which rule, for people; may change"`
}

// Error returns the problem's detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of a problem, whatever was asked for.
func (p *Problem) ContentType(string) string { return ContentType }

// GetHeaders returns the headers that belong to the problem: how long to wait,
// how to sign in, or where what was stored is.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	switch p.Status {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		seconds := int64(RetryAfter)
		if p.wait > 0 {
			seconds = int64((p.wait + time.Second - 1) / time.Second)
		}
		h.Set("Retry-After", strconv.FormatInt(seconds, 10))
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	}
	if p.Location != "" {
		h.Set("Location", p.Location)
	}
	return h
}

// Write answers a request with the problem.
func (p *Problem) Write(w http.ResponseWriter) {
	maps.Copy(w.Header(), p.GetHeaders())
	w.Header().Set("Content-Type", ContentType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) //nolint:errchkjson // a client that has gone hears nothing
}

// In names the occurrence: the identifier of the request in ctx.
func (p *Problem) In(ctx context.Context) *Problem {
	if id := RequestID(ctx); id != "" {
		p.Instance = "urn:request:" + id
	}
	return p
}

type requestID struct{}

// WithRequestID returns a context that carries the identifier of a request.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestID{}, id)
}

// RequestID returns the identifier of the request that ctx belongs to, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestID{}).(string)
	return id
}

// New makes a problem of a status, a code and a text for people.
func New(status int, code, detail string) *Problem {
	return &Problem{Type: Types + code, Title: http.StatusText(status), Status: status, Detail: detail, Code: code}
}

// statuses says what each kind of fault is over HTTP.
var statuses = map[lance.Kind]int{
	lance.Internal:     http.StatusInternalServerError,
	lance.Invalid:      http.StatusUnprocessableEntity,
	lance.NotFound:     http.StatusNotFound,
	lance.Exists:       http.StatusConflict,
	lance.Conflict:     http.StatusConflict,
	lance.Stale:        http.StatusConflict,
	lance.Precondition: http.StatusConflict,
	lance.Forbidden:    http.StatusForbidden,
	lance.Unauthorized: http.StatusUnauthorized,
	lance.Insufficient: http.StatusPaymentRequired,
	lance.Declined:     http.StatusPaymentRequired,
	lance.Limited:      http.StatusTooManyRequests,
	lance.Unavailable:  http.StatusServiceUnavailable,
}

// byCode are the faults that are another status than their kind: a key that was
// used for something else is a mistake of this request, not a conflict of two.
var byCode = map[string]int{"key_reused": http.StatusUnprocessableEntity}

// Status returns the status of a fault's kind and code.
func Status(err error) int {
	if status, special := byCode[lance.CodeOf(err)]; special {
		return status
	}
	return statuses[lance.KindOf(err)]
}

// Of makes a problem of a fault. One that came out of a request whose context
// has ended is Unavailable, whatever it says: nobody knows how it would have
// ended.
func Of(ctx context.Context, err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p.In(ctx)
	}
	var fault *lance.Error
	if !errors.As(err, &fault) || fault.Kind == lance.Internal {
		if ctx.Err() != nil {
			return New(http.StatusServiceUnavailable, "request_ended", "the request took too long or its client has gone").In(ctx)
		}
		return internal(err).In(ctx)
	}
	p = New(Status(err), fault.Code, sentence(fault.Msg))
	if told, ok := errors.AsType[interface {
		error
		RetryAfter() time.Duration
	}](err); ok {
		p.wait = told.RetryAfter()
	}
	for _, f := range fault.Fields {
		p.Errors = append(p.Errors, Field{Pointer: f.Pointer, Code: f.Code, Detail: f.Msg})
	}
	return p.In(ctx)
}

// internal tells a client no more than that it is not his mistake. Of the codes
// only the one that says whether to ask again is shown.
func internal(err error) *Problem {
	if lance.CodeOf(err) == "commit_unknown" {
		return New(http.StatusInternalServerError, "commit_unknown", "whether this was done is not known: ask again with the same Idempotency-Key")
	}
	return New(http.StatusInternalServerError, "internal", "something went wrong here")
}

// sentence returns a fault's message, or a word for one that has none.
func sentence(msg string) string {
	if msg == "" {
		return "the request could not be carried out"
	}
	return msg
}

// Stale returns the problem of a request that named a version in If-Match: for a
// stale one 412 instead of 409.
func Stale(p *Problem, err error) *Problem {
	if lance.KindOf(err) == lance.Stale {
		p.Status, p.Title = http.StatusPreconditionFailed, http.StatusText(http.StatusPreconditionFailed)
	}
	return p
}

// Rename moves the field errors of an Invalid fault from where a domain calls a
// part to where the request does: pairs of old and new pointers.
func Rename(err error, pairs ...string) error {
	var fault *lance.Error
	if !errors.As(err, &fault) || len(fault.Fields) == 0 {
		return err
	}
	moved := *fault
	moved.Fields = slices.Clone(fault.Fields)
	for i := range moved.Fields {
		at := &moved.Fields[i].Pointer
		for j := 0; j+1 < len(pairs); j += 2 {
			if rest, below := strings.CutPrefix(*at, pairs[j]); below && (rest == "" || rest[0] == '/') {
				*at = pairs[j+1] + rest
				break
			}
		}
	}
	return &moved
}
