package lance

import (
	"cmp"
	"slices"
	"strings"
)

// Ref names one aggregate of any kind: what a lock is taken on, what a timer
// belongs to, what an event is about.
type Ref struct {
	Kind string // the noun, such as "contract"; no slash
	ID   string
}

// String returns "kind/id".
func (r Ref) String() string { return r.Kind + "/" + r.ID }

// IsZero reports whether r names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// ParseRef reads what String wrote; otherwise it fails with Invalid "ref_syntax".
func ParseRef(s string) (Ref, error) {
	kind, id, ok := strings.Cut(s, "/")
	if !ok || kind == "" || id == "" {
		return Ref{}, E(Invalid, "ref_syntax", "a reference is a kind, a slash and an identifier")
	}
	return Ref{kind, id}, nil
}

// Compare orders refs by kind, then by identifier: the global lock order.
func (r Ref) Compare(o Ref) int {
	return cmp.Or(strings.Compare(r.Kind, o.Kind), strings.Compare(r.ID, o.ID))
}

// Locks remembers what one transaction holds. Every adapter keeps one, so that
// a wrong order is found on every store, also on those that need no locks. The
// zero value holds nothing.
type Locks struct {
	held map[Ref]bool
	last Ref
}

// Want returns those of refs that are not held yet, sorted and without
// repetition, and counts them as held. It fails with Internal "lock_order" when
// one of them sorts before a ref that is held.
func (l *Locks) Want(refs ...Ref) ([]Ref, error) {
	var want []Ref
	for _, r := range refs {
		if !l.held[r] {
			want = append(want, r)
		}
	}
	slices.SortFunc(want, Ref.Compare)
	want = slices.Compact(want)
	if len(want) == 0 {
		return nil, nil
	}
	if want[0].Compare(l.last) < 0 {
		return nil, E(Internal, "lock_order", "a lock on "+want[0].Kind+" was asked for after one on "+l.last.Kind)
	}
	if l.held == nil {
		l.held = make(map[Ref]bool)
	}
	for _, r := range want {
		l.held[r] = true
	}
	l.last = want[len(want)-1]
	return want, nil
}

// Fork returns a copy for a savepoint. A lock taken in a savepoint that rolls
// back is given up by some databases, so the copy is kept only when the
// savepoint succeeds.
//
// The copy begins an order of its own: who makes several calls in one
// transaction cannot know the order of their locks. Two such transactions may
// deadlock; the database then ends one of them, which its owner runs again.
func (l *Locks) Fork() *Locks {
	c := &Locks{held: make(map[Ref]bool, len(l.held))}
	for r := range l.held {
		c.held[r] = true
	}
	return c
}
