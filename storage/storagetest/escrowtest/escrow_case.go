package escrowtest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
)

func caseLaws() []law {
	return []law{
		{"a frozen agreement stands, clocks and all, and goes on where it stood", (*world).freezes},
		{"only the case that has frozen it thaws it or rules, through who keeps it", (*world).onlyItsCase},
		{"of several cases that have frozen it an agreement waits for all, and none rules alone", (*world).severalCases},
		{"a ruling divides what is held exactly, whoever bears the fees", (*world).rulings},
		{"who is ruled less than the fees that he bears pays no more than that", (*world).poor},
		{"an arbiter has no stake, and neither party rules", (*world).judges},
		{"an arbiter who thaws again under his key is answered as before", (*world).thawsAgain},
		{"of ruling, thaw and approval one wins", (*world).rulesOnce},
	}
}

func (w *world) freezes() {
	a := w.part(w.submitted(1000), w.payer, escrow.AskRefund, usd(100))
	a = w.part(a, w.payer, escrow.Amend, usd(900))
	w.clock.Move(2 * 24 * time.Hour)
	a = w.must(a, w.payee, escrow.Freeze)
	require.Equal(w, escrow.Frozen, a.State)
	require.Empty(w, a.Amendment.By, "a proposed price is dropped")
	for _, kind := range []string{escrow.KindAutoRelease, escrow.KindRefund, escrow.KindLimit} {
		require.Equal(w, escrow.WhyFrozen, w.timer(a.ID, kind).WhyNot)
	}
	require.Empty(w, a.AllowedActions(w.payer))
	for _, x := range []act{
		{By: w.payer, Do: escrow.Approve}, {By: w.payee, Do: escrow.Refund}, {By: w.payer, Do: escrow.Release, Amount: usd(1)},
		{By: w.payer, Do: escrow.Freeze}, {By: w.payer, Do: escrow.AskRefund},
	} {
		w.refuse(a, x, lance.Precondition, "agreement_state")
	}
	w.clock.Move(20 * 24 * time.Hour)
	require.Empty(w, w.step().Fired)
	w.invariants()
	a = w.must(a, arbiter, escrow.Thaw)
	require.Equal(w, escrow.Submitted, a.State)
	require.True(w, a.ReleaseAt.Equal(w.clock.Now().Add(12*24*time.Hour)), "twelve of fourteen days were left")
	require.True(w, a.RefundAt.Equal(w.clock.Now().Add(5*24*time.Hour)), "five of seven were")
	require.Equal(w, usd(100), a.RefundAsked)
	a = w.must(w.must(a, w.payer, escrow.RequestChanges), w.payer, escrow.Freeze)
	a = w.must(a, engine, escrow.Thaw)
	require.Equal(w, escrow.Funded, a.State)
	require.True(w, a.ReleaseAt.IsZero())
}

// thawIn and ruleIn end a freeze for a case through a keeper.
func thawIn(about lance.Ref, k escrow.Keeper) func(ctx context.Context, r escrow.Repos, id escrow.ID) error {
	return func(ctx context.Context, r escrow.Repos, id escrow.ID) error {
		_, err := escrow.ThawIn(ctx, r, escrow.ThawInput{By: arbiter, Agreement: id, Case: about, Keeper: k})
		return err
	}
}

func ruleIn(about lance.Ref, k escrow.Keeper) func(ctx context.Context, r escrow.Repos, id escrow.ID) error {
	return func(ctx context.Context, r escrow.Repos, id escrow.ID) error {
		_, err := escrow.RuleIn(ctx, r, escrow.RuleInput{By: arbiter, Agreement: id, Case: about, Keeper: k, Bears: escrow.BearEach})
		return err
	}
}

func (w *world) onlyItsCase() {
	a := w.must(w.funded(1000), w.payer, escrow.Freeze)
	before := w.image(a.ID)
	other := lance.Ref{Kind: "chargeback", ID: "9"}
	for _, c := range []struct {
		do   func(ctx context.Context, r escrow.Repos, id escrow.ID) error
		kind lance.Kind
		code string
	}{
		{thawIn(other, keeper), lance.Precondition, "freeze_case"}, {ruleIn(other, keeper), lance.Precondition, "freeze_case"},
		{thawIn(trial, foreignKeeper), lance.Forbidden, "freeze_keeper"}, {ruleIn(trial, foreignKeeper), lance.Forbidden, "freeze_keeper"},
		{thawIn(trial, escrow.Keeper{}), lance.Invalid, "invalid_input"}, {ruleIn(trial, escrow.Keeper{}), lance.Invalid, "invalid_input"},
	} {
		err := w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error { return c.do(ctx, r, a.ID) })
		require.ErrorIs(w, err, c.kind)
		require.Equal(w, c.code, lance.CodeOf(err))
	}
	require.Equal(w, before, w.image(a.ID))
	err := w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error {
		_, err := escrow.RuleIn(ctx, r, escrow.RuleInput{By: arbiter, Agreement: a.ID, ToPayee: usd(-1), Bears: "both"})
		return err
	})
	require.ErrorIs(w, err, lance.Invalid)
	for _, field := range []string{"/bears", "/to_payee", "/case/kind", "/keeper"} {
		require.ErrorContains(w, err, field)
	}
	w.refuse(a, act{By: arbiter, Do: escrow.Rule, Amount: usd(1001), Bears: escrow.BearEach}, lance.Insufficient, "hold_insufficient")
}

// severalCases freezes an agreement for a second case of another keeper.
func (w *world) severalCases() {
	a := w.submitted(1000)
	w.clock.Move(24 * time.Hour)
	a = w.must(a, w.payer, escrow.Freeze)
	second := lance.Ref{Kind: "chargeback", ID: "9"}
	freeze := func(by lance.Actor, about lance.Ref) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error {
			_, err := escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: by, Agreement: a.ID, Case: about, Keeper: foreignKeeper})
			return err
		})
	}
	require.ErrorIs(w, freeze(w.payee, second), lance.Precondition, "only the engine does it to one that is frozen")
	require.ErrorIs(w, freeze(engine, trial), lance.Exists, "for the same case nobody does")
	require.NoError(w, freeze(engine, second))
	w.invariants()
	w.refuse(a, act{By: arbiter, Do: escrow.Rule, Amount: usd(1), Bears: escrow.BearEach}, lance.Precondition, "freeze_shared")
	err := w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error { return thawIn(second, keeper)(ctx, r, a.ID) })
	require.Equal(w, "freeze_keeper", lance.CodeOf(err))
	w.clock.Move(24 * time.Hour)
	a = w.must(w.get(a.ID), arbiter, escrow.Thaw)
	require.Equal(w, escrow.Frozen, a.State)
	require.Equal(w, second, a.Pause.Case)
	w.invariants()
	w.refuse(a, act{By: arbiter, Do: escrow.Thaw}, lance.Precondition, "freeze_case")
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error { return thawIn(second, foreignKeeper)(ctx, r, a.ID) }))
	a = w.get(a.ID)
	require.Equal(w, escrow.Submitted, a.State)
	require.True(w, a.ReleaseAt.Equal(w.clock.Now().Add(13*24*time.Hour)), "thirteen of fourteen days were left")
	require.Empty(w, a.Pause)
}

// rulings divides 10.00, of which 2.00 were released, and the payer's fee on it.
func (w *world) rulings() {
	w.under(bothSides())
	for _, c := range []struct {
		toPayee      int64
		bears        escrow.Bearer
		payee, payer int64 // what each has of the ruling
	}{
		// Of 10.00: 9.5 % and 0.333 % + 0.07, at least 0.20, of the payee; 2.9 % + 0.30 of the payer.
		// 2.00 are released already: 0.39 and 0.36 are taken; held are 8.23.
		{800, escrow.BearEach, 800 - 76, 0},
		{800, escrow.BearPayee, 800 - 76 - 23, 23},
		{800, escrow.BearPayer, 800 - 76, 0},
		{800, escrow.BearNobody, 800, 23},
		{0, escrow.BearEach, 0, 823},
		{400, escrow.BearEach, 400 - 38, 423 - 11},
		{400, escrow.BearPayer, 400, 423 - 11 - 38},
		{400, escrow.BearPayee, 400 - 38 - 11, 423},
		{400, escrow.BearNobody, 400, 423},
	} {
		a := w.part(w.funded(1000), w.payer, escrow.Release, usd(200))
		require.Equal(w, usd(823), a.Held)
		a = w.must(a, w.payee, escrow.Freeze)
		payee, payer, fees := w.posted(available(w.payee)), w.posted(available(w.payer)), w.posted(fee)
		a, err := w.try(a.ID, act{By: arbiter, Do: escrow.Rule, Amount: usd(c.toPayee), Bears: c.bears})
		require.NoError(w, err)
		require.Equal(w, escrow.Settled, a.State)
		require.Equal(w, c.payee, w.posted(available(w.payee))-payee, "%v", c)
		require.Equal(w, c.payer, w.posted(available(w.payer))-payer, "%v", c)
		require.Equal(w, 823-c.payee-c.payer, w.posted(fee)-fees, "%v", c)
		w.has(a.HoldAccount(), 0)
		require.Empty(w, w.timers(a.ID))
		w.refuse(a, act{By: arbiter, Do: escrow.Rule, Bears: escrow.BearEach}, lance.Precondition, "agreement_state")
	}
}

// poor rules so little to the payee that it does not pay all the fees that he is to
// bear: the rest falls on the payer.
func (w *world) poor() {
	w.under(bothSides())
	a := w.must(w.funded(1000), w.payee, escrow.Freeze)
	payer := w.posted(available(w.payer))
	a, err := w.try(a.ID, act{By: arbiter, Do: escrow.Rule, Amount: usd(10), Bears: escrow.BearPayee})
	require.NoError(w, err)
	require.Equal(w, usd(10), a.PayeeFee, "all that he gets")
	w.has(available(w.payee), 0)
	w.has(fee, 20)
	require.Equal(w, payer+1059-20, w.posted(available(w.payer)), "1000 and fees of 59 were held")
}

func (w *world) judges() {
	a := w.funded(1000)
	w.refuse(a, act{By: arbiter, Do: escrow.Freeze}, lance.NotFound, "agreement_not_found")
	a = w.must(a, w.payer, escrow.Freeze)
	partial := lance.Person(lance.UserID(w.payer.Party), lance.RoleArbiter)
	partial.Party = "some-organisation"
	for _, c := range []struct {
		by   lance.Actor
		kind lance.Kind
		code string
	}{
		{w.payer, lance.Forbidden, "agreement_relation"}, {w.payee, lance.Forbidden, "agreement_relation"},
		{admin, lance.Forbidden, "agreement_relation"}, {stranger, lance.NotFound, "agreement_not_found"},
		{partial, lance.NotFound, "agreement_not_found"}, {lance.Actor{}, lance.Unauthorized, "actor_required"},
	} {
		w.refuse(a, act{By: c.by, Do: escrow.Rule, Amount: usd(1), Bears: escrow.BearEach}, c.kind, c.code)
		w.refuse(a, act{By: c.by, Do: escrow.Thaw}, c.kind, c.code)
	}
	x := act{By: arbiter, Do: escrow.Rule, Amount: usd(600), Bears: escrow.BearEach, Key: "ruling"}
	for range 2 {
		_, err := w.try(a.ID, x)
		require.NoError(w, err)
	}
	w.has(available(w.payee), 540)
	w.has(available(w.payer), 1400)
}

func (w *world) thawsAgain() {
	a := w.must(w.submitted(1000), w.payer, escrow.Freeze)
	for range 2 {
		thawed, err := w.try(a.ID, act{By: arbiter, Do: escrow.Thaw, Key: "thaw"})
		require.NoError(w, err)
		require.Equal(w, a.Version+1, thawed.Version)
		require.Equal(w, escrow.Submitted, thawed.State)
	}
	w.refuse(w.get(a.ID), act{By: arbiter, Do: escrow.Thaw, Key: "another"}, lance.NotFound, "agreement_not_found")
}

func (w *world) rulesOnce() {
	for range 3 {
		a := w.must(w.submitted(100), w.payee, escrow.Freeze)
		moves := []act{
			{By: arbiter, Do: escrow.Rule, Amount: usd(60), Bears: escrow.BearEach}, {By: engine, Do: escrow.Rule, Bears: escrow.BearEach},
			{By: arbiter, Do: escrow.Thaw}, {By: w.payer, Do: escrow.Approve},
		}
		w.race(16, func(i int) error {
			_, err := w.try(a.ID, moves[i%len(moves)])
			return err
		}, lance.NotFound)
		a = w.get(a.ID)
		w.invariants()
		if a.State == escrow.Submitted {
			continue
		}
		require.True(w, escrow.Lifecycle.Terminal(a.State))
		w.has(ledger.Hold(string(a.ID), lance.USD), 0)
	}
}
