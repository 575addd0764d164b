package auth

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
)

// ChangePassword sets a user's own password and ends every session of his, the
// one he asks from too: he signs in again. Faults: Unauthorized; Invalid with
// "password_wrong" at "/current", or with what the policy refuses at "/new";
// Precondition "password_unset" for one who has none (he resets it); Conflict
// "password_moved" when it was changed at the same time; Limited.
func (s *Service) ChangePassword(ctx context.Context, by lance.Actor, in ChangePasswordInput) error {
	const op = "auth.ChangePassword"
	u, err := s.self(ctx, by)
	if err != nil {
		return lance.Op(op, err)
	}
	if err := in.check(s.o.Passwords, u); err != nil {
		return lance.Op(op, err)
	}
	if err := s.allow(ctx, op, in.Client, "", u.ID); err != nil {
		return lance.Op(op, err)
	}
	p, err := s.prove(ctx, u.Email, in.Current)
	if err != nil {
		return lance.Op(op, err)
	}
	if p.cred == 0 {
		return lance.Op(op, lance.E(lance.Precondition, "password_unset", "there is no password to change: reset it"))
	}
	if !p.right {
		var f lance.Faults
		f.Add("/current", "password_wrong", "this is not the present password")
		return lance.Op(op, f.Err())
	}
	hash, err := s.hash(ctx, in.New)
	if err != nil {
		return lance.Op(op, err)
	}
	return lance.Op(op, s.db.InTx(ctx, func(ctx context.Context, r Repos) error { return changePassword(ctx, r, by, p, hash) }))
}

func (in *ChangePasswordInput) check(p PasswordPolicy, u *User) error {
	var f lance.Faults
	f.Check("/current", present(in.Current))
	f.Check("/new", p.Check(in.New, u.Email, u.Name))
	f.Check("/client", in.Client.clean())
	return f.Err()
}

func changePassword(ctx context.Context, r Repos, by lance.Actor, p proof, hash string) error {
	u, err := lockUser(ctx, r, p.user)
	if err != nil {
		return err
	}
	c, err := r.Credentials().Get(ctx, u.ID)
	if err != nil {
		return err
	}
	if c.Version != p.cred {
		return lance.E(lance.Conflict, "password_moved", "the password was changed meanwhile")
	}
	if err := setPassword(ctx, r, u, hash); err != nil {
		return err
	}
	if err := save(ctx, r, by, u, PasswordChanged{u.changed()}); err != nil {
		return err
	}
	_, err = endAll(ctx, r, by, u.ID, ReasonPassword)
	return err
}

// self returns the user who asks, or Unauthorized for nobody and for the engine.
func (s *Service) self(ctx context.Context, by lance.Actor) (*User, error) {
	if by.User == "" || by.IsSystem() {
		return nil, lance.E(lance.Unauthorized, "actor_required", "sign in first")
	}
	var u *User
	err := s.db.View(ctx, func(ctx context.Context, r Repos) (err error) {
		u, err = r.Users().Get(ctx, by.User)
		return err
	})
	return u, err
}

// Strength returns how hard a password is to guess and why. Personal words, such
// as the name, make one weaker that contains them. Anybody may ask; nothing is
// kept. A password over 256 bytes fails with Invalid "password_too_long".
func (s *Service) Strength(password Secret, personal ...string) (Strength, error) {
	var f lance.Faults
	if len(password) > MaxPassword {
		f.Add("/password", "password_too_long", "a password has at most 256 bytes")
	}
	if err := f.Err(); err != nil {
		return Strength{}, lance.Op("auth.Strength", err)
	}
	return StrengthOf(password, personal...), nil
}

// SessionQuery asks for a page of a user's sessions, the newest first.
type SessionQuery struct {
	User   lance.UserID // empty: the one who asks
	Active bool         // only those that have not ended
	lance.PageQuery
}

// SessionInfo is a session as its user sees it.
type SessionInfo struct {
	Session
	SeenAt  time.Time // when it was last given tokens, UTC; when it ended, for one that has
	Current bool      // the one that asks
}

// Sessions lists a user's sessions: his own, or with SessionsRead anybody's.
// Faults: Unauthorized; NotFound "user_not_found" for a stranger; Invalid
// "limit_range", "cursor_syntax".
func (s *Service) Sessions(ctx context.Context, by lance.Actor, q SessionQuery) (lance.Page[SessionInfo], error) {
	const op = "auth.Sessions"
	user, err := s.whose(by, q.User, SessionsRead)
	if err != nil {
		return lance.Page[SessionInfo]{}, lance.Op(op, err)
	}
	f := lance.Filter{Eq: map[string]any{"user": string(user)}, Order: "created_at", Desc: true}
	if q.Active {
		f.Eq["state"] = string(SessionActive)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (lance.Page[SessionInfo], error) {
		page, err := lance.List(ctx, r.Sessions(), SessionTable, f, q.PageQuery)
		if err != nil {
			return lance.Page[SessionInfo]{}, err
		}
		ids := make([]SessionID, len(page.Items))
		for i, ses := range page.Items {
			ids[i] = ses.ID
		}
		seen, err := r.Tokens().Latest(ctx, ids...)
		return convert(page, func(ses *Session) *SessionInfo {
			at := seen[ses.ID]
			if ses.State != SessionActive {
				at = ses.EndedAt
			}
			return &SessionInfo{Session: *ses, SeenAt: at, Current: by.Session == string(ses.ID)}
		}), err
	})
}

func convert[A, B any](p lance.Page[A], f func(*A) *B) lance.Page[B] {
	out := lance.Page[B]{Next: p.Next, Items: make([]*B, len(p.Items))}
	for i, a := range p.Items {
		out.Items[i] = f(a)
	}
	return out
}

// whose returns the user that is asked about: the one who asks, or with the
// permission another.
func (s *Service) whose(by lance.Actor, user lance.UserID, perm Permission) (lance.UserID, error) {
	if err := by.Require(); err != nil {
		return "", err
	}
	if user == "" {
		user = by.User
	}
	if user != by.User && !s.o.Permissions.Allows(by, perm) {
		return "", UserTable.NotFound()
	}
	return user, nil
}

// RevokeSession ends a session: one's own, or with SessionsRevoke anybody's.
// Faults: Unauthorized; NotFound "session_not_found" for a stranger;
// Precondition "session_state" for one that has ended.
func (s *Service) RevokeSession(ctx context.Context, by lance.Actor, id SessionID) error {
	const op = "auth.RevokeSession"
	if err := by.Require(); err != nil {
		return lance.Op(op, err)
	}
	return lance.Op(op, s.db.InTx(ctx, func(ctx context.Context, r Repos) error {
		ses, err := r.Sessions().Get(ctx, id)
		if err != nil {
			return err
		}
		if ses.User != by.User && !s.o.Permissions.Allows(by, SessionsRevoke) {
			return SessionTable.NotFound()
		}
		if _, err := lockUser(ctx, r, ses.User, ses.Ref()); err != nil {
			return err
		}
		if ses, err = r.Sessions().Get(ctx, id); err != nil {
			return err
		}
		return ses.end(ctx, r, by, ReasonRevoked, s.revoker(by, ses.User)...)
	}))
}

// revoker returns what an actor who may revoke is to a session.
func (s *Service) revoker(by lance.Actor, user lance.UserID) []lance.Relation {
	if by.User == user {
		return []lance.Relation{BySelf}
	}
	return []lance.Relation{lance.ByAdmin}
}

// RevokeSessions ends every session of a user, the one that asks too, and
// returns how many these were: one's own, or with SessionsRevoke anybody's. An
// empty user is the one who asks. Faults: Unauthorized; NotFound
// "user_not_found" for a stranger.
func (s *Service) RevokeSessions(ctx context.Context, by lance.Actor, user lance.UserID) (int, error) {
	const op = "auth.RevokeSessions"
	user, err := s.whose(by, user, SessionsRevoke)
	if err != nil {
		return 0, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (int, error) {
		active, err := activeSessions(ctx, r, user)
		if err != nil {
			return 0, err
		}
		refs := make([]lance.Ref, len(active))
		for i, ses := range active {
			refs[i] = ses.Ref()
		}
		if _, err := lockUser(ctx, r, user, refs...); err != nil {
			return 0, err
		}
		return endAll(ctx, r, by, user, ReasonRevoked)
	})
}

// LoginQuery asks for a page of attempts to sign in, the newest first.
type LoginQuery struct {
	User lance.UserID // empty: the one who asks
	lance.PageQuery
}

// Logins lists the attempts to sign in as a user: one's own, or with LoginsRead
// anybody's. Faults: Unauthorized; NotFound "user_not_found" for a stranger;
// Invalid "limit_range", "cursor_syntax".
func (s *Service) Logins(ctx context.Context, by lance.Actor, q LoginQuery) (lance.Page[Login], error) {
	const op = "auth.Logins"
	user, err := s.whose(by, q.User, LoginsRead)
	if err != nil {
		return lance.Page[Login]{}, lance.Op(op, err)
	}
	f := lance.Filter{Eq: map[string]any{"user": string(user)}, Order: "at", Desc: true}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (lance.Page[Login], error) {
		return lance.List(ctx, r.Logins(), LoginTable, f, q.PageQuery)
	})
}

// sameRoles reports whether two lists name the same roles.
func sameRoles(a, b []lance.Role) bool { return slices.Equal(sortedRoles(a), sortedRoles(b)) }
