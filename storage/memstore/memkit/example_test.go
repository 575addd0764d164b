package memkit_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// book is an aggregate of the example's domain.
type book struct {
	ID      bookID
	Version int64
	Author  string
}

type bookID string

var books = &lance.Table[book]{
	Noun: "book", ID: func(b *book) string { return string(b.ID) }, Version: func(b *book) *int64 { return &b.Version },
	Fields: map[string]func(*book) any{"author": func(b *book) any { return b.Author }},
}

// library is the domain's repositories over a transaction.
type library struct{ *memkit.Tx }

// Books returns the plain rows.
func (l library) Books() lance.Rows[book, bookID] { return memkit.Rows[bookID](l.Tx, books) }

// Loans returns a special table: how often each book was lent.
func (l library) Loans() *memkit.Map[bookID, int] { return memkit.Table[bookID, int](l.Tx, "loans") }

func ExampleNew() {
	ctx := context.Background()
	db := memkit.New(nil, func(tx *memkit.Tx) library { return library{tx} })
	err := db.InTx(ctx, func(ctx context.Context, l library) error {
		for _, b := range []book{{ID: "b1", Author: "Ann"}, {ID: "b2", Author: "Bob"}, {ID: "b3", Author: "Ann"}} {
			if err := l.Books().Insert(ctx, &b); err != nil {
				return err
			}
		}
		return l.Loans().Put("b3", 1)
	})
	fmt.Println(err)
	err = db.View(ctx, func(ctx context.Context, l library) error {
		byAnn, err := l.Books().Find(ctx, lance.Filter{Eq: map[string]any{"author": "Ann"}, Desc: true})
		for _, b := range byAnn {
			lent, _ := l.Loans().Get(b.ID)
			fmt.Println(b.ID, "version", b.Version, "lent", lent)
		}
		return err
	})
	fmt.Println(err)
	// Output:
	// <nil>
	// b3 version 1 lent 1
	// b1 version 1 lent 0
	// <nil>
}
