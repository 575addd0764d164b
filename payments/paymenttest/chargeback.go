package paymenttest

import (
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

var chargebackLaws = []law{
	{"is_told_of_from_beginning_to_end_when_lost", func(w *world) {
		w.chargedBack(w.token(w.h.Charges.Lost, "a charge that is charged back and lost"), provider.Lost)
	}},
	{"is_told_of_from_beginning_to_end_when_won", func(w *world) {
		w.chargedBack(w.token(w.h.Charges.Won, "a charge that is charged back and won"), provider.Won)
	}},
	{"can_be_asked_about", func(w *world) {
		ev := w.chargedBack(w.token(w.h.Charges.Lost, "a charge that is charged back and lost"), provider.Lost)
		out, err := w.a.Lookup(w.Context(), provider.KindChargeback, w.key, ev.Chargeback)
		require.NoError(w, err)
		require.Contains(w, []provider.State{provider.Lost, provider.Opened}, out.State, "who cannot be asked says that it is open")
	}},
}

// chargedBack makes a charge, and requires of what the provider tells of its
// chargeback what holds of every one. It returns the last event.
func (w *world) chargedBack(method string, end provider.State) provider.Event {
	w.Helper()
	w.need(w.h.Tell != nil, "to tell of chargebacks by itself")
	out := w.charged(w.charge(method))
	require.Equal(w, provider.Succeeded, out.State)
	var told []provider.Event
	for _, ev := range w.h.Tell(w.T, w.a, w.key) {
		if ev.Kind == provider.KindChargeback {
			told = append(told, ev)
		}
	}
	require.Len(w, told, 2)
	first, last := told[0], told[1]
	require.Equal(w, provider.Opened, first.State)
	require.Equal(w, end, last.State)
	require.NotEqual(w, first.ID, last.ID)
	require.NotEmpty(w, first.Chargeback)
	require.Equal(w, first.Chargeback, last.Chargeback)
	for _, ev := range told {
		require.True(w, ev.Key == w.key || ev.Key == "", "our name of the charge")
		require.Equal(w, out.Ref, ev.Ref, "the provider's name of the charge")
		require.Equal(w, w.h.Amount, ev.Amount)
		require.False(w, ev.Fee.IsNegative())
		require.True(w, ev.Fee == (lance.Money{}) || ev.Fee.Currency() == ev.Amount.Currency())
		require.Equal(w, first.Fee, ev.Fee, "each event says all, since they may come in any order")
	}
	return last
}
