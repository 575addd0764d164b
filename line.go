package lance

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Line is where callers with commands of one kind meet, so that one of them does
// the work of all who came while the last work was done. Nobody waits for a
// clock, and no goroutine is started. The zero value is ready.
type Line[C any] struct {
	// Lanes is how many batches are under way at the same time at most; 0 is one.
	Lanes int

	mu   sync.Mutex
	led  int // lanes where somebody leads, or has been told to
	on   int // commands under way
	wait []*Turn[C]
	busy map[uint64]*Turn[C] // who leads the batch that touches it
}

// Turn is one caller's command in a Line.
type Turn[C any] struct {
	Command C

	touches []uint64
	ctx     context.Context //nolint:containedctx // of the caller who waits
	call    chan bool       // true: lead; false: the work is over
	state   atomic.Int32
}

// The states of a turn. Whoever changes one from waits decides: its caller, who
// gives up, or another, who makes it lead or does its work.
const (
	turnWaits int32 = iota
	turnLeads
	turnBegun
	turnGone
)

// Begin reports whether the command is to be done. It is not when its caller has
// given up; after true the caller waits until the work is over.
func (t *Turn[C]) Begin() bool {
	next := turnBegun
	if t.ctx.Err() != nil {
		next = turnGone
	}
	_ = t.state.CompareAndSwap(turnWaits, next) || t.state.CompareAndSwap(turnLeads, next)
	return t.state.Load() == turnBegun
}

// Do gets c done and returns when the work that did it is over, or with ctx's
// error if that ended first; c was not begun then.
//
// The first caller, and then always one of those who wait, leads: its work is
// called with take, which returns up to most commands, the leader's own first,
// and which is to be called once and as late as possible. What became of a
// command, the command says. The context of the work is the leader's; from when
// another's command is taken on it does not end with him any more.
//
// Where the line has several lanes, commands that touch the same thing (hashes
// of it will do) are not in two batches at the same time: they would only wait
// for each other there.
func (l *Line[C]) Do(ctx context.Context, c C, work func(ctx context.Context, take func(most int) []*Turn[C]), touches ...uint64) error {
	t := &Turn[C]{Command: c, touches: touches, ctx: ctx, call: make(chan bool, 1)}
	if leads, err := l.queue(t); !leads {
		return err
	}
	batch := []*Turn[C]{t}
	defer func() { l.over(batch) }()
	led := &leading{Context: ctx}
	work(led, func(most int) []*Turn[C] { //nolint:contextcheck // it is ctx, with the end of a batch of its own
		l.mu.Lock()
		defer l.mu.Unlock()
		batch = append(batch, l.pick(t, most-1)...)
		led.shared.Store(len(batch) > 1)
		return batch
	})
	return t.gone()
}

// leading is the context of work: its caller's, until it is not for him alone.
type leading struct {
	context.Context //nolint:containedctx // this is one
	shared          atomic.Bool
}

// Deadline returns when the work has to be done.
func (c *leading) Deadline() (deadline time.Time, ok bool) {
	if c.shared.Load() {
		return time.Time{}, false
	}
	return c.Context.Deadline()
}

// Done returns what is closed when the work is to end.
func (c *leading) Done() <-chan struct{} {
	if c.shared.Load() {
		return nil
	}
	return c.Context.Done()
}

// Err says why the work is to end.
func (c *leading) Err() error {
	if c.shared.Load() {
		return nil
	}
	return c.Context.Err()
}

// Waiting returns how many callers wait for their turn.
func (l *Line[C]) Waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.wait)
}

// queue waits until t is to lead or its work is over.
func (l *Line[C]) queue(t *Turn[C]) (leads bool, err error) {
	l.mu.Lock()
	if l.led < max(1, l.Lanes) && l.join(t, t) {
		l.led++
		l.mu.Unlock()
		t.state.Store(turnLeads)
		return true, nil
	}
	l.wait = append(l.wait, t)
	l.mu.Unlock()
	select {
	case leads = <-t.call:
	case <-t.ctx.Done():
		if t.state.CompareAndSwap(turnWaits, turnGone) {
			return false, t.ctx.Err()
		}
		leads = <-t.call
	}
	return leads, t.gone()
}

// join puts t into the batch that leader leads, unless t touches what another
// batch does.
func (l *Line[C]) join(t, leader *Turn[C]) bool {
	for _, x := range t.touches {
		if by := l.busy[x]; by != nil && by != leader {
			return false
		}
	}
	if l.busy == nil {
		l.busy = map[uint64]*Turn[C]{}
	}
	for _, x := range t.touches {
		l.busy[x] = leader
	}
	l.on++
	return true
}

// leave lets others touch what t did.
func (l *Line[C]) leave(t *Turn[C]) {
	for _, x := range t.touches {
		delete(l.busy, x)
	}
	l.on--
}

// pick takes up to n of those who wait and can join the leader's batch: no more
// than this lane's share of all who are here, so that the lanes are equally long.
func (l *Line[C]) pick(leader *Turn[C], n int) (picked []*Turn[C]) {
	lanes := max(1, l.Lanes)
	n = min(n, (len(l.wait)+l.on+lanes-1)/lanes-1)
	l.wait = slices.DeleteFunc(l.wait, func(t *Turn[C]) bool {
		if len(picked) >= n || !l.join(t, leader) {
			return false
		}
		picked = append(picked, t)
		return true
	})
	return picked
}

// gone returns the error of a caller who has given up.
func (t *Turn[C]) gone() error {
	if t.state.Load() == turnGone {
		return t.ctx.Err()
	}
	return nil
}

// over lets the members of a batch go and calls the next leaders.
func (l *Line[C]) over(batch []*Turn[C]) {
	for _, t := range batch[1:] {
		t.call <- false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.led--
	for _, t := range batch {
		l.leave(t)
	}
	l.wait = slices.DeleteFunc(l.wait, func(t *Turn[C]) bool {
		if l.led == max(1, l.Lanes) || !l.join(t, t) {
			return false
		}
		if !t.state.CompareAndSwap(turnWaits, turnLeads) {
			l.leave(t)
			return true // it has given up
		}
		l.led++
		t.call <- true
		return true
	})
}
