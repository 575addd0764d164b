package auth_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/storagetest/goldentest"
)

func TestLifecyclesGolden(t *testing.T) {
	t.Parallel()
	goldentest.Check(t, "lifecycle.mermaid", []byte(auth.Lifecycle.Mermaid()))
	goldentest.Check(t, "session_lifecycle.mermaid", []byte(auth.SessionLifecycle.Mermaid()))
	goldentest.Check(t, "challenge_lifecycle.mermaid", []byte(auth.ChallengeLifecycle.Mermaid()))
}

// way is where an action leads, and who may take it there.
type way[S ~string] struct {
	to S
	by []lance.Relation
}

func by(rs ...lance.Relation) []lance.Relation { return rs }

// users, sessions and challenges are the lifecycles written down a second time.
var (
	users = map[auth.State]map[auth.Action]way[auth.State]{
		auth.StateActive: {
			auth.Edit:    {auth.StateActive, by(auth.BySelf, lance.ByAdmin)},
			auth.Grant:   {auth.StateActive, by(lance.ByAdmin)},
			auth.Suspend: {auth.StateSuspended, by(lance.ByAdmin)},
			auth.Delete:  {auth.StateDeleted, by(auth.BySelf, lance.ByAdmin)},
		},
		auth.StateSuspended: {
			auth.Reinstate: {auth.StateActive, by(lance.ByAdmin)},
			auth.Delete:    {auth.StateDeleted, by(lance.ByAdmin)},
		},
		auth.StateDeleted: {auth.Restore: {auth.StateActive, by(lance.ByAdmin)}},
	}
	sessions = map[auth.SessionState]map[auth.SessionAction]way[auth.SessionState]{
		auth.SessionActive: {
			auth.RevokeSession: {auth.SessionRevoked, by(auth.BySelf, lance.ByAdmin, auth.ByGuard)},
			auth.ExpireSession: {auth.SessionExpired, by(lance.ByClock)},
		},
		auth.SessionRevoked: {}, auth.SessionExpired: {},
	}
	challenges = map[auth.ChallengeState]map[auth.ChallengeAction]way[auth.ChallengeState]{
		auth.ChallengeOpen: {
			auth.MeetChallenge:    {auth.ChallengeMet, by(auth.ByHolder)},
			auth.MissChallenge:    {auth.ChallengeOpen, by(auth.ByHolder)},
			auth.LockChallenge:    {auth.ChallengeLocked, by(auth.ByHolder)},
			auth.ReplaceChallenge: {auth.ChallengeReplaced, by(auth.ByHolder)},
			auth.ExpireChallenge:  {auth.ChallengeExpired, by(lance.ByClock)},
		},
		auth.ChallengeMet: {}, auth.ChallengeLocked: {}, auth.ChallengeReplaced: {}, auth.ChallengeExpired: {},
	}
)

func TestEveryActionInEveryStateByEveryRelation(t *testing.T) {
	t.Parallel()
	walk(t, auth.Lifecycle, users)
	walk(t, auth.SessionLifecycle, sessions)
	walk(t, auth.ChallengeLifecycle, challenges)
}

func walk[S, A ~string](t *testing.T, m *lance.Machine[S, A], table map[S]map[A]way[S]) {
	t.Helper()
	require.Len(t, table, len(m.States()))
	relations := by(auth.BySelf, auth.ByGuard, auth.ByHolder, lance.ByAdmin, lance.ByClock, lance.ByProvider)
	for _, state := range m.States() {
		for _, do := range m.AllActions() {
			for _, as := range relations {
				to, err := m.Next(state, do, as)
				want, has := table[state][do]
				if has && slices.Contains(want.by, as) {
					require.NoError(t, err, "%s %s %s", state, do, as)
					require.Equal(t, want.to, to)
					require.Contains(t, m.Actions(state, as), do)
					continue
				}
				require.Error(t, err, "%s %s %s", state, do, as)
				require.Equal(t, state, to)
				require.NotContains(t, m.Actions(state, as), do)
			}
		}
	}
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
					if code := expected(state, do, who); code != "" {
						require.Equal(t, code, lance.CodeOf(err))
						require.Equal(t, before, w.get(u.ID), "a refused action changes nothing")
						return
					}
					require.NoError(t, err)
					require.Equal(t, users[state][do].to, after.State)
					require.Equal(t, after, w.get(u.ID), "what is returned is what is kept")
				})
			}
		}
	}
}

// expected returns the code of the refusal, or nothing when the action is
// allowed.
func expected(state auth.State, do auth.Action, who string) string {
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
	way, has := users[state][do]
	switch {
	case has && slices.Contains(way.by, as):
		return ""
	case has:
		return "user_relation"
	}
	return "user_state"
}
