package bunkit

import (
	"reflect"
	"time"

	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	"github.com/uptrace/bun/schema"

	"github.com/megilance/lance"
)

// sqliteTime is how SQLite keeps a time: UTC and of fixed width, so that texts
// compare as the times do.
const sqliteTime = "2006-01-02 15:04:05.000000-07:00"

// house is a bun dialect that keeps our rules: tables are qualified with their
// schema, times are UTC in microseconds, and a zero time is NULL.
type house struct {
	schema.Dialect
	tables *schema.Tables
	schema string
}

func newDialect(pg bool, schemaName string) *house {
	h := &house{schema: schemaName}
	if pg {
		h.Dialect = pgdialect.New()
	} else {
		h.Dialect = sqlitedialect.New()
	}
	h.tables = schema.NewTables(h)
	return h
}

// Tables returns the row types known so far; their tables are qualified.
func (h *house) Tables() *schema.Tables { return h.tables }

// DefaultSchema returns the schema of our tables.
func (h *house) DefaultSchema() string { return h.schema }

// OnTable qualifies the table of a row type and lets its times be read as UTC.
func (h *house) OnTable(t *schema.Table) {
	h.Dialect.OnTable(t)
	name := schema.Safe(h.qualify(t.Name))
	t.SQLName, t.SQLNameForSelects = name, name
	for _, f := range t.FieldMap {
		switch {
		case f.StructField.Type == reflect.TypeFor[time.Time]():
			f.Scan = utc(f.Scan)
		case f.StructField.Type == reflect.TypeFor[lance.Hash]():
			f.Scan = scanHash
		}
	}
}

// utc wraps a scanner of times, which gives them in whatever zone the driver
// prefers.
func utc(scan schema.ScannerFunc) schema.ScannerFunc {
	return func(dest reflect.Value, src any) error {
		if err := scan(dest, src); err != nil {
			return err
		}
		if t, ok := reflect.TypeAssert[*time.Time](dest.Addr()); ok {
			*t = lance.Instant(*t)
		}
		return nil
	}
}

func scanHash(dest reflect.Value, src any) error {
	switch src := src.(type) {
	case []byte:
		dest.SetZero()
		reflect.Copy(dest, reflect.ValueOf(src))
		return nil
	case nil:
		dest.SetZero()
		return nil
	}
	return lance.E(lance.Internal, "query_scan", "a hash is kept as bytes")
}

// qualify returns a table's name with its schema in front.
func (h *house) qualify(table string) string { return `"` + h.schema + `"."` + table + `"` }

// AppendTime writes a time as the database keeps it.
func (h *house) AppendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return dialect.AppendNull(b)
	}
	b = append(b, '\'')
	b = lance.Instant(t).AppendFormat(b, sqliteTime)
	return append(b, '\'')
}
