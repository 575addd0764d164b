package auth

import (
	"time"

	"github.com/megilance/lance"
)

// SessionID names a session: "ses_…".
type SessionID string

// Session is what began with one login and lives on as long as its refresh
// tokens are used.
type Session struct {
	ID        SessionID
	Version   int64 // from 1; grows with every change
	User      lance.UserID
	State     SessionState
	Client    Client    // where the login came from
	CreatedAt time.Time // UTC, as all times
	ExpiresAt time.Time // when it ends however much it is used
	EndedAt   time.Time // revoked or expired; zero before
	Reason    Reason    // why it was revoked
}

// Ref names the session in timers and events.
func (ses *Session) Ref() lance.Ref { return lance.Ref{Kind: "session", ID: string(ses.ID)} }

// AllowedActions returns what the actor may do to the session now.
func (ses *Session) AllowedActions(by lance.Actor) []SessionAction {
	return SessionLifecycle.Actions(ses.State, ses.relations(by)...)
}

// relations returns what the actor is to the session.
func (ses *Session) relations(by lance.Actor) (as []lance.Relation) {
	if by.User != "" && by.User == ses.User {
		as = append(as, BySelf)
	}
	if by.IsSystem() || by.Has(lance.RoleAdmin) {
		as = append(as, lance.ByAdmin)
	}
	return as
}

// Reason says why a session was revoked.
type Reason string

// The reasons for which a session is revoked.
const (
	ReasonLogout    Reason = "logout"    // the user signed out
	ReasonRevoked   Reason = "revoked"   // the user or an administrator ended it
	ReasonReuse     Reason = "reuse"     // a replaced refresh token came back
	ReasonPassword  Reason = "password"  // the password was changed
	ReasonSuspended Reason = "suspended" // the user was suspended
	ReasonDeleted   Reason = "deleted"   // the user was deleted
	ReasonRoles     Reason = "roles"     // the user's roles were changed
)

// TokenKind says what a token is good for.
type TokenKind string

// The kinds of token.
const (
	AccessToken  TokenKind = "access"  // to be shown with every request
	RefreshToken TokenKind = "refresh" // to be changed for new tokens, once
)

// Token is what is kept of a token: its hash, never the token.
type Token struct {
	Hash      lance.Hash // SHA-256 of the token
	Kind      TokenKind
	Session   SessionID
	IssuedAt  time.Time // UTC, as all times
	ExpiresAt time.Time
	SpentAt   time.Time // when a refresh token was first used; zero before
}

// Secret is a password or a token. It does not show itself: whatever prints,
// logs or marshals it gets "[secret]".
type Secret string

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

// String returns "[secret]".
func (s Secret) String() string { return "[secret]" }

// GoString returns "[secret]".
func (s Secret) GoString() string { return "[secret]" }

// MarshalText returns "[secret]", and nothing for the empty secret.
func (s Secret) MarshalText() ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	return []byte("[secret]"), nil
}

// UnmarshalText reads the secret itself.
func (s *Secret) UnmarshalText(b []byte) error {
	*s = Secret(b)
	return nil
}
