package escrowtest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

// week is how long the default policy gives the payee to answer.
const week = 7 * 24 * time.Hour

func refundLaws() []law {
	return []law{
		{"a request for money back that nobody answers is granted, part or whole", (*world).silence},
		{"where silence keeps the money, the request ends by itself", (*world).keeps},
		{"the payee declines, which stops the clock, and may be asked again so often", (*world).declines},
		{"a request is for no more than is left", (*world).asksLess},
		{"a policy may keep the payer's fee on what goes back", (*world).keepsFee},
	}
}

func (w *world) silence() {
	a := w.part(w.funded(1000), w.payer, escrow.AskRefund, usd(400))
	require.True(w, a.RefundAt.Equal(epoch.Add(week)))
	w.clock.Move(week - time.Microsecond)
	require.Empty(w, w.step().Fired, "not before its time")
	w.clock.Move(time.Microsecond)
	w.fires(escrow.KindRefund)
	a = w.get(a.ID)
	require.Equal(w, escrow.Funded, a.State, "600 are still at work")
	require.Equal(w, usd(400), a.Refunded)
	require.True(w, a.RefundAsked.IsZero())
	w.has(available(w.payer), 1400)
	a = w.must(w.must(a, w.payee, escrow.Submit), w.payer, escrow.AskRefund)
	w.clock.Move(week)
	w.fires(escrow.KindRefund)
	require.Equal(w, escrow.Refunded, w.get(a.ID).State)
	w.has(available(w.payer), 2000)
}

func (w *world) keeps() {
	doc := policy.Default()
	doc.Refunds.Silence, doc.Refunds.Answer = policy.Keep, 24*time.Hour
	w.under(doc)
	a := w.must(w.funded(1000), w.payer, escrow.AskRefund)
	w.clock.Move(24 * time.Hour)
	w.fires(escrow.KindRefund)
	a = w.get(a.ID)
	require.True(w, a.RefundAsked.IsZero())
	require.Equal(w, usd(1000), a.Held)
}

func (w *world) declines() {
	a := w.funded(1000)
	w.refuse(a, act{By: w.payee, Do: escrow.DeclineRefund}, lance.Precondition, "refund_not_asked")
	for range a.Policy.Refunds.Asks {
		a = w.must(a, w.payer, escrow.AskRefund)
		w.refuse(a, act{By: w.payer, Do: escrow.DeclineRefund}, lance.Forbidden, "agreement_relation")
		w.clock.Move(week - time.Hour)
		a = w.must(a, w.payee, escrow.DeclineRefund)
		require.True(w, a.RefundAt.IsZero())
		w.clock.Move(2 * time.Hour)
		require.Empty(w, w.step().Fired)
	}
	w.refuse(a, act{By: w.payer, Do: escrow.AskRefund}, lance.Precondition, "refund_asks")
	require.NotContains(w, a.AllowedActions(w.payer), escrow.AskRefund)
}

func (w *world) asksLess() {
	a := w.part(w.funded(1000), w.payer, escrow.AskRefund, usd(800))
	a = w.part(a, w.payer, escrow.Release, usd(500))
	require.Equal(w, usd(500), a.RefundAsked, "no more than is left")
	a = w.part(a, w.payee, escrow.RefundPart, usd(200))
	require.Equal(w, usd(300), a.RefundAsked)
	w.clock.Move(week)
	w.fires(escrow.KindRefund)
	require.Equal(w, escrow.Refunded, w.get(a.ID).State)
	w.has(available(w.payee), 450)
}

func (w *world) keepsFee() {
	doc := bothSides()
	doc.Refunds.Fees = policy.KeepFees
	w.under(doc)
	a := w.part(w.funded(1000), w.payee, escrow.RefundPart, usd(400))
	require.Equal(w, usd(42), a.PayerFee, "2.9 % of 4.00, and 0.30")
	w.has(fee, 42)
	w.invariants()
	a = w.must(a, w.payer, escrow.Approve)
	require.Equal(w, usd(59), a.PayerFee, "as if all had been released")
	w.has(available(w.payer), 2000-1059+400)
}
