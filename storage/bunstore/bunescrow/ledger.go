package bunescrow

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// Ledger is the store of the books.
func (t Tx) Ledger() ledger.Store { return books{t.Q} }

type books struct{ q *bunkit.Q }

var _ ledger.Store = books{}

func keys[T any](of func(T) string, list []T) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = of(x)
	}
	return out
}

func ids[T ~string](list []T) []string { return keys(func(x T) string { return string(x) }, list) }

// tail are the amounts, credits less debits, by which transfers that are not
// sealed yet change accounts without a floor.
const tail = `
SELECT t.debit AS account, t.currency, -t.amount_minor AS posted, 0 AS pending, 1 AS lines
FROM {lance_unsealed} u JOIN {lance_transfers} t ON t.id = u.id
WHERE u.kind = 'transfer' AND t.debit_n = 0 AND NOT t.pending AND NOT t.void
UNION ALL
SELECT t.credit, t.currency, t.amount_minor, 0, 1
FROM {lance_unsealed} u JOIN {lance_transfers} t ON t.id = u.id
WHERE u.kind = 'transfer' AND t.credit_n = 0 AND NOT t.pending AND NOT t.void`

// tailPG is the tail with each transfer looked up by its key: what the database
// believes of a table that is filled and emptied all the time would have it read
// every transfer.
var tailPG = strings.ReplaceAll(tail, "JOIN {lance_transfers} t ON t.id = u.id",
	"CROSS JOIN LATERAL (SELECT debit, credit, debit_n, credit_n, currency, amount_minor, pending, void FROM {lance_transfers} x WHERE x.id = u.id LIMIT 1) AS t")

// tail returns the tail for the database.
func (b books) tail() string {
	if b.q.PG() {
		return tailPG
	}
	return tail
}

const (
	floored = `SELECT account, posted_minor AS posted, pending_minor AS pending, lines FROM {lance_balances} WHERE `

	// open are the balances of accounts without a floor: as far as they are sealed,
	// and the tail, %[2]s, each with a condition on the account.
	open = `SELECT account, CAST(sum(posted) AS BIGINT) AS posted, 0 AS pending, CAST(sum(lines) AS BIGINT) AS lines FROM (
SELECT account, credit_minor AS posted, lines FROM {lance_totals} WHERE %[1]s
UNION ALL
SELECT account, posted, lines FROM (%[2]s) AS tail WHERE %[1]s) AS b GROUP BY account`
)

// Balances returns the balances of accounts, of all that have lines when none is
// named. What it asks of accounts without a floor is one statement, so that no
// seal comes in between.
func (b books) Balances(ctx context.Context, accounts ...ledger.Account) ([]ledger.Balance, error) {
	const all = "lines > 0"
	query, args := b.balances(accounts)
	if len(accounts) == 0 {
		query = floored + all + " UNION ALL " + fmt.Sprintf(open, all, b.tail())
	}
	var rows []balanceRow
	if err := b.q.Query(ctx, &rows, "SELECT account, posted, pending, lines FROM ("+query+") AS b ORDER BY account", args...); err != nil {
		return nil, err
	}
	found, err := values(rows, balanceRow.value)
	if err != nil || len(accounts) == 0 {
		return found, err
	}
	return inOrder(accounts, found), nil
}

// balances asks for those of named accounts, and looks into the tail only for one
// that has no floor.
func (b books) balances(accounts []ledger.Account) (query string, args []any) {
	var of [2][]string
	for _, a := range accounts {
		i := 0
		if !a.Kind.Floor() {
			i = 1
		}
		of[i] = append(of[i], a.String())
	}
	var parts []string
	if among := b.q.Among("account"); of[0] != nil {
		parts, args = append(parts, floored+among), append(args, of[0])
	}
	if among := b.q.Among("account"); of[1] != nil {
		parts, args = append(parts, fmt.Sprintf(open, among, b.tail())), append(args, of[1], of[1])
	}
	return strings.Join(parts, " UNION ALL "), args
}

func values[R, D any](rows []R, value func(R) (D, error)) ([]D, error) {
	out := make([]D, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = value(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// inOrder returns a balance for each account, nothing for one that has none.
func inOrder(accounts []ledger.Account, found []ledger.Balance) []ledger.Balance {
	byAccount := make(map[ledger.Account]ledger.Balance, len(found))
	for _, f := range found {
		byAccount[f.Account] = f
	}
	out := make([]ledger.Balance, len(accounts))
	for i, a := range accounts {
		x, ok := byAccount[a]
		if !ok {
			zero := lance.NewMoney(0, a.Currency)
			x = ledger.Balance{Account: a, Posted: zero, PendingOut: zero}
		}
		out[i] = x
	}
	return out
}

// Totals sums up the stored balances of each currency, in one statement.
func (b books) Totals(ctx context.Context) ([]ledger.Total, error) {
	var rows []struct {
		Currency  string `bun:"currency"`
		Imbalance int64  `bun:"imbalance"`
		Accounts  int64  `bun:"accounts"`
		Transfers int64  `bun:"transfers"`
	}
	err := b.q.Query(ctx, &rows, `
SELECT s.currency, s.imbalance, s.accounts, t.transfers FROM (
SELECT currency, CAST(sum(posted) AS BIGINT) AS imbalance, count(DISTINCT account) AS accounts FROM (
SELECT account, currency, CASE WHEN account LIKE '`+string(ledger.KindReceivable)+`:%' THEN -posted_minor ELSE posted_minor END AS posted
FROM {lance_balances} WHERE lines > 0
UNION ALL
SELECT account, currency, credit_minor FROM {lance_totals}
UNION ALL
SELECT account, currency, posted FROM (`+b.tail()+`) AS tail) AS b GROUP BY currency) AS s
JOIN (SELECT currency, count(*) AS transfers FROM {lance_transfers} GROUP BY currency) AS t ON t.currency = s.currency
ORDER BY s.currency`)
	out := make([]ledger.Total, len(rows))
	for i, r := range rows {
		if err == nil {
			out[i].Currency, err = lance.ParseCurrency(r.Currency)
		}
		out[i].Imbalance = lance.NewMoney(r.Imbalance, out[i].Currency)
		out[i].Accounts, out[i].Transfers = r.Accounts, r.Transfers
	}
	return out, err
}

const floorStatement = `
SELECT ` + transferFields + `, p.n, p.after_minor FROM (
SELECT id, n, after_minor FROM (SELECT id, debit_n AS n, debit_after_minor AS after_minor FROM {lance_transfers}
WHERE debit = ? AND debit_n > 0 AND debit_n < ? ORDER BY debit_n DESC LIMIT ?) AS d
UNION ALL
SELECT id, n, after_minor FROM (SELECT id, credit_n AS n, credit_after_minor AS after_minor FROM {lance_transfers}
WHERE credit = ? AND credit_n > 0 AND credit_n < ? ORDER BY credit_n DESC LIMIT ?) AS c
) AS p JOIN {lance_transfers} t ON t.id = p.id` + transferJoins + ` ORDER BY p.n DESC LIMIT ?`

const sealedStatement = `
SELECT ` + transferFields + `, p.n, p.credit_after_minor AS after_minor
FROM {lance_total_lines} p JOIN {lance_transfers} t ON t.id = p.transfer` + transferJoins + `
WHERE p.account = ? AND p.n < ? ORDER BY p.n DESC LIMIT ?`

// Statement returns lines with N < before, latest first, at most limit.
func (b books) Statement(ctx context.Context, a ledger.Account, before int64, limit int) ([]ledger.Line, error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	query, args := sealedStatement, []any{a.String(), before, limit}
	if a.Kind.Floor() {
		query, args = floorStatement, slices.Concat(args, args, []any{limit})
	}
	var rows []transferRow
	if err := b.q.Query(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	return values(rows, func(r transferRow) (ledger.Line, error) {
		t, err := r.value()
		x := ledger.Balance{Account: a, Posted: lance.NewMoney(r.AfterMinor, a.Currency)}
		if !a.Kind.Floor() {
			x.Posted = x.Credit()
		}
		return ledger.Line{N: r.N, Transfer: t, Change: t.Change(a), Balance: x.Posted}, err
	})
}

// Shares returns the parts of lots that an account has, in order of the lots. The
// front and the others are read by one statement, so that none is missed that
// moves from one to the other.
func (b books) Shares(ctx context.Context, a ledger.Account, after ledger.LotID, limit int) ([]ledger.LotShare, error) {
	var rows []struct {
		Front *string `bun:"front"`
		shareRow
	}
	err := b.q.Query(ctx, &rows, `SELECT front, '' AS lot, 0 AS amount_minor FROM {lance_balances} WHERE account = ? AND front IS NOT NULL
UNION ALL SELECT NULL, lot, amount_minor FROM (SELECT lot, amount_minor FROM {lance_later_shares} WHERE account = ? AND lot > ? ORDER BY lot LIMIT ?) AS s
ORDER BY lot`, a.String(), a.String(), string(after), limit)
	var out []ledger.LotShare
	for _, r := range rows {
		if r.Front == nil {
			out = append(out, r.value(a.Currency))
			continue
		}
		var shares []ledger.LotShare
		shares, err = readFront(r.Front, a.Currency)
		out = ledger.Front{Shares: shares}.After(after, limit)
	}
	return out[:min(limit, len(out))], err
}

// Lots returns those of the lots that are known.
func (b books) Lots(ctx context.Context, of ...ledger.LotID) ([]ledger.Lot, error) {
	if len(of) == 0 {
		return nil, nil
	}
	var rows []lotRow
	err := b.q.Query(ctx, &rows, `SELECT id, transfer, currency, amount_minor, provider, payment_kind, payment_id, method, charged_at, refundable FROM {lance_lots} WHERE `+b.q.Among("id")+` ORDER BY id`, ids(of))
	if err != nil {
		return nil, err
	}
	return values(rows, lotRow.value)
}

// Find returns transfers in order of their IDs.
func (b books) Find(ctx context.Context, f ledger.Query) ([]ledger.Transfer, error) {
	query, args := find(f, b.q.Among)
	return b.transfers(ctx, query, args...)
}

// transfers reads what a statement finds.
func (b books) transfers(ctx context.Context, query string, args ...any) ([]ledger.Transfer, error) {
	var rows []transferRow
	if err := b.q.Query(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	return values(rows, func(r transferRow) (ledger.Transfer, error) { return r.value() })
}

// find returns the statement that finds transfers, with its arguments.
func find(f ledger.Query, among func(string) string) (string, []any) {
	from, where, args := "{lance_transfers} t", "t.id > ?", []any{string(f.After)}
	if f.IDs != nil {
		where, args = where+" AND "+among("t.id"), append(args, ids(f.IDs))
	}
	if f.Open != nil {
		from = "{lance_open_transfers} o JOIN {lance_transfers} t ON t.id = o.transfer"
		where, args = where+" AND o.account = ?", append(args, f.Open.String())
	}
	if f.Corrects != nil {
		where, args = where+" AND t.corrects IS NOT NULL AND "+among("t.corrects"), append(args, ids(f.Corrects))
	}
	if f.Loose {
		where += " AND NOT EXISTS (SELECT 1 FROM {lance_log} g WHERE g.id = t.id)"
	}
	query := "SELECT " + transferFields + " FROM " + from + transferJoins + " WHERE " + where + " ORDER BY t.id"
	if f.Limit > 0 {
		query, args = query+" LIMIT ?", append(args, f.Limit)
	}
	return query, args
}
