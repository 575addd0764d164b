package api

import (
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
)

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
