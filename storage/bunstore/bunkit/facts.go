package bunkit

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
)

type factRow struct {
	bun.BaseModel `bun:"table:lance_facts,alias:t"`

	ID      string    `bun:"id,pk"`
	Version int64     `bun:"version"`
	Value   string    `bun:"value"`
	At      time.Time `bun:"at,notnull"`
}

var factSpec = &Spec[lance.Fact, factRow]{
	Table: lance.FactTable, Name: "lance_facts",
	Row: func(f *lance.Fact) *factRow {
		return &factRow{ID: string(f.Name), Version: f.Version, Value: f.Value, At: f.At}
	},
	Value: func(m *factRow) (*lance.Fact, error) {
		return &lance.Fact{Name: lance.FactName(m.ID), Version: m.Version, Value: m.Value, At: m.At}, nil
	},
}

// Facts are what the store knows about itself.
func (q *Q) Facts() lance.Rows[lance.Fact, lance.FactName] { return Rows[lance.FactName](q, factSpec) }
