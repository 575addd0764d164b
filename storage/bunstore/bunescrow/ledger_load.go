package bunescrow

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// On PostgreSQL one statement makes balances that are not there, locks all of
// them in order, and reads what else the set depends on. A statement reads as of
// its begin, except that a locked row is read anew after the wait: where the
// version of a locked balance is not the one seen at the beginning, all else may
// be old, too, and the statement is run again under the locks that it has.
//
// Rows are looked up one by one, in LATERAL, because a plan is kept: one that was
// made while a table was small must not read all of it when it has grown.
const loadPG = `
WITH w AS MATERIALIZED (
	SELECT account FROM unnest(?::text[]) AS w(account) ORDER BY account COLLATE "C"
), made AS (
	INSERT INTO {lance_balances} (account, currency, posted_minor, pending_minor, lines, version)
	SELECT account, split_part(account, ':', 2), 0, 0, 0, 0 FROM w
	WHERE (SELECT b.account FROM {lance_balances} b WHERE b.account = w.account) IS NULL
	ON CONFLICT DO NOTHING RETURNING account
)
SELECT 'held' AS what, w.account, '' AS id, h.posted_minor AS posted, h.pending_minor AS pending, h.lines, h.version, s.version AS seen FROM w
CROSS JOIN LATERAL (SELECT b.version FROM {lance_balances} b WHERE b.account = w.account LIMIT 1) AS s
CROSS JOIN LATERAL (SELECT b.posted_minor, b.pending_minor, b.lines, b.version FROM {lance_balances} b WHERE b.account = w.account LIMIT 1 FOR NO KEY UPDATE) AS h
UNION ALL
SELECT 'held', account, '', 0, 0, 0, 0, 0 FROM made
UNION ALL
SELECT 'oldest', w.account, s.lot, s.amount_minor, 0, 0, 0, 0 FROM w
CROSS JOIN LATERAL (SELECT lot, amount_minor FROM {lance_lot_shares} s WHERE s.account = w.account ORDER BY lot LIMIT ?) AS s
UNION ALL
SELECT 'known', '', t.id, 0, 0, 0, 0, 0 FROM unnest(?::text[]) AS w(id)
CROSS JOIN LATERAL (SELECT id FROM {lance_transfers} t WHERE t.id = w.id LIMIT 1) AS t`

// On SQLite writers take turns, so the same is read without locks.
const loadSQLite = `
SELECT 'held' AS what, account, '' AS id, posted_minor AS posted, pending_minor AS pending, lines, version
FROM {lance_balances} WHERE account IN (SELECT value FROM json_each(?))
UNION ALL
SELECT 'oldest', w.value, s.lot, s.amount_minor, 0, 0, 0 FROM json_each(?) AS w CROSS JOIN {lance_lot_shares} s
WHERE s.account = w.value AND s.lot IN (SELECT lot FROM {lance_lot_shares} WHERE account = w.value ORDER BY lot LIMIT ?)
UNION ALL
SELECT 'known', '', id, 0, 0, 0, 0 FROM {lance_transfers} WHERE id IN (SELECT value FROM json_each(?))`

// loadRow is one row of what Load asks for.
type loadRow struct {
	What    string `bun:"what"`
	Account string `bun:"account"`
	ID      string `bun:"id"` // of a lot or a transfer
	Posted  int64  `bun:"posted"`
	Pending int64  `bun:"pending"`
	Lines   int64  `bun:"lines"`
	Version int64  `bun:"version"`
	Seen    int64  `bun:"seen"` // the version when the statement began
}

// loadTries bounds how often the statement is run. The second time all that was
// there at the first is locked; only an account that another transaction makes
// at the same time takes a third.
const loadTries = 5

// Load returns what a set of transfers depends on, with the balances locked.
func (b books) Load(ctx context.Context, w ledger.Want) (*ledger.Loaded, error) {
	if err := b.q.Lock(ctx); err != nil { // no more than: not in a view
		return nil, err
	}
	accounts, known := keys(ledger.Account.String, w.Accounts), ids(w.Transfers)
	if !b.q.PG() {
		rows, err := b.load(ctx, loadSQLite, accounts, accounts, ledger.SharesAhead, known)
		if err != nil {
			return nil, err
		}
		return b.loaded(ctx, w, rows)
	}
	for range loadTries {
		rows, err := b.load(ctx, loadPG, accounts, ledger.SharesAhead, known)
		if err != nil {
			return nil, err
		}
		if fresh(rows, len(accounts)) {
			return b.loaded(ctx, w, rows)
		}
	}
	return nil, lance.E(lance.Unavailable, "ledger_busy", "too many others post to these accounts")
}

func (b books) load(ctx context.Context, query string, args ...any) (rows []loadRow, err error) {
	err = b.q.Query(ctx, &rows, query, args...)
	return rows, err
}

// fresh reports whether every account is locked at the version that was seen
// when the statement began.
func fresh(rows []loadRow, accounts int) bool {
	for _, r := range rows {
		if r.What == "held" && r.Version == r.Seen {
			accounts--
		}
	}
	return accounts == 0
}

// loaded sorts the rows out and reads the transfers that are known and the lots
// that are named, of which most sets have none.
func (b books) loaded(ctx context.Context, w ledger.Want, rows []loadRow) (*ledger.Loaded, error) {
	out := &ledger.Loaded{}
	byName := make(map[string]ledger.Account, len(w.Accounts))
	for _, a := range w.Accounts {
		byName[a.String()] = a
	}
	known := []ledger.TransferID{}
	for _, r := range rows {
		a := byName[r.Account]
		holding := ledger.Holding{Account: a, LotShare: ledger.LotShare{Lot: ledger.LotID(r.ID), Amount: lance.NewMoney(r.Posted, a.Currency)}}
		switch r.What {
		case "held":
			out.Balances = append(out.Balances, ledger.Balance{
				Account: a, Posted: holding.Amount, PendingOut: lance.NewMoney(r.Pending, a.Currency), Lines: r.Lines,
			})
		case "oldest":
			out.Oldest = append(out.Oldest, holding)
		case "known":
			known = append(known, ledger.TransferID(r.ID))
		}
	}
	out.Balances = inOrder(w.Accounts, out.Balances)
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
