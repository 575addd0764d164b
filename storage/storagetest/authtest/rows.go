package authtest

import (
	"context"
	"crypto/sha256"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

func rowLaws() []law {
	return []law{
		{"every_field_comes_back_as_it_was_kept", roundTrip},
		{"an_address_is_taken_once", uniqueAddress},
		{"one_challenge_of_a_kind_is_open_per_user", oneOpenChallenge},
		{"tokens_are_found_by_their_hash_alone", tokenRows},
		{"a_token_is_spent_once", spentOnce},
		{"forgetting_takes_what_expired_of_one_session", forgetting},
		{"the_latest_token_says_when_a_session_was_used", latestToken},
	}
}

// bareUser is a good user.
func bareUser(id lance.UserID) *auth.User {
	return &auth.User{
		ID: id, Email: string(id) + "@Example.com", EmailKey: string(id) + "@example.com", Name: "Anna 🐘 Łęcka", View: auth.ViewClient,
		Roles: []lance.Role{"admin", "arbiter"}, State: auth.StateActive, VerifiedAt: epoch.Add(1500 * time.Microsecond),
		PasswordAt: epoch, CreatedAt: epoch, UpdatedAt: epoch,
	}
}

func bareSession(id auth.SessionID, user lance.UserID) *auth.Session {
	return &auth.Session{ID: id, User: user, State: auth.SessionActive, Client: from, CreatedAt: epoch, ExpiresAt: epoch.Add(day)}
}

func bareChallenge(id auth.ChallengeID, user lance.UserID) *auth.Challenge {
	return &auth.Challenge{
		ID: id, User: user, Kind: auth.VerifyEmail, State: auth.ChallengeOpen, Missed: 2, CreatedAt: epoch, ExpiresAt: epoch.Add(day),
	}
}

func bareToken(name string, session auth.SessionID) auth.Token {
	return auth.Token{Hash: hashOf(name), Kind: auth.RefreshToken, Session: session, IssuedAt: epoch, ExpiresAt: epoch.Add(day)}
}

func hashOf(name string) lance.Hash { return sha256.Sum256([]byte(name)) }

// populate keeps one of each.
func populate(ctx context.Context, r auth.Repos) error {
	for _, do := range []func() error{
		func() error { return r.Users().Insert(ctx, bareUser("u1")) },
		func() error {
			return r.Credentials().Insert(ctx, &auth.Credential{User: "u1", Hash: "$x", SetAt: epoch})
		},
		func() error { return r.Sessions().Insert(ctx, bareSession("s1", "u1")) },
		func() error { return r.Challenges().Insert(ctx, bareChallenge("c1", "u1")) },
		func() error { return r.Tokens().Add(ctx, bareToken("t1", "s1")) },
		func() error {
			return r.Logins().Insert(ctx, &auth.Login{ID: "l1", User: "u1", Session: "s1", Result: auth.LoginOK, At: epoch, Client: from})
		},
	} {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

func roundTrip(w *world) {
	w.write(populate)
	w.view(func(ctx context.Context, r auth.Repos) error {
		u, err := r.Users().Get(ctx, "u1")
		require.NoError(w, err)
		want := bareUser("u1")
		want.Version = 1
		require.Equal(w, want, u)
		s, err := r.Sessions().Get(ctx, "s1")
		require.NoError(w, err)
		session := bareSession("s1", "u1")
		session.Version = 1
		require.Equal(w, session, s)
		c, err := r.Challenges().Get(ctx, "c1")
		require.NoError(w, err)
		challenge := bareChallenge("c1", "u1")
		challenge.Version = 1
		require.Equal(w, challenge, c)
		cred, err := r.Credentials().Get(ctx, "u1")
		require.NoError(w, err)
		require.Equal(w, &auth.Credential{User: "u1", Version: 1, Hash: "$x", SetAt: epoch}, cred)
		l, err := r.Logins().Get(ctx, "l1")
		require.Equal(w, &auth.Login{ID: "l1", User: "u1", Session: "s1", Result: auth.LoginOK, At: epoch, Client: from}, l)
		return err
	})
}

func uniqueAddress(w *world) {
	w.write(populate)
	w.write(func(ctx context.Context, r auth.Repos) error {
		u := bareUser("u2")
		u.EmailKey = "u1@example.com"
		w.refused(r.Users().Insert(ctx, u), lance.Exists, "user_exists")
		u.EmailKey = "u2@example.com"
		require.NoError(w, r.Users().Insert(ctx, u))
		u.EmailKey = "u1@example.com"
		w.refused(r.Users().Update(ctx, u), lance.Exists, "user_exists")
		return nil
	})
}

func oneOpenChallenge(w *world) {
	w.write(populate)
	w.write(func(ctx context.Context, r auth.Repos) error {
		c := bareChallenge("c2", "u1")
		w.refused(r.Challenges().Insert(ctx, c), lance.Exists, "challenge_exists")
		c.Kind = auth.ResetPassword
		require.NoError(w, r.Challenges().Insert(ctx, c))
		c.State = auth.ChallengeMet
		require.NoError(w, r.Challenges().Update(ctx, c))
		again := bareChallenge("c3", "u1")
		again.Kind = auth.ResetPassword
		return r.Challenges().Insert(ctx, again)
	})
}

func tokenRows(w *world) {
	w.write(populate)
	w.write(func(ctx context.Context, r auth.Repos) error {
		t, err := r.Tokens().Get(ctx, hashOf("t1"))
		require.NoError(w, err)
		require.Equal(w, bareToken("t1", "s1"), *t)
		_, err = r.Tokens().Get(ctx, hashOf("t2"))
		w.refused(err, lance.NotFound, "token_not_found")
		w.refused(r.Tokens().Add(ctx, bareToken("t1", "s1")), lance.Exists, "token_exists")
		w.refused(r.Tokens().Add(ctx, bareToken("t2", "s2")), lance.NotFound, "session_not_found")
		return nil
	})
}

func spentOnce(w *world) {
	w.write(populate)
	w.write(func(ctx context.Context, r auth.Repos) error {
		at := epoch.Add(1500 * time.Microsecond)
		require.NoError(w, r.Tokens().Spend(ctx, hashOf("t1"), at))
		w.refused(r.Tokens().Spend(ctx, hashOf("t1"), at.Add(day)), lance.Conflict, "token_spent")
		w.refused(r.Tokens().Spend(ctx, hashOf("t2"), at), lance.NotFound, "token_not_found")
		t, err := r.Tokens().Get(ctx, hashOf("t1"))
		require.NoError(w, err)
		require.Equal(w, at, t.SpentAt)
		return nil
	})
}

func forgetting(w *world) {
	w.write(populate)
	w.write(func(ctx context.Context, r auth.Repos) error {
		long := bareToken("t2", "s1")
		long.ExpiresAt = epoch.Add(2 * day)
		return first(r.Sessions().Insert(ctx, bareSession("s11", "u1")), r.Tokens().Add(ctx, long, bareToken("t3", "s11")))
	})
	forget := func(session auth.SessionID, before time.Time) (n int) {
		w.write(func(ctx context.Context, r auth.Repos) (err error) {
			n, err = r.Tokens().Forget(ctx, session, before)
			return err
		})
		return n
	}
	require.Zero(w, forget("s1", epoch.Add(day)), "one that expires then is not yet expired")
	require.Equal(w, 1, forget("s1", epoch.Add(day+time.Microsecond)))
	require.Equal(w, 1, forget("s1", time.Time{}))
	require.Zero(w, forget("s1", time.Time{}))
	require.Equal(w, 1, forget("s11", time.Time{}))
}

func latestToken(w *world) {
	w.write(populate)
	w.write(func(ctx context.Context, r auth.Repos) error {
		later := bareToken("t2", "s1")
		later.IssuedAt = epoch.Add(minute)
		require.NoError(w, r.Sessions().Insert(ctx, bareSession("s2", "u1")))
		require.NoError(w, r.Tokens().Add(ctx, later))
		got, err := r.Tokens().Latest(ctx, "s1", "s2", "s3")
		require.Equal(w, map[auth.SessionID]time.Time{"s1": epoch.Add(minute)}, got)
		return err
	})
}

// Writes are the write methods of the stores, for basetest.CheckWrites.
func Writes[R auth.Repos](h Harness[R]) basetest.Writes[R] {
	given := func(ctx context.Context, r R) error { return populate(ctx, r) }
	sees := func(ctx context.Context, r R) (any, error) { return everything(ctx, r) }
	write := func(name string, do func(ctx context.Context, r R) error) basetest.Write[R] {
		return basetest.Write[R]{Name: name, Given: given, Do: do, Sees: sees}
	}
	var reads []string
	for _, store := range []string{"Users", "Credentials", "Sessions", "Challenges", "Logins"} {
		reads = append(reads, store+".Get", store+".Find")
	}
	return basetest.Writes[R]{
		Open:  func(t *testing.T) lance.Runner[R] { return h.Open(t, clocktest.At(epoch)) },
		Hosts: h.Hosts,
		Stores: map[string]reflect.Type{
			"Users": reflect.TypeFor[auth.UserStore](), "Credentials": reflect.TypeFor[auth.CredentialStore](),
			"Sessions": reflect.TypeFor[auth.SessionStore](), "Challenges": reflect.TypeFor[auth.ChallengeStore](),
			"Logins": reflect.TypeFor[auth.LoginStore](), "Tokens": reflect.TypeFor[auth.TokenStore](),
		},
		Writes: append(inserts(write), updates(write)...),
		// Update of Logins is refused as such: they are only inserted.
		Reads: append(reads, "Tokens.Get", "Tokens.Latest", "Logins.Update"),
	}
}

func inserts[R auth.Repos](write func(string, func(context.Context, R) error) basetest.Write[R]) []basetest.Write[R] {
	return []basetest.Write[R]{
		write("Users.Insert", func(ctx context.Context, r R) error { return r.Users().Insert(ctx, bareUser("u2")) }),
		write("Credentials.Insert", func(ctx context.Context, r R) error {
			return first(r.Users().Insert(ctx, bareUser("u2")), r.Credentials().Insert(ctx, &auth.Credential{User: "u2", Hash: "$y", SetAt: epoch}))
		}),
		write("Sessions.Insert", func(ctx context.Context, r R) error { return r.Sessions().Insert(ctx, bareSession("s2", "u1")) }),
		write("Challenges.Insert", func(ctx context.Context, r R) error {
			c := bareChallenge("c2", "u1")
			c.Kind = auth.ResetPassword
			return r.Challenges().Insert(ctx, c)
		}),
		write("Logins.Insert", func(ctx context.Context, r R) error {
			return r.Logins().Insert(ctx, &auth.Login{ID: "l2", Result: auth.LoginWrong, At: epoch})
		}),
		write("Tokens.Add", func(ctx context.Context, r R) error { return r.Tokens().Add(ctx, bareToken("t2", "s1")) }),
	}
}

func updates[R auth.Repos](write func(string, func(context.Context, R) error) basetest.Write[R]) []basetest.Write[R] {
	return []basetest.Write[R]{
		write("Users.Update", func(ctx context.Context, r R) error {
			u, err := r.Users().Get(ctx, "u1")
			if err != nil {
				return err
			}
			u.Name = "Other"
			return r.Users().Update(ctx, u)
		}),
		write("Credentials.Update", func(ctx context.Context, r R) error {
			c, err := r.Credentials().Get(ctx, "u1")
			if err != nil {
				return err
			}
			c.Hash = "$z"
			return r.Credentials().Update(ctx, c)
		}),
		write("Sessions.Update", func(ctx context.Context, r R) error {
			s, err := r.Sessions().Get(ctx, "s1")
			if err != nil {
				return err
			}
			s.State = auth.SessionRevoked
			return r.Sessions().Update(ctx, s)
		}),
		write("Challenges.Update", func(ctx context.Context, r R) error {
			c, err := r.Challenges().Get(ctx, "c1")
			if err != nil {
				return err
			}
			c.Missed++
			return r.Challenges().Update(ctx, c)
		}),
		write("Tokens.Spend", func(ctx context.Context, r R) error { return r.Tokens().Spend(ctx, hashOf("t1"), epoch) }),
		write("Tokens.Forget", func(ctx context.Context, r R) error {
			_, err := r.Tokens().Forget(ctx, "s1", time.Time{})
			return err
		}),
	}
}

// first returns the first fault there is.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// everything reads all rows, and of the tokens those that cases speak of.
func everything(ctx context.Context, r auth.Repos) (any, error) {
	users, err1 := r.Users().Find(ctx, lance.Filter{})
	creds, err2 := r.Credentials().Find(ctx, lance.Filter{})
	sessions, err3 := r.Sessions().Find(ctx, lance.Filter{})
	challenges, err4 := r.Challenges().Find(ctx, lance.Filter{})
	logins, err5 := r.Logins().Find(ctx, lance.Filter{})
	tokens := map[string]auth.Token{}
	for _, name := range []string{"t1", "t2"} {
		if t, err := r.Tokens().Get(ctx, hashOf(name)); err == nil {
			tokens[name] = *t
		}
	}
	return []any{users, creds, sessions, challenges, logins, tokens}, first(err1, err2, err3, err4, err5)
}
