package basetest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func logLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "event_round_trips", run: eventRoundTrips[R]},
		{name: "bodies_are_kept_byte_for_byte", run: bodiesAreExact[R]},
		{name: "versions_and_places_are_dense", run: versionsAreDense[R]},
		{name: "place_is_taken_once", run: placeIsTaken[R]},
		{name: "place_is_taken_by_one_of_a_crowd", run: placeCrowd[R]},
		{name: "rollback_frees_the_place", run: rollbackFreesPlace[R]},
		{name: "refused_batch_leaves_nothing", run: refusedBatch[R]},
		{name: "streams_are_independent", run: streamsAreIndependent[R]},
		{name: "unsealed_events_are_not_read", run: unsealedIsNotRead[R]},
		{name: "witness_is_once", run: witnessOnce[R]},
		{name: "read_skips_witnesses_and_moves_on", run: readSkipsWitnesses[R]},
		{name: "read_resumes_where_it_looked_up_to", run: readResumes[R]},
		{name: "backlog_tells_what_waits", run: backlogTells[R]},
	}
}

// event returns one of a widget's events.
func event(id string, version int64, n int) lance.Event {
	return lance.Event{
		ID: lance.EventID(fmt.Sprintf("evt_%s_%d_%d", id, version, n)), Stream: ref(id), Version: version, N: n,
		Type: "widget.changed", Schema: 1, At: epoch, By: "ann", Parties: []lance.PartyID{"bob", "ann"}, Body: []byte(`{"v":1}`),
	}
}

func (w *world[R]) append(events ...lance.Event) {
	w.Helper()
	w.in(func(ctx context.Context, r R) error { return r.Log().Append(ctx, events...) })
}

func (w *world[R]) tryAppend(events ...lance.Event) error {
	return w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return r.Log().Append(ctx, events...) })
}

func (w *world[R]) stream(id string) (events []lance.Event) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		events, err = r.Log().Stream(ctx, ref(id))
		return err
	})
	return events
}

func eventRoundTrips[R lance.Repos](w *world[R]) {
	one, two := event("a", 1, 0), event("a", 1, 1)
	two.At, two.By, two.Schema, two.Parties = epoch.Add(time.Microsecond), "system:clock", 7, nil
	w.append(one, two)
	got := w.stream("a")
	require.Len(w, got, 2)
	require.Empty(w, got[1].Parties)
	got[1].Parties = nil
	require.Equal(w, []lance.Event{one, two}, got)
	w.sealAll()
	one.Seq, two.Seq = 1, 2
	for _, events := range [][]lance.Event{w.stream("a"), w.readAll()} {
		require.Len(w, events, 2)
		events[1].Parties = nil
		require.Equal(w, []lance.Event{one, two}, events)
	}
}

func bodiesAreExact[R lance.Repos](w *world[R]) {
	bodies := []string{
		`{"z":1,"a":2}`, `{ "spaces" :  [1,2 ] }`, `{"big":9007199254740993,"bigger":123456789012345678901234567890}`,
		`{"num":1.10,"exp":1e2}`, `{"a":1,"a":2}`, `{"emoji":"😀","escaped":"\ud83d\ude00","nul":"\u0000"}`, `{"html":"\u003cb\u003e<b>&"}`, `{}`,
	}
	for i, body := range bodies {
		ev := event("a", int64(i+1), 0)
		ev.Body = []byte(body)
		w.append(ev)
	}
	w.sealAll()
	for i, ev := range w.readAll() {
		require.Equal(w, bodies[i], string(ev.Body))
	}
	w.verify(len(bodies))
}

func versionsAreDense[R lance.Repos](w *world[R]) {
	gap := func(ev lance.Event) {
		w.Helper()
		refused(w, w.tryAppend(ev), lance.Internal, "event_gap")
	}
	gap(event("a", 0, 0))
	gap(event("a", 2, 0))
	gap(event("a", 1, 1))
	w.append(event("a", 1, 0))
	gap(event("a", 1, 2))
	gap(event("a", 2, 1))
	gap(event("a", 3, 0))
	w.append(event("a", 1, 1), event("a", 2, 0))
	gap(event("a", 1, 2))
	w.append(event("a", 2, 1), event("a", 3, 0), event("a", 3, 1))
	require.Len(w, w.stream("a"), 6)
	w.append(event("b", 1, 0), event("c", 1, 0))
	refused(w, w.tryAppend(event("a", 4, 0), event("b", 2, 0), event("c", 3, 0)), lance.Internal, "event_gap")
	refused(w, w.tryAppend(event("a", 4, 0), event("b", 2, 0), event("c", 1, 0)), lance.Conflict, "event_exists")
	w.append(event("c", 2, 0), event("a", 4, 0), event("b", 1, 1))
}

func placeIsTaken[R lance.Repos](w *world[R]) {
	w.append(event("a", 1, 0), event("a", 2, 0))
	for _, taken := range []lance.Event{event("a", 1, 0), event("a", 2, 0)} {
		taken.ID += "_again"
		refused(w, w.tryAppend(taken), lance.Conflict, "event_exists")
	}
	w.sealAll()
	refused(w, w.tryAppend(event("a", 2, 0)), lance.Conflict, "event_exists")
	require.Len(w, w.stream("a"), 2)
}

func placeCrowd[R lance.Repos](w *world[R]) {
	errs := w.members(func(i int) error {
		ev := event("a", 1, 0)
		ev.ID += lance.EventID(member(i))
		return w.tryAppend(ev)
	})
	wins := 0
	for _, err := range errs {
		if err == nil {
			wins++
		} else {
			refused(w, err, lance.Conflict, "event_exists")
		}
	}
	require.Equal(w, 1, wins)
	require.Len(w, w.stream("a"), 1)
}

func rollbackFreesPlace[R lance.Repos](w *world[R]) {
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		return errors.Join(r.Log().Append(ctx, event("a", 1, 0)), r.Log().Witness(ctx, entry("t")), errOops)
	})
	require.ErrorIs(w, err, errOops)
	require.Empty(w, w.stream("a"))
	w.append(event("a", 1, 0))
	w.witness("t")
	require.Equal(w, 2, w.sealAll())
}

func refusedBatch[R lance.Repos](w *world[R]) {
	refused(w, w.tryAppend(event("a", 1, 0), event("b", 1, 0), event("b", 3, 0)), lance.Internal, "event_gap")
	require.Zero(w, w.sealAll())
}

func streamsAreIndependent[R lance.Repos](w *world[R]) {
	other := event("a", 1, 0)
	other.ID, other.Stream.Kind = "evt_other", "gadget"
	w.append(event("a", 1, 0), event("A", 1, 0), other)
	require.Len(w, w.stream("a"), 1)
	require.Len(w, w.stream("A"), 1)
	require.Empty(w, w.stream("aa"))
}

func unsealedIsNotRead[R lance.Repos](w *world[R]) {
	w.append(event("a", 1, 0))
	require.Empty(w, w.readAll())
	require.Len(w, w.stream("a"), 1)
	w.view(func(ctx context.Context, r R) error {
		_, upTo, err := r.Log().Read(ctx, 0, 10)
		require.Zero(w, upTo)
		return err
	})
}

// entry returns what the log witnesses of a transfer.
func entry(id string) lance.Entry {
	return lance.Entry{ID: id, Kind: "transfer", Stream: lance.Ref{Kind: "transfer", ID: id}, Version: 1, Leaf: lance.LeafOf([]byte(id))}
}

func (w *world[R]) witness(ids ...string) {
	w.Helper()
	w.in(func(ctx context.Context, r R) error {
		for _, id := range ids {
			if err := r.Log().Witness(ctx, entry(id)); err != nil {
				return err
			}
		}
		return nil
	})
}

func witnessOnce[R lance.Repos](w *world[R]) {
	w.witness("a", "b")
	again := func() error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return r.Log().Witness(ctx, entry("c"), entry("a")) })
	}
	refused(w, again(), lance.Conflict, "event_exists")
	require.Equal(w, 2, w.sealAll())
	refused(w, again(), lance.Conflict, "event_exists")
	want := []lance.Entry{entry("a"), entry("b")}
	want[0].Seq, want[1].Seq = 1, 2
	w.view(func(ctx context.Context, r R) error {
		es, err := r.Log().Entries(ctx, 0, 10)
		require.ElementsMatch(w, want, es)
		return err
	})
}

func readSkipsWitnesses[R lance.Repos](w *world[R]) {
	w.append(event("a", 1, 0))
	w.sealAll()
	w.witness("x", "y")
	w.sealAll()
	read := func(after int64, limit int) (n int, upTo int64) {
		w.view(func(ctx context.Context, r R) error {
			events, to, err := r.Log().Read(ctx, after, limit)
			n, upTo = len(events), to
			return err
		})
		return n, upTo
	}
	n, upTo := read(1, 10)
	require.Zero(w, n)
	require.Equal(w, int64(3), upTo, "it has looked at what it skipped")
	n, upTo = read(0, 10)
	require.Equal(w, 1, n)
	require.Equal(w, int64(3), upTo)
	n, upTo = read(3, 10)
	require.Zero(w, n)
	require.Equal(w, int64(3), upTo)
}

func readResumes[R lance.Repos](w *world[R]) {
	for i := range 9 {
		w.append(event(fmt.Sprint("s", i), 1, 0))
		if i%3 == 0 {
			w.witness(fmt.Sprint("t", i))
			w.sealAll()
		}
	}
	w.sealAll()
	for _, limit := range []int{1, 2, 5, 100} {
		var got []lance.Event
		at := int64(0)
		w.view(func(ctx context.Context, r R) error {
			for range 30 {
				events, upTo, err := r.Log().Read(ctx, at, limit)
				if err != nil {
					return err
				}
				require.LessOrEqual(w, len(events), limit)
				require.GreaterOrEqual(w, upTo, at)
				for _, ev := range events {
					require.Greater(w, ev.Seq, at)
					require.LessOrEqual(w, ev.Seq, upTo)
					at = ev.Seq
				}
				got, at = append(got, events...), upTo
			}
			return nil
		})
		require.Len(w, got, 9, "limit %d", limit)
		require.Equal(w, int64(12), at)
	}
}

func backlogTells[R lance.Repos](w *world[R]) {
	backlog := func() (b lance.Backlog) {
		w.view(func(ctx context.Context, r R) (err error) {
			b, err = r.Log().Backlog(ctx)
			return err
		})
		return b
	}
	require.Equal(w, lance.Backlog{}, backlog())
	w.append(event("a", 1, 0))
	w.clock.Move(time.Hour)
	w.witness("t")
	require.Equal(w, lance.Backlog{Count: 2, Oldest: epoch}, backlog())
	w.sealAll()
	require.Equal(w, lance.Backlog{}, backlog())
}
