package lifecycletest

import (
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

// Way is where an action leads, and who may take it there.
type Way[S ~string] struct {
	To S
	By []lance.Relation
}

// Table is a lifecycle by state and action. What is not in it is refused.
type Table[S, A ~string] map[S]map[A]Way[S]

// Read reads a lifecycle's table from lines that say: from, action, to, and who
// may. One that says less, or what another has said, fails the test.
func Read[S, A ~string](t require.TestingT, _ *lance.Machine[S, A], lines string) Table[S, A] {
	table := Table[S, A]{}
	for line := range strings.Lines(strings.TrimSpace(lines)) {
		f := strings.Fields(line)
		require.Greater(t, len(f), 3, "%q does not say who may", line)
		from, do, way := S(f[0]), A(f[1]), Way[S]{To: S(f[2])}
		for _, by := range f[3:] {
			way.By = append(way.By, lance.Relation(by))
		}
		require.NotContains(t, table[from], do, "%q stands twice", line)
		if table[from] == nil {
			table[from] = map[A]Way[S]{}
		}
		table[from][do] = way
	}
	return table
}

// Leads returns where an action leads somebody who may take it in a state.
func (t Table[S, A]) Leads(from S, do A, by lance.Relation) (to S, may bool) {
	way, has := t[from][do]
	return way.To, has && slices.Contains(way.By, by)
}

// refusal is how the action is refused: Forbidden for who may never do it, or not
// in a state where others may, else Precondition.
func (t Table[S, A]) refusal(from S, do A, by lance.Relation) lance.Kind {
	if _, has := t[from][do]; has {
		return lance.Forbidden
	}
	for state := range t {
		if _, may := t.Leads(state, do, by); may {
			return lance.Precondition
		}
	}
	return lance.Forbidden
}

// Walk tries every action in every state as every relation, and as a stranger: the
// lifecycle allows what the lines of the table say, lists exactly that as allowed,
// and refuses the rest with the right fault. They say nothing that it has not.
func Walk[S, A ~string](t require.TestingT, m *lance.Machine[S, A], lines string) {
	table := Read(t, m, lines)
	relations := []lance.Relation{lance.ByAdmin, lance.ByClock, lance.ByProvider, "stranger"}
	for _, e := range m.Edges() {
		relations = append(relations, e.By...)
	}
	for from, ways := range table {
		require.Contains(t, m.States(), from)
		for do, way := range ways {
			require.Contains(t, m.AllActions(), do)
			require.Subset(t, relations, way.By)
		}
	}
	for _, from := range m.States() {
		for _, do := range m.AllActions() {
			for _, by := range relations {
				step(t, m, table, from, do, by)
			}
		}
	}
}

// step tries one action in one state as one relation.
func step[S, A ~string](t require.TestingT, m *lance.Machine[S, A], table Table[S, A], from S, do A, by lance.Relation) {
	to, err := m.Next(from, do, by)
	if want, may := table.Leads(from, do, by); may {
		require.NoError(t, err, "%s %s by %s", from, do, by)
		require.Equal(t, want, to, "%s %s by %s", from, do, by)
		require.Contains(t, m.Actions(from, by), do)
		return
	}
	require.Equal(t, from, to, "%s %s by %s", from, do, by)
	require.NotContains(t, m.Actions(from, by), do)
	kind, code := table.refusal(from, do, by), m.Noun()+"_relation"
	if kind == lance.Precondition {
		code = m.Noun() + "_state"
	}
	require.ErrorIs(t, err, kind, "%s %s by %s", from, do, by)
	require.Equal(t, code, lance.CodeOf(err))
}
