package escrowtest

import (
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
)

func mediationLaws() []courtLaw {
	return []courtLaw{
		{"what the mediator offers is carried out when both parties have accepted it", (*court).mediates},
		{"a newer offer replaces the mediator's, with what was accepted of it", (*court).replaced},
		{"the mediator's offer ends with his mediation", (*court).unmediated},
		{"a mediator offers so often, and answers for nobody", (*court).mediatorsBounds},
		{"two parties who accept the mediator's offer at once divide what is held once", (*court).bothAccept},
	}
}

// mediated is a case that second mediates, who offers 4.50 of 10.00.
func (w *court) mediated() *dispute.Case {
	w.Helper()
	c := w.does(w.in(dispute.Mediation), second, dispute.Assign, 0)
	require.Contains(w, c.AllowedActions(second), dispute.MakeOffer)
	c = w.does(c, second, dispute.MakeOffer, 450)
	require.Equal(w, dispute.Offer{Mediator: second.User, ToPayee: usd(450), At: c.Offer.At}, c.Offer)
	return c
}

func (w *court) mediates() {
	for _, first := range []lance.Actor{w.payer, w.payee} {
		c := w.mediated()
		deadline, then := c.DeadlineAt, w.payee
		if first.Party == w.payee.Party {
			then = w.payer
		}
		_, err := w.cases.AcceptOffer(w.Context(), first, dispute.AcceptOfferInput{Case: c.ID, ToPayee: usd(451)})
		require.ErrorIs(w, err, lance.Stale)
		require.Equal(w, "offer_changed", lance.CodeOf(err))
		require.Contains(w, c.AllowedActions(first), dispute.Consent)
		require.NotContains(w, c.AllowedActions(first), dispute.AcceptOffer)
		c = w.does(c, first, dispute.AcceptOffer, 0)
		require.Equal(w, dispute.Mediation, c.State)
		require.Equal(w, first.Party, c.Offer.Accepted)
		require.True(w, c.DeadlineAt.Equal(deadline), "it gives the stage no more time")
		w.refuses(c, first, dispute.AcceptOffer, lance.Precondition, "offer_accepted")
		require.NotContains(w, c.AllowedActions(first), dispute.Consent)
		require.Contains(w, c.AllowedActions(then), dispute.AcceptOffer)
		_, err = w.cases.AcceptOffer(w.Context(), then, dispute.AcceptOfferInput{Case: c.ID, ToPayee: usd(449)})
		require.ErrorIs(w, err, lance.Stale)
		c, err = w.cases.AcceptOffer(w.Context(), then, dispute.AcceptOfferInput{Case: c.ID, ToPayee: usd(450)})
		require.NoError(w, err)
		require.Equal(w, dispute.Outcome{End: dispute.EndSettled, ToPayee: usd(450), ToPayer: usd(550), Bears: escrow.BearEach}, c.Outcome)
		require.Empty(w, c.Offer)
		require.Equal(w, usd(450), w.get(c.Agreement).Released)
	}
}

func (w *court) replaced() {
	c := w.does(w.mediated(), w.payer, dispute.AcceptOffer, 0)
	c = w.does(c, second, dispute.MakeOffer, 500)
	require.Empty(w, c.Offer.Accepted, "who has accepted 4.50 has not accepted 5.00")
	c = w.does(w.does(c, w.payer, dispute.AcceptOffer, 0), w.payer, dispute.DeclineOffer, 0)
	require.Empty(w, c.Offer, "he takes his word back, and with it the offer")
	w.refuses(c, w.payee, dispute.AcceptOffer, lance.Precondition, "offer_none")
	c = w.does(w.does(c, second, dispute.MakeOffer, 500), w.payee, dispute.AcceptOffer, 0)
	c = w.does(c, w.payer, dispute.MakeOffer, 400)
	require.Equal(w, w.payer.Party, c.Offer.By)
	require.Equal(w, dispute.Resolved, w.does(c, w.payee, dispute.AcceptOffer, 0).State, "a party's offer needs one word only")
	require.Equal(w, usd(400), w.get(c.Agreement).Released)
}

func (w *court) unmediated() {
	c := w.does(w.mediated(), w.payer, dispute.AcceptOffer, 0)
	c = w.does(c, second, dispute.Escalate, 0)
	require.Empty(w, c.Offer)
	w.refuses(c, w.payee, dispute.AcceptOffer, lance.Precondition, "offer_none")
	w.refuses(c, second, dispute.MakeOffer, lance.Forbidden, "dispute_relation")
	c = w.mediated()
	w.clock.Move(7 * day)
	w.steps()
	require.Empty(w, w.of(c.ID).Offer, "the clock ends it, too")

	w.cases = dispute.NewService(w.db, &dispute.Options{Arbiters: guild{"judge": true, "judy": true}})
	c = w.mediated()
	_, err := w.cases.Assign(w.Context(), admin, dispute.AssignInput{Case: c.ID, User: "judge"})
	require.NoError(w, err)
	require.Empty(w, w.of(c.ID).Offer, "another one mediates")
	w.refuses(c, second, dispute.MakeOffer, lance.NotFound, "dispute_not_found")
	w.does(c, w.payee, dispute.MakeOffer, 800)
	_, err = w.cases.Assign(w.Context(), admin, dispute.AssignInput{Case: c.ID, User: "judy"})
	require.NoError(w, err)
	require.Equal(w, usd(800), w.of(c.ID).Offer.ToPayee, "what a party offers stands, whoever mediates")
	c = w.loses(w.does(w.of(c.ID), second, dispute.MakeOffer, 450), 100)
	require.Empty(w, c.Offer, "there is less to divide")
}

func (w *court) mediatorsBounds() {
	c := w.mediated()
	for _, by := range []lance.Actor{arbiter, admin} {
		_, err := w.tries(c, by, dispute.MakeOffer, 1, "")
		require.Error(w, err)
	}
	for _, do := range []dispute.Action{dispute.AcceptOffer, dispute.Concede, dispute.Withdraw} {
		w.refuses(c, second, do, lance.Forbidden, "dispute_relation")
	}
	c = w.does(c, second, dispute.DeclineOffer, 0)
	require.Empty(w, c.Offer, "he takes it back")
	c = w.does(c, w.payee, dispute.MakeOffer, 800)
	w.refuses(c, second, dispute.DeclineOffer, lance.Forbidden, "dispute_relation")
	for range dispute.MaxOffers - 1 {
		c = w.does(c, second, dispute.MakeOffer, 100)
	}
	w.refuses(c, second, dispute.MakeOffer, lance.Precondition, "offer_limit")
	_, err := w.cases.Offer(w.Context(), second, dispute.OfferInput{Case: c.ID, ToPayee: usd(1001)})
	require.ErrorIs(w, err, lance.Precondition)
	biased := second
	biased.Party = w.payer.Party
	_, err = w.cases.Offer(w.Context(), biased, dispute.OfferInput{Case: c.ID, ToPayee: usd(1)})
	require.NoError(w, err, "who acts for a party by now offers for that")
	w.refuses(c, second, dispute.MakeOffer, lance.NotFound, "dispute_not_found")
}

func (w *court) bothAccept() {
	for range 3 {
		c := w.mediated()
		w.race(8, func(i int) error {
			_, err := w.tries(c, []lance.Actor{w.payer, w.payee}[i%2], dispute.AcceptOffer, 0, "")
			return err
		})
		require.Equal(w, dispute.Resolved, w.of(c.ID).State)
		require.Equal(w, usd(450), w.get(c.Agreement).Released)
		w.invariants()
	}
}
