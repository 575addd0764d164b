package bunescrow

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// keptNames are the next accounts of which something is kept, with their
// balances; %s is the tail. Each part is read by its index, no further than the
// page.
const keptNames = `
SELECT account, CAST(sum(posted) AS BIGINT) AS posted, CAST(sum(pending) AS BIGINT) AS pending, CAST(sum(lines) AS BIGINT) AS lines FROM (
SELECT account, posted, pending, lines FROM (SELECT account, posted_minor AS posted, pending_minor AS pending, lines FROM {lance_balances}
	WHERE account > ? AND (lines > 0 OR posted_minor <> 0 OR pending_minor <> 0) ORDER BY account LIMIT ?) AS floored
UNION ALL
SELECT account, posted, pending, lines FROM (SELECT account, credit_minor AS posted, 0 AS pending, lines FROM {lance_totals} WHERE account > ? ORDER BY account LIMIT ?) AS totals
UNION ALL
SELECT account, posted, pending, lines FROM (%s) AS tail WHERE account > ?
UNION ALL
SELECT account, posted, pending, lines FROM (SELECT DISTINCT account, 0 AS posted, 0 AS pending, 0 AS lines FROM {lance_later_shares} WHERE account > ? ORDER BY account LIMIT ?) AS shares
) AS b GROUP BY account ORDER BY account LIMIT ?`

// Kept returns what is kept of accounts from one on.
func (b books) Kept(ctx context.Context, after string, limit int) ([]ledger.Kept, error) {
	var rows []balanceRow
	err := b.q.Query(ctx, &rows, fmt.Sprintf(keptNames, b.tail()), after, limit, after, limit, after, after, limit, limit)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	balances, err := values(rows, balanceRow.value)
	if err != nil {
		return nil, err
	}
	shares, err := b.keptShares(ctx, after, rows[len(rows)-1].Account)
	out := make([]ledger.Kept, len(balances))
	for i, x := range balances {
		out[i] = ledger.Kept{Balance: x, Shares: shares[x.Account]}
	}
	return out, err
}

// keptShares returns the shares of the accounts after one up to another: of each its
// front, and then the others. What posting would overlook, or could not read, is
// nothing: a share of zero.
func (b books) keptShares(ctx context.Context, after, last string) (map[ledger.Account][]ledger.LotShare, error) {
	var rows []struct {
		holdingRow
		Front *string `bun:"front"`
		More  bool    `bun:"more"`
	}
	err := b.q.Query(ctx, &rows, `
SELECT account, '' AS lot, 0 AS amount_minor, front, more FROM {lance_balances} WHERE account > ? AND account <= ?
UNION ALL SELECT account, lot, amount_minor, NULL, TRUE FROM {lance_later_shares} WHERE account > ? AND account <= ? ORDER BY account, lot`,
		after, last, after, last)
	out := make(map[ledger.Account][]ledger.LotShare)
	var front ledger.Front // of the account at hand
	for i, r := range rows {
		if i == 0 || r.Account != rows[i-1].Account {
			front = ledger.Front{}
		}
		a, bad := ledger.ParseAccount(r.Account)
		if bad != nil {
			return nil, bad
		}
		if r.Lot == "" {
			if front.Shares, bad = readFront(r.Front, a.Currency); bad != nil {
				front.Shares = []ledger.LotShare{shareRow{*r.Front, 0}.value(a.Currency)}
			}
			front.More, out[a] = r.More, front.Shares
			continue
		}
		if !front.More || len(front.After(ledger.LotID(r.Lot), 1)) > 0 {
			r.Amount = 0
		}
		out[a] = append(out[a], r.value(a.Currency))
	}
	return out, err
}

// Sums adds the stored balances of each kind and currency up, in one statement.
func (b books) Sums(ctx context.Context) ([]ledger.Sum, error) {
	kind := "substr(account, 1, instr(account, ':') - 1)"
	if b.q.PG() {
		kind = "split_part(account, ':', 1)"
	}
	var rows []struct {
		Kind     string `bun:"kind"`
		Currency string `bun:"currency"`
		Posted   int64  `bun:"posted"`
	}
	err := b.q.Query(ctx, &rows, `
SELECT `+kind+` AS kind, currency, CAST(sum(posted) AS BIGINT) AS posted FROM (
SELECT account, currency, posted_minor AS posted FROM {lance_balances} WHERE lines > 0
UNION ALL
SELECT account, currency, credit_minor FROM {lance_totals}
UNION ALL
SELECT account, currency, posted FROM (`+b.tail()+`) AS tail) AS b GROUP BY 1, 2 ORDER BY 1, 2`)
	out := make([]ledger.Sum, len(rows))
	for i, r := range rows {
		var cur lance.Currency
		if err == nil {
			cur, err = lance.ParseCurrency(r.Currency)
		}
		of := ledger.Account{Kind: ledger.Kind(r.Kind), Currency: cur}
		posted := lance.NewMoney(r.Posted, cur)
		if !of.Kind.Floor() { // these are kept as credits less debits
			posted = ledger.Balance{Account: of, Posted: posted}.Credit()
		}
		out[i] = ledger.Sum{Kind: of.Kind, Posted: posted}
	}
	return out, err
}
