package problem

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"
)

// The router's package makes its errors by two package variables. They are
// replaced here, once, so that its own refusals look like ours and repeat
// nothing that the client sent.
//
//nolint:gochecknoinits // the variables are the package's one hook, and a program has one answer
func init() {
	huma.NewError = fromHuma
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		p := fromHuma(status, msg, errs...)
		if own, ok := p.(*Problem); ok && ctx != nil {
			return own.In(ctx.Context())
		}
		return p
	}
}

// refusals are the router's own answers: a code and a text for each status.
var refusals = map[int][2]string{
	http.StatusBadRequest:            {"body_syntax", "the body cannot be read as JSON"},
	http.StatusRequestTimeout:        {"body_timeout", "the body did not arrive in time"},
	http.StatusNotAcceptable:         {"not_acceptable", "the answer is JSON"},
	http.StatusRequestEntityTooLarge: {"body_too_large", "the body is too large"},
	http.StatusUnsupportedMediaType:  {"media_type", "the body must be application/json"},
	http.StatusUnprocessableEntity:   {"invalid_input", "the input is not valid"},
}

// fromHuma makes a problem of what the router refuses.
func fromHuma(status int, _ string, errs ...error) huma.StatusError {
	for _, err := range errs {
		if own := carriedBy(err); own != nil {
			return own
		}
	}
	words, known := refusals[status]
	if !known {
		return internal(nil)
	}
	p := New(status, words[0], words[1])
	if status != http.StatusUnprocessableEntity {
		return p
	}
	for _, err := range errs {
		if d, ok := errors.AsType[*huma.ErrorDetail](err); ok {
			p.Errors = append(p.Errors, fieldOf(d))
		}
	}
	return p
}

// carried marks the text of an error that is a whole problem.
const carried = "\x00problem:"

// Carry makes an error of a problem that gets through the router, which keeps no
// more than the text of what the reader of a body says.
func Carry(p *Problem) error {
	text, _ := json.Marshal(p) //nolint:errchkjson // texts and a number
	return errors.New(carried + string(text))
}

// carriedBy returns the problem that an error carries, or nil.
func carriedBy(err error) *Problem {
	var d *huma.ErrorDetail
	if !errors.As(err, &d) {
		return nil
	}
	text, ok := strings.CutPrefix(d.Message, carried)
	p := &Problem{}
	if !ok || json.Unmarshal([]byte(text), p) != nil {
		return nil //nolint:nilerr // what is not ours carries none
	}
	return p
}

// shapes says which code a rule of the schema has, by how its message begins.
var shapes = []struct{ prefix, code, detail string }{
	{validation.MsgUnexpectedProperty, "unknown_field", "there is no such field"},
	{"unknown query parameter", "unknown_parameter", "there is no such parameter"},
	{"expected required property", "required", "this is required"},
	{"required ", "required", "this is required"},
	{validation.MsgExpectedRFC3339DateTime, "time_syntax", "a time is written as RFC 3339 says"},
	{validation.MsgExpectedBoolean, "wrong_type", "true or false is expected"},
	{validation.MsgExpectedNumber + " ", "out_of_range", "the number is out of range"},
	{validation.MsgExpectedNumber, "wrong_type", "a number is expected"},
	{validation.MsgExpectedInteger, "wrong_type", "a whole number is expected"},
	{"invalid integer", "wrong_type", "a whole number is expected"},
	{"invalid boolean", "wrong_type", "true or false is expected"},
	{"expected value to be one of", "unknown_value", "the value is not one of those allowed"},
	{"expected length >=", "text_too_short", "the text is too short"},
	{"expected length <=", "text_too_long", "the text is too long"},
	{"expected array length", "list_length", "the list is too long or too short"},
	{validation.MsgExpectedArray, "wrong_type", "a list is expected"},
	{validation.MsgExpectedObject, "wrong_type", "an object is expected"},
	{"expected string to", "syntax", "the text is not written as it should be"},
	{validation.MsgExpectedString, "wrong_type", "a text is expected"},
}

// property finds the name in the message of a required one.
var property = regexp.MustCompile(`^expected required property (\S+) to be present$`)

func fieldOf(d *huma.ErrorDetail) Field {
	f := Field{Pointer: pointer(d.Location), Code: "invalid", Detail: "the value is not allowed here"}
	for _, s := range shapes {
		if strings.HasPrefix(d.Message, s.prefix) {
			f.Code, f.Detail = s.code, s.detail
			break
		}
	}
	if m := property.FindStringSubmatch(d.Message); m != nil {
		f.Pointer += "/" + escape(m[1])
	}
	return f
}

// Escape writes a name as a part of a JSON pointer.
func Escape(name string) string { return escape(name) }

var escape = strings.NewReplacer("~", "~0", "/", "~1").Replace

// pointer turns "body.milestones[0].amount" into "/milestones/0/amount" and
// "query.limit" into "/limit".
func pointer(location string) string {
	_, path, inside := strings.Cut(location, ".")
	if !inside {
		if _, index, ok := strings.Cut(location, "["); ok {
			path = "[" + index
		}
	}
	var out strings.Builder
	for part := range strings.SplitSeq(strings.NewReplacer("[", ".", "]", "").Replace(path), ".") {
		if part != "" {
			out.WriteString("/" + escape(part))
		}
	}
	return out.String()
}
