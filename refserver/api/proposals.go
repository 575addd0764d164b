package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
)

// offering is for whoever may work on a project: everybody but the client whose
// own it is.
var offering = Policy{SignIn, Allowed, Refused, Allowed, Allowed, Allowed}

func proposalOperations() []Operation {
	step := func(id, action, summary string, p Policy, do mounter) Operation {
		return Operation{
			ID: id, Method: http.MethodPost, Path: "/v1/proposals/{id}/" + action, Summary: summary,
			Tag: "Proposals", Policy: p, do: do,
		}
	}
	accept := step("accept-proposal", "accept", "Turn a proposal into a contract and decline the others", Sided, do(acceptProposal))
	accept.Status = http.StatusCreated
	return []Operation{
		{ID: "create-proposal", Method: http.MethodPost, Path: "/v1/projects/{id}/proposals", Summary: "Offer work for an open project", Doc: "It is submitted at once unless a draft is asked for. One active proposal per freelancer and project.", Tag: "Proposals", Policy: offering, Status: http.StatusCreated, do: do(createProposal)},
		{ID: "list-project-proposals", Method: http.MethodGet, Path: "/v1/projects/{id}/proposals", Summary: "Proposals for a project, latest first", Doc: "Its client and administrators get all that were submitted, everybody else his own.", Tag: "Proposals", Policy: Members, do: do(listProposals)},
		{ID: "list-my-proposals", Method: http.MethodGet, Path: "/v1/me/proposals", Summary: "The caller's own proposals, latest first", Tag: "Proposals", Policy: Members, do: do(listMyProposals)},
		{ID: "get-proposal", Method: http.MethodGet, Path: "/v1/proposals/{id}", Summary: "One proposal", Tag: "Proposals", Policy: Shared, do: do(getProposal)},
		{ID: "edit-proposal", Method: http.MethodPut, Path: "/v1/proposals/{id}", Summary: "Replace what a draft says", Tag: "Proposals", Policy: Owned, do: do(editProposal)},
		step("submit-proposal", "submit", "Show a draft to the client", Owned, do(submitProposal)),
		step("withdraw-proposal", "withdraw", "Take a proposal back", Sided, do(withdrawProposal)),
		step("shortlist-proposal", "shortlist", "Put a proposal on the short list", Sided, do(shortlistProposal)),
		step("decline-proposal", "decline", "Say no to a proposal", Sided, do(declineProposal)),
		accept,
	}
}

// OfferIn is what a freelancer says in a proposal.
type OfferIn struct {
	CoverLetter string  `json:"cover_letter" doc:"Markdown, 1 to 10,000 characters"`
	Milestones  []offer `json:"milestones" nullable:"false" doc:"1 to 50, in the currency of the project's budget"`
}

// offer is one milestone of a proposal.
type offer struct {
	Title  string      `json:"title" doc:"one line, at most 120 characters"`
	Amount lance.Money `json:"amount" doc:"what the client pays for it"`
	DueAt  *time.Time  `json:"due_at,omitempty" doc:"absent: none is promised"`
}

func (in *OfferIn) offers() []project.Offer {
	out := make([]project.Offer, len(in.Milestones))
	for i, m := range in.Milestones {
		out[i] = project.Offer{Title: m.Title, Amount: m.Amount, DueAt: moment(m.DueAt)}
	}
	return out
}

// proposalView is a proposal as a caller sees it.
type proposalView struct {
	ID             string      `json:"id"`
	Version        int64       `json:"version"`
	ProjectID      string      `json:"project_id"`
	ClientID       string      `json:"client_id"`
	FreelancerID   string      `json:"freelancer_id"`
	CoverLetter    string      `json:"cover_letter" doc:"Markdown, as it was written"`
	Milestones     []offer     `json:"milestones" nullable:"false"`
	Total          lance.Money `json:"total"`
	State          string      `json:"state" enum:"draft,submitted,shortlisted,accepted,declined,withdrawn"`
	AllowedActions []string    `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	CreatedAt      time.Time   `json:"created_at"`
	SubmittedAt    *time.Time  `json:"submitted_at,omitempty"`
	DecidedAt      *time.Time  `json:"decided_at,omitempty" doc:"accepted, declined or withdrawn"`
}

func (v *proposalView) tag() string      { return etag(v.Version) }
func (v *proposalView) location() string { return "/v1/proposals/" + v.ID }

func proposalFor(by lance.Actor) func(*project.Proposal) *proposalView {
	return func(p *project.Proposal) *proposalView {
		v := &proposalView{
			ID: string(p.ID), Version: p.Version, ProjectID: string(p.Project),
			ClientID: string(p.Client), FreelancerID: string(p.Freelancer), CoverLetter: p.CoverLetter,
			Milestones: make([]offer, len(p.Milestones)), Total: p.Total,
			State: string(p.State), AllowedActions: words(p.AllowedActions(by)),
			CreatedAt: p.CreatedAt, SubmittedAt: optional(p.SubmittedAt), DecidedAt: optional(p.DecidedAt),
		}
		for i, m := range p.Milestones {
			v.Milestones[i] = offer{Title: m.Title, Amount: m.Amount, DueAt: optional(m.DueAt)}
		}
		return v
	}
}

func createProposal(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		OfferIn
		Draft bool `json:"draft,omitempty" doc:"keep it for later instead of submitting it"`
	}
},
) (*proposalView, error) {
	p, err := c.Engine.Projects.Propose(ctx, c.By, project.ProposeInput{
		Project: project.ID(in.ID), CoverLetter: in.Body.CoverLetter, Milestones: in.Body.offers(), Draft: in.Body.Draft,
	})
	return shown(p, err, proposalFor(c.By))
}

// ProposalsIn selects proposals.
type ProposalsIn struct {
	PageIn
	State string `query:"state" enum:"draft,submitted,shortlisted,accepted,declined,withdrawn" doc:"only these"`
}

func (in ProposalsIn) query() project.ProposalsQuery {
	return project.ProposalsQuery{PageQuery: in.PageIn.query(), State: project.ProposalState(in.State)}
}

func listProposals(ctx context.Context, c *Call, in *struct {
	ByID
	ProposalsIn
},
) (*page[*proposalView], error) {
	q := in.query()
	q.Project = project.ID(in.ID)
	p, err := c.Engine.Projects.ListProposals(ctx, c.By, q)
	return pageShown(p, err, proposalFor(c.By))
}

func listMyProposals(ctx context.Context, c *Call, in *ProposalsIn) (*page[*proposalView], error) {
	p, err := c.Engine.Projects.ListProposals(ctx, c.By, in.query())
	return pageShown(p, err, proposalFor(c.By))
}

func getProposal(ctx context.Context, c *Call, in *ByID) (*proposalView, error) {
	p, err := c.Engine.Projects.GetProposal(ctx, c.By, project.ProposalID(in.ID))
	return shown(p, err, proposalFor(c.By))
}

func editProposal(ctx context.Context, c *Call, in *struct {
	ByID
	Body OfferIn
},
) (*proposalView, error) {
	id := project.ProposalID(in.ID)
	stands, err := c.Engine.Projects.GetProposal(ctx, c.By, id)
	if err != nil {
		return nil, err
	}
	p, err := c.Engine.Projects.EditProposal(ctx, c.By, project.EditProposalInput{
		ID: id, Version: c.version(stands.Version), CoverLetter: in.Body.CoverLetter, Milestones: in.Body.offers(),
	})
	return shown(p, err, proposalFor(c.By))
}

func submitProposal(ctx context.Context, c *Call, in *act) (*proposalView, error) {
	p, err := c.Engine.Projects.SubmitProposal(ctx, c.By, project.ProposalID(in.ID))
	return shown(p, err, proposalFor(c.By))
}

func withdrawProposal(ctx context.Context, c *Call, in *act) (*proposalView, error) {
	p, err := c.Engine.Projects.Withdraw(ctx, c.By, project.ProposalID(in.ID))
	return shown(p, err, proposalFor(c.By))
}

func shortlistProposal(ctx context.Context, c *Call, in *act) (*proposalView, error) {
	p, err := c.Engine.Projects.Shortlist(ctx, c.By, project.ProposalID(in.ID))
	return shown(p, err, proposalFor(c.By))
}

func declineProposal(ctx context.Context, c *Call, in *act) (*proposalView, error) {
	p, err := c.Engine.Projects.Decline(ctx, c.By, project.ProposalID(in.ID))
	return shown(p, err, proposalFor(c.By))
}

func acceptProposal(ctx context.Context, c *Call, in *act) (*contractView, error) {
	d, err := c.Engine.Contracts.Accept(ctx, c.By, contract.AcceptInput{Proposal: project.ProposalID(in.ID)})
	return shown(d, err, detailsShown)
}
