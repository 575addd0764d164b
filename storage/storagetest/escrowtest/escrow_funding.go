package escrowtest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

func fundingLaws() []law {
	return []law{
		{"a price is funded in parts, and costs the payer what it costs at once", (*world).fundsInParts},
		{"work is submitted when the whole price is held", (*world).onStart},
		{"where funding is off, work may be submitted before, and the clock waits for the money", (*world).off},
		{"what was paid in part of a part-funded price does not end the agreement", (*world).releasesPart},
		{"when nothing is held either party is content with the parts that were paid", (*world).closes},
		{"or gives up what has paid nothing", (*world).givesUp},
	}
}

func (w *world) fundsInParts() {
	w.under(bothSides())
	w.deposit(w.payer.Party, 5000)
	a := w.agree(1000)
	for _, minor := range []int64{1, 332, 400} {
		a = w.part(a, w.payer, escrow.Fund, usd(minor))
		require.Equal(w, escrow.Funded, a.State)
		require.True(w, a.FundedAt.IsZero())
		w.invariants()
	}
	w.refuse(a, act{By: w.payer, Do: escrow.Fund, Amount: usd(268)}, lance.Precondition, "funding_exceeds")
	w.refuse(a, act{By: w.payee, Do: escrow.Fund}, lance.Forbidden, "agreement_relation")
	require.Equal(w, escrow.WhyNotFunded, w.timer(a.ID, escrow.KindAutoRelease).WhyNot)
	a = w.must(a, w.payer, escrow.Fund)
	require.True(w, a.FundedAt.Equal(w.clock.Now()))
	quote, err := policy.Quote(bothSides(), usd(1000))
	require.NoError(w, err)
	require.Equal(w, quote.PayerPays, a.Held, "parts cost what the whole costs")
	w.has(available(w.payer), 5000-quote.PayerPays.Minor())
	w.refuse(a, act{By: w.payer, Do: escrow.Fund}, lance.Precondition, "agreement_funded")
	w.must(a, w.payer, escrow.Approve)
}

func (w *world) onStart() {
	w.deposit(w.payer.Party, 2000)
	a := w.agree(1000)
	w.refuse(a, act{By: w.payee, Do: escrow.Submit}, lance.Precondition, "funding_required")
	require.NotContains(w, a.AllowedActions(w.payee), escrow.Submit)
	a = w.part(a, w.payer, escrow.Fund, usd(999))
	w.refuse(a, act{By: w.payee, Do: escrow.Submit}, lance.Precondition, "funding_required")
	w.refuse(a, act{By: w.payer, Do: escrow.Approve}, lance.Precondition, "funding_required")
	a = w.must(a, w.payer, escrow.Fund)
	require.Contains(w, a.AllowedActions(w.payee), escrow.Submit)
	w.must(w.must(a, w.payee, escrow.Submit), w.payer, escrow.Approve)
}

func (w *world) off() {
	doc := policy.Default()
	doc.Funding = policy.Off
	w.under(doc)
	w.deposit(w.payer.Party, 2000)
	a := w.must(w.agree(1000), w.payee, escrow.Submit)
	require.Equal(w, escrow.Submitted, a.State)
	require.Equal(w, escrow.WhyNotFunded, w.timer(a.ID, escrow.KindAutoRelease).WhyNot)
	w.clock.Move(fortnight)
	require.Empty(w, w.step().Fired, "nothing is released that is not held")
	a = w.part(a, w.payer, escrow.Fund, usd(400))
	require.True(w, a.ReleaseAt.IsZero())
	a = w.must(a, w.payer, escrow.Fund)
	require.True(w, a.ReleaseAt.Equal(w.clock.Now().Add(fortnight)), "now the payer inspects")
	w.clock.Move(reminderAt)
	w.fires(escrow.KindRemind)
	w.clock.Move(fortnight - reminderAt)
	w.fires(escrow.KindAutoRelease)
	w.has(available(w.payee), 900)

	unpaid := w.must(w.agree(500), w.payee, escrow.Submit)
	w.clock.Move(52 * 7 * 24 * time.Hour)
	require.Empty(w, w.step().Fired)
	w.refuse(unpaid, act{By: w.payee, Do: escrow.Refund}, lance.Precondition, "hold_empty")
	require.Equal(w, escrow.Cancelled, w.must(unpaid, w.payee, escrow.Cancel).State, "the payee gives up what was never paid")
}

func (w *world) closes() {
	w.under(bothSides())
	for _, by := range []*lance.Actor{&w.payer, &w.payee, &admin} {
		w.deposit(w.payer.Party, 1000)
		a := w.part(w.agree(1000), w.payer, escrow.Fund, usd(400))
		require.NotContains(w, a.AllowedActions(*by), escrow.Cancel)
		w.refuse(a, act{By: *by, Do: escrow.Cancel}, lance.Precondition, "hold_filled")
		a = w.part(a, w.payer, escrow.Release, usd(100))
		w.refuse(a, act{By: *by, Do: escrow.Cancel}, lance.Precondition, "hold_filled")
		a = w.part(a, w.payer, escrow.Release, usd(300))
		require.Equal(w, escrow.Funded, a.State)
		require.Contains(w, a.AllowedActions(*by), escrow.Close)
		require.NotContains(w, a.AllowedActions(*by), escrow.Refund)
		w.refuse(a, act{By: w.payee, Do: escrow.Refund}, lance.Precondition, "hold_empty")
		w.refuse(a, act{By: w.payer, Do: escrow.Approve}, lance.Precondition, "funding_required")
		a = w.must(a, *by, escrow.Cancel)
		require.Equal(w, escrow.Released, a.State, "he was paid")
		require.Equal(w, usd(400), a.Released)
		require.Len(w, w.told(a.ID, "agreement.released"), 1)
		w.invariants()
	}
}

func (w *world) givesUp() {
	doc := policy.Default()
	doc.Funding = policy.Off
	w.under(doc)
	a := w.must(w.must(w.agree(1000), w.payee, escrow.Submit), w.payer, escrow.RequestChanges)
	require.Equal(w, escrow.Cancelled, w.must(a, w.payer, escrow.Cancel).State)
	w.deposit(w.payer.Party, 1000)
	a = w.part(w.must(w.agree(1000), w.payee, escrow.Submit), w.payer, escrow.Fund, usd(400))
	a = w.part(a, w.payer, escrow.Release, usd(400))
	require.Equal(w, escrow.Submitted, a.State)
	require.Equal(w, escrow.Released, w.must(a, w.payer, escrow.Cancel).State)
}

func (w *world) releasesPart() {
	w.deposit(w.payer.Party, 1000)
	a := w.part(w.agree(1000), w.payer, escrow.Fund, usd(300))
	a = w.part(a, w.payer, escrow.Release, usd(300))
	require.Equal(w, escrow.Funded, a.State, "700 are to come")
	require.True(w, a.Held.IsZero())
	w.invariants()
	a = w.must(a, w.payer, escrow.Fund)
	w.must(a, w.payer, escrow.Approve)
	w.has(available(w.payee), 900)
}
