package auth

import (
	"context"
	"time"

	"github.com/megilance/lance"
)

// Create makes a user, for an administrator. One without a password sets it by a
// reset; one without a proven address is asked to prove it. Faults:
// Unauthorized; Forbidden "role_required"; Invalid "invalid_input"; Exists
// "user_exists" for an address that is taken; Conflict "key_reused" (passwords
// are not compared).
func (s *Service) Create(ctx context.Context, by lance.Actor, in CreateInput) (*User, error) {
	const op = "auth.Create"
	if err := s.o.Permissions.Check(by, UsersCreate); err != nil {
		return nil, lance.Op(op, err)
	}
	in.Roles = sortedRoles(in.Roles)
	if err := in.check(s.o.Passwords, s.o.Permissions.Roles()); err != nil {
		return nil, lance.Op(op, err)
	}
	hash := in.Hash.Reveal()
	if in.Password != "" {
		var err error
		if hash, err = s.hash(ctx, in.Password); err != nil {
			return nil, lance.Op(op, err)
		}
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*User, error) { return s.create(ctx, r, by, in, hash) })
}

func (s *Service) create(ctx context.Context, r Repos, by lance.Actor, in CreateInput, hash string) (*User, error) {
	id := lance.NewID[lance.UserID]("usr", r)
	known, first, err := lance.Once(ctx, r, by, in.Key, "auth.Create", in, string(id))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Users().Get(ctx, lance.UserID(known))
	}
	u := &User{
		ID: id, Email: in.Email, EmailKey: EmailKey(in.Email), Name: in.Name, View: in.View,
		Roles: in.Roles, State: Lifecycle.Start(), CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
	if in.Verified {
		u.VerifiedAt = r.Now()
	}
	if err := insert(ctx, r, u, hash); err != nil {
		return nil, err
	}
	if err := tell(ctx, r, by, u, Created{u.changed(), u.Roles}); err != nil || in.Verified {
		return u, err
	}
	return u, s.issue(ctx, r, by, u, VerifyEmail)
}

// Get returns a user: oneself, or with UsersReadAny anybody, deleted ones too.
// Faults: Unauthorized; NotFound "user_not_found".
func (s *Service) Get(ctx context.Context, by lance.Actor, id lance.UserID) (*User, error) {
	const op = "auth.Get"
	id, err := s.whose(by, id, UsersReadAny)
	if err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (*User, error) { return r.Users().Get(ctx, id) })
}

// Query asks for a page of the directory, the newest first.
type Query struct {
	View  View  // empty: all
	State State // empty: all that may be seen
	lance.PageQuery
}

// Entry is a user as the directory shows him.
type Entry struct {
	ID        lance.UserID
	Name      string
	Email     string // "j***@domain.com", but in full to oneself and with UsersReadAny
	View      View
	State     State
	Roles     []lance.Role // with UsersReadAny alone
	Verified  bool
	CreatedAt time.Time // UTC
}

// List shows the directory to who is signed in. Without UsersReadAny it holds
// active users only, with their addresses masked. Faults: Unauthorized;
// Invalid "limit_range", "cursor_syntax", "view_unknown".
func (s *Service) List(ctx context.Context, by lance.Actor, q Query) (lance.Page[Entry], error) {
	const op = "auth.List"
	if err := s.o.Permissions.Check(by, UsersList); err != nil {
		return lance.Page[Entry]{}, lance.Op(op, err)
	}
	full := s.o.Permissions.Allows(by, UsersReadAny)
	f, err := q.filter(full)
	if err != nil {
		return lance.Page[Entry]{}, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (lance.Page[Entry], error) {
		page, err := lance.List(ctx, r.Users(), UserTable, f, q.PageQuery)
		return convert(page, func(u *User) *Entry { return u.entry(full, by) }), err
	})
}

func (q Query) filter(full bool) (lance.Filter, error) {
	eq := map[string]any{}
	if q.View != "" {
		var f lance.Faults
		f.Check("/view", q.View.check())
		if err := f.Err(); err != nil {
			return lance.Filter{}, err
		}
		eq["view"] = string(q.View)
	}
	f := lance.Filter{Eq: eq, Order: "created_at", Desc: true}
	switch {
	case !full && q.State != "" && q.State != StateActive:
		f.In = map[string][]string{"state": {}} // nobody: he may see active ones only
	case !full:
		eq["state"] = string(StateActive)
	case q.State != "":
		eq["state"] = string(q.State)
	}
	return f, nil
}

func (u *User) entry(full bool, by lance.Actor) *Entry {
	e := &Entry{
		ID: u.ID, Name: u.Name, Email: MaskEmail(u.Email), View: u.View, State: u.State,
		Verified: u.Verified(), CreatedAt: u.CreatedAt,
	}
	if full || by.User == u.ID {
		e.Email, e.Roles = u.Email, u.Roles
	}
	return e
}

// Edit changes a user's name and view: one's own, or with UsersEditAny
// anybody's. Faults: Unauthorized; NotFound "user_not_found" for a stranger;
// Invalid "invalid_input"; Precondition "user_state"; Stale "user_stale".
func (s *Service) Edit(ctx context.Context, by lance.Actor, in EditInput) (*User, error) {
	const op = "auth.Edit"
	id, err := s.whose(by, in.User, UsersEditAny)
	if err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	return s.change(ctx, op, by, id, in.Version, Edit, func(_ context.Context, _ Repos, u *User) (lance.Payload, error) {
		u.Name, u.View = in.Name, in.View
		return Edited{u.changed()}, nil
	})
}

// Grant sets which roles a user has, for an administrator who is not that user,
// and ends the user's sessions when it changes them. Faults: Unauthorized;
// Forbidden "role_required", and "user_relation" for oneself; NotFound;
// Invalid "role_unknown" at "/roles"; Precondition "user_state"; Stale
// "user_stale".
func (s *Service) Grant(ctx context.Context, by lance.Actor, in GrantInput) (*User, error) {
	const op = "auth.Grant"
	if err := s.o.Permissions.Check(by, UsersGrant); err != nil {
		return nil, lance.Op(op, err)
	}
	var f lance.Faults
	f.Check("/roles", checkRoles(in.Roles, s.o.Permissions.Roles()))
	if err := f.Err(); err != nil {
		return nil, lance.Op(op, err)
	}
	return s.change(ctx, op, by, in.User, in.Version, Grant, func(ctx context.Context, r Repos, u *User) (lance.Payload, error) {
		if !sameRoles(u.Roles, in.Roles) {
			if _, err := endAll(ctx, r, by, u.ID, ReasonRoles); err != nil {
				return nil, err
			}
		}
		u.Roles = sortedRoles(in.Roles)
		return RolesGranted{u.changed(), u.Roles}, nil
	})
}

// Suspend keeps a user out and ends his sessions. Faults: Unauthorized;
// Forbidden "role_required", and "user_relation" for oneself; NotFound;
// Precondition "user_state".
func (s *Service) Suspend(ctx context.Context, by lance.Actor, id lance.UserID) (*User, error) {
	const op = "auth.Suspend"
	if err := s.o.Permissions.Check(by, UsersSuspend); err != nil {
		return nil, lance.Op(op, err)
	}
	return s.change(ctx, op, by, id, 0, Suspend, func(ctx context.Context, r Repos, u *User) (lance.Payload, error) {
		_, err := endAll(ctx, r, by, u.ID, ReasonSuspended)
		return Suspended{u.changed()}, err
	})
}

// Reinstate lets a suspended user sign in again. Faults: as Suspend.
func (s *Service) Reinstate(ctx context.Context, by lance.Actor, id lance.UserID) (*User, error) {
	const op = "auth.Reinstate"
	if err := s.o.Permissions.Check(by, UsersSuspend); err != nil {
		return nil, lance.Op(op, err)
	}
	return s.change(ctx, op, by, id, 0, Reinstate, func(_ context.Context, _ Repos, u *User) (lance.Payload, error) {
		return Reinstated{u.changed()}, nil
	})
}

// Delete hides a user and ends his sessions: oneself, or with UsersDelete
// anybody. His address stays taken, so that Restore can bring him back. Faults:
// Unauthorized; NotFound "user_not_found" for a stranger; Precondition
// "user_state".
func (s *Service) Delete(ctx context.Context, by lance.Actor, id lance.UserID) (*User, error) {
	const op = "auth.Delete"
	id, err := s.whose(by, id, UsersDelete)
	if err != nil {
		return nil, lance.Op(op, err)
	}
	return s.change(ctx, op, by, id, 0, Delete, func(ctx context.Context, r Repos, u *User) (lance.Payload, error) {
		_, err := endAll(ctx, r, by, u.ID, ReasonDeleted)
		return Deleted{u.changed()}, err
	})
}

// Restore brings a deleted user back, for an administrator. Faults:
// Unauthorized; Forbidden "role_required"; NotFound; Precondition "user_state".
func (s *Service) Restore(ctx context.Context, by lance.Actor, id lance.UserID) (*User, error) {
	const op = "auth.Restore"
	if err := s.o.Permissions.Check(by, UsersRestore); err != nil {
		return nil, lance.Op(op, err)
	}
	return s.change(ctx, op, by, id, 0, Restore, func(_ context.Context, _ Repos, u *User) (lance.Payload, error) {
		return Restored{u.changed()}, nil
	})
}

// change takes a user one action on in his lifecycle, lets f do what belongs to
// it, stores him and tells what f returns. Who may ask was judged before, by the
// permission; here an administrator is none to himself.
func (s *Service) change(
	ctx context.Context, op string, by lance.Actor, id lance.UserID, version int64, do Action,
	f func(ctx context.Context, r Repos, u *User) (lance.Payload, error),
) (*User, error) {
	as := lance.ByAdmin
	if by.User == id && !by.IsSystem() {
		as = BySelf
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*User, error) {
		u, err := lockUser(ctx, r, id)
		if err != nil {
			return nil, err
		}
		if version != 0 && version != u.Version {
			return nil, UserTable.Stale()
		}
		if u.State, err = Lifecycle.Next(u.State, do, as); err != nil {
			return nil, err
		}
		event, err := f(ctx, r, u)
		if err != nil {
			return nil, err
		}
		return u, save(ctx, r, by, u, event)
	})
}
