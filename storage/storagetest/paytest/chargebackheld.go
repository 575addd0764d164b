package paytest

import (
	"context"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
)

func heldLost(w *world) {
	t, _ := w.paidFor(ann, 3000), w.paidFor(ann, 7000)
	a := w.work(10000)
	w.hear(t, "d1", provider.Opened, 3000)
	w.has(ann, 0, 10000, 0, 0)
	c := w.hear(t, "d1", provider.Lost, 3000)
	w.state(a, escrow.Funded)
	require.Equal(w, usd(0), c.Owed)
	require.Equal(w, usd(3000), w.agreement(a).Missing())
	w.has(ann, 0, 7000, 0, 0)
	w.books(5500, 0)
	_, err := w.escrow.Submit(w.Context(), bob, escrow.SubmitInput{Agreement: a.ID})
	require.NoError(w, err)
	w.skip(14 * 24 * time.Hour)
	w.step()
	w.state(a, escrow.Released)
	w.has(bob, 6300, 0, 0, 0)
}

func heldAnew(w *world) {
	t, _ := w.paidFor(ann, 3000), w.paidFor(ann, 7000)
	a := w.work(10000)
	w.hear(t, "d1", provider.Lost, 3000)
	w.paidFor(ann, 3000)
	_, err := w.escrow.Fund(w.Context(), ann, escrow.FundInput{Agreement: a.ID})
	require.NoError(w, err)
	w.approve(a)
	w.has(bob, 9000, 0, 0, 0)
}

// crumbs loses one of two charges of an agreement whose payer's fees are half of the
// price: a minor unit that makes no part of the price goes back to her, and what the
// other chargeback says of it follows.
func crumbs(w *world) {
	terms := policy.Default()
	terms.Fees = []policy.Component{{Name: "high", Side: policy.Payer, Percent: decimal.NewFromInt(100)}}
	one, two := w.paidFor(ann, 999), w.paidFor(ann, 1001)
	a := w.workUnder(&terms, 1000)
	w.hear(one, "d1", provider.Opened, 999)
	w.hear(two, "d2", provider.Opened, 1001)
	w.hear(one, "d1", provider.Lost, 999)
	w.state(a, escrow.Frozen)
	require.Equal(w, usd(500), w.agreement(a).Funded)
	c := w.chargeback("d2")
	require.Equal(w, map[payments.PartKind]int64{payments.PartHeld: 1000, payments.PartWallet: 1}, parts(c))
	w.has(ann, 0, 1001, 0, 0)
	w.hear(two, "d2", provider.Lost, 1001)
	w.state(a, escrow.Settled)
	w.has(ann, 0, 0, 0, 0)
	w.books(-3000, 0)
}

// desk keeps the cases of a host.
type desk struct{}

var (
	deskKeeper = escrow.KeeperOf[desk]()
	ticket     = lance.Ref{Kind: "ticket", ID: "1"}
)

func hostsCase(w *world) {
	t, _ := w.paidFor(ann, 3000), w.paidFor(ann, 7000)
	a := w.work(10000)
	rule := func() error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) error {
			_, err := escrow.RuleIn(ctx, r, escrow.RuleInput{
				By: lance.Person("judy", lance.RoleArbiter), Agreement: a.ID, Case: ticket, Keeper: deskKeeper, ToPayee: usd(5000), Bears: escrow.BearEach,
			})
			return err
		})
	}
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) error {
		_, err := escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: bob, Agreement: a.ID, Case: ticket, Keeper: deskKeeper})
		return err
	}))
	w.hear(t, "d1", provider.Opened, 3000)
	w.refused(rule(), lance.Precondition, "freeze_shared")
	w.hear(t, "d1", provider.Lost, 3000)
	w.state(a, escrow.Frozen)
	require.NoError(w, rule())
	w.state(a, escrow.Settled)
	w.has(ann, 2000, 0, 0, 0)
	w.has(bob, 4500, 0, 0, 0)
}

func goesRound(w *world) {
	t := w.paidFor(ann, 10000)
	a := w.work(10000)
	c := w.hear(t, "d1", provider.Opened, 10000)
	for code, k := range map[string]escrow.Keeper{"invalid_input": {}, "freeze_keeper": deskKeeper} {
		for _, by := range []lance.Actor{lance.Person("judy", lance.RoleArbiter), lance.System("chargeback")} {
			require.Equal(w, code, lance.CodeOf(w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) error {
				_, err := escrow.ThawIn(ctx, r, escrow.ThawInput{By: by, Agreement: a.ID, Case: c.Ref(), Keeper: k})
				return err
			})))
			require.Equal(w, code, lance.CodeOf(w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) error {
				_, err := escrow.RuleIn(ctx, r, escrow.RuleInput{By: by, Agreement: a.ID, Case: c.Ref(), Keeper: k, Bears: escrow.BearEach})
				return err
			})))
		}
	}
	w.state(a, escrow.Frozen)
}
