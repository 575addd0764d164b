package markettest

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// RunProjects proves the laws of projects and proposals on the adapter, each in
// a parallel subtest <subject>/<law>.
func RunProjects[R review.Repos](t *testing.T, h Harness[R]) {
	run(t, h, "project", projectLaws())
	run(t, h, "proposal", proposalLaws())
}

func projectLaws() []law {
	return []law{
		{"a_project_goes_through_its_life", projectLife},
		{"only_its_client_moves_a_project", projectMatrix},
		{"a_draft_is_seen_by_its_client_alone", draftsAreHidden},
		{"bad_input_names_every_field_and_changes_nothing", badProjects},
		{"a_repeated_create_makes_one_project", createdOnce},
		{"terms_change_by_version_while_draft_or_open", projectEdit},
		{"lists_have_every_open_public_project_once", projectLists},
		{"a_search_finds_what_has_every_word", projectSearch},
		{"a_search_follows_what_is_listed", searchFollows},
		{"cancelling_declines_who_waits", cancelDeclines},
	}
}

func projectLife(w *world) {
	ctx := w.Context()
	p := w.draft()
	require.Equal(w, project.StateDraft, p.State)
	require.EqualValues(w, 1, p.Version)
	require.Equal(w, []project.Action{project.Edit, project.Publish, project.Cancel}, p.AllowedActions(client))
	for _, step := range []struct {
		do   func(context.Context, lance.Actor, project.ID) (*project.Project, error)
		want project.State
	}{
		{w.projects.Publish, project.StateOpen},
		{w.projects.Close, project.StateClosed},
		{w.projects.Reopen, project.StateOpen},
		{w.projects.Cancel, project.StateCancelled},
	} {
		moved, err := step.do(ctx, client, p.ID)
		require.NoError(w, err)
		require.Equal(w, step.want, moved.State)
		read, err := w.projects.Get(ctx, client, p.ID)
		require.NoError(w, err)
		require.Equal(w, moved, read)
	}
	_, err := w.projects.Publish(ctx, client, p.ID)
	w.refused(err, lance.Precondition, "project_state")
	_, err = w.projects.Get(ctx, eve, p.ID)
	w.refused(err, lance.NotFound, "project_not_found")
}

func projectMatrix(w *world) {
	ctx := w.Context()
	p := w.open()
	acts := map[string]func(lance.Actor) error{
		"publish": func(by lance.Actor) error { _, err := w.projects.Publish(ctx, by, p.ID); return err },
		"close":   func(by lance.Actor) error { _, err := w.projects.Close(ctx, by, p.ID); return err },
		"reopen":  func(by lance.Actor) error { _, err := w.projects.Reopen(ctx, by, p.ID); return err },
		"cancel":  func(by lance.Actor) error { _, err := w.projects.Cancel(ctx, by, p.ID); return err },
		"compare": func(by lance.Actor) error { _, err := w.projects.Compare(ctx, by, p.ID); return err },
		"edit": func(by lance.Actor) error {
			_, err := w.projects.Edit(ctx, by, project.EditInput{ID: p.ID, Version: p.Version, Terms: w.terms()})
			return err
		},
	}
	for name, act := range acts {
		for _, by := range []lance.Actor{ann, eve, admin} {
			require.Equal(w, "project_relation", lance.CodeOf(act(by)), "%s by %s", name, by.User)
			require.ErrorIs(w, act(by), lance.Forbidden)
		}
		w.refused(act(nobody), lance.Unauthorized, "actor_required")
	}
	_, err := w.projects.Create(ctx, nobody, project.CreateInput{Terms: w.terms()})
	w.refused(err, lance.Unauthorized, "actor_required")
	same, err := w.projects.Get(ctx, nobody, p.ID)
	require.NoError(w, err)
	require.Equal(w, p, same)
}

func draftsAreHidden(w *world) {
	ctx := w.Context()
	p := w.draft()
	for _, by := range []lance.Actor{ann, nobody} {
		_, err := w.projects.Get(ctx, by, p.ID)
		w.refused(err, lance.NotFound, "project_not_found")
	}
	_, err := w.projects.Publish(ctx, eve, p.ID)
	w.refused(err, lance.NotFound, "project_not_found")
	_, err = w.projects.Propose(ctx, ann, offer(p.ID, 100))
	w.refused(err, lance.NotFound, "project_not_found")
	_, err = w.projects.ListProposals(ctx, ann, project.ProposalsQuery{Project: p.ID})
	w.refused(err, lance.NotFound, "project_not_found")
	for _, by := range []lance.Actor{client, admin} {
		_, err = w.projects.Get(ctx, by, p.ID)
		require.NoError(w, err)
	}
	_, err = w.projects.Get(ctx, client, "prj_nothing")
	w.refused(err, lance.NotFound, "project_not_found")
}

// badTerms are changes to good terms, and the fields that they are refused for.
func badTerms(w *world) map[string]struct {
	change func(t *project.Terms)
	want   map[string]string
} {
	type bad = struct {
		change func(t *project.Terms)
		want   map[string]string
	}
	return map[string]bad{
		"nothing at all": {func(t *project.Terms) { *t = project.Terms{} }, map[string]string{
			"/title": "text_required", "/description": "text_required", "/skills": "required",
			"/budget/type": "budget_type", "/budget/min": "currency_unknown", "/budget/max": "currency_unknown",
		}},
		"a long title":      {func(t *project.Terms) { t.Title = strings.Repeat("x", 121) }, map[string]string{"/title": "text_too_long"}},
		"a title of lines":  {func(t *project.Terms) { t.Title = "a\nb" }, map[string]string{"/title": "text_control"}},
		"invalid UTF-8":     {func(t *project.Terms) { t.Title = "a\xff" }, map[string]string{"/title": "text_utf8"}},
		"control":           {func(t *project.Terms) { t.Title = "a\x00b" }, map[string]string{"/title": "text_control"}},
		"a script":          {func(t *project.Terms) { t.Description = "<script>x()</script>" }, map[string]string{"/description": "text_markup"}},
		"a long text":       {func(t *project.Terms) { t.Description = strings.Repeat("x", 10_001) }, map[string]string{"/description": "text_too_long"}},
		"an unknown skill":  {func(t *project.Terms) { t.Skills = []taxonomy.SkillID{w.skills[0], "skl_nothing"} }, map[string]string{"/skills/1": "skill_unknown"}},
		"a skill twice":     {func(t *project.Terms) { t.Skills = []taxonomy.SkillID{w.skills[0], w.skills[0]} }, map[string]string{"/skills/1": "skill_repeated"}},
		"too many skills":   {func(t *project.Terms) { t.Skills = append(t.Skills, make([]taxonomy.SkillID, 20)...) }, map[string]string{"/skills": "too_many"}},
		"a strange place":   {func(t *project.Terms) { t.Category = "cat_nothing" }, map[string]string{"/category": "category_unknown"}},
		"a strange reader":  {func(t *project.Terms) { t.Visibility = "secret" }, map[string]string{"/visibility": "visibility_unknown"}},
		"a strange budget":  {func(t *project.Terms) { t.Budget.Type = "weekly" }, map[string]string{"/budget/type": "budget_type"}},
		"a budget of 0":     {func(t *project.Terms) { t.Budget.Min = usd(0) }, map[string]string{"/budget/min": "money_not_positive"}},
		"a negative budget": {func(t *project.Terms) { t.Budget.Max = usd(-1) }, map[string]string{"/budget/max": "money_not_positive"}},
		"an empty range":    {func(t *project.Terms) { t.Budget.Max = usd(1) }, map[string]string{"/budget/max": "budget_range"}},
		"mixed currencies": {func(t *project.Terms) { t.Budget.Max = lance.NewMoney(900_00, lance.EUR) },
			map[string]string{"/budget/max": "currency_mismatch"}},
	}
}

func badProjects(w *world) {
	p := w.open()
	for name, bad := range badTerms(w) {
		terms := w.terms()
		bad.change(&terms)
		_, err := w.projects.Create(w.Context(), client, project.CreateInput{Terms: terms})
		w.Log(name)
		w.invalid(err, bad.want)
		_, err = w.projects.Edit(w.Context(), client, project.EditInput{ID: p.ID, Version: p.Version, Terms: terms})
		w.invalid(err, bad.want)
	}
	mine, err := w.projects.ListMine(w.Context(), client, project.MineQuery{})
	require.NoError(w, err)
	require.Equal(w, []*project.Project{p}, mine.Items)
}

func createdOnce(w *world) {
	ctx := w.Context()
	in := project.CreateInput{Terms: w.terms(), Key: "k1"}
	first, err := w.projects.Create(ctx, client, in)
	require.NoError(w, err)
	again, err := w.projects.Create(ctx, client, in)
	require.NoError(w, err)
	require.Equal(w, first, again)
	in.Title = "Something else"
	_, err = w.projects.Create(ctx, client, in)
	w.refused(err, lance.Conflict, "key_reused")
	others, err := w.projects.Create(ctx, eve, in)
	require.NoError(w, err, "a key is its party's own")
	require.NotEqual(w, first.ID, others.ID)
}

func projectEdit(w *world) {
	ctx := w.Context()
	p := w.open()
	in := project.EditInput{ID: p.ID, Version: p.Version, Terms: w.terms()}
	in.Title, in.Skills, in.Visibility = "Another title", w.skills[2:], project.Unlisted
	edited, err := w.projects.Edit(ctx, client, in)
	require.NoError(w, err)
	require.Equal(w, in.Terms, edited.Terms)
	require.Equal(w, p.Version+1, edited.Version)
	_, err = w.projects.Edit(ctx, client, in)
	w.refused(err, lance.Stale, "project_stale")

	in.Version = edited.Version
	in.Budget.Min, in.Budget.Max = lance.NewMoney(1, lance.EUR), lance.NewMoney(2, lance.EUR)
	_, err = w.projects.Edit(ctx, client, in)
	w.invalid(err, map[string]string{"/budget/max/currency": "currency_fixed"})

	closed, err := w.projects.Close(ctx, client, p.ID)
	require.NoError(w, err)
	in.Terms, in.Version = w.terms(), closed.Version
	_, err = w.projects.Edit(ctx, client, in)
	w.refused(err, lance.Precondition, "project_state")
}

func projectLists(w *world) {
	ctx := w.Context()
	var shown []project.ID
	for i := range 5 {
		w.clock.Move(day)
		in := project.CreateInput{Terms: w.terms()}
		in.Skills = w.skills[i%2 : i%2+1]
		if i == 4 {
			in.Visibility = project.Unlisted
		}
		p, err := w.projects.Create(ctx, client, in)
		require.NoError(w, err)
		_, err = w.projects.Publish(ctx, client, p.ID)
		require.NoError(w, err)
		shown = append([]project.ID{p.ID}, shown...)
	}
	w.draft()
	require.Equal(w, shown[1:], w.listOpen(project.OpenQuery{}))
	require.Equal(w, []project.ID{shown[2], shown[4]}, w.listOpen(project.OpenQuery{Skill: string(w.skills[0])}))
	require.Equal(w, []project.ID{shown[1], shown[3]}, w.listOpen(project.OpenQuery{Skill: string(w.skills[1]), Category: string(w.category)}))
	require.Empty(w, w.listOpen(project.OpenQuery{Skill: string(w.skills[2])}))
	require.Empty(w, w.listOpen(project.OpenQuery{Skill: "%"}))
	require.Empty(w, w.listOpen(project.OpenQuery{Category: "cat_other"}))

	mine, err := w.projects.ListMine(ctx, client, project.MineQuery{State: project.StateDraft})
	require.NoError(w, err)
	require.Len(w, mine.Items, 1)
	none, err := w.projects.ListMine(ctx, eve, project.MineQuery{})
	require.NoError(w, err)
	require.Empty(w, none.Items)
	_, err = w.projects.ListOpen(ctx, project.OpenQuery{PageQuery: lance.PageQuery{Limit: 101}})
	w.invalid(err, map[string]string{"/limit": "limit_range"})
	_, err = w.projects.ListOpen(ctx, project.OpenQuery{PageQuery: lance.PageQuery{Cursor: "?"}})
	w.invalid(err, map[string]string{"/cursor": "cursor_syntax"})
}

// listOpen reads all pages, one project each.
func (w *world) listOpen(q project.OpenQuery) (ids []project.ID) {
	w.Helper()
	q.Limit = 1
	for {
		page, err := w.projects.ListOpen(w.Context(), q)
		require.NoError(w, err)
		for _, p := range page.Items {
			ids = append(ids, p.ID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return ids
		}
	}
}

func cancelDeclines(w *world) {
	p := w.open()
	waits, draft := w.propose(ann, p.ID, 100_00), offer(p.ID, 90_00)
	draft.Draft = true
	kept, err := w.projects.Propose(w.Context(), bob, draft)
	require.NoError(w, err)
	_, err = w.projects.Cancel(w.Context(), client, p.ID)
	require.NoError(w, err)
	require.Equal(w, project.ProposalDeclined, w.proposal(waits.ID).State)
	require.Equal(w, project.ProposalDraft, w.proposal(kept.ID).State)
	_, err = w.projects.SubmitProposal(w.Context(), bob, kept.ID)
	w.refused(err, lance.Precondition, "project_state")
	_, err = w.projects.Withdraw(w.Context(), bob, kept.ID)
	require.NoError(w, err)
}

// proposal reads a proposal as an administrator.
func (w *world) proposal(id project.ProposalID) *project.Proposal {
	w.Helper()
	pr, err := w.projects.GetProposal(w.Context(), admin, id)
	require.NoError(w, err)
	return pr
}
