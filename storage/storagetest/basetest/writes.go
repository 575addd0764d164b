package basetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// Write is one method of a store that writes, and how to see that it did.
type Write[R lance.Repos] struct {
	// Name is the store and the method: "Log.Append".
	Name string
	// Given writes what must be there before; nil for nothing.
	Given func(ctx context.Context, r R) error
	// Do calls the method so that it changes something.
	Do func(ctx context.Context, r R) error
	// Sees reads what Do changes, in a form that can be compared. It runs in a
	// transaction that rolls back, so it may find out by writing.
	Sees func(ctx context.Context, r R) (any, error)
}

// Writes is what CheckWrites works on: the stores of a domain or of the kernel.
type Writes[R lance.Repos] struct {
	// Open returns a fresh, empty store.
	Open func(t *testing.T) lance.Runner[R]
	// Hosts are the kinds of transaction that the store can join.
	Hosts []Host[R]
	// Stores are the interfaces of the stores by the name that Writes and Reads
	// call them.
	Stores map[string]reflect.Type
	// Writes has at least one case for each method that writes.
	Writes []Write[R]
	// Reads names the methods that only read: "Log.Read".
	Reads []string
}

// CheckWrites proves of each write method that what it did is gone when its
// transaction, its savepoint or the host transaction it joined rolls back, that
// a view refuses it with Internal "read_only", and that it does write when
// nothing fails. A method of the stores that is neither among the writes nor
// among the reads fails the test.
func CheckWrites[R lance.Repos](t *testing.T, c Writes[R]) {
	t.Run("every_method_has_a_case", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, c.missing(), "methods that are neither in Writes nor in Reads")
		require.Empty(t, c.unknown(), "cases of methods that are not there")
	})
	for _, w := range c.Writes {
		t.Run(w.Name, func(t *testing.T) {
			t.Parallel()
			checkWrite(t, c, w)
		})
	}
}

func (c Writes[R]) known() map[string]bool {
	known := map[string]bool{}
	for _, name := range c.Reads {
		known[name] = true
	}
	for _, w := range c.Writes {
		known[w.Name] = true
	}
	return known
}

func (c Writes[R]) methods() map[string]bool {
	methods := map[string]bool{}
	for name, store := range c.Stores {
		for m := range store.Methods() {
			methods[name+"."+m.Name] = true
		}
	}
	return methods
}

func (c Writes[R]) missing() []string { return without(c.methods(), c.known()) }
func (c Writes[R]) unknown() []string { return without(c.known(), c.methods()) }

// without returns the keys of a that b does not have, sorted.
func without(a, b map[string]bool) (rest []string) {
	for name := range a {
		if !b[name] {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return rest
}

func checkWrite[R lance.Repos](t *testing.T, c Writes[R], w Write[R]) {
	db := c.Open(t)
	if w.Given != nil {
		require.NoError(t, db.InTx(t.Context(), w.Given))
	}
	before := sees(t, db, w)
	unchanged := func(after string) {
		t.Helper()
		require.Equal(t, before, sees(t, db, w), "after %s", after)
	}
	fail := func(ctx context.Context, r R) error { return errors.Join(w.Do(ctx, r), errOops) }

	require.ErrorIs(t, db.InTx(t.Context(), fail), errOops)
	unchanged("the transaction failed")
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r R) error {
		require.ErrorIs(t, lance.Within(r).InTx(ctx, fail), errOops)
		return nil
	}))
	unchanged("the savepoint failed")
	refused(t, db.View(t.Context(), w.Do), lance.Internal, "read_only")
	unchanged("the view refused")
	for _, host := range c.Hosts {
		guest := host.Begin(t, db)
		require.ErrorIs(t, guest.Joined.InTx(t.Context(), fail), errOops)
		require.NoError(t, guest.Commit())
		unchanged("failing in a joined " + host.Name)
		guest = host.Begin(t, db)
		require.NoError(t, guest.Joined.InTx(t.Context(), w.Do))
		require.NoError(t, guest.Rollback())
		unchanged("the host rolled its " + host.Name + " back")
	}
	require.NoError(t, db.InTx(t.Context(), w.Do))
	require.NotEqual(t, before, sees(t, db, w), "the case must see what the method writes")
}

// sees looks in a transaction that it rolls back, so that looking may write.
func sees[R lance.Repos](t *testing.T, db lance.Runner[R], w Write[R]) (seen any) {
	t.Helper()
	looked := errors.New("looked")
	require.ErrorIs(t, db.InTx(t.Context(), func(ctx context.Context, r R) (err error) {
		seen, err = w.Sees(ctx, r)
		require.NoError(t, err)
		return looked
	}), looked)
	return seen
}
