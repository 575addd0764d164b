package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/refserver/problem"
)

func userOperations() []Operation {
	with := func(id, method, path, summary string, policy Policy, do mounter) Operation {
		return Operation{ID: id, Method: method, Path: "/v1/users" + path, Summary: summary, Tag: "Users", Policy: policy, do: do}
	}
	list := with("list-users", http.MethodGet, "", "The directory, latest first", Members, do(listUsers))
	list.Doc = "Members see active users, with masked addresses; administrators see everybody and all of it."
	create := with("create-user", http.MethodPost, "", "Make a user", Admins, do(createUser))
	create.Doc = "One without a password sets it by a reset; one without a proven address is asked to prove it. Under one Idempotency-Key passwords are not compared."
	create.Status, create.Keys = http.StatusCreated, Passed
	remove := with("delete-user", http.MethodDelete, "/{id}", "Delete a user and end his sessions", Tended, do(deleteUser))
	remove.Errors = []int{http.StatusConflict}
	return []Operation{
		list, create,
		with("get-user", http.MethodGet, "/{id}", "One user", Watched, do(getUser)),
		with("edit-user", http.MethodPut, "/{id}", "Replace a user's name and role", Tended, do(editUser)),
		remove,
		with("restore-user", http.MethodPost, "/{id}/restore", "Bring a deleted user back", Admins, do(restoreUser)),
		with("suspend-user", http.MethodPost, "/{id}/suspend", "Keep a user out and end his sessions", Admins, do(suspendUser)),
		with("reinstate-user", http.MethodPost, "/{id}/reinstate", "Let a suspended user sign in again", Admins, do(reinstateUser)),
		with("grant-roles", http.MethodPut, "/{id}/roles", "Set which roles a user has, and end his sessions when they change", Admins, do(grantRoles)),
		with("list-sessions", http.MethodGet, "/{id}/sessions", "A user's sessions, latest first", Watched, do(listSessionsOf)),
		with("revoke-sessions", http.MethodPost, "/{id}/sessions/revoke", "End every session of a user", Tended, do(revokeSessionsOf)),
		with("list-logins", http.MethodGet, "/{id}/logins", "Attempts to sign in as a user, latest first", Watched, do(listLoginsOf)),
	}
}

// userView is a user as he and administrators see him.
type userView struct {
	ID             string    `json:"id"`
	Version        int64     `json:"version"`
	Email          string    `json:"email"`
	Name           string    `json:"name"`
	Role           string    `json:"role" enum:"client,freelancer" doc:"what is shown first; it grants nothing"`
	Roles          []string  `json:"roles" nullable:"false" doc:"permissions on the whole platform"`
	Verified       bool      `json:"verified" doc:"the address is proven"`
	Landing        string    `json:"landing" enum:"/admin,/arbiter,/support,/client,/freelancer" doc:"where a client should begin"`
	State          string    `json:"state" enum:"active,suspended,deleted"`
	AllowedActions []string  `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	CreatedAt      time.Time `json:"created_at"`
	UpdatedAt      time.Time `json:"updated_at"`
}

func (v *userView) tag() string      { return etag(v.Version) }
func (v *userView) location() string { return "/v1/users/" + v.ID }

func userFor(by lance.Actor) func(*auth.User) *userView {
	return func(u *auth.User) *userView {
		return &userView{
			ID: string(u.ID), Version: u.Version, Email: u.Email, Name: u.Name, Role: string(u.View), Roles: words(u.Roles),
			Verified: u.Verified(), Landing: landing(u), State: string(u.State), AllowedActions: words(u.AllowedActions(by)),
			CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
		}
	}
}

// landing is where a user should begin: at his work for the platform, if he has
// any, else at what he is mostly here for.
func landing(u *auth.User) string {
	for _, r := range []lance.Role{lance.RoleAdmin, lance.RoleArbiter, lance.RoleSupport} {
		if slices.Contains(u.Roles, r) {
			return "/" + string(r)
		}
	}
	return "/" + string(u.View)
}

// personView is a user as the directory shows him.
type personView struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Email     string    `json:"email" example:"j***@domain.com" doc:"masked, but in full to oneself and to administrators"`
	Role      string    `json:"role" enum:"client,freelancer"`
	Roles     []string  `json:"roles,omitempty" doc:"permissions on the whole platform; to oneself and to administrators"`
	Verified  bool      `json:"verified" doc:"the address is proven"`
	State     string    `json:"state" enum:"active,suspended,deleted"`
	CreatedAt time.Time `json:"created_at"`
}

func personOf(e *auth.Entry) *personView {
	return &personView{
		ID: string(e.ID), Name: e.Name, Email: e.Email, Role: string(e.View), Roles: words(e.Roles),
		Verified: e.Verified, State: string(e.State), CreatedAt: e.CreatedAt,
	}
}

func listUsers(ctx context.Context, c *Call, in *struct {
	PageIn
	Role  string `query:"role" enum:"client,freelancer" doc:"only these"`
	State string `query:"state" enum:"active,suspended,deleted" doc:"only these; members see active ones alone"`
},
) (*page[*personView], error) {
	p, err := c.Engine.Auth.List(ctx, c.By, auth.Query{View: auth.View(in.Role), State: auth.State(in.State), PageQuery: in.query()})
	return pageShown(p, err, personOf)
}

type createUserIn struct {
	Email    string      `json:"email"`
	Name     string      `json:"name" doc:"one line, 1 to 100 characters"`
	Role     string      `json:"role" enum:"client,freelancer" doc:"what is shown first; it grants nothing"`
	Roles    []string    `json:"roles,omitempty" doc:"permissions on the whole platform"`
	Password auth.Secret `json:"password,omitempty" doc:"8 characters to 256 bytes; without one, the user sets it by a reset"`
	Verified bool        `json:"verified,omitempty" doc:"the address is known to be his"`
}

func createUser(ctx context.Context, c *Call, in *struct{ Body createUserIn }) (*userView, error) {
	b := in.Body
	u, err := c.Engine.Auth.Create(ctx, c.By, auth.CreateInput{
		Key: c.Key, Email: b.Email, Name: b.Name, View: auth.View(b.Role), Roles: roles(b.Roles), Password: b.Password, Verified: b.Verified,
	})
	return shown(u, problem.Rename(err, "/view", "/role"), userFor(c.By))
}

func roles(names []string) []lance.Role {
	out := make([]lance.Role, len(names))
	for i, n := range names {
		out[i] = lance.Role(n)
	}
	return out
}

func getUser(ctx context.Context, c *Call, in *ByID) (*userView, error) {
	u, err := c.Engine.Auth.Get(ctx, c.By, lance.UserID(in.ID))
	return shown(u, err, userFor(c.By))
}

func editUser(ctx context.Context, c *Call, in *struct {
	ByID
	Body userIn
},
) (*userView, error) {
	u, err := c.Engine.Auth.Edit(ctx, c.By, auth.EditInput{
		User: lance.UserID(in.ID), Version: c.Match, Name: in.Body.Name, View: auth.View(in.Body.Role),
	})
	return shown(u, problem.Rename(err, "/view", "/role"), userFor(c.By))
}

func deleteUser(ctx context.Context, c *Call, in *ByID) (*none, error) {
	_, err := c.Engine.Auth.Delete(ctx, c.By, lance.UserID(in.ID))
	return nil, err
}

func restoreUser(ctx context.Context, c *Call, in *act) (*userView, error) {
	u, err := c.Engine.Auth.Restore(ctx, c.By, lance.UserID(in.ID))
	return shown(u, err, userFor(c.By))
}

func suspendUser(ctx context.Context, c *Call, in *act) (*userView, error) {
	u, err := c.Engine.Auth.Suspend(ctx, c.By, lance.UserID(in.ID))
	return shown(u, err, userFor(c.By))
}

func reinstateUser(ctx context.Context, c *Call, in *act) (*userView, error) {
	u, err := c.Engine.Auth.Reinstate(ctx, c.By, lance.UserID(in.ID))
	return shown(u, err, userFor(c.By))
}

func grantRoles(ctx context.Context, c *Call, in *struct {
	ByID
	Body struct {
		Roles []string `json:"roles" nullable:"false" doc:"all that the user has from now on"`
	}
},
) (*userView, error) {
	u, err := c.Engine.Auth.Grant(ctx, c.By, auth.GrantInput{User: lance.UserID(in.ID), Version: c.Match, Roles: roles(in.Body.Roles)})
	return shown(u, err, userFor(c.By))
}
