package ledger_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

func TestOperatorsSeeTheBooks(t *testing.T) {
	t.Parallel()
	db := memescrow.New(nil)
	s, root := ledger.NewService(db), lance.Person("root", lance.RoleAdmin)
	none, err := s.Owned(t.Context(), root, "ann")
	require.NoError(t, err)
	require.Empty(t, none)

	_, err = post(t, db, topUp("1", 700))
	require.NoError(t, err)
	trial, err := s.TrialBalance(t.Context(), root)
	require.NoError(t, err)
	require.True(t, trial.Balanced())
	for owner, want := range map[string]ledger.Account{"ann": ledger.Available("ann", lance.USD), "p": ledger.Clearing("p", lance.USD)} {
		found, err := s.Owned(t.Context(), root, owner)
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, want, found[0].Account)
		require.Equal(t, lance.NewMoney(700, lance.USD), found[0].Posted)
	}
	nobodys, err := s.Owned(t.Context(), root, "")
	require.NoError(t, err)
	require.Empty(t, nobodys)
	lines, err := s.Statement(t.Context(), root, ledger.Available("ann", lance.USD), lance.PageQuery{})
	require.NoError(t, err)
	require.Len(t, lines.Items, 1)

	_, err = s.Owned(t.Context(), root, string(make([]byte, 65)))
	require.ErrorIs(t, err, lance.Invalid)
	_, err = s.TrialBalance(t.Context(), lance.Person("ann"))
	require.ErrorIs(t, err, lance.Forbidden)
	_, err = s.Owned(t.Context(), lance.Actor{}, "ann")
	require.ErrorIs(t, err, lance.Unauthorized)
}
