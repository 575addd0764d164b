package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// key is that of most cases.
const key = "fil_01jq8x2v5ke9t8m3w6n4b7c1d0"

// some returns n bytes that differ from place to place.
func some(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

func comesBack(w *world) {
	for n, size := range []int{0, 1, 4095, 65536, 65537, 300_000} {
		name := fmt.Sprintf("%s%d", key[:20], n)
		w.put(name, some(size))
		w.holds(name, some(size))
		w.holds(name, some(size))
	}
	w.absent(key)
}

func seeks(w *world) {
	content := some(200_000)
	w.put(key, content)
	r, err := w.blobs.Open(w.Context(), key)
	require.NoError(w, err)
	defer func() { require.NoError(w, r.Close()) }()
	for _, s := range []struct {
		offset int64
		whence int
		at     int64
	}{{0, io.SeekEnd, 200_000}, {150_000, io.SeekStart, 150_000}, {-100_010, io.SeekCurrent, 50_000}, {-7, io.SeekEnd, 199_993}, {0, io.SeekStart, 0}} {
		at, err := r.Seek(s.offset, s.whence)
		require.NoError(w, err)
		require.Equal(w, s.at, at)
		got, err := io.ReadAll(io.LimitReader(r, 10))
		require.NoError(w, err)
		require.True(w, bytes.Equal(content[at:min(at+10, 200_000)], got))
	}
	_, err = r.Seek(-1, io.SeekStart)
	require.Error(w, err)
}

func putOnce(w *world) {
	w.put(key, []byte("first"))
	_, err := w.blobs.Put(w.Context(), key, strings.NewReader("second"))
	w.refused(err, lance.Exists, "blob_exists")
	w.holds(key, []byte("first"))
	require.Equal(w, []string{key}, w.keys())
}

func putRace(w *world) {
	const n = 8
	errs := make([]error, n)
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			_, errs[i] = w.blobs.Put(w.Context(), key, bytes.NewReader(bytes.Repeat([]byte{byte(i)}, 100_000)))
		})
	}
	close(start)
	wg.Wait()
	winner := -1
	for i, err := range errs {
		if err == nil {
			require.Equal(w, -1, winner, "two won")
			winner = i
			continue
		}
		w.refused(err, lance.Exists, "blob_exists")
	}
	require.NotEqual(w, -1, winner, "%v", errs)
	w.holds(key, bytes.Repeat([]byte{byte(winner)}, 100_000))
}

func manyAtOnce(w *world) {
	var wg sync.WaitGroup
	errs := make([]error, 16)
	for i := range errs {
		wg.Go(func() {
			name, content := fmt.Sprintf("k%02d", i), some(50_000+i)
			if _, errs[i] = w.blobs.Put(w.Context(), name, bytes.NewReader(content)); errs[i] != nil {
				return
			}
			r, err := w.blobs.Open(w.Context(), name)
			if err != nil {
				errs[i] = err
				return
			}
			got, err := io.ReadAll(r)
			if !bytes.Equal(content, got) {
				err = errors.Join(err, errors.New("another's bytes"))
			}
			errs[i] = errors.Join(err, r.Close())
		})
	}
	wg.Wait()
	require.NoError(w, errors.Join(errs...))
	require.Len(w, w.keys(), len(errs))
}

func failsHalfway(w *world) {
	nothing := func() {}
	broken := errors.New("the line went dead")
	check := func(cause error) error {
		_, err := w.blobs.Put(w.Context(), key, &stream{some(40_000), []func(){nothing, nothing}, cause})
		w.absent(key)
		require.Empty(w, w.keys())
		return err
	}
	for _, cause := range []error{broken, io.ErrUnexpectedEOF} {
		require.ErrorIs(w, check(cause), cause)
	}
	w.refused(check(lance.E(lance.Invalid, "too_much", "this is too much")), lance.Invalid, "too_much")
	w.put(key, some(10))
	w.holds(key, some(10))
}

func cancelled(w *world) {
	ctx, cancel := context.WithCancel(w.Context())
	_, err := w.blobs.Put(ctx, key, &stream{some(40_000), []func(){func() {}, cancel, func() {}}, io.EOF})
	require.ErrorIs(w, err, context.Canceled)
	w.absent(key)
	require.Empty(w, w.keys())
	w.put(key, some(10))
	over := ended(w.Context())
	_, err = w.blobs.Put(over, "other", strings.NewReader("x"))
	require.ErrorIs(w, err, context.Canceled)
	_, err = w.blobs.Open(over, key)
	require.ErrorIs(w, err, context.Canceled)
	require.ErrorIs(w, w.blobs.Delete(over, key), context.Canceled)
	_, err = w.blobs.Keys(over, "", 10)
	require.ErrorIs(w, err, context.Canceled)
	require.Equal(w, []string{key}, w.keys())
}

func noPart(w *world) {
	look := func() { w.absent(key) }
	_, err := w.blobs.Put(w.Context(), key, &stream{some(40_000), []func(){look, look, look}, io.EOF})
	require.NoError(w, err)
	w.holds(key, bytes.Repeat(some(40_000), 3))
}

func deleted(w *world) {
	w.put(key, []byte("old"))
	require.NoError(w, w.blobs.Delete(w.Context(), key))
	w.absent(key)
	require.Empty(w, w.keys())
	require.NoError(w, w.blobs.Delete(w.Context(), key), "it is a wish, not a find")
	w.put(key, []byte("new"))
	w.holds(key, []byte("new"))
}

func keysInOrder(w *world) {
	want := []string{"a", "a0", "ab", "abcdefghi", "abcdefghi0", "abcdefghij", "abcdefgi", "b_c", "fil_01jq8x2v5k", "fil_01jq8x2v5m", "fil_01jr"}
	for i := range want {
		w.put(want[(i*7)%len(want)], []byte{byte(i)})
	}
	require.Equal(w, want, w.keys())
	for size := 1; size <= len(want); size++ {
		var got []string
		for after := ""; ; {
			page, err := w.blobs.Keys(w.Context(), after, size)
			require.NoError(w, err)
			require.LessOrEqual(w, len(page), size)
			if len(page) == 0 {
				break
			}
			got, after = append(got, page...), page[len(page)-1]
		}
		require.Equal(w, want, got)
	}
	rest, err := w.blobs.Keys(w.Context(), "abcdefghi00", 3)
	require.NoError(w, err)
	require.Equal(w, []string{"abcdefghij", "abcdefgi", "b_c"}, rest, "after a key that is not there")
}

// bad are keys that could be paths, or that some file system reads as another.
var bad = []string{
	"", ".", "..", "/", "a/b", "../a", "..\\a", "a\\b", "/etc/passwd", "C:", "c:a", "a.part", ".a", "a.", "a ", " a", "A", "ä", "a\x00", "a\n",
	"a%2fb", "%2e%2e", "~", "-a", "a:b", "a*", "\xff", "\u2215", "aux.txt", strings.Repeat("a", 65), strings.Repeat("../", 40),
}

func plainKeys(w *world) {
	for _, key := range bad {
		_, err := w.blobs.Put(w.Context(), key, strings.NewReader("x"))
		w.refused(err, lance.Invalid, "blob_key")
		_, err = w.blobs.Open(w.Context(), key)
		w.refused(err, lance.Invalid, "blob_key")
		w.refused(w.blobs.Delete(w.Context(), key), lance.Invalid, "blob_key")
	}
	require.Empty(w, w.keys())
	for _, key := range []string{"a", "_", "0", strings.Repeat("z", 64)} {
		w.put(key, []byte(key))
		w.holds(key, []byte(key))
	}
}
