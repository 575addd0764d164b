package blobtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// Harness is what the suite asks of an adapter.
type Harness struct {
	// Open returns a fresh, empty store, and cleans it up by t.Cleanup.
	Open func(t *testing.T) lance.BlobStore
}

// Run proves every law of lance.BlobStore on the adapter, each in a parallel
// subtest.
func Run(t *testing.T, h Harness) {
	for name, law := range map[string]func(w *world){
		"what_is_put_comes_back":                      comesBack,
		"it_is_read_from_any_place":                   seeks,
		"a_key_is_put_once":                           putOnce,
		"of_many_who_put_one_key_at_most_one_wins":    putRace,
		"many_put_and_read_at_once":                   manyAtOnce,
		"what_fails_halfway_leaves_nothing":           failsHalfway,
		"a_cancelled_caller_leaves_nothing":           cancelled,
		"nobody_sees_a_part":                          noPart,
		"what_is_deleted_is_gone_and_can_be_put_anew": deleted,
		"keys_come_in_order":                          keysInOrder,
		"only_plain_keys_are_taken":                   plainKeys,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			law(&world{t, h.Open(t)})
		})
	}
}

// world is what one case works in.
type world struct {
	*testing.T
	blobs lance.BlobStore
}

// put keeps content under a key.
func (w *world) put(key string, content []byte) {
	w.Helper()
	b, err := w.blobs.Put(w.Context(), key, bytes.NewReader(content))
	require.NoError(w, err)
	require.Equal(w, lance.Blob{Size: int64(len(content)), SHA256: sha256.Sum256(content)}, b)
}

// holds checks what is under a key.
func (w *world) holds(key string, want []byte) {
	w.Helper()
	r, err := w.blobs.Open(w.Context(), key)
	require.NoError(w, err)
	got, err := io.ReadAll(r)
	require.NoError(w, err)
	require.NoError(w, r.Close())
	require.True(w, bytes.Equal(want, got), "%s holds %d bytes, not %d", key, len(got), len(want))
}

// absent checks that nothing is under a key.
func (w *world) absent(key string) {
	w.Helper()
	_, err := w.blobs.Open(w.Context(), key)
	w.refused(err, lance.NotFound, "blob_not_found")
}

// keys returns all keys.
func (w *world) keys() []string {
	w.Helper()
	keys, err := w.blobs.Keys(w.Context(), "", 1000)
	require.NoError(w, err)
	return keys
}

// refused checks a fault.
func (w *world) refused(err error, kind lance.Kind, code string) {
	w.Helper()
	require.ErrorIs(w, err, kind)
	require.Equal(w, code, lance.CodeOf(err), "%v", err)
}

// stream is a source that tests can watch: it runs each of its steps before it
// yields a piece, and ends with err.
type stream struct {
	piece []byte
	steps []func()
	err   error
}

// Read runs the next step and yields the piece, or ends.
func (s *stream) Read(p []byte) (int, error) {
	if len(s.steps) == 0 {
		return 0, s.err
	}
	s.steps[0]()
	s.steps = s.steps[1:]
	return copy(p, s.piece), nil
}

func ended(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}
