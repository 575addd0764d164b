package markettest

import (
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
)

// terms are those of a good project.
func (w *world) terms() project.Terms {
	return project.Terms{
		Title: "Move our shop", Description: "From **one** server to another.", Skills: w.skills[:2],
		Category: w.category, Visibility: project.Public,
		Budget: project.Budget{Type: project.Fixed, Min: usd(50_00), Max: usd(500_00)},
	}
}

// draft makes a project of the client's.
func (w *world) draft() *project.Project {
	w.Helper()
	p, err := w.projects.Create(w.Context(), client, project.CreateInput{Terms: w.terms()})
	require.NoError(w, err)
	return p
}

// open makes an open project of the client's.
func (w *world) open() *project.Project {
	w.Helper()
	p, err := w.projects.Publish(w.Context(), client, w.draft().ID)
	require.NoError(w, err)
	return p
}

// offer is a good proposal for a project with milestones of these prices, in
// cents.
func offer(id project.ID, prices ...int64) project.ProposeInput {
	in := project.ProposeInput{Project: id, CoverLetter: "I have done this before."}
	for i, p := range prices {
		in.Milestones = append(in.Milestones, project.Offer{
			Title: "Part " + strings.Repeat("I", i+1), Amount: usd(p), DueAt: epoch.Add(day * 7 * 52),
		})
	}
	return in
}

// propose makes a proposal.
func (w *world) propose(by lance.Actor, id project.ID, prices ...int64) *project.Proposal {
	w.Helper()
	pr, err := w.projects.Propose(w.Context(), by, offer(id, prices...))
	require.NoError(w, err)
	return pr
}

// hire makes a contract between the client and ann with milestones of these
// prices, in cents, which the client has.
func (w *world) hire(prices ...int64) *contract.Details {
	w.Helper()
	pr := w.propose(ann, w.open().ID, prices...)
	w.pay(client.Party, pr.Total.Minor())
	c, err := w.contracts.Accept(w.Context(), client, contract.AcceptInput{Proposal: pr.ID})
	require.NoError(w, err)
	return c
}

// take leads a milestone through actions by the right parties.
func (w *world) take(id contract.MilestoneID, actions ...contract.MilestoneAction) *contract.MilestoneDetails {
	w.Helper()
	var m *contract.MilestoneDetails
	for _, do := range actions {
		var err error
		m, err = w.act(rightParty(do), id, do)
		require.NoError(w, err, "%s", do)
		w.balanced()
	}
	return m
}

// rightParty is who does an action on a milestone.
func rightParty(do contract.MilestoneAction) lance.Actor {
	if do == contract.Submit {
		return ann
	}
	return client
}

// act does one action on a milestone.
func (w *world) act(by lance.Actor, id contract.MilestoneID, do contract.MilestoneAction) (*contract.MilestoneDetails, error) {
	ctx := w.Context()
	switch do {
	case contract.Fund:
		return w.contracts.Fund(ctx, by, contract.FundInput{Milestone: id})
	case contract.Submit:
		return w.contracts.Submit(ctx, by, contract.SubmitInput{Milestone: id, Message: "Here it is."})
	case contract.RequestChanges:
		return w.contracts.RequestChanges(ctx, by, contract.ChangesInput{Milestone: id, Message: "Not quite."})
	case contract.Approve:
		return w.contracts.Approve(ctx, by, contract.ApproveInput{Milestone: id})
	default:
		return w.contracts.CancelMilestone(ctx, by, id)
	}
}

// complete makes a completed contract.
func (w *world) complete() *contract.Details {
	w.Helper()
	c := w.hire(100_00)
	w.take(c.Milestones[0].ID, contract.Fund, contract.Submit, contract.Approve)
	return w.contract(c.ID)
}

// contract reads a contract as an administrator.
func (w *world) contract(id contract.ID) *contract.Details {
	w.Helper()
	c, err := w.contracts.Get(w.Context(), admin, id)
	require.NoError(w, err)
	return c
}
