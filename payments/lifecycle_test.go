package payments_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

func TestTopUpLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle_topup.mermaid", []byte(payments.TopUpLifecycle.Mermaid()))
}

func TestPayoutLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle_payout.mermaid", []byte(payments.PayoutLifecycle.Mermaid()))
}

func TestChargebackLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle_chargeback.mermaid", []byte(payments.ChargebackLifecycle.Mermaid()))
}

func TestDebtLifecycleGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle_debt.mermaid", []byte(payments.DebtLifecycle.Mermaid()))
}

// payoutTable is the lifecycle of payouts written down a second time.
const payoutTable = `
	requested submit submitted provider
	requested pay paid provider admin
	requested reject rejected provider admin
	requested return returned provider
	submitted pay paid provider admin
	submitted reject rejected provider admin
	submitted return returned provider
	paid return returned provider`

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	lifecycletest.Walk(t, payments.PayoutLifecycle, payoutTable)
	lifecycletest.Walk(t, payments.TopUpLifecycle, `
		processing confirm confirmed provider
		processing decline declined provider
		processing abandon failed admin
		failed confirm confirmed provider`)
	lifecycletest.Walk(t, payments.ChargebackLifecycle, `
		open win won provider admin
		open lose lost provider admin clock
		won reopen open provider
		lost win won provider`)
	lifecycletest.Walk(t, payments.DebtLifecycle, `
		owing net_part owing clock
		owing net netted clock
		owing write_off written_off admin clock`)
}

// TestSettlingFollowsTheLifecycle tries every action on a real payout in every
// state as everybody.
func TestSettlingFollowsTheLifecycle(t *testing.T) {
	t.Parallel()
	payouts := lifecycletest.Read(t, payments.PayoutLifecycle, payoutTable)
	for _, state := range payments.PayoutLifecycle.States() {
		for _, do := range payments.PayoutLifecycle.AllActions() {
			t.Run(string(state)+"/"+string(do), func(t *testing.T) {
				t.Parallel()
				for _, by := range []lance.Actor{owner, stranger, admin, support, engine, nobody} {
					w := newWorld(t)
					p := w.payoutIn(owner, state)
					got, err := w.SettlePayout(t.Context(), by, p.ID, do)
					_, has := payouts[state][do]
					to, may := payouts.Leads(state, do, lance.ByAdmin)
					if by.Has(lance.RoleAdmin) && may && state != payments.Requested {
						require.NoError(t, err)
						require.Equal(t, to, got.State)
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
