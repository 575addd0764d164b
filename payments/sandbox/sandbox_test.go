package sandbox_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/paymenttest"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

func TestAdapter(t *testing.T) {
	t.Parallel()
	fresh := func(*testing.T) provider.Adapter { return sandbox.New(sandbox.Options{}) }
	paymenttest.Run(t, paymenttest.Harness{
		Open: fresh, Amount: lance.NewMoney(1250, lance.USD),
		Charges: paymenttest.Charges{OK: sandbox.MethodOK, Declined: sandbox.MethodDeclined, Pending: sandbox.MethodPending, Unknown: "pm_nobody", Lost: sandbox.MethodChargeback, Won: sandbox.MethodChargebackWon},
		Tell:    tell,
		Payouts: paymenttest.Payouts{OK: sandbox.DestinationOK, Rejected: sandbox.DestinationRejected, Unknown: "ba_nobody"},
		Again:   func(t *testing.T, _ provider.Adapter) provider.Adapter { return fresh(t) },
		Outage:  func(a provider.Adapter, on bool) { a.(*sandbox.Sandbox).Outage(on) },
		Webhook: func(a provider.Adapter, ev provider.Event, at time.Time) provider.Request {
			return a.(*sandbox.Sandbox).Sign(ev, at)
		},
	})
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestPendingIsToldByOneWebhook(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Options{})
	amount := lance.NewMoney(700, lance.EUR)
	for range 2 {
		_, err := s.Charge(t.Context(), provider.Charge{Key: "top_1", Amount: amount, Method: sandbox.MethodPending})
		require.NoError(t, err)
		_, err = s.Payout(t.Context(), provider.Payout{Key: "pyo_1", Amount: amount, Destination: sandbox.DestinationRejected})
		require.NoError(t, err)
		_, err = s.Charge(t.Context(), provider.Charge{Key: "top_2", Amount: amount, Method: sandbox.MethodOK})
		require.NoError(t, err)
	}
	sends := s.Webhooks(noon)
	require.Len(t, sends, 2)
	require.Empty(t, s.Webhooks(noon))
	for i, want := range []struct {
		kind  provider.Kind
		key   string
		state provider.State
	}{{provider.KindCharge, "top_1", provider.Succeeded}, {provider.KindPayout, "pyo_1", provider.Refused}} {
		evs, err := s.Parse(sends[i], noon)
		require.NoError(t, err)
		require.Len(t, evs, 1)
		require.Equal(t, want.kind, evs[0].Kind)
		require.Equal(t, want.key, evs[0].Key)
		require.Equal(t, want.state, evs[0].State)
		require.Equal(t, amount, evs[0].Amount)
		require.Equal(t, noon, evs[0].At)
	}
}

func TestWebhookOfAnotherSecretIsRefused(t *testing.T) {
	t.Parallel()
	theirs := sandbox.New(sandbox.Options{Secret: "other"})
	req := theirs.Sign(provider.Event{ID: "sev_1", Kind: provider.KindCharge, State: provider.Succeeded}, noon)
	_, err := sandbox.New(sandbox.Options{}).Parse(req, noon)
	require.ErrorIs(t, err, lance.Unauthorized)
	_, err = theirs.Parse(req, noon)
	require.NoError(t, err)
}

func TestWebhookIsBelievedWithinItsTolerance(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Options{})
	req := s.Sign(provider.Event{ID: "sev_1", Kind: provider.KindCharge, State: provider.Succeeded}, noon)
	for late, believed := range map[time.Duration]bool{
		sandbox.Tolerance: true, -sandbox.Tolerance: true,
		sandbox.Tolerance + time.Second: false, -sandbox.Tolerance - time.Second: false,
	} {
		_, err := s.Parse(req, noon.Add(late))
		require.Equal(t, believed, err == nil, late)
	}
}

func TestKeyIsBounded(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Options{})
	for _, key := range []string{"", string(make([]byte, 65))} {
		_, err := s.Charge(t.Context(), provider.Charge{Key: key, Amount: lance.NewMoney(1, lance.USD), Method: sandbox.MethodOK})
		require.ErrorIs(t, err, lance.Invalid)
	}
}

// tell lets a sandbox send everything about its charges, as it is read.
func tell(t *testing.T, a provider.Adapter, _ string) (all []provider.Event) {
	t.Helper()
	s, ok := a.(*sandbox.Sandbox)
	require.True(t, ok)
	for i := range 2 {
		now := noon.Add(time.Duration(i) * sandbox.DecideAfter)
		for _, req := range s.Webhooks(now) {
			evs, err := s.Parse(req, now)
			require.NoError(t, err)
			all = append(all, evs...)
		}
	}
	return all
}

func TestChargebackIsDecidedAfterAWeek(t *testing.T) {
	t.Parallel()
	s := sandbox.New(sandbox.Options{})
	out, err := s.Charge(t.Context(), provider.Charge{Key: "top_1", Amount: lance.NewMoney(700, lance.EUR), Method: sandbox.MethodChargebackWon})
	require.NoError(t, err)
	opened := s.Webhooks(noon)
	require.Len(t, opened, 1)
	require.Empty(t, s.Webhooks(noon.Add(sandbox.DecideAfter-time.Second)))
	evs, err := s.Parse(opened[0], noon)
	require.NoError(t, err)
	ev := evs[0]
	require.Equal(t, out.Ref, ev.Ref)
	require.Equal(t, noon.Add(sandbox.DecideAfter), ev.AnswerBy)
	got, err := s.Lookup(t.Context(), provider.KindChargeback, "top_1", ev.Chargeback)
	require.NoError(t, err)
	require.Equal(t, provider.Opened, got.State)
	require.Len(t, s.Webhooks(noon.Add(sandbox.DecideAfter)), 1)
	for _, box := range []*sandbox.Sandbox{s, sandbox.New(sandbox.Options{})} {
		got, err = box.Lookup(t.Context(), provider.KindChargeback, "top_1", ev.Chargeback)
		require.NoError(t, err)
		require.Equal(t, provider.Outcome{Ref: ev.Chargeback, State: provider.Won}, got, "also when it was restarted")
	}
	_, err = s.Lookup(t.Context(), provider.KindChargeback, "top_2", ev.Chargeback)
	require.ErrorIs(t, err, lance.NotFound)
}
