package escrowtest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

func moneyLaws() []law {
	return []law{
		{"funding moves the price into the hold, approval pays it less the fee", (*world).pays},
		{"parts and the rest sum to the whole, in price and in fees", (*world).sums},
		{"any split of the price takes the fee of one release", (*world).splits},
		{"a refund gives the payer his fees on it back", (*world).gives},
		{"who cannot pay has funded nothing", (*world).short},
		{"no more is released or refunded than is held", (*world).exceeds},
		{"a final state holds nothing and nothing moves after it", (*world).ends},
		{"payer, payee, administrator and stranger each do what is theirs", (*world).matrix},
		{"the same key does an action once, another content is a conflict", (*world).keys},
		{"whatever an action does is gone when its transaction fails", (*world).rollsBack},
		{"an action that is refused inside a transaction leaves the rest to commit", (*world).savepoint},
	}
}

// bothSides is a policy with fees on both sides that round.
func bothSides() policy.Document {
	d := policy.Default()
	d.Fees = []policy.Component{
		{Name: "service", Side: policy.Payee, Percent: decimal.RequireFromString("9.5")},
		{Name: "order", Side: policy.Payee, Percent: decimal.RequireFromString("0.333"), Fixed: usd(7), Min: usd(20)},
		{Name: "handling", Side: policy.Payer, Percent: decimal.RequireFromString("2.9"), Fixed: usd(30)},
	}
	return d
}

func (w *world) pays() {
	a := w.funded(1000)
	w.has(available(w.payer), 1000)
	w.has(a.HoldAccount(), 1000)
	require.Equal(w, escrow.Funded, a.State)
	w.invariants()
	a = w.must(w.must(a, w.payee, escrow.Submit), w.payer, escrow.Approve)
	require.Equal(w, escrow.Released, a.State)
	w.has(a.HoldAccount(), 0)
	w.has(available(w.payee), 900)
	w.has(fee, 100)
	w.has(clearing, 2000)
}

func (w *world) sums() {
	w.under(bothSides())
	a := w.funded(10_001)
	quote, err := policy.Quote(bothSides(), a.Amount)
	require.NoError(w, err)
	require.Equal(w, quote.PayerPays, a.Held)
	for i, minor := range []int64{1, 3333, 7, 2500} {
		a = w.part(a, w.payer, escrow.Release, usd(minor))
		require.Equal(w, escrow.Funded, a.State)
		a = w.part(a, w.payee, escrow.RefundPart, usd(int64(i+1)))
		w.invariants()
	}
	require.Equal(w, usd(10_001-5841-10), a.Remaining(), "the rest rolls forward")
	a = w.part(a, w.payer, escrow.Release, a.Remaining())
	require.Equal(w, escrow.Released, a.State, "a part that is all that is left ends the agreement")
	require.Equal(w, usd(10_001-10), a.Released)
	require.Equal(w, usd(10), a.Refunded)
	w.has(a.HoldAccount(), 0)
}

func (w *world) splits() {
	w.under(bothSides())
	var taken [2]lance.Money
	for i, parts := range [][]int64{{1000}, {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 625}} {
		a := w.funded(1000)
		for _, minor := range parts {
			a = w.part(a, w.payer, escrow.Release, usd(minor))
		}
		require.Equal(w, escrow.Released, a.State)
		sum, err := a.PayerFee.Add(a.PayeeFee)
		require.NoError(w, err)
		taken[i] = sum
	}
	require.Equal(w, taken[0], taken[1])
	w.has(fee, 2*taken[0].Minor())
}

func (w *world) gives() {
	w.under(bothSides())
	a := w.must(w.funded(1000), w.payee, escrow.Refund)
	require.Equal(w, escrow.Refunded, a.State)
	w.has(available(w.payer), 2000)
	w.has(fee, 0)
	b := w.part(w.funded(1000), w.payee, escrow.RefundPart, usd(400))
	b = w.must(b, w.payer, escrow.Approve)
	require.Equal(w, usd(47), b.PayerFee, "2.9 % of 6.00, and 0.30")
	w.invariants()
}

func (w *world) short() {
	w.deposit(w.payer.Party, 999)
	a := w.agree(1000)
	w.refuse(a, act{By: w.payer, Do: escrow.Fund}, lance.Insufficient, "balance_insufficient")
	w.deposit(w.payer.Party, 1)
	w.must(a, w.payer, escrow.Fund)
	b := w.agree(1)
	w.refuse(b, act{By: w.payer, Do: escrow.Fund}, lance.Insufficient, "balance_insufficient")
	w.must(b, w.payee, escrow.Cancel)
}

func (w *world) exceeds() {
	a := w.part(w.submitted(1000), w.payer, escrow.Release, usd(300))
	for _, do := range []escrow.Action{escrow.Release, escrow.AskRefund} {
		w.refuse(a, act{By: w.payer, Do: do, Amount: usd(701)}, lance.Insufficient, "hold_insufficient")
	}
	w.refuse(a, act{By: w.payee, Do: escrow.Refund, Amount: usd(701)}, lance.Insufficient, "hold_insufficient")
	w.refuse(a, act{By: w.payer, Do: escrow.Release, Amount: lance.NewMoney(1, lance.EUR)}, lance.Invalid, "invalid_input")
	w.refuse(a, act{By: w.payer, Do: escrow.Release}, lance.Invalid, "invalid_input")
}

func (w *world) ends() {
	for _, end := range []act{
		{By: w.payer, Do: escrow.Approve}, {By: w.payee, Do: escrow.Refund}, {By: admin, Do: escrow.Refund},
	} {
		a := w.must(w.submitted(100), end.By, end.Do)
		w.has(a.HoldAccount(), 0)
		require.Empty(w, w.timers(a.ID))
		for _, again := range []act{{By: w.payer, Do: escrow.Approve}, {By: w.payee, Do: escrow.Refund}, {By: w.payer, Do: escrow.Fund}} {
			w.refuse(a, again, lance.Precondition, "agreement_state")
		}
	}
}

func (w *world) matrix() {
	by := map[string]lance.Actor{"payer": w.payer, "payee": w.payee, "admin": admin, "stranger": stranger, "clock": engine, "nobody": {}}
	may := map[escrow.Action][]string{
		escrow.RequestChanges: {"payer"}, escrow.Release: {"payer"}, escrow.AskRefund: {"payer"}, escrow.RefundPart: {"payee", "admin", "clock"},
	}
	for do, allowed := range may {
		for name, who := range by {
			a := w.submitted(100)
			x := act{By: who, Do: do, Amount: usd(40)}
			switch {
			case slices.Contains(allowed, name):
				_, err := w.try(a.ID, x)
				require.NoError(w, err, "%s by %s", do, name)
			case name == "nobody":
				w.refuse(a, x, lance.Unauthorized, "actor_required")
			case name == "stranger":
				w.refuse(a, x, lance.NotFound, "agreement_not_found")
			default:
				w.refuse(a, x, lance.Forbidden, "agreement_relation")
			}
		}
	}
}

func (w *world) keys() {
	a := w.funded(1000)
	x := act{By: w.payer, Do: escrow.Release, Amount: usd(100), Key: "release-1"}
	first, err := w.try(a.ID, x)
	require.NoError(w, err)
	before := w.image(a.ID)
	again, err := w.try(a.ID, x)
	require.NoError(w, err)
	require.Equal(w, described(first), described(again))
	require.Equal(w, before, w.image(a.ID), "the second time changes nothing")
	x.Amount = usd(101)
	w.refuse(a, x, lance.Conflict, "key_reused")
	w.refuse(a, act{By: w.payer, Do: escrow.Approve, Key: "release-1"}, lance.Conflict, "key_reused")
	w.refuse(a, act{By: w.payer, Do: escrow.Submit, Key: "submit-1"}, lance.Forbidden, "agreement_relation")
	_, err = w.try(a.ID, act{By: w.payer, Do: escrow.Approve, Key: "submit-1"})
	require.NoError(w, err, "a refused action has not used its key up")
}

var errOnPurpose = errors.New("on purpose")

func (w *world) rollsBack() {
	for do, by := range map[escrow.Action]lance.Actor{
		escrow.RequestChanges: w.payer, escrow.Release: w.payer, escrow.Approve: w.payer, escrow.AskRefund: w.payer,
		escrow.RefundPart: w.payee, escrow.Refund: w.payee, escrow.Submit: w.payee, escrow.Fund: w.payer, escrow.Cancel: w.payer,
	} {
		a := w.submitted(100)
		if do == escrow.Submit {
			a = w.must(a, w.payer, escrow.RequestChanges)
		}
		if do == escrow.Fund || do == escrow.Cancel {
			a = w.agree(100)
		}
		x := act{By: by, Do: do, Key: fmt.Sprintf("%s-%s", do, a.ID)}
		if do == escrow.Release || do == escrow.RefundPart {
			x.Amount = usd(40)
		}
		before := w.image(a.ID)
		err := w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error {
			_, err := x.in(ctx, r, a.ID)
			require.NoError(w, err, "%s", do)
			return errOnPurpose
		})
		require.ErrorIs(w, err, errOnPurpose)
		require.Equal(w, before, w.image(a.ID), "%s", do)
		_, err = w.try(a.ID, x)
		require.NoError(w, err, "%s: nor is its key used up", do)
		require.NotEqual(w, before, w.image(a.ID), "%s", do)
	}
}

func (w *world) savepoint() {
	a, b := w.funded(100), w.agree(300)
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error {
		if err := r.Lock(ctx, a.Ref(), b.Ref()); err != nil {
			return err
		}
		inner := escrow.NewService(lance.Within(r), nil)
		_, err := inner.Fund(ctx, w.payer, escrow.FundInput{Agreement: b.ID})
		require.ErrorIs(w, err, lance.Insufficient)
		_, err = inner.Approve(ctx, w.payer, escrow.ApproveInput{Agreement: a.ID})
		return err
	}))
	require.Equal(w, escrow.Released, w.get(a.ID).State)
	require.Equal(w, escrow.Agreed, w.get(b.ID).State)
	w.has(ledger.Hold(string(b.ID), lance.USD), 0)
}
