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

func disputeRaceLaws() []courtLaw {
	return []courtLaw{
		{"of release, refund, dispute and approval on one agreement exactly one wins", (*court).oneWins},
		{"of many who open a case about one agreement one does", (*court).oneOpens},
		{"of settlement, concession, escalation and the clock on one case each is done whole", (*court).casesRace},
		{"of chargeback and ruling one divides what is held", (*court).chargebackRaces},
	}
}

// oneWins lets 16 callers each try what ends the agreement's work or stops it.
func (w *court) oneWins() {
	for range 5 {
		a := w.submitted(100)
		moves := []func() error{
			func() error { _, err := w.try(a.ID, act{By: w.payer, Do: escrow.Approve}); return err },
			func() error { _, err := w.try(a.ID, act{By: w.payee, Do: escrow.Refund}); return err },
			func() error {
				_, err := w.svc.Release(w.Context(), w.payer, escrow.ReleaseInput{Agreement: a.ID, Amount: usd(100)})
				return err
			},
			func() error {
				_, err := w.cases.Open(w.Context(), w.payee, dispute.OpenInput{Agreement: a.ID, Reason: dispute.NotReleased, Statement: because, ToPayee: usd(100)})
				return err
			},
		}
		won := w.race(16, func(i int) error { return moves[i%len(moves)]() }, lance.Exists, lance.Insufficient)
		require.Equal(w, 1, won)
		w.invariants()
		if a = w.get(a.ID); a.State != escrow.Frozen {
			require.True(w, escrow.Lifecycle.Terminal(a.State))
			w.has(ledger.Hold(string(a.ID), lance.USD), 0)
			continue
		}
		c := w.of(dispute.ID(a.Pause.Case.ID))
		w.opened = append(w.opened, c.ID)
		w.does(c, w.payer, dispute.Concede, 0)
	}
}

func (w *court) oneOpens() {
	for range 3 {
		a := w.funded(100)
		won := w.race(16, func(i int) error {
			by := []lance.Actor{w.payer, w.payee}[i%2]
			_, err := w.cases.Open(w.Context(), by, dispute.OpenInput{Agreement: a.ID, Reason: dispute.Late, Statement: because})
			return err
		}, lance.Exists)
		require.Equal(w, 1, won)
		w.opened = append(w.opened, dispute.ID(w.get(a.ID).Pause.Case.ID))
	}
}

func (w *court) casesRace() {
	for range 4 {
		c := w.does(w.in(dispute.Negotiation), w.payee, dispute.MakeOffer, 500)
		w.clock.Move(5 * day)
		won := w.race(16, func(i int) (err error) {
			switch i % 4 {
			case 0:
				_, err = w.tries(c, w.payer, dispute.AcceptOffer, 0, "")
			case 1:
				_, err = w.tries(c, w.payee, dispute.Concede, 0, "")
			case 2:
				_, err = w.tries(c, w.payer, dispute.Withdraw, 0, "")
			default:
				_, err = lance.NewWorker(w.db, dispute.Jobs(), nil).Step(w.Context(), w.clock.Now())
			}
			return err
		})
		require.GreaterOrEqual(w, won, 1)
		ended := w.of(c.ID)
		require.Contains(w, []dispute.State{dispute.Resolved, dispute.Withdrawn}, ended.State)
		w.soundCase(ended)
		w.invariants()
	}
}

func (w *court) chargebackRaces() {
	for range 3 {
		c := w.in(dispute.Ruled)
		w.clock.Move(5 * day)
		w.race(8, func(i int) (err error) {
			if i%2 == 0 {
				_, err = lance.NewWorker(w.db, dispute.Jobs(), nil).Step(w.Context(), w.clock.Now())
				return err
			}
			_, err = w.tx(func(ctx context.Context, r dispute.Repos) (bool, error) {
				if found, err := dispute.SuspendIn(ctx, r, c.Agreement, chargeback("1")); err != nil || !found {
					return false, err
				}
				return dispute.OvertakeIn(ctx, r, c.Agreement, chargeback("1"), usd(100))
			})
			return err
		})
		ended := w.of(c.ID)
		require.Contains(w, []dispute.State{dispute.Resolved, dispute.Overtaken}, ended.State)
		released := map[dispute.State]lance.Money{dispute.Resolved: usd(600), dispute.Overtaken: usd(100)}[ended.State]
		require.Equal(w, released, w.get(c.Agreement).Released)
		w.clock.Move(time.Hour)
	}
}
