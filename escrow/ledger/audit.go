package ledger

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/megilance/lance"
)

// Scope is what lance.Verify covers of the books: every transfer has its line in
// the log and every line its transfer, and balances and lots are the fold of the
// transfers, sealed or not.
func Scope[R Repos]() lance.Scope[R] {
	return lance.Scope[R]{Trails: []lance.Trail[R]{{
		Checker: NewChecker,
		Rows: func(ctx context.Context, r R, ids []string) (map[string]any, error) {
			q := Query{IDs: make([]TransferID, len(ids))}
			for i, id := range ids {
				q.IDs[i] = TransferID(id)
			}
			found, err := r.Ledger().Find(ctx, q)
			out := make(map[string]any, len(found))
			for _, t := range found {
				out[string(t.ID)] = t
			}
			return out, err
		},
		Loose: func(ctx context.Context, r R, after string, limit int) ([]lance.Loose, error) {
			found, err := r.Ledger().Find(ctx, Query{Loose: true, After: TransferID(after), Limit: limit})
			out := make([]lance.Loose, len(found))
			for i, t := range found {
				out[i] = lance.Loose{ID: string(t.ID), Value: t}
			}
			return out, err
		},
		Rest: func(ctx context.Context, r R, yield func(lance.Record) error) error { return rest(ctx, r, yield) },
	}}}
}

// kindAccount is the kind of records of what is kept of an account.
const kindAccount = EntryKind + ".account"

func rest(ctx context.Context, r Repos, yield func(lance.Record) error) error {
	const page = 500
	after := ""
	for {
		kept, err := r.Ledger().Kept(ctx, after, page)
		if err != nil {
			return err
		}
		for _, k := range kept {
			after = k.Balance.Account.String()
			if err := yield(lance.Record{Kind: kindAccount, Value: k}); err != nil {
				return err
			}
		}
		if len(kept) < page {
			return nil
		}
	}
}

// NewChecker returns what audits transfers, balances and lots: for
// lance.VerifyExport.
func NewChecker() lance.Checker {
	return &checker{books: map[Account]*folded{}, open: map[TransferID]int64{}, early: map[TransferID]bool{}}
}

// checker folds transfers in any order.
type checker struct {
	books map[Account]*folded
	open  map[TransferID]int64 // pending and not resolved yet: what each reserves
	early map[TransferID]bool  // resolved before they came
}

// folded is what follows from transfers for one account, in its own direction.
type folded struct {
	posted, pending, lines int64
	lots                   map[LotID]int64
}

// Kind is that of the log's lines for transfers.
func (c *checker) Kind() string { return EntryKind }

// Row folds a transfer and returns the line by which the log must witness it.
func (c *checker) Row(value any) (lance.Entry, *lance.Finding) {
	t, ok := value.(Transfer)
	if !ok {
		return lance.Entry{}, nil
	}
	switch {
	case t.Pending:
		c.reserve(&t)
	case t.Resolves != "":
		c.resolve(&t)
	}
	if t.Moves() {
		c.move(&t, t.Debit)
		c.move(&t, t.Credit)
	}
	return t.Entry(), nil
}

func (c *checker) book(a Account) *folded {
	b := c.books[a]
	if b == nil {
		b = &folded{}
		c.books[a] = b
	}
	return b
}

func (c *checker) reserve(t *Transfer) {
	if c.early[t.ID] {
		delete(c.early, t.ID)
		return
	}
	c.open[t.ID] = t.Amount.Minor()
	c.book(t.Debit).pending += t.Amount.Minor()
}

func (c *checker) resolve(t *Transfer) {
	reserved, ok := c.open[t.Resolves]
	if !ok {
		c.early[t.Resolves] = true
		return
	}
	delete(c.open, t.Resolves)
	c.book(t.Debit).pending -= reserved
}

func (c *checker) move(t *Transfer, a Account) {
	b, by := c.book(a), t.Change(a).Minor()
	b.posted += by
	b.lines++
	if !a.Kind.Lots() {
		return
	}
	if b.lots == nil {
		b.lots = map[LotID]int64{}
	}
	for _, s := range t.Lots {
		if by < 0 {
			b.lots[s.Lot] -= s.Amount.Minor()
		} else {
			b.lots[s.Lot] += s.Amount.Minor()
		}
		if b.lots[s.Lot] == 0 {
			delete(b.lots, s.Lot)
		}
	}
}

func found(code string, a Account, msg string) *lance.Finding {
	return &lance.Finding{Code: code, Kind: "account", ID: a.String(), Msg: msg}
}

// Rest compares what is kept of an account with the fold.
func (c *checker) Rest(_ string, value any) *lance.Finding {
	k, ok := value.(Kept)
	if !ok {
		return &lance.Finding{Code: lance.FoundExportBroken, Kind: kindAccount, Msg: "it is no account"}
	}
	x := k.Balance
	b := c.book(x.Account)
	delete(c.books, x.Account)
	switch {
	case b.posted != x.Posted.Minor():
		return found(lance.FoundKeptChanged, x.Account, "its balance is not what its transfers make")
	case b.pending != x.PendingOut.Minor():
		return found(lance.FoundKeptChanged, x.Account, "what is reserved is not what its pending transfers make")
	case b.lines != x.Lines:
		return found(lance.FoundKeptChanged, x.Account, "it has another number of lines than of transfers")
	}
	for _, s := range k.Shares {
		if b.lots[s.Lot] != s.Amount.Minor() || s.Amount.IsZero() {
			return found(lance.FoundKeptChanged, x.Account, "its part of "+string(s.Lot)+" is not what its transfers make")
		}
		delete(b.lots, s.Lot)
	}
	if len(b.lots) > 0 {
		return found(lance.FoundKeptMissing, x.Account, "it has no part of "+string(slices.Min(slices.Collect(maps.Keys(b.lots)))))
	}
	return nil
}

// End names the first account of which nothing is kept.
func (c *checker) End() *lance.Finding {
	for _, a := range slices.SortedFunc(maps.Keys(c.books), Account.Compare) {
		if b := c.books[a]; b.lines > 0 || b.pending > 0 {
			return found(lance.FoundKeptMissing, a, "transfers name it, and no balance is kept")
		}
	}
	if len(c.early) > 0 {
		id := slices.Min(slices.Collect(maps.Keys(c.early)))
		return &lance.Finding{Code: lance.FoundRowMissing, Kind: EntryKind, ID: string(id), Msg: "a transfer resolves it, and it is not there"}
	}
	return nil
}

// Encode returns what stands for a transfer or an account in an export.
func (c *checker) Encode(value any) any {
	switch v := value.(type) {
	case Transfer:
		return writeTransfer(&v)
	case Kept:
		return keptLine{v.Balance.Account.String(), v.Balance.Posted.Minor(), v.Balance.PendingOut.Minor(), v.Balance.Lines, writeShares(v.Shares)}
	}
	return nil
}

// Decode reads what Encode wrote. It fails with Invalid.
func (c *checker) Decode(kind string, b json.RawMessage) (any, error) {
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if kind == EntryKind {
		var l transferLine
		if err := dec.Decode(&l); err != nil {
			return nil, err
		}
		return l.transfer()
	}
	var l keptLine
	if err := dec.Decode(&l); err != nil {
		return nil, err
	}
	a, err := ParseAccount(l.Account)
	return Kept{Balance{a, minor(l.Posted, a.Currency), minor(l.Pending, a.Currency), l.Lines}, readShares(l.Shares, a.Currency)}, err
}
