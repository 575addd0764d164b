package markettest

import (
	"context"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
)

// post makes an open project with a title and a description, a day after the
// last one.
func (w *world) post(title, description string) *project.Project {
	w.Helper()
	w.clock.Move(day)
	in := project.CreateInput{Terms: w.terms()}
	in.Title, in.Description, in.Skills = title, description, w.skills[:1]
	p, err := w.projects.Create(w.Context(), client, in)
	require.NoError(w, err)
	p, err = w.projects.Publish(w.Context(), client, p.ID)
	require.NoError(w, err)
	return p
}

// search returns the titles of what a text finds.
func (w *world) search(text string) []string {
	w.Helper()
	titles := []string{}
	for _, id := range w.listOpen(project.OpenQuery{Text: text}) {
		p, err := w.projects.Get(w.Context(), nobody, id)
		require.NoError(w, err)
		titles = append(titles, p.Title)
	}
	return titles
}

func projectSearch(w *world) {
	w.post("Café menu", "Set in C++ and snake_case, for 100% of `guests`.")
	w.post("Été à Kyōto", "A menu in 日本語, "+strings.Repeat("x", 60)+".")
	w.post("Nothing special", "Guest's cafe without an accent; a\\b.")
	const menu, kyoto, plain = "Café menu", "Été à Kyōto", "Nothing special"
	all := []string{plain, kyoto, menu}
	for text, want := range map[string][]string{
		"": all, "   ": all,
		"menu": {kyoto, menu}, "MEN": {kyoto, menu}, "enu": {},
		"café": {menu}, "cafe\u0301": {menu}, "CAFÉ": {menu}, "cafe": {plain}, "caf": {plain, menu},
		"menu guest": {menu}, "guest menu": {menu}, "menu nowhere": {},
		"été": {kyoto}, "日本": {kyoto}, "ｍｅｎｕ": {kyoto, menu}, strings.Repeat("X", 50): {kyoto},
		"c++": {menu}, "100": {menu}, "100%": {menu}, "case": {menu}, "snake_case": {menu},
		"%": {}, "_": {}, "%enu": {}, "_enu": {}, "m%u": {}, "\\": {}, "'": {}, "\"": {}, "' OR 1=1 --": {}, "a\\b": {plain}, "guest's": {plain, menu},
		"*": {}, "men*": {kyoto, menu}, "men?": {kyoto, menu}, "\U0010ffff": {},
		"go": all, "GO menu": {kyoto, menu}, "design": {},
	} {
		require.Equal(w, want, w.search(text), "%q", text)
	}
	for text, code := range map[string]string{
		strings.Repeat("a", 201): "text_too_long", "a\nb": "text_control", "a\xff": "text_utf8",
		"a b c d e f g h i j k": "too_many",
	} {
		_, err := w.projects.ListOpen(w.Context(), project.OpenQuery{Text: text})
		w.invalid(err, map[string]string{"/text": code})
	}
}

func searchFollows(w *world) {
	ctx := w.Context()
	p := w.post("Paint a house", "Blue.")
	require.Len(w, w.search("paint blue"), 1)
	require.Len(w, w.listOpen(project.OpenQuery{Text: "paint", Skill: string(w.skills[0])}), 1)
	require.Empty(w, w.listOpen(project.OpenQuery{Text: "paint", Skill: string(w.skills[2])}))
	require.Empty(w, w.listOpen(project.OpenQuery{Text: "paint", Category: "cat_other"}))

	in := project.EditInput{ID: p.ID, Version: p.Version, Terms: p.Terms}
	in.Title = "Draw a house"
	p, err := w.projects.Edit(ctx, client, in)
	require.NoError(w, err)
	require.Empty(w, w.search("paint"))
	require.Len(w, w.search("draw"), 1)

	_, err = w.projects.Close(ctx, client, p.ID)
	require.NoError(w, err)
	require.Empty(w, w.search("draw"))
	p, err = w.projects.Reopen(ctx, client, p.ID)
	require.NoError(w, err)
	require.Len(w, w.search("draw"), 1)

	in.Version, in.Visibility = p.Version, project.Unlisted
	_, err = w.projects.Edit(ctx, client, in)
	require.NoError(w, err)
	require.Empty(w, w.search("draw"))
	w.read(func(ctx context.Context, r review.Repos) error {
		left, err := r.Projects().FindWanted(ctx, project.Wanted{Words: []string{"draw"}}, lance.Filter{})
		require.Empty(w, left, "what nobody finds is not kept in the index")
		return err
	})
}
