package memkit

import (
	"cmp"
	"context"
	"iter"
	"strings"

	"github.com/megilance/lance"
)

// Cursors are the places up to which consumers have read the log.
func (tx *Tx) Cursors() lance.Cursors { return cursors{tx} }

type cursors struct{ tx *Tx }

func (c cursors) places() *Map[string, int64] { return Table[string, int64](c.tx, "cursors") }

// aside is where a parked event is kept: twice, under the zero stream in the
// order of the log, and under its own.
type aside struct {
	consumer string
	stream   lance.Ref
	seq      int64
}

func (a aside) compare(o aside) int {
	return cmp.Or(strings.Compare(a.consumer, o.consumer), a.stream.Compare(o.stream), cmp.Compare(a.seq, o.seq))
}

func (c cursors) parked() sorted[aside, lance.Parked] {
	return sorted[aside, lance.Parked]{c.tx, c.tx.core.slot("parked"), aside.compare}
}

// Cursor returns the Seq up to which the consumer has read; 0 at first.
func (c cursors) Cursor(_ context.Context, consumer string) (int64, error) {
	at, _ := c.places().Get(consumer)
	return at, nil
}

// Advance moves the cursor. It fails with Conflict "cursor_moved" when it is not
// at from.
func (c cursors) Advance(_ context.Context, consumer string, from, to int64) error {
	if err := c.tx.writable(); err != nil {
		return err
	}
	if at, _ := c.places().Get(consumer); at != from {
		return lance.E(lance.Conflict, "cursor_moved", "another process has read on")
	}
	return c.places().Put(consumer, to)
}

// Rewind sets the cursor to a place.
func (c cursors) Rewind(_ context.Context, consumer string, to int64) error {
	return c.places().Put(consumer, to)
}

// Park sets an event aside, or changes the code of one that is.
func (c cursors) Park(_ context.Context, p lance.Parked) error {
	p = clone(p)
	if err := c.parked().put(aside{p.Consumer, lance.Ref{}, p.Seq}, p); err != nil {
		return err
	}
	return c.parked().put(aside{p.Consumer, p.Stream, p.Seq}, p)
}

// Unpark forgets a parked event and reports whether it was parked.
func (c cursors) Unpark(_ context.Context, consumer string, seq int64) (bool, error) {
	p, ok := c.parked().get(aside{consumer, lance.Ref{}, seq})
	if !ok {
		return false, c.tx.writable()
	}
	if err := c.parked().del(aside{consumer, lance.Ref{}, seq}); err != nil {
		return false, err
	}
	return true, c.parked().del(aside{consumer, p.Stream, seq})
}

// Parked returns what a consumer has set aside in order of Seq, at most limit;
// with a stream only what belongs to it.
func (c cursors) Parked(_ context.Context, consumer string, stream lance.Ref, limit int) ([]lance.Parked, error) {
	start := aside{consumer: consumer, stream: stream}
	seq := c.parked().from(func(a aside) bool { return a.compare(start) < 0 })
	return firstOf(while(seq, func(a aside) bool { return a.consumer == consumer && a.stream == stream }), limit), nil
}

// while yields until a key is one that holds does not hold of.
func while[K, V any](seq iter.Seq2[K, V], holds func(K) bool) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for k, v := range seq {
			if !holds(k) || !yield(k, v) {
				return
			}
		}
	}
}

// firstOf returns copies of the first values, at most limit.
func firstOf[K, V any](seq iter.Seq2[K, V], limit int) []V {
	var out []V
	for _, v := range seq {
		if len(out) >= limit {
			break
		}
		out = append(out, clone(v))
	}
	return out
}
