package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"github.com/megilance/lance"
)

// SignedIn is what a client gets that signed in or refreshed.
type SignedIn struct {
	User             *User
	Session          SessionID
	IssuedAt         time.Time // of both tokens, UTC
	Access           Secret    // to be shown with every request
	AccessExpiresAt  time.Time // UTC
	Refresh          Secret    // to be shown to Refresh, once
	RefreshExpiresAt time.Time // UTC
}

// errLogin is the one answer to an unknown address and to a wrong password.
func errLogin() error {
	return lance.E(lance.Unauthorized, "login_failed", "the address or the password is wrong")
}

// errToken is the one answer to a token that does not do.
func errToken() error {
	return lance.E(lance.Unauthorized, "token_invalid", "sign in again")
}

// Login signs a user in by his address and password. Every attempt is kept in
// the user's history. Faults: Unauthorized "login_failed", alike and with the
// same work for an unknown address and a wrong password; with the right password
// Forbidden "user_suspended", and "email_unverified" where that is required;
// Invalid "invalid_input"; Limited.
func (s *Service) Login(ctx context.Context, in LoginInput) (*SignedIn, error) {
	const op = "auth.Login"
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := s.allow(ctx, op, in.Client, in.Email); err != nil {
		return nil, lance.Op(op, err)
	}
	p, err := s.prove(ctx, in.Email, in.Password)
	if err != nil {
		return nil, lance.Op(op, err)
	}
	v, err := lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (verdict, error) { return s.admit(ctx, r, p, in.Client) })
	if err != nil {
		return nil, err
	}
	return v.in, lance.Op(op, v.refused)
}

// verdict is what came of an attempt; a refusal is kept, so the transaction
// commits.
type verdict struct {
	in      *SignedIn
	refused error
}

// proof is what comparing a password has shown.
type proof struct {
	user  lance.UserID // empty for an unknown address
	right bool
	cred  int64  // the version of the credential that was compared
	renew string // the hash to be stored instead, if any
}

// prove compares a password outside any transaction: that takes its time.
func (s *Service) prove(ctx context.Context, email string, password Secret) (proof, error) {
	var p proof
	var hash string
	err := s.db.View(ctx, func(ctx context.Context, r Repos) error {
		u, err := byEmail(ctx, r, email)
		if err != nil || u == nil {
			return err
		}
		p.user = u.ID
		c, err := r.Credentials().Get(ctx, u.ID)
		if errors.Is(err, lance.NotFound) {
			return nil
		}
		if err == nil {
			p.cred, hash = c.Version, c.Hash
		}
		return err
	})
	if err != nil {
		return p, err
	}
	right, renew, err := s.o.Hasher.Check(ctx, hash, password)
	if p.right = right; err == nil && right && renew {
		p.renew, err = s.hash(ctx, password)
	}
	return p, err
}

// admit opens a session for who has proven himself, and keeps the attempt.
func (s *Service) admit(ctx context.Context, r Repos, p proof, from Client) (verdict, error) {
	try := &Login{ID: lance.NewID[LoginID]("lgn", r), User: p.user, Result: LoginWrong, At: r.Now(), Client: from}
	if !p.right {
		return verdict{refused: errLogin()}, r.Logins().Insert(ctx, try)
	}
	u, err := lockUser(ctx, r, p.user)
	if err != nil {
		return verdict{}, err
	}
	c, err := r.Credentials().Get(ctx, u.ID)
	if err != nil {
		return verdict{}, err
	}
	var v verdict
	if try.Result, v.refused = s.refusal(u, c, p); v.refused != nil {
		return v, r.Logins().Insert(ctx, try)
	}
	if p.renew != "" {
		c.Hash = p.renew
		if err := r.Credentials().Update(ctx, c); err != nil {
			return verdict{}, err
		}
	}
	if v.in, err = s.open(ctx, r, u, from); err != nil {
		return verdict{}, err
	}
	try.Session = v.in.Session
	return v, r.Logins().Insert(ctx, try)
}

// refusal says why a user with the right password may not come in, if so.
func (s *Service) refusal(u *User, c *Credential, p proof) (Result, error) {
	switch {
	case c.Version != p.cred, u.State == StateDeleted:
		return LoginWrong, errLogin()
	case u.State != StateActive:
		return LoginSuspended, lance.E(lance.Forbidden, "user_suspended", "this user is suspended")
	case s.o.RequireVerified && !u.Verified():
		return LoginUnverified, lance.E(lance.Forbidden, "email_unverified", "prove your e-mail address first")
	}
	return LoginOK, nil
}

// open begins a session.
func (s *Service) open(ctx context.Context, r Repos, u *User, from Client) (*SignedIn, error) {
	ses := &Session{
		ID: lance.NewID[SessionID]("ses", r), User: u.ID, State: SessionLifecycle.Start(), Client: from,
		CreatedAt: r.Now(), ExpiresAt: lance.Instant(r.Now().Add(s.o.SessionTTL)),
	}
	if err := r.Sessions().Insert(ctx, ses); err != nil {
		return nil, err
	}
	if err := ses.tell(ctx, r, lance.Person(u.ID), SessionOpened{ses.changed()}); err != nil {
		return nil, err
	}
	return s.tokens(ctx, r, u, ses)
}

// tokens gives a session a new pair of tokens and sets its timer anew.
func (s *Service) tokens(ctx context.Context, r Repos, u *User, ses *Session) (*SignedIn, error) {
	in := &SignedIn{
		User: u, Session: ses.ID, IssuedAt: r.Now(),
		Access: newToken(r, "lat_"), AccessExpiresAt: earlier(r.Now().Add(s.o.AccessTTL), ses.ExpiresAt),
		Refresh: newToken(r, "lrt_"), RefreshExpiresAt: earlier(r.Now().Add(s.o.IdleTTL), ses.ExpiresAt),
	}
	err := r.Tokens().Add(ctx,
		Token{Hash: hashToken(in.Access), Kind: AccessToken, Session: ses.ID, IssuedAt: r.Now(), ExpiresAt: in.AccessExpiresAt},
		Token{Hash: hashToken(in.Refresh), Kind: RefreshToken, Session: ses.ID, IssuedAt: r.Now(), ExpiresAt: in.RefreshExpiresAt},
	)
	if err != nil {
		return nil, err
	}
	return in, r.Timers().Set(ctx, lance.Timer{Owner: ses.Ref(), Kind: sessionExpiry, DueAt: in.RefreshExpiresAt})
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		a = b
	}
	return lance.Instant(a)
}

// newToken makes a token of 32 random bytes. Its prefix lets a scanner find one
// that leaked.
func newToken(w lance.World, prefix string) Secret {
	b := make([]byte, 32)
	w.Entropy().Fill(b)
	return Secret(prefix + base64.RawURLEncoding.EncodeToString(b))
}

// hashToken returns under what a token is kept: with that much randomness in it,
// one round of SHA-256 is enough.
func hashToken(t Secret) lance.Hash { return sha256.Sum256([]byte(t)) }

// maxToken bounds what is looked at, in bytes.
const maxToken = 128

// Authenticate returns the actor of an access token: the one place where tokens
// are judged. Faults: Unauthorized "token_invalid" for a token that is unknown,
// of another kind or of a session or user that has ended; Unauthorized
// "token_expired" for one that has to be refreshed.
func (s *Service) Authenticate(ctx context.Context, access Secret) (lance.Actor, error) {
	const op = "auth.Authenticate"
	if len(access) > maxToken {
		return lance.Actor{}, lance.Op(op, errToken())
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (lance.Actor, error) {
		t, err := token(ctx, r, access, AccessToken)
		if err != nil {
			return lance.Actor{}, err
		}
		if !r.Now().Before(t.ExpiresAt) {
			return lance.Actor{}, lance.E(lance.Unauthorized, "token_expired", "refresh the access token")
		}
		ses, err := r.Sessions().Get(ctx, t.Session)
		if err != nil {
			return lance.Actor{}, err
		}
		u, err := r.Users().Get(ctx, ses.User)
		if err != nil {
			return lance.Actor{}, err
		}
		if ses.State != SessionActive || u.State != StateActive {
			return lance.Actor{}, errToken()
		}
		return u.Actor(ses.ID), nil
	})
}

// token returns what is kept of a token of a kind, or Unauthorized.
func token(ctx context.Context, r Repos, secret Secret, kind TokenKind) (*Token, error) {
	t, err := r.Tokens().Get(ctx, hashToken(secret))
	if errors.Is(err, lance.NotFound) || (err == nil && t.Kind != kind) {
		return nil, errToken()
	}
	return t, err
}
