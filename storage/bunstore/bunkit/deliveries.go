package bunkit

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/megilance/lance"
)

// deliveries keeps the calls that are owed in one transaction.
type deliveries struct{ q *Q }

// Deliveries are calls to the outside that are owed.
func (q *Q) Deliveries() lance.Deliveries { return deliveries{q} }

// Enqueue stores deliveries that are not known yet.
func (d deliveries) Enqueue(ctx context.Context, ds ...lance.Delivery) error {
	rows := make([][]any, len(ds))
	for i, x := range ds {
		rows[i] = []any{x.Relay, x.Key, x.Subject.Kind, x.Subject.ID, x.Body, orNow(x.DueAt, d.q), 0, 0, nil, "", string(lance.DeliveryQueued)}
	}
	_, err := d.q.InsertRows(ctx, "lance_deliveries", deliveryColumns, rows, "ON CONFLICT DO NOTHING")
	return err
}

var deliveryColumns = ColumnsOf(`relay text, key text, subject_kind text, subject_id text, body bytea, due_at timestamptz,
	attempts bigint, token bigint, lease_end timestamptz, code text, state text`)

// deliveryRow is a row of lance_deliveries.
type deliveryRow struct {
	Relay       string    `bun:"relay"`
	Key         string    `bun:"key"`
	SubjectKind string    `bun:"subject_kind"`
	SubjectID   string    `bun:"subject_id"`
	Body        []byte    `bun:"body"`
	DueAt       time.Time `bun:"due_at"`
	Attempts    int       `bun:"attempts"`
	Token       int64     `bun:"token"`
	LeaseEnd    time.Time `bun:"lease_end"`
	Code        string    `bun:"code"`
	State       string    `bun:"state"`
}

func (r deliveryRow) delivery() lance.Delivery {
	return lance.Delivery{
		Relay: r.Relay, Key: r.Key, Subject: lance.Ref{Kind: r.SubjectKind, ID: r.SubjectID}, Body: r.Body, DueAt: r.DueAt,
		Attempts: r.Attempts, Token: r.Token, LeaseEnd: r.LeaseEnd, Code: r.Code, State: lance.DeliveryState(r.State),
	}
}

func deliveriesOf(rows []deliveryRow) []lance.Delivery {
	out := make([]lance.Delivery, len(rows))
	for i, r := range rows {
		out[i] = r.delivery()
	}
	return out
}

// Claim leases deliveries that are due, the oldest first. On PostgreSQL rows
// that another claimer has in hand are passed over.
func (d deliveries) Claim(ctx context.Context, relay string, now time.Time, lease time.Duration, limit int, keys ...string) ([]lance.Delivery, error) {
	if d.q.readOnly {
		return nil, errReadOnly
	}
	which, lock := "", ""
	args := []any{relay, now, now}
	if len(keys) > 0 {
		which = " AND " + d.q.Among("key")
		args = append(args, keys)
	}
	if d.q.core.pg {
		lock = " FOR UPDATE SKIP LOCKED"
	}
	var rows []deliveryRow
	err := d.q.Query(ctx, &rows, `WITH pick AS MATERIALIZED (
  SELECT relay AS r, key AS k FROM {lance_deliveries}
  WHERE relay = ? AND state = 'queued' AND due_at <= ? AND (lease_end IS NULL OR lease_end <= ?)`+which+`
  ORDER BY due_at, key LIMIT `+strconv.Itoa(limit)+lock+`
)
UPDATE {lance_deliveries} SET attempts = attempts + 1, token = token + 1, lease_end = ?
FROM pick WHERE relay = r AND key = k RETURNING `+deliveryColumns.Names, append(args, now.Add(lease))...)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b deliveryRow) int { return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.Key, b.Key)) })
	return deliveriesOf(rows), nil
}

// Settle stores what became of a claimed delivery.
func (d deliveries) Settle(ctx context.Context, x lance.Delivery) error {
	n, err := d.q.Affect(ctx, `UPDATE {lance_deliveries} SET state = ?, due_at = ?, code = ?, lease_end = NULL
WHERE relay = ? AND key = ? AND token = ?`, string(x.State), orNow(x.DueAt, d.q), x.Code, x.Relay, x.Key, x.Token)
	if err != nil || n > 0 {
		return err
	}
	if _, err := d.Delivery(ctx, x.Relay, x.Key); err != nil {
		return err
	}
	return lance.E(lance.Stale, "delivery_lease", "another process has the delivery now")
}

// Delivery returns one, or NotFound "delivery_not_found".
func (d deliveries) Delivery(ctx context.Context, relay, key string) (lance.Delivery, error) {
	var row deliveryRow
	err := d.q.Query(ctx, &row, "SELECT "+deliveryColumns.Names+" FROM {lance_deliveries} WHERE relay = ? AND key = ?", relay, key)
	if lance.KindOf(err) == lance.NotFound {
		err = lance.E(lance.NotFound, "delivery_not_found", "there is no such delivery")
	}
	return row.delivery(), err
}

// Dead returns deliveries that were given up, oldest due first.
func (d deliveries) Dead(ctx context.Context, relay string, limit int) ([]lance.Delivery, error) {
	which, args := "", []any{}
	if relay != "" {
		which, args = " AND relay = ?", []any{relay}
	}
	var rows []deliveryRow
	err := d.q.Query(ctx, &rows, "SELECT "+deliveryColumns.Names+" FROM {lance_deliveries} WHERE state = 'dead'"+which+
		" ORDER BY due_at, relay, key LIMIT ?", append(args, limit)...)
	return deliveriesOf(rows), err
}

// NextDue returns when the next delivery may be tried.
func (d deliveries) NextDue(ctx context.Context) (next time.Time, err error) {
	err = d.q.Query(ctx, &next, `SELECT MIN(CASE WHEN lease_end > due_at THEN lease_end ELSE due_at END)
FROM {lance_deliveries} WHERE state = 'queued'`)
	return next, err
}
