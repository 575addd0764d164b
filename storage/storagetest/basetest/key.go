package basetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func keyLaws[R lance.Repos]() []law[R] {
	return []law[R]{
		{name: "first_claim_stands", run: firstClaimStands[R]},
		{name: "scopes_and_names_are_independent", run: keysAreIndependent[R]},
		{name: "several_are_claimed_unless_one_stands", run: severalKeys[R]},
		{name: "rollback_frees_the_key", run: rollbackFreesKey[R]},
		{name: "claimed_by_one_of_a_crowd", run: claimedByOne[R]},
		{name: "same_key_and_content_give_the_same_result", run: sameResult[R]},
		{name: "same_key_and_other_content_is_a_conflict", run: otherContent[R]},
		{name: "answer_replaces_the_result", run: answerReplaces[R]},
		{name: "sweep_forgets_the_old", run: sweepForgets[R]},
	}
}

func key(scope, name string, at time.Time) lance.Key {
	return lance.Key{Scope: scope, Name: name, Op: "widget.Create", Content: lance.LeafOf([]byte(name)), Result: "result of " + name, At: at}
}

func (w *world[R]) claimKey(k lance.Key) (standing *lance.Key) {
	w.Helper()
	w.in(func(ctx context.Context, r R) (err error) {
		standing, err = r.Keys().Claim(ctx, k)
		return err
	})
	return standing
}

func firstClaimStands[R lance.Repos](w *world[R]) {
	k := key("ann", "k", epoch.Add(time.Microsecond))
	require.Nil(w, w.claimKey(k))
	other := k
	other.Op, other.Content, other.Result, other.At = "other", lance.Hash{1}, "other", epoch.Add(time.Hour)
	require.Equal(w, &k, w.claimKey(other))
	require.Equal(w, &k, w.claimKey(k))
	w.in(func(ctx context.Context, r R) error {
		fresh := key("ann", "fresh", epoch)
		standing, err := r.Keys().Claim(ctx, fresh)
		require.NoError(w, err)
		require.Nil(w, standing)
		standing, err = r.Keys().Claim(ctx, fresh)
		require.Equal(w, &fresh, standing, "in one transaction too")
		return err
	})
}

func keysAreIndependent[R lance.Repos](w *world[R]) {
	for _, k := range []lance.Key{key("ann", "k", epoch), key("bob", "k", epoch), key("ann", "K", epoch), key("Ann", "k", epoch)} {
		require.Nil(w, w.claimKey(k))
	}
}

func severalKeys[R lance.Repos](w *world[R]) {
	one, two, three := key("ann", "1", epoch), key("ann", "2", epoch), key("bob", "1", epoch)
	w.in(func(ctx context.Context, r R) error {
		standing, err := r.Keys().Claim(ctx)
		require.Nil(w, standing, "of none")
		require.NoError(w, err)
		standing, err = r.Keys().Claim(ctx, two, one)
		require.Nil(w, standing)
		return err
	})
	for _, ks := range [][]lance.Key{{three, two}, {two, three}, {three, three}} {
		err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			standing, err := r.Keys().Claim(ctx, ks...)
			require.NoError(w, err)
			require.NotNil(w, standing)
			require.Contains(w, ks, *standing)
			return errOops
		})
		require.ErrorIs(w, err, errOops)
	}
	require.Equal(w, &one, w.claimKey(one))
	require.Nil(w, w.claimKey(three))
}

func rollbackFreesKey[R lance.Repos](w *world[R]) {
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		_, err := r.Keys().Claim(ctx, key("ann", "k", epoch))
		return errors.Join(err, errOops)
	})
	require.ErrorIs(w, err, errOops)
	require.Nil(w, w.claimKey(key("ann", "k", epoch)))
}

func answerReplaces[R lance.Repos](w *world[R]) {
	k := key("ann", "k", epoch)
	w.in(func(ctx context.Context, r R) error {
		_, err := r.Keys().Claim(ctx, k)
		require.NoError(w, err)
		err = r.Keys().Answer(ctx, "ann", "other", "x")
		require.Equal(w, "key_not_found", lance.CodeOf(err))
		require.ErrorIs(w, err, lance.NotFound)
		return r.Keys().Answer(ctx, "ann", "k", `{"a":"whole answer, 😀"}`)
	})
	k.Result = `{"a":"whole answer, 😀"}`
	require.Equal(w, &k, w.claimKey(key("ann", "k", epoch.Add(time.Hour))))
}

// create makes a widget under a caller's key, as services do.
func (w *world[R]) create(name, caller string, input any, id WidgetID) (result string, err error) {
	err = w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		var first bool
		result, first, err = lance.Once(ctx, r, lance.Person(lance.UserID(caller)), name, "widget.Create", input, string(id))
		if err != nil || !first {
			return err
		}
		return w.insert(ctx, r, id)
	})
	return result, err
}

// claimedByOne lets a crowd create under one key: whoever comes second waits for
// the first and gets its result.
func claimedByOne[R lance.Repos](w *world[R]) {
	var mu sync.Mutex
	results := map[string]int{}
	errs := w.members(func(i int) error {
		result, err := w.create("k", "ann", "input", member(i))
		mu.Lock()
		defer mu.Unlock()
		results[result]++
		return err
	})
	require.NoError(w, errors.Join(errs...))
	require.Len(w, w.ids(), 1)
	require.Equal(w, map[string]int{string(w.ids()[0]): crowd}, results)
}

func sameResult[R lance.Repos](w *world[R]) {
	for i := range 3 {
		result, err := w.create("k", "ann", map[string]int{"price": 5}, member(i))
		require.NoError(w, err)
		require.Equal(w, string(member(0)), result)
	}
	result, err := w.create("", "ann", nil, member(7))
	require.NoError(w, err)
	require.Equal(w, string(member(7)), result, "without a key every call is new")
	require.Equal(w, []WidgetID{member(0), member(7)}, w.ids())
}

func otherContent[R lance.Repos](w *world[R]) {
	_, err := w.create("k", "ann", 1, member(0))
	require.NoError(w, err)
	_, err = w.create("k", "ann", 2, member(1))
	refused(w, err, lance.Conflict, "key_reused")
	_, err = w.create("k", "bob", 2, member(2))
	require.NoError(w, err, "it is another's key")
	require.Equal(w, []WidgetID{member(0), member(2)}, w.ids())
}

func sweepForgets[R lance.Repos](w *world[R]) {
	for i := range 5 {
		w.claimKey(key("ann", fmt.Sprint("k", i), epoch.Add(time.Duration(i)*time.Hour)))
	}
	sweep := func(before time.Time, limit int) (n int) {
		w.in(func(ctx context.Context, r R) (err error) {
			n, err = r.Keys().Sweep(ctx, before, limit)
			return err
		})
		return n
	}
	require.Zero(w, sweep(epoch, 10), "older means before")
	require.Equal(w, 2, sweep(epoch.Add(3*time.Hour), 2))
	require.Equal(w, 1, sweep(epoch.Add(3*time.Hour), 2))
	require.Zero(w, sweep(epoch.Add(3*time.Hour), 2))
	require.NotNil(w, w.claimKey(key("ann", "k3", epoch)))
	require.Nil(w, w.claimKey(key("ann", "k0", epoch)), "what was swept is free")
}
