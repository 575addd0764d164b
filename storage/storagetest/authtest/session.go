package authtest

import (
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
)

func passwordLaws() []law {
	return []law{
		{"changing_a_password_ends_every_session", changing},
		{"a_change_takes_the_present_password_and_obeys_the_policy", badChanges},
		{"who_has_no_password_resets_it", noPassword},
		{"one_policy_rules_every_way_to_a_password", onePolicy},
		{"of_changes_at_once_one_succeeds", changeRace},
	}
}

func changing(w *world) {
	u := w.register(email)
	here, there := w.login(email, password), w.login(email, password)
	stranger := w.create("bob@example.com")
	bob := w.login(stranger.Email, password)
	in := auth.ChangePasswordInput{Current: password, New: other, Client: from}
	require.NoError(w, w.svc.ChangePassword(w.Context(), w.as(here), in))
	w.dead(here)
	w.dead(there)
	w.as(bob)
	_, err := w.svc.Login(w.Context(), auth.LoginInput{Email: email, Password: password})
	w.refused(err, lance.Unauthorized, "login_failed")
	w.login(email, other)
	require.Equal(w, "user.password_changed", last(w.told(u.Ref())))
}

func badChanges(w *world) {
	u := w.register(email)
	by := w.signedIn(u)
	before, hash := w.user(email), w.hashOf(u)
	try := func(by lance.Actor, current, next auth.Secret) error {
		return w.svc.ChangePassword(w.Context(), by, auth.ChangePasswordInput{Current: current, New: next})
	}
	w.invalid(try(by, other, other), map[string]string{"/current": "password_wrong"})
	w.invalid(try(by, "", other), map[string]string{"/current": "text_required"})
	w.invalid(try(by, auth.Secret(strings.Repeat("x", 257)), other), map[string]string{"/current": "password_too_long"})
	for bad, code := range badPasswords {
		w.invalid(try(by, password, bad), map[string]string{"/new": code})
	}
	for _, by := range []lance.Actor{nobody, system} {
		w.refused(try(by, password, other), lance.Unauthorized, "actor_required")
	}
	w.refused(try(lance.Person("usr_none"), password, other), lance.NotFound, "user_not_found")
	require.Equal(w, before, w.user(email))
	require.Equal(w, hash, w.hashOf(u))
}

func noPassword(w *world) {
	u, err := w.svc.Create(w.Context(), system, auth.CreateInput{Email: email, Name: "Ann", View: auth.ViewClient, Verified: true})
	require.NoError(w, err)
	require.True(w, u.PasswordAt.IsZero())
	err = w.svc.ChangePassword(w.Context(), lance.Person(u.ID), auth.ChangePasswordInput{Current: password, New: other})
	w.refused(err, lance.Precondition, "password_unset")
	require.NoError(w, w.svc.RequestReset(w.Context(), auth.RequestInput{Email: email}))
	in := auth.ResetInput{Email: email, Code: w.code(auth.MailReset), Password: other}
	require.NoError(w, w.svc.ResetPassword(w.Context(), in))
	w.login(email, other)
}

func onePolicy(w *world) {
	ctx := w.Context()
	u := w.register(email)
	by := w.signedIn(u)
	svc := w.with(func(o *auth.Options) { o.Passwords = auth.PasswordPolicy{MinLength: 12, MinScore: 3} })
	for weak, code := range map[auth.Secret]string{"Short1!": "password_too_short", "password1234": "password_weak", "ann.lee@example.com": "password_weak"} {
		reg := registration("bob@example.com")
		reg.Password = weak
		made := auth.CreateInput{Email: "bob@example.com", Name: "Ann Lee", View: auth.ViewClient, Password: weak}
		if strings.HasPrefix(string(weak), "ann") {
			reg.Email, made.Email = email, email
		}
		w.invalid(svc.Register(ctx, reg), map[string]string{"/password": code})
		_, err := svc.Create(ctx, system, made)
		w.invalid(err, map[string]string{"/password": code})
		w.invalid(svc.ChangePassword(ctx, by, auth.ChangePasswordInput{Current: password, New: weak}), map[string]string{"/new": code})
		w.invalid(svc.ResetPassword(ctx, auth.ResetInput{Email: email, Code: "1", Password: weak}), map[string]string{"/password": code})
	}
	_, err := svc.Login(ctx, auth.LoginInput{Email: email, Password: password})
	require.NoError(w, err, "a policy does not lock out who has a password")
}

func changeRace(w *world) {
	u := w.register(email)
	by := w.signedIn(u)
	good := 0
	for _, err := range w.race(4, func(int) error {
		return w.svc.ChangePassword(w.Context(), by, auth.ChangePasswordInput{Current: password, New: other})
	}) {
		switch lance.CodeOf(err) {
		case "":
			require.NoError(w, err)
			good++
		case "password_moved":
			w.refused(err, lance.Conflict, "password_moved")
		default:
			w.invalid(err, map[string]string{"/current": "password_wrong"})
		}
	}
	require.Equal(w, 1, good)
}

func sessionLaws() []law {
	return []law{
		{"a_user_lists_his_own_sessions", listSessions},
		{"a_user_ends_his_own_session", revokeOne},
		{"a_user_ends_all_his_sessions", revokeAll},
		{"nobody_sees_or_ends_the_sessions_of_others", othersSessions},
	}
}

func listSessions(w *world) {
	u := w.register(email)
	first := w.login(email, password)
	w.clock.Move(minute)
	second := w.login(email, password)
	w.clock.Move(minute)
	next, err := w.refresh(first.Refresh)
	require.NoError(w, err)
	page, err := w.svc.Sessions(w.Context(), w.as(next), auth.SessionQuery{})
	require.NoError(w, err)
	require.Len(w, page.Items, 2)
	newest, oldest := page.Items[0], page.Items[1]
	require.Equal(w, second.Session, newest.ID)
	require.Equal(w, epoch.Add(minute), newest.SeenAt)
	require.False(w, newest.Current)
	require.Equal(w, first.Session, oldest.ID)
	require.Equal(w, epoch.Add(2*minute), oldest.SeenAt)
	require.True(w, oldest.Current)
	require.Equal(w, from, oldest.Client)
	require.Equal(w, u.ID, oldest.User)
	require.Equal(w, []auth.SessionAction{auth.RevokeSession}, oldest.AllowedActions(w.as(next)))

	require.NoError(w, w.svc.Logout(w.Context(), second.Refresh))
	page, err = w.svc.Sessions(w.Context(), w.as(next), auth.SessionQuery{Active: true})
	require.NoError(w, err)
	require.Len(w, page.Items, 1)
	_, err = w.svc.Sessions(w.Context(), w.as(next), auth.SessionQuery{PageQuery: lance.PageQuery{Limit: 101}})
	w.invalid(err, map[string]string{"/limit": "limit_range"})
	_, err = w.svc.Logins(w.Context(), w.as(next), auth.LoginQuery{PageQuery: lance.PageQuery{Cursor: "?"}})
	w.invalid(err, map[string]string{"/cursor": "cursor_syntax"})
}

func revokeOne(w *world) {
	w.register(email)
	here, there := w.login(email, password), w.login(email, password)
	by := w.as(here)
	require.NoError(w, w.svc.RevokeSession(w.Context(), by, there.Session))
	w.dead(there)
	w.as(here)
	w.refused(w.svc.RevokeSession(w.Context(), by, there.Session), lance.Precondition, "session_state")
	w.refused(w.svc.RevokeSession(w.Context(), by, "ses_none"), lance.NotFound, "session_not_found")
	require.Equal(w, []string{"session.opened", "session.revoked"}, w.told((&auth.Session{ID: there.Session}).Ref()))
}

func revokeAll(w *world) {
	u := w.register(email)
	here, there := w.login(email, password), w.login(email, password)
	n, err := w.svc.RevokeSessions(w.Context(), w.as(here), "")
	require.NoError(w, err)
	require.Equal(w, 2, n)
	w.dead(here)
	w.dead(there)
	n, err = w.svc.RevokeSessions(w.Context(), system, u.ID)
	require.NoError(w, err)
	require.Zero(w, n)
}

func othersSessions(w *world) {
	ctx := w.Context()
	ann := w.register(email)
	hers := w.login(email, password)
	bob := w.signedIn(w.create("bob@example.com"))
	support := w.signedIn(w.create("sue@example.com", lance.RoleSupport))
	admin := w.signedIn(w.create("adm@example.com", lance.RoleAdmin))
	calls := func(by lance.Actor) []error {
		_, list := w.svc.Sessions(ctx, by, auth.SessionQuery{User: ann.ID})
		_, logins := w.svc.Logins(ctx, by, auth.LoginQuery{User: ann.ID})
		revoke := w.svc.RevokeSession(ctx, by, hers.Session)
		_, all := w.svc.RevokeSessions(ctx, by, ann.ID)
		return []error{list, logins, revoke, all}
	}
	for _, err := range calls(nobody) {
		w.refused(err, lance.Unauthorized, "actor_required")
	}
	for i, err := range calls(bob) {
		w.refused(err, lance.NotFound, []string{"user_not_found", "user_not_found", "session_not_found", "user_not_found"}[i])
	}
	seen := calls(support)
	require.NoError(w, seen[0])
	require.NoError(w, seen[1])
	w.refused(seen[2], lance.NotFound, "session_not_found")
	w.refused(seen[3], lance.NotFound, "user_not_found")
	w.as(hers)
	for _, err := range calls(admin) {
		require.NoError(w, err)
	}
	w.dead(hers)
}
