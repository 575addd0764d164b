package taxonomy

import "github.com/megilance/lance"

// State is where a category or a skill stands.
type State string

// The states of a category or a skill.
const (
	StateActive  State = "active"  // it can be chosen
	StateRetired State = "retired" // it stays where it was chosen
)

// Action is what can be done to a category or a skill.
type Action string

// The actions on a category or a skill.
const (
	Edit    Action = "edit"    // change its terms
	Retire  Action = "retire"  // let nobody choose it any more
	Restore Action = "restore" // let it be chosen again
)

// CategoryLifecycle says how a category's state changes.
var CategoryLifecycle = lifecycle("category")

// SkillLifecycle says how a skill's state changes.
var SkillLifecycle = lifecycle("skill")

func lifecycle(noun string) *lance.Machine[State, Action] {
	return lance.NewMachine(noun, StateActive,
		lance.Edge(StateActive, Edit, StateActive, lance.ByAdmin),
		lance.Edge(StateActive, Retire, StateRetired, lance.ByAdmin),
		lance.Edge(StateRetired, Restore, StateActive, lance.ByAdmin),
	)
}
