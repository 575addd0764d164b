package lance

import (
	"fmt"
	"slices"
	"strings"
)

// Relation is what an actor is to one aggregate: its client, its payee, the
// clock. Lifecycles speak of relations, never of roles.
type Relation string

// The relations that every domain shares; each adds its own.
const (
	ByClock    Relation = "clock"    // it happens by itself
	ByAdmin    Relation = "admin"    // an administrator of the platform
	ByProvider Relation = "provider" // the payment provider said so
)

// Transition is one line of a lifecycle: in state From the action Do leads to
// state To, for the relations By.
type Transition[S, A ~string] struct {
	From S
	Do   A
	To   S
	By   []Relation
}

// Edge makes a Transition.
func Edge[S, A ~string](from S, do A, to S, by ...Relation) Transition[S, A] {
	return Transition[S, A]{from, do, to, by}
}

// Machine is the lifecycle of one kind of aggregate: the only thing that
// assigns its state. It is built once and never changes.
type Machine[S, A ~string] struct {
	noun  string
	start S
	edges []Transition[S, A]
}

// NewMachine builds a lifecycle that begins in start. It panics, since it runs
// while the program is built up, when two edges leave one state by the same
// action, an edge names no relation, or a state cannot be reached.
func NewMachine[S, A ~string](noun string, start S, edges ...Transition[S, A]) *Machine[S, A] {
	m := &Machine[S, A]{noun: noun, start: start, edges: slices.Clone(edges)}
	if err := m.check(); err != nil {
		panic(err)
	}
	return m
}

func (m *Machine[S, A]) check() error {
	reached := map[S]bool{m.start: true}
	for range m.edges {
		for _, e := range m.edges {
			reached[e.To] = reached[e.To] || reached[e.From]
		}
	}
	for i, e := range m.edges {
		if len(e.By) == 0 {
			return fmt.Errorf("lifecycle %s: nobody may %s in %s", m.noun, e.Do, e.From)
		}
		if !reached[e.From] {
			return fmt.Errorf("lifecycle %s: state %s cannot be reached", m.noun, e.From)
		}
		for _, o := range m.edges[:i] {
			if o.From == e.From && o.Do == e.Do {
				return fmt.Errorf("lifecycle %s: %s leaves %s twice", m.noun, e.Do, e.From)
			}
		}
	}
	return nil
}

// Noun returns what the lifecycle is of.
func (m *Machine[S, A]) Noun() string { return m.noun }

// Start returns the first state.
func (m *Machine[S, A]) Start() S { return m.start }

// Edges returns every transition in the order it was declared.
func (m *Machine[S, A]) Edges() []Transition[S, A] { return slices.Clone(m.edges) }

// Next returns the state that the action leads to. It fails with Forbidden
// "<noun>_relation" when none of the relations may ever do this or not in this
// state, and with Precondition "<noun>_state" when the state does not have the
// action.
func (m *Machine[S, A]) Next(from S, do A, as ...Relation) (S, error) {
	may, has := false, false
	for _, e := range m.edges {
		if e.Do != do {
			continue
		}
		mine := intersects(e.By, as)
		if e.From == from && mine {
			return e.To, nil
		}
		may = may || mine
		has = has || e.From == from
	}
	if !may || has {
		return from, E(Forbidden, m.noun+"_relation", "this is not yours to do")
	}
	return from, E(Precondition, m.noun+"_state", "the "+m.noun+" is "+string(from)+": it cannot "+strings.ReplaceAll(string(do), "_", " "))
}

// Actions returns what the relations may do in a state, in the order declared.
func (m *Machine[S, A]) Actions(from S, as ...Relation) []A {
	var out []A
	for _, e := range m.edges {
		if e.From == from && intersects(e.By, as) {
			out = append(out, e.Do)
		}
	}
	return out
}

// States returns every state, the first one first.
func (m *Machine[S, A]) States() []S {
	out := []S{m.start}
	for _, e := range m.edges {
		for _, s := range []S{e.From, e.To} {
			if !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out
}

// AllActions returns every action in the order declared.
func (m *Machine[S, A]) AllActions() []A {
	var out []A
	for _, e := range m.edges {
		if !slices.Contains(out, e.Do) {
			out = append(out, e.Do)
		}
	}
	return out
}

// Terminal reports whether nothing leads out of the state.
func (m *Machine[S, A]) Terminal(s S) bool {
	return !slices.ContainsFunc(m.edges, func(e Transition[S, A]) bool { return e.From == s })
}

// Mermaid returns the lifecycle as a Mermaid state diagram, each edge labelled
// with its action and who may do it.
func (m *Machine[S, A]) Mermaid() string {
	var b strings.Builder
	fmt.Fprintf(&b, "stateDiagram-v2\n    [*] --> %s\n", m.start)
	for _, e := range m.edges {
		by := make([]string, len(e.By))
		for i, r := range e.By {
			by[i] = string(r)
		}
		fmt.Fprintf(&b, "    %s --> %s: %s (%s)\n", e.From, e.To, e.Do, strings.Join(by, ", "))
	}
	for _, s := range m.States() {
		if m.Terminal(s) {
			fmt.Fprintf(&b, "    %s --> [*]\n", s)
		}
	}
	return b.String()
}

func intersects(a, b []Relation) bool {
	return slices.ContainsFunc(a, func(r Relation) bool { return slices.Contains(b, r) })
}
