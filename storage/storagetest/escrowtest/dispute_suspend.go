package escrowtest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
)

func suspensionLaws() []courtLaw {
	return []courtLaw{
		{"a chargeback stops a case in every stage, and it goes on where it stood", (*court).suspends},
		{"of several chargebacks a case waits for all", (*court).waitsForAll},
		{"a chargeback that is lost ends a case and divides what is held", (*court).overtakes},
		{"only the engine suspends, and only a case that is open", (*court).onlyEngine},
	}
}

// chargeback is what is stronger than a case.
func chargeback(id string) lance.Ref { return lance.Ref{Kind: "chargeback", ID: id} }

// settling is who speaks for chargebacks.
var settling = lance.System("chargeback")

// tx runs one of the functions for chargebacks.
func (w *court) tx(fn func(ctx context.Context, r dispute.Repos) (bool, error)) (bool, error) {
	return lance.Do(w.Context(), w.db, "escrowtest", fn)
}

func (w *court) suspend(by lance.Actor, a escrow.ID, about lance.Ref) (bool, error) {
	return w.tx(func(ctx context.Context, r dispute.Repos) (bool, error) {
		return dispute.SuspendIn(ctx, r, by, a, about)
	})
}

func (w *court) resume(by lance.Actor, a escrow.ID) (bool, error) {
	return w.tx(func(ctx context.Context, r dispute.Repos) (bool, error) { return dispute.ResumeIn(ctx, r, by, a) })
}

func (w *court) overtake(by lance.Actor, a escrow.ID, toPayee lance.Money) (bool, error) {
	return w.tx(func(ctx context.Context, r dispute.Repos) (bool, error) {
		return dispute.OvertakeIn(ctx, r, by, a, toPayee)
	})
}

// did requires that one of them has found a case.
func (w *court) did(done bool, err error) {
	w.Helper()
	require.NoError(w, err)
	require.True(w, done)
}

func (w *court) suspends() {
	for _, stage := range []dispute.State{dispute.Opened, dispute.Negotiation, dispute.Mediation, dispute.Arbitration, dispute.Ruled} {
		w.payer = w.another() // what the one before him has left is too old
		c := w.in(stage)
		w.clock.Move(day)
		w.did(w.suspend(settling, c.Agreement, chargeback("1")))
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
		w.did(w.resume(settling, c.Agreement))
		goes := w.of(c.ID)
		require.Equal(w, stage, goes.State)
		require.True(w, goes.DeadlineAt.Equal(w.clock.Now().Add(c.DeadlineAt.Sub(c.StageAt)-day)), "it has the time that it had")
		require.True(w, goes.StageAt.Equal(c.StageAt))
		require.Empty(w, goes.Suspension)
		w.clock.Move(goes.DeadlineAt.Sub(w.clock.Now()))
		require.Len(w, w.steps(), 1)
		require.NotEqual(w, stage, w.of(c.ID).State)
		_, err := w.overtake(settling, c.Agreement, usd(0)) // if it has not ended
		require.NoError(w, err)
	}
}

func (w *court) waitsForAll() {
	c := w.in(dispute.Negotiation)
	for _, id := range []string{"1", "2", "2"} {
		w.did(w.suspend(settling, c.Agreement, chargeback(id)))
	}
	require.Equal(w, []lance.Ref{chargeback("1"), chargeback("2")}, w.of(c.ID).Suspension.For, "for the same it waits once")
	w.did(w.resume(settling, c.Agreement))
	require.Equal(w, dispute.Suspended, w.of(c.ID).State)
	w.soundCase(w.of(c.ID))
	w.did(w.resume(settling, c.Agreement))
	require.Equal(w, dispute.Negotiation, w.of(c.ID).State)
	done, err := w.resume(settling, c.Agreement)
	require.NoError(w, err)
	require.False(w, done, "it waits for nothing")
}

func (w *court) overtakes() {
	for i, stage := range []dispute.State{dispute.Opened, dispute.Negotiation, dispute.Mediation, dispute.Arbitration, dispute.Ruled} {
		c := w.in(stage)
		if i%2 == 0 {
			w.did(w.suspend(settling, c.Agreement, chargeback("1")))
		}
		payee, payer := w.posted(available(w.payee)), w.posted(available(w.payer))
		_, err := w.overtake(settling, c.Agreement, usd(1001))
		require.ErrorIs(w, err, lance.Insufficient)
		_, err = w.overtake(settling, c.Agreement, lance.NewMoney(1, lance.EUR))
		require.ErrorIs(w, err, lance.Invalid)
		_, err = w.overtake(settling, c.Agreement, usd(-1))
		require.ErrorIs(w, err, lance.Invalid)
		w.did(w.overtake(settling, c.Agreement, usd(200)))
		ended := w.of(c.ID)
		require.Equal(w, dispute.Overtaken, ended.State)
		require.Equal(w, dispute.Outcome{End: dispute.EndChargeback, ToPayee: usd(200), ToPayer: usd(800), Bears: escrow.BearEach}, ended.Outcome)
		require.Equal(w, escrow.Settled, w.get(c.Agreement).State)
		require.Equal(w, int64(180), w.posted(available(w.payee))-payee)
		require.Equal(w, int64(800), w.posted(available(w.payer))-payer)
		done, err := w.overtake(settling, c.Agreement, usd(0))
		require.NoError(w, err)
		require.False(w, done, "there is no case any more")
	}
	w.clock.Move(1000 * time.Hour)
	require.Empty(w, w.steps())
}

func (w *court) onlyEngine() {
	c := w.in(dispute.Negotiation)
	for _, x := range []struct {
		by   lance.Actor
		kind lance.Kind
	}{{w.payer, lance.Forbidden}, {admin, lance.Forbidden}, {arbiter, lance.Forbidden}, {lance.Actor{}, lance.Unauthorized}} {
		_, err := w.suspend(x.by, c.Agreement, chargeback("1"))
		require.ErrorIs(w, err, x.kind)
		_, err = w.resume(x.by, c.Agreement)
		require.ErrorIs(w, err, x.kind)
		_, err = w.overtake(x.by, c.Agreement, usd(0))
		require.ErrorIs(w, err, x.kind)
	}
	_, err := w.suspend(settling, c.Agreement, lance.Ref{})
	require.ErrorIs(w, err, lance.Invalid)
	_, err = w.suspend(settling, "agr_none", chargeback("1"))
	require.ErrorIs(w, err, lance.NotFound)
	w.same(c)
	for _, a := range []*escrow.Agreement{w.funded(100), w.must(w.funded(100), w.payer, escrow.Freeze)} {
		before := w.image(a.ID)
		for _, found := range []func() (bool, error){
			func() (bool, error) { return w.suspend(settling, a.ID, chargeback("1")) },
			func() (bool, error) { return w.resume(settling, a.ID) },
			func() (bool, error) { return w.overtake(settling, a.ID, usd(0)) },
		} {
			done, err := found()
			require.NoError(w, err)
			require.False(w, done)
		}
		require.Equal(w, before, w.image(a.ID))
	}
}
