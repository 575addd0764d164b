package api

import "net/http"

// Answer is what one kind of caller gets: the operation's success or a refusal.
type Answer int

// The answers. Everything but Allowed is the status of the refusal.
const (
	Allowed   Answer = 0
	SignIn    Answer = http.StatusUnauthorized // who are you?
	Refused   Answer = http.StatusForbidden    // yours to see, not to do
	Invisible Answer = http.StatusNotFound     // absent or not yours: the same
)

// Policy says what each kind of caller is answered. The services decide; a
// policy is what they are held to, by the test that asks as each of them.
type Policy struct {
	Anonymous    Answer // has not signed in
	Stranger     Answer // has nothing to do with the resource
	Counterparty Answer // is on the other side of it
	Owner        Answer // made it or may do this to it
	Arbiter      Answer // rules on disputes and has no part in this one
	Admin        Answer // administers the platform and has no part in it
}

// The policies that operations share.
var (
	// Public is for everybody, signed in or not.
	Public = Policy{}
	// Members is for everybody who is signed in; what they get is their own.
	Members = Policy{Anonymous: SignIn}
	// Admins is for administrators.
	Admins = Policy{SignIn, Refused, Refused, Refused, Refused, Allowed}
	// Private is the owner's alone; for all others it does not exist.
	Private = Policy{SignIn, Invisible, Invisible, Allowed, Invisible, Invisible}
	// Watched is the owner's to read; administrators see it too.
	Watched = Policy{SignIn, Invisible, Invisible, Allowed, Invisible, Allowed}
	// Tended is the owner's to do, or an administrator's.
	Tended = Watched
	// Owned is the owner's to do: administrators see the resource and are
	// refused, for all others it does not exist.
	Owned = Policy{SignIn, Invisible, Invisible, Allowed, Invisible, Refused}
	// Recovered is an administrator's to bring back: for all others, its former
	// owner too, it does not exist.
	Recovered = Policy{SignIn, Invisible, Invisible, Invisible, Invisible, Allowed}
	// Shared is for both parties to read; administrators see it too.
	Shared = Policy{SignIn, Invisible, Allowed, Allowed, Invisible, Allowed}
	// Sided is one party's to do: the other one and administrators see the
	// resource and are refused.
	Sided = Policy{SignIn, Invisible, Refused, Allowed, Invisible, Refused}
	// Shown is one party's to do to what everybody sees.
	Shown = Policy{SignIn, Refused, Refused, Allowed, Refused, Refused}
	// Both is either party's to do: administrators see the resource and are
	// refused.
	Both = Policy{SignIn, Invisible, Allowed, Allowed, Invisible, Refused}
)

// Answers returns the policy's columns in the order of the matrix.
func (p Policy) Answers() []Answer {
	return []Answer{p.Anonymous, p.Stranger, p.Counterparty, p.Owner, p.Arbiter, p.Admin}
}
