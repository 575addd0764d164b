package file

import "github.com/megilance/lance"

// State is where a file stands.
type State string

// The states of a file.
const (
	StateUploaded State = "uploaded" // its owner alone sees it
	StateAttached State = "attached" // its readers see it, and it stays
	StateRemoved  State = "removed"  // nobody sees it; its bytes are deleted
)

// Action is what can be done to a file.
type Action string

// The actions on a file.
const (
	Attach Action = "attach" // make it a part of what its subject is about
	Remove Action = "remove"
)

// What an actor can be to a file.
const (
	ByOwner  lance.Relation = "owner"
	ByReader lance.Relation = "reader" // may read what is attached
)

// Lifecycle says how a file's state changes.
var Lifecycle = lance.NewMachine("file", StateUploaded,
	lance.Edge(StateUploaded, Attach, StateAttached, ByOwner),
	lance.Edge(StateUploaded, Remove, StateRemoved, ByOwner),
)
