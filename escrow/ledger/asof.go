package ledger

import (
	"context"
	"slices"
	"sort"
	"time"

	"github.com/megilance/lance"
)

// BalanceAt returns what an account had at a time: the balance after a line of
// its statement that was posted no later, and whose next line was. Lines stand in
// the order in which their transactions came to the account, and a transaction's
// time is that of its begin: where two overlapped, the later may stand first, and
// the time between them has either balance. It costs a look at the logarithm of
// the lines and, for an account without a floor, at what is not sealed yet. What
// was reserved then is not told: PendingOut is zero. It fails as Account.Check
// does.
func BalanceAt(ctx context.Context, r Repos, a Account, at time.Time) (Balance, error) {
	if err := a.Check(); err != nil {
		return Balance{}, err
	}
	latest, err := lineBefore(ctx, r, a, 0)
	if err != nil {
		return Balance{}, err
	}
	line, err := lineAt(ctx, r, a, latest, at)
	if err != nil {
		return Balance{}, err
	}
	b := Balance{Account: a, Posted: line.Balance, PendingOut: minor(0, a.Currency), Lines: line.N}
	if !a.Kind.Floor() {
		err = b.addTail(ctx, r, at)
	}
	return b, err
}

// lineBefore returns the last line before the n-th, of all when n is 0; an empty
// one when there is none.
func lineBefore(ctx context.Context, r Repos, a Account, n int64) (Line, error) {
	lines, err := r.Ledger().Statement(ctx, a, n, 1)
	if err != nil || len(lines) == 0 {
		return Line{Balance: minor(0, a.Currency)}, err
	}
	return lines[0], nil
}

// lineAt returns a line posted no later than the time, whose next one was.
func lineAt(ctx context.Context, r Repos, a Account, latest Line, at time.Time) (Line, error) {
	if latest.N == 0 || !latest.Transfer.At.After(at) {
		return latest, nil
	}
	best, fault := Line{Balance: minor(0, a.Currency)}, error(nil)
	sort.Search(int(latest.N-1), func(i int) bool { // finds how many of the first lines are no later
		if fault != nil {
			return true
		}
		line, err := lineBefore(ctx, r, a, int64(i)+2)
		fault = err
		if err == nil && !line.Transfer.At.After(at) {
			best = line
			return false
		}
		return true
	})
	return best, fault
}

// addTail adds what was posted no later and is not sealed yet.
func (b *Balance) addTail(ctx context.Context, r Repos, at time.Time) error {
	const page = 1000
	after := int64(0)
	for {
		waiting, upTo, err := r.Log().Waiting(ctx, after, page)
		if err != nil {
			return err
		}
		after = upTo
		var ids []TransferID
		for _, e := range waiting {
			if e.Kind == EntryKind {
				ids = append(ids, TransferID(e.ID))
			}
		}
		if err := b.addSome(ctx, r, ids, at); err != nil || len(waiting) < page {
			return err
		}
	}
}

func (b *Balance) addSome(ctx context.Context, r Repos, ids []TransferID, at time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	found, err := r.Ledger().Find(ctx, Query{IDs: ids})
	for i := range found {
		t := &found[i]
		if err != nil || t.At.After(at) || !t.Moves() || (t.Debit != b.Account && t.Credit != b.Account) {
			continue
		}
		b.Lines++
		b.Posted, err = b.Posted.Add(t.Change(b.Account))
	}
	return err
}

// partyKinds are the kinds of account that a party has.
var partyKinds = []Kind{KindAvailable, KindClearance, KindPayout, KindPending, KindReceivable, KindReserve}

// PartyAt returns what each account of a party had of a currency at a time, in
// order of the kinds, as BalanceAt does.
func PartyAt(ctx context.Context, r Repos, p lance.PartyID, c lance.Currency, at time.Time) ([]Balance, error) {
	out := make([]Balance, len(partyKinds))
	for i, k := range partyKinds {
		var err error
		if out[i], err = BalanceAt(ctx, r, Account{k, string(p), c}, at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Corrected is a transfer with those that correct it.
type Corrected struct {
	Transfer    Transfer
	Corrections []Transfer // in the order in which they were posted
}

// Open returns how much of the transfer is not corrected yet.
func (c *Corrected) Open() lance.Money {
	left := c.Transfer.correctable()
	for i := range c.Corrections {
		left -= c.Corrections[i].Amount.Minor()
	}
	return minor(left, c.Transfer.Amount.Currency())
}

// correctable is how much of a transfer can be corrected: what it moved.
func (t *Transfer) correctable() int64 {
	if !t.Moves() {
		return 0
	}
	return t.Amount.Minor()
}

// CorrectedOf returns a transfer with its corrections. It fails with NotFound
// "transfer_not_found".
func CorrectedOf(ctx context.Context, r Repos, id TransferID) (*Corrected, error) {
	found, err := TransfersOf(ctx, r, id)
	if err != nil {
		return nil, err
	}
	out := &Corrected{Transfer: found[0]}
	out.Corrections, err = r.Ledger().Find(ctx, Query{Corrects: []TransferID{id}})
	slices.SortStableFunc(out.Corrections, func(a, b Transfer) int { return a.At.Compare(b.At) })
	return out, err
}
