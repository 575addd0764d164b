package api

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// skillWords are skills as people write them: a list, or one text. They are read
// when it is known where a fault in them belongs.
type skillWords json.RawMessage

// UnmarshalJSON keeps what came.
func (w *skillWords) UnmarshalJSON(b []byte) error { *w = slices.Clone(b); return nil }

// MarshalJSON returns what came.
func (w skillWords) MarshalJSON() ([]byte, error) { return json.RawMessage(w).MarshalJSON() }

// Schema says both forms.
func (skillWords) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{
		{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeString}},
		{Type: huma.TypeString, Description: "words between commas, or a JSON array"},
	}}
}

// skills returns the skills that words mean. Where the server lets people name
// skills that are new, these become known.
func (c *Call) skills(ctx context.Context, w skillWords) ([]taxonomy.SkillID, error) {
	var list taxonomy.List
	if len(w) > 0 {
		if err := list.UnmarshalJSON(w); err != nil {
			return nil, err
		}
	}
	return c.named(ctx, list)
}

// named is skills for a list that has been read.
func (c *Call) named(ctx context.Context, list taxonomy.List) ([]taxonomy.SkillID, error) {
	ids, err := c.Engine.Taxonomy.Resolve(ctx, list)
	if !c.OpenSkills || lance.KindOf(err) != lance.Invalid {
		return ids, err
	}
	ids = make([]taxonomy.SkillID, len(list))
	for i, word := range list {
		if ids[i], err = c.skill(ctx, word); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func (c *Call) skill(ctx context.Context, word string) (taxonomy.SkillID, error) {
	known, err := c.Engine.Taxonomy.Resolve(ctx, taxonomy.List{word})
	if err == nil && len(known) == 1 {
		return known[0], nil
	}
	in := taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: word}}
	made, err := c.Engine.Taxonomy.CreateSkill(ctx, lance.System("open skills"), in)
	if lance.KindOf(err) == lance.Exists { // another request was first
		known, err = c.Engine.Taxonomy.Resolve(ctx, taxonomy.List{word})
		if err == nil && len(known) == 1 {
			return known[0], nil
		}
	}
	if err != nil {
		return "", err
	}
	return made.ID, nil
}

// under says to which part of a body an Invalid fault belongs.
func under(pointer string, err error) error {
	if lance.KindOf(err) != lance.Invalid {
		return err
	}
	var f lance.Faults
	f.Check(pointer, err)
	return f.Err()
}

// found returns the skill that a word means, or "" when nobody knows one.
func (c *Call) found(ctx context.Context, word string) (taxonomy.SkillID, error) {
	ids, err := c.Engine.Taxonomy.Resolve(ctx, taxonomy.List{word})
	if lance.KindOf(err) == lance.Invalid || err == nil && len(ids) == 0 {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return ids[0], nil
}

// stars shows an average in hundredths: 450 is "4.50".
func stars(hundredths int) string { return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100) }
