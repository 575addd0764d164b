package escrowtest

import (
	"context"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func lotLaws[R ledger.Repos]() []ledgerLaw[R] {
	return []ledgerLaw[R]{
		{"the oldest charge moves first, and the transfer says which", fifo[R]},
		{"lots follow the money from account to account and back", follow[R]},
		{"a stake is what an account has of a lot and may move on", stakes[R]},
		{"named lots move, whatever their age", named[R]},
		{"an account cannot give more of a lot than it has", lotShort[R]},
		{"money from the platform is a lot without a provider", ownMoney[R]},
		{"money given back may return to its lot", backToLot[R]},
		{"a lot that nobody brought cannot be named", unknownLot[R]},
		{"an account of many lots pays across all of them", manyLots[R]},
		{"that a young lot was named lets it not go before older ones", namedAndOldest[R]},
		{"parts of lots of any age are where a plain model has them", randomLots[R]},
		{"what was charged too long ago stays where it is", sinceLots[R]},
		{"a lot is kept as it was charged", lotKept[R]},
	}
}

func fifo[R ledger.Repos](w *ledgerWorld[R]) {
	late, early := topUp("late", ann, 50), topUp("early", ann, 30)
	late.Lot.ChargedAt = w.clock.Now()
	early.Lot.ChargedAt = w.clock.Now().Add(-time.Hour)
	w.post(late, early)
	require.Equal(w, []string{"early 30", "late 50"}, w.shares(ann), "the charge counts, not the posting")
	out := w.post(move("fund", ann, hold, 45))
	require.Equal(w, []string{"early 30", "late 15"}, w.describe(out[0].Lots))
	require.Equal(w, []string{"late 35"}, w.shares(ann))
	require.Equal(w, []string{"early 30", "late 15"}, w.shares(hold))
}

func follow[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("one", ann, 50))
	w.clock.Move(time.Second)
	w.post(topUp("two", ann, 50))
	w.post(move("fund", ann, hold, 80))
	out := w.post(move("release", hold, bob, 60), move("refund", hold, ann, 20))
	require.Equal(w, []string{"one 50", "two 10"}, w.describe(out[0].Lots))
	require.Equal(w, []string{"two 20"}, w.describe(out[1].Lots))
	require.Equal(w, []string{"two 40"}, w.shares(ann))
	out = w.post(move("payout", bob, cash, 55))
	require.Equal(w, []string{"one 50", "two 5"}, w.describe(out[0].Lots))
	require.Equal(w, []string{"two 5"}, w.shares(bob))
	require.Empty(w, w.shares(cash))
}

func named[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("one", ann, 50))
	w.clock.Move(time.Second)
	two := w.post(topUp("two", ann, 50))[0].Lot.ID
	t := move("chargeback", ann, ledger.Disputed("sandbox", lance.USD), 50)
	t.Lots = []ledger.LotShare{{Lot: two, Amount: usd(50)}}
	out := w.post(t)
	require.Equal(w, t.Lots, out[0].Lots)
	require.Equal(w, []string{"one 50"}, w.shares(ann))
	require.Equal(w, out, w.post(t))
}

// stakes looks at two lots in an account on which something is reserved.
func stakes[R ledger.Repos](w *ledgerWorld[R]) {
	one := w.post(topUp("one", ann, 50))[0].Lot.ID
	w.clock.Move(time.Second)
	two := w.post(topUp("two", ann, 30))[0].Lot.ID
	w.post(reserve("payout", ann, cash, 40))
	look := func(lot ledger.LotID, accounts ...ledger.Account) (got map[ledger.Account]ledger.Stake, err error) {
		err = w.db.InTx(w.Context(), func(ctx context.Context, r R) (err error) {
			got, err = ledger.Stakes(ctx, r, lot, accounts...)
			return err
		})
		return got, err
	}
	for lot, want := range map[ledger.LotID][2]int64{one: {50, 40}, two: {30, 30}, "": {0, 0}} {
		got, err := look(lot, bob, ann, ann)
		require.NoError(w, err)
		require.Len(w, got, 2)
		require.Equal(w, []int64{80, want[0], want[1]}, []int64{got[ann].Posted.Minor(), got[ann].OfLot.Minor(), got[ann].Free().Minor()})
		require.Equal(w, usd(0), got[bob].Free())
	}
	_, err := look(one, cash)
	require.ErrorIs(w, err, lance.Invalid)
	require.Equal(w, "account_kind", lance.CodeOf(err))
}

func lotShort[R ledger.Repos](w *ledgerWorld[R]) {
	one := w.post(topUp("one", ann, 50))[0].Lot.ID
	w.clock.Move(time.Second)
	w.post(topUp("two", ann, 50), topUp("other", bob, 50))
	t := move("chargeback", ann, cash, 51)
	t.Lots = []ledger.LotShare{{Lot: one, Amount: usd(51)}}
	w.refuse(lance.Insufficient, "lot_insufficient", t)
	t.Debit, t.Amount, t.Lots[0].Amount = bob, usd(50), usd(50)
	w.refuse(lance.Insufficient, "lot_insufficient", t)
	w.post(reserve("payout", ann, cash, 60))
	t.Debit = ann
	w.refuse(lance.Insufficient, "balance_insufficient", t)
}

func ownMoney[R ledger.Repos](w *ledgerWorld[R]) {
	out := w.post(move("gift", ledger.Promo(lance.USD), ann, 500))
	require.NotNil(w, out[0].Lot)
	require.Empty(w, out[0].Lot.Provider)
	require.Equal(w, w.clock.Now(), out[0].Lot.ChargedAt)
	require.Equal(w, out, w.post(move("gift", ledger.Promo(lance.USD), ann, 500)))
	w.post(move("fund", ann, hold, 500))
	require.Len(w, w.shares(hold), 1)
}

func backToLot[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("one", ann, 50))
	w.clock.Move(time.Second)
	w.post(topUp("two", ann, 50))
	taken := w.post(move("fee", ann, fee, 60))[0].Lots
	back := move("fee back", fee, ann, 60)
	back.Lots = taken
	out := w.post(back)
	require.Nil(w, out[0].Lot)
	require.Equal(w, taken, out[0].Lots)
	require.Equal(w, []string{"one 50", "two 50"}, w.shares(ann))
}

func unknownLot[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fee", ann, fee, 10))
	back := move("back", fee, ann, 10)
	back.Lots = lots(10)
	w.refuse(lance.NotFound, "lot_not_found", back)
}

// charges are n of 10 each, one a microsecond after the other, named by their
// numbers.
func charges(n int) []ledger.Transfer {
	out := make([]ledger.Transfer, n)
	for i := range out {
		out[i] = topUp(strconv.Itoa(i), ann, 10)
		out[i].Lot.ChargedAt = epoch.Add(time.Duration(i) * time.Microsecond)
	}
	return out
}

// manyLots pays out of more lots than are loaded ahead, in one go and across the
// edge of what is loaded.
func manyLots[R ledger.Repos](w *ledgerWorld[R]) {
	const n = 70 * ledger.SharesAhead
	w.post(charges(n)...)
	out := w.post(move("some", ann, hold, 10*ledger.SharesAhead+5))
	require.Len(w, out[0].Lots, ledger.SharesAhead+1)
	out = w.post(move("most", ann, hold, 10*(n-ledger.SharesAhead)-15))
	require.Len(w, out[0].Lots, n-ledger.SharesAhead-1)
	require.Equal(w, []string{strconv.Itoa(n-1) + " 10"}, w.shares(ann))
	require.Len(w, w.shares(hold), n-1)
	w.post(move("back", hold, ann, 10*(n-1)))
	require.Len(w, w.shares(ann), n)
	require.Empty(w, w.shares(hold))
}

// namedAndOldest names a part of the youngest of more lots than are loaded ahead, and
// draws more than what is loaded ahead in the same set.
func namedAndOldest[R ledger.Repos](w *ledgerWorld[R]) {
	const n = 2 * ledger.SharesAhead
	youngest := w.post(charges(n)...)[n-1].Lot.ID
	back := move("back", ann, cash, 5)
	back.Lots = []ledger.LotShare{{Lot: youngest, Amount: usd(5)}}
	out := w.post(back, move("fund", ann, hold, 10*ledger.SharesAhead+5))
	require.Equal(w, strconv.Itoa(ledger.SharesAhead)+" 5", w.describe(out[1].Lots)[ledger.SharesAhead])
	require.Len(w, w.shares(ann), n-ledger.SharesAhead)
}

// sinceLots leaves more old lots than are loaded ahead where they are.
func sinceLots[R ledger.Repos](w *ledgerWorld[R]) {
	const n = 2 * ledger.SharesAhead
	w.post(charges(n)...)
	t := move("fund", ann, hold, 25)
	t.Since = epoch.Add((n - 2) * time.Microsecond)
	w.refuse(lance.Precondition, "funds_old", t)
	t.Amount = usd(10*n + 1)
	w.refuse(lance.Insufficient, "balance_insufficient", t)
	t.Amount = usd(15)
	out := w.post(t)
	require.Equal(w, []string{strconv.Itoa(n-2) + " 10", strconv.Itoa(n-1) + " 5"}, w.describe(out[0].Lots))
	require.Equal(w, out, w.post(t), "it is known by what it moved")
	w.post(reserve("payout", ann, cash, 10*n-15))
	t = move("more", ann, hold, 1)
	t.Since = epoch
	w.refuse(lance.Insufficient, "balance_insufficient", t)
	t.Debit, t.Credit = cash, ann
	w.refuse(lance.Invalid, "invalid_input", t)
}

func lotKept[R ledger.Repos](w *ledgerWorld[R]) {
	t := topUp("in", ann, 123)
	t.Lot.ChargedAt = epoch.Add(-time.Hour + 1999)
	t.Lot.Refundable = false
	posted := w.post(t)[0]
	require.Equal(w, epoch.Add(-time.Hour+1000), posted.Lot.ChargedAt, "microseconds")
	w.view(func(ctx context.Context, r R) error {
		kept, err := r.Ledger().Lots(ctx, posted.Lot.ID, "lot_00000000000000000000000000")
		require.NoError(w, err)
		require.Equal(w, []ledger.Lot{*posted.Lot}, kept)
		return nil
	})
	require.Equal(w, ledger.Lot{
		ID: posted.Lot.ID, Transfer: t.ID, Amount: usd(123), Provider: "sandbox",
		Payment: lance.Ref{Kind: "topup", ID: "in"}, Method: "card", ChargedAt: epoch.Add(-time.Hour + 1000),
	}, *posted.Lot)
}
