package authtest

import (
	"context"
	"strings"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
)

func loginLaws() []law {
	return []law{
		{"every_attempt_stands_in_the_users_history", history},
		{"an_unknown_address_and_a_wrong_password_are_answered_alike", answeredAlike},
		{"who_is_kept_out_hears_why_only_with_the_right_password", keptOut},
		{"an_unproven_address_is_kept_out_where_the_policy_says_so", unverified},
		{"bad_input_names_every_field", badLogins},
		{"a_hash_of_less_work_is_renewed_by_a_login", renewing},
		{"an_imported_bcrypt_hash_keeps_its_own_rule", imported},
		{"a_throttle_is_asked_with_keys_that_name_nobody", throttled},
	}
}

func history(w *world) {
	ctx := w.Context()
	u := w.register(email)
	w.clock.Move(minute)
	_, err := w.svc.Login(ctx, auth.LoginInput{Email: email, Password: other, Client: auth.Client{
		IP: "::ffff:198.51.100.1", Agent: "Bad\x00Browser\xff" + strings.Repeat("x", 1000),
	}})
	w.refused(err, lance.Unauthorized, "login_failed")
	w.clock.Move(minute)
	in := w.login(email, password)
	by := w.as(in)

	page, err := w.svc.Logins(ctx, by, auth.LoginQuery{})
	require.NoError(w, err)
	require.Len(w, page.Items, 2)
	ok, bad := page.Items[0], page.Items[1]
	require.Equal(w, auth.LoginOK, ok.Result)
	require.Equal(w, in.Session, ok.Session)
	require.Equal(w, from, ok.Client)
	require.Equal(w, epoch.Add(2*minute), ok.At)
	require.Equal(w, auth.LoginWrong, bad.Result)
	require.Equal(w, "198.51.100.1", bad.Client.IP)
	require.Equal(w, "BadBrowser"+strings.Repeat("x", 390), bad.Client.Agent)
	require.Empty(w, bad.Session)

	first, err := w.svc.Logins(ctx, by, auth.LoginQuery{PageQuery: lance.PageQuery{Limit: 1}})
	require.NoError(w, err)
	require.Equal(w, []*auth.Login{ok}, first.Items)
	second, err := w.svc.Logins(ctx, by, auth.LoginQuery{User: u.ID, PageQuery: lance.PageQuery{Limit: 1, Cursor: first.Next}})
	require.NoError(w, err)
	require.Equal(w, []*auth.Login{bad}, second.Items)
	require.Empty(w, second.Next)
}

func answeredAlike(w *world) {
	w.register(email)
	_, wrong := w.svc.Login(w.Context(), auth.LoginInput{Email: email, Password: other})
	_, unknown := w.svc.Login(w.Context(), auth.LoginInput{Email: "nobody@example.com", Password: other})
	w.refused(wrong, lance.Unauthorized, "login_failed")
	require.Equal(w, wrong.Error(), unknown.Error())
	_, err := w.svc.Create(w.Context(), system, auth.CreateInput{Email: "none@example.com", Name: "N", View: auth.ViewClient})
	require.NoError(w, err)
	_, without := w.svc.Login(w.Context(), auth.LoginInput{Email: "none@example.com", Password: other})
	require.Equal(w, wrong.Error(), without.Error())
	w.view(func(ctx context.Context, r auth.Repos) error {
		all, err := r.Logins().Find(ctx, lance.Filter{})
		require.Len(w, all, 3, "attempts on unknown addresses are kept too")
		return err
	})
}

func keptOut(w *world) {
	ctx := w.Context()
	u := w.register(email)
	try := func(p auth.Secret) error {
		_, err := w.svc.Login(ctx, auth.LoginInput{Email: email, Password: p})
		return err
	}
	_, err := w.svc.Suspend(ctx, system, u.ID)
	require.NoError(w, err)
	w.refused(try(password), lance.Forbidden, "user_suspended")
	w.refused(try(other), lance.Unauthorized, "login_failed")
	_, err = w.svc.Delete(ctx, system, u.ID)
	require.NoError(w, err)
	w.refused(try(password), lance.Unauthorized, "login_failed")
	_, err = w.svc.Restore(ctx, system, u.ID)
	require.NoError(w, err)
	w.login(email, password)
}

func unverified(w *world) {
	svc := w.with(func(o *auth.Options) { o.RequireVerified = true })
	w.register(email)
	_, err := svc.Login(w.Context(), auth.LoginInput{Email: email, Password: password})
	w.refused(err, lance.Forbidden, "email_unverified")
	_, err = svc.Login(w.Context(), auth.LoginInput{Email: email, Password: other})
	w.refused(err, lance.Unauthorized, "login_failed")
	require.NoError(w, w.verify(w.code(auth.MailVerify)))
	_, err = svc.Login(w.Context(), auth.LoginInput{Email: email, Password: password})
	require.NoError(w, err)
}

func badLogins(w *world) {
	w.register(email)
	try := func(in auth.LoginInput) error { _, err := w.svc.Login(w.Context(), in); return err }
	for _, bad := range badEmails {
		w.invalid(try(auth.LoginInput{Email: bad, Password: password}), map[string]string{"/email": "email_syntax"})
	}
	w.invalid(try(auth.LoginInput{Email: email, Password: auth.Secret(strings.Repeat("a", 257))}), map[string]string{"/password": "password_too_long"})
	w.invalid(try(auth.LoginInput{Client: auth.Client{IP: "1.2.3"}}), map[string]string{
		"/email": "email_syntax", "/password": "text_required", "/client/ip": "ip_syntax",
	})
	w.view(func(ctx context.Context, r auth.Repos) error {
		all, err := r.Logins().Find(ctx, lance.Filter{})
		require.Empty(w, all)
		return err
	})
}

// hashOf returns what is kept of a user's password.
func (w *world) hashOf(u *auth.User) (hash string) {
	w.Helper()
	w.view(func(ctx context.Context, r auth.Repos) error {
		c, err := r.Credentials().Get(ctx, u.ID)
		if err == nil {
			hash = c.Hash
		}
		return err
	})
	return hash
}

func renewing(w *world) {
	u := w.register(email)
	before := w.hashOf(u)
	require.Contains(w, before, "$argon2id$v=19$m=8,t=1,p=1$")
	dear := w.with(func(o *auth.Options) { o.Hasher = auth.NewHasher(auth.Argon{MemoryKiB: 16, Passes: 2, Lanes: 1}, 1) })
	_, err := dear.Login(w.Context(), auth.LoginInput{Email: email, Password: other})
	w.refused(err, lance.Unauthorized, "login_failed")
	require.Equal(w, before, w.hashOf(u))
	in, err := dear.Login(w.Context(), auth.LoginInput{Email: email, Password: password})
	require.NoError(w, err)
	after := w.hashOf(u)
	require.Contains(w, after, "$argon2id$v=19$m=16,t=2,p=1$")
	_, err = dear.Login(w.Context(), auth.LoginInput{Email: email, Password: password})
	require.NoError(w, err)
	require.Equal(w, after, w.hashOf(u), "once is enough")
	w.login(email, password)
	require.Equal(w, after, w.hashOf(u), "it is never made weaker")
	w.as(in)
}

func imported(w *world) {
	long := strings.Repeat("0123456789", 8) // 80 bytes: bcrypt looks at 72
	hash, err := bcrypt.GenerateFromPassword([]byte(long[:72]), bcrypt.MinCost)
	require.NoError(w, err)
	in := auth.CreateInput{Email: email, Name: "Ann", View: auth.ViewClient, Hash: auth.Secret(hash), Verified: true}
	u, err := w.svc.Create(w.Context(), system, in)
	require.NoError(w, err)
	w.login(email, auth.Secret(long))
	require.Equal(w, string(hash), w.hashOf(u), "what lies behind 72 bytes was not proven")
	w.login(email, auth.Secret(long[:72]))
	require.Contains(w, w.hashOf(u), "$argon2id$")
	_, err = w.svc.Login(w.Context(), auth.LoginInput{Email: email, Password: auth.Secret(long)})
	w.refused(err, lance.Unauthorized, "login_failed")

	for _, bad := range []auth.Secret{"x", "$2b$31$" + auth.Secret(hash[7:]), "$argon2id$v=19$m=9999999,t=1,p=1$c2FsdHNhbHQ$aGFzaA"} {
		in.Email, in.Hash = "bob@example.com", bad
		_, err := w.svc.Create(w.Context(), system, in)
		w.invalid(err, map[string]string{"/hash": "hash_syntax"})
	}
	in.Hash, in.Password = auth.Secret(hash), password
	_, err = w.svc.Create(w.Context(), system, in)
	w.invalid(err, map[string]string{"/hash": "hash_or_password"})
}

// turnstile lets nobody through whose operation it refuses, and notes the keys.
type turnstile struct {
	refuse string
	keys   *[]string
}

// Allow fails with Limited for the operation that is refused.
func (t turnstile) Allow(_ context.Context, op string, keys ...string) error {
	*t.keys = append(*t.keys, keys...)
	if op == t.refuse {
		return lance.E(lance.Limited, "too_many_attempts", "try again later")
	}
	return nil
}

func throttled(w *world) {
	ctx := w.Context()
	u := w.register(email)
	by := w.signedIn(u)
	var keys []string
	calls := map[string]func(s *auth.Service) error{
		"auth.Register": func(s *auth.Service) error { return s.Register(ctx, registration("bob@example.com")) },
		"auth.Login": func(s *auth.Service) error {
			_, err := s.Login(ctx, auth.LoginInput{Email: email, Password: password, Client: from})
			return err
		},
		"auth.Refresh":             func(s *auth.Service) error { _, err := s.Refresh(ctx, auth.RefreshInput{Client: from}); return err },
		"auth.RequestVerification": func(s *auth.Service) error { return s.RequestVerification(ctx, auth.RequestInput{Email: email}) },
		"auth.RequestReset":        func(s *auth.Service) error { return s.RequestReset(ctx, auth.RequestInput{Email: email}) },
		"auth.VerifyEmail":         func(s *auth.Service) error { return s.VerifyEmail(ctx, auth.VerifyInput{Email: email, Code: "1"}) },
		"auth.ResetPassword": func(s *auth.Service) error {
			return s.ResetPassword(ctx, auth.ResetInput{Email: email, Code: "1", Password: other})
		},
		"auth.ChangePassword": func(s *auth.Service) error {
			return s.ChangePassword(ctx, by, auth.ChangePasswordInput{Current: password, New: other})
		},
	}
	for op, call := range calls {
		svc := w.with(func(o *auth.Options) { o.Throttle = turnstile{op, &keys} })
		err := call(svc)
		w.refused(err, lance.Limited, "too_many_attempts")
	}
	require.Contains(w, keys, "ip:"+from.IP)
	require.Contains(w, keys, "user:"+string(u.ID))
	require.NotContains(w, strings.ToLower(strings.Join(keys, " ")), "ann.lee")
	require.Empty(w, w.users("bob@example.com"))
	w.login(email, password)
}
