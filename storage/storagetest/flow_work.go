package storagetest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/sandbox"
)

// hiring and working are the steps of the job that a host may do in his own
// transaction.
func hiring() []step {
	return []step{
		{name: "profiles", do: profiles},
		{name: "post", do: post},
		{name: "propose", do: propose},
		{name: "compare", do: compare},
		{name: "accept", do: accept},
	}
}

func working() []step {
	return []step{
		{name: "fund", do: fund(0)},
		{name: "submit", do: submit(0)},
		{name: "request changes", do: requestChanges},
		{name: "submit again", do: submit(0)},
		{name: "approve", do: approve(0)},
	}
}

func finishing() []step {
	return []step{
		{name: "fund the rest", do: fund(1)},
		{name: "submit the rest", do: submit(1)},
		{name: "approve the rest", do: approve(1)},
		{name: "review", do: reviews},
	}
}

func accept(ctx context.Context, f *flow, e *marketplace.Engine) error {
	c, err := e.Contracts.Accept(ctx, f.client, contract.AcceptInput{Proposal: f.offers[0]})
	if err != nil {
		return err
	}
	f.contract, f.work = c.ID, nil
	for _, m := range c.Milestones {
		f.work = append(f.work, m.ID)
	}
	lost, err := e.Projects.GetProposal(ctx, f.bob, f.offers[1])
	require.Equal(f, project.ProposalDeclined, lost.State)
	return err
}

func fund(n int) func(context.Context, *flow, *marketplace.Engine) error {
	return func(ctx context.Context, f *flow, e *marketplace.Engine) error {
		_, err := e.Contracts.Fund(ctx, f.client, contract.FundInput{Milestone: f.work[n]})
		return err
	}
}

func submit(n int) func(context.Context, *flow, *marketplace.Engine) error {
	return func(ctx context.Context, f *flow, e *marketplace.Engine) error {
		_, err := e.Contracts.Submit(ctx, f.ann, contract.SubmitInput{Milestone: f.work[n], Message: "Here it is."})
		return err
	}
}

func requestChanges(ctx context.Context, f *flow, e *marketplace.Engine) error {
	_, err := e.Contracts.RequestChanges(ctx, f.client, contract.ChangesInput{Milestone: f.work[0], Message: "Not quite."})
	return err
}

func approve(n int) func(context.Context, *flow, *marketplace.Engine) error {
	return func(ctx context.Context, f *flow, e *marketplace.Engine) error {
		_, err := e.Contracts.Approve(ctx, f.client, contract.ApproveInput{Milestone: f.work[n]})
		return err
	}
}

func reviews(ctx context.Context, f *flow, e *marketplace.Engine) error {
	for _, by := range []lance.Actor{f.client, f.ann} {
		if _, err := e.Reviews.Create(ctx, by, review.CreateInput{Contract: f.contract, Rating: 5, Comment: "A pleasure."}); err != nil {
			return err
		}
	}
	return nil
}

// topUp brings money in; of a declined one nothing comes.
func topUp(ctx context.Context, f *flow, e *marketplace.Engine) error {
	_, err := e.Payments.TopUp(ctx, f.client, payments.TopUpInput{Amount: usd(500_00), Method: sandbox.MethodDeclined})
	require.ErrorIs(f, err, lance.Declined)
	require.Equal(f, wallet{}, f.wallet(f.client))
	_, err = e.Payments.TopUp(ctx, f.client, payments.TopUpInput{Amount: usd(500_00), Method: sandbox.MethodOK})
	return err
}

// payOut sends money out to a good account and to one that refuses it later.
func payOut(ctx context.Context, f *flow, e *marketplace.Engine) error {
	for _, to := range []string{sandbox.DestinationOK, sandbox.DestinationRejected} {
		p, err := e.Payments.Payout(ctx, f.ann, payments.PayoutInput{Amount: usd(50_00), Destination: to})
		if err != nil {
			return err
		}
		f.payouts = append(f.payouts, p.ID)
	}
	return nil
}

// wallet is what a party has, in cents.
type wallet struct{ Available, Held, Pending, Owed int64 }

func (f *flow) wallet(by lance.Actor) wallet {
	f.Helper()
	bs, err := f.engine.Payments.Wallet(f.Context(), by, by.Party)
	require.NoError(f, err)
	require.Len(f, bs, 1)
	b := bs[0]
	return wallet{b.Available.Minor(), b.Held.Minor(), b.Pending.Minor(), b.Owed.Minor()}
}

// wholeJob is the main job by the engine alone.
func wholeJob(f *flow) {
	f.run(step{name: "people", do: people, calls: true})
	for _, s := range hiring() {
		f.run(s)
	}
	f.run(step{name: "top up", do: topUp, calls: true})
	require.Equal(f, wallet{Available: 500_00}, f.wallet(f.client))
	for i, want := range []wallet{
		{Available: 300_00, Held: 200_00}, {Available: 300_00, Held: 200_00}, {Available: 300_00, Held: 200_00},
		{Available: 300_00, Held: 200_00}, {Available: 300_00},
	} {
		s := working()[i]
		f.run(s)
		require.Equal(f, want, f.wallet(f.client), s.name)
	}
	require.Equal(f, wallet{Available: 180_00}, f.wallet(f.ann), "less a tenth")
	f.payOutAndWait()
	f.finishByClock()
	f.reviewBlind()
	f.whole()
}

func (f *flow) payOutAndWait() {
	f.Helper()
	f.run(step{name: "pay out", do: payOut, calls: true})
	for range 4 {
		f.skip(day)
	}
	for i, want := range []payments.PayoutState{payments.Paid, payments.Rejected} {
		p, err := f.engine.Payments.GetPayout(f.Context(), f.ann, f.payouts[i])
		require.NoError(f, err)
		require.Equal(f, want, p.State)
	}
	require.Equal(f, wallet{Available: 130_00}, f.wallet(f.ann), "the refused one is back")
}

// finishByClock lets the second milestone be released by nobody.
func (f *flow) finishByClock() {
	f.Helper()
	for _, s := range finishing()[:2] {
		f.run(s)
	}
	f.skip(14*day - 1)
	require.Equal(f, contract.StateActive, f.seen().State)
	f.skip(1)
	done := f.seen()
	require.Equal(f, contract.StateCompleted, done.State)
	require.Equal(f, contract.MilestoneApproved, done.Milestones[1].Milestone.State)
	require.Equal(f, wallet{Available: 220_00}, f.wallet(f.ann))
	require.Equal(f, wallet{Available: 200_00}, f.wallet(f.client))
	p, err := f.engine.Projects.Get(f.Context(), f.client, f.project)
	require.NoError(f, err)
	require.Equal(f, project.StateCompleted, p.State)
}

func (f *flow) reviewBlind() {
	f.Helper()
	ctx := f.Context()
	mine, err := f.engine.Reviews.Create(ctx, f.client, review.CreateInput{Contract: f.contract, Rating: 5, Comment: "A pleasure."})
	require.NoError(f, err)
	f.settle("one review")
	_, err = f.engine.Reviews.Get(ctx, f.ann, mine.ID)
	require.ErrorIs(f, err, lance.NotFound)
	_, err = f.engine.Reviews.Create(ctx, f.ann, review.CreateInput{Contract: f.contract, Rating: 4})
	require.NoError(f, err)
	f.settle("both reviews")
	_, err = f.engine.Reviews.Get(ctx, f.ann, mine.ID)
	require.NoError(f, err)
	rating, err := f.engine.Reviews.Rating(ctx, f.ann.Party)
	require.NoError(f, err)
	require.Equal(f, 500, rating.Hundredths())
}

// seen returns the contract as it is.
func (f *flow) seen() *contract.Details {
	f.Helper()
	c, err := f.engine.Contracts.Get(f.Context(), f.client, f.contract)
	require.NoError(f, err)
	return c
}
