package basetest_test

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
)

// Log is the event log, which may be broken.
func (b *broken) Log() lance.Log { return eventLog{b.Tx.Log(), b} }

type eventLog struct {
	lance.Log
	b *broken
}

func (l eventLog) Append(ctx context.Context, events ...lance.Event) error {
	events = slices.Clone(events)
	for i := range events {
		if l.b.s.has("bodies written anew") {
			events[i].Body = rewritten(events[i].Body)
		}
		if l.b.s.has("versions made up") {
			before, _ := l.Stream(ctx, events[i].Stream)
			events[i].Version, events[i].N = 1, len(before)+i
		}
	}
	if l.b.s.has("event outside the transaction", "event outside, seen by the write case") {
		l.b.extra = append(l.b.extra, events...)
	}
	return l.Log.Append(ctx, events...)
}

func (l eventLog) Read(ctx context.Context, after int64, limit int) ([]lance.Event, int64, error) {
	events, upTo, err := l.Log.Read(ctx, after, limit)
	if l.b.s.has("read jumps ahead") && len(events) == limit {
		upTo++
	}
	return events, upTo, err
}

func (l eventLog) Entries(ctx context.Context, after int64, limit int) ([]lance.Entry, error) {
	entries, err := l.Log.Entries(ctx, after, limit)
	if l.b.s.has("sealing misorders streams") {
		for i := 1; i < len(entries); i += 2 {
			a, b := &entries[i-1], &entries[i]
			*a, *b = *b, *a
			a.Seq, b.Seq = b.Seq, a.Seq
		}
	}
	return entries, err
}

func (l eventLog) Seals(ctx context.Context, after int64, limit int) ([]lance.Seal, error) {
	seals, err := l.Log.Seals(ctx, after, limit)
	if l.b.s.has("sealing breaks the chain") {
		for i := range seals {
			seals[i].Head = lance.ChainHead(lance.Hash{}, seals[i].First, seals[i].Last, seals[i].Root)
		}
	}
	return seals, err
}

// Cursors may move unasked.
func (b *broken) Cursors() lance.Cursors { return cursors{b.Tx.Cursors(), b} }

type cursors struct {
	lance.Cursors
	b *broken
}

func (c cursors) Advance(ctx context.Context, consumer string, from, to int64) error {
	if c.b.s.has("cursor moves unasked") {
		return c.Rewind(ctx, consumer, to)
	}
	return c.Cursors.Advance(ctx, consumer, from, to)
}

func (c cursors) Parked(ctx context.Context, consumer string, stream lance.Ref, limit int) ([]lance.Parked, error) {
	if c.b.s.has("every stream is parked") {
		stream = lance.Ref{}
	}
	return c.Cursors.Parked(ctx, consumer, stream, limit)
}

// Deliveries may lose their leases.
func (b *broken) Deliveries() lance.Deliveries { return deliveries{b.Tx.Deliveries(), b} }

type deliveries struct {
	lance.Deliveries
	b *broken
}

func (q deliveries) Claim(ctx context.Context, relay string, now time.Time, lease time.Duration, limit int, keys ...string) ([]lance.Delivery, error) {
	ds, err := q.Deliveries.Claim(ctx, relay, now, lease, limit, keys...)
	if q.b.s.has("lease ignored") {
		for _, d := range ds {
			_ = q.Deliveries.Settle(ctx, d)
		}
	}
	return ds, err
}

func (q deliveries) Settle(ctx context.Context, d lance.Delivery) error {
	if q.b.s.has("fencing token ignored", "fencing token ignored by the worker") {
		if now, err := q.Delivery(ctx, d.Relay, d.Key); err == nil {
			d.Token = now.Token
		}
	}
	return q.Deliveries.Settle(ctx, d)
}

// Timers may fire more than once, or early.
func (b *broken) Timers() lance.Timers { return timers{b.Tx.Timers(), b} }

type timers struct {
	lance.Timers
	b *broken
}

func (s timers) Set(ctx context.Context, ts ...lance.Timer) error {
	if s.b.s.has("timers need an owner") {
		ts = slices.DeleteFunc(slices.Clone(ts), func(t lance.Timer) bool { return t.Owner.IsZero() })
	}
	return s.Timers.Set(ctx, ts...)
}

func (s timers) Take(ctx context.Context, owner lance.Ref, kind string, now time.Time) (lance.Timer, bool, error) {
	if s.b.s.has("timer fires early") {
		now = now.Add(time.Hour)
	}
	t, ok, err := s.Timers.Take(ctx, owner, kind, now)
	if ok && s.b.s.has("timer fires twice", "timer fires for many") {
		err = s.Set(ctx, t)
	}
	return t, ok, err
}

// Keys may be forgotten.
func (b *broken) Keys() lance.Keys { return keys{b.Tx.Keys(), b} }

type keys struct {
	lance.Keys
	b *broken
}

func (s keys) Claim(ctx context.Context, ks ...lance.Key) (*lance.Key, error) {
	if s.b.s.has("idempotency dropped") {
		return nil, nil //nolint:nilnil // what the contract says of a new key
	}
	standing, err := s.Keys.Claim(ctx, ks...)
	if standing != nil && s.b.s.has("key's content forgotten") {
		standing.Content = ks[0].Content
	}
	return standing, err
}
