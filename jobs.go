package lance

import (
	"context"
	"encoding/json"
	"maps"
	"time"
)

// Jobs is the work that goes on by itself in one or more domains: what each
// kind of timer does, what is done every so often, what reacts to events, what
// calls the outside.
type Jobs[R Repos] struct {
	Timers    map[string]Fire[R] // by Timer.Kind
	Chores    []Chore[R]
	Reactions []Reaction[R]
	Relays    []Relay[R]
	// KeepKeys is how long a used idempotency key is remembered at least; 0 is
	// DefaultKeepKeys. A request that comes again later than that is a new one.
	KeepKeys time.Duration
}

// DefaultKeepKeys is how long idempotency keys are remembered when no job says:
// a caller who lost an answer before a long weekend may still ask again after it.
const DefaultKeepKeys = 96 * time.Hour

// Fire does what a timer is for. It runs in the transaction that has locked the
// timer's owner and removed the timer; it reads the owner's state again, since
// that may have changed, and may set the timer anew.
type Fire[R Repos] func(ctx context.Context, r R, t Timer) error

// Reaction is a consumer of the log that writes our own rows: it runs in the
// transaction that moves its cursor, so each event has its effect exactly once.
type Reaction[R Repos] struct {
	Name   string // the consumer; stable, since its cursor is kept under it
	Type   string // the type of event it handles
	Handle func(ctx context.Context, r R, ev Event) error
}

// On makes a reaction to the events that carry the payload P.
func On[R Repos, P Payload](name string, fn func(ctx context.Context, r R, ev Event, p P) error) Reaction[R] {
	var p P
	typ, _ := p.EventType()
	return Reaction[R]{Name: name, Type: typ, Handle: func(ctx context.Context, r R, ev Event) error {
		p, err := Decode[P](ev)
		if err != nil {
			return err
		}
		return fn(ctx, r, ev, p)
	}}
}

// Upcaster is a Payload that can read its own older shapes.
type Upcaster interface {
	// Upcast turns a body of an older schema version into one of the present
	// version.
	Upcast(schema int, body []byte) ([]byte, error)
}

// Decode reads the payload P out of an event, through P's Upcaster when the
// event is of an older schema. It fails with Internal "event_type" for an event
// of another type and "event_schema" for a shape that P cannot read.
func Decode[P Payload](ev Event) (P, error) {
	var p P
	name, schema := p.EventType()
	if ev.Type != name {
		return p, E(Internal, "event_type", "the event is of another type")
	}
	body := ev.Body
	if ev.Schema != schema {
		up, ok := any(p).(Upcaster)
		if !ok || ev.Schema > schema {
			return p, E(Internal, "event_schema", "the event is of a shape that is not known")
		}
		var err error
		if body, err = up.Upcast(ev.Schema, body); err != nil {
			return p, E(Internal, "event_schema", "the event is of a shape that is not known").Cause(err)
		}
	}
	if err := json.Unmarshal(body, &p); err != nil {
		return p, E(Internal, "event_schema", "the event's body cannot be read").Cause(err)
	}
	return p, nil
}

// Relay makes calls to the outside that were stored as deliveries. A call may
// be made twice when a process dies in the middle: the other side tells them
// apart by the delivery's Key.
type Relay[R Repos] struct {
	Name    string        // Delivery.Relay
	Timeout time.Duration // of one call; 0 is 20 seconds. The lease is at least twice as long
	Tries   int           // attempts before a delivery is dead; 0 is 12
	// Send makes the call, outside any transaction. An error means that the
	// outcome is not known or that trying again may help. Anything final, a
	// refusal too, is returned as keep, which stores it in the transaction that
	// settles the delivery.
	Send func(ctx context.Context, d Delivery) (keep func(ctx context.Context, r R) error, err error)
	// Dead, when set, runs in the transaction that gives a delivery up.
	Dead func(ctx context.Context, r R, d Delivery) error
}

func (r Relay[R]) timeout() time.Duration {
	if r.Timeout > 0 {
		return r.Timeout
	}
	return 20 * time.Second
}

func (r Relay[R]) tries() int {
	if r.Tries > 0 {
		return r.Tries
	}
	return 12
}

// Join adds the jobs of others to j. Keys are kept as long as any asks for.
func (j Jobs[R]) Join(others ...Jobs[R]) Jobs[R] {
	out := Jobs[R]{Timers: map[string]Fire[R]{}}
	for _, o := range append([]Jobs[R]{j}, others...) {
		maps.Copy(out.Timers, o.Timers)
		out.KeepKeys = max(out.KeepKeys, o.KeepKeys)
		out.Chores = append(out.Chores, o.Chores...)
		out.Reactions = append(out.Reactions, o.Reactions...)
		out.Relays = append(out.Relays, o.Relays...)
	}
	return out
}

// check fails with Internal "jobs_name" when a name stands for two, and with
// "chore_every" when a chore would be due without end.
func (j Jobs[R]) check() error {
	seen := map[string]bool{}
	for _, c := range j.Chores {
		if seen[c.Name] || j.Timers[c.Name] != nil {
			return E(Internal, "jobs_name", "two chores or timers are called "+c.Name)
		}
		if c.Every <= 0 {
			return E(Internal, "chore_every", "there is no time from one chore to the next")
		}
		seen[c.Name] = true
	}
	clear(seen)
	for _, r := range j.Reactions {
		if seen[r.Name] {
			return E(Internal, "jobs_name", "two reactions are called "+r.Name)
		}
		seen[r.Name] = true
	}
	clear(seen)
	for _, r := range j.Relays {
		if seen[r.Name] {
			return E(Internal, "jobs_name", "two relays are called "+r.Name)
		}
		seen[r.Name] = true
	}
	return nil
}

// Widen makes jobs that need few repositories jobs of a store that has more.
func Widen[W, N Repos](jobs Jobs[N], as func(W) N) Jobs[W] {
	out := Jobs[W]{Timers: map[string]Fire[W]{}, KeepKeys: jobs.KeepKeys}
	for kind, fire := range jobs.Timers {
		out.Timers[kind] = func(ctx context.Context, r W, t Timer) error { return fire(ctx, as(r), t) }
	}
	for _, c := range jobs.Chores {
		out.Chores = append(out.Chores, Chore[W]{Name: c.Name, Every: c.Every,
			Do: func(ctx context.Context, r W) (bool, error) { return c.Do(ctx, as(r)) }})
	}
	for _, re := range jobs.Reactions {
		out.Reactions = append(out.Reactions, Reaction[W]{Name: re.Name, Type: re.Type,
			Handle: func(ctx context.Context, r W, ev Event) error { return re.Handle(ctx, as(r), ev) }})
	}
	for _, re := range jobs.Relays {
		out.Relays = append(out.Relays, widenRelay(re, as))
	}
	return out
}

func widenRelay[W, N Repos](re Relay[N], as func(W) N) Relay[W] {
	out := Relay[W]{Name: re.Name, Timeout: re.Timeout, Tries: re.Tries}
	out.Send = func(ctx context.Context, d Delivery) (func(context.Context, W) error, error) {
		keep, err := re.Send(ctx, d)
		if keep == nil {
			return nil, err
		}
		return func(ctx context.Context, r W) error { return keep(ctx, as(r)) }, err
	}
	if re.Dead != nil {
		out.Dead = func(ctx context.Context, r W, d Delivery) error { return re.Dead(ctx, as(r), d) }
	}
	return out
}
