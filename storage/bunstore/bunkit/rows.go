package bunkit

import (
	"context"
	"database/sql/driver"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun/schema"

	"github.com/megilance/lance"
)

// Spec says how a lance.Table is kept: in which SQL table, as which row type,
// and how to go from one to the other. The row type has bun tags; its columns
// "id", "version" (where the table has versions) and those of the filterable
// fields have these names. A list or a struct in a column is kept as JSON, a
// zero time as NULL. A column that may be NULL is a pointer, a time, or tagged
// nullzero; a time that never is, is tagged notnull, which lets an index order
// by it. Unique sets are unique indexes.
type Spec[D, M any] struct {
	Table *lance.Table[D]
	Name  string               // of the SQL table, such as "lance_contracts"
	Row   func(*D) *M          // the row of an aggregate
	Value func(*M) (*D, error) // the aggregate of a row
}

// Rows returns the store of plain aggregates that spec describes, in the
// transaction of q.
func Rows[K ~string, D, M any](q *Q, spec *Spec[D, M]) lance.Rows[D, K] {
	return rows[K, D, M]{q, spec, q.core.house.tables.Get(reflect.TypeFor[M]())}
}

type rows[K ~string, D, M any] struct {
	q     *Q
	spec  *Spec[D, M]
	table *schema.Table
}

// Insert adds d with version 1.
func (r rows[K, D, M]) Insert(ctx context.Context, d *D) (err error) {
	if version := r.spec.Table.Version; version != nil {
		was := *version(d)
		*version(d) = 1
		defer func() {
			if err != nil {
				*version(d) = was
			}
		}()
	}
	args, err := r.values(r.table.Fields, d)
	if err != nil {
		return err
	}
	n, err := r.q.Affect(ctx, "INSERT INTO {"+r.spec.Name+"} ("+names(r.table.Fields)+") VALUES ("+
		strings.Repeat("?, ", len(args)-1)+"?) ON CONFLICT DO NOTHING", args...)
	if err == nil && n == 0 {
		err = r.spec.Table.Exists()
	}
	return err
}

// Get returns the aggregate, or NotFound "<noun>_not_found".
func (r rows[K, D, M]) Get(ctx context.Context, id K) (*D, error) {
	var m []M
	if err := r.q.Query(ctx, &m, r.selects()+" WHERE id = ?", string(id)); err != nil {
		return nil, err
	}
	if len(m) == 0 {
		return nil, r.spec.Table.NotFound()
	}
	return r.spec.Value(&m[0])
}

// Update replaces aggregates whose versions are still the ones they carry: on
// PostgreSQL several in one statement.
func (r rows[K, D, M]) Update(ctx context.Context, ds ...*D) (err error) {
	t := r.spec.Table
	if r.q.readOnly {
		return errReadOnly
	}
	if t.Version == nil {
		return lance.E(lance.Internal, "table_insert_only", "a "+t.Noun+" is never changed")
	}
	for _, d := range ds {
		*t.Version(d)++
	}
	defer func() {
		for _, d := range ds {
			if err != nil {
				*t.Version(d)--
			}
		}
	}()
	if r.q.core.pg && len(ds) > 1 {
		return r.updateSet(ctx, ds)
	}
	for _, d := range ds {
		if err := r.update(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// changing are the columns that an update sets.
func (r rows[K, D, M]) changing() []*schema.Field {
	return slices.DeleteFunc(slices.Clone(r.table.Fields), func(f *schema.Field) bool { return f.Name == "id" })
}

// update replaces one aggregate, whose version was raised.
func (r rows[K, D, M]) update(ctx context.Context, d *D) error {
	fields, t := r.changing(), r.spec.Table
	args, err := r.values(fields, d)
	if err != nil {
		return err
	}
	sets := make([]string, len(fields))
	for i, f := range fields {
		sets[i] = string(f.SQLName) + " = ?"
	}
	n, err := r.replace(ctx, "UPDATE {"+r.spec.Name+"} SET "+strings.Join(sets, ", ")+" WHERE id = ? AND version = ?",
		append(args, t.ID(d), *t.Version(d)-1)...)
	if err != nil || n > 0 {
		return err
	}
	return r.missing(ctx, t.ID(d))
}

// updateSet replaces aggregates, whose versions were raised.
func (r rows[K, D, M]) updateSet(ctx context.Context, ds []*D) error {
	fields, t := r.changing(), r.spec.Table
	list, sets := "of text", make([]string, len(fields))
	for i, f := range fields {
		list += ", " + f.Name + " " + pgType(f)
		sets[i] = string(f.SQLName) + " = v." + string(f.SQLName)
	}
	ids, set := make([]string, len(ds)), make([][]any, len(ds))
	for i, d := range ds {
		args, err := r.values(fields, d)
		if err != nil {
			return err
		}
		ids[i], set[i] = t.ID(d), append([]any{t.ID(d)}, args...)
	}
	columns := ColumnsOf(list)
	n, err := r.replace(ctx, "UPDATE {"+r.spec.Name+"} AS t SET "+strings.Join(sets, ", ")+" FROM "+columns.List+
		" WHERE t.id = v.of AND t.version = v.version - 1", columns.Values(set)...)
	if err != nil || n == int64(len(ds)) {
		return err
	}
	return r.missing(ctx, ids...)
}

// pgType is the type of a column on PostgreSQL.
func pgType(f *schema.Field) string {
	switch t := f.IndirectType; {
	case t == reflect.TypeFor[time.Time]():
		return "timestamptz"
	case t.Kind() == reflect.Bool:
		return "boolean"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		return "bigint"
	case (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) && t.Elem().Kind() == reflect.Uint8:
		return "bytea"
	}
	return "text"
}

// replace runs an update; a unique set that is taken leaves the transaction
// usable, also on PostgreSQL, where a failed statement ends it otherwise.
func (r rows[K, D, M]) replace(ctx context.Context, query string, args ...any) (n int64, err error) {
	work := func(ctx context.Context) error {
		n, err = r.q.Affect(ctx, query, args...)
		return err
	}
	if r.q.core.pg && len(r.spec.Table.Unique) > 0 {
		err = r.q.Nest(ctx, work)
	} else {
		err = work(ctx)
	}
	if lance.CodeOf(err) == "row_exists" {
		err = r.spec.Table.Exists()
	}
	return n, err
}

// missing says why not all rows had their versions.
func (r rows[K, D, M]) missing(ctx context.Context, ids ...string) error {
	var n int
	if err := r.q.Query(ctx, &n, "SELECT count(*) FROM {"+r.spec.Name+"} WHERE "+r.q.Among("id"), ids); err != nil {
		return err
	}
	if n < len(ids) {
		return r.spec.Table.NotFound()
	}
	return r.spec.Table.Stale()
}

func (r rows[K, D, M]) selects() string {
	return "SELECT " + names(r.table.Fields) + " FROM {" + r.spec.Name + "}"
}

func names(fields []*schema.Field) string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = string(f.SQLName)
	}
	return strings.Join(out, ", ")
}

// values returns the columns of d's row.
func (r rows[K, D, M]) values(fields []*schema.Field, d *D) ([]any, error) {
	row := reflect.ValueOf(r.spec.Row(d)).Elem()
	out := make([]any, len(fields))
	for i, f := range fields {
		v, err := r.q.core.column(f, row)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

// column returns what a field of a row is kept as.
func (c *core) column(f *schema.Field, row reflect.Value) (any, error) {
	v := f.Value(row)
	if (f.NullZero && f.HasZeroValue(row)) || (f.IsPtr && v.IsNil()) {
		return nil, nil //nolint:nilnil // NULL
	}
	if isJSON(f.IndirectType) {
		return asJSON(v.Interface())
	}
	return c.value(v.Interface())
}

// isJSON reports whether a column of this type is kept as JSON.
func isJSON(t reflect.Type) bool {
	if t.Kind() == reflect.Slice {
		return t.Elem().Kind() != reflect.Uint8
	}
	return (t.Kind() == reflect.Map || t.Kind() == reflect.Struct) &&
		t != reflect.TypeFor[time.Time]() && !t.Implements(reflect.TypeFor[driver.Valuer]())
}

// Unreadable is the fault of a row that holds what this program cannot read: Internal
// "row_value".
func Unreadable(err error) error {
	return lance.E(lance.Internal, "row_value", "a row holds what this program cannot read").Cause(err)
}

// OrNil returns a list as aggregates have it that are read: nil where it is empty,
// which a row keeps as [].
func OrNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}
