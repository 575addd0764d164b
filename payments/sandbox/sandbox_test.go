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
		Charges: paymenttest.Charges{OK: sandbox.MethodOK, Declined: sandbox.MethodDeclined, Pending: sandbox.MethodPending, Unknown: "pm_nobody"},
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
