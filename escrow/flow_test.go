package escrow_test

import (
	"context"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

// lot returns the oldest lot that the payer has.
func (w *world) lot() (lot ledger.Lot) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), func(ctx context.Context, r memescrow.Tx) error {
		shares, err := ledger.LotsOf(ctx, r, ledger.Available(payer.Party, lance.USD))
		require.NoError(w, err)
		lots, err := r.Ledger().Lots(ctx, shares[0].Lot)
		lot = lots[0]
		return err
	}))
	return lot
}

// TestALotIsFollowedToEverybodyWhoGotSomeOfIt releases a part of an agreement, gets
// a part back, and leaves the rest, beside agreements that other money pays for.
func TestALotIsFollowedToEverybodyWhoGotSomeOfIt(t *testing.T) {
	t.Parallel()
	doc := policy.Default()
	doc.Taxes = []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: decimal.NewFromInt(20)}}
	w := newWorld(t, doc)
	w.deposit(payer.Party, usd(1000))
	lot := w.lot()
	w.skip(day)
	agree := func(share ...escrow.Share) *escrow.Agreement {
		w.skip(time.Second) // they are in the order in which they were made
		a, err := w.Agree(t.Context(), payer, escrow.AgreeInput{Subject: subject, Payer: payer.Party, Payee: payee.Party, Amount: usd(600), Payees: share})
		require.NoError(t, err)
		a, err = w.Fund(t.Context(), payer, escrow.FundInput{Agreement: a.ID})
		require.NoError(t, err)
		return a
	}
	first := agree(escrow.Share{Party: payee.Party, Weight: 1}, escrow.Share{Party: "partner", Weight: 1})
	w.deposit(payer.Party, usd(1000))
	second, third := agree(), agree()
	_, err := w.Release(t.Context(), payer, escrow.ReleaseInput{Agreement: first.ID, Amount: usd(300)})
	require.NoError(t, err)
	_, err = w.Refund(t.Context(), payee, escrow.RefundInput{Agreement: first.ID, Amount: usd(100)})
	require.NoError(t, err)

	require.NoError(t, w.db.View(t.Context(), func(ctx context.Context, r memescrow.Tx) error {
		flows, err := escrow.FlowsIn(ctx, r, payer.Party, lot)
		require.NoError(t, err)
		require.Len(t, flows, 2, "not the third, for which other money pays")
		f := flows[0]
		require.Equal(t, first.ID, f.Agreement.ID)
		require.Equal(t, []int64{200, 100, 30}, []int64{f.Held.Minor(), f.Returned.Minor(), f.Fee.Minor()})
		require.Equal(t, []escrow.Earned{{payee.Party, usd(132)}, {"partner", usd(132)}}, f.Earned)
		require.Equal(t, []escrow.Levied{{"DE", usd(6)}}, f.Taxes)
		require.Equal(t, second.ID, flows[1].Agreement.ID)
		require.Equal(t, usd(400), flows[1].Held)
		require.NotEqual(t, third.ID, flows[1].Agreement.ID)
		none, err := escrow.FlowsIn(ctx, r, payee.Party, lot)
		require.Empty(t, none)
		return err
	}))
}

// TestClearanceEndsEarlyForTheEngineAlone takes a part out of what waits longest.
func TestClearanceEndsEarlyForTheEngineAlone(t *testing.T) {
	t.Parallel()
	doc := policy.Default()
	doc.Clearance = 5 * day
	w := newWorld(t, doc)
	w.deposit(payer.Party, usd(1000))
	lot := w.lot()
	a, err := w.Agree(t.Context(), payer, escrow.AgreeInput{Subject: subject, Payer: payer.Party, Payee: payee.Party, Amount: price})
	require.NoError(t, err)
	_, err = w.Fund(t.Context(), payer, escrow.FundInput{Agreement: a.ID})
	require.NoError(t, err)
	for range 2 {
		a, err = w.Release(t.Context(), payer, escrow.ReleaseInput{Agreement: a.ID, Amount: usd(500)})
		require.NoError(t, err)
		w.skip(day)
	}
	early := func(by lance.Actor, of lance.PartyID, amount lance.Money) error {
		return w.db.InTx(t.Context(), func(ctx context.Context, r memescrow.Tx) (err error) {
			a, err = escrow.ClearIn(ctx, r, escrow.ClearInput{By: by, Agreement: a.ID, Party: of, Amount: amount, Lot: lot.ID})
			return err
		})
	}
	was := a
	for _, c := range []struct {
		by     lance.Actor
		of     lance.PartyID
		amount lance.Money
		kind   lance.Kind
		code   string
	}{
		{payee, payee.Party, usd(1), lance.Forbidden, "agreement_relation"},
		{clock, payer.Party, usd(1), lance.Insufficient, "clearance_insufficient"},
		{clock, payee.Party, usd(901), lance.Insufficient, "clearance_insufficient"},
		{clock, payee.Party, lance.NewMoney(1, lance.EUR), lance.Insufficient, "clearance_insufficient"},
		{clock, payee.Party, usd(0), lance.Invalid, "money_not_positive"},
		{clock, payee.Party, usd(-1), lance.Invalid, "money_not_positive"},
	} {
		a = was
		err := early(c.by, c.of, c.amount)
		require.ErrorIs(t, err, c.kind)
		require.Equal(t, c.code, lance.CodeOf(err))
	}
	a = was
	require.NoError(t, early(clock, payee.Party, usd(500)))
	require.Equal(t, []escrow.Clearing{{payee.Party, usd(400), epoch.Add(5 * day)}}, a.Clearing)
	require.Equal(t, usd(400), a.InClearance(payee.Party))
	w.has(map[ledger.Account]int64{ledger.Available(payee.Party, lance.USD): 500, ledger.Clearance(payee.Party, lance.USD): 400})
	w.skip(3 * day)
	w.step()
	w.has(map[ledger.Account]int64{ledger.Available(payee.Party, lance.USD): 900, ledger.Clearance(payee.Party, lance.USD): 0})
}
