package lance

import "slices"

// UserID names a person who signs in. Embedders may use their own identifiers.
type UserID string

// PartyID names who a contract, an agreement or a wallet belongs to: a user or
// an organisation. It is free text of 1 to 64 bytes without control characters,
// because an embedder's users may be called "42".
type PartyID string

// Check reports whether p can name a party; otherwise it fails with Invalid
// "party_syntax".
func (p PartyID) Check() error {
	if len(p) < 1 || len(p) > 64 || (TextRule{Line: true, Max: 64}).Check(string(p)) != nil {
		return E(Invalid, "party_syntax", "a party is named by 1 to 64 bytes of text")
	}
	return nil
}

// Role is a permission on the whole platform. Embedders may add their own.
// What a user is to one contract (its client, its freelancer) is not a Role but
// a Relation.
type Role string

// The roles that this module's own rules speak of.
const (
	RoleAdmin   Role = "admin"   // may administer everything
	RoleArbiter Role = "arbiter" // may rule on disputes that are not his
	RoleSupport Role = "support" // may see what he needs to help
)

// Actor is who does something: the explicit principal of every service call.
// The zero Actor is anonymous.
type Actor struct {
	User    UserID   // the person; empty for a clock or an anonymous visitor
	Party   PartyID  // on whose behalf: the user himself or an organisation
	Session string   // the session he signed in with, if any
	Key     string   // the API key he used, if any
	Behind  UserID   // the administrator who acts as this user, if any
	Roles   []Role   // platform permissions
	Scopes  []string // what an API key is limited to; empty: no limit
	System  string   // for a clock or a provider's word: the reason
}

// System returns the actor of what happens by itself, such as an expiry.
func System(reason string) Actor { return Actor{System: reason} }

// Person returns the actor of a user who acts for himself.
func Person(id UserID, roles ...Role) Actor {
	return Actor{User: id, Party: PartyID(id), Roles: roles}
}

// IsSystem reports whether the engine itself acts.
func (a Actor) IsSystem() bool { return a.System != "" }

// Has reports whether the actor holds the role.
func (a Actor) Has(r Role) bool { return slices.Contains(a.Roles, r) }

// Label names the actor in events and audit: "system:<reason>" or his user ID.
func (a Actor) Label() string {
	if a.IsSystem() {
		return "system:" + a.System
	}
	return string(a.User)
}

// Require fails with Unauthorized "actor_required" unless somebody acts: a user
// for a party, or the engine itself.
func (a Actor) Require() error {
	if a.IsSystem() || (a.User != "" && a.Party != "") {
		return nil
	}
	return E(Unauthorized, "actor_required", "sign in first")
}

// RequireRole fails with Unauthorized "actor_required" for an anonymous actor
// and with Forbidden "role_required" for one who has none of the roles. The
// engine itself passes.
func (a Actor) RequireRole(roles ...Role) error {
	if err := a.Require(); err != nil {
		return err
	}
	if a.IsSystem() || slices.ContainsFunc(roles, a.Has) {
		return nil
	}
	return E(Forbidden, "role_required", "this takes a role that you do not have")
}
