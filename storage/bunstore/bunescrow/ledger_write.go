package bunescrow

import (
	"context"
	"slices"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// batch are rows to write to one table.
type batch struct {
	name    string // in one statement
	into    string
	columns bunkit.Columns
	rows    [][]any
	then    string   // what follows the rows: ON CONFLICT …
	there   []string // their key, where the rows are there already: PostgreSQL then updates them
}

var (
	transferColumns = bunkit.ColumnsOf(`id text, code text, debit text, credit text, currency text, amount_minor bigint,
		subject_kind text, subject_id text, pending boolean, expires_at timestamptz, resolves text, void boolean,
		corrects text, lots text, at timestamptz,
		debit_n bigint, debit_after_minor bigint, credit_n bigint, credit_after_minor bigint`)
	balanceColumns = bunkit.ColumnsOf(`account text, currency text, posted_minor bigint, pending_minor bigint, lines bigint,
		front text, more boolean`)
	lotColumns = bunkit.ColumnsOf(`id text, transfer text, currency text, amount_minor bigint, provider text,
		payment_kind text, payment_id text, method text, charged_at timestamptz, refundable boolean`)
	shareColumns = bunkit.ColumnsOf(`account text, lot text, amount_minor bigint`)
	openColumns  = bunkit.ColumnsOf(`account text, transfer text`)
)

// Write adds the transfers of a set and stores what they change: on PostgreSQL in
// one statement.
func (b books) Write(ctx context.Context, c ledger.Changes) error {
	inserts, err := b.batches(c)
	if err != nil {
		return err
	}
	write := b.writeSQLite
	if b.q.PG() {
		write = b.writePG
	}
	wrote, whole, err := write(ctx, inserts, removals(c))
	if err != nil || whole {
		return err
	}
	// One of them is there: the others leave again, and nothing else was written.
	if _, err := b.q.Exec(ctx, `DELETE FROM {lance_transfers} WHERE `+b.q.Among("id"), wrote); err != nil {
		return err
	}
	return lance.E(lance.Conflict, "transfer_exists", "a transfer was written meanwhile")
}

// batches returns the rows to insert, the transfers first.
func (b books) batches(c ledger.Changes) ([]batch, error) {
	// A settlement in between cannot be: the account that it debits is locked.
	transfers := batch{name: "transfers", into: "lance_transfers", columns: transferColumns, then: "ON CONFLICT (id) DO NOTHING RETURNING id"}
	opened := batch{name: "opened", into: "lance_open_transfers", columns: openColumns}
	for i := range c.Transfers {
		t := &c.Transfers[i]
		row, err := transferValues(t)
		if err != nil {
			return nil, err
		}
		transfers.rows = append(transfers.rows, row)
		if t.Pending && t.SettledBy == "" {
			opened.rows = append(opened.rows, []any{t.Debit.String(), string(t.ID)})
		}
	}
	lots := batch{name: "lots", into: "lance_lots", columns: lotColumns}
	for _, l := range c.Lots {
		lots.rows = append(lots.rows, []any{
			string(l.ID), string(l.Transfer), l.Amount.Currency().Code(), l.Amount.Minor(), l.Provider,
			l.Payment.Kind, l.Payment.ID, l.Method, l.ChargedAt, l.Refundable,
		})
	}
	witnessed := batch{name: "witnessed", into: "lance_unsealed", columns: bunkit.UnsealedColumns, rows: b.q.Unsealed(c.Entries)}
	all := append([]batch{transfers, opened, balanceBatch(c), lots, witnessed}, shareBatches(c.Shares)...)
	return slices.DeleteFunc(all, func(b batch) bool { return len(b.rows) == 0 }), nil
}

// balanceBatch sets balances, with their fronts.
func balanceBatch(c ledger.Changes) batch {
	out := batch{name: "balances", into: "lance_balances", columns: balanceColumns, there: []string{"account"},
		then: `ON CONFLICT (account) DO UPDATE SET posted_minor = excluded.posted_minor, pending_minor = excluded.pending_minor,
lines = excluded.lines, front = excluded.front, more = excluded.more`}
	for i, x := range c.Balances {
		f := c.Fronts[i]
		out.rows = append(out.rows, []any{
			x.Account.String(), x.Account.Currency.Code(), x.Posted.Minor(), x.PendingOut.Minor(), x.Lines, writeFront(f.Shares), f.More,
		})
	}
	return out
}

// shareBatches sets the shares that were read to what is left of them, and adds
// to those that may be there.
func shareBatches(shifts []ledger.Shift) []batch {
	set := batch{name: "shares_set", into: "lance_later_shares", columns: shareColumns, there: []string{"account", "lot"},
		then: "ON CONFLICT (account, lot) DO UPDATE SET amount_minor = excluded.amount_minor"}
	add := batch{name: "shares_added", into: "lance_later_shares", columns: shareColumns,
		then: "ON CONFLICT (account, lot) DO UPDATE SET amount_minor = lance_later_shares.amount_minor + excluded.amount_minor"}
	for _, s := range shifts {
		switch {
		case s.Known && s.After > 0:
			set.rows = append(set.rows, []any{s.Account.String(), string(s.Lot), s.After})
		case !s.Known:
			add.rows = append(add.rows, []any{s.Account.String(), string(s.Lot), s.By})
		}
	}
	return []batch{set, add}
}

func transferValues(t *ledger.Transfer) ([]any, error) {
	shares, err := writeShares(t.Lots)
	if err != nil {
		return nil, err
	}
	return []any{
		string(t.ID), string(t.Code), t.Debit.String(), t.Credit.String(), t.Debit.Currency.Code(), t.Amount.Minor(),
		t.Subject.Kind, t.Subject.ID, t.Pending, t.ExpiresAt, none(t.Resolves), t.Void, none(t.Corrects), shares, t.At,
		t.DebitN, minor(t.DebitAfter), t.CreditN, minor(t.CreditAfter),
	}, nil
}

// none makes an empty identifier NULL.
func none(id ledger.TransferID) any {
	if id == "" {
		return nil
	}
	return string(id)
}

func minor(m *lance.Money) any {
	if m == nil {
		return nil
	}
	return m.Minor()
}

// removal are rows to delete from a table with a key of two columns.
type removal struct {
	from    string
	columns [2]string
	keys    [2][]string
}

func (r *removal) add(a, b string) {
	r.keys[0], r.keys[1] = append(r.keys[0], a), append(r.keys[1], b)
}

// removals returns shares that are used up and pending transfers that are
// settled.
func removals(c ledger.Changes) []removal {
	used := removal{from: "lance_later_shares", columns: [2]string{"account", "lot"}}
	for _, s := range c.Shares {
		if s.Known && s.After == 0 {
			used.add(s.Account.String(), string(s.Lot))
		}
	}
	settled := removal{from: "lance_open_transfers", columns: [2]string{"account", "transfer"}}
	for i := range c.Transfers {
		if t := &c.Transfers[i]; t.Resolves != "" {
			settled.add(t.Debit.String(), string(t.Resolves))
		}
	}
	return slices.DeleteFunc([]removal{used, settled}, func(r removal) bool { return len(r.keys[0]) == 0 })
}

// writePG writes everything in one statement, or, when a transfer is there
// already, no more than the other transfers: it then returns the IDs of those.
func (b books) writePG(ctx context.Context, inserts []batch, removals []removal) (wrote []string, whole bool, err error) {
	var sql strings.Builder
	var args []any
	sql.WriteString("WITH ")
	for i, in := range inserts {
		if i > 0 {
			sql.WriteString(", ")
		}
		args = append(args, in.pg(&sql, i == 0)...)
		if i == 0 {
			sql.WriteString(", whole AS (SELECT 1 FROM transfers HAVING count(*) = ?::bigint)")
			args = append(args, len(in.rows))
		}
	}
	for _, r := range removals {
		sql.WriteString(r.pg())
		args = append(args, r.keys[0], r.keys[1])
	}
	sql.WriteString(" SELECT id FROM transfers WHERE NOT EXISTS (SELECT 1 FROM whole) UNION ALL SELECT '' FROM whole")
	err = b.q.Query(ctx, &wrote, sql.String(), args...)
	if len(wrote) == 1 && wrote[0] == "" {
		return nil, true, err
	}
	return wrote, false, err
}

// pg is the removal as a part of one statement, with its two lists for arguments.
// The rows are looked up one by one: see lockPG.
func (r removal) pg() string {
	return ", less_" + r.from + " AS (DELETE FROM {" + r.from + "} WHERE ctid = ANY(ARRAY(" +
		"SELECT x.ctid FROM (SELECT unnest(?::text[]) AS a, unnest(?::text[]) AS b) AS v CROSS JOIN LATERAL (SELECT ctid FROM {" + r.from + "} x " +
		"WHERE x." + r.columns[0] + " = v.a AND x." + r.columns[1] + " = v.b LIMIT 1) AS x)) AND EXISTS (SELECT 1 FROM whole))"
}

// pg appends the rows as a part of one statement; all but the first wait for the
// first to be whole.
func (in batch) pg(sql *strings.Builder, first bool) []any {
	names := in.columns.Names
	if in.there != nil {
		in.update(sql)
		return in.columns.Values(in.rows)
	}
	sql.WriteString(in.name + " AS (INSERT INTO {" + in.into + "} (" + names + ") SELECT " + names + " FROM " + in.columns.List)
	if !first {
		sql.WriteString(" WHERE EXISTS (SELECT 1 FROM whole)")
	}
	sql.WriteString(" " + in.then + ")")
	return in.columns.Values(in.rows)
}

// update appends the rows as an update of those that are there, which are locked
// and looked up one by one: see lockPG.
func (in batch) update(sql *strings.Builder) {
	sql.WriteString(in.name + " AS (UPDATE {" + in.into + "} AS t SET ")
	comma := ""
	for name := range strings.SplitSeq(in.columns.Names, ", ") {
		if !slices.Contains(in.there, name) {
			sql.WriteString(comma + name + " = v." + name)
			comma = ", "
		}
	}
	sql.WriteString(" FROM (SELECT " + in.columns.Names + ", x.ctid AS place FROM " + in.columns.List +
		" CROSS JOIN LATERAL (SELECT ctid FROM {" + in.into + "} x WHERE ")
	for i, name := range in.there {
		if i > 0 {
			sql.WriteString(" AND ")
		}
		sql.WriteString("x." + name + " = v." + name)
	}
	sql.WriteString(" LIMIT 1) AS x) AS v WHERE t.ctid = v.place AND EXISTS (SELECT 1 FROM whole))")
}

// writeSQLite does the same in a few statements: writers take turns.
func (b books) writeSQLite(ctx context.Context, inserts []batch, removals []removal) (wrote []string, whole bool, err error) {
	for i, in := range inserts {
		for rows := range slices.Chunk(in.rows, 500) {
			sql, args := in.sqlite(rows)
			if i > 0 {
				if _, err := b.q.Exec(ctx, sql, args...); err != nil {
					return nil, false, err
				}
				continue
			}
			var ids []string
			if err := b.q.Query(ctx, &ids, sql, args...); err != nil {
				return nil, false, err
			}
			wrote = append(wrote, ids...)
		}
		if i == 0 && len(wrote) < len(in.rows) {
			return wrote, false, nil
		}
	}
	for _, r := range removals {
		for k := range r.keys[0] {
			if _, err := b.q.Exec(ctx, "DELETE FROM {"+r.from+"} WHERE "+r.columns[0]+" = ? AND "+r.columns[1]+" = ?", r.keys[0][k], r.keys[1][k]); err != nil {
				return nil, false, err
			}
		}
	}
	return nil, true, nil
}

func (in batch) sqlite(rows [][]any) (string, []any) {
	return "INSERT INTO {" + in.into + "} (" + in.columns.Names + ") " + in.columns.Rows(len(rows)) + " " + in.then, slices.Concat(rows...)
}
