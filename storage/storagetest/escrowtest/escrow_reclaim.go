package escrowtest

import (
	"context"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
)

func reclaimLaws() []law {
	return []law{
		{"what a bank takes back of one lot leaves what others have paid for", (*world).reclaims},
		{"what was taken back may be funded anew, and then the whole is paid", (*world).fundsAnew},
		{"a payee hands in for what is left, where the whole price was held", (*world).submitsForLess},
		{"a chargeback that takes long does not send back what was to be released", (*world).outlasts},
		{"when nothing is left of the price any of its cases ends the agreement", (*world).nothingLeft},
		{"only the engine takes money out, of a lot that is there, through who keeps the case", (*world).reclaimRefused},
	}
}

// withheld is where reclaimed money goes.
var withheld = ledger.Disputed("test", lance.USD)

// reclaim takes an amount of the oldest lot, or as much as is held of it.
func (x act) reclaim(ctx context.Context, r escrow.Repos, id escrow.ID) (*escrow.Agreement, error) {
	in := escrow.ReclaimInput{By: x.By, Agreement: id, Case: trial, Keeper: keeper, Amount: x.Amount, To: withheld}
	lots, err := ledger.LotsOf(ctx, r, ledger.Hold(string(id), lance.USD))
	if err != nil {
		return nil, err
	}
	if len(lots) > 0 {
		in.Lot = lots[0].Lot
		in.Amount = usd(min(x.Amount.Minor(), lots[0].Amount.Minor()))
	}
	return escrow.ReclaimIn(ctx, r, in)
}

// reclaimed requires that what was held pays for as much of the price as it can: at
// most a minor unit or two go back to the payer, unless nothing of the price is left.
func (w *world) reclaimed(before, after *escrow.Agreement, amount lance.Money) {
	w.Helper()
	require.LessOrEqual(w, after.Held.Minor(), before.Held.Minor()-1)
	require.Equal(w, before.Released, after.Released)
	require.Equal(w, before.Refunded, after.Refunded)
	taken := min(amount.Minor(), before.Held.Minor())
	back := before.Held.Minor() - taken - after.Held.Minor()
	require.GreaterOrEqual(w, back, int64(0))
	if after.Remaining().IsPositive() {
		require.LessOrEqual(w, back, int64(2))
	}
}

// twoLots is an agreement about 10.00 under fees of both sides, whose 10.59 come of
// a lot of 4.00 and another one.
func (w *world) twoLots() *escrow.Agreement {
	w.Helper()
	w.under(bothSides())
	w.deposit(w.payer.Party, 400)
	w.clock.Move(time.Second)
	w.deposit(w.payer.Party, 2000)
	a := w.must(w.agreed(escrow.AgreeInput{Amount: usd(1000)}), w.payer, escrow.Fund)
	require.Equal(w, usd(1059), a.Held)
	return a
}

func (w *world) reclaims() {
	a := w.must(w.twoLots(), w.payee, escrow.Submit)
	w.clock.Move(4 * 24 * time.Hour)
	a = w.must(a, engine, escrow.Freeze)
	limit := a.HeldSince
	payer := w.posted(available(w.payer))
	a = w.part(a, engine, escrow.Reclaim, usd(400))
	w.invariants()
	require.Equal(w, usd(659), a.Held)
	require.Equal(w, usd(611), a.Funded, "6.11 and 0.48 of fees on it")
	require.Equal(w, usd(389), a.Missing())
	require.True(w, a.HeldSince.After(limit), "the limit counts from the lot that is left")
	require.Equal(w, payer, w.posted(available(w.payer)))
	require.Equal(w, int64(-400), w.posted(withheld), "which the provider had withheld")
	w.view(func(ctx context.Context, r escrow.Repos) error {
		lots, err := ledger.LotsOf(ctx, r, a.HoldAccount())
		require.Len(w, lots, 1)
		flows, err2 := escrow.FlowsIn(ctx, r, w.payer.Party, w.lotOf(ctx, r, lots[0].Lot))
		require.NoError(w, err2)
		require.Equal(w, usd(659), flows[0].Held)
		require.Empty(w, flows[0].Earned)
		return err
	})
	a = w.must(a, engine, escrow.Thaw)
	require.Equal(w, escrow.Submitted, a.State)
	require.True(w, a.ReleaseAt.Equal(w.clock.Now().Add(10*24*time.Hour)), "the inspection goes on")
	w.refuse(a, act{By: w.payer, Do: escrow.Approve}, lance.Precondition, "funding_required")
	w.clock.Move(10 * 24 * time.Hour)
	w.step()
	a = w.get(a.ID)
	require.Equal(w, escrow.Released, a.State)
	require.Equal(w, usd(611), a.Released)
	require.Equal(w, usd(48), a.PayerFee)
	w.has(available(w.payee), 611-a.PayeeFee.Minor())
}

// lotOf reads one lot.
func (w *world) lotOf(ctx context.Context, r escrow.Repos, id ledger.LotID) ledger.Lot {
	w.Helper()
	lots, err := r.Ledger().Lots(ctx, id)
	require.NoError(w, err)
	return lots[0]
}

func (w *world) fundsAnew() {
	a := w.must(w.must(w.twoLots(), w.payee, escrow.Submit), engine, escrow.Freeze)
	a = w.must(w.part(a, engine, escrow.Reclaim, usd(400)), engine, escrow.Thaw)
	release := a.ReleaseAt
	a = w.part(a, w.payer, escrow.Fund, usd(100))
	require.Equal(w, usd(289), a.Missing())
	a = w.must(a, w.payer, escrow.Fund)
	require.Equal(w, usd(1059), a.Held)
	require.Equal(w, release, a.ReleaseAt, "that gives the payer no more time")
	a = w.must(a, w.payer, escrow.Approve)
	require.Equal(w, usd(1000), a.Released)
	require.Equal(w, usd(59), a.PayerFee)
}

func (w *world) submitsForLess() {
	a := w.must(w.twoLots(), engine, escrow.Freeze)
	a = w.must(w.part(a, engine, escrow.Reclaim, usd(400)), engine, escrow.Thaw)
	require.Equal(w, escrow.Funded, a.State)
	require.Equal(w, escrow.WhyNotSubmitted, w.timer(a.ID, escrow.KindAutoRelease).WhyNot)
	a = w.must(w.must(w.must(a, w.payee, escrow.Submit), w.payer, escrow.RequestChanges), w.payee, escrow.Submit)
	require.False(w, a.ReleaseAt.IsZero())

	part := w.agreed(escrow.AgreeInput{Amount: usd(1000)})
	part = w.must(w.part(part, w.payer, escrow.Fund, usd(500)), engine, escrow.Freeze)
	part = w.must(w.part(part, engine, escrow.Reclaim, usd(100)), engine, escrow.Thaw)
	w.refuse(part, act{By: w.payee, Do: escrow.Submit}, lance.Precondition, "funding_required")
}

// outlasts freezes submitted work until the limit of held money is over, or nearly.
func (w *world) outlasts() {
	itself, payer, payee := func() lance.Actor { return engine }, func() lance.Actor { return w.payer }, func() lance.Actor { return w.payee }
	for i, c := range []struct {
		by     func() lance.Actor
		frozen time.Duration // after four days
		lost   int64
		over   time.Duration // after that, by a clock
		state  escrow.State
	}{
		{itself, 100 * 24 * time.Hour, 400, 0, escrow.Released},
		{itself, 100 * 24 * time.Hour, 0, 0, escrow.Released},
		{itself, 80 * 24 * time.Hour, 400, 6 * 24 * time.Hour, escrow.Released},
		{payer, 100 * 24 * time.Hour, 0, 0, escrow.Refunded},
		{payee, 100 * 24 * time.Hour, 0, 0, escrow.Refunded},
	} {
		w.payer = lance.Person(lance.UserID("ann" + strconv.Itoa(i))) // who has no older money
		a := w.must(w.twoLots(), w.payee, escrow.Submit)
		w.clock.Move(4 * 24 * time.Hour)
		a = w.must(a, c.by(), escrow.Freeze)
		w.clock.Move(c.frozen)
		if c.lost > 0 {
			a = w.part(a, engine, escrow.Reclaim, usd(c.lost))
		}
		a = w.must(a, engine, escrow.Thaw)
		require.Equal(w, escrow.Submitted, a.State)
		if c.over > 0 {
			w.step()
			require.Equal(w, escrow.Submitted, w.get(a.ID).State)
			w.clock.Move(c.over)
		}
		w.step()
		require.Equal(w, c.state, w.get(a.ID).State, "frozen by %s for %s", c.by().Label(), c.frozen)
		w.invariants()
	}
}

func (w *world) nothingLeft() {
	w.under(bothSides())
	w.deposit(w.payer.Party, 1058)
	w.clock.Move(time.Second)
	w.deposit(w.payer.Party, 1000)
	a := w.must(w.must(w.agreed(escrow.AgreeInput{Amount: usd(1000)}), w.payer, escrow.Fund), w.payer, escrow.Freeze)
	a = w.must(a, engine, escrow.FreezeToo)
	a = w.part(a, engine, escrow.Reclaim, usd(1058))
	w.invariants()
	require.Zero(w, a.Held.Minor(), "0.01 is no part of the price with a fee on it")
	require.Zero(w, a.Remaining().Minor())
	w.has(available(w.payer), 1000)
	a, err := w.try(a.ID, act{By: engine, Do: escrow.Rule, Bears: escrow.BearNobody})
	require.NoError(w, err)
	require.Equal(w, escrow.Settled, a.State)
	w.has(available(w.payer), 1000)
	w.has(available(w.payee), 0)
	require.Empty(w, w.timers(a.ID))
}

func (w *world) reclaimRefused() {
	a := w.twoLots()
	w.refuse(a, act{By: engine, Do: escrow.Reclaim, Amount: usd(1)}, lance.Precondition, "agreement_state")
	a = w.must(a, w.payer, escrow.Freeze)
	for _, by := range []lance.Actor{w.payer, w.payee, arbiter} {
		w.refuse(a, act{By: by, Do: escrow.Reclaim, Amount: usd(1)}, lance.Forbidden, "agreement_relation")
	}
	before := w.image(a.ID)
	for code, change := range map[string]func(in *escrow.ReclaimInput){
		"freeze_case":       func(in *escrow.ReclaimInput) { in.Case = retrial },
		"freeze_keeper":     func(in *escrow.ReclaimInput) { in.Keeper = foreignKeeper },
		"lot_insufficient":  func(in *escrow.ReclaimInput) { in.Amount = usd(401) },
		"hold_insufficient": func(in *escrow.ReclaimInput) { in.Amount = usd(1060) },
		"invalid_input":     func(in *escrow.ReclaimInput) { in.Amount, in.To, in.Keeper = usd(0), ledger.Account{}, escrow.Keeper{} },
	} {
		err := w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error {
			lots, err := ledger.LotsOf(ctx, r, a.HoldAccount())
			require.NoError(w, err)
			in := escrow.ReclaimInput{By: engine, Agreement: a.ID, Case: trial, Keeper: keeper, Amount: usd(1), Lot: lots[0].Lot, To: withheld}
			change(&in)
			_, err = escrow.ReclaimIn(ctx, r, in)
			return err
		})
		require.Equal(w, code, lance.CodeOf(err), "%v", err)
	}
	require.Equal(w, before, w.image(a.ID))
}
