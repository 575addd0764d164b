package lance

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
)

// auditPage is how many rows are read at a time.
const auditPage = 1000

// read yields what there is to audit in the order of Record.
func (s Scope[R]) read(ctx context.Context, r R, yield func(Record) error) error {
	l := logReader[R]{scope: s, r: r, yield: yield}
	for _, part := range []func(context.Context) error{l.log, l.loose, l.rest, l.aggregates} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

// logReader reads for one audit.
type logReader[R Repos] struct {
	scope   Scope[R]
	r       R
	yield   func(Record) error
	seals   []Seal // read ahead
	sealed  int64  // the last of those
	points  []*Checkpoint
	pointed int64 // likewise
}

// log yields the entries of the log with their rows, seals and checkpoints.
func (l *logReader[R]) log(ctx context.Context) error {
	at := int64(0)
	for {
		entries, err := l.r.Log().Entries(ctx, at, auditPage)
		if err != nil {
			return err
		}
		rows, err := l.rows(ctx, at, entries)
		if err != nil {
			return err
		}
		for i := range entries {
			at = entries[i].Seq
			if err := l.yield(Record{entries[i].Kind, &entries[i], rows[i]}); err != nil {
				return err
			}
			if err := l.behind(ctx, at); err != nil {
				return err
			}
		}
		if len(entries) < auditPage {
			return l.behind(ctx, 1<<63-1)
		}
	}
}

// behind yields the seals and checkpoints that end with an entry.
func (l *logReader[R]) behind(ctx context.Context, seq int64) error {
	for {
		if err := l.ahead(ctx); err != nil {
			return err
		}
		switch {
		case len(l.seals) > 0 && l.seals[0].Last <= seq && (len(l.points) == 0 || l.seals[0].Last <= l.points[0].Size):
			if err := l.yield(Record{Kind: "seal", Value: l.seals[0]}); err != nil {
				return err
			}
			l.seals = l.seals[1:]
		case len(l.points) > 0 && l.points[0].Size <= seq:
			if err := l.yield(Record{Kind: "checkpoint", Value: *l.points[0]}); err != nil {
				return err
			}
			l.points = l.points[1:]
		default:
			return nil
		}
	}
}

// ahead reads on where nothing is left of what was read ahead.
func (l *logReader[R]) ahead(ctx context.Context) (err error) {
	if len(l.seals) == 0 && l.sealed >= 0 {
		if l.seals, err = l.r.Log().Seals(ctx, l.sealed, auditPage); err != nil {
			return err
		}
		l.sealed = -1
		if len(l.seals) > 0 {
			l.sealed = l.seals[len(l.seals)-1].Last
		}
	}
	if len(l.points) > 0 || l.pointed < 0 {
		return nil
	}
	f := Filter{Order: "size", Limit: auditPage, After: []any{l.pointed, CheckpointTable.ID(&Checkpoint{Size: l.pointed})}}
	if l.points, err = l.r.Checkpoints().Find(ctx, f); err != nil {
		return err
	}
	l.pointed = -1
	if len(l.points) > 0 {
		l.pointed = l.points[len(l.points)-1].Size
	}
	return nil
}

// rows returns the row of each entry: nil for one that is not there.
func (l *logReader[R]) rows(ctx context.Context, after int64, entries []Entry) ([]any, error) {
	out := make([]any, len(entries))
	if len(entries) == 0 {
		return out, nil
	}
	if err := l.events(ctx, after, entries, out); err != nil {
		return nil, err
	}
	for _, t := range l.scope.Trails {
		kind := t.Checker().Kind()
		var ids []string
		for _, e := range entries {
			if e.Kind == kind {
				ids = append(ids, e.ID)
			}
		}
		if len(ids) == 0 {
			continue
		}
		found, err := salvage(ctx, l.r, ids, func(ids []string) (map[string]any, error) { return t.Rows(ctx, l.r, ids) })
		if err != nil {
			return nil, err
		}
		for i, e := range entries {
			if v, ok := found[e.ID]; ok && e.Kind == kind {
				out[i] = v
			}
		}
	}
	return out, nil
}

// salvage reads rows together; when that fails, one by one, so that the one that
// cannot be read is known. A store that cannot be read at all is an error.
func salvage(ctx context.Context, r Repos, ids []string, read func([]string) (map[string]any, error)) (map[string]any, error) {
	found, err := read(ids)
	if err == nil || ctx.Err() != nil || KindOf(err) == Unavailable {
		return found, err
	}
	found = make(map[string]any, len(ids))
	for _, id := range ids {
		one, err := read([]string{id})
		if err == nil {
			found[id] = one[id]
			continue
		}
		if _, lost := r.Log().Backlog(ctx); lost != nil {
			return nil, errors.Join(err, lost)
		}
		found[id] = Unreadable{}
	}
	return found, nil
}

// events fills in the events among entries, which come after that place.
func (l *logReader[R]) events(ctx context.Context, after int64, entries []Entry, out []any) error {
	last := entries[len(entries)-1].Seq
	place := make(map[int64]int, len(entries))
	for i, e := range entries {
		place[e.Seq] = i
	}
	for after < last {
		events, upTo, err := l.r.Log().Read(ctx, after, auditPage)
		if err != nil {
			return l.eventsOneByOne(ctx, err, entries, out)
		}
		for _, ev := range events {
			if i, ok := place[ev.Seq]; ok && entries[i].Kind == kindEvent {
				ev.Seq = 0
				out[i] = ev
			}
		}
		if upTo <= after {
			return nil
		}
		after = upTo
	}
	return nil
}

// eventsOneByOne does what salvage does.
func (l *logReader[R]) eventsOneByOne(ctx context.Context, failed error, entries []Entry, out []any) error {
	if ctx.Err() != nil || KindOf(failed) == Unavailable {
		return failed
	}
	for i, e := range entries {
		if e.Kind != kindEvent {
			continue
		}
		events, _, err := l.r.Log().Read(ctx, e.Seq-1, 1)
		switch {
		case err != nil:
			if _, lost := l.r.Log().Backlog(ctx); lost != nil {
				return errors.Join(err, lost)
			}
			out[i] = Unreadable{}
		case len(events) == 1 && events[0].Seq == e.Seq:
			events[0].Seq = 0
			out[i] = events[0]
		}
	}
	return nil
}

// loose yields what waits to be sealed, with its row, and rows without an entry.
func (l *logReader[R]) loose(ctx context.Context) error {
	waiting, err := l.waiting(ctx)
	if err != nil {
		return err
	}
	yield := func(kind, id string, v any) error {
		rec := Record{Kind: kind, Value: v}
		if e, ok := waiting[id]; ok && e.Kind == kind {
			rec.Entry = &e
			delete(waiting, id)
		}
		return l.yield(rec)
	}
	if err := l.looseEvents(ctx, yield); err != nil {
		return err
	}
	for _, t := range l.scope.Trails {
		kind, after := t.Checker().Kind(), ""
		for {
			rows, err := t.Loose(ctx, l.r, after, auditPage)
			if err != nil {
				return err
			}
			for _, row := range rows {
				after = row.ID
				if err := yield(kind, row.ID, row.Value); err != nil {
					return err
				}
			}
			if len(rows) < auditPage {
				break
			}
		}
	}
	rest := make([]Entry, 0, len(waiting))
	for _, e := range waiting {
		rest = append(rest, e)
	}
	slices.SortFunc(rest, func(a, b Entry) int { return strings.Compare(a.ID, b.ID) })
	for _, e := range rest {
		if err := l.yield(Record{Kind: e.Kind, Entry: &e}); err != nil {
			return err
		}
	}
	return nil
}

func (l *logReader[R]) waiting(ctx context.Context) (map[string]Entry, error) {
	all, after := map[string]Entry{}, int64(0)
	for {
		page, upTo, err := l.r.Log().Waiting(ctx, after, auditPage)
		after = upTo
		for _, e := range page {
			all[e.ID] = e
		}
		if err != nil || len(page) < auditPage {
			return all, err
		}
	}
}

// looseEvents yields the events that have no place in the log, each stream in
// its order.
func (l *logReader[R]) looseEvents(ctx context.Context, yield func(kind, id string, v any) error) error {
	var all []Event
	after := EventID("")
	for {
		page, err := l.r.Log().Loose(ctx, after, auditPage)
		if err != nil {
			return err
		}
		all = append(all, page...)
		if len(page) < auditPage {
			break
		}
		after = page[len(page)-1].ID
	}
	slices.SortFunc(all, func(a, b Event) int {
		return cmp.Or(a.Stream.Compare(b.Stream), cmp.Compare(a.Version, b.Version), cmp.Compare(a.N, b.N))
	})
	for _, ev := range all {
		if err := yield(kindEvent, string(ev.ID), ev); err != nil {
			return err
		}
	}
	return nil
}

func (l *logReader[R]) rest(ctx context.Context) error {
	for _, t := range l.scope.Trails {
		if err := t.Rest(ctx, l.r, l.yield); err != nil {
			return err
		}
	}
	return nil
}

// aggregates yields the kinds of aggregates that are read, and then these.
func (l *logReader[R]) aggregates(ctx context.Context) error {
	kinds := make([]string, len(l.scope.Aggregates))
	for i, a := range l.scope.Aggregates {
		kinds[i] = a.Kind
	}
	if err := l.yield(Record{Kind: "aggregates", Value: kinds}); err != nil {
		return err
	}
	for _, a := range l.scope.Aggregates {
		after := ""
		for {
			page, err := a.Page(ctx, l.r, after, auditPage)
			if err != nil {
				return err
			}
			for _, s := range page {
				after = s.ID
				if err := l.yield(Record{Kind: "aggregate", Value: s}); err != nil {
					return err
				}
			}
			if len(page) < auditPage {
				break
			}
		}
	}
	return nil
}
