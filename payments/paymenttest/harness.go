package paymenttest

import (
	"context"
	"encoding/hex"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// Harness is what the suite asks of an adapter. Open, Amount, Charges.OK and
// Payouts.OK are required; anything else that is left empty declares that the
// adapter or its provider cannot do what it is for.
type Harness struct {
	// Open returns an adapter and cleans it up by t.Cleanup.
	Open func(t *testing.T) provider.Adapter
	// Amount is what is charged and paid out; above 1 minor unit.
	Amount lance.Money
	// Charges and Payouts are tokens by what they lead to.
	Charges Charges
	Payouts Payouts

	// Again returns an adapter of the same provider as another process has it,
	// without anything that a kept in memory.
	Again func(t *testing.T, a provider.Adapter) provider.Adapter
	// Finish brings what is pending under a key to its end, where looking it up
	// does not.
	Finish func(t *testing.T, a provider.Adapter, kind provider.Kind, key string)
	// Tell returns all that the provider tells by itself about a charge, from its
	// webhooks as the adapter reads them, until nothing more is to come.
	Tell func(t *testing.T, a provider.Adapter, key string) []provider.Event
	// Outage makes the provider unreachable until it is told otherwise.
	Outage func(a provider.Adapter, on bool)
	// Webhook returns what the provider would send about an event at a time.
	Webhook func(a provider.Adapter, ev provider.Event, at time.Time) provider.Request
}

// Charges are payment methods.
type Charges struct {
	OK       string // succeeds at once
	Declined string // is refused at once
	Pending  string // is pending, and succeeds
	Unknown  string // is not known to the provider
	Lost     string // succeeds, is charged back, and the platform loses
	Won      string // the same, and the platform wins
}

// Payouts are destinations.
type Payouts struct {
	OK       string // succeeds, at once or later
	Rejected string // is taken on, and refused later
	Unknown  string // is not known to the provider
}

// Run proves every law on the adapter.
func Run(t *testing.T, h Harness) {
	for _, subject := range []struct {
		name string
		laws []law
	}{
		{"name", nameLaws},
		{"charge", chargeLaws},
		{"payout", payoutLaws},
		{"chargeback", chargebackLaws},
		{"lookup", lookupLaws},
		{"outage", outageLaws},
		{"webhook", webhookLaws},
	} {
		t.Run(subject.name, func(t *testing.T) {
			t.Parallel()
			for _, l := range subject.laws {
				t.Run(l.name, func(t *testing.T) {
					t.Parallel()
					l.run(&world{T: t, h: h, a: h.Open(t), key: newKey()})
				})
			}
		})
	}
}

// newKey makes a key that was never used.
func newKey() string {
	var b [16]byte
	lance.SystemEntropy().Fill(b[:])
	return "pt_" + hex.EncodeToString(b[:])
}

// law is one case of the suite.
type law struct {
	name string
	run  func(w *world)
}

// world is what one case works in: an adapter, and a key that was never used.
type world struct {
	*testing.T
	h   Harness
	a   provider.Adapter
	key string
}

// need skips the case by name when the adapter has declared that it lacks what.
func (w *world) need(has bool, what string) {
	w.Helper()
	if !has {
		w.Skipf("the adapter declares that it lacks: %s", what)
	}
}

func (w *world) token(token, what string) string {
	w.Helper()
	w.need(token != "", what)
	return token
}

// charge is what the case charges.
func (w *world) charge(method string) provider.Charge {
	return provider.Charge{Key: w.key, Amount: w.h.Amount, Method: method, Party: "paymenttest"}
}

// payout is what the case pays out.
func (w *world) payout(destination string) provider.Payout {
	return provider.Payout{Key: w.key, Amount: w.h.Amount, Destination: destination, Party: "paymenttest"}
}

// charged makes a charge that must be answered.
func (w *world) charged(c provider.Charge) provider.Outcome {
	w.Helper()
	out, err := w.a.Charge(w.Context(), c)
	require.NoError(w, err)
	w.wellFormed(out)
	return out
}

// paid makes a payout that must be answered.
func (w *world) paid(p provider.Payout) provider.Outcome {
	w.Helper()
	out, err := w.a.Payout(w.Context(), p)
	require.NoError(w, err)
	w.wellFormed(out)
	return out
}

// ended returns what became of a charge or payout in the end.
func (w *world) ended(kind provider.Kind, ref string) provider.Outcome {
	w.Helper()
	if w.h.Finish != nil {
		w.h.Finish(w.T, w.a, kind, w.key)
	}
	out, err := w.a.Lookup(w.Context(), kind, w.key, ref)
	require.NoError(w, err)
	w.wellFormed(out)
	require.Equal(w, ref, out.Ref, "the provider's name of it does not change")
	require.NotEqual(w, provider.Pending, out.State)
	return out
}

// wellFormed requires what holds of every outcome.
func (w *world) wellFormed(out provider.Outcome) {
	w.Helper()
	require.LessOrEqual(w, len(out.Ref), 255)
	require.Contains(w, []provider.State{provider.Pending, provider.Succeeded, provider.Refused, provider.Returned}, out.State)
	refused := out.State == provider.Refused || out.State == provider.Returned
	if refused {
		require.Regexp(w, `^[a-z0-9_]{1,64}$`, out.Code, "a reason is a short code that is safe to show")
	} else {
		require.Empty(w, out.Code, "only what was refused or came back has a reason")
	}
	require.True(w, !out.Settled || out.State == provider.Succeeded, "only what succeeded is settled")
}

// many calls fn at the same time and returns what each call answered.
func (w *world) many(n int, fn func(ctx context.Context) (provider.Outcome, error)) []provider.Outcome {
	w.Helper()
	outs, errs := make([]provider.Outcome, n), make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { outs[i], errs[i] = fn(w.Context()) })
	}
	group.Wait()
	for _, err := range errs {
		require.NoError(w, err)
	}
	return outs
}

// invalid requires that err is Invalid and names the field and the rule.
func (w *world) invalid(err error, pointer, code string) {
	w.Helper()
	require.ErrorIs(w, err, lance.Invalid)
	e, ok := errors.AsType[*lance.Error](err)
	require.True(w, ok)
	for _, f := range e.Fields {
		if f.Pointer == pointer && (code == "" || f.Code == code) {
			return
		}
	}
	require.Failf(w, "the fault does not name the field", "%s %s: %v", pointer, code, err)
}
