package memblob

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/megilance/lance"
)

// Store is a lance.BlobStore in memory. It is safe for concurrent use.
type Store struct {
	mu    sync.RWMutex
	blobs map[string][]byte
}

var _ lance.BlobStore = (*Store)(nil)

// New makes an empty store.
func New() *Store { return &Store{blobs: map[string][]byte{}} }

// Put keeps what src yields, as lance.BlobStore says.
func (s *Store) Put(ctx context.Context, key string, src io.Reader) (lance.Blob, error) {
	const op = "memblob.Put"
	if err := lance.CheckBlobKey(key); err != nil {
		return lance.Blob{}, lance.Op(op, err)
	}
	var kept bytes.Buffer
	b, err := lance.CopyBlob(ctx, &kept, src)
	if err != nil {
		return lance.Blob{}, lance.Op(op, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := s.blobs[key]; taken {
		return lance.Blob{}, lance.Op(op, lance.E(lance.Exists, "blob_exists", "there is something under this key already"))
	}
	s.blobs[key] = kept.Bytes()
	return b, nil
}

// Open returns a reader of a blob, as lance.BlobStore says.
func (s *Store) Open(ctx context.Context, key string) (io.ReadSeekCloser, error) {
	const op = "memblob.Open"
	if err := ready(ctx, key); err != nil {
		return nil, lance.Op(op, err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	kept, ok := s.blobs[key]
	if !ok {
		return nil, lance.Op(op, lance.E(lance.NotFound, "blob_not_found", "there is nothing under this key"))
	}
	return reader{bytes.NewReader(kept)}, nil
}

// reader is a blob that is open.
type reader struct{ *bytes.Reader }

// Close does nothing.
func (reader) Close() error { return nil }

// Delete removes what is under the key, as lance.BlobStore says.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := ready(ctx, key); err != nil {
		return lance.Op("memblob.Delete", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.blobs, key)
	return nil
}

// Keys returns keys in order, as lance.BlobStore says.
func (s *Store) Keys(ctx context.Context, after string, limit int) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, lance.Op("memblob.Keys", err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	keys := slices.Sorted(maps.Keys(s.blobs))
	from, known := slices.BinarySearch(keys, after)
	if known {
		from++
	}
	return keys[from:min(from+limit, len(keys))], nil
}

func ready(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return lance.CheckBlobKey(key)
}
