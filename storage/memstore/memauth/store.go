package memauth

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// Tx is one transaction or view with the repositories of the auth domain.
type Tx struct{ *memkit.Tx }

var _ auth.Repos = Tx{}

// Bind makes a kernel's transaction one of the auth domain.
func Bind(tx *memkit.Tx) Tx { return Tx{tx} }

// New makes an empty store of the auth domain alone. Nil options take the
// system's clock and entropy.
func New(opts *memkit.Options) *memkit.Store[Tx] { return memkit.New(opts, Bind) }

// Users is the store of users.
func (t Tx) Users() auth.UserStore { return memkit.Rows[lance.UserID](t.Tx, auth.UserTable) }

// Credentials is the store of password hashes.
func (t Tx) Credentials() auth.CredentialStore {
	return memkit.Rows[lance.UserID](t.Tx, auth.CredentialTable)
}

// Sessions is the store of sessions.
func (t Tx) Sessions() auth.SessionStore {
	return memkit.Rows[auth.SessionID](t.Tx, auth.SessionTable)
}

// Challenges is the store of challenges.
func (t Tx) Challenges() auth.ChallengeStore {
	return memkit.Rows[auth.ChallengeID](t.Tx, auth.ChallengeTable)
}

// Logins is the store of attempts to sign in.
func (t Tx) Logins() auth.LoginStore { return memkit.Rows[auth.LoginID](t.Tx, auth.LoginTable) }

// Tokens is the store of the hashes of tokens.
func (t Tx) Tokens() auth.TokenStore { return tokens{t} }
