package paytest

import (
	"context"
	"slices"
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

func twoOfOne(w *world) {
	t := w.paidFor(ann, 10000)
	a := w.work(10000)
	w.hear(t, "d1", provider.Opened, 4000)
	c := w.hear(t, "d2", provider.Opened, 6000)
	require.Equal(w, map[payments.PartKind]int64{payments.PartHeld: 6000}, parts(c))
	w.hear(t, "d1", provider.Won, 4000)
	w.state(a, escrow.Frozen)
	require.Equal(w, c.Ref(), w.agreement(a).Pause.Case, "the other one has it frozen")
	w.hear(t, "d2", provider.Lost, 6000)
	w.state(a, escrow.Funded)
	w.has(ann, 0, 4000, 0, 0)
	w.books(10000-2*1500-6000, 0)
}

// twoByOtherRules charges a charge back in two parts, of which the first falls on the
// payee alone, the platform's fee included, and the second on both; and the other way
// about.
func twoByOtherRules(w *world) {
	keep, both := payments.Losses{Fees: policy.KeepFees}, payments.Losses{}
	for _, c := range []struct {
		first, second payments.Losses
		minor         int64 // of the first
		bob, fee      int64 // what falls on whom
	}{
		{keep, both, 9500, 9500, 500},
		{keep, both, 2000, 2000 + 7000, 1000},
		{both, keep, 500, 450 + 9500, 50},
	} {
		before := w.totals()
		t := w.spent(10000)
		w.under(c.first)
		w.hear(t, string(t.ID)+"1", provider.Lost, c.minor)
		w.under(c.second)
		w.hear(t, string(t.ID)+"2", provider.Lost, 10000-c.minor)
		after := w.totals()
		require.Equal(w, 1000-c.fee, after[ledger.KindFee]-before[ledger.KindFee])
		w.has(bob, 0, 0, 0, c.bob)
		for _, d := range w.owes(bob) {
			if d.State == payments.Owing {
				_, err := w.WriteOffDebt(w.Context(), admin, d.ID)
				require.NoError(w, err)
			}
		}
	}
}

func twoOfTwo(w *world) {
	one, two := w.paidFor(ann, 5000), w.paidFor(ann, 5000)
	a := w.work(10000)
	w.hear(one, "d1", provider.Opened, 5000)
	w.hear(two, "d2", provider.Opened, 5000)
	w.hear(one, "d1", provider.Won, 5000)
	w.state(a, escrow.Frozen)
	w.hear(two, "d2", provider.Won, 5000)
	w.state(a, escrow.Funded)
	w.approve(a)
	w.has(bob, 9000, 0, 0, 0)
}

// twoLost loses the second: the agreement waits, with what is left, for the first,
// and ends when nothing is.
func twoLost(w *world) {
	one, two := w.paidFor(ann, 5000), w.paidFor(ann, 5000)
	a := w.work(10000)
	w.hear(one, "d1", provider.Opened, 5000)
	w.hear(two, "d2", provider.Opened, 5000)
	w.hear(two, "d2", provider.Lost, 5000)
	w.state(a, escrow.Frozen)
	w.has(ann, 0, 5000, 0, 0)
	require.Equal(w, map[payments.PartKind]int64{payments.PartHeld: 5000}, parts(w.chargeback("d1")))
	w.hear(one, "d1", provider.Lost, 5000)
	w.state(a, escrow.Settled)
	w.has(ann, 0, 0, 0, 0)
	w.books(-3000, 0)
}

// spent lets bob earn a charge of ann's and withdraw it.
func (w *world) spent(minor int64) *payments.TopUp {
	w.Helper()
	t := w.paidFor(ann, minor)
	w.approve(w.work(minor))
	w.pay(bob, minor/10*9, sandbox.DestinationOK)
	w.step()
	w.has(bob, 0, 0, 0, 0)
	return t
}

// owes returns the debts of a party, the latest first.
func (w *world) owes(by lance.Actor) []*payments.Debt {
	w.Helper()
	page, err := w.Debts(w.Context(), by, false, lance.PageQuery{})
	require.NoError(w, err)
	return page.Items
}

func paidOut(w *world) {
	t := w.spent(10000)
	c := w.hear(t, "d1", provider.Opened, 10000)
	require.Equal(w, payments.Open, c.State)
	w.has(bob, 0, 0, 0, 0)
	c = w.hear(t, "d1", provider.Lost, 10000)
	require.Equal(w, usd(9000), c.Owed)
	w.has(ann, 0, 0, 0, 0)
	w.has(bob, 0, 0, 0, 9000)
	w.account(ledger.Fee(lance.USD), 0)
	w.covered(false)

	w.paidFor(ann, 20000)
	for i, owed := range []int64{4500, 0} { // two earnings of 4500, then some are left
		w.approve(w.work(5000))
		w.skip(time.Minute)
		w.step()
		w.has(bob, 0, 0, 0, owed)
		w.step()
		w.has(bob, 0, 0, 0, owed)
		d := w.owes(bob)[0]
		require.Equal(w, usd(owed), d.Rest())
		require.Equal(w, []payments.DebtState{payments.Owing, payments.Netted}[i], d.State)
	}
	w.approve(w.work(5000))
	w.skip(time.Minute)
	w.step()
	w.has(bob, 4500, 0, 0, 0)
	w.covered(true)
}

func payoutNets(w *world) {
	t := w.spent(10000)
	w.hear(t, "d1", provider.Lost, 10000)
	w.paidFor(ann, 30000)
	w.approve(w.work(10000))
	_, err := w.Payout(w.Context(), bob, payments.PayoutInput{Amount: usd(1), Destination: sandbox.DestinationOK})
	w.refused(err, lance.Insufficient, "balance_insufficient")
	w.has(bob, 9000, 0, 0, 9000)
	w.approve(w.work(10000))
	w.pay(bob, 9000, sandbox.DestinationOK)
	w.has(bob, 0, 9000, 0, 0)
	w.step()
	require.Len(w, w.owes(bob), 1)
	require.Equal(w, payments.Netted, w.owes(bob)[0].State)
}

func topUpNets(w *world) {
	w.hear(w.spent(10000), "d1", provider.Lost, 10000)
	w.has(bob, 0, 0, 0, 9000)
	w.deposit(bob, 4000)
	w.has(bob, 0, 0, 0, 5000)
	w.deposit(bob, 6000)
	w.has(bob, 1000, 0, 0, 0)
	require.Equal(w, payments.Netted, w.owes(bob)[0].State)
	w.skip(time.Minute)
	w.step()
	w.has(bob, 1000, 0, 0, 0)
}

func writtenOff(w *world) {
	t := w.spent(10000)
	w.hear(t, "d1", provider.Lost, 10000)
	w.paidFor(bob, 1000)
	w.skip(time.Minute)
	w.step()
	w.has(bob, 0, 0, 0, 8000)
	w.skip(180 * 24 * time.Hour)
	w.step()
	w.has(bob, 0, 0, 0, 0)
	require.Equal(w, payments.WrittenOff, w.owes(bob)[0].State)
	w.account(ledger.Loss(lance.USD), -8000)
}

func writtenOffByAdmin(w *world) {
	t := w.spent(10000)
	w.hear(t, "d1", provider.Lost, 10000)
	id := w.owes(bob)[0].ID
	_, err := w.WriteOffDebt(w.Context(), bob, id)
	w.refused(err, lance.Forbidden, "debt_relation")
	_, err = w.WriteOffDebt(w.Context(), ann, id)
	w.refused(err, lance.NotFound, "debt_not_found")
	d, err := w.WriteOffDebt(w.Context(), admin, id)
	require.NoError(w, err)
	require.Equal(w, payments.WrittenOff, d.State)
	_, err = w.WriteOffDebt(w.Context(), admin, id)
	w.refused(err, lance.Precondition, "debt_state")
	w.has(bob, 0, 0, 0, 0)
	w.account(ledger.Loss(lance.USD), -9000)
}

// bearers loses the same chargeback, of money that was half paid out, by each rule.
func bearers(w *world) {
	for _, c := range []struct {
		losses                  payments.Losses
		aside, annOwes, bobOwes int64
		bobHas, fee, loss       int64
	}{
		{losses: payments.Losses{}, aside: 4500, bobOwes: 4500},
		{losses: payments.Losses{Fees: policy.KeepFees}, aside: 4500, bobOwes: 5500, fee: 1000},
		{losses: payments.Losses{Bearer: payments.BearPayer}, annOwes: 9000, bobHas: 4500},
		{losses: payments.Losses{Bearer: payments.BearPlatform}, bobHas: 4500, loss: 9000},
		{losses: payments.Losses{Bearer: payments.BearPlatform, Fees: policy.KeepFees}, bobHas: 4500, loss: 10000, fee: 1000},
	} {
		w.under(c.losses)
		before := w.totals()
		t := w.paidFor(ann, 10000)
		w.approve(w.work(10000))
		w.pay(bob, 4500, sandbox.DestinationOK)
		w.step()
		w.hear(t, string(t.ID), provider.Opened, 10000)
		w.has(bob, 4500-c.aside, c.aside, 0, 0)
		w.hear(t, string(t.ID), provider.Lost, 10000)
		w.has(ann, 0, 0, 0, c.annOwes)
		w.has(bob, c.bobHas, 0, 0, c.bobOwes)
		after := w.totals()
		require.Equal(w, c.fee, after[ledger.KindFee]-before[ledger.KindFee])
		require.Equal(w, -c.loss, after[ledger.KindLoss]-before[ledger.KindLoss])
		for _, by := range []lance.Actor{ann, bob} { // begin anew
			for _, d := range w.owes(by) {
				if d.State == payments.Owing {
					_, err := w.WriteOffDebt(w.Context(), admin, d.ID)
					require.NoError(w, err)
				}
			}
		}
		if c.bobHas > 0 {
			w.pay(bob, c.bobHas, sandbox.DestinationOK)
			w.step()
		}
	}
}

// under makes the service work by other rules.
func (w *world) under(l payments.Losses) {
	w.Helper()
	svc, err := payments.NewService(w.db, payments.Options{Providers: []provider.Adapter{w.bank}, Losses: l})
	require.NoError(w, err)
	w.Service = svc
	w.worker = lance.NewWorker(w.all, w.jobs(), nil)
}

// totals sums the books up by kind, in USD.
func (w *world) totals() map[ledger.Kind]int64 {
	w.Helper()
	out := map[ledger.Kind]int64{}
	w.view(func(ctx context.Context, r payments.Repos) error {
		sums, err := r.Ledger().Sums(ctx)
		for _, s := range sums {
			if s.Posted.Currency() == lance.USD {
				out[s.Kind] = s.Posted.Minor()
			}
		}
		return err
	})
	return out
}

func lapses(w *world) {
	t := w.paidFor(ann, 10000)
	a := w.work(10000)
	w.hear(t, "d1", provider.Opened, 10000)
	w.skip(119 * 24 * time.Hour)
	w.step()
	require.Zero(w, w.chargeback("d1").WarnedAt)
	w.skip(24 * time.Hour)
	w.step()
	require.Equal(w, w.clock.Now(), w.chargeback("d1").WarnedAt)
	require.Equal(w, payments.Open, w.chargeback("d1").State)
	w.state(a, escrow.Frozen)
	w.skip(60 * 24 * time.Hour)
	w.step()
	require.Equal(w, payments.Lost, w.chargeback("d1").State)
	w.state(a, escrow.Settled)
	w.has(ann, 0, 0, 0, 0)
	require.Equal(w, payments.Won, w.turns(t, "d1", provider.Won, 10000).State, "the bank says so after all")
	w.has(ann, 10000, 0, 0, 0)
}

func askedAbout(w *world) {
	t := w.paidFor(ann, 10000)
	w.hear(t, "d1", provider.Opened, 10000)
	w.skip(24 * time.Hour)
	w.step()
	require.Equal(w, payments.Open, w.chargeback("d1").State)
	w.bank.decide(provider.Won)
	w.step()
	require.Equal(w, payments.Open, w.chargeback("d1").State, "it was asked about a moment ago")
	w.skip(24 * time.Hour)
	w.step()
	require.Equal(w, payments.Won, w.chargeback("d1").State)
	w.has(ann, 10000, 0, 0, 0)
}

func chargebackByAdmin(w *world) {
	t, own := w.paidFor(ann, 10000), w.paidFor(admin, 500)
	w.approve(w.work(10000))
	c, mine := w.hear(t, "d1", provider.Opened, 10000), w.hear(own, "d2", provider.Opened, 500)
	for _, by := range []lance.Actor{ann, bob} {
		_, err := w.SettleChargeback(w.Context(), by, c.ID, payments.Win)
		w.refused(err, lance.Forbidden, "chargeback_relation")
	}
	_, err := w.SettleChargeback(w.Context(), lance.Person("eve"), c.ID, payments.Win)
	w.refused(err, lance.NotFound, "chargeback_not_found")
	_, err = w.SettleChargeback(w.Context(), admin, mine.ID, payments.Win)
	w.refused(err, lance.Forbidden, "chargeback_relation")
	require.Equal(w, []payments.ChargebackAction{payments.Lose, payments.Win}, slices.Sorted(slices.Values(c.AllowedActions(admin))))
	c, err = w.SettleChargeback(w.Context(), admin, c.ID, payments.Lose)
	require.NoError(w, err)
	require.Equal(w, c, w.chargeback("d1"))
	_, err = w.SettleChargeback(w.Context(), admin, c.ID, payments.Win)
	w.refused(err, lance.Precondition, "chargeback_state")
	require.Equal(w, c, w.hear(t, "d1", provider.Lost, 10000), "it was said already")
	page, err := w.Chargebacks(w.Context(), admin, true, lance.PageQuery{})
	require.NoError(w, err)
	require.Len(w, page.Items, 2)
	page, err = w.Chargebacks(w.Context(), ann, false, lance.PageQuery{})
	require.NoError(w, err)
	require.Len(w, page.Items, 1)
	require.Equal(w, c.ID, page.Items[0].ID)
	require.Equal(w, usd(0), page.Items[0].Fee)
	_, err = w.Chargebacks(w.Context(), ann, true, lance.PageQuery{})
	w.refused(err, lance.Forbidden, "role_required")
}

func bySandbox(w *world) {
	won, lost := w.charge(ann, usd(700), sandbox.MethodChargebackWon), w.charge(bob, usd(300), sandbox.MethodChargeback)
	require.Equal(w, payments.Confirmed, won.State)
	w.has(ann, 700, 0, 0, 0)
	w.webhooks(2)
	w.has(ann, 0, 700, 0, 0)
	w.has(bob, 0, 300, 0, 0)
	w.webhooks(0)
	w.skip(sandbox.DecideAfter)
	w.step()
	w.has(ann, 0, 700, 0, 0)
	w.webhooks(2)
	w.webhooks(0)
	w.has(ann, 700, 0, 0, 0)
	w.has(bob, 0, 0, 0, 0)
	w.step()
	require.Equal(w, payments.Confirmed, w.topUp(lost.ID).State)
}

// webhooks lets the sandbox send what it has to, which must be so many.
func (w *world) webhooks(n int) {
	w.Helper()
	reqs := w.bank.Webhooks(w.clock.Now())
	require.Len(w, reqs, n)
	for _, req := range reqs {
		require.NoError(w, w.Receive(w.Context(), w.bank.Name(), req))
	}
	w.step()
}
