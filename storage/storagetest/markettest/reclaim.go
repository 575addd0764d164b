package markettest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/review"
)

// bank keeps the chargebacks of the suite.
type bank struct{}

var bankKeeper = escrow.KeeperOf[bank]()

// lose lets a bank take a part of what an agreement holds back for good.
func (w *world) lose(id escrow.ID, minor int64) {
	w.Helper()
	by, about := lance.System("chargeback"), lance.Ref{Kind: "chargeback", ID: "1"}
	w.write(func(ctx context.Context, r review.Repos) error {
		lots, err := ledger.LotsOf(ctx, r, ledger.Hold(string(id), lance.USD))
		require.NoError(w, err)
		_, err = escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: by, Agreement: id, Case: about, Keeper: bankKeeper})
		require.NoError(w, err)
		_, err = escrow.ReclaimIn(ctx, r, escrow.ReclaimInput{
			By: by, Agreement: id, Case: about, Keeper: bankKeeper, Amount: usd(minor), Lot: lots[0].Lot, To: ledger.Disputed("bank", lance.USD),
		})
		require.NoError(w, err)
		_, err = escrow.ThawIn(ctx, r, escrow.ThawInput{By: by, Agreement: id, Case: about, Keeper: bankKeeper})
		return err
	})
}

func reclaimed(w *world) {
	c := w.hire(100_00)
	id := c.Milestones[0].ID
	m := w.take(id, contract.Fund)
	w.lose(m.Money.ID, 40_00)
	m = w.take(id, contract.Submit)
	require.Equal(w, usd(60_00), m.Money.Held)
	require.False(w, m.ReleaseAt.IsZero(), "the client is to look at it in time")
	seen, err := w.contracts.GetMilestone(w.Context(), client, id)
	require.NoError(w, err)
	require.NotContains(w, seen.AllowedActions, contract.Approve)
	require.Contains(w, seen.AllowedActions, contract.RequestChanges)
	_, err = w.act(client, id, contract.Approve)
	w.refused(err, lance.Precondition, "funding_required")
	w.pay(client.Party, 40_00)
	_, err = w.escrow.Fund(w.Context(), client, escrow.FundInput{Agreement: m.Money.ID})
	require.NoError(w, err)
	w.take(id, contract.Approve)
	require.EqualValues(w, 90_00, w.has(ann.Party))
	require.Equal(w, contract.StateCompleted, w.contract(c.ID).State)
}

// followsRuling rules on one milestone for the client and on another a cent for the
// freelancer: work that nobody is paid for was not approved.
func followsRuling(w *world) {
	about, engine := lance.Ref{Kind: "case", ID: "1"}, lance.System("ruling")
	c := w.hire(100_00, 50_00)
	for i, toPayee := range []lance.Money{usd(0), usd(1)} {
		m := w.take(c.Milestones[i].ID, contract.Fund)
		w.write(func(ctx context.Context, r review.Repos) error {
			_, err := escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: engine, Agreement: m.Money.ID, Case: about, Keeper: bankKeeper})
			require.NoError(w, err)
			_, err = escrow.RuleIn(ctx, r, escrow.RuleInput{
				By: engine, Agreement: m.Money.ID, Case: about, Keeper: bankKeeper, ToPayee: toPayee, Bears: escrow.BearNobody,
			})
			return err
		})
		w.settle()
	}
	c = w.contract(c.ID)
	require.Equal(w, contract.MilestoneCancelled, c.Milestones[0].Milestone.State)
	require.Equal(w, contract.MilestoneApproved, c.Milestones[1].Milestone.State)
	require.Equal(w, contract.StateCompleted, c.State)
}
