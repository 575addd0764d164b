package file

import (
	"bufio"
	"errors"
	"io"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/file/media"
)

// Options are where the bytes of files are, and which files are taken.
type Options struct {
	Blobs lance.BlobStore // nil: uploads and downloads fail with Unavailable "blobs_unavailable"
	Limits
}

// Limits say which files are taken.
type Limits struct {
	MaxSize int64        // of one file in bytes; 0 is DefaultMaxSize
	Allow   []media.Type // such as "image/png" or "image/*"; empty: all that are not denied
	Deny    []media.Type // nil: DefaultDeny
}

// DefaultMaxSize is the size of the largest file unless the platform says
// otherwise: 25 MiB.
const DefaultMaxSize = 25 << 20

// DefaultDeny are the types that are not taken unless the platform says
// otherwise: programs.
func DefaultDeny() []media.Type { return []media.Type{media.EXE, media.ELF, media.MachO} }

func (l Limits) maxSize() int64 {
	if l.MaxSize > 0 {
		return l.MaxSize
	}
	return DefaultMaxSize
}

// takes reports whether files of the type are taken.
func (l Limits) takes(t media.Type) bool {
	deny := l.Deny
	if deny == nil {
		deny = DefaultDeny()
	}
	return !t.Matches(deny...) && (len(l.Allow) == 0 || t.Matches(l.Allow...))
}

// store returns the blob store.
func (o *Options) store() (lance.BlobStore, error) {
	if o == nil || o.Blobs == nil {
		return nil, lance.E(lance.Unavailable, "blobs_unavailable", "files are not kept here")
	}
	return o.Blobs, nil
}

// inspect tells the type of content by its beginning, and returns a reader of
// what is to be kept of it.
func (l Limits) inspect(name string, content io.Reader) (media.Type, io.Reader, error) {
	src := bufio.NewReaderSize(&bounded{content, l.maxSize()}, media.HeadSize)
	head, err := src.Peek(media.HeadSize)
	if err != nil && !errors.Is(err, io.EOF) {
		return "", nil, err
	}
	if len(head) == 0 {
		return "", nil, lance.E(lance.Invalid, "file_empty", "there is nothing in this file")
	}
	t := media.Sniff(head, name)
	if !l.takes(t) {
		return t, nil, lance.E(lance.Invalid, "type_denied", "files of this type are not taken here")
	}
	return t, media.Strip(t, src), nil
}

// bounded reads what a caller sends, up to a size.
type bounded struct {
	src  io.Reader
	left int64
}

// Read fails with Invalid "file_too_large" when there is more than is left, and
// "content_broken" when the caller's stream fails.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, lance.E(lance.Invalid, "file_too_large", "the file is too large")
	}
	n, err := b.src.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return 0, lance.E(lance.Invalid, "file_too_large", "the file is too large")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return n, lance.E(lance.Invalid, "content_broken", "the file did not arrive whole").Cause(err)
	}
	return n, err
}
