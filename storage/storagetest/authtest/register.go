package authtest

import (
	"context"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
)

func registerLaws() []law {
	return []law{
		{"registering_makes_a_user_who_can_sign_in", registering},
		{"a_mail_is_owed_by_the_transaction_that_registers", mailIsOwed},
		{"a_known_address_is_answered_alike_and_changes_nothing", knownAddress},
		{"an_address_is_unique_in_any_case", addressCase},
		{"of_many_who_register_an_address_at_once_one_does", registerRace},
		{"bad_input_names_every_field_and_changes_nothing", badRegistrations},
		{"without_codes_people_register_and_nobody_is_mailed", withoutCodes},
	}
}

func registering(w *world) {
	u := w.register(email)
	require.True(w, strings.HasPrefix(string(u.ID), "usr_"))
	require.EqualValues(w, 1, u.Version)
	require.Equal(w, auth.StateActive, u.State)
	require.Equal(w, auth.ViewFreelancer, u.View)
	require.Equal(w, email, u.Email)
	require.Empty(w, u.Roles)
	require.False(w, u.Verified())
	require.Equal(w, epoch, u.CreatedAt)
	require.Equal(w, []string{"user.registered"}, w.told(u.Ref()))

	in := w.login(email, password)
	require.Equal(w, u.ID, in.User.ID)
	by := w.as(in)
	require.Equal(w, lance.Actor{User: u.ID, Party: lance.PartyID(u.ID), Session: string(in.Session)}, by)
}

func mailIsOwed(w *world) {
	u := w.register(email)
	letters := w.letters()
	require.Len(w, letters, 1)
	require.Equal(w, email, letters[0].To)
	require.Equal(w, auth.MailVerify, letters[0].Kind)
	require.Len(w, letters[0].Code.Reveal(), 8)
	require.Equal(w, "[secret]", letters[0].Code.String())
	require.Equal(w, epoch.Add(30*minute), letters[0].ExpiresAt)

	d := lance.Delivery{Relay: auth.MailRelay, Body: []byte(`{"user":"` + string(u.ID) + `","kind":"known_address"}`)}
	_, err := w.svc.Letter(w.Context(), w.signedIn(u), d)
	w.refused(err, lance.Forbidden, "role_required")
	_, err = w.svc.Letter(w.Context(), nobody, d)
	w.refused(err, lance.Unauthorized, "actor_required")
	_, err = w.svc.Letter(w.Context(), system, lance.Delivery{Relay: "other", Body: d.Body})
	w.refused(err, lance.Internal, "mail_body")
}

func knownAddress(w *world) {
	before := w.register(email)
	require.Len(w, w.letters(), 1)
	again := auth.RegisterInput{Email: strings.ToUpper(email), Password: other, Name: "Mallory", View: auth.ViewClient}
	require.NoError(w, w.svc.Register(w.Context(), again))
	require.NoError(w, w.svc.Register(w.Context(), again))
	require.Equal(w, before, w.user(email))
	letters := w.letters()
	require.Len(w, letters, 1, "one mail a day")
	require.Equal(w, auth.MailKnown, letters[0].Kind)
	require.Equal(w, email, letters[0].To)
	require.Empty(w, letters[0].Code)
	_, err := w.svc.Login(w.Context(), auth.LoginInput{Email: email, Password: other})
	w.refused(err, lance.Unauthorized, "login_failed")

	w.clock.Move(day)
	require.NoError(w, w.svc.Register(w.Context(), again))
	require.Len(w, w.letters(), 1)
}

func addressCase(w *world) {
	w.create("ann@example.com")
	_, err := w.svc.Create(w.Context(), system, auth.CreateInput{Email: "ANN@Example.COM", Name: "B", View: auth.ViewClient})
	w.refused(err, lance.Exists, "user_exists")
	require.NotEmpty(w, w.login("aNN@eXample.com", password).Access)
}

func registerRace(w *world) {
	for _, err := range w.race(8, func(int) error { return w.svc.Register(w.Context(), registration(email)) }) {
		require.NoError(w, err)
	}
	require.Len(w, w.users(email), 1)
	w.login(email, password)
}

// badText is what no text field of one line takes, with the code that says so.
var badText = map[string]string{
	strings.Repeat("a", 101):            "text_too_long",
	"<script>alert(1)</script>":         "text_markup",
	"a\xffb":                            "text_utf8",
	"a\x00b":                            "text_control",
	"two\nlines":                        "text_control",
	"":                                  "text_required",
	`<img src=x onerror="alert('x')"/>`: "text_markup",
}

// badEmails are written like no address.
var badEmails = []string{
	"", "ann", "@example.com", "ann@", "ann@example", "ann@@example.com", "ann lee@example.com", "ann@exa mple.com",
	"ann@-example.com", "ann..lee@example.com", ".ann@example.com", "ann@example..com", "ann\n@example.com", "änn@example.com",
	"ann@example.com\x00", "<ann@example.com>", "ann@example.com'; DROP TABLE lance_users; --",
	strings.Repeat("a", 65) + "@example.com", "ann@" + strings.Repeat("a.", 150) + "com", "a\xff@example.com",
}

func badRegistrations(w *world) {
	try := func(change func(in *auth.RegisterInput)) error {
		in := registration(email)
		change(&in)
		return w.svc.Register(w.Context(), in)
	}
	for text, code := range badText {
		w.invalid(try(func(in *auth.RegisterInput) { in.Name = text }), map[string]string{"/name": code})
	}
	for _, bad := range badEmails {
		w.invalid(try(func(in *auth.RegisterInput) { in.Email = bad }), map[string]string{"/email": "email_syntax"})
	}
	for bad, code := range badPasswords {
		w.invalid(try(func(in *auth.RegisterInput) { in.Password = bad }), map[string]string{"/password": code})
	}
	w.invalid(try(func(in *auth.RegisterInput) { *in = auth.RegisterInput{Client: auth.Client{IP: "here"}} }), map[string]string{
		"/email": "email_syntax", "/name": "text_required", "/password": "password_too_short", "/view": "view_unknown", "/client/ip": "ip_syntax",
	})
	require.Empty(w, w.letters())
	require.Empty(w, w.events())
	w.view(func(ctx context.Context, r auth.Repos) error {
		all, err := r.Users().Find(ctx, lance.Filter{})
		require.Empty(w, all)
		return err
	})
	require.NoError(w, try(func(in *auth.RegisterInput) { in.Password = auth.Secret(strings.Repeat("ü", 128)) }), "256 bytes are allowed")
}

// badPasswords are refused by every policy, with the code that says so.
var badPasswords = map[auth.Secret]string{
	"":                                      "password_too_short",
	"1234567":                               "password_too_short",
	"üüüüüüü":                               "password_too_short",
	auth.Secret(strings.Repeat("a", 257)):   "password_too_long",
	auth.Secret(strings.Repeat("ü", 129)):   "password_too_long",
	auth.Secret("long enough but \xff bad"): "text_utf8",
}

func withoutCodes(w *world) {
	svc := w.with(func(o *auth.Options) { o.Codes = nil })
	require.NoError(w, svc.Register(w.Context(), registration(email)))
	require.Empty(w, w.letters())
	for _, err := range []error{
		svc.RequestReset(w.Context(), auth.RequestInput{Email: email}),
		svc.RequestVerification(w.Context(), auth.RequestInput{Email: email}),
		svc.VerifyEmail(w.Context(), auth.VerifyInput{Email: email, Code: "1"}),
		svc.ResetPassword(w.Context(), auth.ResetInput{Email: email, Code: "1", Password: other}),
	} {
		w.refused(err, lance.Unavailable, "codes_unavailable")
	}
}
