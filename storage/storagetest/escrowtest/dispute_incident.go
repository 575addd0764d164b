package escrowtest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
)

func disputeIncidents() []courtLaw {
	return []courtLaw{
		{"getdokan/dokan#905", (*court).refundByRuling},
		{"blnkfinance/blnk#152", (*court).refundAgain},
		{"Fiverr forum 268450", (*court).clocksOfCases},
		{"Upwork help 211068208", (*court).partAndCase},
		{"audit 409", (*court).onlyActions},
	}
}

// What a ruling sends back lowers the seller's earnings: he pays no fee on it and
// can withdraw nothing of it.
func (w *court) refundByRuling() {
	c := w.in(dispute.Ruled)
	w.clock.Move(5 * day)
	w.steps()
	w.has(available(w.payee), 540)
	w.has(fee, 60)
	require.Equal(w, usd(400), w.get(c.Agreement).Refunded)
}

// What a ruling has sent back is not sent back again.
func (w *court) refundAgain() {
	c := w.in(dispute.Ruled)
	w.clock.Move(5 * day)
	w.steps()
	a := w.get(c.Agreement)
	w.refuse(a, act{By: w.payee, Do: escrow.Refund}, lance.Precondition, "agreement_state")
	w.refuse(a, act{By: arbiter, Do: escrow.Rule, Bears: escrow.BearEach}, lance.Precondition, "agreement_state")
}

// Every automatic timer shows when it fires, or why it will not: also those of the
// agreement that the case has frozen.
func (w *court) clocksOfCases() {
	c := w.in(dispute.Mediation)
	require.True(w, w.timer(c.Agreement, dispute.KindMediation).DueAt.Equal(epoch.Add(7*day)))
	require.Equal(w, escrow.WhyFrozen, w.timer(c.Agreement, escrow.KindAutoRelease).WhyNot)
	w.did(w.suspend(c.Agreement, chargeback("1")))
	require.Equal(w, dispute.WhySuspended, w.timer(c.Agreement, dispute.KindMediation).WhyNot)
}

// A case is about what a partial release has left, and the clock that it has stopped
// releases nothing meanwhile.
func (w *court) partAndCase() {
	a := w.part(w.submitted(1000), w.payer, escrow.Release, usd(250))
	c := w.does(w.open(a, w.payer, 0), w.payee, dispute.Respond, 750)
	require.Equal(w, usd(750), c.Held)
	w.clock.Move(5 * day)
	require.Equal(w, []string{dispute.KindNegotiation}, w.steps())
	w.clock.Move(fortnight + time.Hour)
	require.Equal(w, []string{dispute.KindMediation}, w.steps())
	w.has(available(w.payee), 225)
}

// No status changes but by an action of its lifecycle that the actor may do.
func (w *court) onlyActions() {
	c := w.in(dispute.Negotiation)
	w.refuses(c, w.payee, dispute.Respond, lance.Precondition, "dispute_state")
	w.refuses(c, w.payer, dispute.Rule, lance.Forbidden, "dispute_relation")
	w.refuses(c, w.payer, dispute.Appeal, lance.Precondition, "dispute_state")
	w.refuses(c, arbiter, dispute.Assign, lance.NotFound, "dispute_not_found")
}
