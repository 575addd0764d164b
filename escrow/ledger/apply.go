package ledger

import (
	"errors"
	"math"
	"slices"
	"time"

	"github.com/megilance/lance"
)

func settled() error {
	return lance.E(lance.Precondition, "transfer_settled", "there is no such pending transfer, or it is posted or voided already")
}

// apply posts a set to the books in memory and returns it as it will stand.
func (b *books) apply(ts []Transfer) ([]Transfer, error) {
	for i := range ts {
		if err := b.post(ts[i]); err != nil {
			return nil, err
		}
	}
	out := make([]Transfer, len(ts))
	for i := range ts {
		out[i] = *b.known[ts[i].ID]
	}
	return out, nil
}

func (b *books) post(t Transfer) error {
	if err := b.fill(&t); err != nil {
		return err
	}
	if known := b.known[t.ID]; known != nil {
		if !same(&t, known) {
			return lance.E(lance.Conflict, "transfer_reused", "this transfer was posted with other content")
		}
		return nil
	}
	if err := b.mend(&t); err != nil {
		return err
	}
	t.At = b.world.Now()
	if err := b.carry(&t); err != nil {
		return err
	}
	b.known[t.ID] = &t
	b.added = append(b.added, t.ID)
	return nil
}

// fill takes what a resolving transfer leaves open from the one it resolves.
func (b *books) fill(t *Transfer) error {
	if t.Resolves == "" {
		return nil
	}
	p := b.known[t.Resolves]
	if p == nil || !p.Pending {
		return settled()
	}
	if t.bare() {
		t.Debit, t.Credit = p.Debit, p.Credit
	}
	if t.Amount == (lance.Money{}) {
		t.Amount = p.Amount
	}
	return nil
}

// carry does what the transfer says.
func (b *books) carry(t *Transfer) error {
	switch {
	case t.Pending:
		return b.reserve(t)
	case t.Resolves != "":
		return b.resolve(t)
	}
	return b.move(t)
}

func (b *books) reserve(t *Transfer) error {
	if !t.ExpiresAt.IsZero() && !t.ExpiresAt.After(t.At) {
		return lance.E(lance.Precondition, "transfer_expired", "the time of this pending transfer is over already")
	}
	k := b.books[t.Debit]
	if k.posted-k.pending < t.Amount.Minor() {
		return short()
	}
	k.pending += t.Amount.Minor()
	k.touched = true
	return nil
}

// resolve frees what a pending transfer reserved and posts what is to be posted.
func (b *books) resolve(t *Transfer) error {
	p := *b.known[t.Resolves]
	expired := !p.ExpiresAt.IsZero() && !p.ExpiresAt.After(t.At)
	switch {
	case p.SettledBy != "":
		return settled()
	case t.Debit != p.Debit || t.Credit != p.Credit:
		return lance.E(lance.Precondition, "transfer_accounts", "the pending transfer is between other accounts")
	case t.Amount.Minor() > p.Amount.Minor(), t.Void && t.Amount != p.Amount:
		return lance.E(lance.Precondition, "transfer_exceeds", "this is not what the pending transfer reserved")
	case expired && !t.Void:
		return lance.E(lance.Precondition, "transfer_expired", "the time of the pending transfer is over")
	}
	k := b.books[p.Debit]
	k.pending -= p.Amount.Minor()
	k.touched = true
	p.SettledBy = t.ID
	b.known[p.ID] = &p
	if t.Void {
		return nil
	}
	return b.move(t)
}

// move moves the amount and its lots.
func (b *books) move(t *Transfer) error {
	amount := t.Amount.Minor()
	debit, credit := b.books[t.Debit], b.books[t.Credit]
	if err := b.allocate(t, debit); err != nil {
		return err
	}
	var err error
	if debit != nil {
		if t.DebitAfter, t.DebitN, err = debit.change(-amount * t.Debit.sign()); err != nil {
			return err
		}
	}
	if credit == nil {
		return nil
	}
	if t.CreditAfter, t.CreditN, err = credit.change(amount * t.Credit.sign()); err != nil {
		return err
	}
	if t.Credit.Kind.Lots() {
		for _, s := range t.Lots {
			credit.part(s.Lot).amount += s.Amount.Minor()
		}
	}
	return nil
}

// change adds to the balance and returns what it is then and which line of the
// statement that makes.
func (k *book) change(by int64) (*lance.Money, int64, error) {
	if by < 0 && k.posted-k.pending < -by {
		return nil, 0, short()
	}
	if by > 0 && k.posted > math.MaxInt64-by {
		return nil, 0, lance.E(lance.Invalid, "money_overflow", "the account cannot hold so much")
	}
	k.posted += by
	k.line++
	k.touched = true
	after := minor(k.posted, k.account.Currency)
	return &after, k.line, nil
}

func short() error {
	return lance.E(lance.Insufficient, "balance_insufficient", "there is not enough money in the account")
}

// allocate decides which lots move: those that are named, else the oldest of the
// debit account. What comes from an account that is not made of lots opens one.
func (b *books) allocate(t *Transfer, debit *book) error {
	switch {
	case t.Debit.Kind.Lots() && len(t.Lots) > 0:
		return debit.take(t.Lots)
	case t.Debit.Kind.Lots():
		var err error
		t.Lots, err = debit.oldest(t.Amount.Minor(), t.Since)
		t.Since = time.Time{}
		return err
	case !t.Credit.Kind.Lots():
		return nil
	case len(t.Lots) > 0:
		if slices.ContainsFunc(t.Lots, func(s LotShare) bool { return !b.lots[s.Lot] }) {
			return lance.E(lance.NotFound, "lot_not_found", "there is no such lot")
		}
		return nil
	}
	b.open(t)
	return nil
}

// open opens the lot that a credit from outside brings.
func (b *books) open(t *Transfer) {
	var lot Lot
	if t.Lot != nil {
		lot = *t.Lot
	}
	if lot.ChargedAt.IsZero() {
		lot.ChargedAt = t.At
	}
	lot.ChargedAt = lance.Instant(lot.ChargedAt)
	lot.ID, lot.Transfer, lot.Amount = lotIDFor(t.ID, lot.ChargedAt), t.ID, t.Amount
	t.Lot, t.Lots = &lot, []LotShare{{lot.ID, t.Amount}}
	b.lots[lot.ID] = true
	b.opened = append(b.opened, lot)
}

// take removes named shares.
func (k *book) take(shares []LotShare) error {
	for _, s := range shares {
		p := k.part(s.Lot)
		if p.amount < s.Amount.Minor() {
			return lance.E(lance.Insufficient, "lot_insufficient", "the account does not have so much of this lot")
		}
		p.amount -= s.Amount.Minor()
	}
	return nil
}

// oldest removes an amount from the oldest lots that were charged since then, and
// returns which.
func (k *book) oldest(amount int64, since time.Time) ([]LotShare, error) {
	var out []LotShare
	first, left := firstLot(since), amount
	for i := range k.parts {
		p := &k.parts[i]
		if take := min(p.amount, left); take > 0 && p.lot >= first {
			out = append(out, LotShare{p.lot, minor(take, k.account.Currency)})
			p.amount -= take
			left -= take
		}
		if left == 0 {
			return out, nil
		}
	}
	if first != "" && amount <= k.posted-k.pending {
		return nil, stale(minor(amount-left, k.account.Currency))
	}
	return nil, short()
}

// stale is the fault of an account that has enough, but charged too long ago.
func stale(fits lance.Money) error {
	err := lance.E(lance.Precondition, "funds_old", "most of what is available was charged too long ago: "+fits.String()+" of it was not")
	return err.Cause(&tooOld{fits})
}

// tooOld says how much is not.
type tooOld struct{ fits lance.Money }

// Error tells it.
func (e *tooOld) Error() string { return e.fits.String() + " was charged late enough" }

// FitsOf returns how much of what an account has was charged late enough, where a
// transfer was refused with "funds_old".
func FitsOf(err error) (lance.Money, bool) {
	e, is := errors.AsType[*tooOld](err)
	if !is {
		return lance.Money{}, false
	}
	return e.fits, true
}
