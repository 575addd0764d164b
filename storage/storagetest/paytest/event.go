package paytest

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

func eventLaws() []law {
	return []law{
		{"duplicate_changes_nothing", duplicateEvent},
		{"older_one_changes_nothing", olderEvent},
		{"found_by_the_providers_name", eventByRef},
		{"may_come_before_the_answer", eventBeforeAnswer},
		{"of_another_amount_or_name_is_set_aside", mismatchedEvent},
		{"of_another_provider_is_set_aside", anothersEvent},
		{"of_another_kind_is_set_aside", kindMixedUp},
		{"about_nothing_known_is_set_aside", unknownEvent},
		{"contradiction_is_set_aside", contradiction},
		{"one_set_aside_stops_no_other", othersGoOn},
		{"that_is_not_believed_leaves_nothing", notBelieved},
		{"that_makes_no_sense_is_invalid", senseless},
		{"of_an_unknown_provider_is_not_found", unknownProvider},
	}
}

// pending makes a top-up that the provider has not decided on, and no longer
// answers for.
func (w *world) pending(by lance.Actor, minor int64, ref string) *payments.TopUp {
	w.Helper()
	w.bank.say(&provider.Outcome{Ref: ref, State: provider.Pending})
	t := w.charge(by, usd(minor), sandbox.MethodPending)
	require.Equal(w, payments.Processing, t.State)
	return t
}

// chargeEvent is what the provider tells of a top-up.
func chargeEvent(t *payments.TopUp, id string, s provider.State) provider.Event {
	ev := provider.Event{ID: id, Kind: provider.KindCharge, Key: string(t.ID), Ref: t.ProviderRef, State: s, Amount: t.Amount, At: epoch}
	if s == provider.Refused {
		ev.Code = "card_declined"
	}
	return ev
}

func duplicateEvent(w *world) {
	t := w.pending(ann, 5000, "c1")
	for i := range 3 {
		w.receive(chargeEvent(t, "e1", provider.Succeeded))
		rep := w.try()
		require.Empty(w, rep.Parked)
		require.Equal(w, i == 0, rep.Reacted > 0)
		w.has(ann, 5000, 0, 0, 0)
	}
	require.Empty(w, w.told(chargeEvent(t, "e2", provider.Succeeded)).Parked, "told again under another name")
	w.has(ann, 5000, 0, 0, 0)
	require.EqualValues(w, 3, w.topUp(t.ID).Version)
}

func olderEvent(w *world) {
	t := w.pending(ann, 5000, "c1")
	require.Empty(w, w.told(chargeEvent(t, "e2", provider.Succeeded)).Parked)
	t = w.topUp(t.ID)
	require.Empty(w, w.told(chargeEvent(t, "e1", provider.Pending)).Parked)
	require.Equal(w, t, w.topUp(t.ID))

	d := w.pending(bob, 100, "c2")
	require.Empty(w, w.told(chargeEvent(d, "e4", provider.Refused)).Parked)
	d = w.topUp(d.ID)
	require.Equal(w, payments.Declined, d.State)
	require.Empty(w, w.told(chargeEvent(d, "e3", provider.Pending)).Parked)
	require.Equal(w, d, w.topUp(d.ID))
}

func eventByRef(w *world) {
	t := w.pending(ann, 5000, "c1")
	ev := chargeEvent(t, "e1", provider.Succeeded)
	ev.Key = ""
	require.Empty(w, w.told(ev).Parked)
	w.has(ann, 5000, 0, 0, 0)
	w.bank.say(&provider.Outcome{Ref: "p1", State: provider.Pending})
	p := w.pay(ann, 2000, sandbox.DestinationOK)
	ev = payoutEvent(p, "e2", provider.Succeeded)
	ev.Key = ""
	require.Empty(w, w.told(ev).Parked)
	require.Equal(w, payments.Paid, w.payout(p.ID).State)
	ev.ID, ev.Ref = "e3", ""
	w.aside(w.told(ev), "payout_not_found")
}

func eventBeforeAnswer(w *world) {
	w.bank.Outage(true)
	t := w.charge(ann, usd(5000), sandbox.MethodOK)
	require.Empty(w, t.ProviderRef)
	ev := chargeEvent(t, "e1", provider.Succeeded)
	ev.Ref = "c1"
	require.Empty(w, w.told(ev).Parked)
	require.Equal(w, "c1", w.topUp(t.ID).ProviderRef)
	w.has(ann, 5000, 0, 0, 0)
	w.bank.Outage(false)
	w.skip(time.Hour)
	w.step()
	w.has(ann, 5000, 0, 0, 0)
}

// anothersEvent lets a provider confirm what another one was asked for.
func anothersEvent(w *world) {
	t := w.pending(ann, 5000, "c1")
	other := sandbox.New(sandbox.Options{Name: "other", Secret: "of its own"})
	both, err := payments.NewService(w.db, payments.Options{Providers: []provider.Adapter{w.bank, other}})
	require.NoError(w, err)
	require.NoError(w, both.Receive(w.Context(), other.Name(), other.Sign(chargeEvent(t, "e1", provider.Succeeded), w.clock.Now())))
	w.aside(w.try(), "provider_mismatch")
	require.Equal(w, t, w.topUp(t.ID))
	w.has(ann, 0, 0, 5000, 0)
}

func mismatchedEvent(w *world) {
	t := w.pending(ann, 5000, "c1")
	for id, change := range map[string]func(*provider.Event){
		"more":        func(e *provider.Event) { e.Amount = usd(5001) },
		"less":        func(e *provider.Event) { e.Amount = usd(4999) },
		"currency":    func(e *provider.Event) { e.Amount = lance.NewMoney(5000, lance.EUR) },
		"none":        func(e *provider.Event) { e.Amount = lance.Money{} },
		"name":        func(e *provider.Event) { e.Ref = "c2" },
		"settled, so": func(e *provider.Event) { e.Kind, e.State, e.Amount = provider.KindSettlement, "", usd(1) },
	} {
		ev := chargeEvent(t, id, provider.Succeeded)
		change(&ev)
		w.aside(w.told(ev), "provider_mismatch")
	}
	require.Equal(w, t, w.topUp(t.ID))
	w.deposited(bob, 5000)
	w.bank.say(&provider.Outcome{Ref: "p1", State: provider.Pending})
	p := w.pay(bob, 2000, sandbox.DestinationOK)
	for id, change := range map[string]func(*provider.Event){
		"p more": func(e *provider.Event) { e.Amount = usd(2001) },
		"p name": func(e *provider.Event) { e.Ref = "p2" },
	} {
		ev := payoutEvent(p, id, provider.Refused)
		change(&ev)
		w.aside(w.told(ev), "provider_mismatch")
	}
	require.Equal(w, p, w.payout(p.ID))
	w.has(bob, 3000, 2000, 0, 0)
}

// deposited gives an actor money to spend, whatever the bank says otherwise.
func (w *world) deposited(by lance.Actor, minor int64) {
	w.Helper()
	w.bank.say(nil)
	w.deposit(by, minor)
}

func kindMixedUp(w *world) {
	t := w.pending(ann, 5000, "c1")
	ev := chargeEvent(t, "e1", provider.Succeeded)
	ev.Kind = provider.KindPayout
	w.aside(w.told(ev), "payout_not_found")
	w.deposited(bob, 5000)
	w.bank.say(&provider.Outcome{Ref: "p1", State: provider.Pending})
	p := w.pay(bob, 2000, sandbox.DestinationOK)
	ev = payoutEvent(p, "e2", provider.Succeeded)
	ev.Kind = provider.KindCharge
	w.aside(w.told(ev), "top_up_not_found")
	require.Equal(w, t, w.topUp(t.ID))
	require.Equal(w, p, w.payout(p.ID))
}

func unknownEvent(w *world) {
	w.aside(w.told(provider.Event{
		ID: "e1", Kind: provider.KindCharge, State: provider.Succeeded, Key: "top_of_somebody_else", Ref: "c9", Amount: usd(5),
	}), "top_up_not_found")
}

func contradiction(w *world) {
	declined := w.pending(ann, 5000, "c1")
	require.Empty(w, w.told(chargeEvent(declined, "e1", provider.Refused)).Parked)
	w.aside(w.told(chargeEvent(declined, "e2", provider.Succeeded)), "top_up_state")
	w.has(ann, 0, 0, 0, 0)
	confirmed := w.pending(bob, 5000, "c2")
	require.Empty(w, w.told(chargeEvent(confirmed, "e3", provider.Succeeded)).Parked)
	w.aside(w.told(chargeEvent(confirmed, "e4", provider.Refused)), "top_up_state")
	w.has(bob, 5000, 0, 0, 0)
}

func othersGoOn(w *world) {
	t := w.pending(ann, 5000, "c1")
	bad := chargeEvent(t, "e1", provider.Succeeded)
	bad.Amount = usd(1)
	w.receive(bad)
	w.receive(chargeEvent(t, "e2", provider.Succeeded))
	w.aside(w.try(), "provider_mismatch")
	w.has(ann, 5000, 0, 0, 0)
}

func notBelieved(w *world) {
	t := w.pending(ann, 5000, "c1")
	req := w.bank.Sign(chargeEvent(t, "e1", provider.Succeeded), w.clock.Now())
	forged := req
	forged.Body = []byte(strings.Replace(string(req.Body), "e1", "e2", 1))
	w.refused(w.Receive(w.Context(), w.bank.Name(), forged), lance.Unauthorized, "webhook_signature")
	w.skip(time.Hour)
	w.refused(w.Receive(w.Context(), w.bank.Name(), req), lance.Unauthorized, "webhook_expired")
	require.Zero(w, w.try().Reacted)
	require.Equal(w, t, w.topUp(t.ID))
	w.receive(chargeEvent(t, "e1", provider.Succeeded))
	w.try()
	w.has(ann, 5000, 0, 0, 0)
}

func senseless(w *world) {
	long := strings.Repeat("x", 256)
	for name, ev := range map[string]provider.Event{
		"no name":      {Kind: provider.KindCharge, State: provider.Succeeded},
		"long name":    {ID: long, Kind: provider.KindCharge, State: provider.Succeeded},
		"long key":     {ID: "e1", Key: long, Kind: provider.KindCharge, State: provider.Succeeded},
		"long ref":     {ID: "e1", Ref: long, Kind: provider.KindCharge, State: provider.Succeeded},
		"no kind":      {ID: "e1", State: provider.Succeeded},
		"other kind":   {ID: "e1", Kind: "refund", State: provider.Succeeded},
		"no state":     {ID: "e1", Kind: provider.KindCharge},
		"other state":  {ID: "e1", Kind: provider.KindPayout, State: "done"},
		"a charge can": {ID: "e1", Kind: provider.KindCharge, State: provider.Returned},
	} {
		err := w.Receive(w.Context(), w.bank.Name(), w.bank.Sign(ev, w.clock.Now()))
		require.ErrorIs(w, err, lance.Invalid, name)
		require.Equal(w, "webhook_body", lance.CodeOf(err), name)
	}
	require.Zero(w, w.try().Sealed)
}

func unknownProvider(w *world) {
	req := w.bank.Sign(provider.Event{ID: "e1", Kind: provider.KindCharge, State: provider.Succeeded}, w.clock.Now())
	w.refused(w.Receive(w.Context(), "nobody", req), lance.NotFound, "provider_not_found")
}
