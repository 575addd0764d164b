package memkit

import (
	"cmp"
	"iter"
)

// Map is an ordered map in a transaction: it commits and vanishes with it.
// Values are copied on the way in and out, with times as lance.Instant.
type Map[K cmp.Ordered, V any] struct{ sorted[K, V] }

// Table returns the map of that name. One name stands for one pair of types in
// the whole store.
func Table[K cmp.Ordered, V any](tx *Tx, name string) *Map[K, V] {
	return &Map[K, V]{sorted[K, V]{tx, tx.core.slot(name), cmp.Compare[K]}}
}

// Get returns a copy of the value at k.
func (m *Map[K, V]) Get(k K) (V, bool) {
	v, ok := m.get(k)
	return clone(v), ok
}

// Has reports whether something stands at k.
func (m *Map[K, V]) Has(k K) bool {
	_, ok := m.get(k)
	return ok
}

// Put sets the value at k to a copy of v. In a view it fails with Internal
// "read_only".
func (m *Map[K, V]) Put(k K, v V) error { return m.put(k, clone(v)) }

// Delete removes what stands at k, if anything does. In a view it fails with
// Internal "read_only".
func (m *Map[K, V]) Delete(k K) error { return m.del(k) }

// Len returns how many keys there are.
func (m *Map[K, V]) Len() int { return m.root().len() }

// All yields copies in the order of keys, as they are when it starts.
func (m *Map[K, V]) All() iter.Seq2[K, V] {
	return copies(m.from(func(K) bool { return false }))
}

// From yields copies from k on, in the order of keys, as they are when it
// starts. To find k costs the logarithm of Len.
func (m *Map[K, V]) From(k K) iter.Seq2[K, V] {
	return copies(m.from(func(o K) bool { return o < k }))
}

// Back yields copies in the opposite order of keys, from the last one down, as
// they are when it starts.
func (m *Map[K, V]) Back() iter.Seq2[K, V] {
	return copies(m.downFrom(func(K) bool { return false }))
}

// BackFrom yields copies in the opposite order of keys, from k down, as they are
// when it starts.
func (m *Map[K, V]) BackFrom(k K) iter.Seq2[K, V] {
	return copies(m.downFrom(func(o K) bool { return o > k }))
}

func copies[K, V any](seq iter.Seq2[K, V]) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for k, v := range seq {
			if !yield(k, clone(v)) {
				return
			}
		}
	}
}

// sorted is an ordered map under any order of keys. It hands values out as they
// are kept: whoever uses it must not change them.
type sorted[K, V any] struct {
	tx      *Tx
	slot    int
	compare func(K, K) int
}

func (s sorted[K, V]) root() *node[K, V] {
	root, _ := s.tx.load(s.slot).(*node[K, V])
	return root
}

func (s sorted[K, V]) get(k K) (V, bool)  { return s.root().get(s.compare, k) }
func (s sorted[K, V]) put(k K, v V) error { return s.tx.store(s.slot, s.root().put(s.compare, k, v)) }

func (s sorted[K, V]) del(k K) error {
	root := s.root()
	if _, ok := root.get(s.compare, k); ok {
		root = root.del(s.compare, k)
	}
	return s.tx.store(s.slot, root)
}

// from yields in order what below does not hold of.
func (s sorted[K, V]) from(below func(K) bool) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { s.root().ascend(below, yield) }
}

// downFrom yields in opposite order what above does not hold of.
func (s sorted[K, V]) downFrom(above func(K) bool) iter.Seq2[K, V] {
	return func(yield func(K, V) bool) { s.root().descend(above, yield) }
}
