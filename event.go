package lance

import (
	"context"
	"encoding/json"
	"time"
)

// EventID names one event.
type EventID string

// Event says that one aggregate changed. Events are append-only: one log, from
// which audit, reactions, notifications and outgoing webhooks all derive.
//
// A body holds identifiers, states, amounts and times, never names, addresses,
// texts, codes or tokens; a text counts as its salted hash.
type Event struct {
	ID      EventID
	Seq     int64     // dense, from 1, given when the log is sealed; 0 until then
	Stream  Ref       // the aggregate
	Version int64     // the aggregate's version after the change, from 1, dense
	N       int       // its place among the events of that version, from 0, dense
	Type    string    // "contract.accepted": the noun and a past participle
	Schema  int       // the version of the body's shape, from 1
	At      time.Time // the transaction's time
	By      string    // Actor.Label of who did it
	Parties []PartyID // whom it concerns
	Body    []byte    // JSON, kept as these exact bytes
}

// Payload is the typed body of an event, which marshals to a JSON object.
type Payload interface {
	// EventType returns the event's type and the version of the payload's shape.
	EventType() (name string, schema int)
}

// Change is what the events of one write have in common.
type Change struct {
	Stream  Ref       // the aggregate that changed
	Version int64     // its version after the change
	Parties []PartyID // whom it concerns
}

// Emit appends one event per payload for a change made by an actor, in the
// transaction of r. Every change of an aggregate's version emits at least one.
func Emit(ctx context.Context, r Repos, by Actor, c Change, payloads ...Payload) error {
	events, err := EventsOf(r, by, c, payloads...)
	if err != nil {
		return err
	}
	return r.Log().Append(ctx, events...)
}

// EventsOf returns the events that Emit appends.
func EventsOf(w World, by Actor, c Change, payloads ...Payload) ([]Event, error) {
	events := make([]Event, len(payloads))
	for i, p := range payloads {
		body, err := json.Marshal(p)
		if err != nil {
			return nil, E(Internal, "event_body", "an event could not be written").Cause(err)
		}
		name, schema := p.EventType()
		events[i] = Event{
			ID: NewID[EventID]("evt", w), Stream: c.Stream, Version: c.Version, N: i,
			Type: name, Schema: schema, At: w.Now(), By: by.Label(), Parties: c.Parties, Body: body,
		}
	}
	return events, nil
}

// Entry is one line of the sealed log: an event, or something whose content
// stands in a table of its own (a ledger transfer) and that the log witnesses
// by its leaf.
type Entry struct {
	Seq     int64  // dense, from 1; 0 until sealed
	ID      string // of the event or the thing witnessed
	Kind    string // "event", "transfer", …
	Stream  Ref
	Version int64
	N       int
	Leaf    Hash
}

// Seal is one batch of entries that was given its places in the log, chained to
// the batch before it.
type Seal struct {
	First, Last int64     // the batch's entries
	Root        Hash      // MerkleRoot of their leaves in order
	Head        Hash      // ChainHead(the previous seal's head, First, Last, Root)
	At          time.Time // when it was sealed
}

// Backlog is what is not sealed yet.
type Backlog struct {
	Count  int       // entries
	Oldest time.Time // when the oldest was appended; zero when Count is 0
}

// Log is the store of events. Appending gives no place in the log: a leader
// seals committed entries afterwards, so that a transaction that commits late
// only gets a later place and is never lost.
type Log interface {
	// Append adds events to the log in this transaction. It fails with Conflict
	// "event_exists" when a stream already has that version and place, and with
	// Internal "event_gap" when the version is neither the stream's last nor the
	// one after it, or the place is not the next of its version.
	Append(ctx context.Context, events ...Event) error
	// Witness adds entries of other kinds, by their leaves. Their Seq is ignored.
	// It fails with Conflict "event_exists" for an ID witnessed before.
	Witness(ctx context.Context, entries ...Entry) error
	// Seal gives the first committed entries, at most limit, their places, in the
	// order in which they were added, so that no entry of a stream comes before
	// its predecessor. One caller at a time seals; another that comes meanwhile
	// gets a Seal with Last 0, as does one for whom nothing waits.
	Seal(ctx context.Context, limit int) (Seal, error)
	// Read returns sealed events with Seq > after in order, at most limit, and
	// the Seq up to which it has looked (which other kinds of entries may bring
	// beyond the last event's).
	Read(ctx context.Context, after int64, limit int) (events []Event, upTo int64, err error)
	// Stream returns all events of one aggregate in order, sealed or not.
	Stream(ctx context.Context, stream Ref) ([]Event, error)
	// Entries returns sealed entries with Seq > after in order, at most limit.
	Entries(ctx context.Context, after int64, limit int) ([]Entry, error)
	// Seals returns seals with Last > after in order, at most limit.
	Seals(ctx context.Context, after int64, limit int) ([]Seal, error)
	// Waiting returns entries that are not sealed in the order in which they were
	// added, at most limit, and how far that is: the next page is after that, the
	// first after 0.
	Waiting(ctx context.Context, after int64, limit int) (entries []Entry, upTo int64, err error)
	// Loose returns events that have no place in the log, whether they wait for
	// one or not, with an ID greater than after, in order, at most limit. It
	// looks at every event there is.
	Loose(ctx context.Context, after EventID, limit int) ([]Event, error)
	// Backlog tells what waits to be sealed.
	Backlog(ctx context.Context) (Backlog, error)
}
