package sim

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
)

// stand is what the transfers make of an account, in its own direction.
type stand struct{ posted, reserved int64 }

func (s stand) available() int64 { return s.posted - s.reserved }

// told is what the transfers about one thing sum to, by their code.
type told map[ledger.Code]int64

// books is the whole store as it was at one moment, and what follows from its
// transfers, added up here.
type books struct {
	accounts   map[ledger.Account]stand
	about      map[lance.Ref]told
	open       map[ledger.TransferID]*ledger.Transfer
	resolved   map[ledger.TransferID]int
	stored     []ledger.Balance
	agreements []*escrow.Agreement
	cases      []*dispute.Case
	claims     []*guarantee.Claim
	brought    map[lance.Currency]int64 // cash of the platform's own
	topUps     []*payments.TopUp
	payouts    []*payments.Payout
	backs      []*payments.Chargeback
	debts      []*payments.Debt
	timers     map[lance.Ref][]lance.Timer
	at         time.Time // when it was read
	entries    int64     // of the log, seen
}

func (b *books) balance(a ledger.Account) stand { return b.accounts[a] }

// made counts what commands have made and changed.
func (b *books) made() int64 {
	n := int64(len(b.topUps) + len(b.payouts))
	for _, a := range b.agreements {
		n += a.Version
	}
	for _, c := range b.cases {
		n += c.Version
	}
	for _, c := range b.claims {
		n += c.Version
	}
	return n
}

// counter counts rows.
type counter func(ctx context.Context) (int, error)

func count[D any](find func(context.Context, lance.Filter) ([]*D, error)) counter {
	return func(ctx context.Context) (int, error) {
		found, err := find(ctx, lance.Filter{})
		return len(found), err
	}
}

// counted sends a command that makes one row, and requires that it does so once.
// Where it was refused it may have made one that says why.
func (w *world) counted(ctx context.Context, of func(marketplace.Repos) counter, send func(ctx context.Context) error) error {
	rows := func() (n int, err error) {
		err = w.view(ctx, func(ctx context.Context, r marketplace.Repos) (err error) {
			n, err = of(r)(ctx)
			return err
		})
		return n, err
	}
	was, err := rows()
	if err != nil {
		return err
	}
	refused := w.sure(ctx, send)
	now, err := rows()
	switch {
	case err != nil:
		return err
	case refused == nil && now != was+1, now > was+1:
		return broken(Once, "%d rows became %d", was, now)
	case refused == nil:
		w.done(send)
	}
	return refused
}

// fold reads the whole store.
func (w *world) fold(ctx context.Context) (b books, err error) {
	b = books{
		accounts: map[ledger.Account]stand{}, about: map[lance.Ref]told{}, open: map[ledger.TransferID]*ledger.Transfer{},
		brought:  map[lance.Currency]int64{},
		resolved: map[ledger.TransferID]int{}, timers: map[lance.Ref][]lance.Timer{}, at: w.now, entries: w.books.entries,
	}
	err = w.view(ctx, func(ctx context.Context, r marketplace.Repos) error {
		transfers, err := r.Ledger().Find(ctx, ledger.Query{})
		if err != nil {
			return err
		}
		b.add(transfers)
		if b.stored, err = r.Ledger().Balances(ctx); err != nil {
			return err
		}
		if b.agreements, err = r.Agreements().Find(ctx, lance.Filter{}); err != nil {
			return err
		}
		if b.cases, err = r.Cases().Find(ctx, lance.Filter{}); err != nil {
			return err
		}
		if b.claims, err = r.Claims().Find(ctx, lance.Filter{}); err != nil {
			return err
		}
		if b.topUps, err = r.TopUps().Find(ctx, lance.Filter{}); err != nil {
			return err
		}
		if b.payouts, err = r.Payouts().Find(ctx, lance.Filter{}); err != nil {
			return err
		}
		if b.backs, err = r.Chargebacks().Find(ctx, lance.Filter{}); err != nil {
			return err
		}
		if b.debts, err = r.Debts().Find(ctx, lance.Filter{}); err != nil {
			return err
		}
		if err := b.readTimers(ctx, r); err != nil {
			return err
		}
		return b.readLog(ctx, r)
	})
	return b, err
}

// add sums transfers up.
func (b *books) add(transfers []ledger.Transfer) {
	for i := range transfers {
		t := &transfers[i]
		if t.Pending {
			b.open[t.ID] = t
		}
		if t.Resolves != "" {
			b.resolved[t.Resolves]++
		}
		if !t.Moves() {
			continue
		}
		for _, a := range []ledger.Account{t.Debit, t.Credit} {
			s := b.accounts[a]
			s.posted += t.Change(a).Minor()
			b.accounts[a] = s
		}
		if t.Debit.Kind == ledger.KindCash && t.Debit.Owner == treasury {
			b.brought[t.Amount.Currency()] += t.Amount.Minor()
		}
		if b.about[t.Subject] == nil {
			b.about[t.Subject] = told{}
		}
		b.about[t.Subject][t.Code] += t.Amount.Minor()
	}
	for id := range b.resolved {
		delete(b.open, id)
	}
	for _, t := range b.open {
		s := b.accounts[t.Debit]
		s.reserved += t.Amount.Minor()
		b.accounts[t.Debit] = s
	}
}

// far is later than any clock.
var far = start.AddDate(20, 0, 0)

// readTimers reads the clocks that run, and those of agreements that stand.
func (b *books) readTimers(ctx context.Context, r marketplace.Repos) error {
	due, err := r.Timers().Due(ctx, far, 10_000)
	if err != nil {
		return err
	}
	for _, t := range due {
		b.timers[t.Owner] = append(b.timers[t.Owner], t)
	}
	for _, a := range b.agreements {
		of, err := r.Timers().Of(ctx, a.Ref())
		if err != nil {
			return err
		}
		for _, t := range of {
			if t.DueAt.IsZero() {
				b.timers[a.Ref()] = append(b.timers[a.Ref()], t)
			}
		}
	}
	return nil
}

// readLog looks at the places of the log that are new.
func (b *books) readLog(ctx context.Context, r marketplace.Repos) error {
	for {
		entries, err := r.Log().Entries(ctx, b.entries, 1000)
		if err != nil || len(entries) == 0 {
			return err
		}
		for _, e := range entries {
			if b.entries++; e.Seq != b.entries {
				return broken(Dense, "place %d of the log is %d", b.entries, e.Seq)
			}
		}
	}
}
