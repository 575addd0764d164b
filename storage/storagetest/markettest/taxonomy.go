package markettest

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// RunTaxonomy proves the laws of categories and skills on the adapter, each in a
// parallel subtest <subject>/<law>.
func RunTaxonomy[R review.Repos](t *testing.T, h Harness[R]) {
	run(t, h, "skill", skillLaws())
	run(t, h, "category", categoryLaws())
	t.Run("taxonomy_writes", func(t *testing.T) {
		t.Parallel()
		basetest.CheckWrites(t, taxonomyWrites(h))
	})
}

func skillLaws() []law {
	return []law{
		{"a_skill_goes_through_its_life", skillLife},
		{"administrators_alone_keep_the_taxonomy", taxonomyMatrix},
		{"bad_input_names_every_field_and_changes_nothing", badSkills},
		{"a_slug_is_taken_once", slugOnce},
		{"a_repeated_create_makes_one_skill", skillOnce},
		{"terms_change_by_version", skillEdit},
		{"words_are_read_as_people_write_them", resolving},
		{"suggestions_begin_with_what_was_typed", suggesting},
		{"the_list_has_every_active_skill_once", skillList},
	}
}

func (w *world) taxonomy() *taxonomy.Service { return taxonomy.NewService(w.db, nil) }

// told returns the types of the events about an aggregate, in order.
func (w *world) told(of lance.Ref) (types []string) {
	w.Helper()
	w.read(func(ctx context.Context, r review.Repos) error {
		events, err := r.Log().Stream(ctx, of)
		for _, e := range events {
			types = append(types, e.Type)
		}
		return err
	})
	return types
}

// skill makes a skill.
func (w *world) skill(name string) *taxonomy.Skill {
	w.Helper()
	s, err := w.taxonomy().CreateSkill(w.Context(), admin, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: name}})
	require.NoError(w, err)
	return s
}

func skillLife(w *world) {
	ctx, svc := w.Context(), w.taxonomy()
	s, err := svc.CreateSkill(ctx, admin, taxonomy.CreateSkillInput{
		SkillTerms: taxonomy.SkillTerms{Name: "C++ & co", Category: w.category, Description: "Fast."},
	})
	require.NoError(w, err)
	require.Equal(w, "c-plus-plus-and-co", s.Slug)
	require.Equal(w, taxonomy.StateActive, s.State)
	require.Equal(w, []taxonomy.Action{taxonomy.Edit, taxonomy.Retire}, s.AllowedActions(admin))
	require.Empty(w, s.AllowedActions(ann))
	read, err := svc.Skill(ctx, s.ID)
	require.NoError(w, err)
	require.Equal(w, s, read)

	retired, err := svc.RetireSkill(ctx, admin, s.ID)
	require.NoError(w, err)
	require.Equal(w, taxonomy.StateRetired, retired.State)
	_, err = svc.RetireSkill(ctx, admin, s.ID)
	w.refused(err, lance.Precondition, "skill_state")
	_, err = svc.EditSkill(ctx, admin, taxonomy.EditSkillInput{ID: s.ID, SkillTerms: s.SkillTerms})
	w.refused(err, lance.Precondition, "skill_state")
	_, err = svc.Resolve(ctx, taxonomy.List{s.Slug})
	w.invalid(err, map[string]string{"/0": "skill_unknown"})
	restored, err := svc.RestoreSkill(ctx, admin, s.ID)
	require.NoError(w, err)
	require.EqualValues(w, 3, restored.Version)
	_, err = svc.RestoreSkill(ctx, admin, s.ID)
	w.refused(err, lance.Precondition, "skill_state")
	require.Equal(w, []string{"skill.created", "skill.retired", "skill.restored"}, w.told(s.Ref()))
}

func taxonomyMatrix(w *world) {
	ctx, svc := w.Context(), w.taxonomy()
	s := w.skill("Rust")
	for name, act := range map[string]func(lance.Actor) error{
		"create_skill": func(by lance.Actor) error {
			_, err := svc.CreateSkill(ctx, by, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "New"}})
			return err
		},
		"edit_skill": func(by lance.Actor) error {
			_, err := svc.EditSkill(ctx, by, taxonomy.EditSkillInput{ID: s.ID, SkillTerms: taxonomy.SkillTerms{Name: "New"}})
			return err
		},
		"retire_skill":  func(by lance.Actor) error { _, err := svc.RetireSkill(ctx, by, s.ID); return err },
		"restore_skill": func(by lance.Actor) error { _, err := svc.RestoreSkill(ctx, by, s.ID); return err },
		"create_category": func(by lance.Actor) error {
			_, err := svc.CreateCategory(ctx, by, taxonomy.CreateCategoryInput{CategoryTerms: taxonomy.CategoryTerms{Name: "New"}})
			return err
		},
		"edit_category": func(by lance.Actor) error {
			_, err := svc.EditCategory(ctx, by, taxonomy.EditCategoryInput{ID: w.category, CategoryTerms: taxonomy.CategoryTerms{Name: "New"}})
			return err
		},
		"retire_category":  func(by lance.Actor) error { _, err := svc.RetireCategory(ctx, by, w.category); return err },
		"restore_category": func(by lance.Actor) error { _, err := svc.RestoreCategory(ctx, by, w.category); return err },
	} {
		require.Equal(w, "actor_required", lance.CodeOf(act(nobody)), name)
		for _, by := range []lance.Actor{ann, client, lance.Person("art", lance.RoleArbiter)} {
			require.Equal(w, "role_required", lance.CodeOf(act(by)), name)
		}
	}
	same, err := svc.Skill(ctx, s.ID)
	require.NoError(w, err)
	require.Equal(w, s, same)
}

// badLine is what no text of one line takes, with the code that says so.
var badLine = map[string]string{
	"<script>alert(1)</script>":         "text_markup",
	`<img src=x onerror="alert('x')"/>`: "text_markup",
	"a\xffb":                            "text_utf8",
	"a\x00b":                            "text_control",
	"two\nlines":                        "text_control",
}

func badSkills(w *world) {
	s := w.skill("Rust")
	svc := w.taxonomy()
	try := func(t taxonomy.SkillTerms) (create, edit error) {
		_, create = svc.CreateSkill(w.Context(), admin, taxonomy.CreateSkillInput{Slug: "x", SkillTerms: t})
		_, edit = svc.EditSkill(w.Context(), admin, taxonomy.EditSkillInput{ID: s.ID, SkillTerms: t})
		return create, edit
	}
	for _, c := range []struct {
		terms taxonomy.SkillTerms
		want  map[string]string
	}{
		{taxonomy.SkillTerms{}, map[string]string{"/name": "text_required"}},
		{taxonomy.SkillTerms{Name: strings.Repeat("a", 61)}, map[string]string{"/name": "text_too_long"}},
		{taxonomy.SkillTerms{Name: "n", Description: strings.Repeat("a", 2001)}, map[string]string{"/description": "text_too_long"}},
		{taxonomy.SkillTerms{Name: "n", Description: "<iframe src=x>"}, map[string]string{"/description": "text_markup"}},
		{taxonomy.SkillTerms{Name: "n", Category: "cat_none"}, map[string]string{"/category": "category_unknown"}},
	} {
		create, edit := try(c.terms)
		w.invalid(create, c.want)
		w.invalid(edit, c.want)
	}
	for text, code := range badLine {
		create, edit := try(taxonomy.SkillTerms{Name: text})
		w.invalid(create, map[string]string{"/name": code})
		w.invalid(edit, map[string]string{"/name": code})
	}
	for _, slug := range []string{"Rust", "two words", "-x", "x--y", "<b>", "a/b"} {
		_, err := svc.CreateSkill(w.Context(), admin, taxonomy.CreateSkillInput{Slug: slug, SkillTerms: taxonomy.SkillTerms{Name: "N"}})
		w.invalid(err, map[string]string{"/slug": "slug_syntax"})
	}
	_, err := svc.CreateSkill(w.Context(), admin, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "***"}})
	w.invalid(err, map[string]string{"/slug": "text_required"})
	for _, act := range []func(context.Context, lance.Actor, taxonomy.SkillID) (*taxonomy.Skill, error){svc.RetireSkill, svc.RestoreSkill} {
		_, err := act(w.Context(), admin, "skl_none")
		w.refused(err, lance.NotFound, "skill_not_found")
	}
	same, err := svc.Skill(w.Context(), s.ID)
	require.NoError(w, err)
	require.Equal(w, s, same)
	require.Equal(w, []string{"skill.created"}, w.told(s.Ref()))
}

func slugOnce(w *world) {
	w.skill("Rust")
	errs := w.race(4, func(int) error {
		_, err := w.taxonomy().CreateSkill(w.Context(), admin, taxonomy.CreateSkillInput{Slug: "zig", SkillTerms: taxonomy.SkillTerms{Name: "Zig"}})
		return err
	})
	require.Equal(w, 1, won(errs))
	for _, err := range errs {
		if err != nil {
			w.refused(err, lance.Exists, "skill_exists")
		}
	}
	_, err := w.taxonomy().CreateSkill(w.Context(), admin, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "RUST"}})
	w.refused(err, lance.Exists, "skill_exists")
}

func skillOnce(w *world) {
	in := taxonomy.CreateSkillInput{Key: "k", SkillTerms: taxonomy.SkillTerms{Name: "Rust"}}
	a, err := w.taxonomy().CreateSkill(w.Context(), admin, in)
	require.NoError(w, err)
	b, err := w.taxonomy().CreateSkill(w.Context(), admin, in)
	require.NoError(w, err)
	require.Equal(w, a, b)
	in.Name = "Zig"
	_, err = w.taxonomy().CreateSkill(w.Context(), admin, in)
	w.refused(err, lance.Conflict, "key_reused")
}

func skillEdit(w *world) {
	ctx, svc := w.Context(), w.taxonomy()
	s, category := w.skill("Rust"), w.below("", "systems", 0).ID
	in := taxonomy.EditSkillInput{ID: s.ID, Version: 1, SkillTerms: taxonomy.SkillTerms{Name: "Rust 2", Category: category}}
	moved, err := svc.EditSkill(ctx, admin, in)
	require.NoError(w, err)
	require.Equal(w, "rust", moved.Slug, "a slug never changes")
	require.Equal(w, in.SkillTerms, moved.SkillTerms)
	_, err = svc.EditSkill(ctx, admin, in)
	w.refused(err, lance.Stale, "skill_stale")
	_, err = svc.RetireCategory(ctx, admin, category)
	require.NoError(w, err)
	in.Version = 0
	_, err = svc.EditSkill(ctx, admin, in)
	require.NoError(w, err, "a category that was retired meanwhile may stay")
	_, err = svc.CreateSkill(ctx, admin, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "N", Category: category}})
	w.invalid(err, map[string]string{"/category": "category_unknown"})
	page, err := svc.Skills(ctx, taxonomy.SkillQuery{Category: category})
	require.NoError(w, err)
	require.Len(w, page.Items, 1)
}

func resolving(w *world) {
	ctx, svc := w.Context(), w.taxonomy()
	cpp, node := w.skill("C++"), w.skill("Node.js")
	for _, text := range []string{
		"c++, Node.JS", `["C++","node-js"]`, "  c++ ,, c++,node.js,  ", `"C++",Node.js`, string(cpp.ID) + "," + node.Slug, "c++\nnode.js",
	} {
		words, err := taxonomy.ParseList(text)
		require.NoError(w, err)
		ids, err := svc.Resolve(ctx, words)
		require.NoError(w, err, text)
		require.Equal(w, []taxonomy.SkillID{cpp.ID, node.ID}, ids, text)
	}
	_, err := svc.Resolve(ctx, taxonomy.List{"c++", "no such", "skl_none", string(cpp.ID[:len(cpp.ID)-1]) + "!"})
	w.invalid(err, map[string]string{"/1": "skill_unknown", "/2": "skill_unknown", "/3": "skill_unknown"})
	ids, err := svc.Resolve(ctx, nil)
	require.NoError(w, err)
	require.Empty(w, ids)

	w.read(func(ctx context.Context, r review.Repos) error {
		require.NoError(w, taxonomy.CheckSkillsIn(ctx, r, []taxonomy.SkillID{cpp.ID, node.ID}))
		err := taxonomy.CheckSkillsIn(ctx, r, []taxonomy.SkillID{cpp.ID, "skl_x", cpp.ID})
		w.invalid(err, map[string]string{"/1": "skill_unknown", "/2": "skill_repeated"})
		w.refused(taxonomy.CheckCategoryIn(ctx, r, "cat_x"), lance.Invalid, "category_unknown")
		require.NoError(w, taxonomy.CheckCategoryIn(ctx, r, w.category))
		return taxonomy.CheckCategoryIn(ctx, r, "")
	})
	_, err = svc.RetireSkill(ctx, admin, cpp.ID)
	require.NoError(w, err)
	w.read(func(ctx context.Context, r review.Repos) error {
		w.invalid(taxonomy.CheckSkillsIn(ctx, r, []taxonomy.SkillID{cpp.ID}), map[string]string{"/0": "skill_unknown"})
		return taxonomy.CheckSkillsIn(ctx, r, []taxonomy.SkillID{cpp.ID}, cpp.ID)
	})
}

func suggesting(w *world) {
	ctx, svc := w.Context(), w.taxonomy()
	for _, name := range []string{"Java", "JavaScript", "Java EE", "Jam", "Karate"} {
		w.skill(name)
	}
	gone := w.skill("Java Applets")
	_, err := svc.RetireSkill(ctx, admin, gone.ID)
	require.NoError(w, err)
	slugs := func(prefix string, limit int) (out []string) {
		found, err := svc.Suggest(ctx, prefix, limit)
		require.NoError(w, err)
		for _, s := range found {
			out = append(out, s.Slug)
		}
		return out
	}
	require.Equal(w, []string{"java", "java-ee", "javascript"}, slugs("JAVA", 0))
	require.Equal(w, []string{"java", "java-ee"}, slugs("java", 2))
	require.Equal(w, []string{"java-ee"}, slugs("java e", 5))
	require.Empty(w, slugs("zzz", 5))
	require.Len(w, slugs("", 100), 5+len(w.skills))
	_, err = svc.Suggest(ctx, "a\x00", 101)
	w.invalid(err, map[string]string{"/prefix": "text_control", "/limit": "limit_range"})
}

func skillList(w *world) {
	svc := w.taxonomy()
	for i := range 5 {
		w.skill(fmt.Sprintf("s%d", i))
	}
	var got []string
	q := taxonomy.SkillQuery{PageQuery: lance.PageQuery{Limit: 3}}
	for more := true; more; more = q.Cursor != "" {
		page, err := svc.Skills(w.Context(), q)
		require.NoError(w, err)
		for _, s := range page.Items {
			got = append(got, s.Slug)
		}
		q.Cursor = page.Next
	}
	require.Equal(w, []string{"design", "go", "s0", "s1", "s2", "s3", "s4", "sql"}, got)
	page, err := svc.Skills(w.Context(), taxonomy.SkillQuery{Retired: true})
	require.NoError(w, err)
	require.Empty(w, page.Items)
}

func taxonomyWrites[R review.Repos](h Harness[R]) basetest.Writes[R] {
	category := func() *taxonomy.Category {
		return &taxonomy.Category{
			ID: "cat_9", Slug: "nine", CategoryTerms: taxonomy.CategoryTerms{Parent: "cat_1", Name: "Nine"}, State: taxonomy.StateActive,
			CreatedAt: epoch, UpdatedAt: later,
		}
	}
	skill := func() *taxonomy.Skill {
		return &taxonomy.Skill{
			ID: "skl_9", Slug: "nine", SkillTerms: taxonomy.SkillTerms{Name: "Nine", Category: "cat_1"}, State: taxonomy.StateActive,
			CreatedAt: epoch, UpdatedAt: later,
		}
	}
	writes := writesOf("Categories", R.Categories, category, func(c *taxonomy.Category) { c.Name = "Other" })
	writes = append(writes, writesOf("Skills", R.Skills, skill, func(s *taxonomy.Skill) { s.State = taxonomy.StateRetired })...)
	return basetest.Writes[R]{
		Open:  func(t *testing.T) lance.Runner[R] { return h.Open(t, clocktest.At(epoch)) },
		Hosts: h.Hosts,
		Stores: map[string]reflect.Type{
			"Categories": reflect.TypeFor[taxonomy.CategoryStore](), "Skills": reflect.TypeFor[taxonomy.SkillStore](),
		},
		Writes: writes,
		Reads:  []string{"Categories.Get", "Categories.Find", "Skills.Get", "Skills.Find"},
	}
}
