package ledger

import (
	"context"
	"slices"

	"github.com/megilance/lance"
)

// Owned returns the accounts of one owner that have lines, in order: of a party,
// an agreement, a provider or a jurisdiction, and with "" those that belong to
// nobody. It fails with Invalid at /owner ("account_owner") when nobody can be
// called that.
func (s *Service) Owned(ctx context.Context, by lance.Actor, owner string) ([]Balance, error) {
	return ask(ctx, s, by, "ledger.Owned", func(ctx context.Context, r Repos) ([]Balance, error) { return OwnedBy(ctx, r, owner) })
}

// OwnedBy returns the accounts of one owner that have lines, in order. It fails
// as Service.Owned does.
func OwnedBy(ctx context.Context, r Repos, owner string) ([]Balance, error) {
	totals, err := r.Ledger().Totals(ctx)
	if err != nil {
		return nil, err
	}
	fits := slices.DeleteFunc(Kinds(), func(k Kind) bool { return (Account{k, owner, lance.USD}).Check() != nil })
	if len(fits) == 0 {
		var f lance.Faults
		f.Add("/owner", "account_owner", "no account can belong to somebody of this name")
		return nil, f.Err()
	}
	var accounts []Account
	for _, t := range totals {
		for _, k := range fits {
			accounts = append(accounts, Account{k, owner, t.Currency})
		}
	}
	if len(accounts) == 0 {
		return nil, nil
	}
	slices.SortFunc(accounts, Account.Compare)
	found, err := r.Ledger().Balances(ctx, accounts...)
	return slices.DeleteFunc(found, func(b Balance) bool { return b.Lines == 0 && b.PendingOut.IsZero() }), err
}
