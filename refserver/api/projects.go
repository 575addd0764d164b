package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/refserver/problem"
)

func projectOperations() []Operation {
	step := func(id, action, summary string, do mounter) Operation {
		return Operation{
			ID: id, Method: http.MethodPost, Path: "/v1/projects/{id}/" + action, Summary: summary,
			Tag: "Projects", Policy: Shown, do: do,
		}
	}
	publish := step("publish-project", "publish", "Show a draft to everybody and take proposals", do(publishProject))
	publish.Policy = Owned // a draft
	return []Operation{
		{ID: "create-project", Method: http.MethodPost, Path: "/v1/projects", Summary: "Write a draft of a project", Tag: "Projects", Policy: Members, Status: http.StatusCreated, do: do(createProject)},
		{ID: "list-projects", Method: http.MethodGet, Path: "/v1/projects", Summary: "Open projects, latest published first", Tag: "Projects", Policy: Public, do: do(listProjects)},
		{ID: "list-my-projects", Method: http.MethodGet, Path: "/v1/me/projects", Summary: "The caller's own projects, latest first", Tag: "Projects", Policy: Members, do: do(listMyProjects)},
		{ID: "get-project", Method: http.MethodGet, Path: "/v1/projects/{id}", Summary: "One project", Doc: "Everybody sees a project that was published; a draft or a cancelled one only its client and administrators.", Tag: "Projects", Policy: Public, do: do(getProject)},
		{ID: "edit-project", Method: http.MethodPut, Path: "/v1/projects/{id}", Summary: "Replace what a draft or an open project says", Tag: "Projects", Policy: Shown, do: do(editProject)},
		publish,
		step("close-project", "close", "Take no more proposals", do(closeProject)),
		step("reopen-project", "reopen", "Take proposals again", do(reopenProject)),
		step("cancel-project", "cancel", "Give a project up and decline its proposals", do(cancelProject)),
		{ID: "compare-proposals", Method: http.MethodGet, Path: "/v1/projects/{id}/comparison", Summary: "Proposals side by side, the cheapest first", Tag: "Projects", Policy: Shown, do: do(compareProposals)},
	}
}

// projectIn is what a client says about a project.
type projectIn struct {
	Title       string     `json:"title" doc:"one line, at most 120 characters"`
	Description string     `json:"description" doc:"Markdown, 1 to 10,000 characters"`
	Skills      skillWords `json:"skills" doc:"1 to 20 skills, by name, slug or identifier"`
	Category    string     `json:"category,omitempty" doc:"a category's identifier"`
	Visibility  string     `json:"visibility,omitempty" enum:"public,unlisted" doc:"unlisted: only who knows the identifier finds it"`
	Budget      budget     `json:"budget"`
}

// budget is what a client means to spend.
type budget struct {
	Type string      `json:"type" enum:"fixed,hourly" doc:"fixed: for the whole work; hourly: for one hour"`
	Min  lance.Money `json:"min"`
	Max  lance.Money `json:"max"`
}

func (in *projectIn) terms(ctx context.Context, c *Call) (project.Terms, error) {
	t := project.Terms{
		Title: in.Title, Description: in.Description,
		Category: taxonomy.CategoryID(in.Category), Visibility: project.Visibility(in.Visibility),
		Budget: project.Budget{Type: project.BudgetType(in.Budget.Type), Min: in.Budget.Min, Max: in.Budget.Max},
	}
	var err error
	t.Skills, err = c.skills(ctx, in.Skills)
	return t, under("/skills", err)
}

// projectView is a project as a caller sees it.
type projectView struct {
	ID             string     `json:"id"`
	Version        int64      `json:"version"`
	ClientID       string     `json:"client_id"`
	Verified       bool       `json:"payment_verified" doc:"whether a payment provider has charged the client at least once, and the money was not charged back"`
	Title          string     `json:"title"`
	Description    string     `json:"description" doc:"Markdown, as it was written"`
	Skills         []string   `json:"skills" nullable:"false" doc:"identifiers"`
	Category       string     `json:"category,omitempty"`
	Visibility     string     `json:"visibility" enum:"public,unlisted"`
	Budget         budget     `json:"budget"`
	State          string     `json:"state" enum:"draft,open,closed,awarded,completed,cancelled"`
	AllowedActions []string   `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	CreatedAt      time.Time  `json:"created_at"`
	PublishedAt    *time.Time `json:"published_at,omitempty"`
	EndedAt        *time.Time `json:"ended_at,omitempty"`
}

func (v *projectView) tag() string      { return etag(v.Version) }
func (v *projectView) moves()           {} // whether the payment is verified is not the project's
func (v *projectView) location() string { return "/v1/projects/" + v.ID }

// showProject shows a project that a service answered with.
func (c *Call) showProject(ctx context.Context, p *project.Project, err error) (*projectView, error) {
	if err != nil {
		return nil, err
	}
	page, err := c.showProjects(ctx, lance.Page[project.Project]{Items: []*project.Project{p}}, nil)
	if err != nil {
		return nil, err
	}
	return page.Items[0], nil
}

// showProjects shows a page of projects that a service answered with.
func (c *Call) showProjects(ctx context.Context, p lance.Page[project.Project], err error) (*page[*projectView], error) {
	if err != nil {
		return nil, err
	}
	clients := make([]lance.PartyID, len(p.Items))
	for i, x := range p.Items {
		clients[i] = x.Client
	}
	verified, err := c.Engine.Trust.PaymentVerified(ctx, clients...)
	return pageShown(p, err, projectFor(c.By, verified))
}

func projectFor(by lance.Actor, verified map[lance.PartyID]bool) func(*project.Project) *projectView {
	return func(p *project.Project) *projectView {
		return &projectView{
			ID: string(p.ID), Version: p.Version, ClientID: string(p.Client), Verified: verified[p.Client], Title: p.Title, Description: p.Description,
			Skills: words(p.Skills), Category: string(p.Category), Visibility: string(p.Visibility),
			Budget: budget{Type: string(p.Budget.Type), Min: p.Budget.Min, Max: p.Budget.Max},
			State:  string(p.State), AllowedActions: words(p.AllowedActions(by)),
			CreatedAt: p.CreatedAt, PublishedAt: optional(p.PublishedAt), EndedAt: optional(p.EndedAt),
		}
	}
}

// shown shows what a service answered with.
func shown[D, V any](d *D, err error, view func(*D) *V) (*V, error) {
	if err != nil {
		return nil, err
	}
	return view(d), nil
}

// pageShown shows a page that a service answered with.
func pageShown[D, V any](p lance.Page[D], err error, view func(*D) *V) (*page[*V], error) {
	if err != nil {
		return nil, err
	}
	return pageOf(p, view), nil
}

func createProject(ctx context.Context, c *Call, in *struct{ Body projectIn }) (*projectView, error) {
	return together(ctx, c, func(ctx context.Context, c *Call) (*projectView, error) {
		t, err := in.Body.terms(ctx, c)
		if err != nil {
			return nil, err
		}
		p, err := c.Engine.Projects.Create(ctx, c.By, project.CreateInput{Terms: t})
		return c.showProject(ctx, p, err)
	})
}

func editProject(ctx context.Context, c *Call, in *struct {
	ByID
	Body projectIn
},
) (*projectView, error) {
	return together(ctx, c, func(ctx context.Context, c *Call) (*projectView, error) {
		stands, err := c.Engine.Projects.Get(ctx, c.By, project.ID(in.ID))
		if err != nil {
			return nil, err
		}
		t, err := in.Body.terms(ctx, c)
		if err != nil {
			return nil, err
		}
		p, err := c.Engine.Projects.Edit(ctx, c.By, project.EditInput{ID: stands.ID, Version: c.version(stands.Version), Terms: t})
		return c.showProject(ctx, p, err)
	})
}

type projectsIn struct {
	PageIn
	Q        string `query:"q" maxLength:"200" doc:"at most 10 words, or beginnings of words: each is in the title, the description or a skill's name"`
	Skill    string `query:"skill" maxLength:"200" doc:"a skill, by name, slug or identifier"`
	Category string `query:"category" maxLength:"200" doc:"a category's identifier"`
}

func listProjects(ctx context.Context, c *Call, in *projectsIn) (*page[*projectView], error) {
	q := project.OpenQuery{PageQuery: in.query(), Text: in.Q, Category: in.Category}
	if in.Skill != "" {
		id, err := c.found(ctx, in.Skill)
		if err != nil || id == "" { // a skill that nobody knows is in no project
			return c.showProjects(ctx, lance.Page[project.Project]{}, err)
		}
		q.Skill = string(id)
	}
	p, err := c.Engine.Projects.ListOpen(ctx, q)
	return c.showProjects(ctx, p, problem.Rename(err, "/text", "/q"))
}

func listMyProjects(ctx context.Context, c *Call, in *struct {
	PageIn
	State string `query:"state" enum:"draft,open,closed,awarded,completed,cancelled" doc:"only these"`
},
) (*page[*projectView], error) {
	p, err := c.Engine.Projects.ListMine(ctx, c.By, project.MineQuery{PageQuery: in.query(), State: project.State(in.State)})
	return c.showProjects(ctx, p, err)
}

func getProject(ctx context.Context, c *Call, in *ByID) (*projectView, error) {
	p, err := c.Engine.Projects.Get(ctx, c.By, project.ID(in.ID))
	return c.showProject(ctx, p, err)
}

// act is the input of an action that takes nothing: an empty object, or no body.
type act struct {
	ByID
	Body *struct{} `doc:"nothing"`
}

func publishProject(ctx context.Context, c *Call, in *act) (*projectView, error) {
	p, err := c.Engine.Projects.Publish(ctx, c.By, project.ID(in.ID))
	return c.showProject(ctx, p, err)
}

func closeProject(ctx context.Context, c *Call, in *act) (*projectView, error) {
	p, err := c.Engine.Projects.Close(ctx, c.By, project.ID(in.ID))
	return c.showProject(ctx, p, err)
}

func reopenProject(ctx context.Context, c *Call, in *act) (*projectView, error) {
	p, err := c.Engine.Projects.Reopen(ctx, c.By, project.ID(in.ID))
	return c.showProject(ctx, p, err)
}

func cancelProject(ctx context.Context, c *Call, in *act) (*projectView, error) {
	p, err := c.Engine.Projects.Cancel(ctx, c.By, project.ID(in.ID))
	return c.showProject(ctx, p, err)
}

// comparisonRow is one proposal beside others.
type comparisonRow struct {
	ProposalID   string      `json:"proposal_id"`
	FreelancerID string      `json:"freelancer_id"`
	Price        lance.Money `json:"price"`
	DueAt        *time.Time  `json:"due_at,omitempty" doc:"of the last milestone; absent when one promises no date"`
	Rating       string      `json:"rating" example:"4.50" doc:"the average of published reviews; 0.00 without"`
	Reviews      int64       `json:"reviews"`
	Skills       []string    `json:"skills" nullable:"false" doc:"those of the project that the freelancer has"`
	Match        int         `json:"match" minimum:"0" maximum:"100" doc:"how many percent of the project's skills these are"`
}

func compareProposals(ctx context.Context, c *Call, in *ByID) (*list[comparisonRow], error) {
	table, err := c.Engine.Projects.Compare(ctx, c.By, project.ID(in.ID))
	if err != nil {
		return nil, err
	}
	return listOf(table.Rows, func(r project.Compared) comparisonRow {
		return comparisonRow{
			ProposalID: string(r.Proposal.ID), FreelancerID: string(r.Proposal.Freelancer), Price: r.Price, DueAt: optional(r.DueAt),
			Rating: stars(r.Rating.Hundredths), Reviews: r.Rating.Count, Skills: words(r.Skills), Match: r.Match,
		}
	}), nil
}
