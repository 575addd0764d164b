package api

import (
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// skillWords are skills as people write them: a list, or one text.
type skillWords taxonomy.List

// UnmarshalJSON reads an array of strings, or one string with commas or an array
// in it.
func (w *skillWords) UnmarshalJSON(b []byte) error { return (*taxonomy.List)(w).UnmarshalJSON(b) }

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
	ids, err := c.Engine.Taxonomy.Resolve(ctx, taxonomy.List(w))
	if !c.OpenSkills || lance.KindOf(err) != lance.Invalid {
		return ids, err
	}
	list, err := taxonomy.List(w).Normal()
	if err != nil {
		return nil, err
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

// stars shows an average in hundredths: 450 is "4.50".
func stars(hundredths int) string { return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100) }
