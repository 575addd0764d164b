package audit

import (
	"context"

	"github.com/megilance/lance"
)

// MaxShown is how many parked events of a consumer, or dead deliveries, are
// shown at most: the oldest.
const MaxShown = 100

// Worker is what sets parked events going again: a lance.Worker with the jobs of
// the platform.
type Worker interface {
	// Consumers returns the names of the reactions, in order.
	Consumers() []string
	// Unpark lets a reaction try the parked events of a stream again, and returns
	// how many succeeded.
	Unpark(ctx context.Context, consumer string, stream lance.Ref) (int, error)
}

// Service answers an operator. It has no state.
type Service struct {
	db     lance.Runner[lance.Repos]
	worker func() Worker
}

// NewService returns a service on a store; worker makes what knows its consumers.
func NewService[R lance.Repos](db lance.Runner[R], worker func() Worker) *Service {
	return &Service{lance.Narrow(db, func(r R) lance.Repos { return r }), worker}
}

// ask runs one question for who may ask it.
func ask[T any](ctx context.Context, s *Service, by lance.Actor, op string, fn func(ctx context.Context, r lance.Repos) (T, error)) (T, error) {
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		var none T
		return none, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, fn)
}

// Query asks for a page of the log.
type Query struct {
	After int64 // only events with a greater Seq
	lance.PageQuery
}

// sealed says how the log is paged.
var sealed = &lance.Table[lance.Event]{
	Noun:   "event",
	ID:     func(e *lance.Event) string { return string(e.ID) },
	Fields: map[string]func(*lance.Event) any{"seq": func(e *lance.Event) any { return e.Seq }},
}

// Events returns one page of the sealed log, in its order. It fails with Invalid
// "limit_range" or "cursor_syntax".
func (s *Service) Events(ctx context.Context, by lance.Actor, q Query) (lance.Page[lance.Event], error) {
	return ask(ctx, s, by, "audit.Events", func(ctx context.Context, r lance.Repos) (lance.Page[lance.Event], error) {
		find := func(ctx context.Context, f lance.Filter) ([]*lance.Event, error) {
			after := q.After
			if len(f.After) > 0 {
				after, _ = f.After[0].(int64)
			}
			found, _, err := r.Log().Read(ctx, after, f.Limit)
			return pointers(found), err
		}
		return lance.ListBy(ctx, find, sealed, lance.Filter{Order: "seq"}, q.PageQuery)
	})
}

func pointers[D any](list []D) []*D {
	out := make([]*D, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

// Stream returns all events of one aggregate in order, sealed or not: none for
// one that is not known.
func (s *Service) Stream(ctx context.Context, by lance.Actor, of lance.Ref) ([]lance.Event, error) {
	return ask(ctx, s, by, "audit.Stream", func(ctx context.Context, r lance.Repos) ([]lance.Event, error) { return r.Log().Stream(ctx, of) })
}

// Parked returns what consumers have set aside, by consumer and in the order of
// the log, of each at most MaxShown.
func (s *Service) Parked(ctx context.Context, by lance.Actor) ([]lance.Parked, error) {
	return ask(ctx, s, by, "audit.Parked", func(ctx context.Context, r lance.Repos) ([]lance.Parked, error) {
		var all []lance.Parked
		for _, consumer := range s.worker().Consumers() {
			found, err := r.Cursors().Parked(ctx, consumer, lance.Ref{}, MaxShown)
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
		return all, nil
	})
}

// Unpark lets a consumer try the events of one stream again that it has set
// aside, in order, and returns how many succeeded. It fails with NotFound
// "consumer_not_found", and with Precondition "event_fails" when an event fails
// again: those before it are done. Invalid is what cannot be a name.
func (s *Service) Unpark(ctx context.Context, by lance.Actor, consumer string, stream lance.Ref) (int, error) {
	const op = "audit.Unpark"
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return 0, lance.Op(op, err)
	}
	var f lance.Faults
	name := lance.TextRule{Min: 1, Max: 255, Line: true}
	f.Check("/consumer", name.Check(consumer))
	f.Check("/stream/kind", name.Check(stream.Kind))
	f.Check("/stream/id", name.Check(stream.ID))
	if f.Err() != nil {
		return 0, lance.Op(op, f.Err())
	}
	n, err := s.worker().Unpark(ctx, consumer, stream)
	switch {
	case err == nil, ctx.Err() != nil, lance.CodeOf(err) == "consumer_not_found", lance.KindOf(err) == lance.Unavailable:
		return n, lance.Op(op, err)
	}
	return n, lance.Op(op, lance.E(lance.Precondition, "event_fails", "the event fails again").Cause(err))
}

// Dead returns the calls that were given up, of a relay or with "" of all, the
// oldest first, at most MaxShown.
func (s *Service) Dead(ctx context.Context, by lance.Actor, relay string) ([]lance.Delivery, error) {
	return ask(ctx, s, by, "audit.Dead", func(ctx context.Context, r lance.Repos) ([]lance.Delivery, error) {
		return r.Deliveries().Dead(ctx, relay, MaxShown)
	})
}

// Revive lets a call that was given up be tried once more. It fails with NotFound
// "delivery_not_found" and Precondition "delivery_state" for one that was not
// given up.
func (s *Service) Revive(ctx context.Context, by lance.Actor, relay, key string) (lance.Delivery, error) {
	const op = "audit.Revive"
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return lance.Delivery{}, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r lance.Repos) (lance.Delivery, error) {
		d, err := r.Deliveries().Delivery(ctx, relay, key)
		if err != nil {
			return d, err
		}
		if d.State != lance.DeliveryDead {
			return d, lance.E(lance.Precondition, "delivery_state", "the call was not given up")
		}
		d.State, d.DueAt = lance.DeliveryQueued, r.Now()
		return d, r.Deliveries().Settle(ctx, d)
	})
}
