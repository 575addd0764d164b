package markettest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
)

// RunContracts proves the laws of contracts and milestones on the adapter, each
// in a parallel subtest <subject>/<law>.
func RunContracts[R review.Repos](t *testing.T, h Harness[R]) {
	run(t, h, "accept", acceptLaws())
	run(t, h, "milestone", milestoneLaws())
	run(t, h, "contract", contractLaws())
}

func acceptLaws() []law {
	return []law{
		{"accepting_makes_all_of_a_contract_at_once", accepting},
		{"only_the_client_accepts", acceptMatrix},
		{"what_fails_after_accepting_leaves_nothing", acceptFails},
		{"of_two_accepted_at_once_one_wins", acceptRace},
		{"a_repeated_accept_makes_one_contract", acceptedOnce},
		{"a_proposal_that_is_not_waiting_is_not_accepted", acceptWrongState},
	}
}

func accepting(w *world) {
	p := w.open()
	lost := w.propose(bob, p.ID, 80_00)
	pr := w.propose(ann, p.ID, 100_00, 50_00)
	c, err := w.contracts.Accept(w.Context(), client, contract.AcceptInput{Proposal: pr.ID})
	require.NoError(w, err)
	require.Equal(w, contract.StateActive, c.State)
	require.Equal(w, usd(150_00), c.Total)
	require.Equal(w, p.Title, c.Title)
	require.Equal(w, []contract.Action{contract.Cancel}, c.AllowedActions)
	require.Len(w, c.Milestones, 2)
	for i, m := range c.Milestones {
		require.Equal(w, i+1, m.Place)
		require.Equal(w, pr.Milestones[i].Title, m.Title)
		require.Equal(w, pr.Milestones[i].Amount, m.Amount)
		require.Equal(w, pr.Milestones[i].DueAt, m.DueAt)
		require.Equal(w, contract.MilestonePlanned, m.State)
		require.Equal(w, []contract.MilestoneAction{contract.Fund, contract.CancelMilestone, contract.Amend}, m.AllowedActions)
		require.Equal(w, escrow.Agreed, m.Money.State)
		require.Equal(w, m.Ref(), m.Money.Subject)
		require.Equal(w, client.Party, m.Money.Payer)
		require.Equal(w, ann.Party, m.Money.Payee)
	}
	require.Equal(w, project.ProposalAccepted, w.proposal(pr.ID).State)
	require.Equal(w, project.ProposalDeclined, w.proposal(lost.ID).State)
	after, err := w.projects.Get(w.Context(), client, p.ID)
	require.NoError(w, err)
	require.Equal(w, project.StateAwarded, after.State)
	read, err := w.contracts.Get(w.Context(), client, c.ID)
	require.NoError(w, err)
	require.Equal(w, c, read)
}

func acceptMatrix(w *world) {
	ctx := w.Context()
	pr := w.propose(ann, w.open().ID, 100)
	in := contract.AcceptInput{Proposal: pr.ID}
	for _, by := range []lance.Actor{ann, admin} {
		_, err := w.contracts.Accept(ctx, by, in)
		w.refused(err, lance.Forbidden, "project_relation")
	}
	for _, by := range []lance.Actor{bob, eve} {
		_, err := w.contracts.Accept(ctx, by, in)
		w.refused(err, lance.NotFound, "proposal_not_found")
	}
	_, err := w.contracts.Accept(ctx, nobody, in)
	w.refused(err, lance.Unauthorized, "actor_required")
	_, err = w.contracts.Accept(ctx, client, contract.AcceptInput{Proposal: "prp_nothing"})
	w.refused(err, lance.NotFound, "proposal_not_found")
	require.Equal(w, pr, w.proposal(pr.ID))
}

func acceptFails(w *world) {
	p := w.open()
	pr := w.propose(ann, p.ID, 100, 200)
	oops := errors.New("oops")
	err := w.db.InTx(w.Context(), func(ctx context.Context, r review.Repos) error {
		_, err := contract.AcceptIn(ctx, r, client, contract.Terms{}, contract.AcceptInput{Proposal: pr.ID})
		return errors.Join(err, oops)
	})
	require.ErrorIs(w, err, oops)
	w.read(func(ctx context.Context, r review.Repos) error {
		cs, err := r.Contracts().Find(ctx, lance.Filter{})
		require.NoError(w, err)
		ms, err := r.Milestones().Find(ctx, lance.Filter{})
		require.NoError(w, err)
		as, err := r.Agreements().Find(ctx, lance.Filter{})
		require.Empty(w, cs)
		require.Empty(w, ms)
		require.Empty(w, as)
		return err
	})
	require.Equal(w, pr, w.proposal(pr.ID))
	after, err := w.projects.Get(w.Context(), client, p.ID)
	require.NoError(w, err)
	require.Equal(w, p, after)
}

func acceptRace(w *world) {
	p := w.open()
	prs := []*project.Proposal{w.propose(ann, p.ID, 100), w.propose(bob, p.ID, 200)}
	errs := w.race(6, func(i int) error {
		_, err := w.contracts.Accept(w.Context(), client, contract.AcceptInput{Proposal: prs[i%2].ID})
		return err
	})
	require.Equal(w, 1, won(errs), "%v", errs)
	for _, err := range errs {
		if err != nil {
			require.ErrorIs(w, err, lance.Precondition)
		}
	}
	mine, err := w.contracts.List(w.Context(), client, contract.Query{As: contract.ByClient})
	require.NoError(w, err)
	require.Len(w, mine.Items, 1)
	states := []project.ProposalState{w.proposal(prs[0].ID).State, w.proposal(prs[1].ID).State}
	require.ElementsMatch(w, []project.ProposalState{project.ProposalAccepted, project.ProposalDeclined}, states)
}

func acceptedOnce(w *world) {
	ctx := w.Context()
	p := w.open()
	in := contract.AcceptInput{Proposal: w.propose(ann, p.ID, 100).ID, Key: "k"}
	other := w.propose(bob, p.ID, 100)
	first, err := w.contracts.Accept(ctx, client, in)
	require.NoError(w, err)
	again, err := w.contracts.Accept(ctx, client, in)
	require.NoError(w, err)
	require.Equal(w, first, again)
	in.Proposal = other.ID
	_, err = w.contracts.Accept(ctx, client, in)
	w.refused(err, lance.Conflict, "key_reused")
}

func acceptWrongState(w *world) {
	ctx := w.Context()
	p := w.open()
	pr := w.propose(ann, p.ID, 100)
	_, err := w.projects.Withdraw(ctx, ann, pr.ID)
	require.NoError(w, err)
	_, err = w.contracts.Accept(ctx, client, contract.AcceptInput{Proposal: pr.ID})
	w.refused(err, lance.Precondition, "proposal_state")
	won := w.propose(bob, p.ID, 100)
	late := w.propose(eve, p.ID, 100)
	_, err = w.contracts.Accept(ctx, client, contract.AcceptInput{Proposal: won.ID})
	require.NoError(w, err)
	_, err = w.contracts.Accept(ctx, client, contract.AcceptInput{Proposal: late.ID})
	w.refused(err, lance.Precondition, "project_state")
}

func contractLaws() []law {
	return []law{
		{"the_last_approval_completes_contract_and_project", lastApproval},
		{"a_freelancer_who_cancels_gives_the_money_back", freelancerCancels},
		{"a_client_cannot_cancel_what_is_held", clientCancels},
		{"what_has_paid_parts_and_holds_nothing_is_closed_by_either_party", closes},
		{"a_contract_of_cancelled_milestones_is_cancelled", lapses},
		{"its_parties_alone_see_a_contract", contractMatrix},
		{"the_freelancer_keeps_the_description", describing},
		{"each_side_lists_its_contracts", contractLists},
	}
}

func lastApproval(w *world) {
	c := w.hire(100_00, 50_00)
	w.take(c.Milestones[0].ID, contract.Fund, contract.Submit, contract.Approve)
	require.Equal(w, contract.StateActive, w.contract(c.ID).State)
	w.take(c.Milestones[1].ID, contract.Fund, contract.Submit, contract.RequestChanges, contract.Submit, contract.Approve)
	done := w.contract(c.ID)
	require.Equal(w, contract.StateCompleted, done.State)
	require.Equal(w, w.clock.Now(), done.EndedAt)
	p, err := w.projects.Get(w.Context(), client, c.Project)
	require.NoError(w, err)
	require.Equal(w, project.StateCompleted, p.State)
	require.EqualValues(w, 135_00, w.has(ann.Party), "less a fee of a tenth")
	require.Zero(w, w.has(client.Party))
	_, err = w.contracts.Cancel(w.Context(), ann, c.ID)
	w.refused(err, lance.Precondition, "contract_state")
}

func freelancerCancels(w *world) {
	c := w.hire(100_00, 50_00, 25_00)
	w.take(c.Milestones[0].ID, contract.Fund)
	w.take(c.Milestones[1].ID, contract.Fund, contract.Submit)
	ended, err := w.contracts.Cancel(w.Context(), ann, c.ID)
	require.NoError(w, err)
	require.Equal(w, contract.StateCancelled, ended.State)
	for _, m := range ended.Milestones {
		require.Equal(w, contract.MilestoneCancelled, m.State)
		require.True(w, m.Money.Held.IsZero())
		require.Empty(w, m.AllowedActions)
	}
	require.EqualValues(w, 175_00, w.has(client.Party))
	p, err := w.projects.Get(w.Context(), client, c.Project)
	require.NoError(w, err)
	require.Equal(w, project.StateClosed, p.State, "another proposal can be accepted")
	w.settle()
	require.Equal(w, ended.Version, w.contract(c.ID).Version, "the reaction finds nothing to do")
}

func clientCancels(w *world) {
	ctx := w.Context()
	c := w.hire(100_00, 50_00)
	w.take(c.Milestones[1].ID, contract.Fund)
	_, err := w.contracts.Cancel(ctx, client, c.ID)
	w.refused(err, lance.Precondition, "contract_held")
	require.Equal(w, contract.MilestonePlanned, w.contract(c.ID).Milestones[0].State)
	_, err = w.contracts.CancelMilestone(ctx, client, c.Milestones[1].ID)
	w.refused(err, lance.Forbidden, "milestone_relation")
	_, err = w.contracts.CancelMilestone(ctx, ann, c.Milestones[1].ID)
	require.NoError(w, err)
	ended, err := w.contracts.Cancel(ctx, client, c.ID)
	require.NoError(w, err)
	require.Equal(w, contract.StateCancelled, ended.State)
	require.EqualValues(w, 150_00, w.has(client.Party))
}

// closes pays a part of three milestones, of which nothing is held then.
func closes(w *world) {
	ctx := w.Context()
	c := w.hire(100_00, 50_00, 40_00)
	for _, m := range c.Milestones {
		_, err := w.escrow.Fund(ctx, client, escrow.FundInput{Agreement: m.Agreement, Amount: usd(20_00)})
		require.NoError(w, err)
		_, err = w.contracts.CancelMilestone(ctx, client, m.ID)
		w.refused(err, lance.Forbidden, "milestone_relation")
		_, err = w.escrow.Release(ctx, client, escrow.ReleaseInput{Agreement: m.Agreement, Amount: usd(20_00)})
		require.NoError(w, err)
	}
	first, err := w.contracts.GetMilestone(ctx, client, c.Milestones[0].ID)
	require.NoError(w, err)
	require.Equal(w, contract.MilestoneFunded, first.State)
	require.Contains(w, first.AllowedActions, contract.Close)
	first, err = w.contracts.CancelMilestone(ctx, client, first.ID)
	require.NoError(w, err)
	require.Equal(w, contract.MilestoneApproved, first.State, "he was paid")
	require.Equal(w, escrow.Released, first.Money.State)
	_, err = w.escrow.Cancel(ctx, ann, escrow.CancelInput{Agreement: c.Milestones[1].Agreement})
	require.NoError(w, err)
	w.settle()
	second := w.contract(c.ID).Milestones[1]
	require.Equal(w, contract.MilestoneApproved, second.Milestone.State, "the milestone has followed")
	ended, err := w.contracts.Cancel(ctx, client, c.ID)
	require.NoError(w, err)
	require.Equal(w, contract.StateCancelled, ended.State)
	require.Equal(w, contract.MilestoneApproved, ended.Milestones[2].State)
	require.EqualValues(w, 190_00-60_00, w.has(client.Party))
	w.settle()
	require.Equal(w, ended.Version, w.contract(c.ID).Version, "the reaction finds nothing to do")
}

func lapses(w *world) {
	c := w.hire(100_00, 50_00)
	w.take(c.Milestones[0].ID, contract.CancelMilestone)
	require.Equal(w, contract.StateActive, w.contract(c.ID).State)
	w.take(c.Milestones[1].ID, contract.CancelMilestone)
	require.Equal(w, contract.StateCancelled, w.contract(c.ID).State)

	half := w.hire(100_00, 50_00)
	w.take(half.Milestones[0].ID, contract.Fund, contract.Submit, contract.Approve)
	w.take(half.Milestones[1].ID, contract.CancelMilestone)
	require.Equal(w, contract.StateCompleted, w.contract(half.ID).State, "work was approved")
}

func contractMatrix(w *world) {
	ctx := w.Context()
	c := w.hire(100_00)
	m := c.Milestones[0].ID
	reads := map[string]func(lance.Actor) error{
		"contract_not_found":  func(by lance.Actor) error { _, err := w.contracts.Get(ctx, by, c.ID); return err },
		"milestone_not_found": func(by lance.Actor) error { _, err := w.contracts.GetMilestone(ctx, by, m); return err },
	}
	for code, read := range reads {
		for _, by := range []lance.Actor{client, ann, admin} {
			require.NoError(w, read(by))
		}
		for _, by := range []lance.Actor{bob, eve} {
			w.refused(read(by), lance.NotFound, code)
		}
		w.refused(read(nobody), lance.Unauthorized, "actor_required")
	}
	_, err := w.contracts.History(ctx, eve, m, lance.PageQuery{})
	w.refused(err, lance.NotFound, "milestone_not_found")
	_, err = w.contracts.Clocks(ctx, eve, m)
	w.refused(err, lance.NotFound, "milestone_not_found")
	_, err = w.contracts.Cancel(ctx, eve, c.ID)
	w.refused(err, lance.NotFound, "contract_not_found")
	_, err = w.contracts.Cancel(ctx, admin, c.ID)
	w.refused(err, lance.Forbidden, "contract_relation")
	_, err = w.contracts.Cancel(ctx, nobody, c.ID)
	w.refused(err, lance.Unauthorized, "actor_required")
}

func describing(w *world) {
	ctx := w.Context()
	c := w.hire(100_00)
	in := contract.DescribeInput{ID: c.ID, Version: c.Version, Description: "As we said on *Monday*."}
	for _, by := range []lance.Actor{client, admin} {
		_, err := w.contracts.Describe(ctx, by, in)
		w.refused(err, lance.Forbidden, "contract_relation")
	}
	_, err := w.contracts.Describe(ctx, eve, in)
	w.refused(err, lance.NotFound, "contract_not_found")
	long := in
	long.Description = strings.Repeat("x", 10_001)
	_, err = w.contracts.Describe(ctx, ann, long)
	w.invalid(err, map[string]string{"/description": "text_too_long"})
	d, err := w.contracts.Describe(ctx, ann, in)
	require.NoError(w, err)
	require.Equal(w, in.Description, d.Description)
	require.Equal(w, c.Total, d.Total)
	_, err = w.contracts.Describe(ctx, ann, in)
	w.refused(err, lance.Stale, "contract_stale")
}

func contractLists(w *world) {
	ctx := w.Context()
	a := w.hire(100)
	w.clock.Move(day)
	b := w.hire(200)
	for _, q := range []struct {
		by   lance.Actor
		as   lance.Relation
		want int
	}{{client, contract.ByClient, 2}, {client, contract.ByFreelancer, 0}, {ann, contract.ByFreelancer, 2}, {eve, contract.ByClient, 0}} {
		page, err := w.contracts.List(ctx, q.by, contract.Query{As: q.as})
		require.NoError(w, err)
		require.Len(w, page.Items, q.want)
	}
	page, err := w.contracts.List(ctx, ann, contract.Query{As: contract.ByFreelancer, PageQuery: lance.PageQuery{Limit: 1}})
	require.NoError(w, err)
	require.Equal(w, b.ID, page.Items[0].ID)
	page, err = w.contracts.List(ctx, ann, contract.Query{As: contract.ByFreelancer, PageQuery: lance.PageQuery{Cursor: page.Next}})
	require.NoError(w, err)
	require.Equal(w, a.ID, page.Items[0].ID)
	_, err = w.contracts.List(ctx, ann, contract.Query{})
	w.invalid(err, map[string]string{"/as": "relation_unknown"})
}
