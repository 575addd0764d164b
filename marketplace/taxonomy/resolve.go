package taxonomy

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/megilance/lance"
)

// suggest walks the slugs from the prefix on.
func suggest(ctx context.Context, r Repos, prefix string, limit int) ([]*Skill, error) {
	found, err := r.Skills().Find(ctx, lance.Filter{
		Eq: map[string]any{"state": string(StateActive)}, Order: "slug", After: []any{prefix, ""}, Limit: limit,
	})
	if end := slices.IndexFunc(found, func(k *Skill) bool { return !strings.HasPrefix(k.Slug, prefix) }); end >= 0 {
		found = found[:end]
	}
	return found, err
}

// ResolveIn returns the skills that words mean, by identifier, slug or name, in
// their order and without repetition, inside the caller's transaction. Only
// skills that can be chosen are found. Faults: Invalid with "skill_unknown" at
// the place of each word that means none, such as "/2", or as Normal.
func ResolveIn(ctx context.Context, r Repos, words List) ([]SkillID, error) {
	words, err := words.Normal()
	if err != nil {
		return nil, err
	}
	var f lance.Faults
	ids := []SkillID{}
	for i, word := range words {
		k, err := resolve(ctx, r, word)
		if err != nil {
			return nil, err
		}
		switch {
		case k == nil || k.State != StateActive:
			f.Add("/"+strconv.Itoa(i), "skill_unknown", "there is no such skill")
		case !slices.Contains(ids, k.ID):
			ids = append(ids, k.ID)
		}
	}
	return ids, f.Err()
}

// resolve returns the skill a word means, or nil.
func resolve(ctx context.Context, r Repos, word string) (*Skill, error) {
	eq := map[string]any{"slug": Slug(word)}
	if id, err := lance.ParseID[SkillID]("skl", word); err == nil {
		eq = map[string]any{"id": string(id)}
	}
	found, err := r.Skills().Find(ctx, lance.Filter{Eq: eq, Limit: 1})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// Resolve is ResolveIn in a view of its own, for what people typed; anybody may
// ask.
func (s *Service) Resolve(ctx context.Context, words List) ([]SkillID, error) {
	return lance.Read(ctx, s.db, "taxonomy.Resolve", func(ctx context.Context, r Repos) ([]SkillID, error) { return ResolveIn(ctx, r, words) })
}

// CheckSkillsIn reports which identifiers do not name a skill that can be
// chosen, inside the caller's transaction: Invalid with "skill_unknown" or, for
// one that was named before, "skill_repeated" at its place, such as "/2". A
// skill among kept may be retired: it was chosen before.
func CheckSkillsIn(ctx context.Context, r Repos, ids []SkillID, kept ...SkillID) error {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id)
	}
	found, err := r.Skills().Find(ctx, lance.Filter{In: map[string][]string{"id": names}})
	if err != nil {
		return err
	}
	may := map[SkillID]bool{}
	for _, k := range found {
		may[k.ID] = k.State == StateActive || slices.Contains(kept, k.ID)
	}
	var f lance.Faults
	for i, id := range ids {
		at := "/" + strconv.Itoa(i)
		if slices.Contains(ids[:i], id) {
			f.Add(at, "skill_repeated", "this skill is named twice")
		} else if !may[id] {
			f.Add(at, "skill_unknown", "there is no such skill")
		}
	}
	return f.Err()
}

// CheckCategoryIn reports whether an identifier names a category that can be
// chosen, inside the caller's transaction; empty is none and may be chosen.
// Faults: Invalid "category_unknown".
func CheckCategoryIn(ctx context.Context, r Repos, id CategoryID) error {
	if id == "" {
		return nil
	}
	c, err := r.Categories().Get(ctx, id)
	if err != nil && !errors.Is(err, lance.NotFound) {
		return err
	}
	if err != nil || c.State != StateActive {
		return lance.E(lance.Invalid, "category_unknown", "there is no such category")
	}
	return nil
}

// knownCategory is CheckCategoryIn with the place of the fault.
func knownCategory(ctx context.Context, r Repos, pointer string, id CategoryID) error {
	err := CheckCategoryIn(ctx, r, id)
	if !errors.Is(err, lance.Invalid) {
		return err
	}
	var f lance.Faults
	f.Check(pointer, err)
	return f.Err()
}
