package memkit

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
)

// Tx is one open transaction or view. It serves one goroutine, until the
// closure it was given to returns; a write after that fails with Internal
// "tx_closed".
type Tx struct {
	core     *core
	state    []any // what this transaction sees
	owned    bool  // whether state is its own copy, which no savepoint goes back to
	dirty    bool  // whether state differs from what it began with
	readOnly bool
	closed   bool
	now      time.Time
	locks    *lance.Locks
}

var (
	_ lance.Repos  = (*Tx)(nil)
	_ lance.Nester = (*Tx)(nil)
)

// Now returns the transaction's time, the same throughout: UTC, microseconds.
func (tx *Tx) Now() time.Time { return tx.now }

// Entropy returns the store's source of randomness.
func (tx *Tx) Entropy() lance.Entropy { return tx.core.entropy }

// Lock notes that refs are held. Writers take turns, so nothing waits; but a
// wrong order fails with Internal "lock_order", as on a store where it could
// deadlock, and in a view it fails with Internal "read_only".
func (tx *Tx) Lock(_ context.Context, refs ...lance.Ref) error {
	if err := tx.writable(); err != nil {
		return err
	}
	_, err := tx.locks.Want(refs...)
	return err
}

// Nest runs fn in a savepoint: when it fails or panics, what was done in it is
// undone, and the transaction can go on.
func (tx *Tx) Nest(ctx context.Context, fn func(ctx context.Context) error) error {
	state, dirty, locks := tx.state, tx.dirty, tx.locks
	tx.owned, tx.locks = false, locks.Fork()
	kept := false
	defer func() {
		if !kept {
			tx.state, tx.owned, tx.dirty, tx.locks = state, false, dirty, locks
		}
	}()
	if err := fn(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	kept = true
	return nil
}

func (tx *Tx) end() { tx.closed = true }

func (tx *Tx) writable() error {
	switch {
	case tx.closed:
		return lance.E(lance.Internal, "tx_closed", "the transaction has ended")
	case tx.readOnly:
		return lance.E(lance.Internal, "read_only", "a view may not write")
	}
	return nil
}

func (tx *Tx) load(slot int) any {
	if slot < len(tx.state) {
		return tx.state[slot]
	}
	return nil
}

// store puts a root in its slot, in a copy of the state that is the
// transaction's own.
func (tx *Tx) store(slot int, root any) error {
	if err := tx.writable(); err != nil {
		return err
	}
	if !tx.owned {
		tx.state, tx.owned = slices.Clone(tx.state), true
	}
	for slot >= len(tx.state) {
		tx.state = append(tx.state, nil)
	}
	tx.state[slot], tx.dirty = root, true
	return nil
}
