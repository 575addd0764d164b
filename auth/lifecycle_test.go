package auth_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/storagetest/goldentest"
	"github.com/megilance/lance/storage/storagetest/lifecycletest"
)

func TestLifecyclesGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle.mermaid", []byte(auth.Lifecycle.Mermaid()))
	goldentest.Check(t, "session_lifecycle.mermaid", []byte(auth.SessionLifecycle.Mermaid()))
	goldentest.Check(t, "challenge_lifecycle.mermaid", []byte(auth.ChallengeLifecycle.Mermaid()))
}

// userTable is the lifecycle of users written down a second time.
const userTable = `
	active edit active self admin
	active grant active admin
	active suspend suspended admin
	active delete deleted self admin
	suspended reinstate active admin
	suspended delete deleted admin
	deleted restore active admin`

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	lifecycletest.Walk(t, auth.Lifecycle, userTable)
	lifecycletest.Walk(t, auth.SessionLifecycle, `
		active revoke revoked self admin guard
		active expire expired clock`)
	lifecycletest.Walk(t, auth.ChallengeLifecycle, `
		open meet met holder
		open miss open holder
		open lock locked holder
		open replace replaced holder
		open expire expired clock`)
}

// act does an action on a user through the service.
func act(ctx context.Context, s *auth.Service, who lance.Actor, id lance.UserID, do auth.Action) (*auth.User, error) {
	switch do {
	case auth.Edit:
		return s.Edit(ctx, who, auth.EditInput{User: id, Name: "New", View: auth.ViewClient})
	case auth.Grant:
		return s.Grant(ctx, who, auth.GrantInput{User: id, Roles: []lance.Role{lance.RoleArbiter}})
	case auth.Suspend:
		return s.Suspend(ctx, who, id)
	case auth.Reinstate:
		return s.Reinstate(ctx, who, id)
	case auth.Delete:
		return s.Delete(ctx, who, id)
	default:
		return s.Restore(ctx, who, id)
	}
}

// ways lead a new user to each state.
var ways = map[auth.State][]auth.Action{
	auth.StateActive: {}, auth.StateSuspended: {auth.Suspend}, auth.StateDeleted: {auth.Delete},
}

// TestServiceFollowsTheLifecycle does every action in every state as everybody:
// the service allows what the table allows, refuses the rest with the right
// fault, and then has changed nothing.
func TestServiceFollowsTheLifecycle(t *testing.T) {
	t.Parallel()
	users := lifecycletest.Read(t, auth.Lifecycle, userTable)
	admin := lance.Person("usr_admin", lance.RoleAdmin)
	for _, state := range auth.Lifecycle.States() {
		for _, do := range auth.Lifecycle.AllActions() {
			for who, actor := range map[string]func(*auth.User) lance.Actor{
				"self":          func(u *auth.User) lance.Actor { return lance.Person(u.ID) },
				"admin_himself": func(u *auth.User) lance.Actor { return lance.Person(u.ID, lance.RoleAdmin) },
				"administrator": func(*auth.User) lance.Actor { return admin },
				"the_engine":    func(*auth.User) lance.Actor { return lance.System("test") },
				"a_stranger":    func(*auth.User) lance.Actor { return lance.Person("usr_eve") },
				"nobody":        func(*auth.User) lance.Actor { return lance.Actor{} },
			} {
				t.Run(fmt.Sprintf("%s/%s/%s", state, do, who), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t)
					u := w.create("ann@example.com")
					for _, step := range ways[state] {
						_, err := act(t.Context(), w.svc, admin, u.ID, step)
						require.NoError(t, err)
					}
					before := w.get(u.ID)
					require.Equal(t, state, before.State)
					after, err := act(t.Context(), w.svc, actor(u), u.ID, do)
					if code := expected(users, state, do, who); code != "" {
						require.Equal(t, code, lance.CodeOf(err))
						require.Equal(t, before, w.get(u.ID), "a refused action changes nothing")
						return
					}
					require.NoError(t, err)
					require.Equal(t, users[state][do].To, after.State)
					require.Equal(t, after, w.get(u.ID), "what is returned is what is kept")
				})
			}
		}
	}
}

// expected returns the code of the refusal, or nothing when the action is
// allowed.
func expected(users lifecycletest.Table[auth.State, auth.Action], state auth.State, do auth.Action, who string) string {
	open := do == auth.Edit || do == auth.Delete // also one's own to do
	as := lance.ByAdmin
	switch who {
	case "nobody":
		return "actor_required"
	case "a_stranger":
		if open {
			return "user_not_found"
		}
		return "role_required"
	case "self":
		if !open {
			return "role_required"
		}
		as = auth.BySelf
	case "admin_himself":
		if !open {
			return "user_relation"
		}
		as = auth.BySelf
	}
	_, has := users[state][do]
	_, may := users.Leads(state, do, as)
	switch {
	case may:
		return ""
	case has:
		return "user_relation"
	}
	return "user_state"
}
