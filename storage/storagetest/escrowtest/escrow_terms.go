package escrowtest

import (
	"slices"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

func termLaws() []law {
	return []law{
		{"a proposal is agreed upon by the other party", (*world).proposes},
		{"a proposal that nobody accepts in time is over", (*world).proposalExpires},
		{"a new price that both agree on changes what is held at once", (*world).amends},
		{"a new price is countered, taken back, or over by itself", (*world).haggles},
		{"a new price that the payer cannot pay leaves everything as it was", (*world).cannotAmend},
		{"several payees share each release, and the parts sum to the whole", (*world).shares},
		{"the tax on a fee is its own posting", (*world).taxes},
	}
}

func (w *world) proposes() {
	a := w.agreed(escrow.AgreeInput{Amount: usd(1000), AcceptWithin: 48 * time.Hour})
	require.Equal(w, escrow.Proposed, a.State)
	require.Equal(w, w.payer.Party, a.ProposedBy)
	require.True(w, w.timer(a.ID, escrow.KindExpire).DueAt.Equal(epoch.Add(48*time.Hour)))
	w.refuse(a, act{By: w.payer, Do: escrow.Accept}, lance.Forbidden, "proposal_own")
	w.refuse(a, act{By: w.payer, Do: escrow.Fund}, lance.Precondition, "agreement_state")
	w.refuse(a, act{By: stranger, Do: escrow.Accept}, lance.NotFound, "agreement_not_found")
	a = w.must(a, w.payee, escrow.Accept)
	require.Equal(w, escrow.Agreed, a.State)
	w.clock.Move(72 * time.Hour)
	require.Empty(w, w.step().Fired, "what is agreed upon does not expire")
	_, err := w.svc.Agree(w.Context(), admin, escrow.AgreeInput{
		Subject: about, Payer: w.payer.Party, Payee: w.payee.Party, Amount: usd(1), AcceptWithin: time.Hour,
	})
	require.ErrorIs(w, err, lance.Forbidden, "who is none of the two has nothing to propose")
}

func (w *world) proposalExpires() {
	a := w.agreed(escrow.AgreeInput{Amount: usd(1000), AcceptWithin: 48 * time.Hour})
	w.clock.Move(48 * time.Hour)
	w.refuse(a, act{By: w.payee, Do: escrow.Accept}, lance.Precondition, "proposal_over")
	w.fires(escrow.KindExpire)
	a = w.get(a.ID)
	require.Equal(w, escrow.Cancelled, a.State)
	w.refuse(a, act{By: w.payee, Do: escrow.Accept}, lance.Precondition, "agreement_state")
}

func (w *world) amends() {
	w.under(bothSides())
	quote := func(minor int64) int64 {
		q, err := policy.Quote(bothSides(), usd(minor))
		require.NoError(w, err)
		return q.PayerPays.Minor()
	}
	a := w.part(w.funded(1000), w.payer, escrow.Release, usd(200))
	spent := quote(1000)
	for i, price := range []int64{1500, 700} {
		by, other := w.payer, w.payee
		if i == 1 {
			by, other = other, by
		}
		a = w.part(a, by, escrow.Amend, usd(price))
		require.Equal(w, usd(price), a.Amendment.Amount)
		require.NotEqual(w, usd(price), a.Amount, "one word is not two")
		w.refuse(a, act{By: by, Do: escrow.AcceptAmendment}, lance.Forbidden, "amendment_own")
		before := w.posted(available(w.payer))
		a = w.must(a, other, escrow.AcceptAmendment)
		require.Equal(w, before-(quote(price)-spent), w.posted(available(w.payer)))
		spent = quote(price)
		require.Equal(w, usd(price), a.Amount)
		require.Equal(w, usd(price), a.Funded)
		require.Equal(w, i+1, a.Amended)
		w.invariants()
	}
	w.refuse(a, act{By: w.payee, Do: escrow.Amend, Amount: usd(200)}, lance.Precondition, "amendment_low")
	w.refuse(a, act{By: w.payee, Do: escrow.Amend, Amount: lance.NewMoney(900, lance.EUR)}, lance.Invalid, "invalid_input")
	w.refuse(a, act{By: w.payee, Do: escrow.Amend}, lance.Invalid, "invalid_input")
	a = w.must(a, w.payer, escrow.Approve)
	require.Equal(w, usd(700), a.Released)
	w.has(fee, a.PayerFee.Minor()+a.PayeeFee.Minor())

	agreed := w.must(w.part(w.agree(300), w.payee, escrow.Amend, usd(400)), w.payer, escrow.AcceptAmendment)
	require.True(w, agreed.Held.IsZero(), "what was not funded is not funded by an amendment")

	before := w.posted(available(w.payer))
	part := w.part(w.agree(1000), w.payer, escrow.Fund, usd(600))
	part = w.must(w.part(part, w.payer, escrow.Amend, usd(400)), w.payee, escrow.AcceptAmendment)
	require.True(w, part.Missing().IsZero(), "of what was funded in part no more stays than the new price")
	require.Equal(w, usd(400), part.Remaining())
	require.Equal(w, before-quote(400), w.posted(available(w.payer)))
}

func (w *world) haggles() {
	a := w.part(w.submitted(1000), w.payee, escrow.Amend, usd(1400))
	w.refuse(a, act{By: w.payee, Do: escrow.AcceptAmendment}, lance.Forbidden, "amendment_own")
	a = w.part(a, w.payer, escrow.Amend, usd(1200))
	w.refuse(a, act{By: w.payer, Do: escrow.AcceptAmendment}, lance.Forbidden, "amendment_own")
	w.refuse(a, act{By: w.payee, Do: escrow.AcceptAmendment, Amount: usd(1400)}, lance.Stale, "amendment_changed")
	a = w.must(a, w.payee, escrow.DeclineAmendment)
	require.Empty(w, a.Amendment.By)
	w.refuse(a, act{By: w.payer, Do: escrow.AcceptAmendment}, lance.Precondition, "amendment_none")
	a = w.part(a, w.payer, escrow.Amend, usd(1100))
	require.True(w, w.timer(a.ID, escrow.KindAmendment).DueAt.Equal(epoch.Add(week)))
	w.clock.Move(week)
	w.refuse(a, act{By: w.payee, Do: escrow.AcceptAmendment}, lance.Precondition, "amendment_over")
	w.fires(escrow.KindAmendment)
	a = w.get(a.ID)
	require.Empty(w, a.Amendment.By)
	require.Equal(w, usd(1000), a.Amount)
	require.True(w, a.ReleaseAt.Equal(epoch.Add(fortnight)), "haggling does not move the inspection")
	for a.Amendments < 20 {
		a = w.part(a, w.payer, escrow.Amend, usd(1100))
	}
	w.refuse(a, act{By: w.payee, Do: escrow.Amend, Amount: usd(900)}, lance.Precondition, "amendment_limit")
	w.part(a, w.payee, escrow.AcceptAmendment, usd(1100))
}

func (w *world) cannotAmend() {
	a := w.part(w.funded(1000), w.payee, escrow.Amend, usd(2001))
	w.refuse(a, act{By: w.payer, Do: escrow.AcceptAmendment}, lance.Insufficient, "balance_insufficient")
	a = w.part(a, w.payee, escrow.Amend, usd(500))
	a = w.part(a, w.payer, escrow.Release, usd(500))
	w.refuse(a, act{By: w.payer, Do: escrow.AcceptAmendment}, lance.Precondition, "amendment_low")
	require.NotContains(w, a.AllowedActions(w.payer), escrow.AcceptAmendment)
}

func (w *world) shares() {
	doc := bothSides()
	doc.Clearance = 24 * time.Hour
	w.under(doc)
	cid := w.another()
	w.deposit(w.payer.Party, 5000)
	a := w.agreed(escrow.AgreeInput{Amount: usd(1000), Payees: []escrow.Share{{Party: w.payee.Party, Weight: 2}, {Party: cid.Party, Weight: 1}}})
	a = w.must(a, w.payer, escrow.Fund)
	for _, minor := range []int64{100, 301, 599} {
		a = w.part(a, w.payer, escrow.Release, usd(minor))
		w.invariants()
	}
	net := a.Released.Minor() - a.PayeeFee.Minor()
	mine, his := w.posted(ledger.Clearance(w.payee.Party, lance.USD)), w.posted(ledger.Clearance(cid.Party, lance.USD))
	require.Equal(w, net, mine+his)
	require.Equal(w, net/3, his, "a third of all, in however many parts it is paid")
	got, err := w.svc.Get(w.Context(), cid, a.ID)
	require.NoError(w, err, "who shares sees it")
	require.Empty(w, got.AllowedActions(cid), "and the payee acts for him")
	w.clock.Move(24 * time.Hour)
	w.fires(escrow.KindClear)
	w.has(available(cid), his)
	w.has(available(w.payee), mine)
}

func (w *world) taxes() {
	doc := policy.Default()
	doc.Taxes = []policy.Tax{
		{Side: policy.Payee, Jurisdiction: "DE", Percent: decimal.NewFromInt(19)}, {Side: policy.Payer, Jurisdiction: "FR", Percent: decimal.NewFromInt(20)},
	}
	doc.Fees = append(doc.Fees, policy.Component{Name: "handling", Side: policy.Payer, Percent: decimal.NewFromInt(3)})
	w.under(doc)
	a := w.funded(10_00)
	for _, part := range []int64{1, 333, 266} {
		a = w.part(a, w.payer, escrow.Release, usd(part))
	}
	w.must(a, w.payer, escrow.Approve)
	w.has(fee, 100+30)
	w.has(ledger.Tax("DE", lance.USD), 19)
	w.has(ledger.Tax("FR", lance.USD), 6)
	w.has(available(w.payee), 1000-119)
	w.has(available(w.payer), 2000-1036)
	require.True(w, slices.ContainsFunc(w.statement(ledger.Tax("DE", lance.USD)), func(t ledger.Transfer) bool { return t.Code == ledger.CodeTax }))
}
