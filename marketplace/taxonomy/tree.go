package taxonomy

import (
	"cmp"
	"context"
	"slices"

	"github.com/megilance/lance"
)

// Bounds of the tree.
const (
	MaxDepth      = 5    // levels
	MaxCategories = 2000 // in all
)

// tree is locked by whoever changes which category lies below which: a circle
// can only be seen by looking at all of them.
var tree = lance.Ref{Kind: "taxonomy", ID: "tree"}

// CreateCategory adds a category to the tree, for an administrator. Faults:
// Unauthorized; Forbidden "role_required"; Invalid "invalid_input", also for a
// parent that is not known ("category_unknown") or too deep ("tree_depth");
// Exists "category_exists" for a slug that is taken; Precondition "tree_full";
// Conflict "key_reused".
func (s *Service) CreateCategory(ctx context.Context, by lance.Actor, in CreateCategoryInput) (*Category, error) {
	const op = "taxonomy.CreateCategory"
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Category, error) { return createCategory(ctx, r, by, in) })
}

func createCategory(ctx context.Context, r Repos, by lance.Actor, in CreateCategoryInput) (*Category, error) {
	id := lance.NewID[CategoryID]("cat", r)
	known, first, err := lance.Once(ctx, r, by, in.Key, "taxonomy.CreateCategory", in, string(id))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Categories().Get(ctx, CategoryID(known))
	}
	all, err := lockTree(ctx, r)
	if err != nil {
		return nil, err
	}
	if len(all) >= MaxCategories {
		return nil, lance.E(lance.Precondition, "tree_full", "there are as many categories as there may be")
	}
	if err := all.place(id, in.Parent); err != nil {
		return nil, err
	}
	c := &Category{
		ID: id, Slug: in.Slug, CategoryTerms: in.CategoryTerms, State: CategoryLifecycle.Start(),
		CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
	if err := r.Categories().Insert(ctx, c); err != nil {
		return nil, err
	}
	err = c.tell(ctx, r, by, CategoryCreated{c.changed()})
	return c, err
}

// EditCategory replaces a category's terms, its parent perhaps, for an
// administrator. Faults: Unauthorized; Forbidden "role_required"; NotFound
// "category_not_found"; Invalid "invalid_input", also for a parent that is not
// known, too deep, or below the category itself ("tree_circle"); Precondition
// "category_state"; Stale "category_stale".
func (s *Service) EditCategory(ctx context.Context, by lance.Actor, in EditCategoryInput) (*Category, error) {
	const op = "taxonomy.EditCategory"
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Category, error) {
		all, err := lockTree(ctx, r)
		if err != nil {
			return nil, err
		}
		return stepCategory(ctx, r, by, in.ID, in.Version, Edit, func(c *Category) (lance.Payload, error) {
			if c.Parent != in.Parent {
				if err := all.place(c.ID, in.Parent); err != nil {
					return nil, err
				}
			}
			c.CategoryTerms = in.CategoryTerms
			return CategoryEdited{c.changed()}, nil
		})
	})
}

// RetireCategory lets nobody choose a category any more, for an administrator;
// what lies below it stays. Faults: Unauthorized; Forbidden "role_required";
// NotFound "category_not_found"; Precondition "category_state".
func (s *Service) RetireCategory(ctx context.Context, by lance.Actor, id CategoryID) (*Category, error) {
	return s.categoryAction(ctx, "taxonomy.RetireCategory", by, id, Retire,
		func(c *Category) (lance.Payload, error) { return CategoryRetired{c.changed()}, nil })
}

// RestoreCategory lets a retired category be chosen again, for an administrator.
// Faults: as RetireCategory.
func (s *Service) RestoreCategory(ctx context.Context, by lance.Actor, id CategoryID) (*Category, error) {
	return s.categoryAction(ctx, "taxonomy.RestoreCategory", by, id, Restore,
		func(c *Category) (lance.Payload, error) { return CategoryRestored{c.changed()}, nil })
}

func (s *Service) categoryAction(
	ctx context.Context, op string, by lance.Actor, id CategoryID, do Action, event func(*Category) (lance.Payload, error),
) (*Category, error) {
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Category, error) {
		return stepCategory(ctx, r, by, id, 0, do, event)
	})
}

// stepCategory takes a category one action on in its lifecycle, changes it,
// stores it and says so.
func stepCategory(
	ctx context.Context, r Repos, by lance.Actor, id CategoryID, version int64, do Action, change func(*Category) (lance.Payload, error),
) (*Category, error) {
	c, err := r.Categories().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if version != 0 && version != c.Version {
		return nil, CategoryTable.Stale()
	}
	if c.State, err = CategoryLifecycle.Next(c.State, do, relations(by)...); err != nil {
		return nil, err
	}
	c.UpdatedAt = r.Now()
	event, err := change(c)
	if err != nil {
		return nil, err
	}
	if err := r.Categories().Update(ctx, c); err != nil {
		return nil, err
	}
	err = c.tell(ctx, r, by, event)
	return c, err
}

func (c *Category) changed() CategoryChanged {
	return CategoryChanged{Category: c.ID, Parent: c.Parent, State: c.State}
}

func (c *Category) tell(ctx context.Context, r Repos, by lance.Actor, p lance.Payload) error {
	return lance.Emit(ctx, r, by, lance.Change{Stream: c.Ref(), Version: c.Version}, p)
}

// categories is the whole tree by identifier.
type categories map[CategoryID]*Category

// lockTree keeps others from changing the tree, and reads it.
func lockTree(ctx context.Context, r Repos) (categories, error) {
	if err := r.Lock(ctx, tree); err != nil {
		return nil, err
	}
	found, err := r.Categories().Find(ctx, lance.Filter{})
	all := make(categories, len(found))
	for _, c := range found {
		all[c.ID] = c
	}
	return all, err
}

// place reports whether a category may lie below a parent.
func (all categories) place(id, parent CategoryID) error {
	var f lance.Faults
	depth := 1 + all.height(id)
	if p := all[parent]; parent != "" && (p == nil || p.State != StateActive) {
		f.Add("/parent", "category_unknown", "there is no such category")
	}
	for at := parent; all[at] != nil; at = all[at].Parent {
		if at == id {
			f.Add("/parent", "tree_circle", "a category cannot lie below itself")
			return f.Err()
		}
		depth++
	}
	if depth > MaxDepth {
		f.Add("/parent", "tree_depth", "the tree has at most 5 levels")
	}
	return f.Err()
}

// height returns how many levels lie below a category.
func (all categories) height(id CategoryID) int {
	h := 0
	for _, c := range all {
		levels := 0
		for at := c; at != nil && at.ID != id; at = all[at.Parent] {
			if levels++; at.Parent == id {
				h = max(h, levels)
			}
		}
	}
	return h
}

// Category returns one category, retired ones too; anybody may ask. Faults:
// NotFound "category_not_found".
func (s *Service) Category(ctx context.Context, id CategoryID) (*Category, error) {
	return lance.Read(ctx, s.db, "taxonomy.Category", func(ctx context.Context, r Repos) (*Category, error) {
		return r.Categories().Get(ctx, id)
	})
}

// Tree returns the categories that can be chosen, as a tree, by place and then
// name; anybody may ask. Below a retired category nothing is shown.
func (s *Service) Tree(ctx context.Context) ([]*Node, error) {
	return lance.Read(ctx, s.db, "taxonomy.Tree", func(ctx context.Context, r Repos) ([]*Node, error) {
		active, err := r.Categories().Find(ctx, lance.Filter{Eq: map[string]any{"state": string(StateActive)}})
		byParent := map[CategoryID][]*Category{}
		for _, c := range active {
			byParent[c.Parent] = append(byParent[c.Parent], c)
		}
		return below(byParent, ""), err
	})
}

// below returns the nodes of a parent's children.
func below(byParent map[CategoryID][]*Category, parent CategoryID) []*Node {
	nodes := []*Node{}
	for _, c := range byParent[parent] {
		nodes = append(nodes, &Node{Category: c, Children: below(byParent, c.ID)})
	}
	slices.SortFunc(nodes, func(a, b *Node) int {
		return cmp.Or(
			cmp.Compare(a.Category.Place, b.Category.Place),
			cmp.Compare(a.Category.Name, b.Category.Name),
			cmp.Compare(a.Category.ID, b.Category.ID),
		)
	})
	return nodes
}
