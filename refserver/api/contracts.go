package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
)

func contractOperations() []Operation {
	return []Operation{
		{ID: "list-contracts", Method: http.MethodGet, Path: "/v1/contracts", Summary: "The caller's contracts on one side, latest first", Tag: "Contracts", Policy: Members, do: do(listContracts)},
		{ID: "get-contract", Method: http.MethodGet, Path: "/v1/contracts/{id}", Summary: "One contract with its milestones", Tag: "Contracts", Policy: Shared, do: do(getContract)},
		{ID: "describe-contract", Method: http.MethodPut, Path: "/v1/contracts/{id}/description", Summary: "Replace the description, which is the freelancer's to keep", Tag: "Contracts", Policy: Sided, do: do(describeContract)},
		{ID: "cancel-contract", Method: http.MethodPost, Path: "/v1/contracts/{id}/cancel", Summary: "End a contract early", Doc: "What holds nothing is cancelled. While money is held only the freelancer can end the contract, which returns it.", Tag: "Contracts", Policy: Both, do: do(cancelContract)},
	}
}

// contractView is a contract as a caller sees it.
type contractView struct {
	ID             string           `json:"id"`
	Version        int64            `json:"version" doc:"of what the contract itself says, not of its milestones"`
	ProjectID      string           `json:"project_id"`
	ProposalID     string           `json:"proposal_id"`
	ClientID       string           `json:"client_id"`
	FreelancerID   string           `json:"freelancer_id"`
	Title          string           `json:"title" doc:"the project's when it was accepted"`
	Description    string           `json:"description" doc:"Markdown, as it was written"`
	State          string           `json:"state" enum:"active,completed,cancelled"`
	AllowedActions []string         `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	Total          lance.Money      `json:"total" doc:"of all milestones, gross"`
	Milestones     []*milestoneView `json:"milestones,omitempty" nullable:"false" doc:"in their order; absent in lists"`
	CreatedAt      time.Time        `json:"created_at"`
	EndedAt        *time.Time       `json:"ended_at,omitempty" doc:"completed or cancelled"`
}

func (v *contractView) tag() string      { return etag(v.Version) }
func (v *contractView) location() string { return "/v1/contracts/" + v.ID }

// moves: a milestone changes without its contract, and by the clock.
func (v *contractView) moves() {}

func contractShown(c *contract.Contract, actions []contract.Action) *contractView {
	return &contractView{
		ID: string(c.ID), Version: c.Version, ProjectID: string(c.Project), ProposalID: string(c.Proposal),
		ClientID: string(c.Client), FreelancerID: string(c.Freelancer), Title: c.Title, Description: c.Description,
		State: string(c.State), AllowedActions: words(actions), Total: c.Total,
		CreatedAt: c.CreatedAt, EndedAt: optional(c.EndedAt),
	}
}

func detailsShown(d *contract.Details) *contractView {
	v := contractShown(d.Contract, d.AllowedActions)
	v.Milestones = make([]*milestoneView, len(d.Milestones))
	for i, m := range d.Milestones {
		v.Milestones[i] = milestoneShown(m)
	}
	return v
}

func listContracts(ctx context.Context, c *Call, in *struct {
	PageIn
	As    string `query:"as" enum:"client,freelancer" required:"true" doc:"which side the caller is on"`
	State string `query:"state" enum:"active,completed,cancelled" doc:"only these"`
},
) (*page[*contractView], error) {
	p, err := c.Engine.Contracts.List(ctx, c.By, contract.Query{
		PageQuery: in.query(), As: lance.Relation(in.As), State: contract.State(in.State),
	})
	return pageShown(p, err, func(d *contract.Contract) *contractView { return contractShown(d, d.AllowedActions(c.By)) })
}

func getContract(ctx context.Context, c *Call, in *ByID) (*contractView, error) {
	d, err := c.Engine.Contracts.Get(ctx, c.By, contract.ID(in.ID))
	return shown(d, err, detailsShown)
}

func describeContract(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Description string `json:"description" doc:"Markdown, at most 10,000 characters"`
	}
},
) (*contractView, error) {
	id := contract.ID(in.ID)
	stands, err := c.Engine.Contracts.Get(ctx, c.By, id)
	if err != nil {
		return nil, err
	}
	d, err := c.Engine.Contracts.Describe(ctx, c.By, contract.DescribeInput{
		ID: id, Version: c.version(stands.Version), Description: in.Body.Description,
	})
	return shown(d, err, detailsShown)
}

func cancelContract(ctx context.Context, c *Call, in *act) (*contractView, error) {
	d, err := c.Engine.Contracts.Cancel(ctx, c.By, contract.ID(in.ID))
	return shown(d, err, detailsShown)
}
