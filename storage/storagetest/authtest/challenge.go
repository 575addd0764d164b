package authtest

import (
	"context"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
)

const minute = time.Minute

func challengeLaws() []law {
	return []law{
		{"the_mailed_code_proves_the_address_once", verifying},
		{"five_wrong_codes_lock_a_challenge", lockedOut},
		{"a_code_is_good_until_its_time_is_over", codeExpires},
		{"a_newer_challenge_replaces_the_older_after_a_minute", replacing},
		{"a_code_is_good_for_its_user_and_kind_alone", codeOfAnother},
		{"an_unknown_address_is_answered_alike", unknownAddress},
		{"a_reset_sets_the_password_proves_the_address_and_ends_sessions", resetting},
		{"a_refused_password_does_not_spend_the_code", resetPolicy},
		{"only_active_users_are_mailed", onlyActive},
		{"of_many_who_give_the_right_code_at_once_one_succeeds", codeRace},
	}
}

func (w *world) verify(code auth.Secret) error {
	return w.svc.VerifyEmail(w.Context(), auth.VerifyInput{Email: email, Code: code, Client: from})
}

// wrong checks that a code was refused.
func (w *world) wrong(err error) {
	w.Helper()
	w.invalid(err, map[string]string{"/code": "code_invalid"})
}

func verifying(w *world) {
	u := w.register(email)
	code := w.code(auth.MailVerify)
	typed := code.Reveal()[:4] + " - " + code.Reveal()[4:]
	w.clock.Move(minute)
	require.NoError(w, w.verify(auth.Secret(typed)))
	after := w.user(email)
	require.Equal(w, epoch.Add(minute), after.VerifiedAt)
	require.Equal(w, u.Version+1, after.Version)
	require.Equal(w, []string{"user.registered", "user.email_verified"}, w.told(u.Ref()))
	w.wrong(w.verify(code))
	require.Equal(w, after, w.user(email))
	require.NoError(w, w.svc.RequestVerification(w.Context(), auth.RequestInput{Email: email}))
	require.Empty(w, w.letters(), "nothing is left to prove")
}

func lockedOut(w *world) {
	w.register(email)
	code := w.code(auth.MailVerify)
	for range 5 {
		w.wrong(w.verify("00000000x"))
	}
	w.wrong(w.verify(code))
	require.False(w, w.user(email).Verified())
	w.clock.Move(2 * minute)
	require.NoError(w, w.svc.RequestVerification(w.Context(), auth.RequestInput{Email: email}))
	for range 4 {
		w.wrong(w.verify("00000000x"))
	}
	require.NoError(w, w.verify(w.code(auth.MailVerify)), "four are forgiven")
}

func codeExpires(w *world) {
	w.register(email)
	code := w.code(auth.MailVerify)
	w.clock.Move(30 * minute)
	w.wrong(w.verify(code))
	rep := w.settle()
	require.Len(w, rep.Fired, 1)
	challenge := rep.Fired[0].Owner
	require.Equal(w, "challenge.closed", last(w.told(challenge)))
	w.wrong(w.verify(code))
	require.True(w, w.settle().Idle())
}

func last(s []string) string { return s[len(s)-1] }

func replacing(w *world) {
	w.register(email)
	first := w.code(auth.MailVerify)
	ask := func() {
		require.NoError(w, w.svc.RequestVerification(w.Context(), auth.RequestInput{Email: strings.ToUpper(email)}))
	}
	w.clock.Move(minute - time.Second)
	ask()
	require.Empty(w, w.letters(), "not within a minute")
	w.clock.Move(time.Second)
	ask()
	second := w.code(auth.MailVerify)
	require.NotEqual(w, first, second)
	w.wrong(w.verify(first))
	require.NoError(w, w.verify(second))
}

func codeOfAnother(w *world) {
	w.register(email)
	mine := w.code(auth.MailVerify)
	w.register("bob@example.com")
	his := w.code(auth.MailVerify)
	w.wrong(w.verify(his))
	w.wrong(w.svc.ResetPassword(w.Context(), auth.ResetInput{Email: email, Code: mine, Password: other}))
	require.NoError(w, w.svc.RequestReset(w.Context(), auth.RequestInput{Email: email}))
	w.wrong(w.verify(w.code(auth.MailReset)))
	require.NoError(w, w.verify(mine))
}

func unknownAddress(w *world) {
	w.register(email)
	w.code(auth.MailVerify)
	for _, address := range []string{"nobody@example.com", email} {
		require.NoError(w, w.svc.RequestReset(w.Context(), auth.RequestInput{Email: address, Client: from}))
		require.NoError(w, w.svc.RequestVerification(w.Context(), auth.RequestInput{Email: address, Client: from}))
		for _, code := range []auth.Secret{"", "00000000", "' OR 1=1 --", "\x00\xff", auth.Secret(strings.Repeat("0", 10_000))} {
			w.wrong(w.svc.VerifyEmail(w.Context(), auth.VerifyInput{Email: address, Code: code}))
			w.wrong(w.svc.ResetPassword(w.Context(), auth.ResetInput{Email: address, Code: code, Password: other}))
		}
	}
	for _, bad := range badEmails {
		want := map[string]string{"/email": "email_syntax"}
		w.invalid(w.svc.RequestReset(w.Context(), auth.RequestInput{Email: bad}), want)
		w.invalid(w.svc.RequestVerification(w.Context(), auth.RequestInput{Email: bad}), want)
		w.invalid(w.svc.VerifyEmail(w.Context(), auth.VerifyInput{Email: bad}), want)
		w.invalid(w.svc.ResetPassword(w.Context(), auth.ResetInput{Email: bad, Password: other}), want)
	}
}

func resetting(w *world) {
	u := w.register(email)
	w.code(auth.MailVerify)
	in := w.login(email, password)
	require.NoError(w, w.svc.RequestReset(w.Context(), auth.RequestInput{Email: email}))
	code := w.code(auth.MailReset)
	reset := auth.ResetInput{Email: email, Code: code, Password: other, Client: from}
	require.NoError(w, w.svc.ResetPassword(w.Context(), reset))
	w.dead(in)
	require.True(w, w.user(email).Verified())
	require.Equal(w, []string{"user.registered", "user.password_changed", "user.email_verified"}, w.told(u.Ref()))
	_, err := w.svc.Login(w.Context(), auth.LoginInput{Email: email, Password: password})
	w.refused(err, lance.Unauthorized, "login_failed")
	w.login(email, other)
	w.wrong(w.svc.ResetPassword(w.Context(), reset))
}

func resetPolicy(w *world) {
	w.register(email)
	w.code(auth.MailVerify)
	require.NoError(w, w.svc.RequestReset(w.Context(), auth.RequestInput{Email: email}))
	code := w.code(auth.MailReset)
	for bad, why := range badPasswords {
		err := w.svc.ResetPassword(w.Context(), auth.ResetInput{Email: email, Code: code, Password: bad})
		w.invalid(err, map[string]string{"/password": why})
	}
	require.NoError(w, w.svc.ResetPassword(w.Context(), auth.ResetInput{Email: email, Code: code, Password: other}))
}

func onlyActive(w *world) {
	u := w.register(email)
	code := w.code(auth.MailVerify)
	_, err := w.svc.Suspend(w.Context(), system, u.ID)
	require.NoError(w, err)
	w.wrong(w.verify(code))
	require.NoError(w, w.svc.RequestReset(w.Context(), auth.RequestInput{Email: email}))
	require.Empty(w, w.letters())
	w.view(func(ctx context.Context, r auth.Repos) error {
		all, err := r.Challenges().Find(ctx, lance.Filter{})
		require.Len(w, all, 1)
		return err
	})
}

func codeRace(w *world) {
	w.register(email)
	code := w.code(auth.MailVerify)
	good := 0
	for _, err := range w.race(8, func(int) error { return w.verify(code) }) {
		if err == nil {
			good++
			continue
		}
		w.wrong(err)
	}
	require.Equal(w, 1, good)
}
