package escrow_test

import (
	"slices"
	"strings"
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
	escrow.ByPayer: payer, escrow.ByPayee: payee, escrow.ByArbiter: arbiter, lance.ByAdmin: admin, lance.ByClock: clock,
	lance.ByProvider: stranger,
}

// edge is where an action leads and who may do it.
type edge struct {
	to escrow.State
	by []lance.Relation
}

// table is the lifecycle written down a second time: who may do what where, and
// where that leads.
var table = func() map[escrow.State]map[escrow.Action]edge {
	all := map[escrow.State]map[escrow.Action]edge{}
	for _, s := range escrow.Lifecycle.States() {
		all[s] = map[escrow.Action]edge{}
	}
	for line := range strings.Lines(`proposed accept agreed payer payee
		proposed cancel cancelled payer payee admin clock
		agreed fund funded payer
		agreed submit submitted payee
		agreed amend agreed payer payee
		agreed accept_amendment agreed payer payee
		agreed decline_amendment agreed payer payee clock
		agreed cancel cancelled payer payee admin clock
		funded fund funded payer
		funded submit submitted payee
		funded release funded payer
		funded approve released payer clock
		funded ask_refund funded payer
		funded decline_refund funded payee clock
		funded refund_part funded payee admin clock
		funded refund refunded payee admin clock
		funded amend funded payer payee
		funded accept_amendment funded payer payee
		funded decline_amendment funded payer payee clock
		funded freeze frozen payer payee admin clock
		funded cancel cancelled payer payee admin
		funded close released payer payee admin
		submitted fund submitted payer
		submitted request_changes funded payer
		submitted release submitted payer
		submitted approve released payer clock
		submitted ask_refund submitted payer
		submitted decline_refund submitted payee clock
		submitted refund_part submitted payee admin clock
		submitted refund refunded payee admin clock
		submitted amend submitted payer payee
		submitted accept_amendment submitted payer payee
		submitted decline_amendment submitted payer payee clock
		submitted freeze frozen payer payee admin clock
		submitted cancel cancelled payer payee admin
		submitted close released payer payee admin
		frozen freeze_too frozen clock
		frozen lift frozen arbiter clock
		frozen thaw funded arbiter clock
		frozen resume submitted arbiter clock
		frozen reclaim frozen clock
		frozen rule settled arbiter clock`) {
		f := strings.Fields(line)
		e := edge{to: escrow.State(f[2])}
		for _, by := range f[3:] {
			e.by = append(e.by, lance.Relation(by))
		}
		all[escrow.State(f[0])][escrow.Action(f[1])] = e
	}
	return all
}()

// guarded are the actions that a state has and an agreement that was just brought
// there does not allow: nothing is missing, asked or proposed.
var guarded = map[string]string{
	"agreed submit": "funding_required", "agreed accept_amendment": "amendment_none", "agreed decline_amendment": "amendment_none",
	"funded fund": "agreement_funded", "funded decline_refund": "refund_not_asked",
	"funded accept_amendment": "amendment_none", "funded decline_amendment": "amendment_none",
	"funded cancel": "hold_filled", "submitted cancel": "hold_filled",
	"submitted fund": "agreement_funded", "submitted decline_refund": "refund_not_asked",
	"submitted accept_amendment": "amendment_none", "submitted decline_amendment": "amendment_none",
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
			if do == escrow.FreezeToo || do == escrow.Close {
				continue // it is what freeze, or cancel, does to one that is frozen, or has paid: escrowtest has it
			}
			t.Run(string(state)+"/"+string(do), func(t *testing.T) {
				t.Parallel()
				for relation, who := range relations {
					w := newWorld(t)
					a := w.in(state)
					if do == escrow.Resume && state == escrow.Frozen {
						a = w.do(w.in(escrow.Submitted), payer, escrow.Freeze)
					}
					if do == escrow.Lift && state == escrow.Frozen {
						a = w.do(a, clock, escrow.FreezeToo)
					}
					require.Equal(t, state, a.State)
					if do == escrow.Freeze && state == escrow.Frozen && relation == lance.ByClock {
						continue // that is freeze_too
					}
					offered := slices.Contains(a.AllowedActions(who), do)
					want, has := table[state][do]
					may := has && slices.Contains(want.by, relation)
					got, err := w.try(a, who, do)
					if code := guarded[string(state)+" "+string(do)]; may && code != "" {
						refused(t, err, lance.Precondition, code)
						require.False(t, offered)
						require.Equal(t, a, w.now(a), "a refused action changes nothing")
						continue
					}
					if may && do == escrow.Accept && relation == escrow.ByPayer {
						refused(t, err, lance.Forbidden, "proposal_own")
						require.False(t, offered)
						continue
					}
					require.Equal(t, may, offered)
					if may {
						require.NoError(t, err, relation)
						require.Equal(t, want.to, got.State)
						require.Equal(t, got, w.now(a), "what is returned is what is kept")
						require.Equal(t, a.Version+1, got.Version)
						continue
					}
					require.Equal(t, a, w.now(a), "a refused action changes nothing")
					if who.Has(lance.RoleArbiter) && state != escrow.Frozen && state != escrow.Settled {
						refused(t, err, lance.NotFound, "agreement_not_found", "there is no case for him")
						continue
					}
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
		if e.Do == escrow.Rule || e.Do == escrow.Thaw || e.Do == escrow.Resume {
			require.NotContains(t, e.By, escrow.ByPayer, "%s", e.Do)
			require.NotContains(t, e.By, escrow.ByPayee, "%s", e.Do)
		}
	}
}

// TestTheClockLeadsOutOfEveryStateWithMoney requires that money which nobody
// touches reaches a final state by itself.
func TestTheClockLeadsOutOfEveryStateWithMoney(t *testing.T) {
	t.Parallel()
	for _, s := range escrow.Lifecycle.States() {
		final := false
		for _, e := range escrow.Lifecycle.Edges() {
			final = final || e.From == s && escrow.Lifecycle.Terminal(e.To) && slices.Contains(e.By, lance.ByClock)
		}
		require.True(t, final || escrow.Lifecycle.Terminal(s), "%s", s)
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
