package bunkit

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
)

// longest is for how long a batch goes on taking members in: long work is
// committed before the next member begins.
const longest = 50 * time.Millisecond

// line is where callers wait for SQLite's one writer. Whoever comes while
// nobody writes leads a batch; those who queued up meanwhile are its members.
// The batch's connection goes from hand to hand: each member works on its own
// goroutine, in a savepoint of its own, and the last one commits for all.
type line struct {
	most    int           // members of a batch
	longest time.Duration // for how long a batch takes the next member in

	mu   sync.Mutex
	busy bool // somebody leads, or has been told to
	wait []*member
}

// member is one caller.
type member struct {
	alone bool        // must not share
	turn  chan *batch // its turn in a batch; nil: it is to lead one
}

// batch is one transaction that members share.
type batch struct {
	conn    *prepared
	begun   time.Time
	members []*member
	next    int           // whose turn it is
	failed  bool          // the only member wants nothing kept
	broken  bool          // the transaction was lost: all is to be done again
	err     error         // of the commit
	done    chan struct{} // closed when it is over
}

// write runs work in a transaction that may be shared: whoever waits for the
// writer commits together.
func (e *sqlite) write(ctx context.Context, work func(bun.IConn) error) error {
	m := &member{turn: make(chan *batch, 1)}
	for {
		b, err := e.queue(ctx, m)
		if err != nil {
			return err
		}
		err, again := e.take(ctx, b, work)
		if !again {
			return err
		}
		m.alone = true
	}
}

// alone runs work in a transaction that nobody shares.
func (e *sqlite) alone(ctx context.Context, work func(bun.IConn) error, readOnly bool) error {
	m := &member{alone: true, turn: make(chan *batch, 1)}
	b, err := e.queue(ctx, m)
	if err != nil {
		return err
	}
	if readOnly {
		inner := work
		work = func(c bun.IConn) error {
			outer := context.WithoutCancel(ctx)
			if err := run(outer, c, "PRAGMA query_only = 1"); err != nil {
				return fault(ctx, err)
			}
			defer func() { _ = run(outer, c, "PRAGMA query_only = 0") }()
			return inner(c)
		}
	}
	err, _ = e.take(ctx, b, work)
	return err
}

// queue waits for m's turn, until its context ends.
func (e *sqlite) queue(ctx context.Context, m *member) (*batch, error) {
	l := &e.line
	l.mu.Lock()
	if !l.busy {
		l.busy = true
		l.mu.Unlock()
		return e.lead(ctx, m)
	}
	if m.alone {
		l.wait = slices.Insert(l.wait, 0, m)
	} else {
		l.wait = append(l.wait, m)
	}
	l.mu.Unlock()
	var b *batch
	select {
	case b = <-m.turn:
	case <-ctx.Done():
		if l.leave(m) {
			return nil, ctx.Err()
		}
		b = <-m.turn // it was called just now, and must pass the connection on
	}
	if b == nil {
		return e.lead(ctx, m)
	}
	return b, nil
}

// leave takes m out of the line, unless it was called already.
func (l *line) leave(m *member) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.wait, m)
	if i < 0 {
		return false
	}
	l.wait = slices.Delete(l.wait, i, i+1)
	return true
}

// lead begins a batch with m first and all who wait now behind it.
func (e *sqlite) lead(ctx context.Context, m *member) (*batch, error) {
	conn, err := e.begin(ctx, e.writer, "BEGIN IMMEDIATE")
	if err != nil {
		e.line.call()
		return nil, err
	}
	b := &batch{conn: conn, begun: lance.SystemClock().Now(), members: []*member{m}, done: make(chan struct{})}
	l := &e.line
	l.mu.Lock()
	n := 0
	for !m.alone && n < len(l.wait) && n < l.most-1 && !l.wait[n].alone {
		n++
	}
	b.members = append(b.members, l.wait[:n]...)
	l.wait = slices.Delete(l.wait, 0, n)
	l.mu.Unlock()
	return b, nil
}

// call tells the first who waits to lead the next batch.
func (l *line) call() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.wait) == 0 {
		l.busy = false
		return
	}
	m := l.wait[0]
	l.wait = slices.Delete(l.wait, 0, 1)
	m.turn <- nil
}

// take does m's part of the batch and returns when the batch is over. It reports
// whether that was in vain, so that m has to run again, alone.
func (e *sqlite) take(ctx context.Context, b *batch, work func(bun.IConn) error) (err error, again bool) { //nolint:revive // reads best so
	shared := len(b.members) > 1
	err = b.part(ctx, e, work, shared)
	<-b.done
	switch {
	case b.broken && shared:
		return nil, true
	case b.broken && err == nil:
		return errBroken, false
	case b.err != nil:
		return b.err, false
	}
	return err, false
}

// part runs work in m's savepoint and passes the connection on, also when work
// panics or ends its goroutine: that goes on to m's caller.
func (b *batch) part(ctx context.Context, e *sqlite, work func(bun.IConn) error, shared bool) (err error) {
	outer := context.WithoutCancel(ctx)
	worked := false
	defer func() {
		b.settle(outer, worked && err == nil, shared)
		b.pass(outer, e)
	}()
	if shared {
		if err := mark(outer, b.conn); err != nil {
			b.broken = true
			return fault(ctx, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err = work(b.conn)
	worked = true
	return err
}

// settle keeps or undoes what the member whose turn it is has done.
func (b *batch) settle(ctx context.Context, good, shared bool) {
	switch {
	case b.broken:
	case !shared:
		b.failed = !good
	case good:
		b.broken = keep(ctx, b.conn) != nil
	default:
		b.broken = undo(ctx, b.conn) != nil
	}
}

// pass hands the connection to the next member, or ends the batch.
func (b *batch) pass(ctx context.Context, e *sqlite) {
	b.next++
	more := b.next < len(b.members) && !b.broken
	if more && lance.SystemClock().Now().Sub(b.begun) < e.line.longest {
		b.members[b.next].turn <- b
		return
	}
	e.line.putBack(b.members[b.next:], b.broken)
	if b.broken || b.failed {
		release(ctx, e.writer, b.conn)
	} else {
		b.commit(ctx, e)
	}
	close(b.done)
	e.line.call()
}

// commit commits for all. What failed is not done again: it may have succeeded.
func (b *batch) commit(ctx context.Context, e *sqlite) {
	if b.err = commitFault(run(ctx, b.conn, "COMMIT")); b.err != nil {
		release(ctx, e.writer, b.conn)
		return
	}
	e.writer.put(b.conn, false)
}

// putBack puts members who had no turn in a batch back in front; those of a
// broken one are to run alone.
func (l *line) putBack(ms []*member, alone bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range ms {
		m.alone = m.alone || alone
	}
	l.wait = append(slices.Clone(ms), l.wait...)
}
