package paytest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

// turns lets the provider say of a chargeback that has ended that it ended
// otherwise, and say so again when it is asked.
func (w *world) turns(t *payments.TopUp, id string, s provider.State, minor int64) *payments.Chargeback {
	w.Helper()
	ev := back(t, id, s, minor)
	ev.ID += w.clock.Now().String()
	w.bank.decide(s)
	require.Empty(w, w.told(ev).Parked)
	w.bank.decide("")
	w.sound()
	return w.chargeback(id)
}

// contradicted tells of an end after another one: the older word, told late, changes
// nothing, since the provider does not say so when it is asked.
func contradicted(w *world) {
	t := w.paidFor(ann, 5000)
	lost := w.hear(t, "d1", provider.Lost, 3000)
	w.bank.decide(provider.Lost)
	require.Equal(w, lost, w.hear(t, "d1", provider.Won, 3000))
	require.Equal(w, lost, w.hear(t, "d1", provider.Opened, 3000))
	won := w.hear(t, "d2", provider.Won, 2000)
	w.bank.decide(provider.Won)
	require.Equal(w, won, w.hear(t, "d2", provider.Opened, 2000))
	require.Equal(w, won, w.hear(t, "d2", provider.Lost, 2000))
	w.has(ann, 2000, 0, 0, 0)
}

// wonAfterAll loses a charge of which something is in the wallet, something was
// released and half of that paid out, and wins it after all.
func wonAfterAll(w *world) {
	for _, l := range []payments.Losses{
		{}, {Fees: policy.KeepFees}, {Bearer: payments.BearPayer}, {Bearer: payments.BearPlatform}, {Bearer: payments.BearPlatform, Fees: policy.KeepFees},
	} {
		w.under(l)
		t := w.paidFor(ann, 12000)
		w.approve(w.work(10000))
		w.pay(bob, 4500, sandbox.DestinationOK)
		w.step()
		before := w.totals()
		w.hear(t, string(t.ID), provider.Lost, 12000)
		w.paidFor(bob, 1000) // a part of what he owes is netted
		w.skip(time.Minute)
		w.step()
		c := w.turns(t, string(t.ID), provider.Won, 12000)
		require.Equal(w, payments.Won, c.State)
		require.Zero(w, c.Owed.Minor()+c.Loss.Minor())
		w.has(ann, 2000, 0, 0, 0)
		w.has(bob, 5500, 0, 0, 0)
		after := w.totals()
		for _, k := range []ledger.Kind{ledger.KindFee, ledger.KindLoss, ledger.KindReceivable, ledger.KindDisputed} {
			require.Equal(w, before[k], after[k], "%v %s", l, k)
		}
		for _, d := range w.owes(bob) {
			require.Equal(w, payments.Netted, d.State)
		}
		require.Equal(w, c, w.hear(t, string(t.ID), provider.Won, 12000), "it was said already")
		w.pay(ann, 2000, sandbox.DestinationOK)
		w.pay(bob, 5500, sandbox.DestinationOK)
		w.step()
	}
}

func wonAfterWriteOff(w *world) {
	t := w.spent(10000)
	w.hear(t, "d1", provider.Lost, 10000)
	_, err := w.WriteOffDebt(w.Context(), admin, w.owes(bob)[0].ID)
	require.NoError(w, err)
	w.account(ledger.Loss(lance.USD), -9000)
	w.turns(t, "d1", provider.Won, 10000)
	w.account(ledger.Loss(lance.USD), 0)
	w.has(bob, 0, 0, 0, 0)
}

func wonAfterHeld(w *world) {
	t, _ := w.paidFor(ann, 3000), w.paidFor(ann, 7000)
	a := w.work(10000)
	w.hear(t, "d1", provider.Lost, 3000)
	w.turns(t, "d1", provider.Won, 3000)
	w.has(ann, 3000, 7000, 0, 0)
	_, err := w.escrow.Fund(w.Context(), ann, escrow.FundInput{Agreement: a.ID})
	require.NoError(w, err)
	w.approve(a)
	w.has(bob, 9000, 0, 0, 0)
}

// takenAgain wins a chargeback of held money, which is released, and loses it: now it
// falls on the payee. It is won after all, and lost for good.
func takenAgain(w *world) {
	t := w.paidFor(ann, 10000)
	a := w.work(10000)
	w.hear(t, "d1", provider.Opened, 10000)
	w.hear(t, "d1", provider.Won, 10000)
	w.approve(a)
	w.pay(bob, 3000, sandbox.DestinationOK)
	w.step()
	for range 2 {
		w.skip(time.Hour)
		c := w.turns(t, "d1", provider.Lost, 10000)
		require.Equal(w, payments.Lost, c.State)
		require.Equal(w, map[payments.PartKind]int64{payments.PartEarned: 9000, payments.PartFee: 1000}, parts(c))
		require.Equal(w, usd(3000), c.Owed)
		w.has(bob, 0, 0, 0, 3000)
		w.skip(time.Hour)
		w.turns(t, "d1", provider.Won, 10000)
		w.has(bob, 6000, 0, 0, 0)
	}
	c := w.turns(t, "d1", provider.Opened, 10000)
	require.Equal(w, payments.Open, c.State, "the bank has not decided yet")
	w.has(bob, 0, 6000, 0, 0)
	w.account(ledger.CostDispute(lance.USD), -1500)
}
