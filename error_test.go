package lance_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func TestKindsHaveNamesAndAreTargets(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for k := lance.Internal; k <= lance.Unavailable; k++ {
		require.False(t, seen[k.String()], "two kinds are called %s", k)
		seen[k.String()] = true
		err := fmt.Errorf("around it: %w", lance.E(k, "some_code", "text"))
		require.ErrorIs(t, err, k)
		require.Equal(t, k, lance.KindOf(err))
		for other := lance.Internal; other <= lance.Unavailable; other++ {
			require.Equal(t, other == k, errors.Is(err, other))
		}
	}
	require.Len(t, seen, 13)
	require.Equal(t, "internal", lance.Kind(200).String())
	require.Equal(t, "not_found", lance.NotFound.Error())
}

func TestKindAndCodeOfAnyError(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		kind lance.Kind
		code string
	}{
		"nil":          {nil, lance.Internal, ""},
		"foreign":      {io.EOF, lance.Internal, ""},
		"a kind":       {fmt.Errorf("x: %w", lance.Stale), lance.Stale, ""},
		"a fault":      {lance.E(lance.Limited, "too_often", ""), lance.Limited, "too_often"},
		"the first":    {lance.E(lance.Exists, "outer", "").Cause(lance.E(lance.Stale, "inner", "")), lance.Exists, "outer"},
		"one of joint": {errors.Join(io.EOF, lance.E(lance.Stale, "inner", "")), lance.Stale, "inner"},
	} {
		require.Equal(t, c.kind, lance.KindOf(c.err), name)
		require.Equal(t, c.code, lance.CodeOf(c.err), name)
	}
}

func TestErrorSaysEverythingOnOneLine(t *testing.T) {
	t.Parallel()
	var f lance.Faults
	f.Add("/name", "required", "this is needed")
	err := lance.Op("contract.Accept", f.Err())
	require.EqualError(t, err, "contract.Accept: invalid invalid_input: the input is not valid; /name required: this is needed")
	require.EqualError(t, lance.E(lance.Stale, "stale", "").Cause(io.EOF), "stale: EOF")
}

func TestCauseCopies(t *testing.T) {
	t.Parallel()
	plain := lance.E(lance.Stale, "x_stale", "text")
	caused := plain.Cause(io.EOF)
	require.ErrorIs(t, caused, io.EOF)
	require.NotErrorIs(t, plain, io.EOF)
}

func TestOpMarksOnce(t *testing.T) {
	t.Parallel()
	require.NoError(t, lance.Op("x.Y", nil))
	fault := lance.E(lance.Stale, "x_stale", "text")
	inner := lance.Op("inner.Do", fault)
	require.Empty(t, fault.Op, "the fault itself is shared and stays as it is")
	outer := lance.Op("outer.Do", inner)
	var e *lance.Error
	require.ErrorAs(t, outer, &e)
	require.Equal(t, "inner.Do", e.Op)
	require.Equal(t, "x_stale", e.Code)
}

func TestOpKeepsTheChain(t *testing.T) {
	t.Parallel()
	fault := lance.E(lance.Stale, "x_stale", "text")
	for name, err := range map[string]error{
		"wrapped": fmt.Errorf("%w: %w", fault, io.EOF),
		"joined":  errors.Join(io.EOF, fault),
		"caused":  fault.Cause(io.EOF),
	} {
		marked := lance.Op("x.Do", err)
		require.ErrorIs(t, marked, io.EOF, name)
		require.ErrorIs(t, marked, lance.Stale, name)
		require.Equal(t, "x_stale", lance.CodeOf(marked), name)
	}
}

func TestOpMakesForeignErrorsFaults(t *testing.T) {
	t.Parallel()
	err := lance.Op("x.Do", context.Canceled)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, lance.Internal)
	require.Equal(t, "internal", lance.CodeOf(err))
	err = lance.Op("x.Do", lance.NotFound)
	require.ErrorIs(t, err, lance.NotFound)
	require.Equal(t, "not_found", lance.CodeOf(err))
}

func TestFaultsCollectByPointer(t *testing.T) {
	t.Parallel()
	var f lance.Faults
	require.NoError(t, f.Err())
	f.Check("/a", nil)
	require.NoError(t, f.Err())
	var inner lance.Faults
	inner.Add("/amount", "amount_positive", "more than zero")
	f.Check("/milestones/0", inner.Err())
	f.Check("/title", lance.E(lance.Invalid, "text_required", "needed"))
	f.Check("/other", io.EOF)
	var e *lance.Error
	require.ErrorAs(t, f.Err(), &e)
	require.Equal(t, lance.Invalid, e.Kind)
	require.Equal(t, []lance.FieldError{
		{Pointer: "/milestones/0/amount", Code: "amount_positive", Msg: "more than zero"},
		{Pointer: "/title", Code: "text_required", Msg: "needed"},
		{Pointer: "/other", Code: "invalid", Msg: "this is not valid"},
	}, e.Fields)
}

func ExampleE() {
	err := lance.Op("contract.Get", lance.E(lance.NotFound, "contract_not_found", "there is no such contract"))
	fmt.Println(err)
	fmt.Println(errors.Is(err, lance.NotFound), lance.CodeOf(err))
	// Output:
	// contract.Get: not_found contract_not_found: there is no such contract
	// true contract_not_found
}

func ExampleFaults() {
	var f lance.Faults
	f.Check("/title", lance.TitleText.Check(""))
	f.Check("/email", lance.E(lance.Invalid, "email_syntax", "this is not an address"))
	if e, ok := errors.AsType[*lance.Error](f.Err()); ok {
		for _, field := range e.Fields {
			fmt.Println(field.Pointer, field.Code)
		}
	}
	// Output:
	// /title text_required
	// /email email_syntax
}
