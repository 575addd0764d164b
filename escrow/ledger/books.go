package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/megilance/lance"
)

// books is what a set of transfers depends on, in memory. Applying a set is a
// pure function of it: nothing is read or written on the way.
type books struct {
	world  lance.World
	books  map[Account]*book // of accounts with a floor
	known  map[TransferID]*Transfer
	mended map[TransferID]int64 // by how much transfers are corrected that the set corrects
	added  []TransferID
	lots   map[LotID]bool
	opened []Lot
}

// book is one account with a floor. Amounts are minor units in the account's
// own direction.
type book struct {
	account               Account
	posted, pending, line int64
	parts                 []part // in order of their lots
	more                  bool   // whether there may be parts of lots after edge that are not loaded
	edge                  LotID
	touched               bool
}

// part is a part of a lot in an account.
type part struct {
	lot    LotID
	amount int64
	kept   int64 // what of it is kept by itself before the set
	front  int64 // what of it is in the front then
}

func newBooks(w lance.World, asked Want, l *Loaded) (*books, error) {
	b := &books{
		world: w,
		books: make(map[Account]*book, len(l.Balances)),
		known: make(map[TransferID]*Transfer, len(l.Transfers)),
		lots:  make(map[LotID]bool, len(l.Lots)),
	}
	if len(l.Balances) != len(asked.Accounts) || len(l.Fronts) != len(asked.Accounts) {
		return nil, misloaded()
	}
	for i, x := range l.Balances {
		if x.Account != asked.Accounts[i] {
			return nil, misloaded()
		}
		k := &book{account: x.Account, posted: x.Posted.Minor(), pending: x.PendingOut.Minor(), line: x.Lines}
		k.begin(l.Fronts[i])
		b.books[x.Account] = k
	}
	for i := range l.Transfers {
		b.known[l.Transfers[i].ID] = &l.Transfers[i]
	}
	for _, x := range l.Lots {
		b.lots[x.ID] = true
	}
	for _, h := range l.Named {
		if k := b.books[h.Account]; k != nil {
			k.add(h.LotShare)
		}
	}
	return b, nil
}

// misloaded is the fault of a store that has not loaded what it was asked for.
func misloaded() error {
	return lance.E(lance.Internal, "ledger_load", "the store has loaded other balances than those asked for")
}

// begin adds the front.
func (k *book) begin(f Front) {
	for _, s := range f.Shares {
		k.parts = append(k.parts, part{lot: s.Lot, amount: s.Amount.Minor(), front: s.Amount.Minor()})
		k.edge = s.Lot
	}
	k.more = f.More
}

// extend adds shares after the edge that were read with a limit.
func (k *book) extend(shares []LotShare, limit int) {
	for _, s := range shares {
		k.add(s)
		k.edge = s.Lot
	}
	k.more = len(shares) == limit
}

// add adds a share that is kept by itself.
func (k *book) add(s LotShare) {
	if p := k.part(s.Lot); p.kept == 0 {
		p.amount, p.kept = s.Amount.Minor(), s.Amount.Minor()
	}
}

// loaded reports whether all is known of a part of the lot.
func (k *book) loaded(lot LotID) bool { return !k.more || lot <= k.edge }

// part returns the part of a lot, an empty one if there was none.
func (k *book) part(lot LotID) *part {
	i, found := slices.BinarySearchFunc(k.parts, lot, func(p part, l LotID) int { return cmp.Compare(p.lot, l) })
	if !found {
		k.parts = slices.Insert(k.parts, i, part{lot: lot})
	}
	return &k.parts[i]
}

// cover reads further shares until the oldest of each account that may move sum up
// to what is drawn from it, or to all it has.
func (b *books) cover(ctx context.Context, s Store, draws map[Account]draw) error {
	const page = 256
	for a, d := range draws {
		k := b.books[a]
		for k.more && k.covered(d.first) < min(d.amount, k.posted) {
			shares, err := s.Shares(ctx, a, k.edge, page)
			if err != nil {
				return err
			}
			k.extend(shares, page)
		}
	}
	return nil
}

// covered sums the oldest parts up that are loaded without a gap, from the first that
// may move.
func (k *book) covered(first LotID) (sum int64) {
	for _, p := range k.parts {
		if first <= p.lot && k.loaded(p.lot) {
			sum += p.kept + p.front
		}
	}
	return sum
}

// changes returns what the applied sets change.
func (b *books) changes() Changes {
	c := Changes{Lots: b.opened}
	for _, id := range b.added {
		t := *b.known[id]
		c.Transfers, c.Entries = append(c.Transfers, t), append(c.Entries, t.Entry())
	}
	for _, a := range slices.SortedFunc(maps.Keys(b.books), Account.Compare) {
		if k := b.books[a]; k.touched {
			c.Balances = append(c.Balances, k.balance())
			front, shifts := k.divide()
			c.Fronts, c.Shares = append(c.Fronts, front), append(c.Shares, shifts...)
		}
	}
	return c
}

func (k *book) balance() Balance {
	cur := k.account.Currency
	return Balance{Account: k.account, Posted: minor(k.posted, cur), PendingOut: minor(k.pending, cur), Lines: k.line}
}

// divide says which parts are the front from now on, the oldest of those that are
// loaded without a gap, and what that changes of those that are kept by themselves.
func (k *book) divide() (f Front, out []Shift) {
	f.More = k.more
	for _, p := range k.parts {
		if p.amount > 0 && k.loaded(p.lot) && len(f.Shares) < SharesAhead {
			f.Shares = append(f.Shares, LotShare{p.lot, minor(p.amount, k.account.Currency)})
			p.amount = 0
		}
		f.More = f.More || p.amount > 0
		if p.amount != p.kept {
			out = append(out, Shift{Account: k.account, Lot: p.lot, By: p.amount - p.kept, Known: p.kept > 0, After: p.amount})
		}
	}
	return f, out
}
