package bunescrow

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// On PostgreSQL the balances are locked first, in order, and read as they are
// under the lock. What else a set depends on is read by another statement, which
// sees all that was committed before the locks were taken.
//
// Rows are looked up by their keys, joined ones one by one in LATERAL, because a
// plan is kept: one that was made while a table was small must not read all of it
// when it has grown.
const (
	lockPG = `
SELECT account, posted_minor AS posted, pending_minor AS pending, lines FROM {lance_balances}
WHERE account = ANY(?) ORDER BY account FOR NO KEY UPDATE`

	// turnPG lets those who want the same row have it in the order in which they came.
	// Who waits for a row alone is overtaken: when it has changed, all line up anew.
	turnPG = `
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(account, 0)) FROM unnest(?::text[]) AS w(account))
SELECT account, posted_minor AS posted, pending_minor AS pending, lines FROM {lance_balances}
WHERE (SELECT count(*) FROM turn) > 0 AND account = ANY(?) ORDER BY account FOR NO KEY UPDATE`

	makePG = `
INSERT INTO {lance_balances} (account, currency, posted_minor, pending_minor, lines)
SELECT account, split_part(account, ':', 2), 0, 0, 0 FROM unnest(?::text[]) AS w(account) ON CONFLICT DO NOTHING`

	restPG = `
SELECT w.account, s.lot AS id, s.amount_minor FROM unnest(?::text[]) AS w(account)
CROSS JOIN LATERAL (SELECT lot, amount_minor FROM {lance_lot_shares} s WHERE s.account = w.account ORDER BY lot LIMIT ?) AS s
UNION ALL
SELECT '', id, 0 FROM {lance_transfers} WHERE id = ANY(?)`
)

// On SQLite writers take turns, so the same is read without locks.
const (
	heldSQLite = `
SELECT account, posted_minor AS posted, pending_minor AS pending, lines FROM {lance_balances} WHERE account IN (SELECT value FROM json_each(?))`

	restSQLite = `
SELECT w.value AS account, s.lot AS id, s.amount_minor FROM json_each(?) AS w CROSS JOIN {lance_lot_shares} s
WHERE s.account = w.value AND s.lot IN (SELECT lot FROM {lance_lot_shares} WHERE account = w.value ORDER BY lot LIMIT ?)
UNION ALL
SELECT '', id, 0 FROM {lance_transfers} WHERE id IN (SELECT value FROM json_each(?))`
)

// restRow is a share of an account, or the ID of a transfer that is known.
type restRow struct {
	Account string `bun:"account"` // empty for a transfer
	ID      string `bun:"id"`      // of a lot or a transfer
	Amount  int64  `bun:"amount_minor"`
}

// Load returns what a set of transfers depends on, with the balances locked.
func (b books) Load(ctx context.Context, w ledger.Want) (*ledger.Loaded, error) {
	if err := b.q.Lock(ctx); err != nil { // no more than: not in a view
		return nil, err
	}
	held, err := b.held(ctx, keys(ledger.Account.String, w.Accounts))
	if err != nil {
		return nil, err
	}
	query := restSQLite
	if b.q.PG() {
		query = restPG
	}
	var rest []restRow
	err = b.q.Query(ctx, &rest, query, keys(ledger.Account.String, w.From), ledger.SharesAhead, ids(w.Transfers))
	if err != nil {
		return nil, err
	}
	return b.loaded(ctx, w, held, rest)
}

// few accounts are those of one caller. Those of a batch are too many for locks in
// memory, and its callers have waited in line.
const few = 8

// held reads balances and, on PostgreSQL, locks them, those that are not there
// yet, too.
func (b books) held(ctx context.Context, accounts []string) (rows []balanceRow, err error) {
	if !b.q.PG() {
		err = b.q.Query(ctx, &rows, heldSQLite, accounts)
		return rows, err
	}
	query, args := lockPG, []any{accounts}
	if len(accounts) <= few {
		query, args = turnPG, []any{accounts, accounts}
	}
	err = b.q.Query(ctx, &rows, query, args...)
	if err != nil || len(rows) == len(accounts) {
		return rows, err
	}
	there := make(map[string]bool, len(rows))
	for _, r := range rows {
		there[r.Account] = true
	}
	missing := slices.DeleteFunc(slices.Clone(accounts), func(a string) bool { return there[a] })
	if _, err := b.q.Exec(ctx, makePG, missing); err != nil {
		return nil, err
	}
	var made []balanceRow
	if err := b.q.Query(ctx, &made, lockPG, missing); err != nil {
		return nil, err
	}
	if len(made) < len(missing) {
		return nil, lance.E(lance.Unavailable, "ledger_busy", "too many others post to these accounts")
	}
	return append(rows, made...), nil
}

// loaded sorts the rows out and reads the transfers that are known and the lots
// that are named, of which most sets have none.
func (b books) loaded(ctx context.Context, w ledger.Want, held []balanceRow, rest []restRow) (*ledger.Loaded, error) {
	byName := make(map[string]ledger.Account, len(w.Accounts))
	for _, a := range w.Accounts {
		byName[a.String()] = a
	}
	balances := make([]ledger.Balance, len(held))
	for i, r := range held {
		balances[i] = r.of(byName[r.Account])
	}
	out := &ledger.Loaded{Balances: inOrder(w.Accounts, balances)}
	known := []ledger.TransferID{}
	for _, r := range rest {
		if r.Account == "" {
			known = append(known, ledger.TransferID(r.ID))
			continue
		}
		a := byName[r.Account]
		out.Oldest = append(out.Oldest, ledger.Holding{Account: a, LotShare: shareRow{r.ID, r.Amount}.value(a.Currency)})
	}
	var err error
	if len(known) > 0 {
		out.Transfers, err = b.Find(ctx, ledger.Query{IDs: known})
	}
	if err == nil && len(w.Lots) > 0 {
		err = b.named(ctx, w, byName, out)
	}
	return out, err
}

// named reads the lots that a set names, and the shares of them. The balances
// are locked, so nobody changes the shares.
func (b books) named(ctx context.Context, w ledger.Want, byName map[string]ledger.Account, out *ledger.Loaded) error {
	var rows []struct {
		Account string `bun:"account"`
		shareRow
	}
	err := b.q.Query(ctx, &rows, `SELECT account, lot, amount_minor FROM {lance_lot_shares} WHERE `+
		b.q.Among("account")+` AND `+b.q.Among("lot"), keys(ledger.Account.String, w.Accounts), ids(w.Lots))
	if err != nil {
		return err
	}
	for _, r := range rows {
		a := byName[r.Account]
		out.Named = append(out.Named, ledger.Holding{Account: a, LotShare: r.value(a.Currency)})
	}
	out.Lots, err = b.Lots(ctx, w.Lots...)
	return err
}
