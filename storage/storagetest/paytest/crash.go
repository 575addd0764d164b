package paytest

import (
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/sandbox"
)

func crashLaws() []law {
	return []law{
		{"top_up_between_the_answer_and_storing_it_is_credited_once", crashedTopUp},
		{"payout_between_the_answer_and_storing_it_is_paid_once", crashedPayout},
		{"worker_between_the_answer_and_storing_it_credits_once", crashedWorker},
		{"before_the_call_it_is_made_by_another_process", crashedBeforeCall},
	}
}

// process lets the case go on in a process that dies when kill is called, and
// returns what starts a new one.
func (w *world) process() (kill, restart func()) {
	stable, dead := w.all, new(atomic.Bool)
	w.on(mortal{stable, dead})
	return func() { dead.Store(true) }, func() {
		w.bank.onAnswer(nil)
		w.on(stable)
	}
}

func crashedTopUp(w *world) {
	kill, restart := w.process()
	w.bank.onAnswer(kill)
	t, err := w.TopUp(w.Context(), ann, payments.TopUpInput{Amount: usd(5000), Method: sandbox.MethodOK, Key: "k"})
	require.NoError(w, err)
	require.Equal(w, payments.Processing, t.State, "what is not stored is not so")
	restart()
	w.has(ann, 0, 0, 5000, 0)
	w.step()
	require.Equal(w, 1, w.bank.called(string(t.ID)), "the lease of the dead is kept to")
	w.skip(time.Minute)
	w.step()
	require.Equal(w, 2, w.bank.called(string(t.ID)), "the same key, so the same charge")
	w.has(ann, 5000, 0, 0, 0)
	again, err := w.TopUp(w.Context(), ann, payments.TopUpInput{Amount: usd(5000), Method: sandbox.MethodOK, Key: "k"})
	require.NoError(w, err)
	require.Equal(w, w.topUp(t.ID), again)
	w.has(ann, 5000, 0, 0, 0)
}

func crashedPayout(w *world) {
	w.deposit(ann, 5000)
	kill, restart := w.process()
	w.bank.onAnswer(kill)
	p := w.pay(ann, 3000, sandbox.DestinationOK)
	require.Equal(w, payments.Requested, p.State)
	restart()
	w.has(ann, 2000, 3000, 0, 0)
	w.skip(time.Minute)
	w.step()
	require.Equal(w, payments.Submitted, w.payout(p.ID).State)
	w.skip(time.Minute)
	w.step()
	require.Equal(w, payments.Paid, w.payout(p.ID).State)
	require.Equal(w, 2, w.bank.called(string(p.ID)), "the same key, so the same payout")
	w.has(ann, 2000, 0, 0, 0)
}

func crashedWorker(w *world) {
	w.bank.Outage(true)
	t := w.charge(ann, usd(5000), sandbox.MethodOK)
	w.bank.Outage(false)
	w.skip(time.Minute)
	kill, restart := w.process()
	w.bank.onAnswer(kill)
	_, err := w.worker.Drain(w.Context(), w.clock.Now(), 50)
	require.Equal(w, lance.CodeOf(errDied), lance.CodeOf(err))
	restart()
	require.Equal(w, payments.Processing, w.topUp(t.ID).State)
	w.skip(time.Minute)
	w.step()
	require.Equal(w, payments.Confirmed, w.topUp(t.ID).State)
	w.has(ann, 5000, 0, 0, 0)
}

func crashedBeforeCall(w *world) {
	w.bank.Outage(true)
	kill, restart := w.process()
	w.bank.onAnswer(kill)
	t := w.charge(ann, usd(5000), sandbox.MethodOK)
	restart()
	w.bank.Outage(false)
	w.skip(time.Minute)
	w.step()
	require.Equal(w, payments.Confirmed, w.topUp(t.ID).State)
}
