package taxonomy

import (
	"github.com/megilance/lance"
)

var (
	nameText = lance.TextRule{Min: 1, Max: MaxWord, Line: true}
	slugText = lance.TextRule{Min: 1, Max: 80, Line: true}
)

// maxPlace bounds a category's place among its siblings.
const maxPlace = 9999

// CreateCategoryInput is what an administrator says about a new category.
type CreateCategoryInput struct {
	Key  string `json:"-"`    // the caller's idempotency key
	Slug string `json:"slug"` // empty: made of the name
	CategoryTerms
}

func (in *CreateCategoryInput) check() error {
	var f lance.Faults
	in.Slug = slugOr(in.Slug, in.Name)
	f.Check("/slug", checkSlug(in.Slug))
	f.Check("", in.CategoryTerms.check())
	return f.Err()
}

func (t CategoryTerms) check() error {
	var f lance.Faults
	f.Check("/name", nameText.Check(t.Name))
	f.Check("/description", lance.NoteText.Check(t.Description))
	if t.Place < 0 || t.Place > maxPlace {
		f.Add("/place", "place_range", "a place is 0 to 9999")
	}
	return f.Err()
}

func slugOr(slug, name string) string {
	if slug == "" {
		return Slug(name)
	}
	return slug
}

// checkSlug reports whether s is the slug of itself.
func checkSlug(s string) error {
	if err := slugText.Check(s); err != nil {
		return err
	}
	if Slug(s) != s {
		return lance.E(lance.Invalid, "slug_syntax", "a slug is letters and digits in lower case, joined by hyphens")
	}
	return nil
}

// EditCategoryInput replaces a category's terms.
type EditCategoryInput struct {
	ID      CategoryID `json:"-"`
	Version int64      `json:"-"` // the one that was read; 0 takes any
	CategoryTerms
}

// CreateSkillInput is what an administrator says about a new skill.
type CreateSkillInput struct {
	Key  string `json:"-"`    // the caller's idempotency key
	Slug string `json:"slug"` // empty: made of the name
	SkillTerms
}

func (in *CreateSkillInput) check() error {
	var f lance.Faults
	in.Slug = slugOr(in.Slug, in.Name)
	f.Check("/slug", checkSlug(in.Slug))
	f.Check("", in.SkillTerms.check())
	return f.Err()
}

func (t SkillTerms) check() error {
	var f lance.Faults
	f.Check("/name", nameText.Check(t.Name))
	f.Check("/description", lance.NoteText.Check(t.Description))
	return f.Err()
}

// EditSkillInput replaces a skill's terms.
type EditSkillInput struct {
	ID      SkillID `json:"-"`
	Version int64   `json:"-"` // the one that was read; 0 takes any
	SkillTerms
}
