package memkit

import (
	"iter"
	"slices"
	"strings"

	"github.com/megilance/lance"
)

// query is a checked Filter over one shelf.
type query[D any] struct {
	t     *lance.Table[D]
	s     *shelf[D]
	eq    map[string]value
	in    map[string][]value
	order string
	desc  bool
	limit int
	after *place // nil: from the start
}

func newQuery[D any](t *lance.Table[D], s *shelf[D], f lance.Filter) (*query[D], error) {
	q := &query[D]{t: t, s: s, eq: map[string]value{}, in: map[string][]value{}, order: f.Order, desc: f.Desc, limit: f.Limit}
	if q.order == "" {
		q.order = "id"
	}
	for name, x := range f.Eq {
		v, err := valueOf(name, x)
		if err != nil || !t.Has(name) {
			return nil, undeclared(name)
		}
		q.eq[name] = v
	}
	for name, list := range f.In {
		if !t.Has(name) {
			return nil, undeclared(name)
		}
		q.in[name] = []value{}
		for _, s := range list {
			q.in[name] = append(q.in[name], value{kind: ofString, s: s})
		}
	}
	if !t.Has(q.order) {
		return nil, undeclared(q.order)
	}
	err := q.setAfter(f.After)
	return q, err
}

func undeclared(field string) error {
	return lance.E(lance.Internal, "table_field", "the table has no such field to filter or order by: "+field)
}

// setAfter reads the keyset: the order value and the identifier of the row that
// the list goes on after.
func (q *query[D]) setAfter(after []any) error {
	if len(after) == 0 {
		return nil
	}
	if len(after) != 2 {
		return undeclared(q.order)
	}
	v, err := valueOf(q.order, after[0])
	if err != nil {
		return err
	}
	id, err := valueOf("id", after[1])
	q.after = &place{v, id.s}
	return err
}

// run yields what the query selects, in order.
func (q *query[D]) run() iter.Seq[*D] {
	name, count := q.narrowest()
	switch _, fixed := q.eq[name]; {
	case name == "":
		return q.matching(q.inOrder())
	case fixed && q.order == "id":
		return q.matching(q.inRange(name, q.eq[name], q.after))
	case q.limit > 0 && q.limit*q.s.rows.len() < count*count:
		// So many rows match that the first ones are met sooner along the order.
		return q.matching(q.inOrder())
	}
	return q.sortedFrom(name)
}

// narrowest returns the condition that fewest rows meet, and how many do; ""
// when the filter has none.
func (q *query[D]) narrowest() (name string, count int) {
	consider := func(field string, values ...value) {
		n := 0
		for _, v := range values {
			n += q.count(field, v)
		}
		if name == "" || n < count {
			name, count = field, n
		}
	}
	for field, v := range q.eq {
		consider(field, v)
	}
	for field, vs := range q.in {
		if _, also := q.eq[field]; !also {
			consider(field, vs...)
		}
	}
	return name, count
}

func (q *query[D]) count(field string, v value) int {
	if field == "id" {
		return 1
	}
	root := q.index(field)
	return root.rank(func(p place) bool { return p.value.compare(v) <= 0 }) - root.rank(func(p place) bool { return p.value.compare(v) < 0 })
}

func (q *query[D]) index(field string) *node[place, struct{}] {
	i, _ := slices.BinarySearch(q.s.fields, field)
	return q.s.by[i]
}

// inOrder walks the whole table in the query's order from after on.
func (q *query[D]) inOrder() iter.Seq[string] {
	return func(yield func(string) bool) {
		visit := func(p place, _ struct{}) bool { return yield(p.id) }
		skip := func(p place) bool { return q.after != nil && q.passed(p) }
		switch {
		case q.order == "id" && q.desc:
			q.s.rows.descend(func(id string) bool { return skip(place{value{ofString, 0, id}, id}) }, func(id string, _ *D) bool { return yield(id) })
		case q.order == "id":
			q.s.rows.ascend(func(id string) bool { return skip(place{value{ofString, 0, id}, id}) }, func(id string, _ *D) bool { return yield(id) })
		case q.desc:
			q.index(q.order).descend(skip, visit)
		default:
			q.index(q.order).ascend(skip, visit)
		}
	}
}

// passed reports whether p is at or before the place the list goes on after.
func (q *query[D]) passed(p place) bool {
	c := p.compare(*q.after)
	return c == 0 || (c < 0) != q.desc
}

// inRange walks the rows that have one value in a field, by identifier in the
// query's direction, from after's identifier on.
func (q *query[D]) inRange(field string, v value, after *place) iter.Seq[string] {
	if field == "id" {
		return func(yield func(string) bool) {
			if after == nil || q.passed(place{v, v.s}) {
				yield(v.s)
			}
		}
	}
	return func(yield func(string) bool) {
		visit := func(p place, _ struct{}) bool { return p.value == v && yield(p.id) }
		if q.desc {
			q.index(field).descend(func(p place) bool {
				c := p.value.compare(v)
				return c > 0 || c == 0 && after != nil && p.id >= after.id
			}, visit)
			return
		}
		q.index(field).ascend(func(p place) bool {
			c := p.value.compare(v)
			return c < 0 || c == 0 && after != nil && p.id <= after.id
		}, visit)
	}
}

// matching looks rows up and yields those that meet every condition.
func (q *query[D]) matching(ids iter.Seq[string]) iter.Seq[*D] {
	return func(yield func(*D) bool) {
		for id := range ids {
			if d, ok := q.s.rows.get(strings.Compare, id); ok && q.matches(d) && !yield(d) {
				return
			}
		}
	}
}

func (q *query[D]) matches(d *D) bool {
	for field, want := range q.eq {
		if v, _ := valueOf(field, q.t.Get(d, field)); v != want {
			return false
		}
	}
	for field, list := range q.in {
		if v, _ := valueOf(field, q.t.Get(d, field)); !slices.Contains(list, v) {
			return false
		}
	}
	return true
}

// sortedFrom collects the rows that meet one condition and sorts what matches.
func (q *query[D]) sortedFrom(field string) iter.Seq[*D] {
	values := q.in[field]
	if v, fixed := q.eq[field]; fixed {
		values = []value{v}
	}
	slices.SortFunc(values, value.compare)
	var found []*D
	places := map[*D]place{}
	for _, v := range slices.Compact(values) {
		for d := range q.matching(q.inRange(field, v, nil)) {
			o, _ := valueOf(q.order, q.t.Get(d, q.order))
			p := place{o, q.t.ID(d)}
			if q.after == nil || !q.passed(p) {
				found = append(found, d)
				places[d] = p
			}
		}
	}
	slices.SortFunc(found, func(a, b *D) int {
		if q.desc {
			a, b = b, a
		}
		return places[a].compare(places[b])
	})
	return slices.Values(found)
}
