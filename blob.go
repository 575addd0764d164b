package lance

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"strings"
)

// BlobStore keeps the bytes of files: in a directory, in memory, in an object
// store. What is under a key never changes; it is put once, read in any order,
// and deleted. A key says nothing of the file's name or owner: rows do that.
//
// A blob is written outside transactions, before the row that names it. Where
// that row never came about, a sweep finds the blob by its key.
//
// Faults beside those named: Invalid "blob_key" as CheckBlobKey, Unavailable
// "blob_unavailable" when the store cannot do it now, and ctx's own.
type BlobStore interface {
	// Put keeps all that src yields under key, and returns its size and hash
	// when it is safely there. On any fault nothing is kept, and what src
	// returned is in the chain of the error. A key that is taken fails with
	// Exists "blob_exists" and stays as it is; of several who put one key at once
	// at most one succeeds. Nobody sees a blob that is not whole.
	Put(ctx context.Context, key string, src io.Reader) (Blob, error)
	// Open returns a reader that stands at the beginning of a blob and can seek;
	// the caller closes it. An absent one fails with NotFound "blob_not_found".
	// The reader may keep to ctx as long as it is open.
	Open(ctx context.Context, key string) (io.ReadSeekCloser, error)
	// Delete removes what is under a key, and what a Put that died left there.
	// It does not mind when nothing is.
	Delete(ctx context.Context, key string) error
	// Keys returns the keys after one ("" for all) in ascending order, at most
	// limit: of blobs, and of what a Put that died left behind.
	Keys(ctx context.Context, after string, limit int) ([]string, error)
}

// Blob is what a store tells about what it keeps.
type Blob struct {
	Size   int64 // bytes
	SHA256 Hash
}

// maxBlobKey bounds a key.
const maxBlobKey = 64

// CheckBlobKey fails with Invalid "blob_key" unless key is 1 to 64 lower-case
// letters, digits and underscores: what every file system and object store
// takes, and no path is made of. Identifiers of this module are.
func CheckBlobKey(key string) error {
	strange := func(c rune) bool { return c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') }
	if key == "" || len(key) > maxBlobKey || strings.ContainsFunc(key, strange) {
		return E(Invalid, "blob_key", "a key is 1 to 64 lower-case letters, digits and underscores")
	}
	return nil
}

// CopyBlob copies src to dst until src ends, and returns the size and the hash
// of what it copied: the work that every BlobStore has in common. It looks at
// ctx after each piece. What src or ctx say is returned as it is; a fault of dst
// is Unavailable "blob_unavailable".
func CopyBlob(ctx context.Context, dst io.Writer, src io.Reader) (Blob, error) {
	var b Blob
	sum, piece := sha256.New(), make([]byte, 64<<10)
	for {
		if err := ctx.Err(); err != nil {
			return Blob{}, err
		}
		n, err := src.Read(piece)
		b.Size += int64(n)
		sum.Write(piece[:n])
		if _, fault := dst.Write(piece[:n]); fault != nil {
			return Blob{}, E(Unavailable, "blob_unavailable", "the file store cannot write now").Cause(fault)
		}
		if errors.Is(err, io.EOF) {
			b.SHA256 = Hash(sum.Sum(nil))
			return b, ctx.Err()
		}
		if err != nil {
			return Blob{}, err
		}
	}
}
