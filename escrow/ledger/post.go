package ledger

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
)

// MaxSet is how many transfers one set may have.
const MaxSet = 1000

// raced is what Store.Write says when a transfer came in between.
const raced = "transfer_exists"

// Post posts a set of transfers in the transaction of r, in the order given, so
// that one may move on what an earlier one brought: all of them or, with any
// fault, none. It returns them with what the ledger fills in.
//
// A transfer whose ID is known with the same content counts as posted: what
// stands is returned. Faults: Invalid "invalid_input" with every field that
// breaks a rule; Conflict "transfer_reused" for a known ID with other content;
// Insufficient "balance_insufficient" where an account with a floor would go
// below zero or below what is reserved on it, "lot_insufficient" where it has
// less of a named lot; Precondition "funds_old", of which FitsOf says more, where it
// has enough and too little of it was charged since then, "transfer_settled" for a
// pending transfer that is not there, is posted or voided already, "transfer_expired"
// for one whose time is over, and "transfer_exceeds" for more than it reserved; NotFound
// "transfer_not_found" or "lot_not_found" for a Corrects or a lot that is not
// known; Precondition "correction_exceeds" where a transfer would be corrected by
// more than it moved.
func Post(ctx context.Context, r Repos, ts ...Transfer) ([]Transfer, error) {
	if len(ts) == 0 {
		return nil, nil
	}
	ts = asked(ts)
	if err := check(ts); err != nil {
		return nil, err
	}
	for tries := 0; ; tries++ {
		b, err := Open(ctx, r, ts)
		if err != nil {
			return nil, err
		}
		out, err := b.Post(ts...)
		if err != nil {
			return nil, err
		}
		if err = b.Write(ctx); err == nil {
			return out, nil
		}
		if lance.CodeOf(err) != raced || tries == 2 {
			return nil, err
		}
	}
}

// asked returns the set without what the ledger has filled in, where transfers
// that it returned are posted again.
func asked(ts []Transfer) []Transfer {
	ts = slices.Clone(ts)
	for i := range ts {
		t := &ts[i]
		t.At, t.SettledBy, t.DebitAfter, t.CreditAfter, t.DebitN, t.CreditN = time.Time{}, "", nil, nil, 0, 0
		if t.Lot == nil || t.Lot.ID == "" {
			continue
		}
		if t.Lots = nil; t.Lot.Provider == "" {
			t.Lot = nil
		}
	}
	return ts
}

func (t *Transfer) bare() bool { return t.Debit == Account{} && t.Credit == Account{} }

func want(ts []Transfer) Want {
	var w Want
	for i := range ts {
		t := &ts[i]
		for _, a := range []Account{t.Debit, t.Credit} {
			if a.Kind.Floor() {
				w.Accounts = append(w.Accounts, a)
			}
		}
		for _, id := range []TransferID{t.ID, t.Resolves, t.Corrects} {
			if id != "" {
				w.Transfers = append(w.Transfers, id)
			}
		}
		for _, s := range t.Lots {
			w.Lots = append(w.Lots, s.Lot)
		}
	}
	slices.SortFunc(w.Accounts, Account.Compare)
	w.Accounts = slices.Compact(w.Accounts)
	slices.Sort(w.Transfers)
	w.Transfers = slices.Compact(w.Transfers)
	slices.Sort(w.Lots)
	w.Lots = slices.Compact(w.Lots)
	return w
}

// draw is what a set takes out of an account.
type draw struct {
	amount int64 // minor units
	first  LotID // of those that may move, whichever transfer takes them
}

// draws returns what the sets take out of each account that is made of lots. One that
// settles a pending transfer and names no amount takes all of it.
func (b *books) draws(ts []Transfer) map[Account]draw {
	out, reserved := make(map[Account]draw), make(map[TransferID]lance.Money)
	for i := range ts {
		t := &ts[i]
		if t.Pending {
			reserved[t.ID] = t.Amount
		}
		if !t.Debit.Kind.Lots() || !t.Moves() {
			continue
		}
		amount := t.Amount
		if p := b.known[t.Resolves]; amount == (lance.Money{}) && p != nil {
			amount = p.Amount
		} else if amount == (lance.Money{}) {
			amount = reserved[t.Resolves]
		}
		d := out[t.Debit]
		out[t.Debit] = draw{saturate(d.amount, amount.Minor()), max(d.first, firstLot(t.Since))}
	}
	return out
}

// write stores what was applied, and sets and cancels the clocks of pending
// transfers.
func (b *books) write(ctx context.Context, r Repos) error {
	c := b.changes()
	if len(c.Transfers) == 0 {
		return nil
	}
	if err := r.Ledger().Write(ctx, c); err != nil {
		return err
	}
	return b.clocks(ctx, r, c.Transfers)
}
