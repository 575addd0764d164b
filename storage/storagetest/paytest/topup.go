package paytest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

func topUpLaws() []law {
	return []law{
		{"confirmed_is_credited", creditedWhenConfirmed},
		{"declined_is_kept_and_credits_nothing", declinedIsKept},
		{"unknown_method_is_invalid", unknownMethod},
		{"pending_is_shown_and_confirmed_by_asking", pendingByLookup},
		{"pending_is_confirmed_by_webhook", pendingByWebhook},
		{"late_answer_leaves_it_processing", lateAnswer},
		{"outage_leaves_it_processing_until_it_is_over", outage},
		{"any_fault_of_the_call_leaves_it_owed", faultLeavesOwed},
		{"same_key_is_the_same_top_up", sameTopUpKey},
		{"provider_that_does_not_know_it_is_asked_again", lookupNotFound},
		{"absurd_answer_changes_nothing", absurdAnswer},
		{"one_charge_is_not_that_of_two_top_ups", oneChargeForTwo},
		{"abandoned_and_confirmed_after_all_is_credited", abandonedThenConfirmed},
		{"not_abandoned_while_the_provider_is_being_asked", abandonUnderway},
		{"inside_an_open_transaction_nobody_is_called", topUpWithin},
		{"settlement_makes_cash_of_clearing", settlement},
		{"settlement_before_confirmation_is_both", settlementFirst},
	}
}

func creditedWhenConfirmed(w *world) {
	t := w.charge(ann, usd(5000), sandbox.MethodOK)
	require.Equal(w, payments.Confirmed, t.State)
	require.Equal(w, t, w.topUp(t.ID), "what is returned is what is kept")
	require.NotEmpty(w, t.ProviderRef)
	w.has(ann, 5000, 0, 0, 0)
	w.account(ledger.Cash(w.bank.Name(), lance.USD), 5000)
	w.account(ledger.Clearing(w.bank.Name(), lance.USD), 0)
	w.view(func(ctx context.Context, r payments.Repos) error {
		shares, err := ledger.LotsOf(ctx, r, ledger.Available("ann", lance.USD))
		require.NoError(w, err)
		require.Len(w, shares, 1)
		lots, err := r.Ledger().Lots(ctx, shares[0].Lot)
		require.NoError(w, err)
		require.Equal(w, t.Ref(), lots[0].Payment)
		require.Equal(w, w.bank.Name(), lots[0].Provider)
		return nil
	})
	w.step()
	require.Equal(w, 1, w.bank.called(string(t.ID)))
}

func declinedIsKept(w *world) {
	in := payments.TopUpInput{Amount: usd(5000), Method: sandbox.MethodDeclined, Key: "k1"}
	first, err := w.TopUp(w.Context(), ann, in)
	w.refused(err, lance.Declined, "top_up_declined")
	require.Equal(w, payments.Declined, first.State)
	require.Equal(w, "card_declined", first.Code)
	again, err := w.TopUp(w.Context(), ann, in)
	w.refused(err, lance.Declined, "top_up_declined")
	require.Equal(w, first, again, "the same key is answered the same")
	require.Equal(w, 1, w.bank.called(string(first.ID)))
	w.step()
	w.has(ann, 0, 0, 0, 0)
	w.bank.say(&provider.Outcome{Ref: "c1", State: provider.Refused, Code: "Sorry, Mr. Smith!"})
	other, err := w.TopUp(w.Context(), ann, payments.TopUpInput{Amount: usd(1), Method: sandbox.MethodOK})
	w.refused(err, lance.Declined, "top_up_declined")
	require.Equal(w, "unspecified", other.Code, "what the provider wrote is not passed on")
}

func unknownMethod(w *world) {
	in := payments.TopUpInput{Amount: usd(5000), Method: "pm_nobody", Key: "k1"}
	for range 2 {
		t, err := w.TopUp(w.Context(), ann, in)
		w.field(err, "/payment_method", "method_unknown")
		require.Equal(w, payments.Declined, t.State)
	}
	require.Equal(w, 1, w.bank.made())
}

// field requires that err is Invalid at that one field.
func (w *world) field(err error, pointer, code string) {
	w.Helper()
	w.refused(err, lance.Invalid, "invalid_input")
	var fields lance.Faults
	fields.Check("", err)
	require.ErrorContains(w, fields.Err(), pointer+" "+code)
}

func pendingByLookup(w *world) {
	t := w.charge(ann, usd(5000), sandbox.MethodPending)
	require.Equal(w, payments.Processing, t.State)
	require.NotEmpty(w, t.ProviderRef)
	w.has(ann, 0, 0, 5000, 0)
	w.step()
	require.Equal(w, payments.Confirmed, w.topUp(t.ID).State)
	w.has(ann, 5000, 0, 0, 0)
}

func pendingByWebhook(w *world) {
	t := w.charge(ann, usd(5000), sandbox.MethodPending)
	for _, req := range w.bank.Webhooks(w.clock.Now()) {
		require.NoError(w, w.Receive(w.Context(), w.bank.Name(), req))
	}
	require.Equal(w, payments.Processing, w.topUp(t.ID).State, "it is kept first, and acted on by the engine")
	w.step()
	require.Equal(w, payments.Confirmed, w.topUp(t.ID).State)
	w.has(ann, 5000, 0, 0, 0)
}

func lateAnswer(w *world) {
	slow := &slowBank{bank: w.bank}
	svc, err := payments.NewService(w.db, payments.Options{Providers: []provider.Adapter{slow}, Wait: time.Millisecond})
	require.NoError(w, err)
	t, err := svc.TopUp(w.Context(), ann, payments.TopUpInput{Amount: usd(5000), Method: sandbox.MethodOK})
	require.NoError(w, err)
	require.Equal(w, payments.Processing, t.State)
	require.Less(w, slow.given, time.Second, "no longer than the caller waits")
	w.has(ann, 0, 0, 5000, 0)
	w.skip(time.Minute)
	w.step()
	w.has(ann, 5000, 0, 0, 0)
}

// slowBank charges and answers when nobody waits any more.
type slowBank struct {
	*bank
	given time.Duration // to answer
}

// Charge answers when the caller has gone.
func (s *slowBank) Charge(ctx context.Context, c provider.Charge) (provider.Outcome, error) {
	if _, err := s.bank.Charge(ctx, c); err != nil {
		return provider.Outcome{}, err
	}
	if deadline, ok := ctx.Deadline(); ok {
		s.given = time.Until(deadline)
	}
	<-ctx.Done()
	return provider.Outcome{}, lance.E(lance.Unavailable, "provider_unavailable", "the provider did not answer in time")
}

func outage(w *world) {
	w.bank.Outage(true)
	t := w.charge(ann, usd(5000), sandbox.MethodOK)
	require.Equal(w, payments.Processing, t.State)
	for range 6 {
		w.skip(time.Hour)
		rep := w.try()
		require.NotEmpty(w, rep.Faults, "an operator sees it")
	}
	require.Equal(w, payments.Processing, w.topUp(t.ID).State)
	w.bank.Outage(false)
	w.skip(time.Hour)
	w.step()
	require.Equal(w, payments.Confirmed, w.topUp(t.ID).State)
	w.has(ann, 5000, 0, 0, 0)
}

func faultLeavesOwed(w *world) {
	for _, kind := range []lance.Kind{lance.Internal, lance.Conflict, lance.Limited, lance.Unavailable, lance.NotFound, lance.Unauthorized} {
		w.bank.fail(lance.E(kind, "provider_fault", "something went wrong there"))
		t := w.charge(ann, usd(100), sandbox.MethodOK)
		require.Equal(w, payments.Processing, t.State, kind)
	}
	w.bank.fail(nil)
	w.skip(time.Minute)
	w.step()
	w.has(ann, 600, 0, 0, 0)
}

func sameTopUpKey(w *world) {
	in := payments.TopUpInput{Amount: usd(5000), Method: sandbox.MethodOK, Key: "k1"}
	first, err := w.TopUp(w.Context(), ann, in)
	require.NoError(w, err)
	again, err := w.TopUp(w.Context(), ann, in)
	require.NoError(w, err)
	require.Equal(w, first, again)
	w.has(ann, 5000, 0, 0, 0)
	for _, other := range []payments.TopUpInput{
		{Amount: usd(5001), Method: sandbox.MethodOK, Key: "k1"},
		{Amount: lance.NewMoney(5000, lance.EUR), Method: sandbox.MethodOK, Key: "k1"},
		{Amount: usd(5000), Method: sandbox.MethodPending, Key: "k1"},
	} {
		_, err = w.TopUp(w.Context(), ann, other)
		w.refused(err, lance.Conflict, "key_reused")
	}
	_, err = w.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(5000), Destination: sandbox.DestinationOK, Key: "k1"})
	w.refused(err, lance.Conflict, "key_reused")
	_, err = w.TopUp(w.Context(), bob, in)
	require.NoError(w, err, "another party's key is another key")
	w.has(ann, 5000, 0, 0, 0)
	w.has(bob, 5000, 0, 0, 0)
}

func lookupNotFound(w *world) {
	t := w.charge(ann, usd(5000), sandbox.MethodPending)
	w.bank.fail(lance.E(lance.NotFound, "provider_unknown", "the provider has never seen this"))
	for range 14 {
		w.skip(time.Hour)
		rep := w.try()
		require.NotEmpty(w, rep.Faults, "an operator sees it")
	}
	require.Equal(w, payments.Processing, w.topUp(t.ID).State, "not being found says nothing")
	w.bank.fail(nil)
	w.skip(time.Hour)
	w.step()
	require.Equal(w, payments.Confirmed, w.topUp(t.ID).State)
}

func absurdAnswer(w *world) {
	for _, out := range []provider.Outcome{{}, {State: "done"}, {State: provider.Returned, Ref: "r"}, {State: provider.Succeeded, Ref: string(make([]byte, 256))}} {
		w.bank.say(&out)
		t := w.charge(ann, usd(100), sandbox.MethodOK)
		require.Equal(w, payments.Processing, t.State, "%v", out.State)
	}
	w.has(ann, 0, 0, 400, 0)
	w.bank.say(nil)
	w.skip(time.Minute)
	w.step()
	w.has(ann, 400, 0, 0, 0)
}

func oneChargeForTwo(w *world) {
	w.bank.say(&provider.Outcome{Ref: "charge_1", State: provider.Succeeded, Settled: true})
	require.Equal(w, payments.Confirmed, w.charge(ann, usd(5000), sandbox.MethodOK).State)
	require.Equal(w, payments.Processing, w.charge(bob, usd(5000), sandbox.MethodOK).State)
	w.has(ann, 5000, 0, 0, 0)
	w.has(bob, 0, 0, 5000, 0)
}

func abandonedThenConfirmed(w *world) {
	t := w.charge(ann, usd(5000), sandbox.MethodPending)
	t, err := w.AbandonTopUp(w.Context(), admin, t.ID)
	require.NoError(w, err)
	require.Equal(w, payments.Failed, t.State)
	require.Equal(w, t, w.topUp(t.ID))
	w.step()
	w.has(ann, 0, 0, 0, 0)
	for _, req := range w.bank.Webhooks(w.clock.Now()) {
		require.NoError(w, w.Receive(w.Context(), w.bank.Name(), req))
	}
	w.step()
	require.Equal(w, payments.Confirmed, w.topUp(t.ID).State)
	w.has(ann, 5000, 0, 0, 0)
}

func abandonUnderway(w *world) {
	w.bank.Outage(true)
	t := w.charge(ann, usd(5000), sandbox.MethodOK)
	_, err := w.AbandonTopUp(w.Context(), admin, t.ID)
	w.refused(err, lance.Precondition, "top_up_underway")
	w.givenUp()
	_, err = w.AbandonTopUp(w.Context(), admin, t.ID)
	require.NoError(w, err)
	w.bank.Outage(false)
	w.skip(24 * time.Hour)
	w.step()
	require.Equal(w, payments.Failed, w.topUp(t.ID).State)
	w.has(ann, 0, 0, 0, 0)
}

// givenUp lets time pass until no call is tried any more.
func (w *world) givenUp() {
	w.Helper()
	for range 40 {
		w.skip(2 * time.Hour)
		w.try()
	}
}

func topUpWithin(w *world) {
	var t *payments.TopUp
	work := func(fails error) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) (err error) {
			t, err = w.On(lance.Within(r)).TopUp(ctx, ann, payments.TopUpInput{Amount: usd(5000), Method: sandbox.MethodOK})
			require.NoError(w, err)
			require.Equal(w, payments.Processing, t.State)
			return fails
		})
	}
	lost := lance.E(lance.Internal, "host_failed", "the host changed its mind")
	require.ErrorIs(w, work(lost), lost)
	w.step()
	_, err := w.GetTopUp(w.Context(), ann, t.ID)
	w.refused(err, lance.NotFound, "top_up_not_found")
	require.Zero(w, w.bank.made(), "nothing was charged for what never was")
	require.NoError(w, work(nil))
	require.Zero(w, w.bank.made(), "nobody is called inside a transaction")
	w.step()
	require.Equal(w, payments.Confirmed, w.topUp(t.ID).State)
}

func settlement(w *world) {
	w.bank.say(&provider.Outcome{Ref: "charge_1", State: provider.Succeeded})
	t := w.charge(ann, usd(5000), sandbox.MethodOK)
	require.False(w, t.Settled)
	w.account(ledger.Clearing(w.bank.Name(), lance.USD), 5000)
	w.account(ledger.Cash(w.bank.Name(), lance.USD), 0)
	settled := provider.Event{ID: "e1", Kind: provider.KindSettlement, Key: string(t.ID), Ref: "charge_1", Amount: t.Amount}
	for _, id := range []string{"e1", "e1", "e2"} {
		settled.ID = id
		require.Empty(w, w.told(settled).Parked)
		require.True(w, w.topUp(t.ID).Settled)
		require.Equal(w, t.Version+1, w.topUp(t.ID).Version, "once")
		w.account(ledger.Clearing(w.bank.Name(), lance.USD), 0)
		w.account(ledger.Cash(w.bank.Name(), lance.USD), 5000)
	}
	w.has(ann, 5000, 0, 0, 0)
}

func settlementFirst(w *world) {
	w.bank.say(&provider.Outcome{Ref: "charge_1", State: provider.Pending})
	t := w.charge(ann, usd(5000), sandbox.MethodOK)
	settled := provider.Event{ID: "e2", Kind: provider.KindSettlement, Key: string(t.ID), Ref: "charge_1", Amount: t.Amount}
	confirmed := provider.Event{ID: "e1", Kind: provider.KindCharge, State: provider.Succeeded, Key: string(t.ID), Ref: "charge_1", Amount: t.Amount}
	for _, ev := range []provider.Event{settled, confirmed} {
		require.Empty(w, w.told(ev).Parked)
		w.has(ann, 5000, 0, 0, 0)
		w.account(ledger.Cash(w.bank.Name(), lance.USD), 5000)
	}
	w.view(func(ctx context.Context, r payments.Repos) error {
		evs, err := r.Log().Stream(ctx, t.Ref())
		types := make([]string, len(evs))
		for i, ev := range evs {
			types[i] = ev.Type
		}
		require.Equal(w, []string{"top_up.requested", "top_up.submitted", "top_up.confirmed", "top_up.settled"}, types)
		return err
	})
}
