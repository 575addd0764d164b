package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

func taxonomyOperations() []Operation {
	with := func(id, method, path, summary string, policy Policy, do mounter) Operation {
		return Operation{ID: id, Method: method, Path: "/v1" + path, Summary: summary, Tag: "Skills and categories", Policy: policy, do: do}
	}
	createSkill := with("create-skill", http.MethodPost, "/skills", "Add a skill", Admins, do(createSkill))
	createCategory := with("create-category", http.MethodPost, "/categories", "Add a category", Admins, do(createCategory))
	createSkill.Status, createCategory.Status = http.StatusCreated, http.StatusCreated
	return []Operation{
		with("list-skills", http.MethodGet, "/skills", "Skills that can be chosen, by slug", Public, do(listSkills)),
		with("suggest-skills", http.MethodGet, "/skills/suggest", "Skills that begin as what was typed does", Public, do(suggestSkills)),
		createSkill,
		with("get-skill", http.MethodGet, "/skills/{id}", "One skill, retired ones too", Public, do(getSkill)),
		with("edit-skill", http.MethodPut, "/skills/{id}", "Replace what is said about a skill", Admins, do(editSkill)),
		with("retire-skill", http.MethodPost, "/skills/{id}/retire", "Let nobody choose a skill any more", Admins, do(retireSkill)),
		with("restore-skill", http.MethodPost, "/skills/{id}/restore", "Let a retired skill be chosen again", Admins, do(restoreSkill)),
		with("list-categories", http.MethodGet, "/categories", "The tree of categories that can be chosen", Public, do(listCategories)),
		createCategory,
		with("get-category", http.MethodGet, "/categories/{id}", "One category, retired ones too", Public, do(getCategory)),
		with("edit-category", http.MethodPut, "/categories/{id}", "Replace what is said about a category, its parent perhaps", Admins, do(editCategory)),
		with("retire-category", http.MethodPost, "/categories/{id}/retire", "Let nobody choose a category any more", Admins, do(retireCategory)),
		with("restore-category", http.MethodPost, "/categories/{id}/restore", "Let a retired category be chosen again", Admins, do(restoreCategory)),
	}
}

// SkillIn is what an administrator says about a skill.
type SkillIn struct {
	Name        string              `json:"name" doc:"one line, 1 to 60 characters"`
	Category    taxonomy.CategoryID `json:"category,omitempty" doc:"a category's identifier"`
	Description string              `json:"description,omitempty" doc:"at most 2,000 characters"`
}

// skillView is something that people can do and projects need.
type skillView struct {
	ID             string    `json:"id"`
	Version        int64     `json:"version"`
	Slug           string    `json:"slug" doc:"unique; never changes"`
	Name           string    `json:"name"`
	Category       string    `json:"category,omitempty" doc:"identifier"`
	Description    string    `json:"description"`
	State          string    `json:"state" enum:"active,retired"`
	AllowedActions []string  `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	CreatedAt      time.Time `json:"created_at"`
	UpdatedAt      time.Time `json:"updated_at"`
}

func (v *skillView) tag() string      { return etag(v.Version) }
func (v *skillView) location() string { return "/v1/skills/" + v.ID }

func skillFor(by lance.Actor) func(*taxonomy.Skill) *skillView {
	return func(s *taxonomy.Skill) *skillView {
		return &skillView{
			ID: string(s.ID), Version: s.Version, Slug: s.Slug, Name: s.Name, Category: string(s.Category), Description: s.Description,
			State: string(s.State), AllowedActions: words(s.AllowedActions(by)), CreatedAt: s.CreatedAt, UpdatedAt: s.UpdatedAt,
		}
	}
}

func listSkills(ctx context.Context, c *Call, in *struct {
	PageIn
	Category string `query:"category" maxLength:"200" doc:"a category's identifier"`
	Retired  bool   `query:"retired" doc:"those that can no longer be chosen, instead"`
},
) (*page[*skillView], error) {
	q := taxonomy.SkillQuery{Category: taxonomy.CategoryID(in.Category), Retired: in.Retired, PageQuery: in.query()}
	p, err := c.Engine.Taxonomy.Skills(ctx, q)
	return pageShown(p, err, skillFor(c.By))
}

func suggestSkills(ctx context.Context, c *Call, in *struct {
	Prefix string `query:"prefix" required:"true" maxLength:"200" doc:"what was typed"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"how many at most"`
},
) (*list[*skillView], error) {
	found, err := c.Engine.Taxonomy.Suggest(ctx, in.Prefix, in.Limit)
	if err != nil {
		return nil, err
	}
	return listOf(found, skillFor(c.By)), nil
}

func getSkill(ctx context.Context, c *Call, in *ByID) (*skillView, error) {
	s, err := c.Engine.Taxonomy.Skill(ctx, taxonomy.SkillID(in.ID))
	return shown(s, err, skillFor(c.By))
}

func createSkill(ctx context.Context, c *Call, in *struct {
	Body struct {
		Slug string `json:"slug,omitempty" doc:"as it stands in addresses; made of the name when absent"`
		SkillIn
	}
},
) (*skillView, error) {
	s, err := c.Engine.Taxonomy.CreateSkill(ctx, c.By, taxonomy.CreateSkillInput{Slug: in.Body.Slug, SkillTerms: taxonomy.SkillTerms(in.Body.SkillIn)})
	return shown(s, err, skillFor(c.By))
}

func editSkill(ctx context.Context, c *Call, in *struct {
	ByID
	Body SkillIn
},
) (*skillView, error) {
	s, err := c.Engine.Taxonomy.EditSkill(ctx, c.By, taxonomy.EditSkillInput{
		ID: taxonomy.SkillID(in.ID), Version: c.Match, SkillTerms: taxonomy.SkillTerms(in.Body),
	})
	return shown(s, err, skillFor(c.By))
}

func retireSkill(ctx context.Context, c *Call, in *act) (*skillView, error) {
	s, err := c.Engine.Taxonomy.RetireSkill(ctx, c.By, taxonomy.SkillID(in.ID))
	return shown(s, err, skillFor(c.By))
}

func restoreSkill(ctx context.Context, c *Call, in *act) (*skillView, error) {
	s, err := c.Engine.Taxonomy.RestoreSkill(ctx, c.By, taxonomy.SkillID(in.ID))
	return shown(s, err, skillFor(c.By))
}

// CategoryIn is what an administrator says about a category.
type CategoryIn struct {
	Parent      taxonomy.CategoryID `json:"parent,omitempty" doc:"a category's identifier; absent: at the top"`
	Name        string              `json:"name" doc:"one line, 1 to 60 characters"`
	Description string              `json:"description,omitempty" doc:"at most 2,000 characters"`
	Place       int                 `json:"place,omitempty" doc:"among its siblings, 0 to 9,999; ties go by name"`
}

// categoryView is a node of the tree of categories.
type categoryView struct {
	ID             string          `json:"id"`
	Version        int64           `json:"version"`
	Slug           string          `json:"slug" doc:"unique; never changes"`
	Parent         string          `json:"parent,omitempty" doc:"identifier; absent at the top"`
	Name           string          `json:"name"`
	Description    string          `json:"description"`
	Place          int             `json:"place"`
	State          string          `json:"state" enum:"active,retired"`
	AllowedActions []string        `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	CreatedAt      time.Time       `json:"created_at"`
	UpdatedAt      time.Time       `json:"updated_at"`
	Children       []*categoryView `json:"children,omitempty" doc:"in the tree: what lies below"`
}

func (v *categoryView) tag() string      { return etag(v.Version) }
func (v *categoryView) location() string { return "/v1/categories/" + v.ID }

func categoryFor(by lance.Actor) func(*taxonomy.Category) *categoryView {
	return func(k *taxonomy.Category) *categoryView {
		return &categoryView{
			ID: string(k.ID), Version: k.Version, Slug: k.Slug, Parent: string(k.Parent), Name: k.Name, Description: k.Description,
			Place: k.Place, State: string(k.State), AllowedActions: words(k.AllowedActions(by)), CreatedAt: k.CreatedAt, UpdatedAt: k.UpdatedAt,
		}
	}
}

func nodeFor(by lance.Actor) func(*taxonomy.Node) *categoryView {
	return func(n *taxonomy.Node) *categoryView {
		v := categoryFor(by)(n.Category)
		v.Children = listOf(n.Children, nodeFor(by)).Items
		return v
	}
}

func listCategories(ctx context.Context, c *Call, _ *struct{}) (*list[*categoryView], error) {
	tree, err := c.Engine.Taxonomy.Tree(ctx)
	if err != nil {
		return nil, err
	}
	return listOf(tree, nodeFor(c.By)), nil
}

func getCategory(ctx context.Context, c *Call, in *ByID) (*categoryView, error) {
	k, err := c.Engine.Taxonomy.Category(ctx, taxonomy.CategoryID(in.ID))
	return shown(k, err, categoryFor(c.By))
}

func createCategory(ctx context.Context, c *Call, in *struct {
	Body struct {
		Slug string `json:"slug,omitempty" doc:"as it stands in addresses; made of the name when absent"`
		CategoryIn
	}
},
) (*categoryView, error) {
	k, err := c.Engine.Taxonomy.CreateCategory(ctx, c.By, taxonomy.CreateCategoryInput{
		Slug: in.Body.Slug, CategoryTerms: taxonomy.CategoryTerms(in.Body.CategoryIn),
	})
	return shown(k, err, categoryFor(c.By))
}

func editCategory(ctx context.Context, c *Call, in *struct {
	ByID
	Body CategoryIn
},
) (*categoryView, error) {
	k, err := c.Engine.Taxonomy.EditCategory(ctx, c.By, taxonomy.EditCategoryInput{
		ID: taxonomy.CategoryID(in.ID), Version: c.Match, CategoryTerms: taxonomy.CategoryTerms(in.Body),
	})
	return shown(k, err, categoryFor(c.By))
}

func retireCategory(ctx context.Context, c *Call, in *act) (*categoryView, error) {
	k, err := c.Engine.Taxonomy.RetireCategory(ctx, c.By, taxonomy.CategoryID(in.ID))
	return shown(k, err, categoryFor(c.By))
}

func restoreCategory(ctx context.Context, c *Call, in *act) (*categoryView, error) {
	k, err := c.Engine.Taxonomy.RestoreCategory(ctx, c.By, taxonomy.CategoryID(in.ID))
	return shown(k, err, categoryFor(c.By))
}
