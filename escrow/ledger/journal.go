package ledger

import (
	"cmp"
	"maps"
	"slices"

	"github.com/megilance/lance"
)

// Journal is transfers and nothing else, in the order of the log that witnesses
// them. All that a Store answers follows from it, which this type works out: for
// a reader of an export, and for a store that would rather add up than keep
// balances. Each method reads the whole journal.
type Journal []Transfer

// Balances returns what Store.Balances does.
func (j Journal) Balances(accounts ...Account) []Balance {
	books, done := map[Account]Balance{}, j.resolved()
	for i := range j {
		t := &j[i]
		for _, a := range []Account{t.Debit, t.Credit} {
			b := zero(books[a], a)
			switch {
			case t.Moves():
				b.Posted, b.Lines = minor(b.Posted.Minor()+t.Change(a).Minor(), a.Currency), b.Lines+1
			case t.Pending && a == t.Debit && done[t.ID] == "":
				b.PendingOut = minor(b.PendingOut.Minor()+t.Amount.Minor(), a.Currency)
			}
			books[a] = b
		}
	}
	if len(accounts) == 0 {
		maps.DeleteFunc(books, func(_ Account, b Balance) bool { return b.Lines == 0 })
		accounts = slices.SortedFunc(maps.Keys(books), Account.Compare)
	}
	out := make([]Balance, len(accounts))
	for i, a := range accounts {
		out[i] = zero(books[a], a)
	}
	return out
}

// zero gives a balance that may not be there its account and currency.
func zero(b Balance, a Account) Balance {
	b.Account, b.Posted, b.PendingOut = a, minor(b.Posted.Minor(), a.Currency), minor(b.PendingOut.Minor(), a.Currency)
	return b
}

// resolved returns by which transfer each pending one was posted or voided.
func (j Journal) resolved() map[TransferID]TransferID {
	done := map[TransferID]TransferID{}
	for i := range j {
		if j[i].Resolves != "" {
			done[j[i].Resolves] = j[i].ID
		}
	}
	return done
}

// Totals returns what Store.Totals does.
func (j Journal) Totals() []Total {
	sums := map[lance.Currency]Total{}
	add := func(c lance.Currency, credit, accounts, transfers int64) {
		t := sums[c]
		sums[c] = Total{c, minor(t.Imbalance.Minor()+credit, c), t.Accounts + accounts, t.Transfers + transfers}
	}
	for _, b := range j.Balances() {
		add(b.Account.Currency, b.Credit().Minor(), 1, 0)
	}
	for i := range j {
		add(j[i].Amount.Currency(), 0, 0, 1)
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b Total) int {
		return cmp.Compare(a.Currency.Code(), b.Currency.Code())
	})
}

// Statement returns what Store.Statement does, taking all of the journal for
// sealed.
func (j Journal) Statement(a Account, before int64, limit int) []Line {
	var lines []Line
	for i := range j {
		if t := j[i]; t.Moves() && (t.Debit == a || t.Credit == a) {
			lines = append(lines, Line{Transfer: t, Change: t.Change(a)})
		}
	}
	if a.Kind.Floor() {
		slices.SortFunc(lines, func(x, y Line) int { return cmp.Compare(x.Transfer.place(a), y.Transfer.place(a)) })
	}
	sum := int64(0)
	for i := range lines {
		sum += lines[i].Change.Minor()
		lines[i].N, lines[i].Balance = int64(i+1), minor(sum, a.Currency)
	}
	if before > 0 {
		lines = lines[:min(before-1, int64(len(lines)))]
	}
	slices.Reverse(lines)
	return lines[:min(limit, len(lines))]
}

// place returns the transfer's place in the statement of an account with a floor.
func (t *Transfer) place(a Account) int64 {
	if t.Debit == a {
		return t.DebitN
	}
	return t.CreditN
}

// Shares returns what Store.Shares does; with a limit of 0 all.
func (j Journal) Shares(a Account, after LotID, limit int) []LotShare {
	parts := map[LotID]int64{}
	for i := range j {
		for _, s := range j[i].Lots {
			if by := j[i].Change(a).Minor(); by < 0 {
				parts[s.Lot] -= s.Amount.Minor()
			} else if by > 0 {
				parts[s.Lot] += s.Amount.Minor()
			}
		}
	}
	var out []LotShare
	for _, lot := range slices.Sorted(maps.Keys(parts)) {
		if lot > after && parts[lot] != 0 && a.Kind.Lots() && (limit == 0 || len(out) < limit) {
			out = append(out, LotShare{lot, minor(parts[lot], a.Currency)})
		}
	}
	return out
}

// Lots returns what Store.Lots does.
func (j Journal) Lots(ids ...LotID) []Lot {
	var out []Lot
	for i := range j {
		if l := j[i].Lot; l != nil && slices.Contains(ids, l.ID) {
			out = append(out, *l)
		}
	}
	slices.SortFunc(out, func(a, b Lot) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// Kept returns what Store.Kept does.
func (j Journal) Kept(after string, limit int) (out []Kept) {
	for _, b := range j.Balances() {
		if b.Account.String() > after && len(out) < limit {
			out = append(out, Kept{b, j.Shares(b.Account, "", 0)})
		}
	}
	return out
}

// Sums returns what Store.Sums does.
func (j Journal) Sums() []Sum { return SumUp(j.Balances()) }

// Find returns what Store.Find does, taking all of the journal for sealed.
func (j Journal) Find(q Query) []Transfer {
	var out []Transfer
	done := j.resolved()
	for _, t := range slices.SortedFunc(slices.Values(j), func(a, b Transfer) int { return cmp.Compare(a.ID, b.ID) }) {
		t.SettledBy = done[t.ID]
		if q.Loose || t.ID <= q.After || (q.Corrects != nil && !slices.Contains(q.Corrects, t.Corrects)) ||
			(q.IDs != nil && !slices.Contains(q.IDs, t.ID)) ||
			(q.Open != nil && (!t.Pending || t.SettledBy != "" || t.Debit != *q.Open)) {
			continue
		}
		if out = append(out, t); len(out) == q.Limit {
			break
		}
	}
	return out
}

// Load returns what Store.Load does; locking is the caller's.
func (j Journal) Load(w Want) *Loaded {
	out := &Loaded{Transfers: j.Find(Query{IDs: append([]TransferID{}, w.Transfers...)}), Lots: j.Lots(w.Lots...)}
	if len(w.Accounts) > 0 {
		out.Balances = j.Balances(w.Accounts...)
	}
	for _, a := range w.Accounts {
		out.Fronts = append(out.Fronts, Front{More: true})
		for _, s := range j.Shares(a, "", 0) {
			if slices.Contains(w.Lots, s.Lot) {
				out.Named = append(out.Named, Holding{a, s})
			}
		}
	}
	return out
}

// Clash fails with Conflict "transfer_exists", as Store.Write does, when one of
// the changes' transfers is in the journal, or resolves what one there does.
func (j Journal) Clash(c Changes) error {
	known, done := map[TransferID]bool{}, j.resolved()
	for i := range j {
		known[j[i].ID] = true
	}
	if slices.ContainsFunc(c.Transfers, func(t Transfer) bool { return known[t.ID] || (t.Resolves != "" && done[t.Resolves] != "") }) {
		return lance.E(lance.Conflict, "transfer_exists", "this transfer is there already")
	}
	return nil
}
