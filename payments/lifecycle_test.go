package payments_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/storage/storagetest/goldentest"
)

func TestTopUpLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle_topup.mermaid", []byte(payments.TopUpLifecycle.Mermaid()))
}

func TestPayoutLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle_payout.mermaid", []byte(payments.PayoutLifecycle.Mermaid()))
}

// edge says where an action leads and who may do it.
type edge[S ~string] struct {
	to S
	by []lance.Relation
}

var (
	provides = []lance.Relation{lance.ByProvider}
	either   = []lance.Relation{lance.ByProvider, lance.ByAdmin}
)

// topUps and payouts are the lifecycles written down a second time.
var topUps = map[payments.TopUpState]map[payments.TopUpAction]edge[payments.TopUpState]{
	payments.Processing: {
		payments.Confirm: {payments.Confirmed, provides},
		payments.Decline: {payments.Declined, provides},
		payments.Abandon: {payments.Failed, []lance.Relation{lance.ByAdmin}},
	},
	payments.Failed:    {payments.Confirm: {payments.Confirmed, provides}},
	payments.Confirmed: {}, payments.Declined: {},
}

var payouts = map[payments.PayoutState]map[payments.PayoutAction]edge[payments.PayoutState]{
	payments.Requested: {
		payments.Submit: {payments.Submitted, provides}, payments.Pay: {payments.Paid, either},
		payments.Reject: {payments.Rejected, either}, payments.Return: {payments.Returned, provides},
	},
	payments.Submitted: {
		payments.Pay: {payments.Paid, either}, payments.Reject: {payments.Rejected, either},
		payments.Return: {payments.Returned, provides},
	},
	payments.Paid:     {payments.Return: {payments.Returned, provides}},
	payments.Rejected: {}, payments.Returned: {},
}

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	walk(t, payments.TopUpLifecycle, topUps)
	walk(t, payments.PayoutLifecycle, payouts)
}

// walk compares a lifecycle with its second writing, for every state, action and
// relation there is.
func walk[S, A ~string](t *testing.T, m *lance.Machine[S, A], want map[S]map[A]edge[S]) {
	t.Helper()
	require.Len(t, want, len(m.States()))
	for _, state := range m.States() {
		for _, do := range m.AllActions() {
			for _, as := range []lance.Relation{lance.ByProvider, lance.ByAdmin, lance.ByClock, "owner"} {
				to, err := m.Next(state, do, as)
				e, has := want[state][do]
				if has && slices.Contains(e.by, as) {
					require.NoError(t, err, "%s %s %s", state, do, as)
					require.Equal(t, e.to, to)
					require.Contains(t, m.Actions(state, as), do)
					continue
				}
				require.Error(t, err, "%s %s %s", state, do, as)
				require.Equal(t, state, to)
				require.NotContains(t, m.Actions(state, as), do)
			}
		}
	}
}

// TestSettlingFollowsTheLifecycle tries every action on a real payout in every
// state as everybody.
func TestSettlingFollowsTheLifecycle(t *testing.T) {
	t.Parallel()
	for _, state := range payments.PayoutLifecycle.States() {
		for _, do := range payments.PayoutLifecycle.AllActions() {
			t.Run(string(state)+"/"+string(do), func(t *testing.T) {
				t.Parallel()
				for _, by := range []lance.Actor{owner, stranger, admin, support, engine, nobody} {
					w := newWorld(t)
					p := w.payoutIn(owner, state)
					got, err := w.SettlePayout(t.Context(), by, p.ID, do)
					e, has := payouts[state][do]
					may := has && slices.Contains(e.by, lance.ByAdmin)
					if by.Has(lance.RoleAdmin) && may && state != payments.Requested {
						require.NoError(t, err)
						require.Equal(t, e.to, got.State)
						continue
					}
					expectRefusal(t, err, by, state, do, has, may)
					now, err := w.GetPayout(t.Context(), admin, p.ID)
					require.NoError(t, err)
					require.Equal(t, p, now, "a refused action changes nothing")
				}
			})
		}
	}
}

func expectRefusal(t *testing.T, err error, by lance.Actor, state payments.PayoutState, do payments.PayoutAction, has, may bool) {
	t.Helper()
	ever := do == payments.Pay || do == payments.Reject
	switch {
	case by.Require() != nil:
		refused(t, err, lance.Unauthorized, "actor_required")
	case by.Party == stranger.Party || by.Party == support.Party:
		refused(t, err, lance.NotFound, "payout_not_found")
	case !by.Has(lance.RoleAdmin) || !ever:
		refused(t, err, lance.Forbidden, "payout_relation", by.Label())
	case may && state == payments.Requested:
		refused(t, err, lance.Precondition, "payout_underway")
	case has:
		refused(t, err, lance.Forbidden, "payout_relation")
	default:
		refused(t, err, lance.Precondition, "payout_state")
	}
}

func TestAbandoningFollowsTheLifecycle(t *testing.T) {
	t.Parallel()
	for _, state := range payments.TopUpLifecycle.States() {
		for _, by := range []lance.Actor{owner, stranger, admin, support, engine, nobody} {
			w := newWorld(t)
			up := w.topUpIn(owner, state)
			got, err := w.AbandonTopUp(t.Context(), by, up.ID)
			switch {
			case by.Require() != nil:
				refused(t, err, lance.Unauthorized, "actor_required")
			case by.Party == stranger.Party || by.Party == support.Party:
				refused(t, err, lance.NotFound, "top_up_not_found")
			case !by.Has(lance.RoleAdmin):
				refused(t, err, lance.Forbidden, "top_up_relation")
			case state == payments.Processing:
				require.NoError(t, err)
				require.Equal(t, payments.Failed, got.State)
				require.Empty(t, got.AllowedActions(admin))
			default:
				refused(t, err, lance.Precondition, "top_up_state")
			}
		}
	}
}

// TestWordsOfAProviderFollowTheLifecycle lets a provider say everything about
// payments in every state: each ends in a state the lifecycle leads to, or stays.
func TestWordsOfAProviderFollowTheLifecycle(t *testing.T) {
	t.Parallel()
	for state, want := range map[payments.PayoutState]map[provider.State]payments.PayoutState{
		payments.Requested: {provider.Pending: payments.Submitted, provider.Succeeded: payments.Paid, provider.Refused: payments.Rejected, provider.Returned: payments.Returned},
		payments.Submitted: {provider.Succeeded: payments.Paid, provider.Refused: payments.Rejected, provider.Returned: payments.Returned},
		payments.Paid:      {provider.Refused: payments.Returned, provider.Returned: payments.Returned},
		payments.Rejected:  {}, payments.Returned: {},
	} {
		for _, says := range []provider.State{provider.Pending, provider.Succeeded, provider.Refused, provider.Returned} {
			t.Run(string(state)+"/"+string(says), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				p := w.payoutIn(owner, state)
				w.bank.Outage(true) // only the webhook tells
				rep := w.tell(payoutEvent(p, "e2", says))
				got, err := w.GetPayout(t.Context(), owner, p.ID)
				require.NoError(t, err)
				to, moves := want[says]
				if !moves {
					to = state
				}
				require.Equal(t, to, got.State)
				require.Equal(t, state == payments.Rejected && says == provider.Succeeded, len(rep.Parked) > 0, "a contradiction is set aside")
			})
		}
	}
}

func TestAllowedActionsAreThoseOfAnAdministratorWithoutAStake(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p, up := w.payoutIn(admin, payments.Submitted), w.topUpIn(admin, payments.Processing)
	other := lance.Person("boss", lance.RoleAdmin)
	for _, by := range []lance.Actor{admin, stranger, nobody, {User: "root", Party: "acme", Roles: admin.Roles}} {
		require.Empty(t, p.AllowedActions(by))
		require.Empty(t, up.AllowedActions(by))
	}
	require.Equal(t, []payments.PayoutAction{payments.Pay, payments.Reject}, p.AllowedActions(other))
	require.Equal(t, []payments.TopUpAction{payments.Abandon}, up.AllowedActions(other))
	_, err := w.SettlePayout(t.Context(), admin, p.ID, payments.Reject)
	refused(t, err, lance.Forbidden, "payout_relation", "nobody settles his own")
	_, err = w.AbandonTopUp(t.Context(), admin, up.ID)
	refused(t, err, lance.Forbidden, "top_up_relation")
	_, err = w.SettlePayout(t.Context(), other, p.ID, payments.Reject)
	require.NoError(t, err)
}
