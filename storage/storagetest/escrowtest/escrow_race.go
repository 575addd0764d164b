package escrowtest

import (
	"strconv"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

func raceLaws() []law {
	return []law{
		{"of approve, refund and cancel on one agreement exactly one wins", (*world).oneWins},
		{"of release, refund and freeze on one agreement exactly one wins", (*world).releaseRefundOrFreeze},
		{"of fund and cancel on one agreement exactly one wins", (*world).fundOrCancel},
		{"parts released and refunded side by side never exceed what is held", (*world).partsSideBySide},
		{"one payer's agreements never hold more than he had", (*world).fundMany},
		{"the same key by many callers does the action once", (*world).keyByMany},
		{"the clock and the parties race, and one of them wins", (*world).clockRaces},
	}
}

// race runs n callers side by side and returns how many succeeded. The others
// must have heard that the state does not allow it, or that somebody was
// quicker.
func (w *world) race(n int, fn func(i int) error, also ...lance.Kind) (won int) {
	w.Helper()
	faults := make([]error, n)
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { faults[i] = fn(i) })
	}
	group.Wait()
	expected := append([]lance.Kind{lance.Precondition, lance.Conflict}, also...)
	for _, err := range faults {
		if err == nil {
			won++
			continue
		}
		require.Contains(w, expected, lance.KindOf(err), "%v", err)
	}
	return won
}

func (w *world) oneWins() {
	for range 5 {
		a := w.submitted(100)
		moves := []act{
			{By: w.payer, Do: escrow.Approve}, {By: w.payee, Do: escrow.Refund}, {By: w.payer, Do: escrow.Cancel}, {By: admin, Do: escrow.Refund},
		}
		won := w.race(16, func(i int) error {
			_, err := w.try(a.ID, moves[i%len(moves)])
			return err
		})
		require.Equal(w, 1, won)
		a = w.get(a.ID)
		require.True(w, escrow.Lifecycle.Terminal(a.State))
		require.NotEqual(w, escrow.Cancelled, a.State)
	}
}

func (w *world) releaseRefundOrFreeze() {
	for range 5 {
		a := w.submitted(100)
		had := w.posted(available(w.payee))
		require.Equal(w, 1, w.race(16, func(i int) (err error) {
			switch i % 4 {
			case 0:
				_, err = w.svc.Release(w.Context(), w.payer, escrow.ReleaseInput{Agreement: a.ID, Amount: usd(100)})
			case 1:
				_, err = w.svc.Refund(w.Context(), w.payee, escrow.RefundInput{Agreement: a.ID})
			default:
				_, err = w.try(a.ID, act{By: []lance.Actor{w.payer, w.payee}[i%2], Do: escrow.Freeze})
			}
			return err
		}))
		a = w.get(a.ID)
		got := w.posted(available(w.payee)) - had
		switch a.State {
		case escrow.Released:
			require.EqualValues(w, 90, got)
		case escrow.Frozen:
			require.Equal(w, usd(100), a.Held)
			require.Zero(w, got)
		default:
			require.Equal(w, escrow.Refunded, a.State)
			require.Zero(w, got)
		}
		w.invariants()
	}
}

func (w *world) fundOrCancel() {
	for range 5 {
		w.deposit(w.payer.Party, 100)
		a := w.agree(100)
		won := w.race(8, func(i int) error {
			_, err := w.try(a.ID, []act{{By: w.payer, Do: escrow.Fund}, {By: w.payee, Do: escrow.Cancel}}[i%2])
			return err
		})
		require.Equal(w, 1, won)
	}
}

func (w *world) partsSideBySide() {
	a := w.funded(100)
	won := w.race(16, func(i int) error {
		_, err := w.try(a.ID, []act{
			{By: w.payer, Do: escrow.Release, Amount: usd(9)}, {By: w.payee, Do: escrow.Refund, Amount: usd(9)},
		}[i%2])
		return err
	}, lance.Insufficient)
	require.Equal(w, 11, won, "eleven times 9 of 100")
	require.Equal(w, usd(1), w.get(a.ID).Remaining())
}

func (w *world) fundMany() {
	w.deposit(w.payer.Party, 1000)
	var ids []escrow.ID
	for range 16 {
		ids = append(ids, w.agree(90).ID)
	}
	won := w.race(len(ids), func(i int) error {
		_, err := w.try(ids[i], act{By: w.payer, Do: escrow.Fund})
		return err
	}, lance.Insufficient)
	require.Equal(w, 11, won)
	w.has(available(w.payer), 10)
}

func (w *world) keyByMany() {
	a := w.funded(1000)
	won := w.race(16, func(i int) error {
		_, err := w.try(a.ID, act{By: w.payer, Do: escrow.Release, Amount: usd(10), Key: strconv.Itoa(i % 2)})
		return err
	})
	require.Equal(w, 16, won, "everybody hears of success")
	require.Equal(w, usd(980), w.get(a.ID).Remaining(), "two keys, two releases")
}

func (w *world) clockRaces() {
	for range 5 {
		a := w.submitted(100)
		w.clock.Move(fortnight)
		won := w.race(8, func(i int) error {
			if i%2 == 0 {
				_, err := lance.NewWorker(w.db, escrow.Jobs(), nil).Step(w.Context(), w.clock.Now())
				return err
			}
			_, err := w.try(a.ID, []act{{By: w.payer, Do: escrow.RequestChanges}, {By: w.payee, Do: escrow.Refund}}[i/2%2])
			return err
		})
		require.GreaterOrEqual(w, won, 4, "a worker who comes too late has nothing to do, and that is no fault")
		a = w.get(a.ID)
		w.invariants()
		if a.State == escrow.Funded {
			w.must(a, w.payee, escrow.Refund)
		}
	}
}
