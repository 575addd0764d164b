package sim

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
)

// rounds is how many times time goes on after a run's last step, at most.
const rounds = 200

// end lets the bank tell what it has to tell and time pass until no clock runs any
// more, and requires that nothing is left.
func (w *world) end(ctx context.Context) error {
	w.fate.how, w.step, w.said = noFault, -1, "the end"
	for _, i := range w.bank.ripe() {
		if err := w.hear(ctx, w.bank.heap[i]); err != nil {
			return err
		}
	}
	for range rounds {
		if err := w.fillUp(ctx); err != nil {
			return err
		}
		if err := w.work(ctx, 10); err != nil {
			return err
		}
		if err := w.check(ctx); err != nil {
			return err
		}
		next := w.books.next()
		if next.IsZero() {
			return w.over(ctx)
		}
		w.now = w.now.Add(2 * time.Hour)
		if next = next.Add(day); next.After(w.now) {
			w.now = next
		}
	}
	return broken(Ends, "clocks go on for ever: %v", w.books.timers)
}

// next returns when the next clock is due that is no chore.
func (b *books) next() (first time.Time) {
	for of, ts := range b.timers {
		for _, t := range ts {
			if !of.IsZero() && !t.DueAt.IsZero() && (first.IsZero() || t.DueAt.Before(first)) {
				first = t.DueAt
			}
		}
	}
	return first
}

// over requires that nothing is left to come.
func (w *world) over(ctx context.Context) error {
	for _, a := range w.books.agreements {
		if a.Held.IsPositive() || len(a.Clearing) > 0 {
			return broken(Ends, "%s is %s and holds %s, with %d in clearance", a.ID, a.State, a.Held, len(a.Clearing))
		}
	}
	if n := len(w.books.openCases()); n > 0 {
		return broken(Ends, "%d cases go on for ever", n)
	}
	if slices.ContainsFunc(w.books.claims, (*guarantee.Claim).Open) {
		return broken(Ends, "a claim waits for ever")
	}
	if b := &w.books; b.waits() || len(b.open) > 0 {
		return broken(Ends, "a top-up, a payout, a chargeback, a debt or a reservation waits for ever")
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

// waits reports whether anything of the bank's is not over.
func (b *books) waits() bool {
	return slices.ContainsFunc(b.topUps, func(t *payments.TopUp) bool { return t.State == payments.Processing }) ||
		slices.ContainsFunc(b.payouts, func(p *payments.Payout) bool {
			return p.State == payments.Requested || p.State == payments.Submitted
		}) ||
		slices.ContainsFunc(b.backs, func(c *payments.Chargeback) bool { return c.State == payments.Open }) ||
		slices.ContainsFunc(b.debts, func(x *payments.Debt) bool { return x.State == payments.Owing })
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
		var streams []lance.Ref
		for _, a := range w.books.agreements {
			streams = append(streams, a.Ref())
		}
		for _, c := range w.books.cases {
			streams = append(streams, c.Ref())
		}
		for _, c := range w.books.claims {
			streams = append(streams, c.Ref())
		}
		for _, c := range w.books.backs {
			streams = append(streams, c.Ref())
		}
		for _, of := range streams {
			events, err := r.Log().Stream(ctx, of)
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
