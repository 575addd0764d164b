package memescrow

import (
	"context"
	"slices"

	"github.com/megilance/lance/escrow/ledger"
)

// wanted reports whether a transfer is of those that a query asks for besides
// their IDs.
func (b books) wanted(t *ledger.Transfer, q ledger.Query) bool {
	return (q.Corrects == nil || slices.Contains(q.Corrects, t.Corrects)) && (!q.Loose || !b.tx.Placed(string(t.ID)))
}

// Kept returns what is kept of accounts from one on. An account with parts of
// lots has a balance too.
func (b books) Kept(ctx context.Context, after string, limit int) ([]ledger.Kept, error) {
	var out []ledger.Kept
	for name, x := range b.balances().From(after) {
		if name == after || x.Lines == 0 && x.Posted.IsZero() && x.PendingOut.IsZero() {
			continue
		}
		shares, err := b.Shares(ctx, x.Account, "", 1<<62)
		if err != nil {
			return nil, err
		}
		if out = append(out, ledger.Kept{Balance: x, Shares: shares}); len(out) == limit {
			break
		}
	}
	return out, nil
}

// Sums adds all balances up by kind and currency.
func (b books) Sums(ctx context.Context) ([]ledger.Sum, error) {
	all, err := b.Balances(ctx)
	return ledger.SumUp(all), err
}
