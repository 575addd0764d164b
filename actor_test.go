package lance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func TestPartyIDIsOneToSixtyFourBytesOfText(t *testing.T) {
	t.Parallel()
	for _, p := range []lance.PartyID{"42", "ann", "org:7", "名前", lance.PartyID(strings.Repeat("x", 64))} {
		require.NoError(t, p.Check(), p)
	}
	for _, p := range []lance.PartyID{"", "a\nb", "a\x00b", "\xff", lance.PartyID(strings.Repeat("x", 65)), lance.PartyID(strings.Repeat("名", 22))} {
		err := p.Check()
		require.ErrorIs(t, err, lance.Invalid, "%q", p)
		require.Equal(t, "party_syntax", lance.CodeOf(err), "%q", p)
	}
}

func TestWhoMayAct(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		actor       lance.Actor
		act, admin  string // codes; "" for yes
		label       string
		system, has bool
	}{
		"nobody":        {lance.Actor{}, "actor_required", "actor_required", "", false, false},
		"no party":      {lance.Actor{User: "ann"}, "actor_required", "actor_required", "ann", false, false},
		"no user":       {lance.Actor{Party: "org"}, "actor_required", "actor_required", "", false, false},
		"a role alone":  {lance.Actor{Roles: []lance.Role{lance.RoleAdmin}}, "actor_required", "actor_required", "", false, true},
		"a person":      {lance.Person("ann"), "", "role_required", "ann", false, false},
		"another role":  {lance.Person("ann", lance.RoleSupport), "", "role_required", "ann", false, false},
		"an admin":      {lance.Person("ann", lance.RoleSupport, lance.RoleAdmin), "", "", "ann", false, true},
		"for an org":    {lance.Actor{User: "ann", Party: "org"}, "", "role_required", "ann", false, false},
		"the clock":     {lance.System("auto_release"), "", "", "system:auto_release", true, false},
		"no reason why": {lance.System(""), "actor_required", "actor_required", "", false, false},
	} {
		require.Equal(t, c.act, lance.CodeOf(c.actor.Require()), name)
		require.Equal(t, c.admin, lance.CodeOf(c.actor.RequireRole(lance.RoleArbiter, lance.RoleAdmin)), name)
		require.Equal(t, c.label, c.actor.Label(), name)
		require.Equal(t, c.system, c.actor.IsSystem(), name)
		require.Equal(t, c.has, c.actor.Has(lance.RoleAdmin), name)
	}
	require.ErrorIs(t, lance.Actor{}.Require(), lance.Unauthorized)
	require.ErrorIs(t, lance.Person("ann").RequireRole(lance.RoleAdmin), lance.Forbidden)
}

func ExamplePerson() {
	ann := lance.Person("ann", lance.RoleSupport)
	fmt.Println(ann.Party, ann.Label(), ann.Has(lance.RoleSupport))
	fmt.Println(lance.System("auto_release").Label())
	// Output:
	// ann ann true
	// system:auto_release
}
