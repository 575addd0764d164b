package bunkit

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun/schema"

	"github.com/megilance/lance"
)

// search is a Filter on its way to a statement.
type search struct {
	where []string
	args  []any
}

func (s *search) add(condition string, args ...any) {
	s.where = append(s.where, condition)
	s.args = append(s.args, args...)
}

// Find returns what the filter selects, in its order.
func (r rows[K, D, M]) Find(ctx context.Context, f lance.Filter) ([]*D, error) {
	return r.find(ctx, f, search{})
}

// FindWhere is Find among the rows for which a condition holds too: SQL as
// Q.Exec takes it, with its arguments.
func FindWhere[K ~string, D, M any](
	ctx context.Context, q *Q, spec *Spec[D, M], f lance.Filter, condition string, args ...any,
) ([]*D, error) {
	var s search
	s.add(condition, args...)
	return rows[K, D, M]{q, spec, q.core.house.tables.Get(reflect.TypeFor[M]())}.find(ctx, f, s)
}

func (r rows[K, D, M]) find(ctx context.Context, f lance.Filter, s search) ([]*D, error) {
	if err := r.conditions(&s, f); err != nil {
		return nil, err
	}
	order, err := r.order(&s, f)
	if err != nil {
		return nil, err
	}
	query := r.selects()
	if len(s.where) > 0 {
		query += " WHERE " + strings.Join(s.where, " AND ")
	}
	query += " ORDER BY " + order
	if f.Limit > 0 {
		query += " LIMIT " + strconv.Itoa(f.Limit)
	}
	var found []M
	if err := r.q.Query(ctx, &found, query, s.args...); err != nil {
		return nil, err
	}
	out := make([]*D, len(found))
	for i := range found {
		if out[i], err = r.spec.Value(&found[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// conditions adds what Eq and In ask for, in a fixed order of the fields so that
// the same question is the same statement.
func (r rows[K, D, M]) conditions(s *search, f lance.Filter) error {
	for _, name := range slices.Sorted(maps.Keys(f.Eq)) {
		col, err := r.field(name)
		if err != nil {
			return err
		}
		if isNone(f.Eq[name]) {
			s.add(string(col.SQLName) + " IS NULL")
		} else {
			s.add(string(col.SQLName)+" = ?", f.Eq[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(f.In)) {
		col, err := r.field(name)
		if err != nil {
			return err
		}
		values := f.In[name]
		if values == nil {
			values = []string{}
		}
		s.add(r.q.Among(string(col.SQLName)), values)
	}
	return nil
}

// order adds what After asks for and returns the ORDER BY.
func (r rows[K, D, M]) order(s *search, f lance.Filter) (string, error) {
	dir, sign := "", " > "
	if f.Desc {
		dir, sign = " DESC", " < "
	}
	if f.After != nil && len(f.After) != 2 {
		return "", lance.E(lance.Internal, "table_after", "a list goes on after an order value and an identifier")
	}
	if f.Order == "" || f.Order == "id" {
		if f.After != nil {
			s.add("id"+sign+"?", f.After[1])
		}
		return "id" + dir, nil
	}
	col, err := r.field(f.Order)
	if err != nil {
		return "", err
	}
	name := string(col.SQLName)
	if f.After != nil {
		after(s, name, sign, f, nullable(col))
	}
	nulls := ""
	if nullable(col) {
		nulls = " NULLS FIRST"
		if f.Desc {
			nulls = " NULLS LAST"
		}
	}
	return name + dir + nulls + ", id" + dir, nil
}

// after adds the condition that a row comes behind (value, id), NULLs first.
func after(s *search, name, sign string, f lance.Filter, mayBeNull bool) {
	switch {
	case isNone(f.After[0]) && f.Desc:
		s.add("("+name+" IS NULL AND id < ?)", f.After[1])
	case isNone(f.After[0]):
		s.add("("+name+" IS NOT NULL OR id > ?)", f.After[1])
	case f.Desc && mayBeNull:
		s.add("(("+name+", id) < (?, ?) OR "+name+" IS NULL)", f.After[0], f.After[1])
	default:
		s.add("("+name+", id)"+sign+"(?, ?)", f.After[0], f.After[1])
	}
}

// field returns the column of a filterable field.
func (r rows[K, D, M]) field(name string) (*schema.Field, error) {
	if r.spec.Table.Has(name) {
		for _, f := range r.table.Fields {
			if f.Name == name {
				return f, nil
			}
		}
	}
	return nil, lance.E(lance.Internal, "table_field", "a "+r.spec.Table.Noun+" has no such field to filter by: "+name)
}

// nullable reports whether a column may be NULL.
func nullable(f *schema.Field) bool {
	return f.NullZero || f.IsPtr || (f.IndirectType == reflect.TypeFor[time.Time]() && !f.NotNull)
}

// isNone reports whether a field's value is none, as which a zero time counts.
func isNone(x any) bool {
	if t, ok := x.(time.Time); ok {
		return t.IsZero()
	}
	v := reflect.ValueOf(x)
	return !v.IsValid() || (v.Kind() == reflect.Pointer && v.IsNil())
}
