package authtest

import (
	"context"
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
)

func directoryLaws() []law {
	return []law{
		{"each_operation_is_for_whom_the_table_says", directoryMatrix},
		{"addresses_are_masked_but_for_administrators_and_oneself", masking},
		{"the_list_has_every_user_once_while_others_register", paging},
		{"an_administrator_makes_users", creating},
		{"bad_input_names_every_field_and_changes_nothing", badCreates},
		{"a_repeated_create_makes_one_user", createdOnce},
		{"a_user_edits_himself_by_version", editing},
		{"roles_are_granted_by_another_and_end_sessions", granting},
		{"suspending_and_deleting_end_sessions_and_can_be_undone", lifeOfAUser},
		{"a_deleted_user_is_hidden_and_his_address_stays_taken", deletedIsHidden},
	}
}

func directoryMatrix(w *world) {
	ctx := w.Context()
	ann := w.register(email)
	actors := map[string]lance.Actor{
		"nobody": nobody, "self": w.signedIn(ann), "stranger": w.signedIn(w.create("bob@example.com")),
		"support": w.signedIn(w.create("sue@example.com", lance.RoleSupport)),
		"arbiter": w.signedIn(w.create("art@example.com", lance.RoleArbiter)),
	}
	const unauth, role, hidden, ok = "actor_required", "role_required", "user_not_found", ""
	for name, c := range map[string]struct {
		call func(by lance.Actor) error
		want map[string]string
	}{
		"create": {func(by lance.Actor) error {
			_, err := w.svc.Create(ctx, by, auth.CreateInput{Email: "new@example.com", Name: "N", View: auth.ViewClient})
			return err
		}, map[string]string{"nobody": unauth, "self": role, "stranger": role, "support": role, "arbiter": role}},
		"list": {func(by lance.Actor) error { _, err := w.svc.List(ctx, by, auth.Query{}); return err },
			map[string]string{"nobody": unauth, "self": ok, "stranger": ok, "support": ok, "arbiter": ok}},
		"get": {func(by lance.Actor) error { _, err := w.svc.Get(ctx, by, ann.ID); return err },
			map[string]string{"nobody": unauth, "self": ok, "stranger": hidden, "support": ok, "arbiter": hidden}},
		"edit": {func(by lance.Actor) error {
			_, err := w.svc.Edit(ctx, by, auth.EditInput{User: ann.ID, Name: "Ann", View: auth.ViewClient})
			return err
		}, map[string]string{"nobody": unauth, "self": ok, "stranger": hidden, "support": hidden, "arbiter": hidden}},
		"grant": {func(by lance.Actor) error {
			_, err := w.svc.Grant(ctx, by, auth.GrantInput{User: ann.ID, Roles: []lance.Role{lance.RoleAdmin}})
			return err
		}, map[string]string{"nobody": unauth, "self": role, "stranger": role, "support": role, "arbiter": role}},
		"suspend":   {func(by lance.Actor) error { _, err := w.svc.Suspend(ctx, by, ann.ID); return err }, allRole},
		"reinstate": {func(by lance.Actor) error { _, err := w.svc.Reinstate(ctx, by, ann.ID); return err }, allRole},
		"restore":   {func(by lance.Actor) error { _, err := w.svc.Restore(ctx, by, ann.ID); return err }, allRole},
		"delete": {func(by lance.Actor) error {
			if by.User == ann.ID {
				return nil // proven by lifeOfAUser
			}
			_, err := w.svc.Delete(ctx, by, ann.ID)
			return err
		}, map[string]string{"nobody": unauth, "self": ok, "stranger": hidden, "support": hidden, "arbiter": hidden}},
	} {
		for who, by := range actors {
			require.Equal(w, c.want[who], lance.CodeOf(c.call(by)), "%s by %s", name, who)
		}
	}
	require.Equal(w, auth.StateActive, w.user(email).State)
	require.Empty(w, w.user(email).Roles)
	require.Empty(w, w.users("new@example.com"))
}

var allRole = map[string]string{
	"nobody": "actor_required", "self": "role_required", "stranger": "role_required", "support": "role_required", "arbiter": "role_required",
}

func masking(w *world) {
	ann := w.signedIn(w.register(email))
	admin := w.signedIn(w.create("adm@example.com", lance.RoleAdmin))
	sus := w.create("sus@example.com")
	_, err := w.svc.Suspend(w.Context(), admin, sus.ID)
	require.NoError(w, err)
	emails := func(by lance.Actor, q auth.Query) (out []string) {
		page, err := w.svc.List(w.Context(), by, q)
		require.NoError(w, err)
		for _, e := range page.Items {
			out = append(out, e.Email)
			if by.User == ann.User {
				require.Empty(w, e.Roles)
			}
		}
		return out
	}
	require.ElementsMatch(w, []string{email, "a***@example.com"}, emails(ann, auth.Query{}))
	require.ElementsMatch(w, []string{email, "adm@example.com", "sus@example.com"}, emails(admin, auth.Query{}))
	require.Equal(w, []string{"sus@example.com"}, emails(admin, auth.Query{State: auth.StateSuspended}))
	require.Empty(w, emails(ann, auth.Query{State: auth.StateSuspended}))
	require.Equal(w, []string{email}, emails(ann, auth.Query{View: auth.ViewFreelancer}))
	_, err = w.svc.List(w.Context(), ann, auth.Query{View: "x"})
	w.invalid(err, map[string]string{"/view": "view_unknown"})
}

func paging(w *world) {
	want := map[lance.UserID]bool{}
	for i := range 7 {
		want[w.create(fmt.Sprintf("u%d@example.com", i)).ID] = true
	}
	got := map[lance.UserID]bool{}
	q := auth.Query{PageQuery: lance.PageQuery{Limit: 2}}
	for {
		page, err := w.svc.List(w.Context(), system, q)
		require.NoError(w, err)
		for _, e := range page.Items {
			require.False(w, got[e.ID], "twice")
			got[e.ID] = true
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
		w.clock.Move(minute)
		w.create(fmt.Sprintf("late%d@example.com", len(got)))
	}
	require.Equal(w, want, got)
}

func creating(w *world) {
	admin := w.signedIn(w.create("adm@example.com", lance.RoleAdmin))
	u, err := w.svc.Create(w.Context(), admin, auth.CreateInput{
		Email: email, Name: "Ann", View: auth.ViewFreelancer, Password: password,
		Roles: []lance.Role{lance.RoleSupport, lance.RoleArbiter, lance.RoleSupport},
	})
	require.NoError(w, err)
	require.Equal(w, []lance.Role{lance.RoleArbiter, lance.RoleSupport}, u.Roles)
	require.False(w, u.Verified())
	require.Equal(w, u, w.user(email))
	require.NotEmpty(w, w.code(auth.MailVerify))
	require.Equal(w, u.Roles, w.signedIn(u).Roles)
	require.Equal(w, []string{"user.created"}, w.told(u.Ref()))
}

func badCreates(w *world) {
	try := func(change func(in *auth.CreateInput)) error {
		in := auth.CreateInput{Email: email, Name: "Ann", View: auth.ViewClient}
		change(&in)
		_, err := w.svc.Create(w.Context(), system, in)
		return err
	}
	for text, code := range badText {
		w.invalid(try(func(in *auth.CreateInput) { in.Name = text }), map[string]string{"/name": code})
	}
	for _, bad := range badEmails {
		w.invalid(try(func(in *auth.CreateInput) { in.Email = bad }), map[string]string{"/email": "email_syntax"})
	}
	w.invalid(try(func(in *auth.CreateInput) { in.Roles = []lance.Role{"admin", "root"} }), map[string]string{"/roles": "role_unknown"})
	w.invalid(try(func(in *auth.CreateInput) { in.View = "boss" }), map[string]string{"/view": "view_unknown"})
	w.invalid(try(func(in *auth.CreateInput) { in.Key = strings.Repeat("k", 256) }), map[string]string{"/key": "key_syntax"})
	require.Empty(w, w.users(email))
	require.Empty(w, w.letters())
	require.Empty(w, w.events())
}

func createdOnce(w *world) {
	in := auth.CreateInput{Key: "k1", Email: email, Name: "Ann", View: auth.ViewClient, Password: password}
	a, err := w.svc.Create(w.Context(), system, in)
	require.NoError(w, err)
	b, err := w.svc.Create(w.Context(), system, in)
	require.NoError(w, err)
	require.Equal(w, a.ID, b.ID)
	in.Name = "Bob"
	_, err = w.svc.Create(w.Context(), system, in)
	w.refused(err, lance.Conflict, "key_reused")
}

func editing(w *world) {
	u := w.register(email)
	by := w.signedIn(u)
	edit := func(change func(in *auth.EditInput)) (*auth.User, error) {
		in := auth.EditInput{Version: u.Version, Name: "Ann B.", View: auth.ViewClient}
		change(&in)
		return w.svc.Edit(w.Context(), by, in)
	}
	for text, code := range badText {
		_, err := edit(func(in *auth.EditInput) { in.Name = text })
		w.invalid(err, map[string]string{"/name": code})
	}
	require.Equal(w, u, w.user(email))
	moved, err := edit(func(*auth.EditInput) {})
	require.NoError(w, err)
	require.Equal(w, "Ann B.", moved.Name)
	require.Equal(w, auth.ViewClient, moved.View)
	_, err = edit(func(*auth.EditInput) {})
	w.refused(err, lance.Stale, "user_stale")
	require.Equal(w, moved, w.user(email))
	_, err = edit(func(in *auth.EditInput) { in.Version = 0 })
	require.NoError(w, err, "0 takes any version")
	require.Equal(w, []string{"user.registered", "user.edited", "user.edited"}, w.told(u.Ref()))
}

func granting(w *world) {
	ctx := w.Context()
	admin := w.signedIn(w.create("adm@example.com", lance.RoleAdmin))
	u := w.register(email)
	in := w.login(email, password)
	same, err := w.svc.Grant(ctx, admin, auth.GrantInput{User: u.ID})
	require.NoError(w, err)
	w.as(in)
	granted, err := w.svc.Grant(ctx, admin, auth.GrantInput{User: u.ID, Version: same.Version, Roles: []lance.Role{lance.RoleArbiter}})
	require.NoError(w, err)
	w.dead(in)
	require.True(w, w.signedIn(granted).Has(lance.RoleArbiter))
	_, err = w.svc.Grant(ctx, admin, auth.GrantInput{User: u.ID, Version: same.Version})
	w.refused(err, lance.Stale, "user_stale")
	_, err = w.svc.Grant(ctx, admin, auth.GrantInput{User: u.ID, Roles: []lance.Role{"root"}})
	w.invalid(err, map[string]string{"/roles": "role_unknown"})
	_, err = w.svc.Grant(ctx, admin, auth.GrantInput{User: "usr_none"})
	w.refused(err, lance.NotFound, "user_not_found")
}

func lifeOfAUser(w *world) {
	ctx := w.Context()
	admin := w.signedIn(w.create("adm@example.com", lance.RoleAdmin))
	u := w.register(email)
	for _, step := range []struct {
		do   func(context.Context, lance.Actor, lance.UserID) (*auth.User, error)
		by   lance.Actor
		want auth.State
	}{
		{w.svc.Suspend, admin, auth.StateSuspended},
		{w.svc.Reinstate, admin, auth.StateActive},
		{w.svc.Delete, lance.Person(u.ID), auth.StateDeleted},
		{w.svc.Restore, admin, auth.StateActive},
		{w.svc.Delete, admin, auth.StateDeleted},
		{w.svc.Restore, system, auth.StateActive},
	} {
		var in *auth.SignedIn
		if step.want != auth.StateActive {
			in = w.login(email, password)
		}
		moved, err := step.do(ctx, step.by, u.ID)
		require.NoError(w, err)
		require.Equal(w, step.want, moved.State)
		if in != nil {
			w.dead(in)
		}
		_, err = step.do(ctx, step.by, u.ID)
		w.refused(err, lance.Precondition, "user_state")
	}
	require.Equal(w, []string{
		"user.registered", "user.suspended", "user.reinstated", "user.deleted", "user.restored", "user.deleted", "user.restored",
	}, w.told(u.Ref()))
}

func deletedIsHidden(w *world) {
	ctx := w.Context()
	bob := w.signedIn(w.create("bob@example.com"))
	admin := w.signedIn(w.create("adm@example.com", lance.RoleAdmin))
	u := w.register(email)
	_, err := w.svc.Delete(ctx, lance.Person(u.ID), u.ID)
	require.NoError(w, err)
	page, err := w.svc.List(ctx, bob, auth.Query{})
	require.NoError(w, err)
	require.Len(w, page.Items, 2)
	kept, err := w.svc.Get(ctx, admin, u.ID)
	require.NoError(w, err)
	require.Equal(w, auth.StateDeleted, kept.State)
	require.NoError(w, w.svc.Register(ctx, registration(email)))
	require.Len(w, w.users(email), 1)
	_, err = w.svc.Edit(ctx, admin, auth.EditInput{User: u.ID, Name: "X", View: auth.ViewClient})
	w.refused(err, lance.Precondition, "user_state")
}
