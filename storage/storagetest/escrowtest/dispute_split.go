package escrowtest

import (
	"context"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

func splitLaws() []courtLaw {
	return []courtLaw{
		{"an offer that is accepted is carried out at once", (*court).settles},
		{"a claim that is conceded is carried out at once", (*court).concedes},
		{"a ruling splits what is held exactly, whoever bears the fees and however it comes about", (*court).exactly},
	}
}

func (w *court) settles() {
	for _, stage := range []dispute.State{dispute.Negotiation, dispute.Mediation, dispute.Arbitration} {
		c := w.does(w.in(stage), w.payee, dispute.MakeOffer, 700)
		w.refuses(c, w.payee, dispute.AcceptOffer, lance.Forbidden, "offer_own")
		require.NotContains(w, c.AllowedActions(w.payee), dispute.AcceptOffer)
		c = w.does(c, w.payer, dispute.MakeOffer, 500)
		_, err := w.cases.AcceptOffer(w.Context(), w.payee, dispute.AcceptOfferInput{Case: c.ID, ToPayee: usd(700)})
		require.ErrorIs(w, err, lance.Stale)
		require.Equal(w, "offer_changed", lance.CodeOf(err), "another split than the one that is offered by now")
		payee, payer := w.posted(available(w.payee)), w.posted(available(w.payer))
		c = w.does(c, w.payee, dispute.AcceptOffer, 0)
		require.Equal(w, dispute.Resolved, c.State)
		require.Equal(w, dispute.Outcome{End: dispute.EndSettled, ToPayee: usd(500), ToPayer: usd(500), Bears: escrow.BearEach}, c.Outcome)
		require.Empty(w, c.Offer)
		require.Equal(w, int64(450), w.posted(available(w.payee))-payee)
		require.Equal(w, int64(500), w.posted(available(w.payer))-payer)
		w.refuses(c, w.payer, dispute.AcceptOffer, lance.Precondition, "dispute_state")
	}
}

func (w *court) concedes() {
	for _, stage := range []dispute.State{dispute.Opened, dispute.Negotiation, dispute.Mediation, dispute.Arbitration} {
		c := w.in(stage)
		w.refuses(c, w.payer, dispute.Concede, lance.Forbidden, "dispute_relation")
		c = w.does(c, w.payee, dispute.Concede, 0)
		require.Equal(w, dispute.Outcome{End: dispute.EndConceded, ToPayee: usd(300), ToPayer: usd(700), Bears: escrow.BearEach}, c.Outcome)
		require.Equal(w, usd(300), w.get(c.Agreement).Released)
	}
}

// exactly draws prices, parts that were paid before, splits and bearers, under fees
// of both sides with a tax, and requires that every minor unit that was held is with
// somebody after the ruling.
func (w *court) exactly() {
	t, is := w.tester.(*testing.T)
	require.True(w, is)
	doc := bothSides()
	doc.Taxes = []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: decimal.NewFromInt(19)}}
	doc.Dispute.Appeals = 0
	w.under(doc)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		if n++; n > 25 {
			return
		}
		price := rapid.Int64Range(100, 5000).Draw(rt, "price")
		a := w.funded(price)
		if part := rapid.Int64Range(0, price-1).Draw(rt, "part"); part > 0 {
			a = w.part(a, w.payer, escrow.Release, usd(part))
		}
		toPayee := rapid.Int64Range(0, a.Remaining().Minor()).Draw(rt, "to payee")
		bears := rapid.SampledFrom([]escrow.Bearer{escrow.BearEach, escrow.BearPayer, escrow.BearPayee, escrow.BearNobody}).Draw(rt, "bears")
		before := w.fortune()
		c := w.does(w.open(a, w.payee, toPayee), w.payer, dispute.Respond, 0)
		c = w.does(w.does(w.does(c, w.payer, dispute.Escalate, 0), second, dispute.Assign, 0), second, dispute.Escalate, 0)
		c = w.does(c, arbiter, dispute.Assign, 0)
		c, err := w.cases.Rule(w.Context(), arbiter, dispute.RuleInput{Case: c.ID, ToPayee: usd(toPayee), Bears: bears, Text: because})
		require.NoError(rt, err)
		require.Equal(rt, dispute.Resolved, c.State)
		after := w.fortune()
		var moved int64
		for i := range after {
			require.GreaterOrEqual(rt, after[i], before[i], "nobody pays for a ruling")
			moved += after[i] - before[i]
		}
		require.Equal(rt, a.Held.Minor(), moved, "the parts and the fees sum to what was held")
		require.Equal(rt, c.Held.Minor(), c.Outcome.ToPayee.Minor()+c.Outcome.ToPayer.Minor())
	})
}

// fortune is what the parties have, and what was taken in fees and taxes.
func (w *court) fortune() (minor []int64) {
	w.Helper()
	accounts := []ledger.Account{available(w.payee), available(w.payer), fee, ledger.Tax("DE", lance.USD)}
	w.view(func(ctx context.Context, r escrow.Repos) error {
		balances, err := ledger.BalancesOf(ctx, r, accounts...)
		for _, b := range balances {
			minor = append(minor, b.Posted.Minor())
		}
		return err
	})
	return minor
}
