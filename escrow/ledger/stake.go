package ledger

import (
	"context"
	"slices"

	"github.com/megilance/lance"
)

// Stake is what an account has, and how much of that is of one lot.
type Stake struct {
	Balance
	OfLot lance.Money
}

// Free returns how much of the lot may be moved on: no more than is available.
func (s Stake) Free() lance.Money {
	return minor(min(s.OfLot.Minor(), s.Available().Minor()), s.Account.Currency)
}

// Stakes locks the balances of accounts with a floor in the transaction of r, as
// posting to them does, and returns what each has, and of one lot; the empty lot
// is none. It fails as Account.Check does, and with Invalid "account_kind" for an
// account without a floor.
func Stakes(ctx context.Context, r Repos, lot LotID, accounts ...Account) (map[Account]Stake, error) {
	w := Want{Accounts: slices.SortedFunc(slices.Values(accounts), Account.Compare)}
	w.Accounts = slices.Compact(w.Accounts)
	for _, a := range w.Accounts {
		if err := a.Check(); err != nil {
			return nil, err
		}
		if !a.Kind.Floor() {
			return nil, lance.E(lance.Invalid, "account_kind", "nothing locks an account of this kind")
		}
	}
	if lot != "" {
		w.Lots = []LotID{lot}
	}
	loaded, err := r.Ledger().Load(ctx, w)
	if err != nil {
		return nil, err
	}
	out := make(map[Account]Stake, len(w.Accounts))
	for i, b := range loaded.Balances {
		out[b.Account] = Stake{b, minor(0, b.Account.Currency)}
		for _, s := range loaded.Fronts[i].Shares {
			if s.Lot == lot {
				out[b.Account] = Stake{b, s.Amount}
			}
		}
	}
	for _, h := range loaded.Named {
		out[h.Account] = Stake{out[h.Account].Balance, h.Amount}
	}
	return out, nil
}
