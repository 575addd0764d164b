package bunauth

import (
	"time"

	"github.com/uptrace/bun"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

type userRow struct {
	bun.BaseModel `bun:"table:lance_users,alias:t"`

	ID         string       `bun:"id,pk"`
	Version    int64        `bun:"version"`
	Email      string       `bun:"email"`
	EmailKey   string       `bun:"email_key"`
	Name       string       `bun:"name"`
	View       string       `bun:"view"`
	Roles      []lance.Role `bun:"roles"`
	State      string       `bun:"state"`
	VerifiedAt time.Time    `bun:"verified_at"`
	PasswordAt time.Time    `bun:"password_at"`
	CreatedAt  time.Time    `bun:"created_at,notnull"`
	UpdatedAt  time.Time    `bun:"updated_at,notnull"`
}

var userSpec = &bunkit.Spec[auth.User, userRow]{
	Table: auth.UserTable, Name: "lance_users",
	Row: func(u *auth.User) *userRow {
		return &userRow{
			ID: string(u.ID), Version: u.Version, Email: u.Email, EmailKey: u.EmailKey, Name: u.Name, View: string(u.View),
			Roles: u.Roles, State: string(u.State), VerifiedAt: u.VerifiedAt, PasswordAt: u.PasswordAt,
			CreatedAt: u.CreatedAt, UpdatedAt: u.UpdatedAt,
		}
	},
	Value: func(m *userRow) (*auth.User, error) {
		return &auth.User{
			ID: lance.UserID(m.ID), Version: m.Version, Email: m.Email, EmailKey: m.EmailKey, Name: m.Name, View: auth.View(m.View),
			Roles: m.Roles, State: auth.State(m.State), VerifiedAt: m.VerifiedAt, PasswordAt: m.PasswordAt,
			CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt,
		}, nil
	},
}

// Users is the store of users.
func (t Tx) Users() auth.UserStore { return bunkit.Rows[lance.UserID](t.Q, userSpec) }

type credentialRow struct {
	bun.BaseModel `bun:"table:lance_credentials,alias:t"`

	ID      string    `bun:"id,pk"` // the user's
	Version int64     `bun:"version"`
	Hash    string    `bun:"hash"`
	SetAt   time.Time `bun:"set_at,notnull"`
}

var credentialSpec = &bunkit.Spec[auth.Credential, credentialRow]{
	Table: auth.CredentialTable, Name: "lance_credentials",
	Row: func(c *auth.Credential) *credentialRow {
		return &credentialRow{ID: string(c.User), Version: c.Version, Hash: c.Hash, SetAt: c.SetAt}
	},
	Value: func(m *credentialRow) (*auth.Credential, error) {
		return &auth.Credential{User: lance.UserID(m.ID), Version: m.Version, Hash: m.Hash, SetAt: m.SetAt}, nil
	},
}

// Credentials is the store of password hashes.
func (t Tx) Credentials() auth.CredentialStore {
	return bunkit.Rows[lance.UserID](t.Q, credentialSpec)
}

type sessionRow struct {
	bun.BaseModel `bun:"table:lance_sessions,alias:t"`

	ID        string    `bun:"id,pk"`
	Version   int64     `bun:"version"`
	User      string    `bun:"user"`
	State     string    `bun:"state"`
	IP        string    `bun:"ip"`
	Agent     string    `bun:"agent"`
	CreatedAt time.Time `bun:"created_at,notnull"`
	ExpiresAt time.Time `bun:"expires_at,notnull"`
	EndedAt   time.Time `bun:"ended_at"`
	Reason    string    `bun:"reason,nullzero"`
}

var sessionSpec = &bunkit.Spec[auth.Session, sessionRow]{
	Table: auth.SessionTable, Name: "lance_sessions",
	Row: func(s *auth.Session) *sessionRow {
		return &sessionRow{
			ID: string(s.ID), Version: s.Version, User: string(s.User), State: string(s.State), IP: s.Client.IP,
			Agent: s.Client.Agent, CreatedAt: s.CreatedAt, ExpiresAt: s.ExpiresAt, EndedAt: s.EndedAt, Reason: string(s.Reason),
		}
	},
	Value: func(m *sessionRow) (*auth.Session, error) {
		return &auth.Session{
			ID: auth.SessionID(m.ID), Version: m.Version, User: lance.UserID(m.User), State: auth.SessionState(m.State),
			Client: auth.Client{IP: m.IP, Agent: m.Agent}, CreatedAt: m.CreatedAt, ExpiresAt: m.ExpiresAt,
			EndedAt: m.EndedAt, Reason: auth.Reason(m.Reason),
		}, nil
	},
}

// Sessions is the store of sessions.
func (t Tx) Sessions() auth.SessionStore { return bunkit.Rows[auth.SessionID](t.Q, sessionSpec) }

type challengeRow struct {
	bun.BaseModel `bun:"table:lance_challenges,alias:t"`

	ID        string    `bun:"id,pk"`
	Version   int64     `bun:"version"`
	User      string    `bun:"user"`
	Kind      string    `bun:"kind"`
	State     string    `bun:"state"`
	Open      string    `bun:"open,nullzero"` // the kind of an open one
	Missed    int       `bun:"missed"`
	CreatedAt time.Time `bun:"created_at,notnull"`
	ExpiresAt time.Time `bun:"expires_at,notnull"`
	EndedAt   time.Time `bun:"ended_at"`
}

var challengeSpec = &bunkit.Spec[auth.Challenge, challengeRow]{
	Table: auth.ChallengeTable, Name: "lance_challenges",
	Row: func(c *auth.Challenge) *challengeRow {
		open, _ := auth.ChallengeTable.Get(c, "open").(string)
		return &challengeRow{
			ID: string(c.ID), Version: c.Version, User: string(c.User), Kind: string(c.Kind), State: string(c.State), Open: open,
			Missed: c.Missed, CreatedAt: c.CreatedAt, ExpiresAt: c.ExpiresAt, EndedAt: c.EndedAt,
		}
	},
	Value: func(m *challengeRow) (*auth.Challenge, error) {
		return &auth.Challenge{
			ID: auth.ChallengeID(m.ID), Version: m.Version, User: lance.UserID(m.User), Kind: auth.ChallengeKind(m.Kind),
			State: auth.ChallengeState(m.State), Missed: m.Missed, CreatedAt: m.CreatedAt, ExpiresAt: m.ExpiresAt, EndedAt: m.EndedAt,
		}, nil
	},
}

// Challenges is the store of challenges.
func (t Tx) Challenges() auth.ChallengeStore {
	return bunkit.Rows[auth.ChallengeID](t.Q, challengeSpec)
}

type loginRow struct {
	bun.BaseModel `bun:"table:lance_logins,alias:t"`

	ID      string    `bun:"id,pk"`
	User    string    `bun:"user,nullzero"`
	Session string    `bun:"session,nullzero"`
	Result  string    `bun:"result"`
	At      time.Time `bun:"at,notnull"`
	IP      string    `bun:"ip"`
	Agent   string    `bun:"agent"`
}

var loginSpec = &bunkit.Spec[auth.Login, loginRow]{
	Table: auth.LoginTable, Name: "lance_logins",
	Row: func(l *auth.Login) *loginRow {
		return &loginRow{
			ID: string(l.ID), User: string(l.User), Session: string(l.Session), Result: string(l.Result), At: l.At,
			IP: l.Client.IP, Agent: l.Client.Agent,
		}
	},
	Value: func(m *loginRow) (*auth.Login, error) {
		return &auth.Login{
			ID: auth.LoginID(m.ID), User: lance.UserID(m.User), Session: auth.SessionID(m.Session), Result: auth.Result(m.Result),
			At: m.At, Client: auth.Client{IP: m.IP, Agent: m.Agent},
		}, nil
	},
}

// Logins is the store of attempts to sign in.
func (t Tx) Logins() auth.LoginStore { return bunkit.Rows[auth.LoginID](t.Q, loginSpec) }
