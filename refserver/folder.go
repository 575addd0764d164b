package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/storage/dirblob"
)

const (
	// factName is the fact by which a store is known from others.
	factName lance.FactName = "refserver.store"
	// ownerFile says in the folder for files whose they are.
	ownerFile = ".store"
)

// folder opens the folder for files, which belongs to this store alone: another
// one would sweep away what it has no rows for.
func (h *house) folder(ctx context.Context) (*dirblob.Store, error) {
	var name string
	err := h.store.InTx(ctx, func(ctx context.Context, r marketplace.Repos) (err error) {
		name, err = lance.SettleFact(ctx, r, factName, lance.NewID[string]("sto", r))
		return err
	})
	if err != nil {
		return nil, err
	}
	blobs, err := dirblob.Open(h.Files)
	if err != nil {
		return nil, err
	}
	if err := claim(filepath.Join(h.Files, ownerFile), name); err != nil {
		return nil, errors.Join(err, blobs.Close())
	}
	return blobs, nil
}

// claim writes a store's name into a file that is not there yet, and sees that
// one which is there has it.
func claim(path, name string) error {
	owner, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return os.WriteFile(path, []byte(name), 0o600)
	}
	if err == nil && string(owner) != name {
		err = fmt.Errorf("%s belongs to another store: name a folder of its own with --files", filepath.Dir(path))
	}
	return err
}
