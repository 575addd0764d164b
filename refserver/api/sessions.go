package api

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
)

// clientView is where a request came from.
type clientView struct {
	IP    string `json:"ip" doc:"as the server saw it; may be empty"`
	Agent string `json:"agent" doc:"the User-Agent header; may be empty"`
}

// sessionView is what began with one login.
type sessionView struct {
	ID             string     `json:"id"`
	UserID         string     `json:"user_id"`
	Client         clientView `json:"client"`
	Current        bool       `json:"current" doc:"the one that asks"`
	State          string     `json:"state" enum:"active,revoked,expired"`
	Reason         string     `json:"reason,omitempty" enum:"logout,revoked,reuse,password,suspended,deleted,roles" doc:"why it was revoked"`
	AllowedActions []string   `json:"allowed_actions" nullable:"false" doc:"what the caller may do now"`
	CreatedAt      time.Time  `json:"created_at"`
	SeenAt         time.Time  `json:"seen_at" doc:"when it was last given tokens; when it ended, for one that has"`
	ExpiresAt      time.Time  `json:"expires_at" doc:"however much it is used"`
	EndedAt        *time.Time `json:"ended_at,omitempty"`
}

func sessionFor(by lance.Actor) func(*auth.SessionInfo) *sessionView {
	return func(s *auth.SessionInfo) *sessionView {
		return &sessionView{
			ID: string(s.ID), UserID: string(s.User), Client: clientView(s.Client), Current: s.Current, State: string(s.State),
			Reason: string(s.Reason), AllowedActions: words(s.AllowedActions(by)), CreatedAt: s.CreatedAt, SeenAt: s.SeenAt,
			ExpiresAt: s.ExpiresAt, EndedAt: optional(s.EndedAt),
		}
	}
}

// SessionsIn asks for a page of sessions.
type SessionsIn struct {
	PageIn
	Active bool `query:"active" doc:"only those that have not ended"`
}

func (in SessionsIn) list(ctx context.Context, c *Call, user lance.UserID) (*page[*sessionView], error) {
	p, err := c.Engine.Auth.Sessions(ctx, c.By, auth.SessionQuery{User: user, Active: in.Active, PageQuery: in.query()})
	return pageShown(p, err, sessionFor(c.By))
}

func listMySessions(ctx context.Context, c *Call, in *SessionsIn) (*page[*sessionView], error) {
	return in.list(ctx, c, "")
}

func listSessionsOf(ctx context.Context, c *Call, in *struct {
	ByID
	SessionsIn
},
) (*page[*sessionView], error) {
	return in.list(ctx, c, lance.UserID(in.ID))
}

func revokeSession(ctx context.Context, c *Call, in *act) (*none, error) {
	return nil, c.Engine.Auth.RevokeSession(ctx, c.By, auth.SessionID(in.ID))
}

// revoked is how many sessions ended.
type revoked struct {
	Revoked int `json:"revoked" minimum:"0" doc:"how many sessions ended"`
}

func (c *Call) revokeSessions(ctx context.Context, user lance.UserID) (*revoked, error) {
	n, err := c.Engine.Auth.RevokeSessions(ctx, c.By, user)
	return &revoked{n}, err
}

func revokeMySessions(ctx context.Context, c *Call, _ *struct {
	Body *struct{} `doc:"nothing"`
},
) (*revoked, error) {
	return c.revokeSessions(ctx, "")
}

func revokeSessionsOf(ctx context.Context, c *Call, in *act) (*revoked, error) {
	return c.revokeSessions(ctx, lance.UserID(in.ID))
}

// loginView is one attempt to sign in.
type loginView struct {
	ID        string     `json:"id"`
	Result    string     `json:"result" enum:"ok,wrong,suspended,unverified"`
	SessionID string     `json:"session_id,omitempty" doc:"that it began"`
	Client    clientView `json:"client"`
	CreatedAt time.Time  `json:"created_at"`
}

func loginOf(l *auth.Login) *loginView {
	return &loginView{ID: string(l.ID), Result: string(l.Result), SessionID: string(l.Session), Client: clientView(l.Client), CreatedAt: l.At}
}

func (c *Call) logins(ctx context.Context, user lance.UserID, in PageIn) (*page[*loginView], error) {
	p, err := c.Engine.Auth.Logins(ctx, c.By, auth.LoginQuery{User: user, PageQuery: in.query()})
	return pageShown(p, err, loginOf)
}

func listMyLogins(ctx context.Context, c *Call, in *PageIn) (*page[*loginView], error) {
	return c.logins(ctx, "", *in)
}

func listLoginsOf(ctx context.Context, c *Call, in *struct {
	ByID
	PageIn
},
) (*page[*loginView], error) {
	return c.logins(ctx, lance.UserID(in.ID), in.PageIn)
}
