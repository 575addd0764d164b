package lance_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

type (
	doorState  string
	doorAction string
)

const (
	shut, ajar, locked, gone       doorState  = "shut", "ajar", "locked", "gone"
	open, push, turn, breakIn      doorAction = "open", "push", "turn", "break_in"
	guest, owner, burglar, visitor            = lance.Relation("guest"), lance.Relation("owner"), lance.Relation("burglar"), lance.Relation("visitor")
)

var door = lance.NewMachine("door", shut,
	lance.Edge(shut, open, ajar, guest, owner),
	lance.Edge(ajar, push, shut, guest, owner, lance.ByClock),
	lance.Edge(shut, turn, locked, owner),
	lance.Edge(locked, turn, shut, owner),
	lance.Edge(locked, breakIn, gone, burglar),
)

func TestMachineAllowsItsEdgesAndNothingElse(t *testing.T) {
	t.Parallel()
	allowed := map[string]doorState{}
	for _, e := range door.Edges() {
		for _, by := range e.By {
			allowed[fmt.Sprint(e.From, e.Do, by)] = e.To
		}
	}
	for _, from := range door.States() {
		for _, do := range door.AllActions() {
			for _, by := range []lance.Relation{guest, owner, burglar, visitor, lance.ByClock} {
				next, err := door.Next(from, do, by)
				to, ok := allowed[fmt.Sprint(from, do, by)]
				require.Equal(t, ok, err == nil, "%s %s %s", from, do, by)
				if !ok {
					to = from
				}
				require.Equal(t, to, next)
			}
		}
	}
}

func TestMachineSaysWhyNot(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		from doorState
		do   doorAction
		as   []lance.Relation
		kind lance.Kind
		code string
	}{
		"another's action, another state": {shut, breakIn, []lance.Relation{guest}, lance.Forbidden, "door_relation"},
		"another's action, this state":    {locked, breakIn, []lance.Relation{owner}, lance.Forbidden, "door_relation"},
		"mine, another state":             {ajar, turn, []lance.Relation{owner}, lance.Precondition, "door_state"},
		"one of mine, another state":      {shut, breakIn, []lance.Relation{guest, burglar}, lance.Precondition, "door_state"},
		"nobody's":                        {shut, "fly", []lance.Relation{owner}, lance.Forbidden, "door_relation"},
		"nobody":                          {shut, open, nil, lance.Forbidden, "door_relation"},
		"nothing leads out":               {gone, open, []lance.Relation{owner}, lance.Precondition, "door_state"},
	} {
		_, err := door.Next(c.from, c.do, c.as...)
		require.ErrorIs(t, err, c.kind, name)
		require.Equal(t, c.code, lance.CodeOf(err), name)
	}
	next, err := door.Next(shut, turn, guest, owner)
	require.NoError(t, err, "one relation is enough")
	require.Equal(t, locked, next)
}

func TestMachineTellsWhatItIs(t *testing.T) {
	t.Parallel()
	require.Equal(t, "door", door.Noun())
	require.Equal(t, shut, door.Start())
	require.Equal(t, []doorState{shut, ajar, locked, gone}, door.States())
	require.Equal(t, []doorAction{open, push, turn, breakIn}, door.AllActions())
	require.Equal(t, []doorAction{open, turn}, door.Actions(shut, owner))
	require.Equal(t, []doorAction{open}, door.Actions(shut, guest))
	require.Empty(t, door.Actions(gone, owner, burglar))
	require.True(t, door.Terminal(gone))
	require.False(t, door.Terminal(locked))
	edges := door.Edges()
	edges[0].To = gone
	require.Equal(t, ajar, door.Edges()[0].To, "what it hands out is a copy")
}

func TestMachineRefusesToBeBuiltWrong(t *testing.T) {
	t.Parallel()
	for name, edges := range map[string][]lance.Transition[doorState, doorAction]{
		"one action leads to two states": {lance.Edge(shut, open, ajar, owner), lance.Edge(shut, open, gone, guest)},
		"a state cannot be reached":      {lance.Edge(shut, open, ajar, owner), lance.Edge(locked, turn, shut, owner)},
		"two reach only each other":      {lance.Edge(locked, turn, gone, owner), lance.Edge(gone, turn, locked, owner)},
		"nobody may":                     {lance.Edge(shut, open, ajar)},
	} {
		require.Panics(t, func() { lance.NewMachine("door", shut, edges...) }, name)
	}
	require.NotPanics(t, func() {
		lance.NewMachine("door", shut, lance.Edge(ajar, push, locked, owner), lance.Edge(shut, open, ajar, owner))
	}, "edges come in any order")
}

func ExampleNewMachine() {
	type state string
	type action string
	const client, freelancer = lance.Relation("client"), lance.Relation("freelancer")
	m := lance.NewMachine("milestone", state("planned"),
		lance.Edge(state("planned"), action("fund"), state("funded"), client),
		lance.Edge(state("funded"), action("submit"), state("submitted"), freelancer),
		lance.Edge(state("submitted"), action("approve"), state("approved"), client, lance.ByClock),
	)
	next, err := m.Next("submitted", "approve", client)
	fmt.Println(next, err)
	_, err = m.Next("funded", "approve", client)
	fmt.Println(err)
	_, err = m.Next("submitted", "approve", freelancer)
	fmt.Println(err)
	fmt.Print(m.Mermaid())
	// Output:
	// approved <nil>
	// precondition milestone_state: the milestone is funded: it cannot approve
	// forbidden milestone_relation: this is not yours to do
	// stateDiagram-v2
	//     [*] --> planned
	//     planned --> funded: fund (client)
	//     funded --> submitted: submit (freelancer)
	//     submitted --> approved: approve (client, clock)
	//     approved --> [*]
}
