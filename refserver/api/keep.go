package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
)

// kept is an answer as it is kept under an Idempotency-Key.
type kept struct {
	Location string          `json:"location,omitempty"`
	ETag     string          `json:"etag,omitempty"`
	Body     json.RawMessage `json:"body,omitempty"`
}

// answered runs a handler and makes its answer: in a transaction that keeps it,
// when the caller gave a key for that.
func answered[I, O any](ctx context.Context, c *Call, in *I, handle func(context.Context, *Call, *I) (*O, error)) (*answer[O], error) {
	if c.keep == "" {
		out, err := handle(ctx, c, in)
		if err != nil {
			return nil, err
		}
		return answerOf(c, out), nil
	}
	var reply *answer[O]
	err := c.store.InTx(ctx, func(ctx context.Context, r marketplace.Repos) error {
		stood, first, err := lance.Once(ctx, r, c.By, c.keep, c.op.Method+" "+c.op.Path, in, "")
		if err != nil {
			return err
		}
		if !first {
			reply, err = replayed[O](c, stood)
			return err
		}
		out, err := handle(ctx, c.inside(r), in)
		if err != nil {
			return err
		}
		reply = answerOf(c, out)
		return keepAnswer(ctx, r, c, reply)
	})
	return reply, err
}

// together lets what takes several services happen in one transaction: the one
// that keeps the answer, or its own.
func together[O any](ctx context.Context, c *Call, work func(ctx context.Context, c *Call) (*O, error)) (out *O, err error) {
	if c.keep != "" {
		return work(ctx, c)
	}
	err = c.store.InTx(ctx, func(ctx context.Context, r marketplace.Repos) error {
		out, err = work(ctx, c.inside(r))
		return err
	})
	return out, err
}

// inside returns the call with its engine in the transaction of r.
func (c *Call) inside(r marketplace.Repos) *Call {
	inner := *c
	inner.Engine = c.Engine.With(lance.Within(r))
	return &inner
}

func keepAnswer[O any](ctx context.Context, r marketplace.Repos, c *Call, reply *answer[O]) error {
	k := kept{Location: reply.Location, ETag: reply.ETag}
	if reply.Body != nil {
		var err error
		if k.Body, err = json.Marshal(reply.Body); err != nil {
			return err
		}
	}
	result, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return r.Keys().Answer(ctx, string(c.By.Party), c.keep, string(result))
}

// replayed makes the answer that was kept.
func replayed[O any](c *Call, result string) (*answer[O], error) {
	var k kept
	if err := json.Unmarshal([]byte(result), &k); err != nil {
		return nil, err
	}
	reply := &answer[O]{Status: c.op.success(), Location: k.Location, ETag: k.ETag, Replayed: "true"}
	if k.Body == nil {
		reply.Status = http.StatusNoContent
		return reply, nil
	}
	reply.Body = new(O)
	return reply, json.Unmarshal(k.Body, reply.Body)
}

// tagged is a view with a version.
type tagged interface{ tag() string }

// moving is a view of more than the row that its tag is the version of, so that
// it may have changed with the tag the same.
type moving interface{ moves() }

// settled reports whether a view is the same as long as its tag is.
func settled(view any) bool {
	_, t := view.(tagged)
	_, m := view.(moving)
	return t && !m
}

// located is a view of a resource that has an address of its own.
type located interface{ location() string }

// cookied is a view that leaves a cookie.
type cookied interface{ cookie() string }

// answerOf makes the answer of a view: its headers follow from what it is.
func answerOf[O any](c *Call, out *O) *answer[O] {
	reply := &answer[O]{Status: c.op.success(), Body: out}
	if _, nothing := any(out).(silent); nothing {
		reply.Status, reply.Body = http.StatusNoContent, nil
	}
	if t, ok := any(out).(tagged); ok {
		reply.ETag = t.tag()
	}
	if l, ok := any(out).(located); ok && reply.Status == http.StatusCreated {
		reply.Location = l.location()
	}
	if k, ok := any(out).(cookied); ok {
		reply.Cookie = k.cookie()
	}
	if c.op.Method == http.MethodGet && settled(out) && noneMatch(c.since, reply.ETag) {
		reply.Status, reply.Body = http.StatusNotModified, nil
	}
	return reply
}

// noneMatch reports whether an If-None-Match names the tag: RFC 9110, 13.1.2.
func noneMatch(header, tag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == tag {
			return true
		}
	}
	return false
}
