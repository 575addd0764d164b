package markettest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/contract"
)

// amend proposes and agrees to another amount.
func (w *world) amend(id contract.MilestoneID, from, to lance.Actor, minor int64) *contract.MilestoneDetails {
	w.Helper()
	m, err := w.contracts.Amend(w.Context(), from, contract.AmendInput{Milestone: id, Amount: usd(minor)})
	require.NoError(w, err)
	require.Contains(w, m.AllowedActions, contract.DeclineAmendment)
	require.NotContains(w, m.AllowedActions, contract.AcceptAmendment, "nobody agrees with himself")
	m, err = w.contracts.AcceptAmendment(w.Context(), to, contract.AcceptAmendmentInput{Milestone: id, Key: "amend", Amount: usd(minor)})
	require.NoError(w, err)
	return m
}

func amending(w *world) {
	c := w.hire(100_00, 50_00)
	id := c.Milestones[0].ID
	m := w.amend(id, client, ann, 80_00)
	require.Equal(w, usd(80_00), m.Amount)
	require.Equal(w, usd(130_00), w.contract(c.ID).Total)
	require.Equal(w, usd(80_00), w.take(id, contract.Fund).Money.Held)

	version := w.contract(c.ID).Version
	_, err := w.contracts.AcceptAmendment(w.Context(), ann, contract.AcceptAmendmentInput{Milestone: id, Key: "amend", Amount: usd(80_00)})
	require.NoError(w, err, "a repeated command is answered as before")
	require.Equal(w, version, w.contract(c.ID).Version)

	m, err = w.contracts.Amend(w.Context(), ann, contract.AmendInput{Milestone: id, Amount: usd(95_00)})
	require.NoError(w, err)
	require.Equal(w, usd(80_00), m.Amount, "nothing has changed yet")
	_, err = w.contracts.DeclineAmendment(w.Context(), client, contract.DeclineAmendmentInput{Milestone: id})
	require.NoError(w, err)
	m = w.amend(id, ann, client, 99_99)
	require.Equal(w, usd(99_99), m.Money.Held)
	require.EqualValues(w, 50_01, w.has(client.Party))
	require.Empty(w, w.settle().Faults)
	done := w.contract(c.ID)
	require.Equal(w, usd(149_99), done.Total)
	require.Equal(w, version+1, done.Version, "the reaction finds all done")

	w.take(id, contract.Submit, contract.Approve)
	require.EqualValues(w, 89_99, w.has(ann.Party))
	_, err = w.contracts.Amend(w.Context(), ann, contract.AmendInput{Milestone: id, Amount: usd(1)})
	w.refused(err, lance.Precondition, "milestone_state")
}

func amendingRefused(w *world) {
	ctx := w.Context()
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	w.take(id, contract.Fund)
	propose := func(by lance.Actor, amount lance.Money) error {
		_, err := w.contracts.Amend(ctx, by, contract.AmendInput{Milestone: id, Amount: amount})
		return err
	}
	accept := func(by lance.Actor) error {
		_, err := w.contracts.AcceptAmendment(ctx, by, contract.AcceptAmendmentInput{Milestone: id})
		return err
	}
	w.refused(propose(nobody, usd(1)), lance.Unauthorized, "actor_required")
	w.refused(propose(eve, usd(1)), lance.NotFound, "milestone_not_found")
	w.refused(propose(admin, usd(1)), lance.Forbidden, "milestone_relation")
	w.invalid(propose(ann, usd(0)), map[string]string{"/amount": "money_not_positive"})
	w.invalid(propose(ann, lance.NewMoney(5, lance.MustCurrency("EUR"))), map[string]string{"/amount": "currency_mismatch"})
	w.refused(accept(client), lance.Precondition, "amendment_none")

	before := w.contract(c.ID)
	require.NoError(w, propose(ann, usd(100_01)))
	w.refused(accept(ann), lance.Forbidden, "amendment_own")
	w.refused(accept(admin), lance.Forbidden, "milestone_relation")
	_, err := w.contracts.AcceptAmendment(ctx, client, contract.AcceptAmendmentInput{Milestone: id, Amount: usd(90_00)})
	w.refused(err, lance.Stale, "amendment_changed")
	w.refused(accept(client), lance.Insufficient, "balance_insufficient")
	after := w.contract(c.ID)
	require.Equal(w, before.Contract, after.Contract)
	require.Equal(w, before.Milestones[0].Milestone, after.Milestones[0].Milestone)

	w.pay(client.Party, 1)
	errs := w.race(6, func(int) error { return accept(client) })
	require.Equal(w, 1, won(errs), "%v", errs)
	require.Equal(w, usd(100_01), w.contract(c.ID).Total)
	require.Zero(w, w.has(client.Party))
}

// followsAmendment changes the price behind the contract's back: before the
// milestone is funded, after it was, behind its back too, and just before it ends.
func followsAmendment(w *world) {
	ctx := w.Context()
	c := w.hire(100_00, 50_00)
	first, second := c.Milestones[0], c.Milestones[1]
	amend := func(id escrow.ID, minor int64) {
		_, err := w.escrow.Amend(ctx, ann, escrow.AmendInput{Agreement: id, Amount: usd(minor)})
		require.NoError(w, err)
		_, err = w.escrow.AcceptAmendment(ctx, client, escrow.AcceptAmendmentInput{Agreement: id})
		require.NoError(w, err)
	}
	amend(first.Agreement, 70_00)
	w.settle()
	now := w.contract(c.ID)
	require.Equal(w, usd(120_00), now.Total)
	require.Equal(w, usd(70_00), now.Milestones[0].Amount)
	require.Equal(w, contract.MilestonePlanned, now.Milestones[0].Milestone.State)

	_, err := w.contracts.CancelMilestone(ctx, ann, second.ID)
	require.NoError(w, err)
	_, err = w.escrow.Fund(ctx, client, escrow.FundInput{Agreement: first.Agreement})
	require.NoError(w, err)
	amend(first.Agreement, 65_00)
	w.settle()
	w.take(first.ID, contract.Submit)
	amend(first.Agreement, 60_00)
	w.clock.Move(time.Hour)
	w.take(first.ID, contract.Approve)
	ended := w.contract(c.ID)
	w.clock.Move(time.Hour)
	w.settle()
	now = w.contract(c.ID)
	require.Equal(w, usd(110_00), now.Total)
	require.Equal(w, usd(60_00), now.Milestones[0].Amount)
	require.Equal(w, contract.StateCompleted, now.State)
	require.Equal(w, ended.Milestones[0].EndedAt, now.Milestones[0].EndedAt)
	require.EqualValues(w, 54_00, w.has(ann.Party))
	require.Equal(w, []string{
		"milestone.planned", "milestone.amended", "milestone.amended", "milestone.submitted", "milestone.approved", "milestone.amended",
	}, w.told(first.Ref()), "of what happened nothing else is said")
}
