package memkit

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
)

// Log is the event log of the transaction.
func (tx *Tx) Log() lance.Log { return eventLog{tx} }

type eventLog struct{ tx *Tx }

// spot is a place in a stream.
type spot struct {
	stream  lance.Ref
	version int64
	n       int
}

func (s spot) compare(o spot) int {
	return cmp.Or(s.stream.Compare(o.stream), cmp.Compare(s.version, o.version), cmp.Compare(s.n, o.n))
}

// waiting is an entry that is not sealed yet.
type waiting struct {
	order int64 // of appending
	entry lance.Entry
	at    time.Time
}

// events are all events by their place in their stream.
func (l eventLog) events() sorted[spot, lance.Event] {
	return sorted[spot, lance.Event]{l.tx, l.tx.core.slot("log.events"), spot.compare}
}

// queue is what waits to be sealed, in the order of appending.
func (l eventLog) queue() sorted[int64, waiting] {
	return sorted[int64, waiting]{l.tx, l.tx.core.slot("log.queue"), cmp.Compare[int64]}
}

// witnessed are the places of the entries that are not events, 0 until they are
// sealed, by their identifiers.
func (l eventLog) witnessed() *Map[string, int64] { return Table[string, int64](l.tx, "log.witnessed") }

// Placed reports whether an entry that is not an event has a place in the log.
func (tx *Tx) Placed(id string) bool {
	seq, _ := eventLog{tx}.witnessed().Get(id)
	return seq > 0
}

// sealed are the entries that have a place in the log.
func (l eventLog) sealed() *Map[int64, lance.Entry] {
	return Table[int64, lance.Entry](l.tx, "log.sealed")
}

func (l eventLog) seals() *Map[int64, lance.Seal] { return Table[int64, lance.Seal](l.tx, "log.seals") }

// Append adds events to the log in this transaction. It fails with Conflict
// "event_exists" and Internal "event_gap".
func (l eventLog) Append(_ context.Context, events ...lance.Event) error {
	if err := l.tx.writable(); err != nil {
		return err
	}
	for _, ev := range events {
		if err := l.fits(ev); err != nil {
			return err
		}
		ev = clone(ev)
		ev.Seq = 0
		if err := l.events().put(spotOf(ev.Entry()), ev); err != nil {
			return err
		}
		if err := l.wait(ev.Entry()); err != nil {
			return err
		}
	}
	return nil
}

func spotOf(e lance.Entry) spot { return spot{e.Stream, e.Version, e.N} }

// fits checks that ev is the next event of its stream.
func (l eventLog) fits(ev lance.Event) error {
	if _, taken := l.events().get(spot{ev.Stream, ev.Version, ev.N}); taken {
		return lance.E(lance.Conflict, "event_exists", "the stream already has an event in this place")
	}
	version, next := int64(0), 0
	for s := range l.events().downFrom(func(s spot) bool { return s.stream.Compare(ev.Stream) > 0 }) {
		if s.stream == ev.Stream {
			version, next = s.version, s.n+1
		}
		break
	}
	if (ev.Version == version && ev.N == next && version > 0) || (ev.Version == version+1 && ev.N == 0) {
		return nil
	}
	return lance.E(lance.Internal, "event_gap", "the event is not the next of its stream")
}

// wait puts an entry at the end of what waits to be sealed.
func (l eventLog) wait(e lance.Entry) error {
	e.Seq = 0
	order := Table[string, int64](l.tx, "log.order")
	last, _ := order.Get("")
	w := waiting{last + 1, e, l.tx.now}
	if err := order.Put("", w.order); err != nil {
		return err
	}
	return l.queue().put(w.order, w)
}

// Witness adds entries of other kinds. It fails with Conflict "event_exists"
// for an ID witnessed before.
func (l eventLog) Witness(_ context.Context, entries ...lance.Entry) error {
	if err := l.tx.writable(); err != nil {
		return err
	}
	for _, e := range entries {
		if l.witnessed().Has(e.ID) {
			return lance.E(lance.Conflict, "event_exists", "this was witnessed before")
		}
		if err := l.witnessed().Put(e.ID, 0); err != nil {
			return err
		}
		if err := l.wait(e); err != nil {
			return err
		}
	}
	return nil
}

// Read returns sealed events with Seq > after in order, at most limit, and the
// Seq up to which it has looked.
func (l eventLog) Read(_ context.Context, after int64, limit int) (events []lance.Event, upTo int64, err error) {
	upTo = after
	for seq, e := range l.sealed().From(after + 1) {
		if len(events) == limit {
			break
		}
		upTo = seq
		if e.Kind == "event" {
			ev, _ := l.events().get(spotOf(e))
			events = append(events, clone(ev))
		}
	}
	return events, upTo, nil
}

// Stream returns all events of one aggregate in order, sealed or not.
func (l eventLog) Stream(_ context.Context, stream lance.Ref) ([]lance.Event, error) {
	var events []lance.Event
	for s, ev := range l.events().from(func(s spot) bool { return s.stream.Compare(stream) < 0 }) {
		if s.stream != stream {
			break
		}
		events = append(events, clone(ev))
	}
	return events, nil
}

// Entries returns sealed entries with Seq > after in order, at most limit.
func (l eventLog) Entries(_ context.Context, after int64, limit int) ([]lance.Entry, error) {
	return firstOf(l.sealed().From(after+1), limit), nil
}

// Seals returns seals with Last > after in order, at most limit.
func (l eventLog) Seals(_ context.Context, after int64, limit int) ([]lance.Seal, error) {
	return firstOf(l.seals().From(after+1), limit), nil
}

// Waiting returns entries that are not sealed in the order in which they were
// added.
func (l eventLog) Waiting(_ context.Context, after int64, limit int) (entries []lance.Entry, upTo int64, err error) {
	upTo = after
	for _, w := range l.next(after, limit) {
		entries, upTo = append(entries, w.entry), w.order
	}
	return entries, upTo, nil
}

// next are the first that wait after one.
func (l eventLog) next(after int64, limit int) []waiting {
	var out []waiting
	for _, w := range l.queue().from(func(order int64) bool { return order <= after }) {
		if len(out) == limit {
			break
		}
		out = append(out, w)
	}
	return out
}

// Loose returns events that have no place in the log with an ID greater than
// after, in order, at most limit.
func (l eventLog) Loose(_ context.Context, after lance.EventID, limit int) ([]lance.Event, error) {
	var out []lance.Event
	for _, ev := range l.events().from(func(spot) bool { return false }) {
		if ev.Seq == 0 && ev.ID > after {
			out = append(out, clone(ev))
		}
	}
	slices.SortFunc(out, func(a, b lance.Event) int { return cmp.Compare(a.ID, b.ID) })
	return out[:min(limit, len(out))], nil
}

// Checkpoints are what the log was at times, signed.
func (tx *Tx) Checkpoints() lance.Rows[lance.Checkpoint, lance.CheckpointID] {
	return Rows[lance.CheckpointID](tx, lance.CheckpointTable)
}

// Backlog tells what waits to be sealed.
func (l eventLog) Backlog(context.Context) (lance.Backlog, error) {
	b := lance.Backlog{Count: l.queue().root().len()}
	for _, w := range l.queue().from(func(int64) bool { return false }) {
		b.Oldest = w.at
		break
	}
	return b, nil
}

// Seal gives the first entries their places, at most limit, then runs the store's
// hooks.
func (l eventLog) Seal(ctx context.Context, limit int) (lance.Seal, error) {
	if err := l.tx.writable(); err != nil {
		return lance.Seal{}, err
	}
	batch := l.next(0, limit)
	if len(batch) == 0 {
		return lance.Seal{}, nil
	}
	var last lance.Seal
	for _, s := range l.seals().Back() {
		last = s
		break
	}
	seal := lance.Seal{First: last.Last + 1, Last: last.Last + int64(len(batch)), At: l.tx.now}
	leaves := make([]lance.Hash, len(batch))
	for i, w := range batch {
		leaves[i] = w.entry.Leaf
		if err := l.place(w, seal.First+int64(i)); err != nil {
			return lance.Seal{}, err
		}
	}
	seal.Root = lance.MerkleRoot(leaves)
	seal.Head = lance.ChainHead(last.Head, seal.First, seal.Last, seal.Root)
	if err := l.seals().Put(seal.Last, seal); err != nil {
		return lance.Seal{}, err
	}
	for _, hook := range l.tx.core.onSeal {
		if err := hook(ctx, l.tx, seal.First, seal.Last); err != nil {
			return lance.Seal{}, err
		}
	}
	return seal, nil
}

// place moves an entry from what waits to its place in the log.
func (l eventLog) place(w waiting, seq int64) error {
	s := spotOf(w.entry)
	if err := l.queue().del(w.order); err != nil {
		return err
	}
	w.entry.Seq = seq
	if w.entry.Kind == "event" {
		ev, _ := l.events().get(s)
		ev.Seq = seq
		if err := l.events().put(s, ev); err != nil {
			return err
		}
	} else if err := l.witnessed().Put(w.entry.ID, seq); err != nil {
		return err
	}
	return l.sealed().Put(seq, w.entry)
}
