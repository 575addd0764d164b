package auth_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
)

func TestThePolicyCutsNothingOff(t *testing.T) {
	t.Parallel()
	for pw, code := range map[auth.Secret]string{
		"":                                    "password_too_short",
		"1234567":                             "password_too_short",
		"ääääääää":                            "",
		"12345678":                            "",
		auth.Secret(strings.Repeat("a", 256)): "",
		auth.Secret(strings.Repeat("a", 257)): "password_too_long",
		auth.Secret(strings.Repeat("ä", 129)): "password_too_long",
		"abcdefgh\xff":                        "text_utf8",
		"with\x00control\ncharacters":         "",
	} {
		err := auth.PasswordPolicy{}.Check(pw)
		require.Equal(t, code, lance.CodeOf(err), "%d bytes", len(pw))
		if code != "" {
			require.ErrorIs(t, err, lance.Invalid)
		}
	}
	require.NoError(t, auth.PasswordPolicy{MinLength: 2}.Check("12345678"))
	require.Error(t, auth.PasswordPolicy{MinLength: 2}.Check("1234567"), "no policy goes below 8")
}

func TestTwoLongPasswordsWithOneBeginningAreDifferent(t *testing.T) {
	t.Parallel()
	long := auth.Secret(strings.Repeat("x", 255))
	hash, err := cheap.Hash(t.Context(), long+"a", make([]byte, 16))
	require.NoError(t, err)
	right, _, err := cheap.Check(t.Context(), hash, long+"b")
	require.NoError(t, err)
	require.False(t, right)
	right, _, err = cheap.Check(t.Context(), hash, long+"a")
	require.NoError(t, err)
	require.True(t, right)
}

func TestTheStandardWorkIsThatOfOWASP(t *testing.T) {
	t.Parallel()
	require.Equal(t, auth.Argon{MemoryKiB: 19456, Passes: 2, Lanes: 1}, auth.OWASP())
	h := auth.NewHasher(auth.OWASP(), 1)
	hash, err := h.Hash(t.Context(), password, []byte("0123456789abcdef"))
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$"), hash)
	right, renew, err := h.Check(t.Context(), hash, password)
	require.NoError(t, err)
	require.True(t, right)
	require.False(t, renew)
}

// The reference implementation of Argon2 makes this hash of "password" and the
// salt "somesalt": RFC 9106's algorithm, made elsewhere.
func TestAHashMadeElsewhereIsUnderstood(t *testing.T) {
	t.Parallel()
	const elsewhere = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	require.NoError(t, auth.CheckHash(elsewhere))
	right, renew, err := auth.NewHasher(auth.OWASP(), 1).Check(t.Context(), elsewhere, "password")
	require.NoError(t, err)
	require.True(t, right)
	require.True(t, renew, "it took less work")
	right, _, err = cheap.Check(t.Context(), elsewhere, "Password")
	require.NoError(t, err)
	require.False(t, right)
}

func TestAHashThatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	b, err := bcrypt.GenerateFromPassword([]byte("password"), bcrypt.MinCost)
	require.NoError(t, err)
	require.NoError(t, auth.CheckHash(string(b)))
	const salt, sum = "c29tZXNhbHQ", "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"
	for _, bad := range []string{
		"", "password", "$argon2i$v=19$m=256,t=2,p=1$" + salt + "$" + sum, "$argon2id$v=18$m=256,t=2,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=256,t=2$" + salt + "$" + sum, "$argon2id$v=19$m=256,t=2,p=1$" + salt, "$argon2id$v=19$m=256,t=2,p=1$!$" + sum,
		"$argon2id$v=19$m=9999999,t=2,p=1$" + salt + "$" + sum, "$argon2id$v=19$m=256,t=99,p=1$" + salt + "$" + sum,
		"$argon2id$v=19$m=256,t=0,p=1$" + salt + "$" + sum, "$argon2id$v=19$m=256,t=2,p=0$" + salt + "$" + sum,
		"$argon2id$v=19$m=256,t=2,p=1$$" + sum, "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$", "$argon2id$v=19$m=256,t=2,p=1$" + salt + "$c2hvcnQ",
		string(b[:59]), "$2b$31$" + string(b[7:]), "$2b$xx$" + string(b[7:]),
	} {
		err := auth.CheckHash(bad)
		require.ErrorIs(t, err, lance.Invalid, bad)
		require.Equal(t, "hash_syntax", lance.CodeOf(err))
		if bad != "" && !strings.HasPrefix(bad, "$2") {
			_, _, err = cheap.Check(t.Context(), bad, password)
			require.ErrorIs(t, err, lance.Internal, bad)
		}
	}
	right, _, err := cheap.Check(t.Context(), "", "")
	require.NoError(t, err)
	require.False(t, right, "no password is never right")
}

func TestWaitingForAHasherEndsWithTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	h := auth.NewHasher(auth.Argon{MemoryKiB: 8, Passes: 1, Lanes: 1}, 1)
	failed := 0
	for range 100 { // a free turn and an ended context are both ready: either may be taken
		if _, err := h.Hash(ctx, password, make([]byte, 16)); err != nil {
			require.ErrorIs(t, err, context.Canceled)
			failed++
		}
	}
	require.NotZero(t, failed)
}

func TestStrengthSaysWhatMakesAPasswordWeak(t *testing.T) {
	t.Parallel()
	for pw, want := range map[auth.Secret]auth.Weakness{
		"password":                      auth.WeakCommon,
		"1qaz2wsx3edc":                  auth.WeakKeyboard,
		"aaaaaaaaaaaa":                  auth.WeakRepeat,
		"abcdefghijkl":                  auth.WeakSequence,
		"17.11.1985":                    auth.WeakDate,
		"p@$$w0rd":                      auth.WeakCommon,
		"annlee":                        auth.WeakShort,
		"zebraquux-ann.lee@example.com": auth.WeakPersonal,
	} {
		s := auth.StrengthOf(pw, "Ann.Lee@example.com", "Ann Lee")
		require.Contains(t, s.Reasons, want, "%s", pw.Reveal())
		require.LessOrEqual(t, s.Score, 4)
	}
	require.Zero(t, auth.StrengthOf("password").Score)
	require.Zero(t, auth.StrengthOf("").Score)
	strong := auth.StrengthOf("vK7#qPz!w92mXtR@bd")
	require.Equal(t, 4, strong.Score)
	require.NotContains(t, strong.Reasons, auth.WeakCommon)
}

// The library that scores grows faster than a password's length, so it never
// sees more than 72 bytes: what lies behind changes nothing.
func TestOnlyTheBeginningIsScored(t *testing.T) {
	t.Parallel()
	head := strings.Repeat("q9", 36)
	require.Equal(t, auth.StrengthOf(auth.Secret(head)), auth.StrengthOf(auth.Secret(head+strings.Repeat("password", 23))))
	svc := newWorld(t).svc
	_, err := svc.Strength(auth.Secret(strings.Repeat("a", 257)))
	require.ErrorIs(t, err, lance.Invalid)
	s, err := svc.Strength(auth.Secret(strings.Repeat("a", 256)))
	require.NoError(t, err)
	require.Contains(t, s.Reasons, auth.WeakRepeat)
}

// 72 signs that may each stand for a letter kept the library busy for ten
// seconds: sixty times that is longer than a test may take.
func TestSignsForLettersDoNotCostMore(t *testing.T) {
	t.Parallel()
	signs := auth.Secret(strings.Repeat("4@8({[<369|1!$057+%2", 4))
	for range 60 {
		require.LessOrEqual(t, auth.StrengthOf(signs).Score, 4)
	}
	require.Zero(t, auth.StrengthOf("p@$$w0rd").Score)
}

func FuzzStrength(f *testing.F) {
	for _, s := range []string{"", "password", "ä", "1985-11-17", "aaa\xff", "p@ssw0rd", strings.Repeat("é", 40)} {
		f.Add(s, "ann")
	}
	f.Fuzz(func(t *testing.T, pw, personal string) {
		s := auth.StrengthOf(auth.Secret(pw), personal)
		if s.Score < 0 || s.Score > 4 {
			t.Fatalf("score %d", s.Score)
		}
	})
}

func TestASecretDoesNotShowItself(t *testing.T) {
	t.Parallel()
	in := auth.LoginInput{Email: "a@example.com", Password: "s3cret-word"}
	for _, shown := range []string{
		fmt.Sprint(in), fmt.Sprintf("%v", in), fmt.Sprintf("%+v", in), fmt.Sprintf("%#v", in), in.Password.String(),
		fmt.Sprintf("%q", in.Password), fmt.Sprintf("%x", in.Password),
	} {
		require.NotContains(t, shown, "s3cret-word")
		require.NotContains(t, shown, "7333637265742d776f7264")
	}
	b, err := json.Marshal(in)
	require.NoError(t, err)
	require.NotContains(t, string(b), "s3cret-word")
	require.Equal(t, "s3cret-word", in.Password.Reveal())

	var read auth.LoginInput
	require.NoError(t, json.Unmarshal([]byte(`{"password":"typed"}`), &read))
	require.Equal(t, "typed", read.Password.Reveal())
	b, err = json.Marshal(auth.Secret(""))
	require.NoError(t, err)
	require.Equal(t, `""`, string(b))
}

func TestCodesNeedALongKey(t *testing.T) {
	t.Parallel()
	_, err := auth.NewCodes(make([]byte, 31))
	require.ErrorIs(t, err, lance.Invalid)
	require.Equal(t, "code_key_short", lance.CodeOf(err))
	codes, err := auth.NewCodes(make([]byte, 32))
	require.NoError(t, err)
	for i := range 1000 {
		require.Regexp(t, `^\d{8}$`, codes.Of(auth.ChallengeID(fmt.Sprint(i))).Reveal())
	}
}

func ExampleStrengthOf() {
	s := auth.StrengthOf("password")
	fmt.Println(s.Score, s.Reasons)
	// Output: 0 [common]
}
