package paytest

import (
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

// crowd is how many callers come at the same time.
const crowd = 100

func raceLaws() []law {
	return []law{
		{"payouts_of_a_crowd_never_overdraw", crowdOfPayouts},
		{"one_key_of_a_crowd_is_one_payout", crowdOfOneKey},
		{"one_key_of_a_crowd_is_one_top_up", crowdOfOneTopUp},
		{"one_webhook_of_a_crowd_credits_once", crowdOfOneWebhook},
		{"one_delivery_of_many_workers_is_one_call", crowdOfWorkers},
		{"webhooks_lookups_and_workers_credit_once", crowdOfSources},
		{"payout_ends_one_way_only", crowdOfEnds},
	}
}

// many runs fn n times at the same time and returns the error of each.
func (w *world) many(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { errs[i] = fn(i) })
	}
	group.Wait()
	return errs
}

// won returns how many succeeded; the others must have been refused with code.
func (w *world) won(errs []error, code string) int {
	w.Helper()
	n := 0
	for _, err := range errs {
		if err == nil {
			n++
			continue
		}
		require.Equal(w, code, lance.CodeOf(err), "%v", err)
	}
	return n
}

func crowdOfPayouts(w *world) {
	w.deposit(ann, 1000)
	errs := w.many(crowd, func(i int) error {
		_, err := w.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(30), Destination: sandbox.DestinationOK, Key: name("k", i)})
		return err
	})
	require.Equal(w, 33, w.won(errs, "balance_insufficient"))
	require.Equal(w, 34, w.bank.made(), "those and the deposit")
	w.has(ann, 10, 990, 0, 0)
	w.step()
	w.has(ann, 10, 0, 0, 0)
}

func crowdOfOneKey(w *world) {
	w.deposit(ann, 1000)
	ids := make([]payments.PayoutID, crowd)
	errs := w.many(crowd, func(i int) error {
		p, err := w.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(30), Destination: sandbox.DestinationOK, Key: "k"})
		if err == nil {
			ids[i] = p.ID
		}
		return err
	})
	require.Equal(w, crowd, w.won(errs, ""))
	for _, id := range ids {
		require.Equal(w, ids[0], id)
	}
	require.Equal(w, 1, w.bank.called(string(ids[0])))
	w.has(ann, 970, 30, 0, 0)
}

func crowdOfOneTopUp(w *world) {
	errs := w.many(crowd, func(int) error {
		_, err := w.TopUp(w.Context(), ann, payments.TopUpInput{Amount: usd(30), Method: sandbox.MethodOK, Key: "k"})
		return err
	})
	require.Equal(w, crowd, w.won(errs, ""))
	require.Equal(w, 1, w.bank.made())
	w.has(ann, 30, 0, 0, 0)
}

func crowdOfOneWebhook(w *world) {
	t := w.pending(ann, 5000, "c1")
	req := w.bank.Sign(chargeEvent(t, "e1", provider.Succeeded), w.clock.Now())
	errs := w.many(crowd/4, func(int) error { return w.Receive(w.Context(), w.bank.Name(), req) })
	require.Equal(w, crowd/4, w.won(errs, ""), "a duplicate is no error")
	require.Empty(w, w.try().Parked)
	w.has(ann, 5000, 0, 0, 0)
}

// steps lets several workers work at the same time until nothing is left to do.
func (w *world) steps(workers int) {
	w.Helper()
	for _, err := range w.many(workers, func(int) error {
		other := lance.NewWorker(w.all, w.jobs(), nil)
		_, err := other.Drain(w.Context(), w.clock.Now(), 50)
		return err
	}) {
		require.NoError(w, err)
	}
	w.try()
}

func crowdOfWorkers(w *world) {
	w.deposit(ann, 1000)
	w.bank.Outage(true)
	var ups []*payments.TopUp
	var outs []*payments.Payout
	for i := range 10 {
		ups = append(ups, w.charge(ann, usd(int64(i+1)), sandbox.MethodOK))
		outs = append(outs, w.pay(ann, int64(i+1), sandbox.DestinationOK))
	}
	w.bank.Outage(false)
	w.skip(time.Minute)
	w.steps(4)
	for _, t := range ups {
		require.Equal(w, payments.Confirmed, w.topUp(t.ID).State)
		require.Equal(w, 2, w.bank.called(string(t.ID)), "one that failed and one that was made")
	}
	for _, p := range outs {
		require.Equal(w, 2, w.bank.called(string(p.ID)))
	}
}

func crowdOfSources(w *world) {
	var ups []*payments.TopUp
	for i := range 10 {
		ups = append(ups, w.charge(ann, usd(int64(i+1)), sandbox.MethodPending))
	}
	reqs := w.bank.Webhooks(w.clock.Now())
	require.Len(w, reqs, 10)
	errs := w.many(24, func(i int) error {
		if i < 20 {
			return w.Receive(w.Context(), w.bank.Name(), reqs[i/2])
		}
		other := lance.NewWorker(w.all, w.jobs(), nil)
		_, err := other.Drain(w.Context(), w.clock.Now(), 50)
		return err
	})
	require.Equal(w, 24, w.won(errs, ""))
	w.steps(2)
	w.has(ann, 55, 0, 0, 0)
	for _, t := range ups {
		require.EqualValues(w, 3, w.topUp(t.ID).Version, "requested, submitted, confirmed")
	}
}

func crowdOfEnds(w *world) {
	w.deposit(ann, 1000)
	w.bank.say(&provider.Outcome{Ref: "p1", State: provider.Pending})
	p := w.pay(ann, 400, sandbox.DestinationOK)
	errs := w.many(8, func(i int) error {
		do := payments.Pay
		if i%2 == 0 {
			do = payments.Reject
		}
		_, err := w.SettlePayout(w.Context(), admin, p.ID, do)
		return err
	})
	require.Equal(w, 1, w.won(errs, "payout_state"))
}
