package dirblob_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/dirblob"
	"github.com/megilance/lance/storage/storagetest/blobtest"
)

func open(t *testing.T, dir string) *dirblob.Store {
	t.Helper()
	s, err := dirblob.Open(dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func TestStore(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, blobtest.Harness{Open: func(t *testing.T) lance.BlobStore { return open(t, t.TempDir()) }})
}

const key = "fil_01jq8x2v5ke9t8m3w6n4b7c1d0"

// files returns the paths of all files below dir.
func files(t *testing.T, dir string) (paths []string) {
	t.Helper()
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			paths = append(paths, path)
		}
		return err
	}))
	return paths
}

func TestABlobIsOneFileOfItsUserAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "new", "blobs")
	s := open(t, dir)
	_, err := s.Put(t.Context(), key, strings.NewReader("x"))
	require.NoError(t, err)
	require.Equal(t, []string{"fil_01jq8/" + key}, files(t, dir))
	if runtime.GOOS == "windows" {
		return
	}
	for _, name := range []string{"", "fil_01jq8", "fil_01jq8/" + key} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, name)
	}
}

func TestBlobsAreThereAfterOpeningAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := dirblob.Open(dir)
	require.NoError(t, err)
	_, err = s.Put(t.Context(), key, strings.NewReader("still here"))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	r, err := open(t, dir).Open(t.Context(), key)
	require.NoError(t, err)
	got, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.Equal(t, "still here", string(got))
}

// A process that died in the middle leaves a part: it is listed, it is not a
// blob, and deleting it frees the key.
func TestAPartThatWasLeftBehindIsListedAndDeleted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "fil_01jq8"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "fil_01jq8", key+".part"), []byte("hal"), 0o600))
	_, err := s.Open(t.Context(), key)
	require.ErrorIs(t, err, lance.NotFound)
	keys, err := s.Keys(t.Context(), "", 10)
	require.NoError(t, err)
	require.Equal(t, []string{key}, keys)
	require.NoError(t, s.Delete(t.Context(), key))
	require.Empty(t, files(t, dir))
	_, err = s.Put(t.Context(), key, strings.NewReader("half"))
	require.NoError(t, err)
}

// Nothing in the directory leads out of it.
func TestALinkDoesNotLeadOut(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, key)
	require.NoError(t, os.WriteFile(secret, []byte("secret"), 0o600))
	if err := os.Symlink(outside, filepath.Join(dir, "fil_01jq8")); err != nil {
		t.Skip("skipped: this file system has no symbolic links")
	}
	s := open(t, dir)
	_, err := s.Open(t.Context(), key)
	require.ErrorIs(t, err, lance.Unavailable)
	_, err = s.Put(t.Context(), key[:len(key)-1], strings.NewReader("x"))
	require.ErrorIs(t, err, lance.Unavailable)
	require.Error(t, s.Delete(t.Context(), key))
	require.Equal(t, []string{key}, files(t, outside))
}

func TestStrangersInTheDirectoryAreLeftAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	for _, name := range []string{"README", ".DS_Store", "lost+found/x", "fil_01jq8/Thumbs.db", "fil_01jq8/other"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	_, err := s.Put(t.Context(), key, strings.NewReader("x"))
	require.NoError(t, err)
	keys, err := s.Keys(t.Context(), "", 10)
	require.NoError(t, err)
	require.Equal(t, []string{key}, keys)
}

func TestADirectoryThatIsNotToBeHadIsUnavailable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := dirblob.Open(file)
	require.ErrorIs(t, err, lance.Unavailable)
	s, err := dirblob.Open(t.TempDir())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	_, err = s.Put(t.Context(), key, strings.NewReader("x"))
	require.ErrorIs(t, err, lance.Unavailable)
	_, err = s.Open(t.Context(), key)
	require.ErrorIs(t, err, lance.Unavailable)
	_, err = s.Keys(t.Context(), "", 10)
	require.ErrorIs(t, err, lance.Unavailable)
}

// A file is kept in a directory and read from any place.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "blobs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	blobs, err := dirblob.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := blobs.Put(ctx, "greeting", strings.NewReader("Hello, world"))
	fmt.Println(b.Size, b.SHA256.String()[:8], err)
	_, err = blobs.Put(ctx, "greeting", strings.NewReader("Another"))
	fmt.Println(lance.CodeOf(err))
	fmt.Println(blobs.Close())
	// Output:
	// 12 4ae7c3b6 <nil>
	// blob_exists
	// <nil>
}
