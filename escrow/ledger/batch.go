package ledger

import (
	"context"
	"maps"
	"slices"
)

// Batch posts sets that know nothing of each other with one look at the books
// and one write: each set is posted whole or, with its fault, not at all.
type Batch struct {
	r        Repos
	books    *books
	accounts map[TransferID][2]Account // of pending transfers
}

// Open loads and locks in the transaction of r all that the sets depend on.
func Open(ctx context.Context, r Repos, sets ...[]Transfer) (*Batch, error) {
	b := &Batch{r: r, accounts: map[TransferID][2]Account{}}
	if err := b.pending(ctx, sets); err != nil {
		return nil, err
	}
	var all []Transfer
	for _, ts := range sets {
		if ts, ok := b.complete(ts); ok {
			all = append(all, ts...)
		}
	}
	mended, err := corrected(ctx, r, all)
	if err != nil {
		return nil, err
	}
	w := want(all)
	loaded, err := r.Ledger().Load(ctx, w)
	if err != nil {
		return nil, err
	}
	if b.books, err = newBooks(r, w, loaded); err != nil {
		return nil, err
	}
	b.books.mended = mended
	return b, b.books.cover(ctx, r.Ledger(), b.books.draws(all))
}

// pending learns the accounts of transfers that sets resolve without naming
// them.
func (b *Batch) pending(ctx context.Context, sets [][]Transfer) error {
	var ask []TransferID
	for _, ts := range sets {
		for i := range ts {
			if ts[i].Resolves != "" && ts[i].bare() {
				ask = append(ask, ts[i].Resolves)
			}
		}
	}
	if len(ask) == 0 {
		return nil
	}
	found, err := b.r.Ledger().Find(ctx, Query{IDs: ask})
	for _, p := range found {
		b.accounts[p.ID] = [2]Account{p.Debit, p.Credit}
	}
	return err
}

// complete returns the set with the accounts of what it resolves, and whether
// all are known.
func (b *Batch) complete(ts []Transfer) ([]Transfer, bool) {
	ts = slices.Clone(ts)
	own := map[TransferID][2]Account{}
	for i := range ts {
		t := &ts[i]
		if t.Pending {
			own[t.ID] = [2]Account{t.Debit, t.Credit}
		}
		if t.Resolves == "" || !t.bare() {
			continue
		}
		of, known := own[t.Resolves]
		if !known {
			if of, known = b.accounts[t.Resolves]; !known {
				return nil, false
			}
		}
		t.Debit, t.Credit = of[0], of[1]
	}
	return ts, true
}

// Post posts one of the sets that the batch was opened for, in memory, after
// those before it. It returns what the function Post returns and fails as that
// does; a set that fails changes nothing.
func (b *Batch) Post(ts ...Transfer) ([]Transfer, error) {
	ts, known := b.complete(ts)
	if !known {
		return nil, settled()
	}
	part := b.books.part(ts)
	out, err := part.apply(ts)
	if err == nil {
		b.books.keep(part)
	}
	return out, err
}

// Write stores what was posted. It fails with Conflict "transfer_exists" when one
// of the transfers was written since Open; nothing was written then.
func (b *Batch) Write(ctx context.Context) error { return b.books.write(ctx, b.r) }

// part returns a copy of what a set depends on.
func (b *books) part(ts []Transfer) *books {
	p := &books{
		world: b.world, books: map[Account]*book{}, known: map[TransferID]*Transfer{}, lots: map[LotID]bool{},
		mended: maps.Clone(b.mended),
	}
	for i := range ts {
		t := &ts[i]
		for _, a := range []Account{t.Debit, t.Credit} {
			if k := b.books[a]; k != nil && p.books[a] == nil {
				c := *k
				c.parts = slices.Clone(k.parts)
				p.books[a] = &c
			}
		}
		for _, id := range []TransferID{t.ID, t.Resolves, t.Corrects} {
			if known := b.known[id]; known != nil {
				p.known[id] = known
			}
		}
		for _, s := range t.Lots {
			if b.lots[s.Lot] {
				p.lots[s.Lot] = true
			}
		}
	}
	return p
}

// keep takes a part back.
func (b *books) keep(p *books) {
	maps.Copy(b.books, p.books)
	maps.Copy(b.known, p.known)
	maps.Copy(b.lots, p.lots)
	b.mended = p.mended
	b.added = append(b.added, p.added...)
	b.opened = append(b.opened, p.opened...)
}
