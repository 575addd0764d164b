package escrowtest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
)

func suspensionLaws() []courtLaw {
	return []courtLaw{
		{"a chargeback stops a case in every stage, and it goes on where it stood", (*court).suspends},
		{"of several chargebacks a case waits for all", (*court).waitsForAll},
		{"a chargeback that is lost ends a case and divides what is held", (*court).overtakes},
		{"a case goes on about what a bank has left of what is held", (*court).shrinks},
		{"only who keeps it speaks for what a case waits for", (*court).itsKeeper},
		{"nobody goes round a case", (*court).goesRound},
	}
}

// chargeback is what is stronger than a case.
func chargeback(id string) dispute.Stronger {
	return dispute.Stronger{About: lance.Ref{Kind: "chargeback", ID: id}, Keeper: keeper}
}

// tx runs one of the functions for chargebacks.
func (w *court) tx(fn func(ctx context.Context, r dispute.Repos) (bool, error)) (bool, error) {
	return lance.Do(w.Context(), w.db, "escrowtest", fn)
}

func (w *court) suspend(a escrow.ID, x dispute.Stronger) (bool, error) {
	return w.tx(func(ctx context.Context, r dispute.Repos) (bool, error) { return dispute.SuspendIn(ctx, r, a, x) })
}

func (w *court) resume(a escrow.ID, x dispute.Stronger) (bool, error) {
	return w.tx(func(ctx context.Context, r dispute.Repos) (bool, error) { return dispute.ResumeIn(ctx, r, a, x) })
}

func (w *court) overtake(a escrow.ID, x dispute.Stronger, toPayee lance.Money) (bool, error) {
	return w.tx(func(ctx context.Context, r dispute.Repos) (bool, error) {
		return dispute.OvertakeIn(ctx, r, a, x, toPayee)
	})
}

// did requires that one of them has found a case.
func (w *court) did(done bool, err error) {
	w.Helper()
	require.NoError(w, err)
	require.True(w, done)
}

// not requires that one of them has found nothing to do.
func (w *court) not(done bool, err error) {
	w.Helper()
	require.NoError(w, err)
	require.False(w, done)
}

func (w *court) suspends() {
	for _, stage := range []dispute.State{dispute.Opened, dispute.Negotiation, dispute.Mediation, dispute.Arbitration, dispute.Ruled} {
		w.payer = w.another() // what the one before him has left is too old
		c := w.in(stage)
		w.clock.Move(day)
		w.did(w.suspend(c.Agreement, chargeback("1")))
		stands := w.of(c.ID)
		require.Equal(w, dispute.Suspended, stands.State)
		require.Equal(w, stage, stands.Suspension.From)
		w.soundCase(stands)
		for _, by := range []lance.Actor{w.payer, w.payee, arbiter, second, admin} {
			require.Empty(w, stands.AllowedActions(by))
		}
		w.refuses(c, w.payer, dispute.MakeOffer, lance.Precondition, "dispute_state")
		w.clock.Move(100 * day)
		require.Empty(w, w.steps(), "its clock stands")
		w.did(w.resume(c.Agreement, chargeback("1")))
		goes := w.of(c.ID)
		require.Equal(w, stage, goes.State)
		require.True(w, goes.DeadlineAt.Equal(w.clock.Now().Add(c.DeadlineAt.Sub(c.StageAt)-day)), "it has the time that it had")
		require.True(w, goes.StageAt.Equal(c.StageAt))
		require.Empty(w, goes.Suspension)
		w.clock.Move(goes.DeadlineAt.Sub(w.clock.Now()))
		require.Len(w, w.steps(), 1)
		require.NotEqual(w, stage, w.of(c.ID).State)
		if _, err := w.suspend(c.Agreement, chargeback("2")); w.of(c.ID).Open() {
			require.NoError(w, err)
			w.did(w.overtake(c.Agreement, chargeback("2"), usd(0)))
		}
	}
}

func (w *court) waitsForAll() {
	c := w.in(dispute.Negotiation)
	for _, id := range []string{"1", "2", "2"} {
		w.did(w.suspend(c.Agreement, chargeback(id)))
	}
	require.Len(w, w.of(c.ID).Suspension.For, 2, "for the same it waits once")
	w.did(w.resume(c.Agreement, chargeback("1")))
	require.Equal(w, dispute.Suspended, w.of(c.ID).State)
	w.soundCase(w.of(c.ID))
	require.Equal(w, []dispute.Wait{{About: chargeback("2").About, Keeper: keeper.Name()}}, w.of(c.ID).Suspension.For)
	w.not(w.resume(c.Agreement, chargeback("1")))
	w.did(w.resume(c.Agreement, chargeback("2")))
	require.Equal(w, dispute.Negotiation, w.of(c.ID).State)
	w.not(w.resume(c.Agreement, chargeback("2")))
}

func (w *court) overtakes() {
	for _, stage := range []dispute.State{dispute.Opened, dispute.Negotiation, dispute.Mediation, dispute.Arbitration, dispute.Ruled} {
		c := w.in(stage)
		w.not(w.overtake(c.Agreement, chargeback("1"), usd(200)))
		w.did(w.suspend(c.Agreement, chargeback("1")))
		payee, payer := w.posted(available(w.payee)), w.posted(available(w.payer))
		_, err := w.overtake(c.Agreement, chargeback("1"), usd(1001))
		require.ErrorIs(w, err, lance.Insufficient)
		_, err = w.overtake(c.Agreement, chargeback("1"), lance.NewMoney(1, lance.EUR))
		require.ErrorIs(w, err, lance.Invalid)
		_, err = w.overtake(c.Agreement, chargeback("1"), usd(-1))
		require.ErrorIs(w, err, lance.Invalid)
		w.did(w.overtake(c.Agreement, chargeback("1"), usd(200)))
		ended := w.of(c.ID)
		require.Equal(w, dispute.Overtaken, ended.State)
		require.Equal(w, dispute.Outcome{End: dispute.EndChargeback, ToPayee: usd(200), ToPayer: usd(800), Bears: escrow.BearEach}, ended.Outcome)
		require.Equal(w, escrow.Settled, w.get(c.Agreement).State)
		require.Equal(w, int64(180), w.posted(available(w.payee))-payee)
		require.Equal(w, int64(800), w.posted(available(w.payer))-payer)
		w.not(w.overtake(c.Agreement, chargeback("1"), usd(0)))
	}
	w.clock.Move(1000 * time.Hour)
	require.Empty(w, w.steps())
}

// loses lets a bank take an amount of what is held, of which a case is suspended, and
// the case go on.
func (w *court) loses(c *dispute.Case, minor int64) *dispute.Case {
	w.Helper()
	x := chargeback("1")
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r dispute.Repos) error {
		_, err := dispute.SuspendIn(ctx, r, c.Agreement, x)
		require.NoError(w, err)
		_, err = escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: engine, Agreement: c.Agreement, Case: x.About, Keeper: keeper})
		require.NoError(w, err)
		lots, err := ledger.LotsOf(ctx, r, ledger.Hold(string(c.Agreement), lance.USD))
		require.NoError(w, err)
		for _, l := range lots {
			n := min(minor, l.Amount.Minor())
			if minor -= n; n == 0 {
				break
			}
			_, err = escrow.ReclaimIn(ctx, r, escrow.ReclaimInput{
				By: engine, Agreement: c.Agreement, Case: x.About, Keeper: keeper, Amount: usd(n), Lot: l.Lot, To: withheld,
			})
			require.NoError(w, err)
		}
		_, err = escrow.ThawIn(ctx, r, escrow.ThawInput{By: engine, Agreement: c.Agreement, Case: x.About, Keeper: keeper})
		require.NoError(w, err)
		_, err = dispute.ResumeIn(ctx, r, c.Agreement, x)
		return err
	}))
	w.soundCase(w.of(c.ID))
	w.invariants()
	return w.of(c.ID)
}

// shrinks loses parts of 10.00 that an arbiter has divided 6.00 to 4.00.
func (w *court) shrinks() {
	for lost, payer := range map[int64]int64{300: 100, 400: 0, 700: 0} {
		before := w.posted(available(w.payee))
		c := w.loses(w.in(dispute.Ruled), lost)
		require.Equal(w, usd(1000-lost), c.Held)
		returned := w.posted(available(w.payer))
		w.clock.Move(30 * day)
		w.steps()
		require.Equal(w, dispute.Resolved, w.of(c.ID).State)
		out := w.of(c.ID).Outcome
		require.Equal(w, usd(min(600, 1000-lost)), out.ToPayee, "what the payer got from his bank was his")
		require.Equal(w, usd(payer), out.ToPayer)
		require.Equal(w, payer, w.posted(available(w.payer))-returned)
		require.Positive(w, w.posted(available(w.payee))-before)
	}
	c := w.does(w.in(dispute.Negotiation), w.payer, dispute.MakeOffer, 900)
	c = w.loses(c, 200)
	require.Empty(w, c.Offer, "a split that was offered is off")
	w.refuses(c, w.payee, dispute.AcceptOffer, lance.Precondition, "offer_none")
}

// thief is who would keep the cases of others.
type thief struct{}

var foreignKeeper = escrow.KeeperOf[thief]()

// itsKeeper lets others speak for what a case waits for, and for the case itself.
func (w *court) itsKeeper() {
	c := w.in(dispute.Negotiation)
	for field, x := range map[string]dispute.Stronger{
		"/about": {Keeper: keeper}, "/keeper": {About: chargeback("1").About},
	} {
		_, err := w.suspend(c.Agreement, x)
		require.ErrorIs(w, err, lance.Invalid)
		require.ErrorContains(w, err, field)
	}
	_, err := w.suspend("agr_none", chargeback("1"))
	require.ErrorIs(w, err, lance.NotFound)
	w.did(w.suspend(c.Agreement, chargeback("1")))
	c = w.of(c.ID)
	foreign := dispute.Stronger{About: chargeback("1").About, Keeper: foreignKeeper}
	w.not(w.resume(c.Agreement, foreign))
	w.not(w.overtake(c.Agreement, foreign, usd(0)))
	w.same(c)
	for _, a := range []*escrow.Agreement{w.funded(100), w.must(w.funded(100), w.payer, escrow.Freeze)} {
		before := w.image(a.ID)
		w.not(w.suspend(a.ID, chargeback("1")))
		w.not(w.resume(a.ID, chargeback("1")))
		w.not(w.overtake(a.ID, chargeback("1"), usd(0)))
		require.Equal(w, before, w.image(a.ID))
	}
}

// goesRound tries to end the freeze of a case past the case.
func (w *court) goesRound() {
	c := w.in(dispute.Arbitration)
	before := w.image(c.Agreement)
	for _, by := range []lance.Actor{arbiter, engine, lance.System("dispute")} {
		for want, k := range map[string]escrow.Keeper{"invalid_input": {}, "freeze_keeper": keeper} {
			for name, err := range map[string]error{
				"thaw": w.db.InTx(w.Context(), func(ctx context.Context, r dispute.Repos) error {
					_, err := escrow.ThawIn(ctx, r, escrow.ThawInput{By: by, Agreement: c.Agreement, Case: c.Ref(), Keeper: k})
					return err
				}),
				"rule": w.db.InTx(w.Context(), func(ctx context.Context, r dispute.Repos) error {
					_, err := escrow.RuleIn(ctx, r, escrow.RuleInput{By: by, Agreement: c.Agreement, Case: c.Ref(), Keeper: k, Bears: escrow.BearEach})
					return err
				}),
			} {
				require.Equal(w, want, lance.CodeOf(err), name)
			}
		}
	}
	require.Equal(w, before, w.image(c.Agreement))
	w.same(c)
}
