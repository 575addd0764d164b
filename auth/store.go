package auth

import (
	"context"
	"time"

	"github.com/megilance/lance"
)

// UserStore keeps users as UserTable declares them.
type UserStore interface {
	lance.Rows[User, lance.UserID]
}

// CredentialStore keeps credentials, each under its user, as CredentialTable
// declares them.
type CredentialStore interface {
	lance.Rows[Credential, lance.UserID]
}

// SessionStore keeps sessions as SessionTable declares them.
type SessionStore interface {
	lance.Rows[Session, SessionID]
}

// ChallengeStore keeps challenges as ChallengeTable declares them.
type ChallengeStore interface {
	lance.Rows[Challenge, ChallengeID]
}

// LoginStore keeps attempts to sign in as LoginTable declares them.
type LoginStore interface {
	lance.Rows[Login, LoginID]
}

// TokenStore keeps the hashes of tokens.
type TokenStore interface {
	// Add stores tokens. It fails with Exists "token_exists" when a hash is
	// known, and with NotFound "session_not_found" when a session is not.
	Add(ctx context.Context, ts ...Token) error
	// Get returns what is kept of a token, or NotFound "token_not_found".
	Get(ctx context.Context, hash lance.Hash) (*Token, error)
	// Spend sets SpentAt of a token that was not spent yet. It fails with
	// Conflict "token_spent" when it was, and with NotFound "token_not_found".
	Spend(ctx context.Context, hash lance.Hash, at time.Time) error
	// Forget removes the tokens of a session that expire before a time, and
	// returns how many these were; with the zero time all of them.
	Forget(ctx context.Context, session SessionID, before time.Time) (int, error)
	// Latest returns, for each session that has tokens, when it was last given
	// one: when it was last used.
	Latest(ctx context.Context, sessions ...SessionID) (map[SessionID]time.Time, error)
}

// Repos is what this package needs in a transaction.
type Repos interface {
	lance.Repos
	Users() UserStore
	Credentials() CredentialStore
	Sessions() SessionStore
	Tokens() TokenStore
	Challenges() ChallengeStore
	Logins() LoginStore
}

// UserTable declares how users are kept.
var UserTable = &lance.Table[User]{
	Noun:    "user",
	ID:      func(u *User) string { return string(u.ID) },
	Version: func(u *User) *int64 { return &u.Version },
	Fields: map[string]func(*User) any{
		"email_key":  func(u *User) any { return u.EmailKey },
		"state":      func(u *User) any { return string(u.State) },
		"view":       func(u *User) any { return string(u.View) },
		"created_at": func(u *User) any { return u.CreatedAt },
	},
	Unique: [][]string{{"email_key"}},
}

// CredentialTable declares how credentials are kept.
var CredentialTable = &lance.Table[Credential]{
	Noun:    "credential",
	ID:      func(c *Credential) string { return string(c.User) },
	Version: func(c *Credential) *int64 { return &c.Version },
}

// SessionTable declares how sessions are kept.
var SessionTable = &lance.Table[Session]{
	Noun:    "session",
	ID:      func(s *Session) string { return string(s.ID) },
	Version: func(s *Session) *int64 { return &s.Version },
	Fields: map[string]func(*Session) any{
		"user":       func(s *Session) any { return string(s.User) },
		"state":      func(s *Session) any { return string(s.State) },
		"created_at": func(s *Session) any { return s.CreatedAt },
	},
}

// ChallengeTable declares how challenges are kept: at most one of a kind is
// open per user.
var ChallengeTable = &lance.Table[Challenge]{
	Noun:    "challenge",
	ID:      func(c *Challenge) string { return string(c.ID) },
	Version: func(c *Challenge) *int64 { return &c.Version },
	Fields: map[string]func(*Challenge) any{
		"user":       func(c *Challenge) any { return string(c.User) },
		"kind":       func(c *Challenge) any { return string(c.Kind) },
		"open":       func(c *Challenge) any { return c.openKind() },
		"created_at": func(c *Challenge) any { return c.CreatedAt },
	},
	Unique: [][]string{{"user", "open"}},
}

// openKind returns the kind of an open challenge, else none.
func (c *Challenge) openKind() any {
	if c.State == ChallengeOpen {
		return string(c.Kind)
	}
	return nil
}

// LoginTable declares how attempts to sign in are kept.
var LoginTable = &lance.Table[Login]{
	Noun: "login",
	ID:   func(l *Login) string { return string(l.ID) },
	Fields: map[string]func(*Login) any{
		"user": func(l *Login) any { return none(string(l.User)) },
		"at":   func(l *Login) any { return l.At },
	},
}

func none(s string) any {
	if s == "" {
		return nil
	}
	return s
}
