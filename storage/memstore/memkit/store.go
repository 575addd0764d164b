package memkit

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/megilance/lance"
)

// Options are what a store takes from its surroundings. Nil and the zero value
// mean the system's clock and entropy.
type Options struct {
	Clock   lance.Clock
	Entropy lance.Entropy
}

// OnSeal is what a part of a store does when entries first to last have been
// given their places in the log, in the transaction that gives them: roll
// balances up, say. An error undoes the seal.
type OnSeal func(ctx context.Context, tx *Tx, first, last int64) error

// Store is a store in memory and a lance.Runner of R. It is safe for concurrent
// use; writers take turns, views do not wait.
type Store[R lance.Repos] struct {
	core  *core
	clock lance.Clock
	bind  func(*Tx) R
}

var _ lance.Runner[lance.Repos] = (*Store[lance.Repos])(nil)

// core is what a store shares with its copies at other clocks.
type core struct {
	entropy lance.Entropy
	onSeal  []OnSeal
	state   atomic.Pointer[[]any] // by slot: the root of a tree
	changes atomic.Int64
	writer  chan struct{} // holds one token while somebody writes

	mu    sync.RWMutex
	slots map[any]int // of a table's name or *lance.Table: where its root is in state
}

// New makes an empty store whose transactions offer what bind makes of a Tx.
// The hooks run in order at every seal.
func New[R lance.Repos](opts *Options, bind func(*Tx) R, onSeal ...OnSeal) *Store[R] {
	o := Options{}
	if opts != nil {
		o = *opts
	}
	if o.Clock == nil {
		o.Clock = lance.SystemClock()
	}
	if o.Entropy == nil {
		o.Entropy = lance.SystemEntropy()
	}
	c := &core{entropy: o.Entropy, onSeal: onSeal, writer: make(chan struct{}, 1), slots: map[any]int{}}
	c.state.Store(new([]any))
	return &Store[R]{core: c, clock: o.Clock, bind: bind}
}

// opened marks the context of a closure, so that a transaction opened in it is
// found out before it waits for itself.
type opened struct{ *core }

func (c *core) nested(ctx context.Context) error {
	if ctx.Value(opened{c}) != nil {
		return lance.E(lance.Internal, "tx_nested", "a transaction was opened inside a transaction")
	}
	return ctx.Err()
}

// InTx runs fn in a transaction: it commits when fn returns nil and ctx has not
// ended, and leaves nothing otherwise. It waits for its turn until ctx ends,
// which it answers with the cause. Inside another transaction of this store it
// fails with Internal "tx_nested".
func (s *Store[R]) InTx(ctx context.Context, fn func(ctx context.Context, r R) error) error {
	if err := s.core.nested(ctx); err != nil {
		return err
	}
	select {
	case s.core.writer <- struct{}{}:
		defer func() { <-s.core.writer }()
	case <-ctx.Done():
		return ctx.Err()
	}
	tx := s.begin(false)
	defer tx.end()
	if err := fn(context.WithValue(ctx, opened{s.core}, true), s.bind(tx)); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if tx.dirty {
		s.core.state.Store(&tx.state)
		s.core.changes.Add(1)
	}
	return nil
}

// View runs fn on the state as it is now, whatever others commit meanwhile. A
// write fails with Internal "read_only"; inside a transaction of this store it
// fails with Internal "tx_nested".
func (s *Store[R]) View(ctx context.Context, fn func(ctx context.Context, r R) error) error {
	if err := s.core.nested(ctx); err != nil {
		return err
	}
	tx := s.begin(true)
	defer tx.end()
	return fn(context.WithValue(ctx, opened{s.core}, true), s.bind(tx))
}

// Changes returns how many transactions have changed something so far: while it
// stays the same, so does everything in the store.
func (s *Store[R]) Changes() int64 { return s.core.changes.Load() }

// At returns the same store with another clock.
func (s *Store[R]) At(c lance.Clock) lance.Runner[R] {
	return &Store[R]{core: s.core, clock: c, bind: s.bind}
}

func (s *Store[R]) begin(readOnly bool) *Tx {
	return &Tx{core: s.core, state: *s.core.state.Load(), now: lance.Instant(s.clock.Now()), readOnly: readOnly, locks: &lance.Locks{}}
}

// slot returns where the root of the table with that key is.
func (c *core) slot(key any) int {
	c.mu.RLock()
	i, ok := c.slots[key]
	c.mu.RUnlock()
	if ok {
		return i
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i, ok = c.slots[key]; !ok {
		i = len(c.slots)
		c.slots[key] = i
	}
	return i
}
