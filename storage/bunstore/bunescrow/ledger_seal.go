package bunescrow

import (
	"context"
	"maps"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// moved are the amounts, credits less debits, by which transfers with places in
// the log change accounts without a floor, in the log's order, with what these
// accounts have had until then.
const moved = `
SELECT m.id, m.account, m.currency, m.by_minor, COALESCE(o.credit_minor, 0) AS credit_minor, COALESCE(o.lines, 0) AS lines FROM (
SELECT l.seq, t.id, t.currency, CASE WHEN side.sign < 0 THEN t.debit ELSE t.credit END AS account, side.sign * t.amount_minor AS by_minor
FROM {lance_log} l JOIN {lance_transfers} t ON t.id = l.id CROSS JOIN (SELECT -1 AS sign UNION ALL SELECT 1) AS side
WHERE l.seq BETWEEN ? AND ? AND l.kind = 'transfer' AND NOT t.pending AND NOT t.void
	AND CASE WHEN side.sign < 0 THEN t.debit_n ELSE t.credit_n END = 0
) AS m LEFT JOIN {lance_totals} o ON o.account = m.account ORDER BY m.seq`

// movedRow is a row of moved.
type movedRow struct {
	ID       string `bun:"id"`
	Account  string `bun:"account"`
	Currency string `bun:"currency"`
	By       int64  `bun:"by_minor"`
	Credit   int64  `bun:"credit_minor"`
	Lines    int64  `bun:"lines"`
}

var (
	totalColumns     = bunkit.ColumnsOf("account text, currency text, credit_minor bigint, lines bigint")
	totalLineColumns = bunkit.ColumnsOf("account text, n bigint, transfer text, credit_after_minor bigint")
)

// onSeal rolls accounts without a floor up: their lines for the transfers that
// have just got their places in the log, and their sums.
func onSeal(ctx context.Context, q *bunkit.Q, first, last int64) error {
	var rows []movedRow
	if err := q.Query(ctx, &rows, moved, first, last); err != nil {
		return err
	}
	totals := map[string]*movedRow{}
	lines := make([][]any, len(rows))
	for i := range rows {
		r := &rows[i]
		o := totals[r.Account]
		if o == nil {
			o = r
			totals[r.Account] = o
		}
		sum, err := lance.NewMoney(o.Credit, lance.Currency{}).Add(lance.NewMoney(r.By, lance.Currency{}))
		if err != nil {
			return lance.E(lance.Internal, "total_overflow", "an account without a floor has more than 64 bits hold").Cause(err)
		}
		o.Credit, o.Lines = sum.Minor(), o.Lines+1
		lines[i] = []any{r.Account, o.Lines, r.ID, o.Credit}
	}
	if _, err := q.InsertRows(ctx, "lance_total_lines", totalLineColumns, lines, ""); err != nil {
		return err
	}
	var sums [][]any
	for _, account := range slices.Sorted(maps.Keys(totals)) {
		o := totals[account]
		sums = append(sums, []any{account, o.Currency, o.Credit, o.Lines})
	}
	_, err := q.InsertRows(ctx, "lance_totals", totalColumns, sums,
		"ON CONFLICT (account) DO UPDATE SET credit_minor = excluded.credit_minor, lines = excluded.lines")
	return err
}
