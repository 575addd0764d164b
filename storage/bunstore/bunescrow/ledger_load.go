package bunescrow

import (
	"context"
	"maps"
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
SELECT ` + heldFields + ` FROM {lance_balances}
WHERE account = ANY(?) ORDER BY account FOR NO KEY UPDATE`

	// turnPG lets those who want the same row have it in the order in which they came.
	// Who waits for a row alone is overtaken: when it has changed, all line up anew.
	turnPG = `
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended(account, 0)) FROM unnest(?::text[]) AS w(account))
SELECT ` + heldFields + ` FROM {lance_balances}
WHERE (SELECT count(*) FROM turn) > 0 AND account = ANY(?) ORDER BY account FOR NO KEY UPDATE`

	makePG = `
INSERT INTO {lance_balances} (account, currency, posted_minor, pending_minor, lines, more)
SELECT account, split_part(account, ':', 2), 0, 0, 0, FALSE FROM unnest(?::text[]) AS w(account) ON CONFLICT DO NOTHING`

	knownPG = `
SELECT ` + transferFields + ` FROM {lance_transfers} t
LEFT JOIN LATERAL (SELECT id, provider, payment_kind, payment_id, method, charged_at, refundable, currency, amount_minor FROM {lance_lots} x WHERE x.transfer = t.id LIMIT 1) AS l ON TRUE
LEFT JOIN LATERAL (SELECT id FROM {lance_transfers} x WHERE x.resolves = t.id LIMIT 1) AS s ON TRUE
WHERE t.id = ANY(?) ORDER BY t.id`
)

// On SQLite writers take turns, so the same is read without locks.
const heldSQLite = `
SELECT ` + heldFields + ` FROM {lance_balances} WHERE account IN (SELECT value FROM json_each(?))`

// Load returns what a set of transfers depends on, with the balances locked.
func (b books) Load(ctx context.Context, w ledger.Want) (*ledger.Loaded, error) {
	if err := b.q.Lock(ctx); err != nil { // no more than: not in a view
		return nil, err
	}
	held, err := b.held(ctx, keys(ledger.Account.String, w.Accounts))
	if err != nil {
		return nil, err
	}
	out, err := loaded(w, held)
	if err == nil {
		out.Transfers, err = b.known(ctx, w.Transfers)
	}
	if err == nil && len(w.Lots) > 0 {
		err = b.named(ctx, w, out)
	}
	return out, err
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

// loaded puts what is held in the order of the accounts.
func loaded(w ledger.Want, held []balanceRow) (*ledger.Loaded, error) {
	at := make(map[string]int, len(w.Accounts))
	out := &ledger.Loaded{Balances: inOrder(w.Accounts, nil), Fronts: make([]ledger.Front, len(w.Accounts))}
	for i, a := range w.Accounts {
		at[a.String()] = i
	}
	for _, r := range held {
		i, a := at[r.Account], w.Accounts[at[r.Account]]
		shares, err := readFront(r.Front, a.Currency)
		if err != nil {
			return nil, err
		}
		out.Balances[i], out.Fronts[i] = r.of(a), ledger.Front{Shares: shares, More: r.More}
	}
	return out, nil
}

// known returns those of the transfers that are there, of which most sets have none.
func (b books) known(ctx context.Context, of []ledger.TransferID) ([]ledger.Transfer, error) {
	if b.q.PG() {
		return b.transfers(ctx, knownPG, ids(of))
	}
	return b.Find(ctx, ledger.Query{IDs: append([]ledger.TransferID{}, of...)})
}

// named reads the lots that a set names, and the shares of them that are in no
// front. The balances are locked, so nobody changes the shares.
func (b books) named(ctx context.Context, w ledger.Want, out *ledger.Loaded) (err error) {
	byName := make(map[string]ledger.Account)
	for i, a := range w.Accounts {
		if out.Fronts[i].More {
			byName[a.String()] = a
		}
	}
	var rows []holdingRow
	if len(byName) > 0 {
		err = b.q.Query(ctx, &rows, `SELECT account, lot, amount_minor FROM {lance_later_shares} WHERE `+
			b.q.Among("account")+` AND `+b.q.Among("lot"), slices.Sorted(maps.Keys(byName)), ids(w.Lots))
	}
	for _, r := range rows {
		a := byName[r.Account]
		out.Named = append(out.Named, ledger.Holding{Account: a, LotShare: r.value(a.Currency)})
	}
	if err == nil {
		out.Lots, err = b.Lots(ctx, w.Lots...)
	}
	return err
}
