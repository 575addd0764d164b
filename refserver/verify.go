package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/refserver/config"
)

// verify re-folds the books and checks the log's chain.
type verify struct {
	config.Store
}

// Run prints what was found; what does not hold is a failure.
func (v *verify) Run(ctx context.Context, out io.Writer) error {
	if err := v.Check(); err != nil {
		return err
	}
	db, err := open(ctx, &v.Store, nil)
	if err != nil {
		return err
	}
	err = db.View(ctx, func(ctx context.Context, r marketplace.Repos) error {
		books, err := ledger.Refold(ctx, r)
		if err != nil {
			return err
		}
		head, seals, err := chain(ctx, r)
		if err != nil {
			return err
		}
		if !books.Balanced() {
			return lance.E(lance.Internal, "books_unbalanced", fmt.Sprintf("%d accounts differ from their transfers", len(books.Differences)))
		}
		_, err = fmt.Fprintf(out, "books balanced: %d transfers, %d accounts; log whole: %d seals, head %s\n", books.Transfers, books.Accounts, seals, head)
		return err
	})
	return errors.Join(err, db.Close())
}

// chain follows the seals of the log from the first to the last.
func chain(ctx context.Context, r marketplace.Repos) (head lance.Hash, n int, err error) {
	var last int64
	for {
		seals, err := r.Log().Seals(ctx, last, 1000)
		if err != nil || len(seals) == 0 {
			return head, n, err
		}
		if head, err = lance.VerifySeals(head, last, seals); err != nil {
			return head, n, err
		}
		last, n = seals[len(seals)-1].Last, n+len(seals)
	}
}
