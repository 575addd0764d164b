package memescrow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Ledger is the store of the books.
func (t Tx) Ledger() ledger.Store { return books{t.Tx} }

type books struct{ tx *memkit.Tx }

var _ ledger.Store = books{}

// entry is a line of a statement without its transfer.
type entry struct {
	Transfer ledger.TransferID
	After    int64
}

// tally is where the statement of an account without a floor has got to.
type tally struct{ Lines, Posted int64 }

func (b books) transfers() *memkit.Map[ledger.TransferID, ledger.Transfer] {
	return memkit.Table[ledger.TransferID, ledger.Transfer](b.tx, "ledger.transfers")
}

// balances are those of all accounts, with a floor or without.
func (b books) balances() *memkit.Map[string, ledger.Balance] {
	return memkit.Table[string, ledger.Balance](b.tx, "ledger.balances")
}

// lines are keyed by account and number.
func (b books) lines() *memkit.Map[string, entry] {
	return memkit.Table[string, entry](b.tx, "ledger.lines")
}

// tallies are those of accounts without a floor, as far as the log is sealed.
func (b books) tallies() *memkit.Map[string, tally] {
	return memkit.Table[string, tally](b.tx, "ledger.tallies")
}

// fronts are kept for whoever has a balance with a floor.
func (b books) fronts() *memkit.Map[string, ledger.Front] {
	return memkit.Table[string, ledger.Front](b.tx, "ledger.fronts")
}

// shares are those outside of fronts, keyed by account and lot; amounts in minor
// units.
func (b books) shares() *memkit.Map[string, int64] {
	return memkit.Table[string, int64](b.tx, "ledger.shares")
}

func (b books) lots() *memkit.Map[ledger.LotID, ledger.Lot] {
	return memkit.Table[ledger.LotID, ledger.Lot](b.tx, "ledger.lots")
}

// open are pending transfers that are not settled, keyed by the account they
// debit and their ID.
func (b books) open() *memkit.Map[string, bool] {
	return memkit.Table[string, bool](b.tx, "ledger.open")
}

// key joins an account and what comes below it, so that all of one account lie
// together.
func key[T ~string](a ledger.Account, below T) string { return a.String() + "\x00" + string(below) }

// place orders line numbers as text.
func place(n int64) string { return fmt.Sprintf("%019d", n) }

// below yields what lies below an account in a map, from after on.
func below[V any](m *memkit.Map[string, V], a ledger.Account, from string, yield func(rest string, v V) bool) {
	prefix := key(a, "")
	for k, v := range m.From(prefix + from) {
		rest, ok := strings.CutPrefix(k, prefix)
		if !ok || !yield(rest, v) {
			return
		}
	}
}

// Load returns what a set of transfers depends on. Writers take turns, so
// nothing needs a lock.
func (b books) Load(ctx context.Context, w ledger.Want) (*ledger.Loaded, error) {
	out := &ledger.Loaded{}
	if err := b.tx.Lock(ctx); err != nil {
		return nil, err
	}
	for _, a := range w.Accounts {
		front, _ := b.fronts().Get(a.String())
		out.Balances, out.Fronts = append(out.Balances, b.balance(a)), append(out.Fronts, front)
		for _, lot := range w.Lots {
			if has, ok := b.shares().Get(key(a, lot)); ok {
				out.Named = append(out.Named, ledger.Holding{Account: a, LotShare: share(a, lot, has)})
			}
		}
	}
	for _, id := range w.Transfers {
		if t, ok := b.transfers().Get(id); ok {
			out.Transfers = append(out.Transfers, t)
		}
	}
	out.Lots, _ = b.Lots(ctx, w.Lots...)
	return out, nil
}

func share(a ledger.Account, lot ledger.LotID, n int64) ledger.LotShare {
	return ledger.LotShare{Lot: lot, Amount: lance.NewMoney(n, a.Currency)}
}

func (b books) balance(a ledger.Account) ledger.Balance {
	if has, ok := b.balances().Get(a.String()); ok {
		return has
	}
	zero := lance.NewMoney(0, a.Currency)
	return ledger.Balance{Account: a, Posted: zero, PendingOut: zero}
}

// Write adds the transfers of a set, stores what they change, and has them
// witnessed.
func (b books) Write(ctx context.Context, c ledger.Changes) error {
	if err := b.fresh(c.Transfers); err != nil {
		return err
	}
	for i := range c.Transfers {
		if err := b.insert(c.Transfers[i]); err != nil {
			return err
		}
	}
	for i, x := range c.Balances {
		if err := b.balances().Put(x.Account.String(), x); err != nil {
			return err
		}
		if err := b.fronts().Put(x.Account.String(), c.Fronts[i]); err != nil {
			return err
		}
	}
	for _, l := range c.Lots {
		if err := b.lots().Put(l.ID, l); err != nil {
			return err
		}
	}
	if err := b.shift(c.Shares); err != nil {
		return err
	}
	return b.tx.Log().Witness(ctx, c.Entries...)
}

// fresh checks that neither the transfers nor what they settle were written
// before.
func (b books) fresh(ts []ledger.Transfer) error {
	for i := range ts {
		p, _ := b.transfers().Get(ts[i].Resolves)
		if b.transfers().Has(ts[i].ID) || p.SettledBy != "" {
			return lance.E(lance.Conflict, "transfer_exists", "a transfer was written meanwhile")
		}
	}
	return nil
}

func (b books) shift(shifts []ledger.Shift) error {
	for _, s := range shifts {
		k := key(s.Account, s.Lot)
		has, _ := b.shares().Get(k)
		var err error
		if has += s.By; has == 0 {
			err = b.shares().Delete(k)
		} else {
			err = b.shares().Put(k, has)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// insert adds one transfer, its lines, and its part in balances that nothing
// locks.
func (b books) insert(t ledger.Transfer) error {
	settled := t.SettledBy
	t.SettledBy = ""
	if err := b.transfers().Put(t.ID, t); err != nil {
		return err
	}
	if t.Pending && settled == "" {
		return b.open().Put(key(t.Debit, t.ID), true)
	}
	if t.Resolves != "" {
		if err := b.settle(t); err != nil {
			return err
		}
	}
	if !t.Moves() {
		return nil
	}
	if err := b.line(t, t.Debit, t.DebitAfter, t.DebitN); err != nil {
		return err
	}
	return b.line(t, t.Credit, t.CreditAfter, t.CreditN)
}

// settle notes in a pending transfer what resolves it.
func (b books) settle(t ledger.Transfer) error {
	p, _ := b.transfers().Get(t.Resolves)
	p.SettledBy = t.ID
	if err := b.transfers().Put(p.ID, p); err != nil {
		return err
	}
	return b.open().Delete(key(p.Debit, p.ID))
}

// line adds a line to the statement of an account with a floor, and adds to the
// balance of one without.
func (b books) line(t ledger.Transfer, a ledger.Account, after *lance.Money, n int64) error {
	if a.Kind.Floor() {
		return b.lines().Put(key(a, place(n)), entry{t.ID, after.Minor()})
	}
	has := b.balance(a)
	has.Lines++
	var err error
	if has.Posted, err = has.Posted.Add(t.Change(a)); err != nil {
		return err
	}
	return b.balances().Put(a.String(), has)
}

// OnSeal adds the lines of accounts without a floor for the transfers that have
// just got their places in the log. It is a hook of memkit.
func OnSeal(ctx context.Context, tx *memkit.Tx, first, last int64) error {
	b := books{tx}
	entries, err := tx.Log().Entries(ctx, first-1, int(last-first+1))
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Kind != ledger.EntryKind {
			continue
		}
		t, ok := b.transfers().Get(ledger.TransferID(e.ID))
		if !ok {
			return lance.E(lance.Internal, "transfer_missing", "the log witnesses a transfer that is not there")
		}
		for _, a := range []ledger.Account{t.Debit, t.Credit} {
			if err := b.seal(t, a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b books) seal(t ledger.Transfer, a ledger.Account) error {
	if a.Kind.Floor() || !t.Moves() {
		return nil
	}
	at, _ := b.tallies().Get(a.String())
	at.Lines++
	at.Posted += t.Change(a).Minor()
	if err := b.tallies().Put(a.String(), at); err != nil {
		return err
	}
	return b.lines().Put(key(a, place(at.Lines)), entry{t.ID, at.Posted})
}

// Balances returns the balances of accounts, of all that have lines when none
// is named.
func (b books) Balances(_ context.Context, accounts ...ledger.Account) ([]ledger.Balance, error) {
	var out []ledger.Balance
	for _, a := range accounts {
		out = append(out, b.balance(a))
	}
	if len(accounts) > 0 {
		return out, nil
	}
	for _, x := range b.balances().All() {
		if x.Lines > 0 {
			out = append(out, x)
		}
	}
	return out, nil
}

// Totals sums up the stored balances of each currency.
func (b books) Totals(ctx context.Context) ([]ledger.Total, error) {
	var out []ledger.Total
	of := func(c lance.Currency) *ledger.Total {
		i, found := slices.BinarySearchFunc(out, c.Code(), func(t ledger.Total, code string) int {
			return strings.Compare(t.Currency.Code(), code)
		})
		if !found {
			out = slices.Insert(out, i, ledger.Total{Currency: c, Imbalance: lance.NewMoney(0, c)})
		}
		return &out[i]
	}
	all, _ := b.Balances(ctx)
	for _, x := range all {
		t := of(x.Account.Currency)
		t.Accounts++
		var err error
		if t.Imbalance, err = t.Imbalance.Add(x.Credit()); err != nil {
			return nil, err
		}
	}
	for _, t := range b.transfers().All() {
		of(t.Amount.Currency()).Transfers++
	}
	return out, nil
}

// Statement returns lines with N < before, latest first, at most limit.
func (b books) Statement(_ context.Context, a ledger.Account, before int64, limit int) ([]ledger.Line, error) {
	prefix, from := key(a, ""), "~"
	if before > 0 {
		from = place(before - 1)
	}
	var out []ledger.Line
	for k, e := range b.lines().BackFrom(prefix + from) {
		rest, ok := strings.CutPrefix(k, prefix)
		if !ok || len(out) == limit {
			break
		}
		var n int64
		if _, err := fmt.Sscanf(rest, "%d", &n); err != nil {
			return nil, err
		}
		t, _ := b.transfers().Get(e.Transfer)
		out = append(out, ledger.Line{N: n, Transfer: t, Change: t.Change(a), Balance: lance.NewMoney(e.After, a.Currency)})
	}
	return out, nil
}

// Shares returns the parts of lots that an account has, in order of the lots.
func (b books) Shares(_ context.Context, a ledger.Account, after ledger.LotID, limit int) ([]ledger.LotShare, error) {
	front, _ := b.fronts().Get(a.String())
	out := front.After(after, limit)
	below(b.shares(), a, string(after), func(lot string, n int64) bool {
		if len(out) == limit {
			return false
		}
		if lot != string(after) {
			out = append(out, share(a, ledger.LotID(lot), n))
		}
		return true
	})
	return out, nil
}

// Lots returns those of the lots that are known.
func (b books) Lots(_ context.Context, ids ...ledger.LotID) ([]ledger.Lot, error) {
	var out []ledger.Lot
	for _, id := range slices.Sorted(slices.Values(ids)) {
		if l, ok := b.lots().Get(id); ok {
			out = append(out, l)
		}
	}
	return out, nil
}

// Find returns transfers in order of their IDs.
func (b books) Find(_ context.Context, q ledger.Query) ([]ledger.Transfer, error) {
	var out []ledger.Transfer
	take := func(id ledger.TransferID) bool {
		if t, ok := b.transfers().Get(id); ok && id > q.After && b.wanted(&t, q) {
			out = append(out, t)
		}
		return q.Limit == 0 || len(out) < q.Limit
	}
	ids := slices.Compact(slices.Sorted(slices.Values(q.IDs)))
	switch {
	case q.Open != nil:
		below(b.open(), *q.Open, string(q.After), func(id string, _ bool) bool { return take(ledger.TransferID(id)) })
	case q.IDs != nil:
		for _, id := range ids {
			if !take(id) {
				break
			}
		}
	default:
		for id, t := range b.transfers().From(q.After) {
			if id == q.After || !b.wanted(&t, q) {
				continue
			}
			if out = append(out, t); len(out) == q.Limit {
				break
			}
		}
	}
	return out, nil
}
