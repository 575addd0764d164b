package auth

import (
	"maps"
	"slices"
	"strings"

	"github.com/megilance/lance"
)

// Permission names something that may be done: "users.create".
type Permission string

// What this package's services ask for.
const (
	UsersCreate    Permission = "users.create"
	UsersList      Permission = "users.list"
	UsersReadAny   Permission = "users.read_any" // with the full address
	UsersEditAny   Permission = "users.edit_any"
	UsersGrant     Permission = "users.grant"
	UsersSuspend   Permission = "users.suspend"
	UsersDelete    Permission = "users.delete" // others than oneself
	UsersRestore   Permission = "users.restore"
	SessionsRead   Permission = "sessions.read_any"
	SessionsRevoke Permission = "sessions.revoke_any"
	LoginsRead     Permission = "logins.read_any"
)

// Rule says what one permission takes: nothing when Anyone is set, else one of
// the roles, else to be signed in.
type Rule struct {
	Permission Permission
	Anyone     bool
	Roles      []lance.Role
}

// Permissions is the table of who may do what on the whole platform. It never
// changes; With makes a new one.
type Permissions struct{ rules map[Permission]Rule }

// StandardPermissions returns what this package's services take by default.
func StandardPermissions() *Permissions { return standardPermissions }

var standardPermissions = mustPermissions(
	Rule{Permission: UsersCreate, Roles: []lance.Role{lance.RoleAdmin}},
	Rule{Permission: UsersList},
	Rule{Permission: UsersReadAny, Roles: []lance.Role{lance.RoleAdmin, lance.RoleSupport}},
	Rule{Permission: UsersEditAny, Roles: []lance.Role{lance.RoleAdmin}},
	Rule{Permission: UsersGrant, Roles: []lance.Role{lance.RoleAdmin}},
	Rule{Permission: UsersSuspend, Roles: []lance.Role{lance.RoleAdmin}},
	Rule{Permission: UsersDelete, Roles: []lance.Role{lance.RoleAdmin}},
	Rule{Permission: UsersRestore, Roles: []lance.Role{lance.RoleAdmin}},
	Rule{Permission: SessionsRead, Roles: []lance.Role{lance.RoleAdmin, lance.RoleSupport}},
	Rule{Permission: SessionsRevoke, Roles: []lance.Role{lance.RoleAdmin}},
	Rule{Permission: LoginsRead, Roles: []lance.Role{lance.RoleAdmin, lance.RoleSupport}},
)

func mustPermissions(rules ...Rule) *Permissions {
	p, err := (&Permissions{}).With(rules...)
	if err != nil {
		panic(err)
	}
	return p
}

// With returns the table with more rules; one for a permission that has a rule
// takes that rule's place. It fails with Invalid "permission_syntax" or
// "role_syntax": names are lower-case letters, digits, dots, hyphens and
// underscores, at most 64.
func (p *Permissions) With(rules ...Rule) (*Permissions, error) {
	all := maps.Clone(p.rules)
	if all == nil {
		all = map[Permission]Rule{}
	}
	for _, r := range rules {
		if !isName(string(r.Permission)) {
			return nil, lance.E(lance.Invalid, "permission_syntax", "this is not the name of a permission")
		}
		for _, role := range r.Roles {
			if !isName(string(role)) {
				return nil, lance.E(lance.Invalid, "role_syntax", "this is not the name of a role")
			}
		}
		r.Roles = slices.Compact(slices.Sorted(slices.Values(r.Roles)))
		all[r.Permission] = r
	}
	return &Permissions{all}, nil
}

func isName(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}

// Check fails with Unauthorized "actor_required" for nobody and with Forbidden
// "role_required" for one who may not. The engine itself may do everything. A
// permission without a rule is nobody's: Internal "permission_unknown".
func (p *Permissions) Check(by lance.Actor, perm Permission) error {
	r, ok := p.rules[perm]
	switch {
	case !ok:
		return lance.E(lance.Internal, "permission_unknown", "no rule says who may do this")
	case r.Anyone:
		return nil
	case len(r.Roles) == 0:
		return by.Require()
	}
	return by.RequireRole(r.Roles...)
}

// Allows reports whether Check would pass.
func (p *Permissions) Allows(by lance.Actor, perm Permission) bool { return p.Check(by, perm) == nil }

// Rules returns every rule, sorted by permission.
func (p *Permissions) Rules() []Rule {
	out := make([]Rule, 0, len(p.rules))
	for _, name := range slices.Sorted(maps.Keys(p.rules)) {
		r := p.rules[name]
		r.Roles = slices.Clone(r.Roles)
		out = append(out, r)
	}
	return out
}

// Roles returns every role that can be granted: admin, arbiter, support and
// those that rules name, sorted.
func (p *Permissions) Roles() []lance.Role {
	out := []lance.Role{lance.RoleAdmin, lance.RoleArbiter, lance.RoleSupport}
	for _, r := range p.rules {
		out = append(out, r.Roles...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Markdown returns the table as a page: each permission and what it takes.
func (p *Permissions) Markdown() string {
	var b strings.Builder
	b.WriteString("| Permission | Takes |\n|---|---|\n")
	for _, r := range p.Rules() {
		takes := "to be signed in"
		if r.Anyone {
			takes = "nothing"
		} else if len(r.Roles) > 0 {
			names := make([]string, len(r.Roles))
			for i, role := range r.Roles {
				names[i] = string(role)
			}
			takes = strings.Join(names, " or ")
		}
		b.WriteString("| `" + string(r.Permission) + "` | " + takes + " |\n")
	}
	return b.String()
}
