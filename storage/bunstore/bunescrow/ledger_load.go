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
const loadPG = `
WITH made AS (
	INSERT INTO {lance_balances} (account, currency, posted_minor, pending_minor, lines, version)
	SELECT w.account, split_part(w.account, ':', 2), 0, 0, 0, 0 FROM unnest(?::text[]) AS w(account)
	WHERE NOT EXISTS (SELECT 1 FROM {lance_balances} b WHERE b.account = w.account)
	ORDER BY w.account COLLATE "C"
	ON CONFLICT DO NOTHING RETURNING account
), held AS (
	SELECT account, posted_minor, pending_minor, lines, version FROM {lance_balances}
	WHERE account = ANY(?) ORDER BY account FOR NO KEY UPDATE
)
SELECT 'held' AS what, account, '' AS id, posted_minor AS posted, pending_minor AS pending, lines, version FROM held
UNION ALL
SELECT 'held', account, '', 0, 0, 0, 0 FROM made
UNION ALL
SELECT 'seen', account, '', 0, 0, 0, version FROM {lance_balances} WHERE account = ANY(?)
UNION ALL
SELECT 'seen', account, '', 0, 0, 0, 0 FROM made
UNION ALL
SELECT 'oldest', w.account, s.lot, s.amount_minor, 0, 0, 0 FROM unnest(?::text[]) AS w(account)
CROSS JOIN LATERAL (SELECT lot, amount_minor FROM {lance_lot_shares} s WHERE s.account = w.account ORDER BY lot LIMIT ?) AS s
UNION ALL
SELECT 'known', '', id, 0, 0, 0, 0 FROM {lance_transfers} WHERE id = ANY(?)`

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
		rows, err := b.load(ctx, loadPG, accounts, accounts, accounts, accounts, ledger.SharesAhead, known)
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
	seen := make(map[string]int64, accounts)
	for _, r := range rows {
		if r.What == "seen" {
			seen[r.Account] = r.Version
		}
	}
	for _, r := range rows {
		if r.What != "held" {
			continue
		}
		if v, ok := seen[r.Account]; !ok || v != r.Version {
			return false
		}
		accounts--
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
