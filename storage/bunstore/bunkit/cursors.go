package bunkit

import (
	"context"
	"math"
	"time"

	"github.com/megilance/lance"
)

// cursors keeps the places of consumers in one transaction.
type cursors struct{ q *Q }

// Cursors are the places up to which consumers have read the log.
func (q *Q) Cursors() lance.Cursors { return cursors{q} }

// Cursor returns where the consumer is; 0 at first.
func (c cursors) Cursor(ctx context.Context, consumer string) (int64, error) {
	var seq int64
	err := c.q.Query(ctx, &seq, "SELECT seq FROM {lance_cursors} WHERE consumer = ?", consumer)
	if lance.KindOf(err) == lance.NotFound {
		err = nil
	}
	return seq, err
}

// Advance moves the cursor on, if it is at from.
func (c cursors) Advance(ctx context.Context, consumer string, from, to int64) error {
	query, args := "UPDATE {lance_cursors} SET seq = ? WHERE consumer = ? AND seq = ?", []any{to, consumer, from}
	if from == 0 {
		query = `INSERT INTO {lance_cursors} AS c (seq, consumer) VALUES (?, ?)
ON CONFLICT (consumer) DO UPDATE SET seq = excluded.seq WHERE c.seq = ?`
	}
	n, err := c.q.Affect(ctx, query, args...)
	if err == nil && n == 0 {
		err = lance.E(lance.Conflict, "cursor_moved", "another process has read on")
	}
	return err
}

// Rewind sets the cursor to a place.
func (c cursors) Rewind(ctx context.Context, consumer string, to int64) error {
	_, err := c.q.Exec(ctx, `INSERT INTO {lance_cursors} (consumer, seq) VALUES (?, ?)
ON CONFLICT (consumer) DO UPDATE SET seq = excluded.seq`, consumer, to)
	return err
}

// Park sets an event aside, or changes the code of one that is.
func (c cursors) Park(ctx context.Context, p lance.Parked) error {
	_, err := c.q.Exec(ctx, `INSERT INTO {lance_parked} (consumer, seq, stream_kind, stream_id, code, at) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (consumer, seq) DO UPDATE SET code = excluded.code`,
		p.Consumer, p.Seq, p.Stream.Kind, p.Stream.ID, p.Code, orNow(p.At, c.q))
	return err
}

func orNow(t time.Time, q *Q) time.Time {
	if t.IsZero() {
		return q.now
	}
	return t
}

// Unpark forgets a parked event and reports whether it was parked.
func (c cursors) Unpark(ctx context.Context, consumer string, seq int64) (bool, error) {
	n, err := c.q.Affect(ctx, "DELETE FROM {lance_parked} WHERE consumer = ? AND seq = ?", consumer, seq)
	return n > 0, err
}

// Parked returns what a consumer has set aside.
func (c cursors) Parked(ctx context.Context, consumer string, stream lance.Ref, limit int) ([]lance.Parked, error) {
	var rows []struct {
		Consumer   string    `bun:"consumer"`
		Seq        int64     `bun:"seq"`
		StreamKind string    `bun:"stream_kind"`
		StreamID   string    `bun:"stream_id"`
		Code       string    `bun:"code"`
		At         time.Time `bun:"at"`
	}
	query, args := "SELECT consumer, seq, stream_kind, stream_id, code, at FROM {lance_parked} WHERE consumer = ?", []any{consumer}
	if !stream.IsZero() {
		query += " AND stream_kind = ? AND stream_id = ?"
		args = append(args, stream.Kind, stream.ID)
	}
	if limit <= 0 {
		limit = math.MaxInt32
	}
	if err := c.q.Query(ctx, &rows, query+" ORDER BY seq LIMIT ?", append(args, limit)...); err != nil {
		return nil, err
	}
	out := make([]lance.Parked, len(rows))
	for i, r := range rows {
		out[i] = lance.Parked{Consumer: r.Consumer, Seq: r.Seq, Stream: lance.Ref{Kind: r.StreamKind, ID: r.StreamID}, Code: r.Code, At: r.At}
	}
	return out, nil
}
