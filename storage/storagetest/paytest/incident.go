package paytest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

func incidents() []law {
	return []law{
		{"getdokan/dokan#189", severalWithdrawals},
		{"getdokan/dokan#1331", nothingWithdrawn},
		{"getdokan/dokan#34", neverReceived},
		{"getdokan/dokan#905", takenBackLowersEarnings},
		{"getdokan/dokan#1220", commissionBecomesDebt},
		{"blnkfinance/blnk#152", takenBackOnce},
		{"blnkfinance/blnk#181", queuedDebits},
		{"formancehq/stack#1464", duplicateWebhook},
		{"webrenew/memories#397", olderThanNewer},
		{"audit 274", noReadComputeWrite},
		{"audit 481", failureReturnsFunds},
		{"audit 482", withdrawnOnce},
	}
}

// Several pending withdrawals can never exceed what is available.
func severalWithdrawals(w *world) {
	w.deposit(ann, 1000)
	w.bank.Outage(true)
	for i, minor := range []int64{600, 300, 100} {
		require.Equal(w, payments.Requested, w.pay(ann, minor, sandbox.DestinationOK).State, i)
	}
	for _, minor := range []int64{1000, 100, 1} {
		_, err := w.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(minor), Destination: sandbox.DestinationOK})
		w.refused(err, lance.Insufficient, "balance_insufficient")
	}
	w.has(ann, 0, 1000, 0, 0)
	w.bank.Outage(false)
	w.skip(time.Hour)
	w.step()
	w.skip(time.Hour)
	w.step()
	w.has(ann, 0, 0, 0, 0)
	w.account(ledger.Cash(w.bank.Name(), lance.USD), 0)
}

// A negative or zero withdrawal is refused.
func nothingWithdrawn(w *world) {
	w.deposit(ann, 1000)
	for _, minor := range []int64{0, -1, -1000} {
		_, err := w.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(minor), Destination: sandbox.DestinationOK})
		w.field(err, "/amount", "money_not_positive")
		_, err = w.TopUp(w.Context(), ann, payments.TopUpInput{Amount: usd(minor), Method: sandbox.MethodOK})
		w.field(err, "/amount", "money_not_positive")
	}
	w.has(ann, 1000, 0, 0, 0)
	require.Equal(w, 1, w.bank.made())
}

// Money that the platform never received is never withdrawable.
func neverReceived(w *world) {
	w.bank.Outage(true)
	w.charge(ann, usd(1000), sandbox.MethodOK)
	w.bank.Outage(false)
	w.pending(ann, 1000, "c1")
	w.bank.say(nil)
	_, err := w.TopUp(w.Context(), ann, payments.TopUpInput{Amount: usd(1000), Method: sandbox.MethodDeclined})
	w.refused(err, lance.Declined, "top_up_declined")
	w.has(ann, 0, 0, 2000, 0)
	_, err = w.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(1), Destination: sandbox.DestinationOK})
	w.refused(err, lance.Insufficient, "balance_insufficient")
}

// What is taken back from the payer lowers the seller's earnings and what he can
// withdraw, and comes to his next earnings when it is not there any more.
func takenBackLowersEarnings(w *world) {
	first, second := w.paidFor(ann, 10000), w.paidFor(ann, 10000)
	w.approve(w.work(10000))
	w.approve(w.work(10000))
	w.hear(first, "d1", provider.Lost, 10000)
	w.has(bob, 9000, 0, 0, 0)
	_, err := w.Payout(w.Context(), bob, payments.PayoutInput{Amount: usd(9001), Destination: sandbox.DestinationOK})
	w.refused(err, lance.Insufficient, "balance_insufficient")
	w.pay(bob, 9000, sandbox.DestinationOK)
	w.step()
	w.hear(second, "d2", provider.Lost, 10000)
	w.has(bob, 0, 0, 0, 9000)
}

// The commission on money that the platform has lost is not earned; where its rules
// keep it, it is a debt of whoever has earned the rest.
func commissionBecomesDebt(w *world) {
	w.under(payments.Losses{Fees: policy.KeepFees})
	t := w.spent(10000)
	w.hear(t, "d1", provider.Lost, 10000)
	w.has(bob, 0, 0, 0, 10000)
	w.account(ledger.Fee(lance.USD), 1000)
	_, err := w.Payout(w.Context(), bob, payments.PayoutInput{Amount: usd(1), Destination: sandbox.DestinationOK})
	w.refused(err, lance.Insufficient, "balance_insufficient")
}

// A payment is taken back once: a second chargeback of it is refused, and the same
// one told again is nothing.
func takenBackOnce(w *world) {
	t := w.paidFor(ann, 10000)
	w.hear(t, "d1", provider.Lost, 10000)
	for range 2 {
		require.Empty(w, w.told(back(t, "d1", provider.Lost, 10000)).Parked)
	}
	w.aside(w.told(back(t, "d2", provider.Lost, 1)), "provider_mismatch")
	w.books(-1500, 0)
}

// Holds and queued debits reduce what is available.
func queuedDebits(w *world) {
	w.deposit(ann, 1000)
	w.bank.Outage(true)
	w.pay(ann, 400, sandbox.DestinationOK)
	w.has(ann, 600, 400, 0, 0)
	_, err := w.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(601), Destination: sandbox.DestinationOK})
	w.refused(err, lance.Insufficient, "balance_insufficient")
}

// A duplicate webhook credits once.
func duplicateWebhook(w *world) {
	t := w.pending(ann, 5000, "c1")
	for range 5 {
		w.receive(chargeEvent(t, "e1", provider.Succeeded))
	}
	require.Empty(w, w.try().Parked)
	w.receive(chargeEvent(t, "e1", provider.Succeeded))
	require.Empty(w, w.try().Parked)
	w.has(ann, 5000, 0, 0, 0)
}

// An older event that arrives after a newer one changes nothing.
func olderThanNewer(w *world) {
	w.deposit(ann, 1000)
	w.bank.say(&provider.Outcome{Ref: "p1", State: provider.Pending})
	p := w.pay(ann, 400, sandbox.DestinationOK)
	for i, s := range []provider.State{provider.Returned, provider.Succeeded, provider.Pending} {
		ev := payoutEvent(p, name("e", 3-i), s)
		ev.At = epoch.Add(-time.Duration(i) * time.Minute)
		require.Empty(w, w.told(ev).Parked)
		require.Equal(w, payments.Returned, w.payout(p.ID).State)
		w.has(ann, 1000, 0, 0, 0)
	}
}

// Nobody reads a balance, computes, and writes it back: of many who move money at
// the same time each movement counts.
func noReadComputeWrite(w *world) {
	w.deposit(ann, 1000)
	errs := w.many(40, func(i int) error {
		if i%2 == 0 {
			_, err := w.TopUp(w.Context(), ann, payments.TopUpInput{Amount: usd(7), Method: sandbox.MethodOK})
			return err
		}
		_, err := w.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(3), Destination: sandbox.DestinationOK})
		return err
	})
	require.Equal(w, 40, w.won(errs, ""))
	w.has(ann, 1000+20*7-20*3, 20*3, 0, 0)
}

// Money that could not be sent is there again, once.
func failureReturnsFunds(w *world) {
	w.deposit(ann, 1000)
	p := w.pay(ann, 400, sandbox.DestinationRejected)
	for _, req := range w.bank.Webhooks(w.clock.Now()) {
		require.NoError(w, w.Receive(w.Context(), w.bank.Name(), req))
	}
	w.step()
	require.Equal(w, payments.Rejected, w.payout(p.ID).State)
	w.has(ann, 1000, 0, 0, 0)
	require.Empty(w, w.told(payoutEvent(p, "e9", provider.Refused)).Parked)
	w.has(ann, 1000, 0, 0, 0)
}

// A withdrawal under one key happens once, however many ask for it, and all of
// the balance can be withdrawn only once.
func withdrawnOnce(w *world) {
	w.deposit(ann, 1000)
	errs := w.many(crowd, func(i int) error {
		in := payments.PayoutInput{Amount: usd(1000), Destination: sandbox.DestinationOK, Key: name("k", i%2)}
		_, err := w.Payout(w.Context(), ann, in)
		return err
	})
	require.Equal(w, crowd/2, w.won(errs, "balance_insufficient"), "all who use the key that won")
	require.Equal(w, 2, w.bank.made(), "one payout, and the deposit")
	w.has(ann, 0, 1000, 0, 0)
}
