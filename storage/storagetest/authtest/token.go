package authtest

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
)

func tokenLaws() []law {
	return []law{
		{"an_access_token_is_good_for_its_minutes", accessExpires},
		{"an_access_token_never_lives_longer_than_thirty_minutes", accessIsCapped},
		{"what_is_no_access_token_is_refused", garbage},
		{"a_refresh_token_is_changed_for_a_new_pair", refreshing},
		{"its_predecessor_gets_a_sibling_for_ten_seconds", siblings},
		{"an_older_one_ends_the_whole_session", reuse},
		{"many_refreshes_at_once_log_nobody_out", refreshRace},
		{"logging_out_ends_the_session_for_good", logout},
		{"a_session_that_is_not_used_expires", idle},
		{"a_session_that_is_used_expires_in_the_end", absolute},
		{"tokens_are_different_and_do_not_show_themselves", secrets},
	}
}

func accessExpires(w *world) {
	w.register(email)
	in := w.login(email, password)
	require.Equal(w, epoch.Add(15*minute), in.AccessExpiresAt)
	require.Equal(w, epoch.Add(14*day), in.RefreshExpiresAt)
	w.clock.Move(15*minute - time.Microsecond)
	w.as(in)
	w.clock.Move(time.Microsecond)
	_, err := w.svc.Authenticate(w.Context(), in.Access)
	w.refused(err, lance.Unauthorized, "token_expired")
	w.clock.Move(time.Microsecond)
	again, err := w.refresh(in.Refresh)
	require.NoError(w, err)
	w.as(again)
	_, err = w.svc.Authenticate(w.Context(), in.Access)
	w.refused(err, lance.Unauthorized, "token_invalid")
}

func accessIsCapped(w *world) {
	w.register(email)
	svc := w.with(func(o *auth.Options) { o.AccessTTL = 365 * day })
	in, err := svc.Login(w.Context(), auth.LoginInput{Email: email, Password: password})
	require.NoError(w, err)
	require.Equal(w, epoch.Add(auth.MaxAccessTTL), in.AccessExpiresAt)
	require.LessOrEqual(w, auth.MaxAccessTTL, 30*minute)
}

func garbage(w *world) {
	w.register(email)
	in := w.login(email, password)
	for _, token := range []auth.Secret{
		"", "x", in.Refresh, in.Access[:len(in.Access)-1], in.Access + "x", auth.Secret(strings.ToUpper(string(in.Access))),
		"' OR 1=1 --", "\x00\xff", auth.Secret(strings.Repeat("a", 1_000_000)),
	} {
		_, err := w.svc.Authenticate(w.Context(), token)
		w.refused(err, lance.Unauthorized, "token_invalid")
	}
	for _, token := range []auth.Secret{"", "x", in.Access, in.Refresh + "x", auth.Secret(strings.Repeat("a", 1_000_000))} {
		_, err := w.refresh(token)
		w.refused(err, lance.Unauthorized, "token_invalid")
		require.NoError(w, w.svc.Logout(w.Context(), token))
	}
	_, err := w.svc.Refresh(w.Context(), auth.RefreshInput{Token: in.Refresh, Client: auth.Client{IP: "x"}})
	w.invalid(err, map[string]string{"/client/ip": "ip_syntax"})
	w.as(in)
}

func refreshing(w *world) {
	u := w.register(email)
	in := w.login(email, password)
	w.clock.Move(minute)
	next, err := w.refresh(in.Refresh)
	require.NoError(w, err)
	require.Equal(w, in.Session, next.Session)
	require.NotEqual(w, in.Access, next.Access)
	require.NotEqual(w, in.Refresh, next.Refresh)
	require.Equal(w, epoch.Add(minute+14*day), next.RefreshExpiresAt)
	require.Equal(w, w.as(in), w.as(next))
	require.Equal(w, u.ID, next.User.ID)
}

func siblings(w *world) {
	w.register(email)
	in := w.login(email, password)
	first, err := w.refresh(in.Refresh)
	require.NoError(w, err)
	w.clock.Move(auth.ReuseGrace)
	second, err := w.refresh(in.Refresh)
	require.NoError(w, err)
	require.NotEqual(w, first.Refresh, second.Refresh)
	for _, s := range []*auth.SignedIn{in, first, second} {
		require.Equal(w, in.Session, s.Session)
		w.as(s)
	}
	_, err = w.refresh(first.Refresh)
	require.NoError(w, err)
	_, err = w.refresh(second.Refresh)
	require.NoError(w, err)
}

func reuse(w *world) {
	u := w.register(email)
	in, elsewhere := w.login(email, password), w.login(email, password)
	next, err := w.refresh(in.Refresh)
	require.NoError(w, err)
	w.clock.Move(auth.ReuseGrace + time.Microsecond)
	_, err = w.refresh(in.Refresh)
	w.refused(err, lance.Unauthorized, "token_invalid")
	w.dead(next)
	w.dead(in)
	by := w.as(elsewhere)
	page, err := w.svc.Sessions(w.Context(), by, auth.SessionQuery{User: u.ID})
	require.NoError(w, err)
	require.Len(w, page.Items, 2)
	for _, s := range page.Items {
		if s.ID == in.Session {
			require.Equal(w, auth.SessionRevoked, s.State)
			require.Equal(w, auth.ReasonReuse, s.Reason)
			require.Equal(w, []string{"session.opened", "session.revoked"}, w.told(s.Ref()))
		}
	}
}

func refreshRace(w *world) {
	w.register(email)
	in := w.login(email, password)
	out := make([]*auth.SignedIn, 12)
	for _, err := range w.race(len(out), func(i int) (err error) {
		out[i], err = w.refresh(in.Refresh)
		return err
	}) {
		require.NoError(w, err)
	}
	seen := map[auth.Secret]bool{}
	for _, o := range out {
		w.as(o)
		seen[o.Refresh] = true
		_, err := w.refresh(o.Refresh)
		require.NoError(w, err)
	}
	require.Len(w, seen, len(out))
}

func logout(w *world) {
	w.register(email)
	in, elsewhere := w.login(email, password), w.login(email, password)
	require.NoError(w, w.svc.Logout(w.Context(), in.Refresh))
	w.dead(in)
	require.NoError(w, w.svc.Logout(w.Context(), in.Refresh))
	w.as(elsewhere)
	require.Positive(w, w.settle().Sealed)
}

func idle(w *world) {
	w.register(email)
	w.code(auth.MailVerify)
	in := w.login(email, password)
	w.clock.Move(10 * day)
	next, err := w.refresh(in.Refresh)
	require.NoError(w, err)
	w.clock.Move(14*day - time.Microsecond)
	w.settle()
	require.Equal(w, []string{"session.opened"}, w.told((&auth.Session{ID: in.Session}).Ref()))
	w.clock.Move(time.Microsecond)
	_, err = w.refresh(next.Refresh)
	w.refused(err, lance.Unauthorized, "token_invalid")
	w.settle()
	require.Equal(w, []string{"session.opened", "session.expired"}, w.told((&auth.Session{ID: in.Session}).Ref()))
	w.dead(next)
}

func absolute(w *world) {
	w.register(email)
	in := w.login(email, password)
	for range 8 {
		w.clock.Move(11 * day)
		next, err := w.refresh(in.Refresh)
		require.NoError(w, err)
		in = next
	}
	require.Equal(w, epoch.Add(90*day), in.RefreshExpiresAt)
	w.clock.Move(2 * day)
	w.settle()
	w.dead(in)
}

func secrets(w *world) {
	w.register(email)
	in := w.login(email, password)
	require.True(w, strings.HasPrefix(in.Access.Reveal(), "lat_"))
	require.True(w, strings.HasPrefix(in.Refresh.Reveal(), "lrt_"))
	require.Len(w, in.Access.Reveal(), 4+43)
	require.Equal(w, "[secret]", in.Access.String())
	require.NotEqual(w, in.Access[4:], in.Refresh[4:])
	for _, ev := range w.events() {
		for _, s := range []string{in.Access.Reveal()[4:], in.Refresh.Reveal()[4:], email, "Ann", from.IP, from.Agent, "argon2id"} {
			require.NotContains(w, strings.ToLower(string(ev.Body)), strings.ToLower(s), ev.Type)
		}
	}
}
