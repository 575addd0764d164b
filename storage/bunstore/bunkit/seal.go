package bunkit

import (
	"context"
	"time"

	"github.com/megilance/lance"
)

// sealRow is a row of lance_seals.
type sealRow struct {
	First int64      `bun:"first"`
	Last  int64      `bun:"last"`
	Root  lance.Hash `bun:"root"`
	Head  lance.Hash `bun:"head"`
	At    time.Time  `bun:"at"`
}

// batchQuery takes the oldest entries that wait and, of their streams, all up to
// the highest version among them: with an entry come all its predecessors. It is
// one statement, so it sees one state of the table. Entries keep the order in
// which they were appended, except that none comes before its predecessor.
const batchQuery = `WITH pick AS (
  SELECT stream_kind, stream_id, version FROM {lance_unsealed} ORDER BY pos LIMIT ?
), top AS (
  SELECT stream_kind, stream_id, MAX(version) AS version FROM pick GROUP BY stream_kind, stream_id
), batch AS (
  SELECT u.id, u.kind, u.stream_kind, u.stream_id, u.version, u.n, u.leaf,
    MAX(u.pos) OVER (PARTITION BY u.stream_kind, u.stream_id ORDER BY u.version) AS rank
  FROM {lance_unsealed} u
  JOIN top t ON t.stream_kind = u.stream_kind AND t.stream_id = u.stream_id AND u.version <= t.version
)
SELECT id, kind, stream_kind, stream_id, version, n, leaf FROM batch
ORDER BY rank, stream_kind, stream_id, version, n, id`

// Seal gives entries their places, chains them to the seal before, and lets the
// parts of the store do what they do then. One caller at a time seals: another
// gets a Seal with Last 0.
func (l logs) Seal(ctx context.Context, limit int) (lance.Seal, error) {
	leads, err := l.lead(ctx)
	if err != nil || !leads {
		return lance.Seal{}, err
	}
	var batch []entryRow
	if err := l.q.Query(ctx, &batch, batchQuery, limit); err != nil || len(batch) == 0 {
		return lance.Seal{}, err
	}
	var prev sealRow
	err = l.q.Query(ctx, &prev, "SELECT first, last, root, head, at FROM {lance_seals} ORDER BY last DESC LIMIT 1")
	if err != nil && lance.KindOf(err) != lance.NotFound {
		return lance.Seal{}, err
	}
	leaves := make([]lance.Hash, len(batch))
	for i := range batch {
		batch[i].Seq = prev.Last + int64(i) + 1
		leaves[i] = batch[i].Leaf
	}
	seal := lance.Seal{First: prev.Last + 1, Last: prev.Last + int64(len(batch)), Root: lance.MerkleRoot(leaves), At: l.q.now}
	seal.Head = lance.ChainHead(prev.Head, seal.First, seal.Last, seal.Root)
	if err := l.store(ctx, seal, batch); err != nil {
		return lance.Seal{}, err
	}
	for _, p := range l.q.core.parts {
		if p.OnSeal == nil {
			continue
		}
		if err := p.OnSeal(ctx, l.q, seal.First, seal.Last); err != nil {
			return lance.Seal{}, err
		}
	}
	return seal, nil
}

// lead reports whether this transaction is the one that seals.
func (l logs) lead(ctx context.Context) (leads bool, err error) {
	if l.q.readOnly {
		return false, errReadOnly
	}
	if !l.q.core.pg {
		return true, nil
	}
	if l.q.pgx { // how many rows a seal touches depends on its arguments: see beginWrite
		if _, err = l.q.Exec(ctx, "SELECT set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'on', true)"); err != nil {
			return false, err
		}
	}
	err = l.q.Query(ctx, &leads, "SELECT pg_try_advisory_xact_lock(?::bigint)", l.q.core.lockKey("seal"))
	return leads, err
}

var logColumns = ColumnsOf(`seq bigint, id text, kind text, stream_kind text, stream_id text, version bigint, n bigint, leaf bytea`)

func (l logs) store(ctx context.Context, seal lance.Seal, batch []entryRow) error {
	rows := make([][]any, len(batch))
	for i, e := range batch {
		rows[i] = []any{e.Seq, e.ID, e.Kind, e.StreamKind, e.StreamID, e.Version, e.N, e.Leaf}
	}
	_, err := l.q.InsertRows(ctx, "lance_log", logColumns, rows, "")
	if err != nil {
		return err
	}
	_, err = l.q.Exec(ctx, "DELETE FROM {lance_unsealed} WHERE id IN (SELECT id FROM {lance_log} WHERE seq >= ?)", seal.First)
	if err != nil {
		return err
	}
	_, err = l.q.Exec(ctx, "INSERT INTO {lance_seals} (first, last, root, head, at) VALUES (?, ?, ?, ?, ?)",
		seal.First, seal.Last, seal.Root, seal.Head, seal.At)
	return err
}

// Seals returns seals in order.
func (l logs) Seals(ctx context.Context, after int64, limit int) ([]lance.Seal, error) {
	var rows []sealRow
	err := l.q.Query(ctx, &rows, "SELECT first, last, root, head, at FROM {lance_seals} WHERE last > ? ORDER BY last LIMIT ?", after, limit)
	if err != nil {
		return nil, err
	}
	out := make([]lance.Seal, len(rows))
	for i, r := range rows {
		out[i] = lance.Seal(r)
	}
	return out, nil
}

// Backlog tells what waits to be sealed.
func (l logs) Backlog(ctx context.Context) (lance.Backlog, error) {
	var row struct {
		Count  int       `bun:"count"`
		Oldest time.Time `bun:"oldest"`
	}
	err := l.q.Query(ctx, &row, "SELECT count(*) AS count, MIN(at) AS oldest FROM {lance_unsealed}")
	return lance.Backlog{Count: row.Count, Oldest: row.Oldest}, err
}
