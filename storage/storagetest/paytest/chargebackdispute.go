package paytest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
)

// disputed is money in an agreement about which its parties have a dispute.
func (w *world) disputed(minor int64) (*escrow.Agreement, *dispute.Case) {
	w.Helper()
	a := w.work(minor)
	c, err := w.disputes.Open(w.Context(), bob, dispute.OpenInput{
		Agreement: a.ID, Reason: dispute.NotReleased, Statement: "The work is done.", ToPayee: usd(minor),
	})
	require.NoError(w, err)
	return a, c
}

// stands requires where a dispute is.
func (w *world) stands(c *dispute.Case, s dispute.State) {
	w.Helper()
	got, err := w.disputes.Get(w.Context(), bob, c.ID)
	require.NoError(w, err)
	require.Equal(w, s, got.State)
}

// disputeWaits lets a dispute wait for two chargebacks, and go on when both are won.
func disputeWaits(w *world) {
	one, two := w.paidFor(ann, 4000), w.paidFor(ann, 6000)
	a, d := w.disputed(10000)
	w.hear(one, "d1", provider.Opened, 4000)
	w.stands(d, dispute.Suspended)
	w.hear(two, "d2", provider.Opened, 6000)
	_, err := w.disputes.Respond(w.Context(), ann, dispute.RespondInput{Case: d.ID, Statement: "It is not."})
	w.refused(err, lance.Precondition, "dispute_state")
	w.skip(60 * 24 * time.Hour)
	w.step()
	w.stands(d, dispute.Suspended)
	w.hear(one, "d1", provider.Won, 4000)
	w.stands(d, dispute.Suspended)
	w.hear(two, "d2", provider.Won, 6000)
	w.stands(d, dispute.Opened)
	w.state(a, escrow.Frozen)
	_, err = w.disputes.Withdraw(w.Context(), bob, dispute.ActInput{Case: d.ID})
	require.NoError(w, err)
	w.approve(a)
	w.has(bob, 9000, 0, 0, 0)
}

// disputeOvertaken loses one of two chargebacks: the dispute is over, and the other
// one has its part in the payer's reserve.
func disputeOvertaken(w *world) {
	one, two := w.paidFor(ann, 4000), w.paidFor(ann, 6000)
	a, d := w.disputed(10000)
	w.hear(one, "d1", provider.Opened, 4000)
	w.hear(two, "d2", provider.Opened, 5000)
	w.hear(one, "d1", provider.Lost, 4000)
	w.stands(d, dispute.Overtaken)
	w.state(a, escrow.Settled)
	require.Equal(w, map[payments.PartKind]int64{payments.PartWallet: 5000}, parts(w.chargeback("d2")))
	w.has(ann, 1000, 5000, 0, 0)
	w.hear(two, "d2", provider.Won, 5000)
	w.has(ann, 6000, 0, 0, 0)
	w.has(bob, 0, 0, 0, 0)
}

// disputeLater cannot be opened about what a chargeback has frozen.
func disputeLater(w *world) {
	t := w.paidFor(ann, 10000)
	a := w.work(10000)
	w.hear(t, "d1", provider.Opened, 10000)
	in := dispute.OpenInput{Agreement: a.ID, Reason: dispute.NotReleased, Statement: "The work is done."}
	_, err := w.disputes.Open(w.Context(), bob, in)
	w.refused(err, lance.Precondition, "agreement_state")
	w.hear(t, "d1", provider.Won, 10000)
	_, err = w.disputes.Open(w.Context(), bob, in)
	require.NoError(w, err)
}
