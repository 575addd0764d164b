package memblob_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memblob"
	"github.com/megilance/lance/storage/storagetest/blobtest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	blobtest.Run(t, blobtest.Harness{Open: func(*testing.T) lance.BlobStore { return memblob.New() }})
}

// What is put is read from any place.
func Example() {
	ctx := context.Background()
	blobs := memblob.New()
	b, err := blobs.Put(ctx, "greeting", strings.NewReader("Hello, world"))
	fmt.Println(b.Size, b.SHA256.String()[:8], err)
	r, err := blobs.Open(ctx, "greeting")
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = r.Seek(7, io.SeekStart) // memory always can
	rest, err := io.ReadAll(r)
	fmt.Println(string(rest), err, r.Close())
	// Output:
	// 12 4ae7c3b6 <nil>
	// world <nil> <nil>
}
