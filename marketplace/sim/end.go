package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
)

// endings are how long time goes on after a run's last step, in which everything
// has to end by itself.
var endings = []time.Duration{11 * day, 120 * day, 30 * day}

// end lets the bank tell all it has to tell and time pass, and requires that
// nothing is left.
func (w *world) end(ctx context.Context) error {
	if err := w.close(ctx); err != nil {
		return err
	}
	for _, span := range endings {
		w.now = w.now.Add(span)
		for range 30 {
			if err := w.work(ctx, 10); err != nil {
				return err
			}
			w.now = w.now.Add(2 * time.Hour)
			if waits, err := w.waits(ctx); err != nil || !waits {
				break
			}
		}
		if err := w.check(ctx); err != nil {
			return err
		}
	}
	return w.over(ctx)
}

// waits reports whether the bank has to say yet how something ended.
func (w *world) waits(ctx context.Context) (waits bool, err error) {
	err = w.view(ctx, func(ctx context.Context, r marketplace.Repos) error {
		in := func(states ...string) lance.Filter {
			return lance.Filter{In: map[string][]string{"state": states}, Limit: 1}
		}
		topUps, err := r.TopUps().Find(ctx, in(string(payments.Processing)))
		if err != nil {
			return err
		}
		payouts, err := r.Payouts().Find(ctx, in(string(payments.Requested), string(payments.Submitted)))
		waits = len(topUps)+len(payouts) > 0
		return err
	})
	return waits, err
}

// close lets the arbiter decide what is open.
func (w *world) close(ctx context.Context) error {
	for _, a := range w.books.agreements {
		if a.State != escrow.Frozen {
			continue
		}
		w.step++
		x := asked{by: arbiter, key: fmt.Sprintf("end-%s", a.ID), id: a.ID, about: a.Pause.Case}
		err := w.sure(ctx, func(ctx context.Context) error {
			return inTx(ctx, w, escrow.ThawIn, escrow.ThawInput{By: x.by, Key: x.key, Agreement: x.id, Case: x.about})
		})
		if err != nil {
			return broken(Ends, "%s stays frozen: %v", a.ID, err)
		}
	}
	return nil
}

// over requires that nothing is left to come.
func (w *world) over(ctx context.Context) error {
	for _, a := range w.books.agreements {
		if a.Held.IsPositive() || len(a.Clearing) > 0 {
			return broken(Ends, "%s is %s and holds %s, with %d in clearance", a.ID, a.State, a.Held, len(a.Clearing))
		}
	}
	if waits, err := w.waits(ctx); err != nil || waits {
		return broken(Ends, "a top-up or a payout waits for ever")
	}
	if len(w.books.open) > 0 {
		return broken(Ends, "%d reservations stand for ever", len(w.books.open))
	}
	audit, err := w.engine.Verify(ctx, admin, nil)
	if err == nil && audit.Bad != nil {
		return broken(Ends, "%v", audit.Bad)
	}
	if err == nil && audit.Waiting > 0 {
		return broken(Ends, "%d entries of the log were never sealed", audit.Waiting)
	}
	if err != nil {
		return err
	}
	return w.journal(ctx)
}

// journal closes the hash of the run over all that it left.
func (w *world) journal(ctx context.Context) error {
	err := w.view(ctx, func(ctx context.Context, r marketplace.Repos) error {
		transfers, err := r.Ledger().Find(ctx, ledger.Query{})
		if err != nil {
			return err
		}
		for i := range transfers {
			leaf := transfers[i].Leaf()
			w.note(string(leaf[:]))
		}
		for _, a := range w.books.agreements {
			events, err := r.Log().Stream(ctx, a.Ref())
			if err != nil {
				return err
			}
			for _, ev := range events {
				w.note(string(ev.ID), ev.Type, string(ev.Body))
			}
		}
		return nil
	})
	w.report.Journal, w.report.Steps = w.hash, len(w.acts)
	return err
}
