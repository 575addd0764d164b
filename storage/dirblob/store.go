package dirblob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/megilance/lance"
)

// Store is a lance.BlobStore in a directory. It is safe for concurrent use.
type Store struct{ root *os.Root }

var _ lance.BlobStore = (*Store)(nil)

// Open opens the store in a directory, which it makes, for its user alone, if it
// is not there. It fails with Unavailable "blob_unavailable" when it cannot.
func Open(dir string) (*Store, error) {
	const op = "dirblob.Open"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, lance.Op(op, unavailable(err))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, lance.Op(op, unavailable(err))
	}
	return &Store{root}, nil
}

// Close gives the directory up. Readers that are open stay so.
func (s *Store) Close() error { return lance.Op("dirblob.Close", unavailable(s.root.Close())) }

// Put keeps what src yields, as lance.BlobStore says. It returns after the file
// and its folder are synced.
func (s *Store) Put(ctx context.Context, key string, src io.Reader) (lance.Blob, error) {
	const op = "dirblob.Put"
	if err := lance.CheckBlobKey(key); err != nil {
		return lance.Blob{}, lance.Op(op, err)
	}
	b, err := s.put(ctx, key, src)
	return b, lance.Op(op, err)
}

func (s *Store) put(ctx context.Context, key string, src io.Reader) (lance.Blob, error) {
	if err := s.makeFolder(folder(key)); err != nil {
		return lance.Blob{}, err
	}
	// Who made the part owns the key until it is gone.
	f, err := s.root.OpenFile(part(key), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return lance.Blob{}, fault(err)
	}
	b, err := s.fill(ctx, f, key, src)
	if err == nil {
		err = unavailable(s.root.Rename(part(key), whole(key)))
	}
	if err != nil {
		return lance.Blob{}, errors.Join(err, s.drop(part(key)))
	}
	if err := s.sync(folder(key)); err != nil {
		return lance.Blob{}, errors.Join(err, s.drop(whole(key)))
	}
	return b, nil
}

// fill writes the part, unless the key is taken, and closes it.
func (s *Store) fill(ctx context.Context, f *os.File, key string, src io.Reader) (lance.Blob, error) {
	_, err := s.root.Lstat(whole(key))
	switch {
	case err == nil:
		return lance.Blob{}, errors.Join(fault(fs.ErrExist), f.Close())
	case !errors.Is(err, fs.ErrNotExist):
		return lance.Blob{}, errors.Join(unavailable(err), f.Close())
	}
	b, err := lance.CopyBlob(ctx, f, src)
	if err == nil {
		err = unavailable(f.Sync())
	}
	if closed := f.Close(); err == nil {
		err = unavailable(closed)
	}
	return b, err
}

// Open returns a reader of a blob, as lance.BlobStore says.
func (s *Store) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	const op = "dirblob.Open"
	if err := ready(ctx, key); err != nil {
		return nil, lance.Op(op, err)
	}
	f, err := s.root.Open(whole(key))
	if err != nil {
		return nil, lance.Op(op, fault(err))
	}
	return f, nil
}

// Delete removes what is under the key, as lance.BlobStore says. A Put of the
// key that is under way fails.
func (s *Store) Delete(ctx context.Context, key string) error {
	const op = "dirblob.Delete"
	if err := ready(ctx, key); err != nil {
		return lance.Op(op, err)
	}
	return lance.Op(op, errors.Join(s.drop(part(key)), s.drop(whole(key))))
}

// Keys returns keys in order, as lance.BlobStore says.
func (s *Store) Keys(ctx context.Context, after string, limit int) ([]string, error) {
	const op = "dirblob.Keys"
	folders, err := s.list(".")
	if err != nil {
		return nil, lance.Op(op, err)
	}
	var keys []string
	for _, dir := range folders {
		if err := ctx.Err(); err != nil {
			return nil, lance.Op(op, err)
		}
		if dir < folder(after) {
			continue
		}
		in, err := s.list(dir)
		if err != nil {
			return nil, lance.Op(op, err)
		}
		for _, key := range in {
			if key > after && folder(key) == dir {
				keys = append(keys, key)
			}
		}
		if len(keys) >= limit {
			return keys[:limit], nil
		}
	}
	return keys, lance.Op(op, ctx.Err())
}

// list returns what could be keys, or folders of keys, in a folder, in order.
func (s *Store) list(dir string) ([]string, error) {
	entries, err := fs.ReadDir(s.root.FS(), dir)
	if err != nil {
		return nil, unavailable(err)
	}
	var names []string
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), partSuffix)
		if lance.CheckBlobKey(name) == nil && e.IsDir() == (dir == ".") {
			names = append(names, name)
		}
	}
	return slices.Compact(names), nil
}

// makeFolder makes a folder of the directory, and syncs that, if it is not
// there.
func (s *Store) makeFolder(dir string) error {
	err := s.root.Mkdir(dir, 0o700)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return unavailable(err)
	}
	return s.sync(".")
}

// sync makes the names in a folder survive a loss of power. Windows has no such
// thing.
func (s *Store) sync(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := s.root.Open(dir)
	if err != nil {
		return unavailable(err)
	}
	return unavailable(errors.Join(d.Sync(), d.Close()))
}

// drop removes a file that may not be there.
func (s *Store) drop(name string) error {
	if err := s.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unavailable(err)
	}
	return nil
}

const (
	partSuffix = ".part"
	// folderKey is how much of a key names its folder: of an identifier, what
	// changes every two hours and twenty minutes.
	folderKey = 9
)

func folder(key string) string { return key[:min(folderKey, len(key))] }
func whole(key string) string  { return path.Join(folder(key), key) }
func part(key string) string   { return whole(key) + partSuffix }

func ready(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return lance.CheckBlobKey(key)
}

// fault makes an error about one key one of ours.
func fault(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return lance.E(lance.NotFound, "blob_not_found", "there is nothing under this key").Cause(err)
	case errors.Is(err, fs.ErrExist):
		return lance.E(lance.Exists, "blob_exists", "there is something under this key already").Cause(err)
	}
	return unavailable(err)
}

// unavailable makes any other error of the file system one of ours.
func unavailable(err error) error {
	if err == nil {
		return nil
	}
	return lance.E(lance.Unavailable, "blob_unavailable", "the file store cannot do this now").Cause(err)
}
