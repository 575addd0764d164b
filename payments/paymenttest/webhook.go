package paymenttest

import (
	"bytes"
	"maps"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// sent is when the suite's webhooks are signed.
var sent = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

var webhookLaws = []law{
	{"says_what_the_provider_said", func(w *world) {
		for _, ev := range w.events() {
			got, err := w.a.Parse(w.webhook(ev, sent), sent)
			require.NoError(w, err)
			require.Len(w, got, 1)
			got[0].At, got[0].AnswerBy = lance.Instant(got[0].At), lance.Instant(got[0].AnswerBy)
			require.Equal(w, ev, got[0])
		}
	}},
	{"same_event_has_the_same_name", func(w *world) {
		ev := w.events()[0]
		first, err := w.a.Parse(w.webhook(ev, sent), sent)
		require.NoError(w, err)
		again, err := w.a.Parse(w.webhook(ev, sent.Add(time.Minute)), sent.Add(time.Minute))
		require.NoError(w, err)
		require.Equal(w, first[0].ID, again[0].ID)
	}},
	{"unsigned_is_refused", func(w *world) {
		req := w.webhook(w.events()[0], sent)
		req.Header = nil
		w.refused(req, sent, "webhook_signature")
	}},
	{"changed_body_is_refused", func(w *world) {
		req := w.webhook(w.events()[0], sent)
		for i := range req.Body {
			changed := provider.Request{Header: req.Header, Body: bytes.Clone(req.Body)}
			changed.Body[i] ^= 1
			w.refused(changed, sent, "webhook_signature")
		}
		w.refused(provider.Request{Header: req.Header, Body: append(bytes.Clone(req.Body), ' ')}, sent, "webhook_signature")
		w.refused(provider.Request{Header: req.Header}, sent, "webhook_signature")
	}},
	{"changed_header_is_refused", func(w *world) {
		req := w.webhook(w.events()[0], sent)
		for name, values := range req.Header {
			for i := range values[0] {
				value := []byte(values[0])
				value[i] ^= 1
				header := maps.Clone(req.Header)
				header[name] = []string{string(value)}
				_, err := w.a.Parse(provider.Request{Header: header, Body: req.Body}, sent)
				require.ErrorIs(w, err, lance.Unauthorized, "byte %d of %s", i, name)
			}
		}
	}},
	{"signature_of_another_body_is_refused", func(w *world) {
		evs := w.events()
		req := w.webhook(evs[0], sent)
		req.Body = w.webhook(evs[1], sent).Body
		w.refused(req, sent, "webhook_signature")
	}},
	{"old_is_refused", func(w *world) {
		w.refused(w.webhook(w.events()[0], sent), sent.Add(25*time.Hour), "webhook_expired")
	}},
	{"from_the_future_is_refused", func(w *world) {
		w.refused(w.webhook(w.events()[0], sent), sent.Add(-25*time.Hour), "webhook_expired")
	}},
}

// webhook returns what the provider would send.
func (w *world) webhook(ev provider.Event, at time.Time) provider.Request {
	w.Helper()
	w.need(w.h.Webhook != nil, "webhooks")
	return w.h.Webhook(w.a, ev, at)
}

// refused requires that a webhook is not believed.
func (w *world) refused(req provider.Request, now time.Time, code string) {
	w.Helper()
	got, err := w.a.Parse(req, now)
	require.ErrorIs(w, err, lance.Unauthorized)
	require.Equal(w, code, lance.CodeOf(err))
	require.Empty(w, got)
}

// events returns one event of each sort.
func (w *world) events() []provider.Event {
	all := []provider.Event{
		{Kind: provider.KindCharge, State: provider.Pending},
		{Kind: provider.KindCharge, State: provider.Succeeded},
		{Kind: provider.KindCharge, State: provider.Refused, Code: "card_declined"},
		{Kind: provider.KindSettlement},
		{Kind: provider.KindPayout, State: provider.Pending},
		{Kind: provider.KindPayout, State: provider.Succeeded},
		{Kind: provider.KindPayout, State: provider.Refused, Code: "account_closed"},
		{Kind: provider.KindPayout, State: provider.Returned, Code: "account_closed"},
		{Kind: provider.KindChargeback, State: provider.Opened, Code: "fraudulent", AnswerBy: sent.Add(time.Hour)},
		{Kind: provider.KindChargeback, State: provider.Won, Code: "fraudulent"},
		{Kind: provider.KindChargeback, State: provider.Lost, Code: "fraudulent"},
	}
	for i := range all {
		e := &all[i]
		if e.Kind == provider.KindChargeback {
			e.Chargeback, e.Fee = "cb_"+w.key, lance.NewMoney(1, w.h.Amount.Currency())
		}
		e.ID, e.Key, e.Ref = w.key+"_event_"+string(rune('a'+i)), w.key, "ref_"+w.key
		e.Amount, e.At = w.h.Amount, sent.Add(-time.Minute)
	}
	return all
}
