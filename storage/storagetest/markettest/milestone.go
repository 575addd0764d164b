package markettest

import (
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/contract"
)

func milestoneLaws() []law {
	return []law{
		{"a_milestone_goes_through_its_life", milestoneLife},
		{"only_the_right_party_takes_each_step", milestoneMatrix},
		{"a_step_out_of_turn_is_refused_and_changes_nothing", outOfTurn},
		{"funding_takes_what_there_is_and_no_more", fundingShort},
		{"a_repeated_command_moves_money_once", commandsOnce},
		{"of_approve_and_request_changes_at_once_one_wins", approveRace},
		{"changes_are_counted_and_limited", revisionLimit},
		{"requesting_changes_may_move_the_due_date", dueDateMoves},
		{"bad_messages_are_refused", badMessages},
		{"the_clock_releases_what_nobody_looks_at", autoRelease},
		{"a_milestone_follows_its_agreement", followsAgreement},
		{"an_agreed_amendment_changes_all_sums_at_once", amending},
		{"an_amendment_needs_the_other_party_and_its_money", amendingRefused},
		{"a_bank_that_takes_a_part_back_leaves_the_rest_of_a_milestone", reclaimed},
		{"amounts_and_totals_follow_an_agreement_that_was_amended", followsAmendment},
		{"a_ruling_ends_a_milestone_by_who_is_paid", followsRuling},
		{"history_has_every_turn_in_order", milestoneHistory},
	}
}

func milestoneLife(w *world) {
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	for _, step := range []struct {
		do   contract.MilestoneAction
		want contract.MilestoneState
		held int64
	}{
		{contract.Fund, contract.MilestoneFunded, 100_00},
		{contract.Submit, contract.MilestoneSubmitted, 100_00},
		{contract.RequestChanges, contract.MilestoneFunded, 100_00},
		{contract.Submit, contract.MilestoneSubmitted, 100_00},
		{contract.Approve, contract.MilestoneApproved, 0},
	} {
		m := w.take(id, step.do)
		require.Equal(w, step.want, m.State, "%s", step.do)
		require.Equal(w, step.want, m.Milestone.State, "%s", step.do)
		require.Equal(w, usd(step.held), m.Money.Held, "%s", step.do)
		if step.want == contract.MilestoneSubmitted {
			require.Equal(w, w.clock.Now().Add(14*day), m.ReleaseAt)
		} else {
			require.Zero(w, m.ReleaseAt, "%s", step.do)
		}
	}
	require.EqualValues(w, 90_00, w.has(ann.Party))
}

func milestoneMatrix(w *world) {
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	for _, do := range []contract.MilestoneAction{contract.Fund, contract.Submit, contract.RequestChanges, contract.Submit, contract.Approve} {
		other := ann
		if rightParty(do).Party == ann.Party {
			other = client
		}
		for _, by := range []lance.Actor{other, admin} {
			_, err := w.act(by, id, do)
			w.refused(err, lance.Forbidden, "milestone_relation")
		}
		for _, by := range []lance.Actor{bob, eve} {
			_, err := w.act(by, id, do)
			w.refused(err, lance.NotFound, "milestone_not_found")
		}
		_, err := w.act(nobody, id, do)
		w.refused(err, lance.Unauthorized, "actor_required")
		w.take(id, do)
	}
	_, err := w.act(client, "mst_nothing", contract.Fund)
	w.refused(err, lance.NotFound, "milestone_not_found")
}

func outOfTurn(w *world) {
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	all := []contract.MilestoneAction{contract.Fund, contract.Submit, contract.RequestChanges, contract.Approve}
	check := func(allowed ...contract.MilestoneAction) {
		before, err := w.contracts.GetMilestone(w.Context(), admin, id)
		require.NoError(w, err)
		for _, do := range without(all, allowed) {
			_, err := w.act(rightParty(do), id, do)
			w.refused(err, lance.Precondition, "milestone_state")
		}
		after, err := w.contracts.GetMilestone(w.Context(), admin, id)
		require.NoError(w, err)
		require.Equal(w, before, after)
	}
	check(contract.Fund)
	w.take(id, contract.Fund)
	check(contract.Submit)
	w.take(id, contract.Submit)
	check(contract.RequestChanges, contract.Approve)
	w.take(id, contract.Approve)
	check()
}

func without(all, some []contract.MilestoneAction) (rest []contract.MilestoneAction) {
	for _, a := range all {
		if !contains(some, a) {
			rest = append(rest, a)
		}
	}
	return rest
}

func contains(list []contract.MilestoneAction, a contract.MilestoneAction) bool {
	return slices.Contains(list, a)
}

func fundingShort(w *world) {
	pr := w.propose(ann, w.open().ID, 100_00, 50_00)
	c, err := w.contracts.Accept(w.Context(), client, contract.AcceptInput{Proposal: pr.ID})
	require.NoError(w, err)
	w.pay(client.Party, 99_99)
	_, err = w.act(client, c.Milestones[0].ID, contract.Fund)
	w.refused(err, lance.Insufficient, "balance_insufficient")
	require.EqualValues(w, 99_99, w.has(client.Party))
	require.Equal(w, contract.MilestonePlanned, w.contract(c.ID).Milestones[0].State)
	w.take(c.Milestones[1].ID, contract.Fund)
	require.EqualValues(w, 49_99, w.has(client.Party))
}

func commandsOnce(w *world) {
	ctx := w.Context()
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	w.pay(client.Party, 100_00)
	for range 3 {
		m, err := w.contracts.Fund(ctx, client, contract.FundInput{Milestone: id, Key: "f"})
		require.NoError(w, err)
		require.Equal(w, contract.MilestoneFunded, m.State)
	}
	require.EqualValues(w, 100_00, w.has(client.Party))
	for range 3 {
		_, err := w.contracts.Submit(ctx, ann, contract.SubmitInput{Milestone: id, Message: "Done.", Key: "s"})
		require.NoError(w, err)
	}
	_, err := w.contracts.Submit(ctx, ann, contract.SubmitInput{Milestone: id, Message: "Else.", Key: "s"})
	w.refused(err, lance.Conflict, "key_reused")
	for range 3 {
		_, err := w.contracts.Approve(ctx, client, contract.ApproveInput{Milestone: id, Key: "a"})
		require.NoError(w, err)
	}
	require.EqualValues(w, 90_00, w.has(ann.Party))
	_, err = w.contracts.Approve(ctx, client, contract.ApproveInput{Milestone: id, Key: "f"})
	w.refused(err, lance.Conflict, "key_reused")
}

func approveRace(w *world) {
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	w.take(id, contract.Fund, contract.Submit)
	actions := []contract.MilestoneAction{contract.Approve, contract.RequestChanges}
	errs := w.race(6, func(i int) error {
		_, err := w.act(client, id, actions[i%2])
		return err
	})
	require.Equal(w, 1, won(errs), "%v", errs)
	for _, err := range errs {
		if err != nil {
			w.refused(err, lance.Precondition, "milestone_state")
		}
	}
	m, err := w.contracts.GetMilestone(w.Context(), admin, id)
	require.NoError(w, err)
	paid := w.has(ann.Party)
	require.Contains(w, []contract.MilestoneState{contract.MilestoneApproved, contract.MilestoneFunded}, m.State)
	require.Equal(w, m.State == contract.MilestoneApproved, paid == 90_00, "paid %d", paid)
}

func revisionLimit(w *world) {
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	w.take(id, contract.Fund)
	for n := range 2 {
		m := w.take(id, contract.Submit)
		require.Contains(w, m.Money.AllowedActions(client), escrow.RequestChanges)
		require.Equal(w, n+1, w.take(id, contract.RequestChanges).Revisions)
	}
	w.take(id, contract.Submit)
	m, err := w.contracts.GetMilestone(w.Context(), client, id)
	require.NoError(w, err)
	require.Equal(w, []contract.MilestoneAction{contract.Approve, contract.Amend}, m.AllowedActions)
	_, err = w.act(client, id, contract.RequestChanges)
	w.refused(err, lance.Precondition, "milestone_revisions")
}

func dueDateMoves(w *world) {
	ctx := w.Context()
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	w.take(id, contract.Fund, contract.Submit)
	_, err := w.contracts.RequestChanges(ctx, client, contract.ChangesInput{Milestone: id, Message: "x", DueAt: w.clock.Now()})
	w.invalid(err, map[string]string{"/due_at": "due_past"})
	due := w.clock.Now().Add(30 * day)
	m, err := w.contracts.RequestChanges(ctx, client, contract.ChangesInput{Milestone: id, Message: "x", DueAt: due.In(time.FixedZone("x", 3600))})
	require.NoError(w, err)
	require.Equal(w, due, m.DueAt)
}

func badMessages(w *world) {
	ctx := w.Context()
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	w.take(id, contract.Fund)
	bad := map[string]string{
		"": "text_required", strings.Repeat("x", 10_001): "text_too_long", "a\xff": "text_utf8",
		"a\x00": "text_control", "<script>x()</script>": "text_markup",
	}
	for message, code := range bad {
		_, err := w.contracts.Submit(ctx, ann, contract.SubmitInput{Milestone: id, Message: message})
		w.invalid(err, map[string]string{"/message": code})
	}
	w.take(id, contract.Submit)
	for message, code := range bad {
		_, err := w.contracts.RequestChanges(ctx, client, contract.ChangesInput{Milestone: id, Message: message})
		w.invalid(err, map[string]string{"/message": code})
	}
	m, err := w.contracts.GetMilestone(ctx, ann, id)
	require.NoError(w, err)
	require.Equal(w, contract.MilestoneSubmitted, m.State)
	require.Equal(w, 1, m.Turns)
}

func autoRelease(w *world) {
	ctx := w.Context()
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	w.take(id, contract.Fund, contract.Submit)
	clocks, err := w.contracts.Clocks(ctx, client, id)
	require.NoError(w, err)
	require.Contains(w, clocks, contract.Clock{Kind: escrow.KindAutoRelease, At: w.clock.Now().Add(14 * day)})
	w.clock.Move(14*day - time.Second)
	w.settle()
	require.Equal(w, contract.MilestoneSubmitted, w.contract(c.ID).Milestones[0].State)
	w.clock.Move(time.Second)
	w.settle()
	done := w.contract(c.ID)
	require.Equal(w, contract.MilestoneApproved, done.Milestones[0].Milestone.State)
	require.Equal(w, contract.StateCompleted, done.State)
	require.EqualValues(w, 90_00, w.has(ann.Party))
	require.Empty(w, w.settle().Fired, "it fires once")
}

func followsAgreement(w *world) {
	ctx := w.Context()
	c := w.hire(100_00, 50_00)
	first, second := c.Milestones[0], c.Milestones[1]
	_, err := w.escrow.Fund(ctx, client, escrow.FundInput{Agreement: first.Agreement})
	require.NoError(w, err)
	require.Equal(w, contract.MilestoneFunded, w.contract(c.ID).Milestones[0].State)
	_, err = w.act(client, first.ID, contract.Fund)
	w.refused(err, lance.Precondition, "milestone_state")
	_, err = w.escrow.Approve(ctx, client, escrow.ApproveInput{Agreement: first.Agreement})
	require.NoError(w, err)
	_, err = w.escrow.Cancel(ctx, ann, escrow.CancelInput{Agreement: second.Agreement})
	require.NoError(w, err)

	now := w.contract(c.ID)
	require.Equal(w, contract.MilestoneApproved, now.Milestones[0].State, "it is so before the reaction")
	require.Equal(w, contract.MilestonePlanned, now.Milestones[0].Milestone.State)
	require.Equal(w, contract.StateActive, now.State)
	w.settle()
	now = w.contract(c.ID)
	require.Equal(w, contract.MilestoneApproved, now.Milestones[0].Milestone.State)
	require.Equal(w, contract.MilestoneCancelled, now.Milestones[1].Milestone.State)
	require.Equal(w, contract.StateCompleted, now.State)
}

func milestoneHistory(w *world) {
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	w.take(id, contract.Fund, contract.Submit, contract.RequestChanges, contract.Submit, contract.Approve)
	page, err := w.contracts.History(w.Context(), ann, id, lance.PageQuery{Limit: 2})
	require.NoError(w, err)
	rest, err := w.contracts.History(w.Context(), ann, id, lance.PageQuery{Cursor: page.Next})
	require.NoError(w, err)
	var kinds []contract.TurnKind
	for i, turn := range append(page.Items, rest.Items...) {
		require.Equal(w, i+1, turn.Place)
		require.NotEmpty(w, turn.Message)
		kinds = append(kinds, turn.Kind)
	}
	require.Equal(w, []contract.TurnKind{contract.TurnSubmitted, contract.TurnChangesRequested, contract.TurnSubmitted}, kinds)
}
