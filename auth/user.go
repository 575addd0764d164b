package auth

import (
	"time"

	"github.com/megilance/lance"
)

// View says what a user sees first. It grants nothing: everybody may be client
// here and freelancer there.
type View string

// The views of a user.
const (
	ViewClient     View = "client"
	ViewFreelancer View = "freelancer"
)

// User is a person who can sign in. His password is kept apart.
type User struct {
	ID         lance.UserID // "usr_…"
	Version    int64        // from 1; grows with every change
	Email      string       // as he wrote it
	EmailKey   string       // EmailKey(Email): unique
	Name       string       // one line, 1 to 100 characters
	View       View
	Roles      []lance.Role // sorted, without repetition
	State      State
	VerifiedAt time.Time // when he proved his address; zero before
	PasswordAt time.Time // when his password was set; zero without one
	CreatedAt  time.Time // UTC, as all times
	UpdatedAt  time.Time
}

// Ref names the user in locks, timers and events.
func (u *User) Ref() lance.Ref { return Ref(u.ID) }

// Ref names a user in locks, timers and events.
func Ref(id lance.UserID) lance.Ref { return lance.Ref{Kind: "user", ID: string(id)} }

// Verified reports whether the user proved his address.
func (u *User) Verified() bool { return !u.VerifiedAt.IsZero() }

// Actor returns the principal of the user who acts for himself in a session.
func (u *User) Actor(s SessionID) lance.Actor {
	a := lance.Person(u.ID, u.Roles...)
	a.Session = string(s)
	return a
}

// AllowedActions returns what the actor may do to the user now.
func (u *User) AllowedActions(by lance.Actor) []Action {
	return Lifecycle.Actions(u.State, u.relations(by)...)
}

// relations returns what the actor is to the user.
func (u *User) relations(by lance.Actor) (as []lance.Relation) {
	if by.User != "" && by.User == u.ID {
		as = append(as, BySelf)
	} else if by.IsSystem() || by.Has(lance.RoleAdmin) {
		as = append(as, lance.ByAdmin)
	}
	return as
}

// Credential is how a user proves who he is: the hash of his password.
type Credential struct {
	User    lance.UserID
	Version int64  // from 1; grows with every change
	Hash    string // in PHC form, or bcrypt's own when it was imported
	SetAt   time.Time
}

// LoginID names one attempt to sign in: "lgn_…".
type LoginID string

// Result says what became of an attempt to sign in.
type Result string

// The results of an attempt to sign in.
const (
	LoginOK         Result = "ok"
	LoginWrong      Result = "wrong"      // unknown address or wrong password
	LoginSuspended  Result = "suspended"  // right password of a suspended user
	LoginUnverified Result = "unverified" // right password, but the address is not proven yet
)

// Login is one attempt to sign in.
type Login struct {
	ID      LoginID
	User    lance.UserID // empty for an unknown address
	Session SessionID    // that it began, if it did
	Result  Result
	At      time.Time // UTC
	Client  Client
}

// Client is where a request came from, as the server saw it.
type Client struct {
	IP    string `json:"ip"`    // an IPv4 or IPv6 address, or empty
	Agent string `json:"agent"` // the User-Agent header; what exceeds 400 characters is not kept
}
