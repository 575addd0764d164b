package auth

import "github.com/megilance/lance"

// Changed is what the events about a user carry.
type Changed struct {
	User  lance.UserID `json:"user"`
	State State        `json:"state"`
	View  View         `json:"view"`
}

// Registered says that somebody registered himself.
type Registered struct{ Changed }

// EventType returns "user.registered", schema 1.
func (Registered) EventType() (string, int) { return "user.registered", 1 }

// Created says that an administrator made a user.
type Created struct {
	Changed
	Roles []lance.Role `json:"roles"`
}

// EventType returns "user.created", schema 1.
func (Created) EventType() (string, int) { return "user.created", 1 }

// Edited says that a user's name or view changed.
type Edited struct{ Changed }

// EventType returns "user.edited", schema 1.
func (Edited) EventType() (string, int) { return "user.edited", 1 }

// EmailVerified says that a user proved his address.
type EmailVerified struct{ Changed }

// EventType returns "user.email_verified", schema 1.
func (EmailVerified) EventType() (string, int) { return "user.email_verified", 1 }

// PasswordChanged says that a user has a new password.
type PasswordChanged struct{ Changed }

// EventType returns "user.password_changed", schema 1.
func (PasswordChanged) EventType() (string, int) { return "user.password_changed", 1 }

// RolesGranted says which roles a user has from now on.
type RolesGranted struct {
	Changed
	Roles []lance.Role `json:"roles"`
}

// EventType returns "user.roles_granted", schema 1.
func (RolesGranted) EventType() (string, int) { return "user.roles_granted", 1 }

// Suspended says that a user is kept out.
type Suspended struct{ Changed }

// EventType returns "user.suspended", schema 1.
func (Suspended) EventType() (string, int) { return "user.suspended", 1 }

// Reinstated says that a suspended user may sign in again.
type Reinstated struct{ Changed }

// EventType returns "user.reinstated", schema 1.
func (Reinstated) EventType() (string, int) { return "user.reinstated", 1 }

// Deleted says that a user was hidden.
type Deleted struct{ Changed }

// EventType returns "user.deleted", schema 1.
func (Deleted) EventType() (string, int) { return "user.deleted", 1 }

// Restored says that a deleted user was brought back.
type Restored struct{ Changed }

// EventType returns "user.restored", schema 1.
func (Restored) EventType() (string, int) { return "user.restored", 1 }

// SessionChanged is what the events about a session carry.
type SessionChanged struct {
	Session SessionID    `json:"session"`
	User    lance.UserID `json:"user"`
}

// SessionOpened says that a user signed in.
type SessionOpened struct{ SessionChanged }

// EventType returns "session.opened", schema 1.
func (SessionOpened) EventType() (string, int) { return "session.opened", 1 }

// SessionEnded says that a session was revoked, and why.
type SessionEnded struct {
	SessionChanged
	Reason Reason `json:"reason"`
}

// EventType returns "session.revoked", schema 1.
func (SessionEnded) EventType() (string, int) { return "session.revoked", 1 }

// SessionRanOut says that a session's time was over.
type SessionRanOut struct{ SessionChanged }

// EventType returns "session.expired", schema 1.
func (SessionRanOut) EventType() (string, int) { return "session.expired", 1 }

// ChallengeChanged is what the events about a challenge carry.
type ChallengeChanged struct {
	Challenge ChallengeID    `json:"challenge"`
	User      lance.UserID   `json:"user"`
	Kind      ChallengeKind  `json:"kind"`
	State     ChallengeState `json:"state"`
}

// ChallengeIssued says that a user was asked to prove his address.
type ChallengeIssued struct{ ChallengeChanged }

// EventType returns "challenge.issued", schema 1.
func (ChallengeIssued) EventType() (string, int) { return "challenge.issued", 1 }

// ChallengePassed says that the right code was given.
type ChallengePassed struct{ ChallengeChanged }

// EventType returns "challenge.met", schema 1.
func (ChallengePassed) EventType() (string, int) { return "challenge.met", 1 }

// ChallengeMissed says that a wrong code was given, the last one perhaps.
type ChallengeMissed struct{ ChallengeChanged }

// EventType returns "challenge.missed", schema 1.
func (ChallengeMissed) EventType() (string, int) { return "challenge.missed", 1 }

// ChallengeClosed says that a challenge was replaced, or its time was over.
type ChallengeClosed struct{ ChallengeChanged }

// EventType returns "challenge.closed", schema 1.
func (ChallengeClosed) EventType() (string, int) { return "challenge.closed", 1 }
