package api

import (
	"context"
	"net/http"

	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/refserver/problem"
)

func meOperations() []Operation {
	mine := func(id, method, path, summary string, do mounter) Operation {
		return Operation{ID: id, Method: method, Path: "/v1/me" + path, Summary: summary, Tag: "Me", Policy: Members, do: do}
	}
	add := mine("add-portfolio-item", http.MethodPost, "/portfolio", "Add a piece of past work", do(addItem))
	add.Status = http.StatusCreated
	remove := mine("delete-me", http.MethodDelete, "", "Delete the caller and end his sessions", do(deleteMe))
	remove.Doc = "An administrator can restore him; the address stays taken."
	remove.Errors = []int{http.StatusConflict}
	return []Operation{
		mine("get-me", http.MethodGet, "", "The caller", do(getMe)),
		mine("edit-me", http.MethodPut, "", "Replace the caller's name and role", do(editMe)),
		remove,
		mine("get-my-profile", http.MethodGet, "/profile", "The caller's profile, and what it lacks", do(getMyProfile)),
		mine("put-my-profile", http.MethodPut, "/profile", "Write or replace the caller's profile", do(putMyProfile)),
		mine("list-my-portfolio", http.MethodGet, "/portfolio", "The caller's portfolio, hidden items too", do(listMyPortfolio)),
		add,
		mine("list-my-sessions", http.MethodGet, "/sessions", "The caller's sessions, latest first", do(listMySessions)),
		mine("revoke-my-sessions", http.MethodPost, "/sessions/revoke", "End every session of the caller, this one too", do(revokeMySessions)),
		mine("list-my-logins", http.MethodGet, "/logins", "Attempts to sign in as the caller, latest first", do(listMyLogins)),
		{
			ID: "revoke-session", Method: http.MethodPost, Path: "/v1/sessions/{id}/revoke", Summary: "End a session",
			Doc: "One's own, or for an administrator anybody's.", Tag: "Me", Policy: Tended, do: do(revokeSession),
		},
	}
}

func getMe(ctx context.Context, c *Call, _ *struct{}) (*userView, error) {
	u, err := c.Engine.Auth.Get(ctx, c.By, "")
	return shown(u, err, userFor(c.By))
}

// userIn is what can be changed about a user.
type userIn struct {
	Name string `json:"name" doc:"one line, 1 to 100 characters"`
	Role string `json:"role" enum:"client,freelancer" doc:"what is shown first; it grants nothing"`
}

func editMe(ctx context.Context, c *Call, in *struct{ Body userIn }) (*userView, error) {
	u, err := c.Engine.Auth.Edit(ctx, c.By, auth.EditInput{Version: c.Match, Name: in.Body.Name, View: auth.View(in.Body.Role)})
	return shown(u, problem.Rename(err, "/view", "/role"), userFor(c.By))
}

func deleteMe(ctx context.Context, c *Call, _ *struct{}) (*none, error) {
	_, err := c.Engine.Auth.Delete(ctx, c.By, "")
	return nil, err
}
