package escrow_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/storage/storagetest/goldentest"
)

func TestLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle.mermaid", []byte(escrow.Lifecycle.Mermaid()))
}

// relations are all that an actor can be, and who is that in the tests.
var relations = map[lance.Relation]lance.Actor{
	escrow.ByPayer: payer, escrow.ByPayee: payee, lance.ByAdmin: admin, lance.ByClock: clock, lance.ByProvider: stranger,
}

// table is the lifecycle written down a second time: who may do what where, and
// where that leads.
var table = map[escrow.State]map[escrow.Action]struct {
	to escrow.State
	by []lance.Relation
}{
	escrow.Agreed: {
		escrow.Fund:   {escrow.Funded, []lance.Relation{escrow.ByPayer}},
		escrow.Cancel: {escrow.Cancelled, []lance.Relation{escrow.ByPayer, escrow.ByPayee, lance.ByAdmin, lance.ByClock}},
	},
	escrow.Funded: {
		escrow.Submit:     {escrow.Submitted, []lance.Relation{escrow.ByPayee}},
		escrow.Release:    {escrow.Funded, []lance.Relation{escrow.ByPayer}},
		escrow.Approve:    {escrow.Released, []lance.Relation{escrow.ByPayer}},
		escrow.AskRefund:  {escrow.Funded, []lance.Relation{escrow.ByPayer}},
		escrow.RefundPart: {escrow.Funded, []lance.Relation{escrow.ByPayee, lance.ByAdmin}},
		escrow.Refund:     {escrow.Refunded, []lance.Relation{escrow.ByPayee, lance.ByAdmin}},
	},
	escrow.Submitted: {
		escrow.RequestChanges: {escrow.Funded, []lance.Relation{escrow.ByPayer}},
		escrow.Release:        {escrow.Submitted, []lance.Relation{escrow.ByPayer}},
		escrow.Approve:        {escrow.Released, []lance.Relation{escrow.ByPayer, lance.ByClock}},
		escrow.AskRefund:      {escrow.Submitted, []lance.Relation{escrow.ByPayer}},
		escrow.RefundPart:     {escrow.Submitted, []lance.Relation{escrow.ByPayee, lance.ByAdmin}},
		escrow.Refund:         {escrow.Refunded, []lance.Relation{escrow.ByPayee, lance.ByAdmin}},
	},
	escrow.Released: {}, escrow.Refunded: {}, escrow.Cancelled: {},
}

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	require.Len(t, table, len(escrow.Lifecycle.States()))
	for _, state := range escrow.Lifecycle.States() {
		for _, do := range escrow.Lifecycle.AllActions() {
			for relation := range relations {
				to, err := escrow.Lifecycle.Next(state, do, relation)
				want, has := table[state][do]
				if has && slices.Contains(want.by, relation) {
					require.NoError(t, err, "%s %s %s", state, do, relation)
					require.Equal(t, want.to, to)
					require.Contains(t, escrow.Lifecycle.Actions(state, relation), do)
					continue
				}
				require.Error(t, err, "%s %s %s", state, do, relation)
				require.Equal(t, state, to)
				require.NotContains(t, escrow.Lifecycle.Actions(state, relation), do)
			}
		}
	}
}

// TestServiceFollowsTheLifecycle does every action in every state as everybody,
// on a real agreement: the service allows what the table allows, refuses the
// rest with the right fault, and then has changed nothing.
func TestServiceFollowsTheLifecycle(t *testing.T) {
	t.Parallel()
	for _, state := range escrow.Lifecycle.States() {
		for _, do := range escrow.Lifecycle.AllActions() {
			t.Run(string(state)+"/"+string(do), func(t *testing.T) {
				t.Parallel()
				for relation, who := range relations {
					w := newWorld(t)
					a := w.in(state)
					require.Equal(t, state, a.State)
					want, has := table[state][do]
					got, err := w.try(a, who, do)
					if has && slices.Contains(want.by, relation) {
						require.NoError(t, err, relation)
						require.Equal(t, want.to, got.State)
						require.Equal(t, got, w.now(a), "what is returned is what is kept")
						require.Equal(t, a.Version+1, got.Version)
						continue
					}
					require.Equal(t, a, w.now(a), "a refused action changes nothing")
					expectRefusal(t, err, relation, do, has)
				}
			})
		}
	}
}

// expectRefusal requires the fault that tells the caller what he can do about
// it: nothing at all, since he is a stranger; nothing ever, or not in a state
// that has the action for others; or not now.
func expectRefusal(t *testing.T, err error, relation lance.Relation, do escrow.Action, has bool) {
	t.Helper()
	may := slices.ContainsFunc(escrow.Lifecycle.Edges(), func(e lance.Transition[escrow.State, escrow.Action]) bool {
		return e.Do == do && slices.Contains(e.By, relation)
	})
	switch {
	case relation == lance.ByProvider:
		refused(t, err, lance.NotFound, "agreement_not_found")
	case has || !may:
		refused(t, err, lance.Forbidden, "agreement_relation", relation)
	default:
		refused(t, err, lance.Precondition, "agreement_state", relation)
	}
}

func TestNoPartyMovesMoneyToItself(t *testing.T) {
	t.Parallel()
	to := map[escrow.Action]lance.Relation{
		escrow.Approve: escrow.ByPayee, escrow.Release: escrow.ByPayee,
		escrow.Refund: escrow.ByPayer, escrow.RefundPart: escrow.ByPayer,
	}
	for _, e := range escrow.Lifecycle.Edges() {
		if gets, moves := to[e.Do]; moves {
			require.NotContains(t, e.By, gets, "%s", e.Do)
		}
	}
}

func TestFinalStatesAreThoseThatEnd(t *testing.T) {
	t.Parallel()
	for _, s := range escrow.Lifecycle.States() {
		w := newWorld(t)
		a := w.in(s)
		if !escrow.Lifecycle.Terminal(s) {
			require.Zero(t, a.EndedAt)
			continue
		}
		require.Equal(t, epoch, a.EndedAt)
		require.True(t, a.Held.IsZero(), "%s holds nothing", s)
		require.Empty(t, a.AllowedActions(payer))
		timers, err := w.Timers(t.Context(), payer, a.ID)
		require.NoError(t, err)
		require.Empty(t, timers)
	}
}
