package basetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func sealLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "places_are_dense_and_chained", run: placesAreDense[R]},
		{name: "nothing_waits_nothing_sealed", run: nothingToSeal[R]},
		{name: "small_batches_keep_stream_order", run: smallBatches[R]},
		{name: "rolled_back_seal_leaves_what_waits", run: sealRollsBack[R]},
		{name: "seal_has_the_transaction_s_time", run: sealTime[R]},
		{name: "entries_and_seals_are_paged", run: entriesArePaged[R]},
		{name: "late_commit_gets_a_later_place", run: lateCommit[R]},
		{name: "one_seals_at_a_time", run: oneSeals[R]},
		{name: "crowd_loses_and_misorders_nothing", run: sealCrowd[R]},
	}
}

func (w *world[R]) seal(limit int) (s lance.Seal) {
	w.Helper()
	w.in(func(ctx context.Context, r R) (err error) {
		s, err = r.Log().Seal(ctx, limit)
		return err
	})
	return s
}

// sealAll seals until nothing waits and returns how many entries it sealed.
func (w *world[R]) sealAll() (n int) {
	w.Helper()
	for s := w.seal(1000); s.Last > 0; s = w.seal(1000) {
		n += int(s.Last - s.First + 1)
	}
	return n
}

func (w *world[R]) readAll() (events []lance.Event) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		events, _, err = r.Log().Read(ctx, 0, 100_000)
		return err
	})
	return events
}

// verify requires that the log holds so many entries, densely, that each
// stream is in its order, and that leaves, roots and heads are those of what is
// kept.
func (w *world[R]) verify(want int) {
	w.Helper()
	w.view(func(ctx context.Context, r R) error {
		entries, err := r.Log().Entries(ctx, 0, 100_000)
		require.NoError(w, err)
		seals, err := r.Log().Seals(ctx, 0, 100_000)
		require.NoError(w, err)
		events, _, err := r.Log().Read(ctx, 0, 100_000)
		require.NoError(w, err)
		require.Len(w, entries, want)
		w.verifyEntries(entries, events)

		_, err = lance.VerifySeals(lance.Hash{}, 0, seals)
		require.NoError(w, err)
		sealed := 0
		for _, s := range seals {
			var leaves []lance.Hash
			for _, e := range entries[s.First-1 : s.Last] {
				leaves = append(leaves, e.Leaf)
			}
			require.Equal(w, lance.MerkleRoot(leaves), s.Root)
			sealed = int(s.Last)
		}
		require.Equal(w, want, sealed)
		return nil
	})
}

func (w *world[R]) verifyEntries(entries []lance.Entry, events []lance.Event) {
	w.Helper()
	last := map[lance.Ref]lance.Entry{}
	for i, e := range entries {
		require.Equal(w, int64(i+1), e.Seq, "dense from 1")
		before, ok := last[e.Stream]
		require.True(w, !ok || before.Version < e.Version || before.Version == e.Version && before.N < e.N,
			"%s: version %d, %d came after %d, %d", e.Stream, e.Version, e.N, before.Version, before.N)
		last[e.Stream] = e
		if e.Kind != "event" {
			continue
		}
		require.NotEmpty(w, events)
		require.Equal(w, events[0].Entry(), e, "the log witnesses the event itself")
		events = events[1:]
	}
	require.Empty(w, events)
}

func placesAreDense[R lance.Repos](w *world[R]) {
	w.append(event("a", 1, 0), event("b", 1, 0), event("a", 1, 1), event("a", 2, 0))
	w.witness("t")
	first := w.seal(1000)
	require.Equal(w, int64(1), first.First)
	require.Equal(w, int64(5), first.Last)
	w.append(event("b", 2, 0), event("c", 1, 0))
	second := w.seal(1000)
	require.Equal(w, int64(6), second.First)
	require.Equal(w, int64(7), second.Last)
	require.NotEqual(w, first.Head, second.Head)
	w.verify(7)
	w.view(func(ctx context.Context, r R) error {
		seals, err := r.Log().Seals(ctx, 0, 10)
		require.Equal(w, []lance.Seal{first, second}, seals, "Seal returned what is kept")
		return err
	})
}

func nothingToSeal[R lance.Repos](w *world[R]) {
	require.Zero(w, w.seal(10))
	w.append(event("a", 1, 0))
	require.NotZero(w, w.seal(10))
	require.Zero(w, w.seal(10))
	w.verify(1)
}

// smallBatches interleaves streams whose later versions were appended in
// between, and seals two at a time.
func smallBatches[R lance.Repos](w *world[R]) {
	const streams, versions = 4, 6
	for v := range versions {
		for s := range streams {
			id := fmt.Sprint("s", (s*3+v)%streams)
			w.append(event(id, int64(v+1), 0), event(id, int64(v+1), 1))
		}
	}
	rounds := 0
	for s := w.seal(2); s.Last > 0; s = w.seal(2) {
		rounds++
	}
	require.Greater(w, rounds, 4, "a batch has about the size asked for")
	w.verify(streams * versions * 2)
}

func sealRollsBack[R lance.Repos](w *world[R]) {
	w.append(event("a", 1, 0))
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		s, err := r.Log().Seal(ctx, 10)
		require.NoError(w, err)
		require.Equal(w, int64(1), s.Last)
		return errOops
	})
	require.ErrorIs(w, err, errOops)
	require.Empty(w, w.readAll())
	require.Equal(w, 1, w.sealAll())
	w.verify(1)
}

func sealTime[R lance.Repos](w *world[R]) {
	w.append(event("a", 1, 0))
	now := w.clock.Move(time.Hour)
	require.Equal(w, now, w.seal(10).At)
}

func entriesArePaged[R lance.Repos](w *world[R]) {
	for i := range 6 {
		w.append(event("a", int64(i+1), 0))
		if i%2 == 1 {
			w.sealAll()
		}
	}
	w.view(func(ctx context.Context, r R) error {
		entries, err := r.Log().Entries(ctx, 2, 3)
		require.NoError(w, err)
		require.Len(w, entries, 3)
		require.Equal(w, int64(3), entries[0].Seq)
		for after, first := range map[int64]int64{0: 1, 1: 1, 2: 3, 3: 3, 5: 5} {
			seals, err := r.Log().Seals(ctx, after, 1)
			require.NoError(w, err)
			require.Len(w, seals, 1)
			require.Equal(w, first, seals[0].First, "after %d", after)
		}
		seals, err := r.Log().Seals(ctx, 6, 10)
		require.Empty(w, seals)
		return err
	})
}

// lateCommit keeps a writer open while a later one commits and is sealed and
// read: the late one must not be lost to who has read on.
func lateCommit[R lance.Repos](w *world[R]) {
	w.need(w.h.Writers, "write transactions side by side")
	w.in(func(ctx context.Context, r R) error {
		require.NoError(w, r.Log().Append(ctx, event("late", 1, 0)))
		w.aside(func() error { return w.tryAppend(event("early", 1, 0)) })
		w.aside(func() error {
			return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
				s, err := r.Log().Seal(ctx, 10)
				if s.Last != 1 {
					return errors.Join(err, fmt.Errorf("sealed up to %d", s.Last))
				}
				return err
			})
		})
		return nil
	})
	require.Equal(w, 1, w.sealAll())
	events := w.readAll()
	require.Len(w, events, 2)
	require.Equal(w, ref("late"), events[1].Stream)
	w.verify(2)
}

func oneSeals[R lance.Repos](w *world[R]) {
	w.need(w.h.Writers, "write transactions side by side")
	w.append(event("a", 1, 0))
	w.in(func(ctx context.Context, r R) error {
		s, err := r.Log().Seal(ctx, 10)
		require.NoError(w, err)
		require.Equal(w, int64(1), s.Last)
		w.aside(func() error {
			return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
				s, err := r.Log().Seal(ctx, 10)
				if s.Last != 0 {
					return errors.Join(err, errors.New("two sealed at once"))
				}
				return err
			})
		})
		return nil
	})
	w.verify(1)
}

// sealCrowd lets many writers append to few streams while two sealers seal in
// small batches and a consumer reads on by its cursor.
func sealCrowd[R lance.Repos](w *world[R]) {
	const streams, each = 5, 6
	var writing, sealing sync.WaitGroup
	stop := make(chan struct{})
	errs := make(chan error, crowd+3)
	write := func(i int) error {
		for n := range each {
			id := fmt.Sprint("s", (i+n)%streams)
			err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error { return appendNext(ctx, r, id) })
			if err != nil {
				return err
			}
		}
		return nil
	}
	for i := range crowd {
		writing.Go(func() { errs <- write(i) })
	}
	for range 2 {
		sealing.Go(func() { errs <- w.sealUntil(stop) })
	}
	var seen []lance.Event
	sealing.Go(func() {
		var err error
		seen, err = w.readUntil(stop)
		errs <- err
	})
	writing.Wait()
	close(stop)
	sealing.Wait()
	close(errs)
	for err := range errs {
		require.NoError(w, err)
	}
	w.sealAll()
	w.verify(crowd * each)
	all := w.readAll()
	require.Equal(w, all[:len(seen)], append([]lance.Event{}, seen...), "who reads on by the cursor misses nothing")
}

// appendNext appends the next version of a stream under the stream's lock.
func appendNext[R lance.Repos](ctx context.Context, r R, id string) error {
	if err := r.Lock(ctx, ref(id)); err != nil {
		return err
	}
	events, err := r.Log().Stream(ctx, ref(id))
	if err != nil {
		return err
	}
	return r.Log().Append(ctx, event(id, int64(len(events)+1), 0))
}

func (w *world[R]) sealUntil(stop <-chan struct{}) error {
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			_, err := r.Log().Seal(ctx, 3)
			return err
		})
		if err != nil {
			return err
		}
	}
}

func (w *world[R]) readUntil(stop <-chan struct{}) (seen []lance.Event, err error) {
	at := int64(0)
	for {
		select {
		case <-stop:
			return seen, nil
		default:
		}
		var events []lance.Event
		err := w.db.View(w.Context(), func(ctx context.Context, r R) (err error) {
			events, at, err = r.Log().Read(ctx, at, 7)
			return err
		})
		if err != nil {
			return seen, err
		}
		seen = append(seen, events...)
	}
}
