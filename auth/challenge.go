package auth

import (
	"time"

	"github.com/megilance/lance"
)

// ChallengeID names a challenge: "chl_…".
type ChallengeID string

// ChallengeKind says what a code is for.
type ChallengeKind string

// The kinds of challenge.
const (
	VerifyEmail   ChallengeKind = "verify_email"   // prove an address
	ResetPassword ChallengeKind = "reset_password" // set a password without the old one
)

// Challenge asks a user to prove that he reads the mail sent to his address.
type Challenge struct {
	ID        ChallengeID
	Version   int64 // from 1; grows with every change
	User      lance.UserID
	Kind      ChallengeKind
	State     ChallengeState
	Missed    int       // how many wrong codes were given
	CreatedAt time.Time // UTC, as all times
	ExpiresAt time.Time
	EndedAt   time.Time // when it left the state open; zero before
}

// Ref names the challenge in timers and events.
func (c *Challenge) Ref() lance.Ref { return lance.Ref{Kind: "challenge", ID: string(c.ID)} }
