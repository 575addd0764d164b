package bunkit

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/megilance/lance"
)

// keys keeps the idempotency keys in one transaction.
type keys struct{ q *Q }

// Keys are the idempotency keys already used.
func (q *Q) Keys() lance.Keys { return keys{q} }

// keyRow is a row of lance_keys.
type keyRow struct {
	Scope   string     `bun:"scope"`
	Name    string     `bun:"name"`
	Op      string     `bun:"op"`
	Content lance.Hash `bun:"content"`
	Result  string     `bun:"result"`
	At      time.Time  `bun:"at"`
}

var keyColumns = ColumnsOf("scope text, name text, op text, content bytea, result text, at timestamptz")

// Claim records keys, or returns the first that stands. On PostgreSQL the INSERT
// waits, in order of the keys, for another transaction that has the same key in
// hand. The loop is for a key that is swept between the two statements.
func (s keys) Claim(ctx context.Context, ks ...lance.Key) (*lance.Key, error) {
	ks = slices.SortedFunc(slices.Values(ks), func(a, b lance.Key) int {
		return cmp.Or(cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Name, b.Name))
	})
	rows := make([][]any, len(ks))
	for i, k := range ks {
		rows[i] = []any{k.Scope, k.Name, k.Op, k.Content, k.Result, orNow(k.At, s.q)}
	}
	for range 10 {
		n, err := s.q.InsertRows(ctx, "lance_keys", keyColumns, rows, "ON CONFLICT (scope, name) DO NOTHING")
		if err != nil || n == int64(len(ks)) {
			return nil, err
		}
		for _, k := range ks {
			found, err := s.find(ctx, k)
			if err != nil || found != nil {
				return found, err
			}
		}
	}
	return nil, lance.E(lance.Unavailable, "tx_conflict", "other transactions were in the way")
}

// find returns the key that stands at the scope and name of k, if one does.
func (s keys) find(ctx context.Context, k lance.Key) (*lance.Key, error) {
	var rows []keyRow
	err := s.q.Query(ctx, &rows, "SELECT scope, name, op, content, result, at FROM {lance_keys} WHERE scope = ? AND name = ?", k.Scope, k.Name)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return new(lance.Key(rows[0])), nil
}

// Answer replaces the result of a key that this transaction has claimed.
func (s keys) Answer(ctx context.Context, scope, name, result string) error {
	n, err := s.q.Affect(ctx, "UPDATE {lance_keys} SET result = ? WHERE scope = ? AND name = ?", result, scope, name)
	if err == nil && n == 0 {
		err = lance.E(lance.NotFound, "key_not_found", "the key was not claimed")
	}
	return err
}

// Sweep forgets keys older than before, the oldest first.
func (s keys) Sweep(ctx context.Context, before time.Time, limit int) (int, error) {
	n, err := s.q.Affect(ctx, `DELETE FROM {lance_keys} WHERE (scope, name) IN (
  SELECT scope, name FROM {lance_keys} WHERE at < ? ORDER BY at, scope, name LIMIT `+strconv.Itoa(limit)+`
)`, before)
	return int(n), err
}
