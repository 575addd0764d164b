package auth

import "github.com/megilance/lance"

// State is where a user stands.
type State string

// The states of a user.
const (
	StateActive    State = "active"    // he can sign in
	StateSuspended State = "suspended" // an administrator keeps him out
	StateDeleted   State = "deleted"   // he is hidden; his address stays taken
)

// Action is what can be done to a user.
type Action string

// The actions on a user.
const (
	Edit      Action = "edit"      // change the name or the view
	Grant     Action = "grant"     // change the roles
	Suspend   Action = "suspend"   // keep him out for now
	Reinstate Action = "reinstate" // let a suspended one in again
	Delete    Action = "delete"    // hide him
	Restore   Action = "restore"   // bring a deleted one back
)

// What an actor can be to a user or a session.
const (
	BySelf  lance.Relation = "self"  // the user himself
	ByGuard lance.Relation = "guard" // a rule that protects the user
)

// Lifecycle says how a user's state changes. An administrator is not one to
// himself: nobody grants himself a role, suspends or restores himself.
var Lifecycle = lance.NewMachine("user", StateActive,
	lance.Edge(StateActive, Edit, StateActive, BySelf, lance.ByAdmin),
	lance.Edge(StateActive, Grant, StateActive, lance.ByAdmin),
	lance.Edge(StateActive, Suspend, StateSuspended, lance.ByAdmin),
	lance.Edge(StateActive, Delete, StateDeleted, BySelf, lance.ByAdmin),
	lance.Edge(StateSuspended, Reinstate, StateActive, lance.ByAdmin),
	lance.Edge(StateSuspended, Delete, StateDeleted, lance.ByAdmin),
	lance.Edge(StateDeleted, Restore, StateActive, lance.ByAdmin),
)

// SessionState is where a session stands.
type SessionState string

// The states of a session.
const (
	SessionActive  SessionState = "active"  // its tokens are good
	SessionRevoked SessionState = "revoked" // somebody ended it, or a rule did
	SessionExpired SessionState = "expired" // it was not used for too long, or is too old
)

// SessionAction is what can be done to a session.
type SessionAction string

// The actions on a session.
const (
	RevokeSession SessionAction = "revoke" // end it
	ExpireSession SessionAction = "expire" // its time is over
)

// SessionLifecycle says how a session's state changes.
var SessionLifecycle = lance.NewMachine("session", SessionActive,
	lance.Edge(SessionActive, RevokeSession, SessionRevoked, BySelf, lance.ByAdmin, ByGuard),
	lance.Edge(SessionActive, ExpireSession, SessionExpired, lance.ByClock),
)

// ChallengeState is where a challenge stands.
type ChallengeState string

// The states of a challenge.
const (
	ChallengeOpen     ChallengeState = "open"     // its code is good
	ChallengeMet      ChallengeState = "met"      // the right code was given
	ChallengeLocked   ChallengeState = "locked"   // too many wrong codes were given
	ChallengeReplaced ChallengeState = "replaced" // a newer one took its place
	ChallengeExpired  ChallengeState = "expired"  // its time is over
)

// ChallengeAction is what can be done to a challenge.
type ChallengeAction string

// The actions on a challenge.
const (
	MeetChallenge    ChallengeAction = "meet"
	MissChallenge    ChallengeAction = "miss" // give a wrong code
	LockChallenge    ChallengeAction = "lock" // give the last wrong code
	ReplaceChallenge ChallengeAction = "replace"
	ExpireChallenge  ChallengeAction = "expire"
)

// ByHolder is who knows the address that a challenge was sent to, or says so.
const ByHolder lance.Relation = "holder"

// ChallengeLifecycle says how a challenge's state changes.
var ChallengeLifecycle = lance.NewMachine("challenge", ChallengeOpen,
	lance.Edge(ChallengeOpen, MeetChallenge, ChallengeMet, ByHolder),
	lance.Edge(ChallengeOpen, MissChallenge, ChallengeOpen, ByHolder),
	lance.Edge(ChallengeOpen, LockChallenge, ChallengeLocked, ByHolder),
	lance.Edge(ChallengeOpen, ReplaceChallenge, ChallengeReplaced, ByHolder),
	lance.Edge(ChallengeOpen, ExpireChallenge, ChallengeExpired, lance.ByClock),
)
