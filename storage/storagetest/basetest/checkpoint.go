package basetest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func checkpointLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "what_waits_and_what_has_no_place_is_found", run: waitingIsFound[R]},
		{name: "a_checkpoint_goes_on_from_the_one_before", run: checkpointGoesOn[R]},
		{name: "the_chore_signs_what_is_new_once", run: checkpointChore[R]},
		{name: "a_log_that_was_cut_off_shows_against_a_kept_checkpoint", run: checkpointOutside[R]},
		{name: "an_export_says_what_the_store_does", run: exportSays[R]},
	}
}

// waitingIsFound pages through what waits and through events without a place,
// before and after a part was sealed.
func waitingIsFound[R lance.Repos](w *world[R]) {
	w.append(event("a", 1, 0), event("b", 1, 0))
	w.witness("t")
	w.seal(1000)
	w.append(event("a", 2, 0), event("c", 1, 0), event("c", 1, 1))
	w.witness("u")
	w.view(func(ctx context.Context, r R) error {
		var entries, events []string
		for after := int64(0); ; {
			page, upTo, err := r.Log().Waiting(ctx, after, 2)
			require.NoError(w, err)
			for _, e := range page {
				require.Zero(w, e.Seq)
				entries = append(entries, e.Stream.ID)
			}
			after = upTo
			if len(page) < 2 {
				break
			}
		}
		for after := lance.EventID(""); ; {
			page, err := r.Log().Loose(ctx, after, 2)
			require.NoError(w, err)
			for _, ev := range page {
				require.Zero(w, ev.Seq)
				require.Greater(w, ev.ID, after)
				events, after = append(events, ev.Stream.ID), ev.ID
			}
			if len(page) < 2 {
				break
			}
		}
		require.Equal(w, []string{"a", "c", "c", entry("u").Stream.ID}, entries)
		require.ElementsMatch(w, []string{"a", "c", "c"}, events)
		return nil
	})
}

// signer signs the suite's checkpoints.
func (w *world[R]) signer(seed byte) *lance.Signer {
	w.Helper()
	s, err := lance.NewSigner("example.com/log", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)))
	require.NoError(w, err)
	return s
}

func (w *world[R]) checkpoint(s *lance.Signer) (c *lance.Checkpoint) {
	w.Helper()
	w.in(func(ctx context.Context, r R) (err error) {
		c, err = lance.MakeCheckpoint(ctx, r, s)
		return err
	})
	return c
}

func checkpointGoesOn[R lance.Repos](w *world[R]) {
	s := w.signer(1)
	require.Nil(w, w.checkpoint(s), "there is nothing yet")
	var kept []*lance.Checkpoint
	for i := range 5 {
		for n := range i + 1 {
			w.append(event(fmt.Sprint(i, n), 1, 0))
		}
		require.Empty(w, w.checkpoints(lance.PageQuery{}).Items[len(kept):])
		w.sealAll()
		w.clock.Move(time.Minute)
		if i == 3 {
			s = w.signer(2) // keys are changed
		}
		kept = append(kept, w.checkpoint(s))
		require.Nil(w, w.checkpoint(s), "there is nothing new")
	}
	for i, c := range w.checkpoints(lance.PageQuery{}).Items {
		want := kept[len(kept)-1-i]
		require.Equal(w, want, c, "the latest comes first")
		var leaves []lance.Hash
		w.view(func(ctx context.Context, r R) error {
			entries, err := r.Log().Entries(ctx, 0, int(c.Size))
			for _, e := range entries {
				leaves = append(leaves, e.Leaf)
			}
			return err
		})
		require.Equal(w, lance.MerkleRoot(leaves), c.Root)
	}
	_, err := s.Key().Open(kept[4].Note)
	require.NoError(w, err)
	audit, err := lance.Verify(w.Context(), w.db, lance.Scope[R]{}, nil)
	require.NoError(w, err)
	require.NoError(w, audit.Err())
	require.Equal(w, int64(5), audit.Checkpoints)
	require.Equal(w, kept[4].Root, audit.Root)
}

func (w *world[R]) checkpoints(q lance.PageQuery) (page lance.Page[lance.Checkpoint]) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		page, err = lance.Checkpoints(ctx, r, q)
		return err
	})
	return page
}

func checkpointChore[R lance.Repos](w *world[R]) {
	jobs := lance.Jobs[R]{Chores: []lance.Chore[R]{lance.CheckpointChore[R](w.signer(1))}}
	worker := lance.NewWorker(w.db, jobs, nil)
	for i := range 3 {
		w.append(event("a", int64(i+1), 0))
		for range 2 {
			w.clock.Move(time.Minute)
			rep, err := worker.Drain(w.Context(), w.clock.Now(), 20)
			require.NoError(w, err)
			require.Empty(w, rep.Faults)
		}
	}
	got := w.checkpoints(lance.PageQuery{}).Items
	require.Len(w, got, 3)
	require.Equal(w, int64(3), got[0].Size)
}

// checkpointOutside shows that a checkpoint kept elsewhere tells a log that is
// shorter, or another, from the one it was made of.
func checkpointOutside[R lance.Repos](w *world[R]) {
	key := w.signer(1).Key()
	longer := &world[R]{T: w.T, h: w.h, db: w.h.Open(w.T, w.clock), clock: w.clock}
	w.append(event("a", 1, 0))
	longer.append(event("a", 1, 0), event("a", 2, 0))
	w.sealAll()
	longer.sealAll()
	mine, theirs := w.checkpoint(w.signer(1)), longer.checkpoint(w.signer(1))
	for note, want := range map[string]string{mine.Note: "", theirs.Note: lance.FoundLogShort} {
		audit, err := lance.Verify(w.Context(), w.db, lance.Scope[R]{}, &lance.VerifyOptions{Key: &key, Kept: []string{note}})
		require.NoError(w, err)
		if want == "" {
			require.NoError(w, audit.Err())
			require.Equal(w, int64(1), audit.Kept)
			require.True(w, audit.Signed)
			continue
		}
		require.Equal(w, want, audit.Bad.Code)
		require.Equal(w, "2", audit.Bad.ID)
	}
	again := &lance.VerifyOptions{Key: &key, Kept: []string{mine.Note}}
	audit, err := lance.Verify(w.Context(), longer.db, lance.Scope[R]{}, again)
	require.NoError(w, err)
	require.NoError(w, audit.Err(), "the longer log begins as the other")
	another := &world[R]{T: w.T, h: w.h, db: w.h.Open(w.T, w.clock), clock: w.clock}
	another.append(event("b", 1, 0))
	another.sealAll()
	audit, err = lance.Verify(w.Context(), another.db, lance.Scope[R]{}, again)
	require.NoError(w, err)
	require.Equal(w, lance.FoundCheckpointChanged, audit.Bad.Code)
	stranger := w.signer(2).Key()
	audit, err = lance.Verify(w.Context(), w.db, lance.Scope[R]{}, &lance.VerifyOptions{Key: &stranger})
	require.NoError(w, err)
	require.Equal(w, lance.FoundCheckpointChanged, audit.Bad.Code)
	_, err = lance.Verify(w.Context(), w.db, lance.Scope[R]{}, &lance.VerifyOptions{Kept: []string{mine.Note}})
	refused(w, err, lance.Invalid, "invalid_input")
}

func exportSays[R lance.Repos](w *world[R]) {
	w.append(event("a", 1, 0), event("b", 1, 0), event("b", 1, 1))
	w.witness("t")
	w.sealAll()
	w.checkpoint(w.signer(1))
	w.append(event("a", 2, 0))
	key := w.signer(1).Key()
	opts := &lance.VerifyOptions{Key: &key, Opaque: []string{entry("t").Kind}}
	audit, err := lance.Verify(w.Context(), w.db, lance.Scope[R]{}, opts)
	require.NoError(w, err)
	require.NoError(w, audit.Err())
	require.Equal(w, int64(4), audit.Entries)
	require.Equal(w, int64(1), audit.Waiting)
	require.Equal(w, int64(1), audit.Opaque)
	var file bytes.Buffer
	require.NoError(w, lance.Export(w.Context(), w.db, lance.Scope[R]{}, &file))
	again, err := lance.VerifyExport(bytes.NewReader(file.Bytes()), opts)
	require.NoError(w, err)
	require.NotNil(w, again.Latest)
	again.Latest.Peaks = audit.Latest.Peaks // what the next goes on from is not exported
	require.Equal(w, audit, again)
	lines := bytes.SplitAfter(file.Bytes(), []byte("\n"))
	cut, err := lance.VerifyExport(bytes.NewReader(bytes.Join(lines[:len(lines)-2], nil)), opts)
	require.NoError(w, err)
	require.Equal(w, lance.FoundExportBroken, cut.Bad.Code)
	unknown, err := lance.Verify(w.Context(), w.db, lance.Scope[R]{}, nil)
	require.NoError(w, err)
	require.Equal(w, lance.FoundKindUnknown, unknown.Bad.Code)
	require.Equal(w, "t", unknown.Bad.ID)
}
