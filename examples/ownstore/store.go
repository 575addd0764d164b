package main

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Repos is one transaction of our store: the kernel's, and the two stores that
// escrow needs besides.
type Repos struct{ *memkit.Tx }

// Open makes an empty store.
func Open(clock lance.Clock) *memkit.Store[Repos] {
	return memkit.New(&memkit.Options{Clock: clock}, func(tx *memkit.Tx) Repos { return Repos{tx} })
}

// Agreements is the store of agreements: plain rows and one special query.
func (r Repos) Agreements() escrow.Store {
	return agreements{memkit.Rows[escrow.ID](r.Tx, escrow.Table)}
}

type agreements struct {
	lance.Rows[escrow.Agreement, escrow.ID]
}

// HeldBy sums up what a payer's agreements hold, by currency.
func (s agreements) HeldBy(ctx context.Context, payer lance.PartyID) ([]lance.Money, error) {
	all, err := s.Find(ctx, lance.Filter{Eq: map[string]any{"payer": string(payer)}})
	sums := map[lance.Currency]lance.Money{}
	for _, a := range all {
		if c := a.Held.Currency(); a.Held.IsPositive() && err == nil {
			sums[c], err = lance.Sum(c, lance.NewMoney(sums[c].Minor(), c), a.Held)
		}
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b lance.Money) int {
		return strings.Compare(a.Currency().Code(), b.Currency().Code())
	}), err
}

// Ledger is the store of the books: one map of transfers. Balances, statements
// and lots are not kept but added up, which ledger.Journal does.
func (r Repos) Ledger() ledger.Store {
	return books{r.Tx, memkit.Table[ledger.TransferID, kept](r.Tx, "transfers")}
}

type books struct {
	tx        *memkit.Tx
	transfers *memkit.Map[ledger.TransferID, kept]
}

// kept holds a transfer out of the kernel's sight, which would copy it at every
// reading: a transfer never changes.
type kept struct{ transfer *ledger.Transfer }

func (b books) journal() ledger.Journal {
	j := make(ledger.Journal, 0, b.transfers.Len())
	for _, t := range b.transfers.All() {
		j = append(j, *t.transfer)
	}
	return j
}

// sealed is the part of the journal that has its place in the log, in that order.
func (b books) sealed(ctx context.Context) (j ledger.Journal, _ error) {
	entries, err := b.tx.Log().Entries(ctx, 0, 1<<30)
	for _, e := range entries {
		if t, ok := b.transfers.Get(ledger.TransferID(e.ID)); ok {
			j = append(j, *t.transfer)
		}
	}
	return j, err
}

// Load needs no locks: writers take turns in this kernel.
func (b books) Load(_ context.Context, w ledger.Want) (*ledger.Loaded, error) {
	return b.journal().Load(w), nil
}

// Write adds transfers, which the log witnesses; nothing else has to be kept.
func (b books) Write(ctx context.Context, c ledger.Changes) error {
	err := b.journal().Clash(c)
	for _, t := range c.Transfers {
		if err == nil {
			err = b.transfers.Put(t.ID, kept{&t})
		}
	}
	if err != nil {
		return err
	}
	return b.tx.Log().Witness(ctx, c.Entries...)
}

// Balances adds up.
func (b books) Balances(_ context.Context, as ...ledger.Account) ([]ledger.Balance, error) {
	return b.journal().Balances(as...), nil
}

// Totals adds up.
func (b books) Totals(context.Context) ([]ledger.Total, error) { return b.journal().Totals(), nil }

// Statement adds up, in the order of the log where the account has no floor.
func (b books) Statement(ctx context.Context, a ledger.Account, before int64, limit int) ([]ledger.Line, error) {
	if a.Kind.Floor() {
		return b.journal().Statement(a, before, limit), nil
	}
	j, err := b.sealed(ctx)
	return j.Statement(a, before, limit), err
}

// Shares adds up.
func (b books) Shares(_ context.Context, a ledger.Account, after ledger.LotID, limit int) ([]ledger.LotShare, error) {
	return b.journal().Shares(a, after, limit), nil
}

// Lots looks through the transfers that opened one.
func (b books) Lots(_ context.Context, ids ...ledger.LotID) ([]ledger.Lot, error) {
	return b.journal().Lots(ids...), nil
}

// Find looks through all transfers, or those that have no place in the log.
func (b books) Find(_ context.Context, q ledger.Query) ([]ledger.Transfer, error) {
	j := b.journal()
	if q.Loose {
		q.Loose = false
		j = slices.DeleteFunc(j, func(t ledger.Transfer) bool { return b.tx.Placed(string(t.ID)) })
	}
	return j.Find(q), nil
}

// Kept adds up.
func (b books) Kept(_ context.Context, after string, limit int) ([]ledger.Kept, error) {
	return b.journal().Kept(after, limit), nil
}

// Sums adds up.
func (b books) Sums(context.Context) ([]ledger.Sum, error) { return b.journal().Sums(), nil }
