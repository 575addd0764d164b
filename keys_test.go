package lance_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// once claims a key in a transaction of its own.
func once(t *testing.T, db lance.Runner[repos], by lance.Actor, key, op string, input any, result string) (got string, first bool, err error) {
	t.Helper()
	err = db.InTx(t.Context(), func(ctx context.Context, r repos) (err error) {
		got, first, err = lance.Once(ctx, r, by, key, op, input, result)
		return err
	})
	return got, first, err
}

func TestOnceAnswersTheSameRequestWithTheSameResult(t *testing.T) {
	t.Parallel()
	db := newStore()
	ann := lance.Person("ann")
	type input struct{ Price, Count int }
	got, first, err := once(t, db, ann, "k", "thing.Create", input{5, 1}, "r1")
	require.NoError(t, err)
	require.True(t, first)
	require.Equal(t, "r1", got)
	got, first, err = once(t, db, ann, "k", "thing.Create", input{5, 1}, "r2")
	require.NoError(t, err)
	require.False(t, first)
	require.Equal(t, "r1", got)
}

func TestOnceRefusesAKeyUsedForSomethingElse(t *testing.T) {
	t.Parallel()
	db := newStore()
	_, _, err := once(t, db, lance.Person("ann"), "k", "thing.Create", 1, "r1")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		op    string
		input any
	}{"another input": {"thing.Create", 2}, "another operation": {"thing.Change", 1}} {
		_, first, err := once(t, db, lance.Person("ann"), "k", c.op, c.input, "r2")
		require.ErrorIs(t, err, lance.Conflict, name)
		require.Equal(t, "key_reused", lance.CodeOf(err), name)
		require.False(t, first, name)
	}
}

func TestKeysBelongToWhoActs(t *testing.T) {
	t.Parallel()
	db := newStore()
	org := lance.Actor{User: "ann", Party: "org"}
	for i, by := range []lance.Actor{lance.Person("ann"), lance.Person("bob"), org, lance.System("k"), lance.System("other")} {
		_, first, err := once(t, db, by, "k", "op", i, "")
		require.NoError(t, err)
		require.True(t, first)
	}
	colleague := lance.Actor{User: "bob", Party: "org"}
	_, first, err := once(t, db, colleague, "k", "op", 2, "")
	require.NoError(t, err)
	require.False(t, first, "a key is the party's")
}

func TestOnceWithoutAKeyIsAlwaysFirst(t *testing.T) {
	t.Parallel()
	db := newStore()
	for range 2 {
		got, first, err := once(t, db, lance.Person("ann"), "", "op", 1, "r")
		require.NoError(t, err)
		require.True(t, first)
		require.Equal(t, "r", got)
	}
}

func TestFailedWorkFreesItsKey(t *testing.T) {
	t.Parallel()
	db := newStore()
	oops := errors.New("oops")
	err := db.InTx(t.Context(), func(ctx context.Context, r repos) error {
		_, _, err := lance.Once(ctx, r, lance.Person("ann"), "k", "op", 1, "r1")
		return errors.Join(err, oops)
	})
	require.ErrorIs(t, err, oops)
	got, first, err := once(t, db, lance.Person("ann"), "k", "op", 2, "r2")
	require.NoError(t, err)
	require.True(t, first)
	require.Equal(t, "r2", got)
}

func TestKeySyntax(t *testing.T) {
	t.Parallel()
	db := newStore()
	for _, key := range []string{"a", "4f9c…", strings.Repeat("x", 255)} {
		_, _, err := once(t, db, lance.Person("ann"), key, "op", 1, "")
		require.NoError(t, err, key)
	}
	for _, key := range []string{strings.Repeat("x", 256), "a\nb", "\x00", "\xff", strings.Repeat("名", 86)} {
		_, _, err := once(t, db, lance.Person("ann"), key, "op", 1, "")
		require.Error(t, err, "%q", key)
		invalidField(t, err, "/key", "key_syntax")
	}
	_, _, err := once(t, db, lance.Person("ann"), "k", "op", func() {}, "")
	require.Equal(t, "key_content", lance.CodeOf(err))
}

func ExampleOnce() {
	ctx := context.Background()
	db := newStore()
	create := func(key, name string) (id string, err error) {
		err = db.InTx(ctx, func(ctx context.Context, r repos) error {
			var first bool
			id, first, err = lance.Once(ctx, r, lance.Person("ann"), key, "thing.Create", name, "thing of "+name)
			if err != nil || !first {
				return err
			}
			return r.things().Insert(ctx, &thing{ID: thingID(id), Name: name, At: r.Now()})
		})
		return id, err
	}
	fmt.Println(create("key-1", "oak"))
	fmt.Println(create("key-1", "oak")) // a repeated request
	fmt.Println(create("key-1", "elm")) // another under the same key
	// Output:
	// thing of oak <nil>
	// thing of oak <nil>
	//  conflict key_reused: this idempotency key was used for another request
}
