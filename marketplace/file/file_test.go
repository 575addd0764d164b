package file_test

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/storage/memblob"
	"github.com/megilance/lance/storage/memstore/memmarketplace"
	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

func TestLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle.mermaid", []byte(file.Lifecycle.Mermaid()))
}

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	lifecycletest.Walk(t, file.Lifecycle, `
		uploaded attach attached owner
		uploaded remove removed owner`)
}

// A host's own aggregate has files: its rule says who may add them, and to what.
func Example() {
	ctx := context.Background()
	db := memmarketplace.New(nil)
	opts := &file.Options{Blobs: memblob.New(), Limits: file.Limits{MaxSize: 1 << 20}}
	files := file.NewService(db, opts)
	ann, bob := lance.Person("ann"), lance.Person("bob")
	order := lance.Ref{Kind: "order", ID: "7"}

	f, err := file.Upload(ctx, db, opts, "order.Upload", ann,
		file.UploadInput{Name: "../notes.txt", Content: strings.NewReader("Hello, Bob")},
		func(context.Context, memmarketplace.Tx) (file.Place, error) {
			return file.Place{Subject: order, Max: 10}, nil
		})
	must(err)
	fmt.Println(f.Name, f.Type, f.Size, f.State)
	_, err = files.Open(ctx, bob, f.ID)
	fmt.Println(lance.CodeOf(err))

	must(db.InTx(ctx, func(ctx context.Context, r memmarketplace.Tx) error {
		_, err := file.AttachIn(ctx, r, file.AttachInput{By: ann, Subject: order, Readers: []lance.PartyID{bob.Party}, Files: []file.ID{f.ID}})
		return err
	}))
	c, err := files.Open(ctx, bob, f.ID)
	must(err)
	_, err = c.Seek(7, io.SeekStart)
	must(err)
	rest, err := io.ReadAll(c)
	must(err)
	fmt.Println(string(rest), c.Close())
	// Output:
	// notes.txt text/plain 10 uploaded
	// file_not_found
	// Bob <nil>
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
