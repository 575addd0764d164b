package lance

import (
	"errors"
	"fmt"
	"strings"
)

// Kind classes a fault by what the caller can do about it. Each Kind is
// itself an error, so that errors.Is(err, lance.NotFound) answers whether any
// error of the chain is of that kind.
type Kind uint8

// The kinds of fault. Which HTTP status each becomes is decided by the server
// alone.
const (
	Internal     Kind = iota // a defect or a broken environment; nothing the caller did
	Invalid                  // the input breaks a rule; Fields says where
	NotFound                 // absent, or not the caller's
	Exists                   // something unique is already there
	Conflict                 // another request contradicts this one
	Stale                    // the version the caller read is no longer current
	Precondition             // the state of the thing does not allow the action
	Forbidden                // the caller may see it but not do this to it
	Unauthorized             // the caller has not shown who he is
	Insufficient             // not enough money
	Declined                 // the payment provider said no
	Limited                  // too much, too often
	Unavailable              // try again later; nothing was done
)

var kindNames = [...]string{
	"internal", "invalid", "not_found", "exists", "conflict", "stale", "precondition",
	"forbidden", "unauthorized", "insufficient", "declined", "limited", "unavailable",
}

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// Error returns the kind's name, so that a Kind can be a target of errors.Is.
func (k Kind) Error() string { return k.String() }

// FieldError says which part of an input breaks which rule.
type FieldError struct {
	Pointer string // where: an RFC 6901 JSON pointer into the input, such as "/milestones/0/amount"
	Code    string // which rule, stable: "required", "too_long", "text_markup"
	Msg     string // for people; never repeats the value
}

// Error is the one error type of every package. Codes are stable API and are
// listed in docs/errors.md; messages are for people and may change. Neither
// ever contains a value the caller sent.
type Error struct {
	Op     string       // where: "contract.Accept"
	Kind   Kind         // what the caller can do about it
	Code   string       // which fault, stable: "milestone_state"
	Msg    string       // for people
	Fields []FieldError // for Invalid: each part that is wrong
	Err    error        // the cause, for logs; never for clients
}

// E makes a fault of kind k with a stable code and a message for people.
func E(k Kind, code, msg string) *Error { return &Error{Kind: k, Code: code, Msg: msg} }

// Cause returns a copy of e that carries err as its cause.
func (e *Error) Cause(err error) *Error {
	c := *e
	c.Err = err
	return &c
}

// Error returns op, code, message, fields and cause on one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	b.WriteString(e.Kind.String())
	if e.Code != "" && e.Code != e.Kind.String() {
		b.WriteString(" " + e.Code)
	}
	if e.Msg != "" {
		b.WriteString(": " + e.Msg)
	}
	for _, f := range e.Fields {
		fmt.Fprintf(&b, "; %s %s: %s", f.Pointer, f.Code, f.Msg)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is e's Kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// Op marks err with the exported operation it came out of. The outermost mark
// that is already there stays: a service wraps once. A foreign error becomes
// Internal; nil stays nil.
func Op(op string, err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return &Error{Op: op, Kind: KindOf(err), Code: KindOf(err).String(), Msg: "something went wrong here", Err: err}
	}
	if e.Op != "" {
		return err
	}
	c := *e
	c.Op = op
	if err != error(e) { //nolint:errorlint // not e itself: what is wrapped around it, or joined to it, stays in the chain
		c.Err = err
	}
	return &c
}

// KindOf returns the Kind of err: of the first Error or Kind in its chain, else
// Internal.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	if k, ok := errors.AsType[Kind](err); ok {
		return k
	}
	return Internal
}

// CodeOf returns the stable code of the first Error in err's chain, else "".
func CodeOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// Faults collects the field errors of one input, so that a caller hears of all
// of them at once. The zero value is ready.
type Faults struct{ fields []FieldError }

// Add notes that the part at pointer breaks the rule code.
func (f *Faults) Add(pointer, code, msg string) {
	f.fields = append(f.fields, FieldError{Pointer: pointer, Code: code, Msg: msg})
}

// Check notes err at pointer: the fields of an Invalid fault are moved below
// pointer, a fault without fields becomes one field with its code. nil is
// ignored.
func (f *Faults) Check(pointer string, err error) {
	if err == nil {
		return
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		f.Add(pointer, "invalid", "this is not valid")
		return
	}
	if len(e.Fields) == 0 {
		f.Add(pointer, e.Code, e.Msg)
	}
	for _, x := range e.Fields {
		f.fields = append(f.fields, FieldError{Pointer: pointer + x.Pointer, Code: x.Code, Msg: x.Msg})
	}
}

// Err returns an Invalid fault with code "invalid_input" that lists every field
// noted, or nil when none was.
func (f *Faults) Err() error {
	if len(f.fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Code: "invalid_input", Msg: "the input is not valid", Fields: f.fields}
}
