package throttle

import (
	"container/list"
	"context"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/megilance/lance"
)

// Limit is how much one key may do: Burst at once, and from then on one more
// each Every. The zero Limit sets no bound.
type Limit struct {
	Burst int
	Every time.Duration
}

// DefaultKeys is how many keys are remembered unless Options say otherwise: in
// 25 MiB.
const DefaultKeys = 100_000

// Options are what a Throttle may be given. The zero value is good.
type Options struct {
	Clock  lance.Clock      // nil is the machine's
	Keys   int              // how many are remembered at most; 0 is DefaultKeys
	Limits map[string]Limit // instead of Standard's, or beside them
}

// Standard returns the limits that hold unless Options say otherwise. A limit is
// found under the operation and the kind of key, such as "auth.Refresh ip", or
// else under the kind alone: "ip", "user" or "email". A kind without one is not
// held back.
func Standard() map[string]Limit {
	return map[string]Limit{
		"ip":              {Burst: 60, Every: 2 * time.Second},
		"user":            {Burst: 10, Every: 30 * time.Second},
		"email":           {Burst: 10, Every: 30 * time.Second},
		"auth.Refresh ip": {Burst: 600, Every: 100 * time.Millisecond}, // an office has one address
	}
}

// Throttle holds back who tries too often. It is safe for concurrent use.
type Throttle struct {
	clock  lance.Clock
	limits map[string]Limit
	bound  int

	mu    sync.Mutex
	order *list.List // of *bucket, the latest used first
	known map[string]*list.Element
}

// bucket is what is remembered of a key: when it will have all of its burst
// again.
type bucket struct {
	name string
	full time.Time
}

// New makes a Throttle.
func New(o Options) *Throttle {
	t := &Throttle{clock: o.Clock, limits: Standard(), bound: o.Keys, order: list.New(), known: map[string]*list.Element{}}
	if t.clock == nil {
		t.clock = lance.SystemClock()
	}
	if t.bound < 1 {
		t.bound = DefaultKeys
	}
	maps.Copy(t.limits, o.Limits)
	return t
}

// Wait is the cause of a refusal: for how long.
type Wait time.Duration

// Error says that one has to wait.
func (w Wait) Error() string { return "wait " + time.Duration(w).String() }

// RetryAfter returns how long to wait before the next attempt may pass.
func (w Wait) RetryAfter() time.Duration { return time.Duration(w) }

// Allow counts one attempt at an operation for each key. It fails with Limited
// "too_many_attempts", and Wait as the cause, when one of them has used up its
// burst; then the attempt counts for none, so that one who is held back cannot
// use up what belongs to another.
func (t *Throttle) Allow(_ context.Context, op string, keys ...string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock.Now()
	filled := map[string]time.Time{}
	var wait time.Duration
	for _, key := range keys {
		kind, limit := t.limit(op, key)
		if limit.Burst < 1 || limit.Every <= 0 {
			continue
		}
		name := op + " " + plain(kind, key)
		full := t.full(name, now).Add(limit.Every)
		wait = max(wait, full.Sub(now)-time.Duration(limit.Burst)*limit.Every)
		filled[name] = full
	}
	if wait > 0 {
		return lance.E(lance.Limited, "too_many_attempts", "there were too many attempts: wait a while").Cause(Wait(wait))
	}
	for name, full := range filled {
		t.note(name, full)
	}
	return nil
}

// limit returns the kind of a key and what holds for it.
func (t *Throttle) limit(op, key string) (kind string, l Limit) {
	kind, _, _ = strings.Cut(key, ":")
	l, special := t.limits[op+" "+kind]
	if !special {
		l = t.limits[kind]
	}
	return kind, l
}

// plain brings a key to the form in which it is counted.
func plain(kind, key string) string {
	if kind != "ip" {
		return key
	}
	ip, err := netip.ParseAddr(strings.TrimPrefix(key, "ip:"))
	if err != nil || ip.Unmap().Is4() {
		return key
	}
	net, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return key
	}
	return "ip:" + net.String()
}

// full returns when a key has all of its burst again, now at the earliest, and
// takes note that it was not quiet.
func (t *Throttle) full(name string, now time.Time) time.Time {
	if e, ok := t.known[name]; ok {
		t.order.MoveToFront(e)
		if b, _ := e.Value.(*bucket); b.full.After(now) {
			return b.full
		}
	}
	return now
}

// note remembers a key that full has looked at, and forgets the one that was
// quiet for longest when there are too many.
func (t *Throttle) note(name string, full time.Time) {
	if e, ok := t.known[name]; ok {
		e.Value = &bucket{name, full}
		return
	}
	t.known[name] = t.order.PushFront(&bucket{name, full})
	if t.order.Len() > t.bound {
		last, _ := t.order.Remove(t.order.Back()).(*bucket)
		delete(t.known, last.name)
	}
}

// Keys returns how many keys are remembered.
func (t *Throttle) Keys() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.order.Len()
}
