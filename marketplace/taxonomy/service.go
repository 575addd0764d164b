package taxonomy

import (
	"context"

	"github.com/megilance/lance"
)

// Options are what a Service may be given beside its store: nothing yet.
type Options struct{}

// Service is what callers do with categories and skills. It is safe for
// concurrent use and costs nothing to make.
type Service struct{ db lance.Runner[Repos] }

// NewService makes a service on a store. Nil options take the defaults.
func NewService[R Repos](db lance.Runner[R], _ *Options) *Service {
	return &Service{db: lance.Narrow(db, func(r R) Repos { return r })}
}

// CreateSkill adds a skill, for an administrator. Faults: Unauthorized;
// Forbidden "role_required"; Invalid "invalid_input", also for a category that is
// not known or retired; Exists "skill_exists" for a slug that is taken; Conflict
// "key_reused".
func (s *Service) CreateSkill(ctx context.Context, by lance.Actor, in CreateSkillInput) (*Skill, error) {
	const op = "taxonomy.CreateSkill"
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Skill, error) { return createSkill(ctx, r, by, in) })
}

func createSkill(ctx context.Context, r Repos, by lance.Actor, in CreateSkillInput) (*Skill, error) {
	id := lance.NewID[SkillID]("skl", r)
	known, first, err := lance.Once(ctx, r, by, in.Key, "taxonomy.CreateSkill", in, string(id))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Skills().Get(ctx, SkillID(known))
	}
	if err := knownCategory(ctx, r, "/category", in.Category); err != nil {
		return nil, err
	}
	k := &Skill{ID: id, Slug: in.Slug, SkillTerms: in.SkillTerms, State: SkillLifecycle.Start(), CreatedAt: r.Now(), UpdatedAt: r.Now()}
	if err := r.Skills().Insert(ctx, k); err != nil {
		return nil, err
	}
	err = k.tell(ctx, r, by, SkillCreated{k.changed()})
	return k, err
}

// EditSkill replaces a skill's terms, for an administrator. Faults:
// Unauthorized; Forbidden "role_required"; Invalid "invalid_input"; NotFound
// "skill_not_found"; Precondition "skill_state"; Stale "skill_stale".
func (s *Service) EditSkill(ctx context.Context, by lance.Actor, in EditSkillInput) (*Skill, error) {
	const op = "taxonomy.EditSkill"
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Skill, error) {
		return stepSkill(ctx, r, by, in.ID, in.Version, Edit, func(k *Skill) (lance.Payload, error) {
			if k.Category != in.Category {
				if err := knownCategory(ctx, r, "/category", in.Category); err != nil {
					return nil, err
				}
			}
			k.SkillTerms = in.SkillTerms
			return SkillEdited{k.changed()}, nil
		})
	})
}

// RetireSkill lets nobody choose a skill any more, for an administrator. Faults:
// Unauthorized; Forbidden "role_required"; NotFound "skill_not_found";
// Precondition "skill_state".
func (s *Service) RetireSkill(ctx context.Context, by lance.Actor, id SkillID) (*Skill, error) {
	return s.skillAction(ctx, "taxonomy.RetireSkill", by, id, Retire,
		func(k *Skill) (lance.Payload, error) { return SkillRetired{k.changed()}, nil })
}

// RestoreSkill lets a retired skill be chosen again, for an administrator.
// Faults: as RetireSkill.
func (s *Service) RestoreSkill(ctx context.Context, by lance.Actor, id SkillID) (*Skill, error) {
	return s.skillAction(ctx, "taxonomy.RestoreSkill", by, id, Restore,
		func(k *Skill) (lance.Payload, error) { return SkillRestored{k.changed()}, nil })
}

func (s *Service) skillAction(
	ctx context.Context, op string, by lance.Actor, id SkillID, do Action, event func(*Skill) (lance.Payload, error),
) (*Skill, error) {
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Skill, error) {
		return stepSkill(ctx, r, by, id, 0, do, event)
	})
}

// stepSkill takes a skill one action on in its lifecycle, changes it, stores it
// and says so.
func stepSkill(
	ctx context.Context, r Repos, by lance.Actor, id SkillID, version int64, do Action, change func(*Skill) (lance.Payload, error),
) (*Skill, error) {
	k, err := r.Skills().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if version != 0 && version != k.Version {
		return nil, SkillTable.Stale()
	}
	if k.State, err = SkillLifecycle.Next(k.State, do, relations(by)...); err != nil {
		return nil, err
	}
	k.UpdatedAt = r.Now()
	event, err := change(k)
	if err != nil {
		return nil, err
	}
	if err := r.Skills().Update(ctx, k); err != nil {
		return nil, err
	}
	err = k.tell(ctx, r, by, event)
	return k, err
}

func (s *Skill) changed() SkillChanged {
	return SkillChanged{Skill: s.ID, Category: s.Category, State: s.State}
}

func (s *Skill) tell(ctx context.Context, r Repos, by lance.Actor, p lance.Payload) error {
	return lance.Emit(ctx, r, by, lance.Change{Stream: s.Ref(), Version: s.Version}, p)
}

// Skill returns one skill, retired ones too; anybody may ask. Faults: NotFound
// "skill_not_found".
func (s *Service) Skill(ctx context.Context, id SkillID) (*Skill, error) {
	return lance.Read(ctx, s.db, "taxonomy.Skill", func(ctx context.Context, r Repos) (*Skill, error) { return r.Skills().Get(ctx, id) })
}

// SkillQuery asks for a page of the skills that can be chosen, by slug.
type SkillQuery struct {
	Category CategoryID // empty: all
	Retired  bool       // those that can no longer be chosen, instead
	lance.PageQuery
}

// Skills lists skills; anybody may ask. Faults: Invalid "limit_range",
// "cursor_syntax".
func (s *Service) Skills(ctx context.Context, q SkillQuery) (lance.Page[Skill], error) {
	state := StateActive
	if q.Retired {
		state = StateRetired
	}
	f := lance.Filter{Eq: map[string]any{"state": string(state)}, Order: "slug"}
	if q.Category != "" {
		f.Eq["category"] = string(q.Category)
	}
	return lance.Read(ctx, s.db, "taxonomy.Skills", func(ctx context.Context, r Repos) (lance.Page[Skill], error) {
		return lance.List(ctx, r.Skills(), SkillTable, f, q.PageQuery)
	})
}

// Suggest returns the skills whose slug begins as what was typed does, by slug,
// at most limit (1 to 100; 0 is 20); anybody may ask. Faults: Invalid
// "limit_range" at "/limit", or what is wrong with the text at "/prefix".
func (s *Service) Suggest(ctx context.Context, prefix string, limit int) ([]*Skill, error) {
	const op = "taxonomy.Suggest"
	if limit == 0 {
		limit = lance.DefaultPageSize
	}
	var f lance.Faults
	f.Check("/prefix", lance.TextRule{Max: MaxWord, Line: true}.Check(prefix))
	if limit < 1 || limit > lance.MaxPageSize {
		f.Add("/limit", "limit_range", "a page has 1 to 100 items")
	}
	if err := f.Err(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) ([]*Skill, error) { return suggest(ctx, r, Slug(prefix), limit) })
}
