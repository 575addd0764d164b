package markettest

import (
	"context"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
)

func proposalLaws() []law {
	return []law{
		{"a_proposal_goes_through_its_life", proposalLife},
		{"only_the_right_party_moves_a_proposal", proposalMatrix},
		{"nobody_proposes_on_his_own_project", ownProject},
		{"an_open_project_alone_takes_proposals", closedProject},
		{"one_active_proposal_per_freelancer", oneActive},
		{"of_many_proposals_at_once_one_stands", oneActiveRacing},
		{"bad_input_names_every_field_and_changes_nothing", badProposals},
		{"a_repeated_propose_makes_one_proposal", proposedOnce},
		{"a_draft_is_its_freelancers_own", proposalDraft},
		{"the_client_lists_all_a_freelancer_his_own", proposalLists},
		{"comparing_sets_price_time_rating_and_match_side_by_side", comparing},
	}
}

func proposalLife(w *world) {
	ctx := w.Context()
	p := w.open()
	pr := w.propose(ann, p.ID, 100_00, 50_50)
	require.Equal(w, project.ProposalSubmitted, pr.State)
	require.Equal(w, usd(150_50), pr.Total)
	require.Equal(w, w.clock.Now(), pr.SubmittedAt)
	require.Equal(w, pr, w.proposal(pr.ID))
	require.Equal(w, []project.ProposalAction{project.WithdrawProposal}, pr.AllowedActions(ann))
	require.Contains(w, pr.AllowedActions(client), project.AcceptProposal)
	require.Empty(w, pr.AllowedActions(bob))

	pr, err := w.projects.Shortlist(ctx, client, pr.ID)
	require.NoError(w, err)
	require.Equal(w, project.ProposalShortlisted, pr.State)
	pr, err = w.projects.Decline(ctx, client, pr.ID)
	require.NoError(w, err)
	require.Equal(w, project.ProposalDeclined, pr.State)
	_, err = w.projects.Withdraw(ctx, ann, pr.ID)
	w.refused(err, lance.Precondition, "proposal_state")
}

func proposalMatrix(w *world) {
	ctx := w.Context()
	p := w.open()
	pr := w.propose(ann, p.ID, 100_00)
	byClient := map[string]func(lance.Actor) error{
		"shortlist": func(by lance.Actor) error { _, err := w.projects.Shortlist(ctx, by, pr.ID); return err },
		"decline":   func(by lance.Actor) error { _, err := w.projects.Decline(ctx, by, pr.ID); return err },
	}
	byFreelancer := map[string]func(lance.Actor) error{
		"withdraw": func(by lance.Actor) error { _, err := w.projects.Withdraw(ctx, by, pr.ID); return err },
		"submit":   func(by lance.Actor) error { _, err := w.projects.SubmitProposal(ctx, by, pr.ID); return err },
		"edit": func(by lance.Actor) error {
			_, err := w.projects.EditProposal(ctx, by, project.EditProposalInput{ID: pr.ID, Version: 1, CoverLetter: "x"})
			return err
		},
	}
	check := func(acts map[string]func(lance.Actor) error, forbidden ...lance.Actor) {
		for name, act := range acts {
			for _, by := range forbidden {
				require.ErrorIs(w, act(by), lance.Forbidden, "%s by %s", name, by.User)
				require.Equal(w, "proposal_relation", lance.CodeOf(act(by)))
			}
			for _, by := range []lance.Actor{bob, eve} {
				w.refused(act(by), lance.NotFound, "proposal_not_found")
			}
			w.refused(act(nobody), lance.Unauthorized, "actor_required")
		}
	}
	check(byClient, ann, admin)
	check(byFreelancer, client, admin)
	for _, by := range []lance.Actor{client, ann, admin} {
		_, err := w.projects.GetProposal(ctx, by, pr.ID)
		require.NoError(w, err)
	}
	_, err := w.projects.GetProposal(ctx, bob, pr.ID)
	w.refused(err, lance.NotFound, "proposal_not_found")
	_, err = w.projects.GetProposal(ctx, nobody, pr.ID)
	w.refused(err, lance.Unauthorized, "actor_required")
	require.Equal(w, pr, w.proposal(pr.ID))
}

func ownProject(w *world) {
	_, err := w.projects.Propose(w.Context(), client, offer(w.open().ID, 100))
	w.refused(err, lance.Forbidden, "proposal_own_project")
}

func closedProject(w *world) {
	ctx := w.Context()
	p := w.open()
	pr := w.propose(bob, p.ID, 100)
	_, err := w.projects.Close(ctx, client, p.ID)
	require.NoError(w, err)
	_, err = w.projects.Propose(ctx, ann, offer(p.ID, 100))
	w.refused(err, lance.Precondition, "project_state")
	_, err = w.projects.Shortlist(ctx, client, pr.ID)
	require.NoError(w, err, "a closed project keeps what it has")
	_, err = w.projects.Reopen(ctx, client, p.ID)
	require.NoError(w, err)
	w.propose(ann, p.ID, 100)
}

func oneActive(w *world) {
	ctx := w.Context()
	p, other := w.open(), w.open()
	pr := w.propose(ann, p.ID, 100)
	_, err := w.projects.Propose(ctx, ann, offer(p.ID, 200))
	w.refused(err, lance.Exists, "proposal_exists")
	w.propose(bob, p.ID, 100)
	w.propose(ann, other.ID, 100)
	_, err = w.projects.Withdraw(ctx, ann, pr.ID)
	require.NoError(w, err)
	w.propose(ann, p.ID, 200)
}

func oneActiveRacing(w *world) {
	p := w.open()
	errs := w.race(8, func(int) error {
		_, err := w.projects.Propose(w.Context(), ann, offer(p.ID, 100))
		return err
	})
	require.Equal(w, 1, won(errs), "%v", errs)
	for _, err := range errs {
		if err != nil {
			w.refused(err, lance.Exists, "proposal_exists")
		}
	}
	mine, err := w.projects.ListProposals(w.Context(), ann, project.ProposalsQuery{Project: p.ID})
	require.NoError(w, err)
	require.Len(w, mine.Items, 1)
}

func badProposals(w *world) {
	ctx := w.Context()
	p := w.open()
	for name, bad := range map[string]struct {
		change func(in *project.ProposeInput)
		want   map[string]string
	}{
		"nothing":   {func(in *project.ProposeInput) { in.CoverLetter, in.Milestones = "", nil }, map[string]string{"/cover_letter": "text_required", "/milestones": "required"}},
		"too long":  {func(in *project.ProposeInput) { in.CoverLetter = strings.Repeat("x", 10_001) }, map[string]string{"/cover_letter": "text_too_long"}},
		"a script":  {func(in *project.ProposeInput) { in.CoverLetter = "[x](javascript:x)" }, map[string]string{"/cover_letter": "text_markup"}},
		"too many":  {func(in *project.ProposeInput) { in.Milestones = make([]project.Offer, 51) }, map[string]string{"/milestones": "too_many"}},
		"no title":  {func(in *project.ProposeInput) { in.Milestones[1].Title = "" }, map[string]string{"/milestones/1/title": "text_required"}},
		"no amount": {func(in *project.ProposeInput) { in.Milestones[1].Amount = lance.Money{} }, map[string]string{"/milestones/1/amount": "currency_unknown"}},
		"zero":      {func(in *project.ProposeInput) { in.Milestones[0].Amount = usd(0) }, map[string]string{"/milestones/0/amount": "money_not_positive"}},
		"negative":  {func(in *project.ProposeInput) { in.Milestones[0].Amount = usd(-5) }, map[string]string{"/milestones/0/amount": "money_not_positive"}},
		"overflow":  {func(in *project.ProposeInput) { in.Milestones[1].Amount = usd(1<<63 - 1) }, map[string]string{"/milestones/1/amount": "money_overflow"}},
		"mixed":     {func(in *project.ProposeInput) { in.Milestones[1].Amount = lance.NewMoney(5, lance.EUR) }, map[string]string{"/milestones/1/amount": "currency_mismatch"}},
		"too late":  {func(in *project.ProposeInput) { in.Milestones[1].DueAt = epoch }, map[string]string{"/milestones/1/due_at": "due_past"}},
	} {
		w.Log(name)
		in := offer(p.ID, 100, 200)
		bad.change(&in)
		_, err := w.projects.Propose(ctx, ann, in)
		w.invalid(err, bad.want)
	}
	all, err := w.projects.ListProposals(ctx, client, project.ProposalsQuery{Project: p.ID})
	require.NoError(w, err)
	require.Empty(w, all.Items)
	_, err = w.projects.Propose(ctx, ann, offer("prj_nothing", 1))
	w.refused(err, lance.NotFound, "project_not_found")
}

func proposedOnce(w *world) {
	ctx := w.Context()
	in := offer(w.open().ID, 100)
	in.Key = "k"
	first, err := w.projects.Propose(ctx, ann, in)
	require.NoError(w, err)
	again, err := w.projects.Propose(ctx, ann, in)
	require.NoError(w, err)
	require.Equal(w, first, again)
	in.CoverLetter = "Another one."
	_, err = w.projects.Propose(ctx, ann, in)
	w.refused(err, lance.Conflict, "key_reused")
}

func proposalDraft(w *world) {
	ctx := w.Context()
	p := w.open()
	in := offer(p.ID, 100)
	in.Draft = true
	pr, err := w.projects.Propose(ctx, ann, in)
	require.NoError(w, err)
	require.Equal(w, project.ProposalDraft, pr.State)
	_, err = w.projects.GetProposal(ctx, client, pr.ID)
	w.refused(err, lance.NotFound, "proposal_not_found")
	_, err = w.projects.Decline(ctx, client, pr.ID)
	w.refused(err, lance.NotFound, "proposal_not_found")
	all, err := w.projects.ListProposals(ctx, client, project.ProposalsQuery{Project: p.ID})
	require.NoError(w, err)
	require.Empty(w, all.Items)

	edit := project.EditProposalInput{ID: pr.ID, Version: pr.Version, CoverLetter: "Better.", Milestones: offer(p.ID, 300, 400).Milestones}
	pr, err = w.projects.EditProposal(ctx, ann, edit)
	require.NoError(w, err)
	require.Equal(w, usd(700), pr.Total)
	_, err = w.projects.EditProposal(ctx, ann, edit)
	w.refused(err, lance.Stale, "proposal_stale")
	pr, err = w.projects.SubmitProposal(ctx, ann, pr.ID)
	require.NoError(w, err)
	require.Equal(w, project.ProposalSubmitted, w.proposal(pr.ID).State)
	edit.Version = pr.Version
	_, err = w.projects.EditProposal(ctx, ann, edit)
	w.refused(err, lance.Precondition, "proposal_state")
}

func proposalLists(w *world) {
	ctx := w.Context()
	p := w.open()
	var all []project.ProposalID
	for _, by := range []lance.Actor{ann, bob, eve} {
		w.clock.Move(day)
		all = append([]project.ProposalID{w.propose(by, p.ID, 100).ID}, all...)
	}
	for _, by := range []lance.Actor{client, admin} {
		require.Equal(w, all, w.listProposals(by, project.ProposalsQuery{Project: p.ID}), by.User)
	}
	require.Equal(w, all[1:2], w.listProposals(bob, project.ProposalsQuery{Project: p.ID}))
	require.Equal(w, all[:1], w.listProposals(eve, project.ProposalsQuery{}))
	require.Empty(w, w.listProposals(client, project.ProposalsQuery{Project: p.ID, State: project.ProposalDeclined}))
	require.Empty(w, w.listProposals(lance.Person("zoe"), project.ProposalsQuery{Project: p.ID}))
	_, err := w.projects.ListProposals(ctx, nobody, project.ProposalsQuery{Project: p.ID})
	w.refused(err, lance.Unauthorized, "actor_required")
	_, err = w.projects.ListProposals(ctx, ann, project.ProposalsQuery{Project: "prj_nothing"})
	w.refused(err, lance.NotFound, "project_not_found")
}

// listProposals reads all pages, two proposals each.
func (w *world) listProposals(by lance.Actor, q project.ProposalsQuery) (ids []project.ProposalID) {
	w.Helper()
	q.Limit = 2
	for {
		page, err := w.projects.ListProposals(w.Context(), by, q)
		require.NoError(w, err)
		for _, p := range page.Items {
			ids = append(ids, p.ID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return ids
		}
	}
}

func comparing(w *world) {
	p := w.open()
	dear, cheap := w.propose(ann, p.ID, 300_00), w.propose(bob, p.ID, 100_00)
	w.write(func(ctx context.Context, r review.Repos) error {
		return r.Profiles().Insert(ctx, &profile.Profile{
			Party: ann.Party, CreatedAt: r.Now(), UpdatedAt: r.Now(), Terms: profile.Terms{
				View: profile.ViewFreelancer, DisplayName: "Ann", Visibility: profile.Public,
				Skills: []profile.SkillLevel{{Skill: w.skills[0], Level: profile.Expert}, {Skill: w.skills[2], Level: profile.Expert}},
			},
		})
	})
	w.write(func(ctx context.Context, r review.Repos) error {
		return r.Ratings().Insert(ctx, &review.Rating{Party: ann.Party, Stars: [5]int64{0, 0, 0, 1, 1}})
	})
	c, err := w.projects.Compare(w.Context(), client, p.ID)
	require.NoError(w, err)
	require.Len(w, c.Rows, 2)
	require.Equal(w, cheap, c.Rows[0].Proposal)
	require.Zero(w, c.Rows[0].Match)
	require.Zero(w, c.Rows[0].Rating)
	got := c.Rows[1]
	require.Equal(w, dear, got.Proposal)
	require.Equal(w, usd(300_00), got.Price)
	require.Equal(w, dear.Milestones[0].DueAt, got.DueAt)
	require.Equal(w, project.Rating{Hundredths: 450, Count: 2}, got.Rating)
	require.Equal(w, w.skills[:1], got.Skills)
	require.Equal(w, 50, got.Match)
}
