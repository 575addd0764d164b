package lance

import "context"

// Runner runs functions in transactions of a store. R is the set of
// repositories that the function works with.
//
// A closure must be safe to run again (a store retries what the database
// refused for reasons of concurrency, a bounded number of times, after which it
// fails with Unavailable), must use only the r it is given, and
// must not open another transaction: that fails with Internal "tx_nested".
// A panic in a closure rolls back and goes on to the caller.
type Runner[R any] interface {
	// InTx runs fn in a transaction that commits when fn returns nil and rolls
	// back otherwise. A commit whose outcome is not known fails with Internal
	// "commit_unknown" and is not retried.
	InTx(ctx context.Context, fn func(ctx context.Context, r R) error) error
	// View runs fn on a consistent state that it may only read. A write fails
	// with Internal "read_only".
	View(ctx context.Context, fn func(ctx context.Context, r R) error) error
	// At returns the runner with another clock: its transactions take place at
	// that clock's time.
	At(c Clock) Runner[R]
}

// Repos is what every transaction offers, whatever the domain: the time, locks,
// the event log and its checkpoints, consumers, timers and idempotency keys.
// Each domain's own Repos adds its stores.
type Repos interface {
	World
	// Lock takes the exclusive lock of each ref until the transaction ends, in
	// one global order, before the transaction's other writes. What is held
	// already is not taken again. Asking later for a ref that sorts before one
	// that is held could deadlock and fails with Internal "lock_order"; a
	// savepoint begins an order of its own.
	Lock(ctx context.Context, refs ...Ref) error
	// Log is the event log.
	Log() Log
	// Checkpoints are what the log was at times, signed.
	Checkpoints() Rows[Checkpoint, CheckpointID]
	// Cursors are the places up to which consumers have read the log.
	Cursors() Cursors
	// Deliveries are calls to the outside that are owed.
	Deliveries() Deliveries
	// Timers are what will happen by itself.
	Timers() Timers
	// Keys are the idempotency keys already used.
	Keys() Keys
	// Facts are what the store knows about itself.
	Facts() Rows[Fact, FactName]
}

// Narrow makes a runner of wide repositories a runner of narrower ones. Go has
// no other way to say that a Runner[Wide] will do where a Runner[Narrow] is
// asked for.
func Narrow[W, N any](db Runner[W], as func(W) N) Runner[N] { return narrowed[W, N]{db, as} }

type narrowed[W, N any] struct {
	db Runner[W]
	as func(W) N
}

// InTx runs fn in a transaction of the wide runner.
func (n narrowed[W, N]) InTx(ctx context.Context, fn func(context.Context, N) error) error {
	return n.db.InTx(ctx, func(ctx context.Context, r W) error { return fn(ctx, n.as(r)) })
}

// View runs fn in a view of the wide runner.
func (n narrowed[W, N]) View(ctx context.Context, fn func(context.Context, N) error) error {
	return n.db.View(ctx, func(ctx context.Context, r W) error { return fn(ctx, n.as(r)) })
}

// Writers returns those of the wide runner.
func (n narrowed[W, N]) Writers() int { return Writers(n.db) }

// At narrows the wide runner at that clock.
func (n narrowed[W, N]) At(c Clock) Runner[N] { return narrowed[W, N]{n.db.At(c), n.as} }

// Writers returns how many transactions of a runner can write at the same time:
// what a method of this name says, or one.
func Writers[R any](db Runner[R]) int {
	if w, ok := db.(interface{ Writers() int }); ok {
		return w.Writers()
	}
	return 1
}

// Nester is a Repos that can set a savepoint in its transaction. Having no
// type parameter, it is found under every narrowing of the store's Repos.
type Nester interface {
	// Nest runs fn in a savepoint of the transaction that the Repos belongs to:
	// when fn fails or panics, what was done through that Repos meanwhile is
	// undone and the transaction around it can go on.
	Nest(ctx context.Context, fn func(ctx context.Context) error) error
}

// Within returns a runner over the open transaction that r belongs to: services
// made on it work inside that transaction and commit or vanish with it. Each
// InTx is a savepoint where R can Nest; otherwise a failed InTx must fail the
// transaction around it. The time is the transaction's own, whatever At is
// told.
func Within[R any](r R) Runner[R] { return within[R]{r} }

type within[R any] struct{ r R }

// InTx runs fn in the open transaction.
func (w within[R]) InTx(ctx context.Context, fn func(context.Context, R) error) error {
	if n, ok := any(w.r).(Nester); ok {
		return n.Nest(ctx, func(ctx context.Context) error { return fn(ctx, w.r) })
	}
	return fn(ctx, w.r)
}

// View runs fn in the open transaction.
func (w within[R]) View(ctx context.Context, fn func(context.Context, R) error) error {
	return fn(ctx, w.r)
}

// At returns w: an open transaction has its own time.
func (w within[R]) At(Clock) Runner[R] { return w }
