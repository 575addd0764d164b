package bunkit

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/megilance/lance"
)

// timers keeps what will happen by itself in one transaction.
type timers struct{ q *Q }

// Timers are what will happen by themselves.
func (q *Q) Timers() lance.Timers { return timers{q} }

var timerColumns = ColumnsOf("owner_kind text, owner_id text, kind text, due_at timestamptz, why_not text, attempts bigint, code text")

// timerRow is a row of lance_timers.
type timerRow struct {
	OwnerKind string    `bun:"owner_kind"`
	OwnerID   string    `bun:"owner_id"`
	Kind      string    `bun:"kind"`
	DueAt     time.Time `bun:"due_at"`
	WhyNot    string    `bun:"why_not"`
	Attempts  int       `bun:"attempts"`
	Code      string    `bun:"code"`
}

func (r timerRow) timer() lance.Timer {
	return lance.Timer{
		Owner: lance.Ref{Kind: r.OwnerKind, ID: r.OwnerID}, Kind: r.Kind, DueAt: r.DueAt,
		WhyNot: r.WhyNot, Attempts: r.Attempts, Code: r.Code,
	}
}

func (t timers) list(ctx context.Context, query string, args ...any) ([]lance.Timer, error) {
	var rows []timerRow
	if err := t.q.Query(ctx, &rows, query, args...); err != nil {
		return nil, err
	}
	out := make([]lance.Timer, len(rows))
	for i, r := range rows {
		out[i] = r.timer()
	}
	return out, nil
}

// Set writes timers, replacing those of the same owner and kind, and removes those
// that say nothing; of two in ts the later one counts.
func (t timers) Set(ctx context.Context, ts ...lance.Timer) error {
	last := make(map[timerKey]lance.Timer, len(ts))
	for _, x := range ts {
		last[timerKey{x.Owner, x.Kind}] = x
	}
	var set [][]any
	var drop []timerKey
	for _, x := range ts {
		k := timerKey{x.Owner, x.Kind}
		kept, first := last[k]
		delete(last, k)
		switch {
		case !first:
		case kept.DueAt.IsZero() && kept.WhyNot == "":
			drop = append(drop, k)
		default:
			set = append(set, []any{k.owner.Kind, k.owner.ID, k.kind, kept.DueAt, kept.WhyNot, kept.Attempts, kept.Code})
		}
	}
	_, err := t.q.InsertRows(ctx, "lance_timers", timerColumns, set, `ON CONFLICT (owner_kind, owner_id, kind)
DO UPDATE SET due_at = excluded.due_at, why_not = excluded.why_not, attempts = excluded.attempts, code = excluded.code`)
	if err == nil && len(drop) > 0 {
		err = t.drop(ctx, drop)
	}
	return err
}

// timerKey is what a timer goes by.
type timerKey struct {
	owner lance.Ref
	kind  string
}

var timerOwners = ColumnsOf("owner_kind text, owner_id text")

// drop removes timers: on PostgreSQL by one statement for all owners that lose the
// same kinds, on SQLite by one for each owner.
func (t timers) drop(ctx context.Context, of []timerKey) error {
	var owners []lance.Ref
	kinds := make(map[lance.Ref][]string)
	for _, k := range of {
		if kinds[k.owner] == nil {
			owners = append(owners, k.owner)
		}
		kinds[k.owner] = append(kinds[k.owner], k.kind)
	}
	for len(owners) > 0 {
		first := kinds[owners[0]]
		if !t.q.core.pg {
			if err := t.Cancel(ctx, owners[0], first...); err != nil {
				return err
			}
			owners = owners[1:]
			continue
		}
		var rows [][]any
		owners = slices.DeleteFunc(owners, func(o lance.Ref) bool {
			same := slices.Equal(kinds[o], first)
			if same {
				rows = append(rows, []any{o.Kind, o.ID})
			}
			return same
		})
		_, err := t.q.Exec(ctx, "DELETE FROM {lance_timers} t USING "+timerOwners.List+
			" WHERE t.owner_kind = v.owner_kind AND t.owner_id = v.owner_id AND "+t.q.Among("t.kind"), append(timerOwners.Values(rows), first)...)
		if err != nil {
			return err
		}
	}
	return nil
}

// Take removes a timer if it is due, and reports whether it did.
func (t timers) Take(ctx context.Context, owner lance.Ref, kind string, now time.Time) (lance.Timer, bool, error) {
	if t.q.readOnly {
		return lance.Timer{}, false, errReadOnly
	}
	taken, err := t.list(ctx, "DELETE FROM {lance_timers} WHERE owner_kind = ? AND owner_id = ? AND kind = ? AND due_at <= ? RETURNING "+timerColumns.Names,
		owner.Kind, owner.ID, kind, now)
	if err != nil || len(taken) == 0 {
		return lance.Timer{}, false, err
	}
	return taken[0], true, nil
}

// Cancel removes timers of an owner: those of the kinds given, or all.
func (t timers) Cancel(ctx context.Context, owner lance.Ref, kinds ...string) error {
	query, args := "DELETE FROM {lance_timers} WHERE owner_kind = ? AND owner_id = ?", []any{owner.Kind, owner.ID}
	switch {
	case len(kinds) == 0:
	case t.q.core.pg:
		query, args = query+" AND kind = ANY(?)", append(args, kinds)
	default: // kinds are few, and a list for json_each takes longer than they
		query += " AND kind IN (?" + strings.Repeat(", ?", len(kinds)-1) + ")"
		for _, k := range kinds {
			args = append(args, k)
		}
	}
	_, err := t.q.Exec(ctx, query, args...)
	return err
}

// Of returns an owner's timers by kind.
func (t timers) Of(ctx context.Context, owner lance.Ref) ([]lance.Timer, error) {
	return t.list(ctx, "SELECT "+timerColumns.Names+" FROM {lance_timers} WHERE owner_kind = ? AND owner_id = ? ORDER BY kind", owner.Kind, owner.ID)
}

// Due returns timers that are due, earliest first: those of the kinds given, or
// all.
func (t timers) Due(ctx context.Context, now time.Time, limit int, kinds ...string) ([]lance.Timer, error) {
	query, args := "SELECT "+timerColumns.Names+" FROM {lance_timers} WHERE due_at <= ?", []any{now}
	if len(kinds) > 0 {
		query += " AND " + t.q.Among("kind")
		args = append(args, kinds)
	}
	return t.list(ctx, query+" ORDER BY due_at, owner_kind, owner_id, kind LIMIT ?", append(args, limit)...)
}

// NextDue returns when the next timer is due; zero when none will be.
func (t timers) NextDue(ctx context.Context) (next time.Time, err error) {
	err = t.q.Query(ctx, &next, "SELECT MIN(due_at) FROM {lance_timers} WHERE due_at IS NOT NULL")
	return next, err
}
