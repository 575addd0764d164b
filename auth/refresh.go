package auth

import (
	"context"
	"time"

	"github.com/megilance/lance"
)

// Refresh changes a refresh token for a new pair. Its predecessor may come again
// for ten seconds and gets a pair of its own, since two requests of one client
// may cross; one that comes later was copied, and the whole session ends. Every
// refusal is Unauthorized "token_invalid". Faults: Limited; Invalid for a client
// that is none.
func (s *Service) Refresh(ctx context.Context, in RefreshInput) (*SignedIn, error) {
	const op = "auth.Refresh"
	if len(in.Token) > maxToken {
		return nil, lance.Op(op, errToken())
	}
	var f lance.Faults
	f.Check("/client", in.Client.clean())
	if err := f.Err(); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := s.allow(ctx, op, in.Client, ""); err != nil {
		return nil, lance.Op(op, err)
	}
	v, err := lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (verdict, error) { return s.refresh(ctx, r, in.Token) })
	if err != nil {
		return nil, err
	}
	return v.in, lance.Op(op, v.refused)
}

func (s *Service) refresh(ctx context.Context, r Repos, secret Secret) (verdict, error) {
	t, ses, u, err := lockSession(ctx, r, secret)
	if err != nil {
		return verdict{}, err
	}
	switch {
	case ses.State != SessionActive, u.State != StateActive, !r.Now().Before(t.ExpiresAt):
		return verdict{}, errToken()
	case t.SpentAt.IsZero():
		err = r.Tokens().Spend(ctx, t.Hash, r.Now())
	case r.Now().Sub(t.SpentAt) > ReuseGrace:
		return verdict{refused: errToken()}, ses.end(ctx, r, lance.System("auth.reuse"), ReasonReuse, ByGuard)
	}
	if err != nil {
		return verdict{}, err
	}
	if _, err := r.Tokens().Forget(ctx, ses.ID, r.Now()); err != nil {
		return verdict{}, err
	}
	in, err := s.tokens(ctx, r, u, ses)
	return verdict{in: in}, err
}

// lockSession locks what a refresh token belongs to, then reads it.
func lockSession(ctx context.Context, r Repos, secret Secret) (*Token, *Session, *User, error) {
	t, err := token(ctx, r, secret, RefreshToken)
	if err != nil {
		return nil, nil, nil, err
	}
	ses, err := r.Sessions().Get(ctx, t.Session)
	if err != nil {
		return nil, nil, nil, err
	}
	u, err := lockUser(ctx, r, ses.User, ses.Ref())
	if err != nil {
		return nil, nil, nil, err
	}
	if ses, err = r.Sessions().Get(ctx, ses.ID); err != nil {
		return nil, nil, nil, err
	}
	t, err = token(ctx, r, secret, RefreshToken)
	return t, ses, u, err
}

// Logout ends the session of a refresh token. A token that does not do has no
// session to end: that is no fault.
func (s *Service) Logout(ctx context.Context, refresh Secret) error {
	const op = "auth.Logout"
	if len(refresh) > maxToken {
		return nil
	}
	err := s.db.InTx(ctx, func(ctx context.Context, r Repos) error {
		_, ses, u, err := lockSession(ctx, r, refresh)
		if lance.CodeOf(err) == "token_invalid" {
			return nil
		}
		if err != nil || ses.State != SessionActive {
			return err
		}
		return ses.end(ctx, r, u.Actor(ses.ID), ReasonLogout, BySelf)
	})
	return lance.Op(op, err)
}

// end revokes a session: none of its tokens is good any more.
func (ses *Session) end(ctx context.Context, r Repos, by lance.Actor, why Reason, as ...lance.Relation) error {
	next, err := SessionLifecycle.Next(ses.State, RevokeSession, as...)
	if err != nil {
		return err
	}
	ses.State, ses.Reason = next, why
	return ses.close(ctx, r, by, func() lance.Payload { return SessionEnded{ses.changed(), why} })
}

// close stores a session that has ended, forgets its tokens and tells of it.
func (ses *Session) close(ctx context.Context, r Repos, by lance.Actor, event func() lance.Payload) error {
	ses.EndedAt = r.Now()
	if err := r.Sessions().Update(ctx, ses); err != nil {
		return err
	}
	if _, err := r.Tokens().Forget(ctx, ses.ID, time.Time{}); err != nil {
		return err
	}
	if err := r.Timers().Cancel(ctx, ses.Ref()); err != nil {
		return err
	}
	return ses.tell(ctx, r, by, event())
}

func (ses *Session) changed() SessionChanged {
	return SessionChanged{Session: ses.ID, User: ses.User}
}

func (ses *Session) tell(ctx context.Context, r Repos, by lance.Actor, p lance.Payload) error {
	return lance.Emit(ctx, r, by, lance.Change{Stream: ses.Ref(), Version: ses.Version, Parties: []lance.PartyID{lance.PartyID(ses.User)}}, p)
}

// activeSessions returns the sessions of a user that have not ended.
func activeSessions(ctx context.Context, r Repos, user lance.UserID) ([]*Session, error) {
	return r.Sessions().Find(ctx, lance.Filter{Eq: map[string]any{"user": string(user), "state": string(SessionActive)}})
}

// endAll revokes every active session of a user who is locked, and returns how
// many these were.
func endAll(ctx context.Context, r Repos, by lance.Actor, user lance.UserID, why Reason) (int, error) {
	active, err := activeSessions(ctx, r, user)
	if err != nil {
		return 0, err
	}
	for _, ses := range active {
		if err := ses.end(ctx, r, by, why, ByGuard); err != nil {
			return 0, err
		}
	}
	return len(active), nil
}

// sessionExpiry is the kind of the timer that ends a session.
const sessionExpiry = "auth.session_expiry"

func expireSession(ctx context.Context, r Repos, t lance.Timer) error {
	ses, err := r.Sessions().Get(ctx, SessionID(t.Owner.ID))
	if err != nil {
		return err
	}
	if err := r.Lock(ctx, Ref(ses.User)); err != nil {
		return err
	}
	if ses, err = r.Sessions().Get(ctx, ses.ID); err != nil || ses.State != SessionActive {
		return err
	}
	if ses.State, err = SessionLifecycle.Next(ses.State, ExpireSession, lance.ByClock); err != nil {
		return err
	}
	return ses.close(ctx, r, lance.System(sessionExpiry), func() lance.Payload { return SessionRanOut{ses.changed()} })
}

// Jobs is what this domain does by itself: sessions and challenges expire. Who
// sends mail adds a relay for MailRelay.
func Jobs() lance.Jobs[Repos] {
	return lance.Jobs[Repos]{Timers: map[string]lance.Fire[Repos]{
		sessionExpiry:   expireSession,
		challengeExpiry: expireChallenge,
	}}
}
