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

// Seal gives entries their places in the order in which they were added, chains
// them to the seal before, and lets the parts of the store do what they do then.
// None comes before its predecessor, whose transaction was over before the row of
// their stream was free for its own. One caller at a time seals: another gets a
// Seal with Last 0.
func (l logs) Seal(ctx context.Context, limit int) (lance.Seal, error) {
	leads, err := l.lead(ctx)
	if err != nil || !leads {
		return lance.Seal{}, err
	}
	batch, err := l.waiting(ctx, 0, limit)
	if err != nil || len(batch) == 0 {
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

func (l logs) store(ctx context.Context, seal lance.Seal, batch []waitingRow) error {
	rows, taken := make([][]any, len(batch)), make([]int64, len(batch))
	for i, e := range batch {
		rows[i], taken[i] = []any{e.Seq, e.ID, e.Kind, e.StreamKind, e.StreamID, e.Version, e.N, e.Leaf}, e.Pos
	}
	_, err := l.q.InsertRows(ctx, "lance_log", logColumns, rows, "")
	if err != nil {
		return err
	}
	if _, err = l.q.Exec(ctx, "DELETE FROM {lance_unsealed} WHERE "+l.q.Among("pos"), taken); err != nil {
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
