package markettest

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

func categoryLaws() []law {
	return []law{
		{"categories_form_a_tree", tree},
		{"no_category_lies_below_itself", noCircle},
		{"two_moves_at_once_make_no_circle", circleRace},
		{"the_tree_has_five_levels", depth},
		{"a_category_goes_through_its_life", categoryLife},
		{"bad_input_names_every_field_and_changes_nothing", badCategories},
	}
}

// below makes a category below a parent.
func (w *world) below(parent taxonomy.CategoryID, name string, place int) *taxonomy.Category {
	w.Helper()
	c, err := w.taxonomy().CreateCategory(w.Context(), admin, taxonomy.CreateCategoryInput{
		CategoryTerms: taxonomy.CategoryTerms{Parent: parent, Name: name, Place: place},
	})
	require.NoError(w, err)
	return c
}

// move puts a category below another parent.
func (w *world) move(c *taxonomy.Category, parent taxonomy.CategoryID) error {
	in := taxonomy.EditCategoryInput{ID: c.ID, CategoryTerms: c.CategoryTerms}
	in.Parent = parent
	_, err := w.taxonomy().EditCategory(w.Context(), admin, in)
	return err
}

// drawn writes the tree on one line.
func drawn(nodes []*taxonomy.Node) string {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		out[i] = n.Category.Name
		if len(n.Children) > 0 {
			out[i] += "(" + drawn(n.Children) + ")"
		}
	}
	return strings.Join(out, " ")
}

func (w *world) drawn() string {
	w.Helper()
	nodes, err := w.taxonomy().Tree(w.Context())
	require.NoError(w, err)
	return drawn(nodes)
}

func tree(w *world) {
	web := w.below(w.category, "web", 2)
	w.below(w.category, "mobile", 1)
	w.below(w.category, "games", 2)
	w.below(web.ID, "shops", 0)
	w.below("", "art", 0)
	require.Equal(w, "art software(mobile games web(shops))", w.drawn())
	require.NoError(w, w.move(web, ""))
	require.Equal(w, "art software(mobile games) web(shops)", w.drawn(), "it keeps what lies below it, and its place")
	_, err := w.taxonomy().RetireCategory(w.Context(), admin, web.ID)
	require.NoError(w, err)
	require.Equal(w, "art software(mobile games)", w.drawn(), "what lies below a retired one is not shown")
	w.invalid(w.move(w.below("", "x", 0), web.ID), map[string]string{"/parent": "category_unknown"})
}

func noCircle(w *world) {
	a := w.below("", "a", 0)
	b := w.below(a.ID, "b", 0)
	c := w.below(b.ID, "c", 0)
	for _, parent := range []taxonomy.CategoryID{a.ID, b.ID, c.ID} {
		w.invalid(w.move(a, parent), map[string]string{"/parent": "tree_circle"})
	}
	require.Equal(w, "a(b(c)) software", w.drawn())
}

func circleRace(w *world) {
	a, b := w.below("", "a", 0), w.below("", "b", 0)
	errs := w.race(2, func(i int) error {
		if i == 0 {
			return w.move(a, b.ID)
		}
		return w.move(b, a.ID)
	})
	require.Equal(w, 1, won(errs), "%v", errs)
}

func depth(w *world) {
	parent := taxonomy.CategoryID("")
	for level := range taxonomy.MaxDepth {
		parent = w.below(parent, fmt.Sprintf("level %d", level), 0).ID
	}
	_, err := w.taxonomy().CreateCategory(w.Context(), admin, taxonomy.CreateCategoryInput{
		CategoryTerms: taxonomy.CategoryTerms{Parent: parent, Name: "too deep"},
	})
	w.invalid(err, map[string]string{"/parent": "tree_depth"})
	high := w.below("", "high", 0)
	w.below(high.ID, "low", 0)
	all, err := w.taxonomy().Category(w.Context(), parent)
	require.NoError(w, err)
	w.invalid(w.move(high, all.Parent), map[string]string{"/parent": "tree_depth"})
}

func categoryLife(w *world) {
	ctx, svc := w.Context(), w.taxonomy()
	c := w.below(w.category, "Web & Design", 3)
	require.Equal(w, "web-and-design", c.Slug)
	read, err := svc.Category(ctx, c.ID)
	require.NoError(w, err)
	require.Equal(w, c, read)
	in := taxonomy.EditCategoryInput{ID: c.ID, Version: 1, CategoryTerms: taxonomy.CategoryTerms{Name: "Web", Place: 1}}
	moved, err := svc.EditCategory(ctx, admin, in)
	require.NoError(w, err)
	require.Equal(w, in.CategoryTerms, moved.CategoryTerms)
	require.Equal(w, c.Slug, moved.Slug)
	_, err = svc.EditCategory(ctx, admin, in)
	w.refused(err, lance.Stale, "category_stale")
	_, err = svc.RetireCategory(ctx, admin, c.ID)
	require.NoError(w, err)
	_, err = svc.RetireCategory(ctx, admin, c.ID)
	w.refused(err, lance.Precondition, "category_state")
	in.Version = 0
	_, err = svc.EditCategory(ctx, admin, in)
	w.refused(err, lance.Precondition, "category_state")
	restored, err := svc.RestoreCategory(ctx, admin, c.ID)
	require.NoError(w, err)
	require.Equal(w, []taxonomy.Action{taxonomy.Edit, taxonomy.Retire}, restored.AllowedActions(admin))
	require.Equal(w, []string{"category.created", "category.edited", "category.retired", "category.restored"}, w.told(c.Ref()))
	_, err = svc.RetireCategory(ctx, admin, "cat_none")
	w.refused(err, lance.NotFound, "category_not_found")
}

func badCategories(w *world) {
	svc := w.taxonomy()
	c := w.below("", "good", 0)
	cases := map[taxonomy.CategoryTerms]map[string]string{
		{Name: ""}:                      {"/name": "text_required"},
		{Name: strings.Repeat("a", 61)}: {"/name": "text_too_long"},
		{Name: "n", Description: strings.Repeat("a", 2001)}: {"/description": "text_too_long"},
		{Name: "n", Place: -1}:                              {"/place": "place_range"},
		{Name: "n", Place: 10_000}:                          {"/place": "place_range"},
		{Name: "n", Parent: "cat_none"}:                     {"/parent": "category_unknown"},
		{Place: -1, Description: "<script>"}:                {"/name": "text_required", "/place": "place_range", "/description": "text_markup"},
	}
	for text, code := range badLine {
		cases[taxonomy.CategoryTerms{Name: text}] = map[string]string{"/name": code}
	}
	for terms, want := range cases {
		_, err := svc.CreateCategory(w.Context(), admin, taxonomy.CreateCategoryInput{Slug: "x", CategoryTerms: terms})
		w.invalid(err, want)
		_, err = svc.EditCategory(w.Context(), admin, taxonomy.EditCategoryInput{ID: c.ID, CategoryTerms: terms})
		w.invalid(err, want)
	}
	_, err := svc.CreateCategory(w.Context(), admin, taxonomy.CreateCategoryInput{CategoryTerms: taxonomy.CategoryTerms{Name: "GOOD"}})
	w.refused(err, lance.Exists, "category_exists")
	same, err := svc.Category(w.Context(), c.ID)
	require.NoError(w, err)
	require.Equal(w, c, same)
	require.Equal(w, "good software", w.drawn())
}
