package escrowtest

import (
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

func agreementIncidents() []law {
	return []law{
		{"getdokan/dokan#905", (*world).refundLowersEarnings},
		{"blnkfinance/blnk#152", (*world).refundTwice},
		{"blnkfinance/blnk#62", (*world).commitTooMuch},
		{"mercurjs/mercur#1357", (*world).threeCommissions},
		{"Fiverr forum 268450", (*world).timersShow},
		{"Upwork help 211068208", (*world).partialAndChanges},
		{"audit 409", (*world).onlyTransitions},
		{"audit 274", (*world).partsSideBySide},
	}
}

// A refund lowers the seller's earnings: he pays no fee on it and can withdraw
// nothing of it.
func (w *world) refundLowersEarnings() {
	a := w.part(w.funded(1000), w.payee, escrow.RefundPart, usd(400))
	a = w.must(a, w.payer, escrow.Approve)
	w.has(available(w.payee), 540)
	w.has(fee, 60)
	require.Equal(w, usd(600), a.Released)
}

// A second refund of the same payment is a no-op or a conflict.
func (w *world) refundTwice() {
	a := w.funded(1000)
	x := act{By: w.payee, Do: escrow.Refund, Key: "refund"}
	for range 2 {
		_, err := w.try(a.ID, x)
		require.NoError(w, err)
	}
	w.has(available(w.payer), 2000)
	x.Key = "another"
	w.refuse(a, x, lance.Precondition, "agreement_state")
}

// A hold cannot be committed for more than it holds.
func (w *world) commitTooMuch() {
	a := w.funded(1000)
	w.refuse(a, act{By: w.payer, Do: escrow.Release, Amount: usd(1001)}, lance.Insufficient, "hold_insufficient")
	a = w.part(a, w.payer, escrow.Release, usd(999))
	w.refuse(a, act{By: w.payer, Do: escrow.Release, Amount: usd(2)}, lance.Insufficient, "hold_insufficient")
	require.Equal(w, usd(1), a.Held)
}

// Three commissions sum as computed by hand, also in two releases.
func (w *world) threeCommissions() {
	doc := policy.Default()
	doc.Fees = []policy.Component{
		{Name: "service", Side: policy.Payee, Percent: decimal.NewFromInt(5)},
		{Name: "category", Side: policy.Payee, Percent: decimal.NewFromInt(4)},
		{Name: "order", Side: policy.Payee, Percent: decimal.NewFromInt(1), Min: usd(100)},
	}
	w.under(doc)
	a := w.part(w.funded(49_99), w.payer, escrow.Release, usd(20_00))
	w.must(a, w.payer, escrow.Approve)
	w.has(fee, 550) // 5 % is 2.4995, 4 % is 1.9996, and at least 1.00: 5.4991
	w.has(available(w.payee), 4449)
}

// Every automatic timer shows when it fires, or why it will not.
func (w *world) timersShow() { w.whyNot() }

// A partial release rolls the remainder forward; requesting changes stops the
// clock.
func (w *world) partialAndChanges() {
	a := w.part(w.submitted(1000), w.payer, escrow.Release, usd(250))
	require.Equal(w, usd(750), a.Remaining())
	require.True(w, a.ReleaseAt.Equal(epoch.Add(fortnight)), "a part does not stop the clock")
	a = w.must(a, w.payer, escrow.RequestChanges)
	w.clock.Move(fortnight + time.Hour)
	require.Empty(w, w.step().Fired)
	a = w.must(w.must(a, w.payee, escrow.Submit), w.payer, escrow.Approve)
	require.Equal(w, usd(1000), a.Released)
	w.has(available(w.payee), 900)
}

// No status changes but by an action of its lifecycle that the actor may do.
func (w *world) onlyTransitions() {
	a := w.submitted(1000)
	a = w.must(a, w.payer, escrow.RequestChanges)
	for _, do := range []escrow.Action{escrow.Accept, escrow.RequestChanges} {
		w.refuse(a, act{By: w.payer, Do: do}, lance.Precondition, "agreement_state")
	}
	w.refuse(a, act{By: w.payer, Do: escrow.Cancel}, lance.Precondition, "hold_filled")
	w.refuse(a, act{By: w.payer, Do: escrow.Fund}, lance.Precondition, "agreement_funded")
	for _, do := range []escrow.Action{escrow.Submit, escrow.Refund} {
		w.refuse(a, act{By: w.payer, Do: do}, lance.Forbidden, "agreement_relation")
	}
	w.refuse(a, act{By: w.payee, Do: escrow.Approve}, lance.Forbidden, "agreement_relation")
}
