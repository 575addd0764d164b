package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/file"
)

func milestoneOperations() []Operation {
	read := func(id, part, summary string, do mounter) Operation {
		return Operation{ID: id, Method: http.MethodGet, Path: "/v1/milestones/{id}" + part, Summary: summary, Tag: "Milestones", Policy: Shared, do: do}
	}
	step := func(id, action, summary string, p Policy, do mounter) Operation {
		return Operation{ID: id, Method: http.MethodPost, Path: "/v1/milestones/{id}/" + action, Summary: summary, Tag: "Milestones", Policy: p, do: do}
	}
	fund := step("fund-milestone", "fund", "Hold the money for a milestone", Sided, do(fundMilestone))
	fund.Errors = []int{http.StatusPaymentRequired}
	accept := step("accept-milestone-amendment", "accept-amendment", "Agree to the proposed amount: what is held and the contract's total change at once", Sided, do(acceptMilestoneAmendment))
	accept.Errors = fund.Errors
	return []Operation{
		read("get-milestone", "", "One milestone", do(getMilestone)),
		read("list-turns", "/history", "The turns of the work, oldest first", do(listTurns)),
		read("list-clocks", "/clocks", "What will happen to the milestone by itself", do(listClocks)),
		fund,
		step("submit-milestone", "submit", "Hand the work in; the client's time to look at it begins", Sided, do(submitMilestone)),
		step("request-changes", "request-changes", "Send the work back; the clock stands", Sided, do(requestChanges)),
		step("approve-milestone", "approve", "Take the work and release its money at once, less the fee", Sided, do(approveMilestone)),
		step("amend-milestone", "amend", "Propose another amount, or a counter to one", Both, do(amendMilestone)),
		accept,
		step("decline-milestone-amendment", "decline-amendment", "Refuse the proposed amount, or take it back", Both, do(declineMilestoneAmendment)),
		step("cancel-milestone", "cancel", "Give a milestone up; what is funded only the freelancer can, which returns the money; one that has paid parts and holds nothing either party closes", Both, do(cancelMilestone)),
	}
}

// milestoneView is a milestone as a caller sees it. It has no tag: its state
// follows the agreement that holds its money, and so the clock.
type milestoneView struct {
	ID             string       `json:"id"`
	ContractID     string       `json:"contract_id"`
	AgreementID    string       `json:"agreement_id" doc:"what holds its money"`
	Title          string       `json:"title"`
	Amount         lance.Money  `json:"amount" doc:"gross"`
	DueAt          *time.Time   `json:"due_at,omitempty"`
	State          string       `json:"state" enum:"planned,funded,submitted,approved,cancelled"`
	AllowedActions []string     `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	Amendment      *amendment   `json:"amendment,omitempty" doc:"another amount that waits for the other party's word"`
	Case           *subjectView `json:"case,omitempty" doc:"what has frozen its money: a dispute, for one"`
	ReleaseAt      *time.Time   `json:"release_at,omitempty" doc:"when the money is released by itself; absent while that clock stands"`
	Revisions      int          `json:"revisions" minimum:"0" doc:"how often changes were requested"`
	RevisionLimit  int          `json:"revision_limit" doc:"how often they may be"`
	CreatedAt      time.Time    `json:"created_at"`
	EndedAt        *time.Time   `json:"ended_at,omitempty" doc:"approved or cancelled"`
}

func milestoneShown(m *contract.MilestoneDetails) *milestoneView {
	v := &milestoneView{
		ID: string(m.ID), ContractID: string(m.Contract), AgreementID: string(m.Agreement), Title: m.Title, Amount: m.Amount,
		DueAt: optional(m.DueAt), State: string(m.State), AllowedActions: words(m.AllowedActions),
		Amendment: amendmentOf(m.Money), ReleaseAt: optional(m.ReleaseAt),
		Revisions: m.Revisions, RevisionLimit: m.Limit, CreatedAt: m.CreatedAt, EndedAt: optional(m.EndedAt),
	}
	if frozen := m.Money.Pause.Case; !frozen.IsZero() {
		v.Case = new(subjectOf(frozen))
	}
	return v
}

func getMilestone(ctx context.Context, c *Call, in *ByID) (*milestoneView, error) {
	m, err := c.Engine.Contracts.GetMilestone(ctx, c.By, contract.MilestoneID(in.ID))
	return shown(m, err, milestoneShown)
}

// turnView is one turn of the work.
type turnView struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" enum:"submitted,changes_requested"`
	By        string     `json:"by" doc:"whose turn it was"`
	Message   string     `json:"message" doc:"Markdown, as it was written"`
	Files     []fileInfo `json:"files" nullable:"false" doc:"what came with it"`
	CreatedAt time.Time  `json:"created_at"`
}

func turnShown(t *contract.Turn) *turnView {
	return &turnView{ID: string(t.ID), Kind: string(t.Kind), By: string(t.By), Message: t.Message, Files: fileInfos(t.Files), CreatedAt: t.At}
}

func listTurns(ctx context.Context, c *Call, in *struct {
	ByID
	PageIn
},
) (*page[*turnView], error) {
	p, err := c.Engine.Contracts.History(ctx, c.By, contract.MilestoneID(in.ID), in.query())
	return pageShown(p, err, turnShown)
}

// milestoneClock is one thing that will happen by itself: when, or why not.
type milestoneClock struct {
	Kind   string     `json:"kind" example:"escrow.auto_release"`
	DueAt  *time.Time `json:"due_at,omitempty" doc:"when; absent while the clock stands"`
	WhyNot string     `json:"why_not,omitempty" doc:"why it stands: a stable code"`
}

func listClocks(ctx context.Context, c *Call, in *ByID) (*list[milestoneClock], error) {
	clocks, err := c.Engine.Contracts.Clocks(ctx, c.By, contract.MilestoneID(in.ID))
	if err != nil {
		return nil, err
	}
	return listOf(clocks, func(k contract.Clock) milestoneClock {
		return milestoneClock{Kind: k.Kind, DueAt: optional(k.At), WhyNot: k.WhyNot}
	}), nil
}

func fundMilestone(ctx context.Context, c *Call, in *act) (*milestoneView, error) {
	m, err := c.Engine.Contracts.Fund(ctx, c.By, contract.FundInput{Milestone: contract.MilestoneID(in.ID)})
	return shown(m, err, milestoneShown)
}

func submitMilestone(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Message string   `json:"message" doc:"Markdown, 1 to 10,000 characters"`
		Files   []string `json:"files,omitempty" nullable:"false" maxItems:"20" doc:"that were uploaded for this milestone, by identifier"`
	}
},
) (*milestoneView, error) {
	files := listOf(in.Body.Files, func(id string) file.ID { return file.ID(id) }).Items
	m, err := c.Engine.Contracts.Submit(ctx, c.By, contract.SubmitInput{
		Milestone: contract.MilestoneID(in.ID), Message: in.Body.Message, Files: files,
	})
	return shown(m, err, milestoneShown)
}

func requestChanges(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Message string     `json:"message" doc:"Markdown, 1 to 10,000 characters"`
		DueAt   *time.Time `json:"due_at,omitempty" doc:"the new due date; absent keeps the old one"`
	}
},
) (*milestoneView, error) {
	m, err := c.Engine.Contracts.RequestChanges(ctx, c.By, contract.ChangesInput{
		Milestone: contract.MilestoneID(in.ID), Message: in.Body.Message, DueAt: moment(in.Body.DueAt),
	})
	return shown(m, err, milestoneShown)
}

func approveMilestone(ctx context.Context, c *Call, in *act) (*milestoneView, error) {
	m, err := c.Engine.Contracts.Approve(ctx, c.By, contract.ApproveInput{Milestone: contract.MilestoneID(in.ID)})
	return shown(m, err, milestoneShown)
}

func cancelMilestone(ctx context.Context, c *Call, in *act) (*milestoneView, error) {
	m, err := c.Engine.Contracts.CancelMilestone(ctx, c.By, contract.MilestoneID(in.ID))
	return shown(m, err, milestoneShown)
}

func amendMilestone(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Amount lance.Money `json:"amount" doc:"the new one, gross"`
	}
},
) (*milestoneView, error) {
	m, err := c.Engine.Contracts.Amend(ctx, c.By, contract.AmendInput{Milestone: contract.MilestoneID(in.ID), Amount: in.Body.Amount})
	return shown(m, err, milestoneShown)
}

func acceptMilestoneAmendment(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Amount lance.Money `json:"amount" doc:"the proposed one: another one is not agreed to"`
	}
},
) (*milestoneView, error) {
	m, err := c.Engine.Contracts.AcceptAmendment(ctx, c.By, contract.AcceptAmendmentInput{Milestone: contract.MilestoneID(in.ID), Amount: in.Body.Amount})
	return shown(m, err, milestoneShown)
}

func declineMilestoneAmendment(ctx context.Context, c *Call, in *act) (*milestoneView, error) {
	m, err := c.Engine.Contracts.DeclineAmendment(ctx, c.By, contract.DeclineAmendmentInput{Milestone: contract.MilestoneID(in.ID)})
	return shown(m, err, milestoneShown)
}
