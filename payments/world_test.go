package payments_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/memstore/mempayments"
)

// The cast. An administrator has no stake, unless a payment is his own.
var (
	owner    = lance.Person("ann")
	stranger = lance.Person("eve")
	admin    = lance.Person("root", lance.RoleAdmin)
	support  = lance.Person("help", lance.RoleSupport)
	engine   = lance.System("test")
	nobody   = lance.Actor{}
	epoch    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }

// world is a store in memory, a sandbox, and a service on both.
type world struct {
	*testing.T
	*payments.Service
	db   *memkit.Store[mempayments.Tx]
	bank *sandbox.Sandbox
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, bank: sandbox.New(sandbox.Options{})}
	w.db = mempayments.New(&memkit.Options{Clock: lance.FixedClock(epoch), Entropy: lance.SeededEntropy(1)})
	svc, err := payments.NewService(w.db, payments.Options{Providers: []provider.Adapter{w.bank}})
	require.NoError(t, err)
	w.Service = svc
	return w
}

// work lets the engine do what there is to do.
func (w *world) work() lance.Report {
	w.Helper()
	db := lance.Narrow(w.db, func(r mempayments.Tx) payments.Repos { return r })
	rep, err := lance.NewWorker(db, w.Jobs(), nil).Drain(w.Context(), epoch, 20)
	require.NoError(w, err)
	return rep
}

// tell lets the provider tell of an event.
func (w *world) tell(ev provider.Event) lance.Report {
	w.Helper()
	require.NoError(w, w.Receive(w.Context(), w.bank.Name(), w.bank.Sign(ev, epoch)))
	return w.work()
}

// topUpIn returns a top-up of an actor's that was brought to a state.
func (w *world) topUpIn(by lance.Actor, s payments.TopUpState) *payments.TopUp {
	w.Helper()
	method := map[payments.TopUpState]string{
		payments.Processing: sandbox.MethodPending, payments.Confirmed: sandbox.MethodOK,
		payments.Declined: sandbox.MethodDeclined, payments.Failed: sandbox.MethodPending,
	}[s]
	t, err := w.TopUp(w.Context(), by, payments.TopUpInput{Amount: usd(5000), Method: method})
	if s != payments.Declined {
		require.NoError(w, err)
	}
	if s == payments.Failed {
		t, err = w.AbandonTopUp(w.Context(), admin, t.ID)
		require.NoError(w, err)
	}
	require.Equal(w, s, t.State)
	return t
}

// payoutIn returns a payout of an actor's that was brought to a state.
func (w *world) payoutIn(by lance.Actor, s payments.PayoutState) *payments.Payout {
	w.Helper()
	w.topUpIn(by, payments.Confirmed)
	w.bank.Outage(s == payments.Requested)
	p, err := w.Payout(w.Context(), by, payments.PayoutInput{Amount: usd(1000), Destination: sandbox.DestinationOK})
	require.NoError(w, err)
	w.bank.Outage(false)
	says := map[payments.PayoutState]provider.State{
		payments.Paid: provider.Succeeded, payments.Rejected: provider.Refused, payments.Returned: provider.Returned,
	}[s]
	if says != "" {
		w.bank.Outage(true)
		require.Empty(w, w.tell(payoutEvent(p, "e1", says)).Parked)
		w.bank.Outage(false)
		p, err = w.GetPayout(w.Context(), by, p.ID)
		require.NoError(w, err)
	}
	require.Equal(w, s, p.State)
	return p
}

func payoutEvent(p *payments.Payout, id string, s provider.State) provider.Event {
	return provider.Event{ID: id, Kind: provider.KindPayout, Key: string(p.ID), Ref: p.ProviderRef, State: s, Amount: p.Amount, Code: "account_closed"}
}

func refused(t *testing.T, err error, kind lance.Kind, code string, msg ...any) {
	t.Helper()
	require.ErrorIs(t, err, kind, msg...)
	require.Equal(t, code, lance.CodeOf(err), msg...)
}
