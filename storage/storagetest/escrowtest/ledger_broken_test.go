package escrowtest_test

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

// broken is what a broken adapter remembers beside its store.
type broken struct {
	is string

	mu      sync.Mutex
	stale   map[ledger.Account]ledger.Balance // as of a moment ago
	outside map[ledger.Account]ledger.Balance // beyond any rollback
	renamed int
}

func newBroken(is string) *broken {
	return &broken{is: is, stale: map[ledger.Account]ledger.Balance{}, outside: map[ledger.Account]ledger.Balance{}}
}

// brokenTx is a transaction of a broken adapter.
type brokenTx struct {
	memescrow.Tx
	s *broken
}

// Ledger returns the broken books.
func (t brokenTx) Ledger() ledger.Store { return brokenBooks{t.Tx.Ledger(), t.s} }

type brokenBooks struct {
	ledger.Store
	s *broken
}

// Load reads what a broken adapter would read.
func (b brokenBooks) Load(ctx context.Context, w ledger.Want) (*ledger.Loaded, error) {
	l, err := b.Store.Load(ctx, b.fold(w))
	if err != nil {
		return nil, err
	}
	for i := range l.Balances {
		l.Balances[i].Account = w.Accounts[i]
		if b.s.is == "reserved amounts forgotten" {
			l.Balances[i].PendingOut = lance.NewMoney(0, w.Accounts[i].Currency)
		}
	}
	switch b.s.is {
	case "overdraft condition dropped":
		b.s.behind(l.Balances)
	case "idempotency dropped", "idempotency, under a crowd":
		l.Transfers = slices.DeleteFunc(l.Transfers, func(t ledger.Transfer) bool { return !t.Pending })
	case "settlement forgotten":
		for i := range l.Transfers {
			l.Transfers[i].SettledBy = ""
		}
	case "youngest lots first":
		for i, f := range l.Fronts {
			l.Fronts[i].Shares = f.Shares[max(0, len(f.Shares)-1):]
		}
	}
	return l, nil
}

// fold makes owners one who differ in case only.
func (b brokenBooks) fold(w ledger.Want) ledger.Want {
	if b.s.is == "owners lose their case" {
		w.Accounts = slices.Clone(w.Accounts)
		for i := range w.Accounts {
			w.Accounts[i].Owner = strings.ToLower(w.Accounts[i].Owner)
		}
	}
	return w
}

// behind makes balances those of the time before the last change, as one sees
// them who reads without a lock.
func (s *broken) behind(balances []ledger.Balance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, now := range balances {
		if was, ok := s.stale[now.Account]; ok && was.Lines == now.Lines-1 {
			balances[i] = was
		}
		s.stale[now.Account] = now
	}
}

// Write writes what a broken adapter would write.
func (b brokenBooks) Write(ctx context.Context, c ledger.Changes) error {
	c.Transfers = slices.Clone(c.Transfers)
	switch b.s.is {
	case "idempotency dropped", "idempotency, under a crowd":
		b.s.rename(ctx, b.Store, c.Transfers)
	case "witness forgotten":
		c.Entries = c.Entries[:len(c.Entries)-1]
	case "shares of lots not stored":
		c.Fronts, c.Shares = make([]ledger.Front, len(c.Fronts)), nil
	case "shares outside of fronts not stored":
		c.Shares = nil
	case "the subject is cut off":
		for i := range c.Transfers {
			c.Transfers[i].Subject.ID = ""
		}
	case "balance outside the rollback":
		for _, x := range c.Balances {
			b.s.outside[x.Account] = x
		}
	case "owners lose their case":
		c.Balances = slices.Clone(c.Balances)
		for i := range c.Balances {
			c.Balances[i].Account.Owner = strings.ToLower(c.Balances[i].Account.Owner)
		}
	case "a set is written in two parts":
		if err := b.Store.Write(ctx, ledger.Changes{Transfers: c.Transfers[:1]}); err != nil {
			return err
		}
		c.Transfers = c.Transfers[1:]
	}
	return b.Store.Write(ctx, c)
}

// rename gives transfers that are there already another name.
func (s *broken) rename(ctx context.Context, store ledger.Store, ts []ledger.Transfer) {
	for i := range ts {
		if found, _ := store.Find(ctx, ledger.Query{IDs: []ledger.TransferID{ts[i].ID}}); len(found) > 0 {
			s.renamed++
			ts[i].ID = ledger.TransferIDFor(ts[i].ID.Ref(), "again", s.renamed)
		}
	}
}

// Find finds what a broken adapter would find.
func (b brokenBooks) Find(ctx context.Context, q ledger.Query) ([]ledger.Transfer, error) {
	found, err := b.Store.Find(ctx, q)
	if b.s.is == "settled ones stay open" {
		for i := range found {
			found[i].SettledBy = ""
		}
	}
	return found, err
}

// Balances returns what a broken adapter would return.
func (b brokenBooks) Balances(ctx context.Context, accounts ...ledger.Account) ([]ledger.Balance, error) {
	out, err := b.Store.Balances(ctx, accounts...)
	for i := range out {
		if b.s.is == "tail forgotten" && !out[i].Account.Kind.Floor() {
			out[i].Posted = lance.NewMoney(0, out[i].Account.Currency)
			if lines, _ := b.Statement(ctx, out[i].Account, 0, 1); len(lines) > 0 {
				out[i].Posted = lines[0].Balance
			}
		}
		if x, ok := b.s.outside[out[i].Account]; ok {
			out[i] = x
		}
	}
	return out, err
}

// Statement returns what a broken adapter would return.
func (b brokenBooks) Statement(ctx context.Context, a ledger.Account, before int64, limit int) ([]ledger.Line, error) {
	if b.s.is == "pages overlap" && before > 0 {
		before++
	}
	return b.Store.Statement(ctx, a, before, limit)
}
