package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/megilance/lance"
)

// Options are what a Service may be given beside its store. The zero value is
// good for everything but codes.
type Options struct {
	Passwords       PasswordPolicy
	Hasher          *Hasher       // nil: the work of OWASP, one password per processor at a time
	Codes           *Codes        // nil: nobody is asked to prove his address, and no password can be reset
	Throttle        Throttle      // nil: nobody is held back
	Permissions     *Permissions  // nil: StandardPermissions
	RequireVerified bool          // who did not prove his address cannot sign in
	AccessTTL       time.Duration // of an access token: 0 is 15 minutes, more than 30 minutes is 30 minutes
	IdleTTL         time.Duration // of a refresh token that is not used: 0 is 14 days
	SessionTTL      time.Duration // of a session, however much it is used: 0 is 90 days
	CodeTTL         time.Duration // of a code: 0 is 30 minutes
}

// The longest life of an access token, and for how long the predecessor of a
// refresh token is still taken: two requests of one client may cross.
const (
	MaxAccessTTL = 30 * time.Minute
	ReuseGrace   = 10 * time.Second
)

// Throttle holds back who tries too often.
type Throttle interface {
	// Allow counts one attempt at an operation for each key, and fails with
	// Limited when there were too many; a cause with a method RetryAfter()
	// time.Duration says how long to wait. Keys are "ip:<address>", "user:<id>"
	// and "email:<hash of the address>".
	Allow(ctx context.Context, op string, keys ...string) error
}

// Service is what callers do with users and sessions. It is safe for concurrent
// use and costs nothing to make.
type Service struct {
	db lance.Runner[Repos]
	o  Options
}

// standardHasher is shared, so that many services made in passing keep to one
// bound.
var standardHasher = NewHasher(OWASP(), 0)

// NewService makes a service on a store. Nil options take the defaults.
func NewService[R Repos](db lance.Runner[R], opts *Options) *Service {
	s := &Service{db: lance.Narrow(db, func(r R) Repos { return r })}
	if opts != nil {
		s.o = *opts
	}
	if s.o.Hasher == nil {
		s.o.Hasher = standardHasher
	}
	if s.o.Permissions == nil {
		s.o.Permissions = StandardPermissions()
	}
	s.o.AccessTTL = min(standard(s.o.AccessTTL, 15*time.Minute), MaxAccessTTL)
	s.o.IdleTTL = standard(s.o.IdleTTL, 14*24*time.Hour)
	s.o.SessionTTL = standard(s.o.SessionTTL, 90*24*time.Hour)
	s.o.CodeTTL = standard(s.o.CodeTTL, 30*time.Minute)
	return s
}

func standard(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

// allow asks the throttle, under keys that name nobody.
func (s *Service) allow(ctx context.Context, op string, c Client, email string, users ...lance.UserID) error {
	if s.o.Throttle == nil {
		return nil
	}
	var keys []string
	if c.IP != "" {
		keys = append(keys, "ip:"+c.IP)
	}
	if email != "" {
		keys = append(keys, "email:"+lance.Hash(sha256.Sum256([]byte(EmailKey(email)))).String())
	}
	for _, u := range users {
		keys = append(keys, "user:"+string(u))
	}
	return s.o.Throttle.Allow(ctx, op, keys...)
}

// hash hashes a password outside any transaction, with a salt of the store's
// entropy.
func (s *Service) hash(ctx context.Context, password Secret) (string, error) {
	salt := make([]byte, saltLen)
	err := s.db.View(ctx, func(_ context.Context, r Repos) error {
		r.Entropy().Fill(salt)
		return nil
	})
	if err != nil {
		return "", err
	}
	return s.o.Hasher.Hash(ctx, password, salt)
}

// byEmail returns the user with that address, or nil.
func byEmail(ctx context.Context, r Repos, email string) (*User, error) {
	found, err := r.Users().Find(ctx, lance.Filter{Eq: map[string]any{"email_key": EmailKey(email)}, Limit: 1})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// lockUser locks the user and others that sort before him, and reads him.
func lockUser(ctx context.Context, r Repos, id lance.UserID, others ...lance.Ref) (*User, error) {
	if err := r.Lock(ctx, append(others, Ref(id))...); err != nil {
		return nil, err
	}
	return r.Users().Get(ctx, id)
}

// save stores a changed user and tells what happened to him.
func save(ctx context.Context, r Repos, by lance.Actor, u *User, events ...lance.Payload) error {
	u.UpdatedAt = r.Now()
	if err := r.Users().Update(ctx, u); err != nil {
		return err
	}
	return tell(ctx, r, by, u, events...)
}

func tell(ctx context.Context, r Repos, by lance.Actor, u *User, events ...lance.Payload) error {
	return lance.Emit(ctx, r, by, lance.Change{Stream: u.Ref(), Version: u.Version, Parties: u.parties()}, events...)
}

func (u *User) parties() []lance.PartyID { return []lance.PartyID{lance.PartyID(u.ID)} }

func (u *User) changed() Changed { return Changed{User: u.ID, State: u.State, View: u.View} }

// setPassword stores the hash of a user's password; the caller saves the user.
func setPassword(ctx context.Context, r Repos, u *User, hash string) error {
	u.PasswordAt = r.Now()
	c, err := r.Credentials().Get(ctx, u.ID)
	if errors.Is(err, lance.NotFound) {
		return r.Credentials().Insert(ctx, &Credential{User: u.ID, Hash: hash, SetAt: r.Now()})
	}
	if err != nil {
		return err
	}
	c.Hash, c.SetAt = hash, r.Now()
	return r.Credentials().Update(ctx, c)
}
