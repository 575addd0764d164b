package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/megilance/lance"
)

// Report is what a re-fold found.
type Report struct {
	Transfers   int64
	Accounts    int64         // that money was moved in or out of
	Imbalance   []lance.Money // per currency, in order: credits less debits over all accounts
	Differences []Difference  // accounts whose stored balance is not what the transfers make, in order
}

// Difference is a stored balance that is not what the transfers make.
type Difference struct {
	Account        Account
	Stored, Folded Balance
}

// Balanced reports whether every currency sums to zero and every stored balance
// is what the transfers make.
func (r Report) Balanced() bool {
	return len(r.Differences) == 0 && !slices.ContainsFunc(r.Imbalance, func(m lance.Money) bool { return !m.IsZero() })
}

// Refold recomputes every balance from the transfers alone and compares what is
// stored. Run it in a View, which does not change under way.
func Refold(ctx context.Context, r Repos) (Report, error) {
	const page = 1000
	f := fold{books: make(map[Account]*Balance), open: make(map[TransferID]*Transfer), done: make(map[TransferID]bool)}
	q := Query{Limit: page}
	for {
		ts, err := r.Ledger().Find(ctx, q)
		if err != nil {
			return Report{}, err
		}
		for i := range ts {
			if err := f.add(&ts[i]); err != nil {
				return Report{}, err
			}
		}
		if len(ts) < page {
			break
		}
		q.After = ts[page-1].ID
	}
	stored, err := r.Ledger().Balances(ctx)
	if err != nil {
		return Report{}, err
	}
	return f.report(stored)
}

// fold sums transfers up.
type fold struct {
	transfers int64
	books     map[Account]*Balance
	open      map[TransferID]*Transfer // pending
	done      map[TransferID]bool      // resolved
}

func (f *fold) add(t *Transfer) error {
	f.transfers++
	if t.Resolves != "" {
		f.done[t.Resolves] = true
	}
	if t.Pending {
		f.open[t.ID] = t
	}
	if !t.Moves() {
		return nil
	}
	if err := f.of(t.Debit).change(t.Amount, -t.Debit.sign()); err != nil {
		return err
	}
	return f.of(t.Credit).change(t.Amount, t.Credit.sign())
}

func (f *fold) of(a Account) *Balance {
	b := f.books[a]
	if b == nil {
		zero := lance.NewMoney(0, a.Currency)
		b = &Balance{Account: a, Posted: zero, PendingOut: zero}
		f.books[a] = b
	}
	return b
}

// change adds the amount to the balance with a sign and counts the line.
func (b *Balance) change(m lance.Money, sign int64) (err error) {
	b.Lines++
	if sign < 0 {
		b.Posted, err = b.Posted.Sub(m)
	} else {
		b.Posted, err = b.Posted.Add(m)
	}
	return err
}

func (f *fold) report(stored []Balance) (Report, error) {
	for id, p := range f.open {
		if f.done[id] {
			continue
		}
		b := f.of(p.Debit)
		sum, err := b.PendingOut.Add(p.Amount)
		if err != nil {
			return Report{}, err
		}
		b.PendingOut = sum
	}
	rep := Report{Transfers: f.transfers, Accounts: int64(len(f.books))}
	for _, s := range stored {
		if folded := *f.of(s.Account); folded != s {
			rep.Differences = append(rep.Differences, Difference{s.Account, s, folded})
		}
	}
	rep.missing(f.books, stored)
	var err error
	rep.Imbalance, err = f.imbalance()
	return rep, err
}

// missing notes accounts that transfers name and no balance is stored of.
func (r *Report) missing(folded map[Account]*Balance, stored []Balance) {
	has := make(map[Account]bool, len(stored))
	for _, s := range stored {
		has[s.Account] = true
	}
	for a, b := range folded {
		if !has[a] {
			r.Differences = append(r.Differences, Difference{Account: a, Folded: *b})
		}
	}
	slices.SortFunc(r.Differences, func(a, b Difference) int { return a.Account.Compare(b.Account) })
}

func (f *fold) imbalance() ([]lance.Money, error) {
	sums := make(map[lance.Currency]lance.Money)
	for a, b := range f.books {
		sum := sums[a.Currency]
		if sum.Currency().IsZero() {
			sum = lance.NewMoney(0, a.Currency)
		}
		x := Balance{Posted: sum}
		if err := x.change(b.Posted, a.sign()); err != nil {
			return nil, err
		}
		sums[a.Currency] = x.Posted
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b lance.Money) int {
		return cmp.Compare(a.Currency().Code(), b.Currency().Code())
	}), nil
}
