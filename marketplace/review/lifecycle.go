package review

import "github.com/megilance/lance"

// State is where a review stands.
type State string

// The states of a review.
const (
	StateHidden    State = "hidden"    // only its author sees it
	StatePublished State = "published" // everybody sees it, and it counts
	StateAnswered  State = "answered"  // published, and the party reviewed has replied
)

// Action is what can be done to a review.
type Action string

// The actions on a review.
const (
	Publish Action = "publish"
	Reply   Action = "reply"
)

// What an actor can be to a review.
const (
	ByAuthor  lance.Relation = "author"  // he wrote it
	BySubject lance.Relation = "subject" // it is about him
)

// Lifecycle says how a review's state changes. Publishing happens by itself:
// when both reviews are in, or when the window closes.
var Lifecycle = lance.NewMachine("review", StateHidden,
	lance.Edge(StateHidden, Publish, StatePublished, lance.ByClock),
	lance.Edge(StatePublished, Reply, StateAnswered, BySubject),
)
