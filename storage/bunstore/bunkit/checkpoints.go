package bunkit

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
)

// checkpointRow is a row of lance_checkpoints.
type checkpointRow struct {
	bun.BaseModel `bun:"table:lance_checkpoints,alias:t"`

	ID     string     `bun:"id,pk"`
	Size   int64      `bun:"size"`
	Root   lance.Hash `bun:"root"`
	At     time.Time  `bun:"at,notnull"`
	Origin string     `bun:"origin"`
	Note   string     `bun:"note"`
	Peaks  []byte     `bun:"peaks"`
}

var checkpointSpec = &Spec[lance.Checkpoint, checkpointRow]{
	Table: lance.CheckpointTable, Name: "lance_checkpoints",
	Row: func(c *lance.Checkpoint) *checkpointRow {
		return &checkpointRow{ID: lance.CheckpointTable.ID(c), Size: c.Size, Root: c.Root, At: c.At, Origin: c.Origin, Note: c.Note, Peaks: c.Peaks}
	},
	Value: func(m *checkpointRow) (*lance.Checkpoint, error) {
		return &lance.Checkpoint{Size: m.Size, Root: m.Root, At: lance.Instant(m.At), Origin: m.Origin, Note: m.Note, Peaks: m.Peaks}, nil
	},
}

// Checkpoints are what the log was at times, signed.
func (q *Q) Checkpoints() lance.Rows[lance.Checkpoint, lance.CheckpointID] {
	return Rows[lance.CheckpointID](q, checkpointSpec)
}
