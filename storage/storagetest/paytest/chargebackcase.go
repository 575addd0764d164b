package paytest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
)

// argue opens a case about an agreement: ann wants all of it back.
func (w *world) argue(a *escrow.Agreement) *dispute.Case {
	w.Helper()
	c, err := lance.Do(w.Context(), w.db, "argue", func(ctx context.Context, r payments.Repos) (*dispute.Case, error) {
		return dispute.OpenIn(ctx, r, dispute.OpenInput{By: ann, Agreement: a.ID, Reason: dispute.Late, Statement: "It came too late."})
	})
	require.NoError(w, err)
	return c
}

// concede lets bob grant what ann claims.
func (w *world) concede(c *dispute.Case) error {
	return w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) error {
		_, err := dispute.ConcedeIn(ctx, r, dispute.ActInput{By: bob, Case: c.ID})
		return err
	})
}

func (w *world) stage(c *dispute.Case) dispute.State {
	w.Helper()
	now, err := lance.Read(w.Context(), w.db, "stage", func(ctx context.Context, r payments.Repos) (*dispute.Case, error) {
		return r.Cases().Get(ctx, c.ID)
	})
	require.NoError(w, err)
	return now.State
}

// caseWaits requires that nobody divides money that is charged back: the case about
// it waits for each chargeback and goes on when all were won.
func caseWaits(w *world) {
	first, second := w.paidFor(ann, 1000), w.paidFor(ann, 1000)
	a := w.work(2000)
	c := w.argue(a)
	w.hear(first, "d1", provider.Opened, 1000)
	w.hear(second, "d2", provider.Opened, 1000)
	require.Equal(w, dispute.Suspended, w.stage(c))
	require.ErrorIs(w, w.concede(c), lance.Precondition)
	w.hear(second, "d2", provider.Won, 1000)
	require.Equal(w, dispute.Suspended, w.stage(c), "it waits for the other one")
	require.ErrorIs(w, w.concede(c), lance.Precondition)
	w.hear(first, "d1", provider.Won, 1000)
	require.Equal(w, dispute.Opened, w.stage(c))
	require.NoError(w, w.concede(c))
	w.state(a, escrow.Settled)
	w.has(ann, 2000, 0, 0, 0)
	w.sound()
}

// caseShrinks loses one of two chargebacks: the dispute is about the rest, and waits
// for the other one.
func caseShrinks(w *world) {
	one, two := w.paidFor(ann, 4000), w.paidFor(ann, 6000)
	a := w.work(10000)
	d := w.argue(a)
	w.hear(one, "d1", provider.Opened, 4000)
	w.hear(two, "d2", provider.Opened, 5000)
	w.hear(one, "d1", provider.Lost, 4000)
	require.Equal(w, dispute.Suspended, w.stage(d))
	w.state(a, escrow.Frozen)
	w.has(ann, 0, 6000, 0, 0)
	w.hear(two, "d2", provider.Won, 5000)
	require.Equal(w, dispute.Opened, w.stage(d))
	require.NoError(w, w.concede(d))
	w.state(a, escrow.Settled)
	w.has(ann, 6000, 0, 0, 0)
	w.has(bob, 0, 0, 0, 0)
}

func caseOvertaken(w *world) {
	t := w.paidFor(ann, 10000)
	a := w.work(10000)
	d := w.argue(a)
	w.hear(t, "d1", provider.Opened, 10000)
	w.hear(t, "d1", provider.Lost, 10000)
	require.Equal(w, dispute.Overtaken, w.stage(d))
	w.state(a, escrow.Settled)
	w.has(ann, 0, 0, 0, 0)
	w.has(bob, 0, 0, 0, 0)
}

// caseLater cannot be opened about what a chargeback has frozen.
func caseLater(w *world) {
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
