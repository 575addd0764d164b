package paytest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

func owedByPayee(g *policy.Guarantee) { g.Bearer, g.WriteOff = policy.Payee, 90*dayLong }

func payeeOwes(w *world) {
	w.fill(10000)
	_, a := w.released(promise(owedByPayee), 10000, 10000)
	w.pay(bob, 5000, sandbox.DestinationOK)
	w.step()
	c := w.uphold(w.claim(a, 10000))
	w.ended(c, guarantee.Paid, 0, 10000)
	w.has(ann, 10000, 0, 0, 0)
	w.has(bob, 0, 0, 0, 5000) // of 9000 he had 4000 yet
	w.fund(4000)
	d := w.owes(bob)[0]
	require.Equal(w, c.Ref(), d.For)
	require.Equal(w, usd(9000), d.Amount)
	w.paidFor(bob, 3000)
	w.skip(time.Minute)
	w.step()
	w.has(bob, 0, 0, 0, 2000)
	w.fund(7000)
	w.account(ledger.Loss(lance.USD), 2000)
	w.skip(90 * dayLong)
	w.step()
	w.has(bob, 0, 0, 0, 0)
	w.fund(7000)
	w.account(ledger.Loss(lance.USD), 0)
}

func payeesOwe(w *world) {
	w.fill(10000)
	_, a := w.released(promise(owedByPayee), 1000, 1000, escrow.Share{Party: "bob", Weight: 2}, escrow.Share{Party: "root", Weight: 1})
	w.ended(w.uphold(w.claim(a, 1000)), guarantee.Paid, 0, 1000)
	w.has(bob, 0, 0, 0, 0)
	w.has(admin, 0, 0, 0, 0)
	w.fund(9900)
	require.Equal(w, usd(600), w.owes(bob)[0].Paid)
	require.Equal(w, usd(300), w.owes(admin)[0].Paid)
}

// clearanceStays: what waits in clearance is the payee's; what he owes is taken when it
// is available.
func clearanceStays(w *world) {
	w.fill(1000)
	p := promise(owedByPayee)
	p.Clearance = 5 * dayLong
	_, a := w.released(p, 1000, 1000)
	w.ended(w.uphold(w.claim(a, 500)), guarantee.Paid, 0, 500)
	w.has(bob, 0, 0, 900, 450)
	w.skip(5 * dayLong)
	w.step()
	w.skip(time.Minute)
	w.step()
	w.has(bob, 450, 0, 0, 0)
	w.fund(950)
}

func correctionCounts(w *world) {
	_, a := w.released(promise(), 1000, 1000)
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) error {
		lines, err := r.Ledger().Statement(ctx, a.HoldAccount(), 0, 10)
		if err != nil {
			return err
		}
		for _, l := range lines {
			if l.Transfer.Code == ledger.CodeRelease {
				_, err = ledger.Post(ctx, r, ledger.Transfer{
					ID: ledger.TransferIDFor(ticket, "correct", 0), Code: ledger.CodeCorrect, Subject: ticket, Amount: usd(300), Corrects: l.Transfer.ID,
					Debit: ledger.Available("bob", lance.USD), Credit: ledger.Available("ann", lance.USD),
				})
			}
		}
		return err
	}))
	_, err := w.fileAs(ann, a, 701)
	w.refused(err, lance.Insufficient, "guarantee_exceeds")
	w.claim(a, 700)
}

func claimAfterCase(w *world) {
	w.fill(4000)
	_, a := w.released(promise(), 10000, 4000)
	c := w.claim(a, 4000)
	d := w.argue(a)
	c = w.uphold(c)
	w.waits(c, guarantee.WhyFrozen)
	_, err := w.claims.Pay(w.Context(), admin, guarantee.ActInput{Claim: c.ID})
	w.refused(err, lance.Precondition, "guarantee_frozen")
	require.NoError(w, w.concede(d))
	w.has(ann, 6000, 0, 0, 0)
	w.skip(time.Hour)
	w.step()
	w.ended(c, guarantee.Paid, 0, 4000)
	w.has(ann, 10000, 0, 0, 0)
}

func backBefore(w *world) {
	w.fill(10000)
	t, a := w.released(promise(), 10000, 10000)
	w.hear(t, "d1", provider.Lost, 4000)
	_, err := w.fileAs(ann, a, 6001)
	w.refused(err, lance.Insufficient, "guarantee_exceeds")
	w.ended(w.uphold(w.claim(a, 6000)), guarantee.Paid, 0, 6000)
	w.hear(t, "d2", provider.Opened, 6000)
	w.hear(t, "d2", provider.Lost, 6000)
	require.Equal(w, map[payments.PartKind]int64{payments.PartGuaranteed: 6000}, parts(w.chargeback("d2")))
	w.has(ann, 0, 0, 0, 0)
	w.has(bob, 5400, 0, 0, 0)
}

func backDuring(w *world) {
	for i, x := range []struct {
		minor int64
		ends  provider.State
		state guarantee.State
		given int64
	}{{10000, provider.Won, guarantee.Paid, 10000}, {4000, provider.Lost, guarantee.Paid, 6000}, {10000, provider.Lost, guarantee.Overtaken, 0}} {
		id := name("d", i)
		if x.given > 0 {
			w.fill(x.given)
		}
		if had := w.balance(ann, lance.USD).Available; had.IsPositive() {
			w.pay(ann, had.Minor(), sandbox.DestinationOK)
			w.step()
		}
		t, a := w.released(promise(), 10000, 10000)
		c := w.claim(a, 10000)
		w.hear(t, id, provider.Opened, x.minor)
		c = w.uphold(c)
		w.waits(c, guarantee.WhyChargeback)
		_, err := w.claims.Pay(w.Context(), admin, guarantee.ActInput{Claim: c.ID})
		w.refused(err, lance.Precondition, "guarantee_chargeback")
		w.hear(t, id, x.ends, x.minor)
		w.skip(time.Hour)
		w.step()
		w.ended(c, x.state, 0, x.given)
		w.has(ann, x.given, 0, 0, 0)
		w.fund(0)
	}
}

func backAfter(w *world) {
	w.fill(6000)
	t, a := w.released(promise(), 10000, 10000)
	w.ended(w.uphold(w.claim(a, 6000)), guarantee.Paid, 0, 6000)
	w.has(ann, 6000, 0, 0, 0)
	c := w.hear(t, "d1", provider.Opened, 10000)
	require.Equal(w, map[payments.PartKind]int64{payments.PartGuaranteed: 6000, payments.PartEarned: 3600, payments.PartFee: 400}, parts(c))
	w.has(bob, 5400, 3600, 0, 0)
	c = w.hear(t, "d1", provider.Lost, 10000)
	require.Equal(w, usd(6000), c.Owed)
	w.has(ann, 0, 0, 0, 0) // she has 10000 from her bank
	w.has(bob, 5400, 0, 0, 0)
	require.Equal(w, c.Ref(), w.owes(ann)[0].For)
	require.Equal(w, payments.Netted, w.owes(ann)[0].State)
}

func backAfterPart(w *world) {
	w.fill(6000)
	t, a := w.released(promise(), 10000, 10000)
	w.ended(w.uphold(w.claim(a, 6000)), guarantee.Paid, 0, 6000)
	c := w.hear(t, "d1", provider.Lost, 4000)
	require.Equal(w, map[payments.PartKind]int64{payments.PartEarned: 3600, payments.PartFee: 400}, parts(c))
	w.has(ann, 6000, 0, 0, 0)
	c = w.hear(t, "d2", provider.Lost, 1000)
	require.Equal(w, map[payments.PartKind]int64{payments.PartGuaranteed: 1000}, parts(c))
	w.has(ann, 5000, 0, 0, 0)
	w.has(bob, 5400, 0, 0, 0)
	_, err := w.fileAs(ann, a, 1)
	w.refused(err, lance.Insufficient, "guarantee_exceeds")
}

func backAfterWon(w *world) {
	w.fill(6000)
	t, a := w.released(promise(), 10000, 10000)
	w.ended(w.uphold(w.claim(a, 6000)), guarantee.Paid, 0, 6000)
	w.hear(t, "d1", provider.Lost, 10000)
	w.has(ann, 0, 0, 0, 0)
	w.turns(t, "d1", provider.Won, 10000)
	w.has(ann, 6000, 0, 0, 0)
	w.has(bob, 9000, 0, 0, 0)
}

// claimsSound requires that each claim is as its last event says, and that the fund and
// what agreements say of it are what claims, fills and debts make.
func (w *world) claimsSound() {
	w.Helper()
	require.NoError(w, w.all.View(w.Context(), func(ctx context.Context, r guarantee.Repos) error {
		all, err := r.Claims().Find(ctx, lance.Filter{})
		require.NoError(w, err)
		given := map[escrow.ID]int64{}
		for _, c := range all {
			w.lastTold(ctx, r, c.Ref(), c.Version)
			given[c.Agreement] += c.FromFund.Minor()
			require.LessOrEqual(w, c.Given().Minor(), c.Decision.Granted.Minor())
			require.LessOrEqual(w, c.Decision.Granted.Minor(), c.Amount.Minor())
			require.Equal(w, c.State == guarantee.Paid, c.Given().IsPositive())
		}
		as, err := r.Agreements().Find(ctx, lance.Filter{})
		require.NoError(w, err)
		for _, a := range as {
			require.Equal(w, given[a.ID], a.Indemnified.Minor())
			require.False(w, a.Guaranteed().IsNegative())
		}
		return nil
	}))
}

func aClaim(id guarantee.ID, a escrow.ID) *guarantee.Claim {
	kwd := func(n int64) lance.Money { return lance.NewMoney(n, lance.KWD) }
	terms := promise(owedByPayee, func(g *policy.Guarantee) { g.Caps = []lance.Money{kwd(9)} }).Guarantee
	return &guarantee.Claim{
		ID: id, Agreement: a, Subject: lance.Ref{Kind: "order", ID: "a/b 🎈"}, Terms: terms,
		Sides:  escrow.Sides{Payer: "Ann 安", Payee: "ann 安", Sharers: []lance.PartyID{"größe 🎈"}, Acted: []lance.UserID{"Ann"}},
		Amount: kwd(12_345), Statement: "It\ndoes not 🎈", State: guarantee.Filed, Judge: "judy 🎈",
		Decision: guarantee.Decision{By: "judy 🎈", Granted: kwd(12_000), Text: "So\nit is 🎈", At: at}, Why: guarantee.WhyFund,
		FromHold: kwd(3), FromFund: kwd(4), CreatedAt: at, DeadlineAt: at.Add(time.Hour),
	}
}

func claimWhole(w *world) {
	ended := aClaim("gcl_2", "agr_1")
	ended.State, ended.DeadlineAt, ended.EndedAt = guarantee.Paid, time.Time{}, at.Add(time.Microsecond)
	bare := aClaim("gcl_3", "agr_2")
	bare.Sharers, bare.Acted, bare.Judge, bare.Decision, bare.Why = nil, nil, "", guarantee.Decision{Granted: lance.NewMoney(0, lance.KWD)}, ""
	bare.Terms = promise().Guarantee
	over := lance.E(lance.Internal, "over", "the case is over")
	err := w.all.InTx(w.Context(), func(ctx context.Context, r guarantee.Repos) error {
		for _, c := range []*guarantee.Claim{aClaim("gcl_1", "agr_1"), ended, bare} {
			require.NoError(w, r.Claims().Insert(ctx, c))
			got, err := r.Claims().Get(ctx, c.ID)
			require.NoError(w, err)
			require.True(w, c.Terms.Share.Equal(got.Terms.Share))
			got.Terms.Share = c.Terms.Share
			require.Equal(w, c, got, "version included")
		}
		second := aClaim("gcl_4", "agr_1")
		w.refused(r.Claims().Insert(ctx, second), lance.Exists, "guarantee_claim_exists")
		return over
	})
	require.ErrorIs(w, err, over)
}
