package basetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// Harness is what the suite asks of an adapter. Open, Widgets and Notes are
// required; a nil hook declares that the adapter cannot do what it is for.
type Harness[R lance.Repos] struct {
	// Open returns a fresh, empty store whose time is clock's, and cleans it up
	// by t.Cleanup.
	Open func(t *testing.T, clock lance.Clock) lance.Runner[R]
	// Widgets and Notes return the suite's own rows in a transaction.
	Widgets func(r R) lance.Rows[Widget, WidgetID]
	Notes   func(r R) lance.Rows[Note, NoteID]

	// Again opens the same store a second time, as another process would.
	Again func(t *testing.T, db lance.Runner[R], clock lance.Clock) lance.Runner[R]
	// Reopen closes the store and opens it again. What was committed stays.
	Reopen func(t *testing.T, db lance.Runner[R], clock lance.Clock) lance.Runner[R]
	// Writers says that write transactions run side by side, not in turns.
	Writers bool
	// Refusal returns an error that the store takes for its database's refusal
	// of a transaction for reasons of concurrency, such as SQLSTATE 40001.
	Refusal func() error
	// Hosts are the kinds of open transaction of a host that the store can join.
	Hosts []Host[R]
}

// Host is one kind of transaction of a host application's own.
type Host[R lance.Repos] struct {
	// Name is the kind: "sql.Tx", "bun.Tx".
	Name string
	// Begin opens one in the database where db keeps its tables, and makes the
	// host's own table there when there is none. It is rolled back by t.Cleanup
	// if it is still open.
	Begin func(t *testing.T, db lance.Runner[R]) Guest[R]
	// Rows returns what the host's table holds as committed, in order.
	Rows func(t *testing.T, db lance.Runner[R]) []string
}

// Guest is a store that has joined a host's open transaction.
type Guest[R lance.Repos] struct {
	Joined   lance.Runner[R]
	Insert   func(row string) error // a row into the host's table, in its transaction
	Commit   func() error           // by the host
	Rollback func() error           // by the host
}

// law is one case of the suite: on a store, or on each kind of transaction that
// a store can join.
type law[R lance.Repos] struct {
	name string
	run  func(w *world[R])
	join func(w *world[R], host Host[R])
}

func (l law[R]) prove(t *testing.T, h Harness[R]) {
	t.Helper()
	if l.run != nil {
		l.run(newWorld(t, h))
		return
	}
	if len(h.Hosts) == 0 {
		t.Skip("the adapter declares that it lacks: joining a host's transaction")
	}
	for _, host := range h.Hosts {
		t.Run(host.Name, func(t *testing.T) {
			t.Parallel()
			l.join(newWorld(t, h), host)
		})
	}
}

// Run proves every law on the adapter, each in a parallel subtest
// <subject>/<law>.
func Run[R lance.Repos](t *testing.T, h Harness[R]) {
	for _, subject := range []struct {
		name string
		laws []law[R]
	}{
		{"tx", txLaws[R]()},
		{"within", withinLaws[R]()},
		{"concurrency", concurrencyLaws[R]()},
		{"lock", lockLaws[R]()},
		{"rows", rowLaws[R]()},
		{"find", findLaws[R]()},
		{"log", logLaws[R]()},
		{"seal", sealLaws[R]()},
		{"checkpoint", checkpointLaws[R]()},
		{"cursor", cursorLaws[R]()},
		{"delivery", deliveryLaws[R]()},
		{"timer", timerLaws[R]()},
		{"key", keyLaws[R]()},
		{"fact", factLaws[R]()},
		{"work", workLaws[R]()},
		{"chore", choreLaws[R]()},
		{"join", joinLaws[R]()},
	} {
		t.Run(subject.name, func(t *testing.T) {
			t.Parallel()
			for _, l := range subject.laws {
				t.Run(l.name, func(t *testing.T) {
					t.Parallel()
					l.prove(t, h)
				})
			}
		})
	}
	t.Run("writes", func(t *testing.T) {
		t.Parallel()
		checkBaseWrites(t, h)
	})
}

// world is what one case works in: a store of its own and a clock that it moves.
type world[R lance.Repos] struct {
	*testing.T
	h     Harness[R]
	db    lance.Runner[R]
	clock *clocktest.Hand
}

func newWorld[R lance.Repos](t *testing.T, h Harness[R]) *world[R] {
	t.Helper()
	clock := clocktest.At(epoch)
	return &world[R]{T: t, h: h, db: h.Open(t, clock), clock: clock}
}

// need skips the case by name when the adapter has declared that it lacks what.
func (w *world[R]) need(has bool, what string) {
	w.Helper()
	if !has {
		w.Skipf("the adapter declares that it lacks: %s", what)
	}
}

// in runs fn in a transaction that must commit.
func (w *world[R]) in(fn func(ctx context.Context, r R) error) {
	w.Helper()
	require.NoError(w, w.db.InTx(w.Context(), fn))
}

// view runs fn in a view that must succeed.
func (w *world[R]) view(fn func(ctx context.Context, r R) error) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), fn))
}

// again returns the store opened a second time where the adapter can do that,
// else the same one.
func (w *world[R]) again() lance.Runner[R] {
	w.Helper()
	if w.h.Again == nil {
		return w.db
	}
	return w.h.Again(w.T, w.db, w.clock)
}

// add inserts widgets with these identifiers.
func (w *world[R]) add(ids ...WidgetID) {
	w.Helper()
	w.in(func(ctx context.Context, r R) error { return w.insert(ctx, r, ids...) })
}

func (w *world[R]) insert(ctx context.Context, r R, ids ...WidgetID) error {
	for _, id := range ids {
		if err := w.h.Widgets(r).Insert(ctx, widget(id)); err != nil {
			return err
		}
	}
	return nil
}

// ids returns the identifiers of all widgets that are committed.
func (w *world[R]) ids() []WidgetID {
	w.Helper()
	var ids []WidgetID
	w.view(func(ctx context.Context, r R) error {
		all, err := w.h.Widgets(r).Find(ctx, lance.Filter{})
		ids = idsOf(all)
		return err
	})
	return ids
}

func idsOf(ws []*Widget) []WidgetID {
	var ids []WidgetID
	for _, w := range ws {
		ids = append(ids, w.ID)
	}
	return ids
}

// widget returns a widget that is valid and unlike others.
func widget(id WidgetID) *Widget {
	return &Widget{ID: id, Owner: "ann", Name: "widget " + string(id), Slot: "slot " + string(id), At: epoch}
}

// epoch is the time at which every case begins.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// refused requires that err is a fault of that kind and code.
func refused(t require.TestingT, err error, kind lance.Kind, code string) {
	if h, ok := t.(interface{ Helper() }); ok {
		h.Helper()
	}
	require.ErrorIs(t, err, kind)
	require.Equal(t, code, lance.CodeOf(err))
}
