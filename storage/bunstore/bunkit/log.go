package bunkit

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/megilance/lance"
)

// logs is the event log in one transaction.
type logs struct{ q *Q }

// Log is the event log.
func (q *Q) Log() lance.Log { return logs{q} }

var (
	errEventExists = lance.E(lance.Conflict, "event_exists", "the stream has that place already")
	errEventGap    = lance.E(lance.Internal, "event_gap", "an event is not the next of its stream")
)

// stretch is what one Append adds to one stream, from first to last.
type stretch struct {
	lance.Ref
	first, last place
}

// place is where an event stands in its stream.
type place struct{ version, n int64 }

// follows reports whether p comes straight after o.
func (p place) follows(o place) bool {
	return (p.version == o.version && p.n == o.n+1) || (p.version == o.version+1 && p.n == 0)
}

// stretches gathers events by stream, in the order in which their rows are
// locked. The events of one stream must follow each other.
func stretches(events []lance.Event) ([]stretch, error) {
	var out []stretch
	for _, ev := range events {
		at := place{ev.Version, int64(ev.N)}
		i, found := slices.BinarySearchFunc(out, ev.Stream, func(s stretch, r lance.Ref) int { return s.Compare(r) })
		switch {
		case !found:
			out = slices.Insert(out, i, stretch{ev.Stream, at, at})
		case at == out[i].last:
			return nil, errEventExists
		case !at.follows(out[i].last):
			return nil, errEventGap
		default:
			out[i].last = at
		}
	}
	return out, nil
}

// Append adds events and notes that they wait to be sealed. Each stream's row is
// locked until the transaction ends, so a predecessor is committed before its
// successor exists.
func (l logs) Append(ctx context.Context, events ...lance.Event) error {
	if len(events) == 0 {
		return nil
	}
	if l.q.readOnly {
		return errReadOnly
	}
	streams, err := stretches(events)
	if err != nil {
		return err
	}
	rows, entries, err := eventRows(events)
	if err != nil {
		return err
	}
	work := func(ctx context.Context) error {
		if err := l.advance(ctx, streams); err != nil {
			return err
		}
		return l.append(ctx, rows, entries)
	}
	if len(streams) == 1 {
		return work(ctx)
	}
	return l.q.Nest(ctx, work) // all streams move, or none
}

// advance begins streams and moves others on, if each is where its stretch
// begins. The rows are locked in order, the new ones first: those nobody else
// can hold.
func (l logs) advance(ctx context.Context, streams []stretch) error {
	var rows [][]any
	for _, s := range streams {
		if s.first == (place{1, 0}) {
			rows = append(rows, []any{s.Kind, s.ID, s.last.version, s.last.n})
		}
	}
	n, err := l.q.InsertRows(ctx, "lance_streams", streamColumns, rows, "ON CONFLICT DO NOTHING")
	if err != nil {
		return err
	}
	if n < int64(len(rows)) {
		return errEventExists
	}
	var on []stretch
	for _, s := range streams {
		if s.first != (place{1, 0}) {
			on = append(on, s)
		}
	}
	if l.q.core.pg && len(on) > 1 {
		return l.moveSet(ctx, on)
	}
	for _, s := range on {
		if err := l.move(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// before is the place that a stream has to have: n is -1 where any will do.
func (s stretch) before() place {
	if s.first.n == 0 {
		return place{s.first.version - 1, -1}
	}
	return place{s.first.version, s.first.n - 1}
}

// move moves one stream on.
func (l logs) move(ctx context.Context, s stretch) error {
	was := s.before()
	n, err := l.q.Affect(ctx, "UPDATE {lance_streams} SET version = ?, n = ? WHERE kind = ? AND id = ? AND version = ? AND CAST(? AS BIGINT) IN (n, -1)",
		s.last.version, s.last.n, s.Kind, s.ID, was.version, was.n)
	if err != nil || n > 0 {
		return err
	}
	return l.misplaced(ctx, s)
}

var movedColumns = ColumnsOf("kind text, id text, version bigint, n bigint, was bigint, was_n bigint")

// moveSet moves streams on in one statement, or fails.
func (l logs) moveSet(ctx context.Context, streams []stretch) error {
	rows := make([][]any, len(streams))
	for i, s := range streams {
		was := s.before()
		rows[i] = []any{s.Kind, s.ID, s.last.version, s.last.n, was.version, was.n}
	}
	n, err := l.q.Affect(ctx, "UPDATE {lance_streams} AS s SET version = v.version, n = v.n FROM "+movedColumns.List+
		" WHERE s.kind = v.kind AND s.id = v.id AND s.version = v.was AND v.was_n IN (s.n, -1)", movedColumns.Values(rows)...)
	if err != nil || n == int64(len(streams)) {
		return err
	}
	for _, s := range streams {
		if err := l.misplaced(ctx, s); lance.CodeOf(err) != "event_gap" {
			return err
		}
	}
	return errEventGap
}

// misplaced says why a stream could not be moved on.
func (l logs) misplaced(ctx context.Context, s stretch) error {
	var n int64
	err := l.q.Query(ctx, &n, "SELECT count(*) FROM {lance_events} WHERE stream_kind = ? AND stream_id = ? AND version = ? AND n = ?",
		s.Kind, s.ID, s.first.version, s.first.n)
	switch {
	case err != nil:
		return err
	case n > 0:
		return errEventExists
	}
	return errEventGap
}

// UnsealedColumns are the columns of lance_unsealed.
var UnsealedColumns = ColumnsOf(`id text, kind text, stream_kind text, stream_id text, version bigint, n bigint,
	leaf bytea, at timestamptz, alone boolean`)

var (
	streamColumns = ColumnsOf("kind text, id text, version bigint, n bigint")
	eventsColumns = ColumnsOf(`id text, stream_kind text, stream_id text, version bigint, n bigint,
		type text, schema bigint, at timestamptz, actor text, parties text, body bytea`)
)

// eventRows returns what events are kept as, and their lines in the log.
func eventRows(events []lance.Event) (rows [][]any, entries []lance.Entry, err error) {
	rows = make([][]any, len(events))
	entries = make([]lance.Entry, len(events))
	for i, ev := range events {
		parties, err := json.Marshal(ev.Parties)
		if err != nil {
			return nil, nil, lance.E(lance.Internal, "event_body", "an event could not be written").Cause(err)
		}
		body := ev.Body
		if body == nil {
			body = []byte{}
		}
		rows[i] = []any{string(ev.ID), ev.Stream.Kind, ev.Stream.ID, ev.Version, ev.N, ev.Type, ev.Schema, ev.At, ev.By, string(parties), body}
		entries[i] = ev.Entry()
	}
	return rows, entries, nil
}

func (l logs) append(ctx context.Context, rows [][]any, entries []lance.Entry) error {
	n, err := l.q.InsertRows(ctx, "lance_events", eventsColumns, rows, "ON CONFLICT DO NOTHING")
	if err != nil {
		return err
	}
	if n < int64(len(entries)) {
		return errEventExists
	}
	_, err = l.q.InsertRows(ctx, "lance_unsealed", UnsealedColumns, l.q.Unsealed(entries), "")
	return err
}

// Unsealed returns the rows of lance_unsealed that note entries which are to be
// sealed, for a part whose own statement writes them along: what an entry stands
// for must be new to the store.
func (q *Q) Unsealed(entries []lance.Entry) [][]any { return q.unsealed(entries, false) }

// unsealed returns the rows; those that stand alone are of things of which the
// store keeps nothing else, so that their IDs are compared with each other.
func (q *Q) unsealed(entries []lance.Entry, alone bool) [][]any {
	rows := make([][]any, len(entries))
	for i, e := range entries {
		rows[i] = []any{e.ID, e.Kind, e.Stream.Kind, e.Stream.ID, e.Version, e.N, e.Leaf, q.now, alone}
	}
	return rows
}

// Witness adds entries of other kinds. Whether one was sealed before is asked
// after it was added, so that a sealer in between is seen.
func (l logs) Witness(ctx context.Context, entries ...lance.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	added, err := l.q.InsertRows(ctx, "lance_unsealed", UnsealedColumns, l.q.unsealed(entries, true), "ON CONFLICT DO NOTHING")
	if err != nil {
		return err
	}
	if added < int64(len(entries)) {
		return errEventExists
	}
	ids := make([]string, len(entries))
	for i, e := range entries {
		ids[i] = e.ID
	}
	var n int
	if err := l.q.Query(ctx, &n, "SELECT count(*) FROM {lance_log} WHERE "+l.q.Among("id"), ids); err != nil {
		return err
	}
	if n > 0 {
		return errEventExists
	}
	return nil
}

// eventRow is a row of lance_events, with its place when it is sealed.
type eventRow struct {
	Seq        int64     `bun:"seq"`
	ID         string    `bun:"id"`
	StreamKind string    `bun:"stream_kind"`
	StreamID   string    `bun:"stream_id"`
	Version    int64     `bun:"version"`
	N          int       `bun:"n"`
	Type       string    `bun:"type"`
	Schema     int       `bun:"schema"`
	At         time.Time `bun:"at"`
	Actor      string    `bun:"actor"`
	Parties    string    `bun:"parties"`
	Body       []byte    `bun:"body"`
}

const eventColumns = "e.id, e.stream_kind, e.stream_id, e.version, e.n, e.type, e.schema, e.at, e.actor, e.parties, e.body"

func (r eventRow) event() (lance.Event, error) {
	ev := lance.Event{
		ID: lance.EventID(r.ID), Seq: r.Seq, Stream: lance.Ref{Kind: r.StreamKind, ID: r.StreamID},
		Version: r.Version, N: r.N, Type: r.Type, Schema: r.Schema, At: r.At, By: r.Actor, Body: r.Body,
	}
	if err := json.Unmarshal([]byte(r.Parties), &ev.Parties); err != nil {
		return ev, lance.E(lance.Internal, "event_parties", "an event cannot be read").Cause(err)
	}
	return ev, nil
}

func eventsOf(rows []eventRow) ([]lance.Event, error) {
	var out []lance.Event
	for _, r := range rows {
		if r.ID == "" {
			continue // an entry of another kind
		}
		ev, err := r.event()
		if err != nil {
			return nil, err
		}
		out = append(out, ev)
	}
	return out, nil
}

// Read looks at most limit entries on.
func (l logs) Read(ctx context.Context, after int64, limit int) ([]lance.Event, int64, error) {
	var rows []eventRow
	err := l.q.Query(ctx, &rows, "SELECT l.seq, "+eventColumns+
		" FROM {lance_log} l LEFT JOIN {lance_events} e ON e.id = l.id AND l.kind = 'event' WHERE l.seq > ? ORDER BY l.seq LIMIT "+strconv.Itoa(limit), after)
	if err != nil || len(rows) == 0 {
		return nil, after, err
	}
	events, err := eventsOf(rows)
	return events, rows[len(rows)-1].Seq, err
}

// Stream returns all events of one aggregate in order.
func (l logs) Stream(ctx context.Context, stream lance.Ref) ([]lance.Event, error) {
	var rows []eventRow
	err := l.q.Query(ctx, &rows, "SELECT l.seq, "+eventColumns+
		" FROM {lance_events} e LEFT JOIN {lance_log} l ON l.id = e.id WHERE e.stream_kind = ? AND e.stream_id = ? ORDER BY e.version, e.n",
		stream.Kind, stream.ID)
	if err != nil {
		return nil, err
	}
	return eventsOf(rows)
}

// entryRow is a row of lance_log, or what lance_unsealed has of it.
type entryRow struct {
	Seq        int64      `bun:"seq"`
	ID         string     `bun:"id"`
	Kind       string     `bun:"kind"`
	StreamKind string     `bun:"stream_kind"`
	StreamID   string     `bun:"stream_id"`
	Version    int64      `bun:"version"`
	N          int        `bun:"n"`
	Leaf       lance.Hash `bun:"leaf"`
}

func (r entryRow) entry() lance.Entry {
	return lance.Entry{
		Seq: r.Seq, ID: r.ID, Kind: r.Kind, Stream: lance.Ref{Kind: r.StreamKind, ID: r.StreamID},
		Version: r.Version, N: r.N, Leaf: r.Leaf,
	}
}

// Entries returns sealed entries in order.
func (l logs) Entries(ctx context.Context, after int64, limit int) ([]lance.Entry, error) {
	var rows []entryRow
	err := l.q.Query(ctx, &rows,
		"SELECT seq, id, kind, stream_kind, stream_id, version, n, leaf FROM {lance_log} WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
	out := make([]lance.Entry, len(rows))
	for i, r := range rows {
		out[i] = r.entry()
	}
	return out, err
}

// Waiting returns entries that are not sealed in the order in which they were
// added.
func (l logs) Waiting(ctx context.Context, after int64, limit int) ([]lance.Entry, int64, error) {
	rows, err := l.waiting(ctx, after, limit)
	if len(rows) == 0 {
		return nil, after, err
	}
	upTo := rows[len(rows)-1].Pos
	entries := make([]lance.Entry, len(rows))
	for i, r := range rows {
		entries[i] = r.entry()
	}
	return entries, upTo, err
}

// waitingRow is a row of lance_unsealed.
type waitingRow struct {
	Pos int64 `bun:"pos"`
	entryRow
}

func (l logs) waiting(ctx context.Context, after int64, limit int) (rows []waitingRow, err error) {
	err = l.q.Query(ctx, &rows,
		"SELECT pos, id, kind, stream_kind, stream_id, version, n, leaf FROM {lance_unsealed} WHERE pos > ? ORDER BY pos LIMIT ?", after, limit)
	return rows, err
}

// Loose returns events that have no place in the log in order of their IDs.
func (l logs) Loose(ctx context.Context, after lance.EventID, limit int) ([]lance.Event, error) {
	var rows []eventRow
	err := l.q.Query(ctx, &rows, "SELECT 0 AS seq, "+eventColumns+" FROM {lance_events} e "+
		"WHERE e.id > ? AND NOT EXISTS (SELECT 1 FROM {lance_log} l WHERE l.id = e.id) ORDER BY e.id LIMIT ?", string(after), limit)
	if err != nil {
		return nil, err
	}
	return eventsOf(rows)
}
