package lance_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func ref(kind, id string) lance.Ref { return lance.Ref{Kind: kind, ID: id} }

func TestRefRoundTrips(t *testing.T) {
	t.Parallel()
	for _, r := range []lance.Ref{ref("contract", "ctr_1"), ref("order", "a/b"), ref("order", "42")} {
		got, err := lance.ParseRef(r.String())
		require.NoError(t, err)
		require.Equal(t, r, got)
		require.False(t, r.IsZero())
	}
	require.True(t, lance.Ref{}.IsZero())
	for _, s := range []string{"", "/", "contract", "contract/", "/1"} {
		_, err := lance.ParseRef(s)
		require.ErrorIs(t, err, lance.Invalid, s)
		require.Equal(t, "ref_syntax", lance.CodeOf(err), s)
	}
}

func TestRefsHaveOneGlobalOrder(t *testing.T) {
	t.Parallel()
	sorted := []lance.Ref{ref("a", "2"), ref("a", "b"), ref("ab", "1"), ref("b", "")}
	shuffled := []lance.Ref{sorted[3], sorted[1], sorted[0], sorted[2]}
	slices.SortFunc(shuffled, lance.Ref.Compare)
	require.Equal(t, sorted, shuffled)
	require.Zero(t, sorted[0].Compare(ref("a", "2")))
}

func TestLocksAreWantedOnceAndInOrder(t *testing.T) {
	t.Parallel()
	var l lance.Locks
	want, err := l.Want(ref("b", "2"), ref("b", "1"), ref("b", "2"))
	require.NoError(t, err)
	require.Equal(t, []lance.Ref{ref("b", "1"), ref("b", "2")}, want)

	want, err = l.Want(ref("b", "1"))
	require.NoError(t, err)
	require.Empty(t, want, "what is held is not wanted again")

	_, err = l.Want(ref("a", "9"))
	require.ErrorIs(t, err, lance.Internal)
	require.Equal(t, "lock_order", lance.CodeOf(err))
	_, err = l.Want(ref("c", "1"), ref("a", "9"))
	require.Equal(t, "lock_order", lance.CodeOf(err))

	want, err = l.Want(ref("c", "1"), ref("b", "1"))
	require.NoError(t, err)
	require.Equal(t, []lance.Ref{ref("c", "1")}, want, "a refused want holds nothing")
}

func TestForkedLocksAreApart(t *testing.T) {
	t.Parallel()
	var l lance.Locks
	_, err := l.Want(ref("a", "1"))
	require.NoError(t, err)
	fork := l.Fork()
	want, err := fork.Want(ref("a", "1"), ref("c", "1"))
	require.NoError(t, err)
	require.Equal(t, []lance.Ref{ref("c", "1")}, want)
	want, err = l.Want(ref("b", "1"))
	require.NoError(t, err, "what the savepoint took is not held outside")
	require.Equal(t, []lance.Ref{ref("b", "1")}, want)
}

func TestASavepointBeginsAnOrderOfItsOwn(t *testing.T) {
	t.Parallel()
	var l lance.Locks
	_, err := l.Want(ref("c", "1"))
	require.NoError(t, err)
	fork := l.Fork()
	want, err := fork.Want(ref("b", "1"), ref("c", "1"))
	require.NoError(t, err)
	require.Equal(t, []lance.Ref{ref("b", "1")}, want)
	_, err = fork.Want(ref("a", "1"))
	require.Equal(t, "lock_order", lance.CodeOf(err))
}

func ExampleRef() {
	r := lance.Ref{Kind: "contract", ID: "ctr_1"}
	fmt.Println(r)
	// Output: contract/ctr_1
}
