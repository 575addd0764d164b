package ledger

import (
	"context"
	"slices"
	"strconv"

	"github.com/megilance/lance"
)

// BalancesOf returns the balances of accounts, in the order asked for; an
// account that no transfer names has nothing. It fails as Account.Check does.
func BalancesOf(ctx context.Context, r Repos, accounts ...Account) ([]Balance, error) {
	for _, a := range accounts {
		if err := a.Check(); err != nil {
			return nil, err
		}
	}
	if len(accounts) == 0 {
		return nil, nil
	}
	return r.Ledger().Balances(ctx, accounts...)
}

// Statement returns one page of an account's lines, the latest first, each with
// the balance after it. Lines of an account without a floor appear when the log
// is sealed past their transfers. It fails as Account.Check does, and with
// Invalid "limit_range" or "cursor_syntax".
func Statement(ctx context.Context, r Repos, a Account, q lance.PageQuery) (lance.Page[Line], error) {
	if err := a.Check(); err != nil {
		return lance.Page[Line]{}, err
	}
	find := func(ctx context.Context, f lance.Filter) ([]*Line, error) {
		before := int64(0)
		if len(f.After) > 0 {
			before, _ = f.After[0].(int64)
		}
		found, err := r.Ledger().Statement(ctx, a, before, f.Limit)
		lines := make([]*Line, len(found))
		for i := range found {
			lines[i] = &found[i]
		}
		return lines, err
	}
	return lance.ListBy(ctx, find, &statement, lance.Filter{Order: "n", Desc: true}, q)
}

var statement = lance.Table[Line]{
	Noun:   "line",
	ID:     func(l *Line) string { return strconv.FormatInt(l.N, 10) },
	Fields: map[string]func(*Line) any{"n": func(l *Line) any { return l.N }},
}

// LotsOf returns the parts of lots that an account has, the oldest charge first.
// They sum up to its balance. An account that is not made of lots has none.
func LotsOf(ctx context.Context, r Repos, a Account) ([]LotShare, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	const page = 1000
	var all []LotShare
	after := LotID("")
	for a.Kind.Lots() {
		shares, err := r.Ledger().Shares(ctx, a, after, page)
		all = append(all, shares...)
		if err != nil || len(shares) < page {
			return all, err
		}
		after = shares[page-1].Lot
	}
	return all, nil
}

// TransfersOf returns transfers by their IDs, in the order asked for. It fails
// with NotFound "transfer_not_found" when one is not known.
func TransfersOf(ctx context.Context, r Repos, ids ...TransferID) ([]Transfer, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := r.Ledger().Find(ctx, Query{IDs: ids})
	if err != nil {
		return nil, err
	}
	byID := make(map[TransferID]Transfer, len(found))
	for _, t := range found {
		byID[t.ID] = t
	}
	out := make([]Transfer, len(ids))
	for i, id := range ids {
		t, ok := byID[id]
		if !ok {
			return nil, lance.E(lance.NotFound, "transfer_not_found", "there is no such transfer")
		}
		out[i] = t
	}
	return out, nil
}

// OpenOf returns the pending transfers that debit an account and are neither
// posted nor voided, also those whose time is over and whose clock has not fired
// yet, in order of their IDs.
func OpenOf(ctx context.Context, r Repos, a Account) ([]Transfer, error) {
	if err := a.Check(); err != nil {
		return nil, err
	}
	return r.Ledger().Find(ctx, Query{Open: &a})
}

// Trial is a trial balance: the stored balances of each currency, summed up.
type Trial struct{ Currencies []Total }

// Balanced reports whether every currency sums to zero.
func (t Trial) Balanced() bool {
	return !slices.ContainsFunc(t.Currencies, func(c Total) bool { return !c.Imbalance.IsZero() })
}

// TrialBalance sums up the stored balances, currency by currency.
func TrialBalance(ctx context.Context, r Repos) (Trial, error) {
	totals, err := r.Ledger().Totals(ctx)
	return Trial{totals}, err
}
