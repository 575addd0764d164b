package basetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/storagetest/basetest"
)

// errRefused stands for a database's refusal for reasons of concurrency.
var errRefused = errors.New("refused")

// shared is what the transactions of one broken store have in common.
type shared struct {
	is    string
	mu    sync.Mutex
	cache map[basetest.WidgetID]*basetest.Widget
	batch []*job
	turn  sync.Mutex
}

// has reports whether the store is broken in one of these ways.
func (s *shared) has(ways ...string) bool { return slices.Contains(ways, s.is) }

// broken is the repositories of a store that may be broken.
type broken struct {
	*memkit.Tx
	s     *shared
	start time.Time
	extra []lance.Event // appended outside the transaction
}

// Now is the transaction's time, unless that runs on.
func (b *broken) Now() time.Time {
	if b.s.has("time runs on") {
		return b.Tx.Now().Add(time.Since(b.start))
	}
	return b.Tx.Now()
}

func (b *broken) Lock(ctx context.Context, refs ...lance.Ref) error {
	if b.s.has("lock order unchecked") {
		return nil
	}
	return b.Tx.Lock(ctx, refs...)
}

func (b *broken) Nest(ctx context.Context, fn func(ctx context.Context) error) error {
	if b.s.has("savepoint forgotten") {
		return fn(ctx)
	}
	return b.Tx.Nest(ctx, fn)
}

// runner runs transactions of a store that may be broken. Whole, it retries
// refusals five times.
type runner struct {
	db lance.Runner[*broken]
	s  *shared
}

func (r *runner) At(c lance.Clock) lance.Runner[*broken] { return &runner{db: r.db.At(c), s: r.s} }

func (r *runner) View(ctx context.Context, fn func(context.Context, *broken) error) error {
	if r.s.has("views may write") {
		return r.db.InTx(ctx, fn)
	}
	if r.s.has("nesting goes unnoticed") && ctx.Value(r.s) != nil {
		return nil
	}
	return r.db.View(context.WithValue(ctx, r.s, true), fn)
}

func (r *runner) InTx(ctx context.Context, fn func(context.Context, *broken) error) error {
	tries := 5
	if r.s.has("retry dropped") {
		tries = 1
	}
	if r.s.has("retry without end") {
		tries = 1000
	}
	for range tries {
		err := r.once(ctx, fn)
		again := errors.Is(err, errRefused) || r.s.has("closure's errors retried") && errors.Is(err, lance.Unavailable)
		if !again {
			return err
		}
	}
	return lance.E(lance.Unavailable, "store_busy", "try again later")
}

func (r *runner) once(ctx context.Context, fn func(context.Context, *broken) error) error {
	switch r.s.is {
	case "rollback forgotten":
		var err error
		_ = r.db.InTx(ctx, func(ctx context.Context, b *broken) error {
			err = fn(ctx, b)
			return nil
		})
		return err
	case "panic commits":
		return r.panicCommits(ctx, fn)
	case "nesting goes unnoticed":
		if ctx.Value(r.s) != nil {
			return nil
		}
		return r.db.InTx(context.WithValue(ctx, r.s, true), fn)
	case "cancellation ignored":
		return r.db.InTx(context.WithoutCancel(ctx), fn)
	case "event outside the transaction", "event outside, seen by the write case":
		return r.eventsOutside(ctx, fn)
	case "returns before the commit":
		return r.returnsEarly(ctx, fn)
	case "failing member takes its batch along", "cancelled member poisons its batch":
		return r.together(ctx, fn)
	}
	return r.db.InTx(ctx, fn)
}

func (r *runner) panicCommits(ctx context.Context, fn func(context.Context, *broken) error) error {
	var p any
	err := r.db.InTx(ctx, func(ctx context.Context, b *broken) error {
		defer func() { p = recover() }()
		return fn(ctx, b)
	})
	if p != nil {
		panic(p)
	}
	return err
}

func (r *runner) eventsOutside(ctx context.Context, fn func(context.Context, *broken) error) error {
	var lost []lance.Event
	err := r.db.InTx(ctx, func(ctx context.Context, b *broken) error {
		err := fn(ctx, b)
		lost = b.extra
		return err
	})
	if err != nil {
		_ = r.db.InTx(ctx, func(ctx context.Context, b *broken) error { return b.Tx.Log().Append(ctx, lost...) })
	}
	return err
}

// returnsEarly answers when the closure has ended and commits a little later.
func (r *runner) returnsEarly(ctx context.Context, fn func(context.Context, *broken) error) error {
	ended := make(chan error, 1)
	go func() {
		ended <- r.db.InTx(ctx, func(ctx context.Context, b *broken) error {
			err := fn(ctx, b)
			if err == nil {
				ended <- nil
				time.Sleep(5 * time.Millisecond)
			}
			return err
		})
	}()
	return <-ended
}

// job is one member of a batch.
type job struct {
	ctx  context.Context
	fn   func(context.Context, *broken) error
	err  error
	done chan struct{}
}

// together runs whoever waits in one transaction. One member's failure takes
// everybody's work along, and nobody else is told.
// alone reports whether nobody has joined the batch beside the one who leads it.
func (s *shared) alone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.batch) < 2
}

func (r *runner) together(ctx context.Context, fn func(context.Context, *broken) error) error {
	mine := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	r.s.mu.Lock()
	r.s.batch = append(r.s.batch, mine)
	r.s.mu.Unlock()
	r.s.turn.Lock()
	defer r.s.turn.Unlock()
	for i := 0; i < 10_000 && r.s.alone(); i++ { // or there is no batch to break
		runtime.Gosched()
	}
	r.s.mu.Lock()
	batch := r.s.batch
	r.s.batch = nil
	r.s.mu.Unlock()
	if len(batch) > 0 {
		_ = r.db.InTx(context.WithoutCancel(ctx), func(ctx context.Context, b *broken) error {
			var failed error
			for _, j := range batch {
				j.err = errors.Join(j.fn(ctx, b), j.ctx.Err())
				failed = errors.Join(failed, j.err)
				close(j.done)
			}
			return failed
		})
	}
	<-mine.done
	return mine.err
}

// forgetful has a store with a method that no case writes with.
func forgetful() basetest.Writes[*memkit.Tx] {
	type more interface {
		lance.Timers
		Forget(ctx context.Context) error
	}
	return basetest.Writes[*memkit.Tx]{
		Open: func(*testing.T) lance.Runner[*memkit.Tx] {
			return memkit.New(nil, func(tx *memkit.Tx) *memkit.Tx { return tx })
		},
		Stores: map[string]reflect.Type{"Timers": reflect.TypeFor[more]()},
		Reads:  []string{"Timers.Set", "Timers.Take", "Timers.Cancel", "Timers.Of", "Timers.Due", "Timers.NextDue"},
	}
}

// widgets are rows that may be broken.
func (b *broken) widgets() lance.Rows[basetest.Widget, basetest.WidgetID] {
	table := basetest.Widgets
	if b.s.has("unique sets dropped") {
		table = loose
	}
	return rows{memkit.Rows[basetest.WidgetID](b.Tx, table), b}
}

// loose is the widgets' table without its unique sets.
var loose = &lance.Table[basetest.Widget]{
	Noun: "widget", ID: basetest.Widgets.ID, Version: basetest.Widgets.Version, Fields: basetest.Widgets.Fields,
}

type rows struct {
	lance.Rows[basetest.Widget, basetest.WidgetID]
	b *broken
}

func (r rows) Insert(ctx context.Context, d *basetest.Widget) error {
	c := *d
	if r.b.s.has("identifiers lose their case") {
		c.ID = basetest.WidgetID(strings.ToLower(string(c.ID)))
	}
	if r.b.s.has("times lose their microseconds") {
		c.At = c.At.Truncate(time.Millisecond)
	}
	err := r.Rows.Insert(ctx, &c)
	d.Version = c.Version
	return err
}

func (r rows) Get(ctx context.Context, id basetest.WidgetID) (*basetest.Widget, error) {
	d, err := r.Rows.Get(ctx, id)
	if err != nil || !r.b.s.has("rows are shared") {
		return d, err
	}
	r.b.s.mu.Lock()
	defer r.b.s.mu.Unlock()
	if r.b.s.cache[id] == nil {
		r.b.s.cache[id] = d
	}
	return r.b.s.cache[id], nil
}

func (r rows) Update(ctx context.Context, ds ...*basetest.Widget) error {
	if r.b.s.has("all but the first forgotten") {
		ds = ds[:min(1, len(ds))]
	}
	for _, d := range ds {
		if r.b.s.has("version check dropped", "version check dropped under a crowd") {
			now, err := r.Rows.Get(ctx, d.ID)
			if err != nil {
				return err
			}
			d.Version = now.Version
		}
	}
	return r.Rows.Update(ctx, ds...)
}

func (r rows) Find(ctx context.Context, f lance.Filter) ([]*basetest.Widget, error) {
	if r.b.s.has("keyset repeats its row") && len(f.After) == 2 {
		id := f.After[1].(string)
		f.After = []any{f.After[0], id[:len(id)-1]}
	}
	if r.b.s.has("undeclared fields ignored") {
		for field := range f.Eq {
			if !basetest.Widgets.Has(field) {
				f.Eq = nil
			}
		}
	}
	return r.Rows.Find(ctx, f)
}

// rewritten is a body as a database that parses JSON gives it back.
func rewritten(body []byte) []byte {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return body
	}
	out, _ := json.Marshal(v) //nolint:errchkjson // it was JSON
	return out
}
