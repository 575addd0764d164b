package sim

import (
	"cmp"
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
)

// fault is what happens to the process at one of its transactions.
type fault string

const (
	noFault fault = ""
	within  fault = "dies within" // between two of its statements: nothing of it stays
	before  fault = "dies before" // all is written and nothing committed
	after   fault = "dies after"  // committed, but nobody is told
	unknown fault = "unknown"     // committed, and the process is told that it may be
	slow    fault = "unavailable" // the store refuses the transaction for once
)

// faults are drawn from alike.
var faults = []fault{within, before, before, after, after, unknown, slow}

// fate is what one process has to expect.
type fate struct {
	how  fault
	at   int // the transactions until then
	dead bool
}

// meets returns what happens to the transaction that begins now.
func (f *fate) meets() fault {
	if f.how == noFault {
		return noFault
	}
	if f.at--; f.at > 0 {
		return noFault
	}
	how := f.how
	f.how = noFault
	return how
}

// errDied is what a process that has died would have been told.
var errDied = lance.E(lance.Unavailable, "process_died", "the process has died")

// process is the store as one process uses it, which can die: from then on it
// does nothing more.
type process struct {
	lance.Runner[marketplace.Repos]
	fate *fate
}

// At returns the same process at another clock.
func (p process) At(c lance.Clock) lance.Runner[marketplace.Repos] {
	return process{p.Runner.At(c), p.fate}
}

// View runs fn while the process lives.
func (p process) View(ctx context.Context, fn func(context.Context, marketplace.Repos) error) error {
	if p.fate.dead {
		return errDied
	}
	return p.Runner.View(ctx, fn)
}

// InTx runs fn and lets happen what is to happen.
func (p process) InTx(ctx context.Context, fn func(context.Context, marketplace.Repos) error) error {
	if p.fate.dead {
		return errDied
	}
	switch p.fate.meets() {
	case within:
		p.fate.dead = true
		return p.halfway(ctx, fn)
	case before:
		p.fate.dead = true
		return p.undone(ctx, fn)
	case after:
		err := p.Runner.InTx(ctx, fn)
		p.fate.dead = true
		if err == nil {
			err = errDied
		}
		return err
	case unknown:
		err := p.Runner.InTx(ctx, fn)
		if err == nil {
			err = lance.E(lance.Internal, "commit_unknown", "nobody knows whether this was committed")
		}
		return err
	case slow:
		return lance.E(lance.Unavailable, "store_unavailable", "the store cannot be reached")
	case noFault:
	}
	return p.Runner.InTx(ctx, fn)
}

// undone runs fn and takes everything back.
func (p process) undone(ctx context.Context, fn func(context.Context, marketplace.Repos) error) error {
	err := p.Runner.InTx(ctx, func(ctx context.Context, r marketplace.Repos) error {
		if err := fn(ctx, r); err != nil {
			return err
		}
		return errDied
	})
	if err == nil {
		err = errDied
	}
	return err
}

// halfway runs fn until it has written to the log, the last thing that most
// operations write, and ends its context there.
func (p process) halfway(ctx context.Context, fn func(context.Context, marketplace.Repos) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	_ = p.Runner.InTx(ctx, func(ctx context.Context, r marketplace.Repos) error {
		if err := fn(ctx, cut{r, cancel}); err != nil {
			return err
		}
		return errDied
	})
	return errDied
}

// cut is a transaction that ends when it writes to the log.
type cut struct {
	marketplace.Repos
	cancel func()
}

// Log returns a log that ends the transaction's context.
func (c cut) Log() lance.Log { return cutLog{c.Repos.Log(), c.cancel} }

type cutLog struct {
	lance.Log
	cancel func()
}

// Append ends the context, writes as far as the store still does, and fails on
// every store at the same place.
func (l cutLog) Append(ctx context.Context, events ...lance.Event) error {
	l.cancel()
	return cmp.Or(l.Log.Append(ctx, events...), context.Canceled)
}

// Nest is the savepoint of the transaction below.
func (c cut) Nest(ctx context.Context, fn func(ctx context.Context) error) error {
	return lance.Within(c.Repos).InTx(ctx, func(ctx context.Context, _ marketplace.Repos) error { return fn(ctx) })
}
