package auth

import (
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"github.com/megilance/lance"
)

// RegisterInput is what somebody says who registers himself.
type RegisterInput struct {
	Email    string `json:"email"`
	Password Secret `json:"password"`
	Name     string `json:"name"` // one line, 1 to 100 characters
	View     View   `json:"view"` // what he sees first
	Client   Client `json:"-"`
}

func (in *RegisterInput) check(p PasswordPolicy) error {
	var f lance.Faults
	f.Check("/email", CheckEmail(in.Email))
	f.Check("/password", p.Check(in.Password, in.Email, in.Name))
	f.Check("/name", lance.NameText.Check(in.Name))
	f.Check("/view", in.View.check())
	f.Check("/client", in.Client.clean())
	return f.Err()
}

func (v View) check() error {
	if v != ViewClient && v != ViewFreelancer {
		return lance.E(lance.Invalid, "view_unknown", "a view is client or freelancer")
	}
	return nil
}

// maxAgent bounds what is kept of a User-Agent header, in characters.
const maxAgent = 400

// clean brings a client to the form in which it is kept.
func (c *Client) clean() error {
	agent := []rune(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(c.Agent, "")))
	c.Agent = string(agent[:min(len(agent), maxAgent)])
	if c.IP == "" {
		return nil
	}
	ip, err := netip.ParseAddr(c.IP)
	if err != nil {
		var f lance.Faults
		f.Add("/ip", "ip_syntax", "this is not an IP address")
		return f.Err()
	}
	c.IP = ip.WithZone("").Unmap().String()
	return nil
}

// LoginInput is what somebody says who signs in.
type LoginInput struct {
	Email    string `json:"email"`
	Password Secret `json:"password"`
	Client   Client `json:"-"`
}

func (in *LoginInput) check() error {
	var f lance.Faults
	f.Check("/email", CheckEmail(in.Email))
	f.Check("/password", present(in.Password))
	f.Check("/client", in.Client.clean())
	return f.Err()
}

// present checks a password that is to be compared, not set: an older policy may
// have allowed it.
func present(password Secret) error {
	switch {
	case password == "":
		return lance.E(lance.Invalid, "text_required", "this is needed")
	case len(password) > MaxPassword:
		return lance.E(lance.Invalid, "password_too_long", "a password has at most 256 bytes")
	}
	return nil
}

// RefreshInput is what a client says that wants new tokens.
type RefreshInput struct {
	Token  Secret `json:"-"` // a refresh token
	Client Client `json:"-"`
}

// VerifyInput is what somebody says who proves his address.
type VerifyInput struct {
	Email  string `json:"email"`
	Code   Secret `json:"code"` // as the mail said; spaces and hyphens do not count
	Client Client `json:"-"`
}

func (in *VerifyInput) check() error {
	var f lance.Faults
	f.Check("/email", CheckEmail(in.Email))
	f.Check("/client", in.Client.clean())
	return f.Err()
}

// RequestInput is what somebody says who wants a code mailed.
type RequestInput struct {
	Email  string `json:"email"`
	Client Client `json:"-"`
}

func (in *RequestInput) check() error {
	var f lance.Faults
	f.Check("/email", CheckEmail(in.Email))
	f.Check("/client", in.Client.clean())
	return f.Err()
}

// ResetInput is what somebody says who sets a password by a code.
type ResetInput struct {
	Email    string `json:"email"`
	Code     Secret `json:"code"`
	Password Secret `json:"password"` // the new one
	Client   Client `json:"-"`
}

func (in *ResetInput) check(p PasswordPolicy) error {
	var f lance.Faults
	f.Check("/email", CheckEmail(in.Email))
	f.Check("/password", p.Check(in.Password, in.Email))
	f.Check("/client", in.Client.clean())
	return f.Err()
}

// ChangePasswordInput is what a user says who changes his password.
type ChangePasswordInput struct {
	Current Secret `json:"current"`
	New     Secret `json:"new"`
	Client  Client `json:"-"`
}

// CreateInput is what an administrator says about a user he makes.
type CreateInput struct {
	Key      string       `json:"-"` // the caller's idempotency key
	Email    string       `json:"email"`
	Name     string       `json:"name"`
	View     View         `json:"view"`
	Roles    []lance.Role `json:"roles"`    // known to the table of permissions
	Password Secret       `json:"password"` // may be empty: he sets one by a reset
	Hash     Secret       `json:"hash"`     // instead: a hash from elsewhere, argon2id in PHC form or bcrypt
	Verified bool         `json:"verified"` // the address is known to be his
}

func (in *CreateInput) check(p PasswordPolicy, known []lance.Role) error {
	var f lance.Faults
	f.Check("/email", CheckEmail(in.Email))
	f.Check("/name", lance.NameText.Check(in.Name))
	f.Check("/view", in.View.check())
	f.Check("/roles", checkRoles(in.Roles, known))
	if in.Password != "" {
		f.Check("/password", p.Check(in.Password, in.Email, in.Name))
	}
	if in.Hash != "" {
		f.Check("/hash", CheckHash(in.Hash.Reveal()))
		if in.Password != "" {
			f.Add("/hash", "hash_or_password", "give a password or its hash, not both")
		}
	}
	return f.Err()
}

// maxRoles bounds the roles of one user.
const maxRoles = 16

func checkRoles(roles, known []lance.Role) error {
	if len(roles) > maxRoles {
		return lance.E(lance.Invalid, "too_many", "a user has at most 16 roles")
	}
	for _, r := range roles {
		if !slices.Contains(known, r) {
			return lance.E(lance.Invalid, "role_unknown", "there is no such role")
		}
	}
	return nil
}

func sortedRoles(roles []lance.Role) []lance.Role {
	return slices.Compact(slices.Sorted(slices.Values(roles)))
}

// EditInput is what changes about a user.
type EditInput struct {
	User    lance.UserID `json:"-"`
	Version int64        `json:"-"` // the one that was read; 0 takes any
	Name    string       `json:"name"`
	View    View         `json:"view"`
}

func (in *EditInput) check() error {
	var f lance.Faults
	f.Check("/name", lance.NameText.Check(in.Name))
	f.Check("/view", in.View.check())
	return f.Err()
}

// GrantInput says which roles a user has from now on.
type GrantInput struct {
	User    lance.UserID `json:"-"`
	Version int64        `json:"-"` // the one that was read; 0 takes any
	Roles   []lance.Role `json:"roles"`
}
