package memkit

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/megilance/lance"
)

// Rows returns the store of plain aggregates that t declares.
func Rows[K ~string, D any](tx *Tx, t *lance.Table[D]) lance.Rows[D, K] {
	return rows[D, K]{tx, t, tx.core.slot(t)}
}

type rows[D any, K ~string] struct {
	tx   *Tx
	t    *lance.Table[D]
	slot int
}

// shelf is all rows of one table: by identifier, by each field, and by each
// unique set. Like its trees it is never changed, only replaced.
type shelf[D any] struct {
	fields []string                  // sorted: the names of by's indexes
	rows   *node[string, *D]         // what is kept; never handed out
	by     []*node[place, struct{}]  // per field: every row's value and identifier
	taken  []*node[string, struct{}] // per unique set: what is taken
}

func (r rows[D, K]) shelf() *shelf[D] {
	if s, ok := r.tx.load(r.slot).(*shelf[D]); ok {
		return s
	}
	fields := slices.Sorted(maps.Keys(r.t.Fields))
	return &shelf[D]{
		fields: fields,
		by:     make([]*node[place, struct{}], len(fields)),
		taken:  make([]*node[string, struct{}], len(r.t.Unique)),
	}
}

// Insert adds d and sets its version to 1. It fails with Exists "<noun>_exists"
// when the identifier or a unique set is taken.
func (r rows[D, K]) Insert(_ context.Context, d *D) error {
	if err := r.tx.writable(); err != nil {
		return err
	}
	s := r.shelf()
	if _, taken := s.rows.get(strings.Compare, r.t.ID(d)); taken {
		return r.t.Exists()
	}
	kept := clone(*d)
	if r.t.Version != nil {
		*r.t.Version(&kept) = 1
	}
	if err := r.replace(s, nil, &kept); err != nil {
		return err
	}
	if r.t.Version != nil {
		*r.t.Version(d) = 1
	}
	return nil
}

// Get returns a copy of the aggregate, or NotFound "<noun>_not_found".
func (r rows[D, K]) Get(_ context.Context, id K) (*D, error) {
	d, ok := r.shelf().rows.get(strings.Compare, string(id))
	if !ok {
		return nil, r.t.NotFound()
	}
	return new(clone(*d)), nil
}

// Update replaces the aggregate if its version is still d's and raises that by
// one; otherwise it fails with Stale "<noun>_stale" or NotFound. A taken unique
// set fails with Exists, a table without versions with Internal
// "table_insert_only".
func (r rows[D, K]) Update(_ context.Context, ds ...*D) error {
	for i, d := range ds {
		if err := r.update(d); err != nil {
			for _, before := range ds[:i] {
				*r.t.Version(before)--
			}
			return err
		}
	}
	return r.tx.writable()
}

func (r rows[D, K]) update(d *D) error {
	if err := r.tx.writable(); err != nil {
		return err
	}
	if r.t.Version == nil {
		return lance.E(lance.Internal, "table_insert_only", "a "+r.t.Noun+" is never changed")
	}
	s := r.shelf()
	old, ok := s.rows.get(strings.Compare, r.t.ID(d))
	if !ok {
		return r.t.NotFound()
	}
	if *r.t.Version(old) != *r.t.Version(d) {
		return r.t.Stale()
	}
	kept := clone(*d)
	*r.t.Version(&kept)++
	if err := r.replace(s, old, &kept); err != nil {
		return err
	}
	*r.t.Version(d)++
	return nil
}

// replace stores a shelf that holds next instead of old, which is nil for an
// insert. What did not change keeps its place in its index.
func (r rows[D, K]) replace(s *shelf[D], old, next *D) error {
	id := r.t.ID(next)
	c := &shelf[D]{
		fields: s.fields, rows: s.rows.put(strings.Compare, id, next),
		by: slices.Clone(s.by), taken: slices.Clone(s.taken),
	}
	for i, name := range s.fields {
		v, err := valueOf(name, r.t.Get(next, name))
		if err != nil {
			return err
		}
		if old != nil {
			was, _ := valueOf(name, r.t.Get(old, name))
			if was == v {
				continue
			}
			c.by[i] = c.by[i].del(place.compare, place{was, id})
		}
		c.by[i] = c.by[i].put(place.compare, place{v, id}, struct{}{})
	}
	for i, set := range r.t.Unique {
		if err := c.take(r.t, i, set, old, next); err != nil {
			return err
		}
	}
	return r.tx.store(r.slot, c)
}

// take moves one unique set from old to next, or fails with Exists.
func (s *shelf[D]) take(t *lance.Table[D], i int, set []string, old, next *D) error {
	key, binds := uniqueKey(t, set, next)
	if old != nil {
		was, bound := uniqueKey(t, set, old)
		if bound && binds && was == key {
			return nil
		}
		if bound {
			s.taken[i] = s.taken[i].del(strings.Compare, was)
		}
	}
	if !binds {
		return nil
	}
	if _, taken := s.taken[i].get(strings.Compare, key); taken {
		return t.Exists()
	}
	s.taken[i] = s.taken[i].put(strings.Compare, key, struct{}{})
	return nil
}

// uniqueKey joins the values of a unique set, and reports false when one of
// them is none, which exempts the row.
func uniqueKey[D any](t *lance.Table[D], set []string, d *D) (string, bool) {
	var b strings.Builder
	for _, name := range set {
		v, _ := valueOf(name, t.Get(d, name))
		if v.kind == none {
			return "", false
		}
		b.WriteString(strconv.Itoa(int(v.kind)) + " " + strconv.FormatInt(v.n, 10) + " " + strconv.Quote(v.s))
	}
	return b.String(), true
}

// Find returns copies of what the filter selects, in its order.
func (r rows[D, K]) Find(_ context.Context, f lance.Filter) ([]*D, error) {
	q, err := newQuery(r.t, r.shelf(), f)
	if err != nil {
		return nil, err
	}
	var found []*D
	for d := range q.run() {
		if found = append(found, new(clone(*d))); len(found) == f.Limit {
			break
		}
	}
	return found, nil
}
