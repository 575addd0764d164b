package auth

import (
	"context"
	"errors"
	"time"

	"github.com/megilance/lance"
)

// Register makes a user and asks him to prove his address. For an address that
// is known it changes nothing, mails its owner at most once a day that somebody
// tried, and answers alike. Faults: Invalid "invalid_input"; Limited.
//
// Registering has no idempotency key: the address is one.
func (s *Service) Register(ctx context.Context, in RegisterInput) error {
	const op = "auth.Register"
	if err := in.check(s.o.Passwords); err != nil {
		return lance.Op(op, err)
	}
	if err := s.allow(ctx, op, in.Client, in.Email); err != nil {
		return lance.Op(op, err)
	}
	hash, err := s.hash(ctx, in.Password)
	if err != nil {
		return lance.Op(op, err)
	}
	register := func(ctx context.Context, r Repos) error { return s.register(ctx, r, in, hash) }
	err = s.db.InTx(ctx, register)
	if errors.Is(err, lance.Exists) { // another registered the address at the same time
		err = s.db.InTx(ctx, register)
	}
	return lance.Op(op, err)
}

func (s *Service) register(ctx context.Context, r Repos, in RegisterInput, hash string) error {
	known, err := byEmail(ctx, r, in.Email)
	if err != nil {
		return err
	}
	if known != nil {
		return r.Deliveries().Enqueue(ctx, knownMail(known.ID, r.Now()))
	}
	u := &User{
		ID: lance.NewID[lance.UserID]("usr", r), Email: in.Email, EmailKey: EmailKey(in.Email),
		Name: in.Name, View: in.View, State: Lifecycle.Start(), CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
	if err := insert(ctx, r, u, hash); err != nil {
		return err
	}
	by := lance.Person(u.ID)
	if err := tell(ctx, r, by, u, Registered{u.changed()}); err != nil {
		return err
	}
	return s.issue(ctx, r, by, u, VerifyEmail)
}

// insert stores a new user and his password's hash, if he has one.
func insert(ctx context.Context, r Repos, u *User, hash string) error {
	if hash != "" {
		u.PasswordAt = r.Now()
	}
	if err := r.Users().Insert(ctx, u); err != nil || hash == "" {
		return err
	}
	return r.Credentials().Insert(ctx, &Credential{User: u.ID, Hash: hash, SetAt: r.Now()})
}

// RequestVerification mails a new code to a user who has not proven his address.
// It answers alike for every address, and does nothing within a minute of the
// code before. Faults: Invalid "invalid_input"; Limited; Unavailable
// "codes_unavailable" without Options.Codes.
func (s *Service) RequestVerification(ctx context.Context, in RequestInput) error {
	return lance.Op("auth.RequestVerification", s.request(ctx, "auth.RequestVerification", in, VerifyEmail))
}

// RequestReset mails a code to a user, by which he can set a new password. It
// answers alike for every address, and does nothing within a minute of the code
// before. Faults: Invalid "invalid_input"; Limited; Unavailable
// "codes_unavailable" without Options.Codes.
func (s *Service) RequestReset(ctx context.Context, in RequestInput) error {
	return lance.Op("auth.RequestReset", s.request(ctx, "auth.RequestReset", in, ResetPassword))
}

func (s *Service) request(ctx context.Context, op string, in RequestInput, kind ChallengeKind) error {
	if s.o.Codes == nil {
		return errNoCodes()
	}
	if err := in.check(); err != nil {
		return err
	}
	if err := s.allow(ctx, op, in.Client, in.Email); err != nil {
		return err
	}
	return s.db.InTx(ctx, func(ctx context.Context, r Repos) error {
		u, open, err := challenged(ctx, r, in.Email, kind)
		if err != nil || u == nil || u.State != StateActive || (kind == VerifyEmail && u.Verified()) {
			return err
		}
		if open != nil && r.Now().Sub(open.CreatedAt) < codePause {
			return nil
		}
		return s.issue(ctx, r, lance.System("auth.code_requested"), u, kind)
	})
}

func errNoCodes() error {
	return lance.E(lance.Unavailable, "codes_unavailable", "codes cannot be mailed here")
}

// challenged returns the user with an address, locked, and his open challenge of
// a kind; nil for none.
func challenged(ctx context.Context, r Repos, email string, kind ChallengeKind) (*User, *Challenge, error) {
	u, err := byEmail(ctx, r, email)
	if err != nil || u == nil {
		return nil, nil, err
	}
	before, err := openChallenge(ctx, r, u.ID, kind)
	if err != nil {
		return nil, nil, err
	}
	var refs []lance.Ref
	if before != nil {
		refs = append(refs, before.Ref())
	}
	if u, err = lockUser(ctx, r, u.ID, refs...); err != nil {
		return nil, nil, err
	}
	open, err := openChallenge(ctx, r, u.ID, kind)
	return u, open, err
}

func openChallenge(ctx context.Context, r Repos, user lance.UserID, kind ChallengeKind) (*Challenge, error) {
	found, err := r.Challenges().Find(ctx, lance.Filter{Eq: map[string]any{"user": string(user), "open": string(kind)}, Limit: 1})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// issue asks the user to prove his address, in place of an earlier challenge.
func (s *Service) issue(ctx context.Context, r Repos, by lance.Actor, u *User, kind ChallengeKind) error {
	if s.o.Codes == nil {
		return nil
	}
	open, err := openChallenge(ctx, r, u.ID, kind)
	if err != nil {
		return err
	}
	if open != nil {
		if err := open.step(ctx, r, by, ReplaceChallenge); err != nil {
			return err
		}
	}
	c := &Challenge{
		ID: lance.NewID[ChallengeID]("chl", r), User: u.ID, Kind: kind, State: ChallengeLifecycle.Start(),
		CreatedAt: r.Now(), ExpiresAt: lance.Instant(r.Now().Add(s.o.CodeTTL)),
	}
	if err := r.Challenges().Insert(ctx, c); err != nil {
		return err
	}
	if err := r.Timers().Set(ctx, lance.Timer{Owner: c.Ref(), Kind: challengeExpiry, DueAt: c.ExpiresAt}); err != nil {
		return err
	}
	if err := c.tell(ctx, r, by, ChallengeIssued{c.changed()}); err != nil {
		return err
	}
	return r.Deliveries().Enqueue(ctx, challengeMail(c))
}

// step takes a challenge one action on in its lifecycle, stores it and says so.
func (c *Challenge) step(ctx context.Context, r Repos, by lance.Actor, do ChallengeAction) error {
	as := ByHolder
	if do == ExpireChallenge {
		as = lance.ByClock
	}
	next, err := ChallengeLifecycle.Next(c.State, do, as)
	if err != nil {
		return err
	}
	if c.State = next; ChallengeLifecycle.Terminal(next) {
		c.EndedAt = r.Now()
		if err := r.Timers().Cancel(ctx, c.Ref()); err != nil {
			return err
		}
	}
	if err := r.Challenges().Update(ctx, c); err != nil {
		return err
	}
	return c.tell(ctx, r, by, c.event(do))
}

func (c *Challenge) event(do ChallengeAction) lance.Payload {
	switch do {
	case MeetChallenge:
		return ChallengePassed{c.changed()}
	case MissChallenge, LockChallenge:
		return ChallengeMissed{c.changed()}
	default:
		return ChallengeClosed{c.changed()}
	}
}

func (c *Challenge) changed() ChallengeChanged {
	return ChallengeChanged{Challenge: c.ID, User: c.User, Kind: c.Kind, State: c.State}
}

func (c *Challenge) tell(ctx context.Context, r Repos, by lance.Actor, p lance.Payload) error {
	return lance.Emit(ctx, r, by, lance.Change{Stream: c.Ref(), Version: c.Version, Parties: []lance.PartyID{lance.PartyID(c.User)}}, p)
}

// meet compares a code with the open challenge of an address. A wrong one is
// counted, so the caller commits whatever the answer. A right one ends the
// challenge.
func (s *Service) meet(ctx context.Context, r Repos, email string, kind ChallengeKind, code Secret) (u *User, right bool, err error) {
	u, c, err := challenged(ctx, r, email, kind)
	if err != nil {
		return nil, false, err
	}
	if u == nil || c == nil || u.State != StateActive || !r.Now().Before(c.ExpiresAt) {
		s.o.Codes.right("", code) // as much work as for a challenge
		return nil, false, nil
	}
	if s.o.Codes.right(c.ID, code) {
		return u, true, c.step(ctx, r, lance.Person(u.ID), MeetChallenge)
	}
	do := MissChallenge
	if c.Missed++; c.Missed >= maxMissed {
		do = LockChallenge
	}
	return nil, false, c.step(ctx, r, lance.System("auth.wrong_code"), do)
}

// errCode is the one answer to every code that does not do.
func errCode() error {
	var f lance.Faults
	f.Add("/code", "code_invalid", "this code is wrong, used or too old")
	return f.Err()
}

// VerifyEmail proves an address by the code that was mailed to it. Faults:
// Invalid with "code_invalid" at "/code", alike for a wrong, an old and a used
// code and for an unknown address; after five wrong codes the right one is
// refused too. Limited; Unavailable "codes_unavailable".
func (s *Service) VerifyEmail(ctx context.Context, in VerifyInput) error {
	const op = "auth.VerifyEmail"
	if s.o.Codes == nil {
		return lance.Op(op, errNoCodes())
	}
	if err := in.check(); err != nil {
		return lance.Op(op, err)
	}
	if err := s.allow(ctx, op, in.Client, in.Email); err != nil {
		return lance.Op(op, err)
	}
	done, err := lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (bool, error) {
		u, right, err := s.meet(ctx, r, in.Email, VerifyEmail, in.Code)
		if err != nil || !right {
			return false, err
		}
		u.VerifiedAt = r.Now()
		return true, save(ctx, r, lance.Person(u.ID), u, EmailVerified{u.changed()})
	})
	if err == nil && !done {
		err = errCode()
	}
	return lance.Op(op, err)
}

// ResetPassword sets a password by the code that was mailed, which proves the
// address too, and ends every session of the user. Faults: as VerifyEmail, and
// Invalid for a password that the policy refuses.
func (s *Service) ResetPassword(ctx context.Context, in ResetInput) error {
	const op = "auth.ResetPassword"
	if s.o.Codes == nil {
		return lance.Op(op, errNoCodes())
	}
	if err := in.check(s.o.Passwords); err != nil {
		return lance.Op(op, err)
	}
	if err := s.allow(ctx, op, in.Client, in.Email); err != nil {
		return lance.Op(op, err)
	}
	hash, err := s.hash(ctx, in.Password)
	if err != nil {
		return lance.Op(op, err)
	}
	done, err := lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (bool, error) { return s.reset(ctx, r, in, hash) })
	if err == nil && !done {
		err = errCode()
	}
	return lance.Op(op, err)
}

func (s *Service) reset(ctx context.Context, r Repos, in ResetInput, hash string) (bool, error) {
	u, right, err := s.meet(ctx, r, in.Email, ResetPassword, in.Code)
	if err != nil || !right {
		return false, err
	}
	by := lance.Person(u.ID)
	if err := setPassword(ctx, r, u, hash); err != nil {
		return false, err
	}
	events := []lance.Payload{PasswordChanged{u.changed()}}
	if !u.Verified() {
		u.VerifiedAt = r.Now()
		events = append(events, EmailVerified{u.changed()})
	}
	if err := save(ctx, r, by, u, events...); err != nil {
		return false, err
	}
	_, err = endAll(ctx, r, by, u.ID, ReasonPassword)
	return true, err
}

// challengeExpiry is the kind of the timer that ends a challenge.
const challengeExpiry = "auth.challenge_expiry"

func expireChallenge(ctx context.Context, r Repos, t lance.Timer) error {
	c, err := r.Challenges().Get(ctx, ChallengeID(t.Owner.ID))
	if err != nil {
		return err
	}
	if err := r.Lock(ctx, Ref(c.User)); err != nil {
		return err
	}
	if c, err = r.Challenges().Get(ctx, c.ID); err != nil || c.State != ChallengeOpen {
		return err
	}
	return c.step(ctx, r, lance.System(challengeExpiry), ExpireChallenge)
}

// day is how often the owner of an address hears that somebody tried it.
const day = 24 * time.Hour
