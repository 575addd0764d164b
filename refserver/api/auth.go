package api

import (
	"context"
	"net/http"
	"time"

	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/refserver/problem"
)

func authOperations() []Operation {
	step := func(id, path, summary string, do mounter) Operation {
		return Operation{
			ID: id, Method: http.MethodPost, Path: "/v1/auth/" + path, Summary: summary,
			Tag: "Signing in", Policy: Public, Keys: Natural, do: do,
		}
	}
	register := step("register", "register", "Register with an e-mail address", do(register))
	register.Doc = "Answers alike for an address that is known, whose owner hears of it by mail."
	resend := step("resend-verification", "resend-verification", "Have a new code mailed that proves the address", do(resendVerification))
	forgot := step("request-password-reset", "password-reset", "Have a code mailed by which a new password can be set", do(requestReset))
	for _, op := range []*Operation{&register, &resend, &forgot} {
		op.Status = http.StatusAccepted
	}
	login := step("login", "login", "Sign in", do(login))
	login.Doc = "The access token goes into the Authorization header of every request. The refresh token is in a cookie that scripts cannot read."
	login.Errors = []int{http.StatusForbidden}
	refresh := step("refresh", "refresh", "Change the refresh cookie for new tokens", do(refresh))
	refresh.Doc = "Each refresh token is good once; its predecessor is taken for ten seconds more, since two requests of one client may cross. One that comes later was copied: the session ends."
	logout := step("logout", "logout", "End the session of the refresh cookie", do(logout))
	for _, op := range []*Operation{&login, &refresh, &logout} {
		op.Cookie = true
	}
	change := step("change-password", "change-password", "Set a new password and end every session", do(changePassword))
	change.Policy = Members
	return []Operation{
		register,
		step("verify-email", "verify-email", "Prove an address by the code that was mailed to it", do(verifyEmail)),
		resend, login, refresh, logout, forgot,
		step("confirm-password-reset", "password-reset/confirm", "Set a password by the code that was mailed, and end every session", do(confirmReset)),
		change,
		step("password-strength", "password-strength", "How hard a password is to guess, and why", do(passwordStrength)),
	}
}

// refreshCookie is the name of the cookie that holds a refresh token, and where
// browsers send it.
const (
	refreshCookie = "lance_refresh"
	refreshPath   = "/v1/auth"
)

// leave makes a cookie for a refresh token; an empty one takes it away.
func (c *Call) leave(token auth.Secret, life time.Duration) string {
	k := http.Cookie{ //nolint:gosec // Secure where the server is told to be
		Name: refreshCookie, Value: token.Reveal(), Path: refreshPath,
		HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteStrictMode, MaxAge: int(life / time.Second),
	}
	if token == "" {
		k.MaxAge = -1
	}
	return k.String()
}

// accepted is the answer to what is done by mail: it tells nothing.
type accepted struct{}

type registerIn struct {
	Email    string      `json:"email"`
	Password auth.Secret `json:"password" doc:"8 characters to 256 bytes"`
	Name     string      `json:"name" doc:"one line, 1 to 100 characters"`
	Role     string      `json:"role" enum:"client,freelancer" doc:"what is shown first; everybody may be both"`
}

func register(ctx context.Context, c *Call, in *struct{ Body registerIn }) (*accepted, error) {
	err := c.Engine.Auth.Register(ctx, auth.RegisterInput{
		Email: in.Body.Email, Password: in.Body.Password, Name: in.Body.Name, View: auth.View(in.Body.Role), Client: c.Client,
	})
	return &accepted{}, problem.Rename(err, "/view", "/role")
}

type verifyIn struct {
	Email string      `json:"email"`
	Code  auth.Secret `json:"code" doc:"as the mail says; spaces and hyphens do not count"`
}

func verifyEmail(ctx context.Context, c *Call, in *struct{ Body verifyIn }) (*none, error) {
	return nil, c.Engine.Auth.VerifyEmail(ctx, auth.VerifyInput{Email: in.Body.Email, Code: in.Body.Code, Client: c.Client})
}

type addressIn struct {
	Email string `json:"email"`
}

func resendVerification(ctx context.Context, c *Call, in *struct{ Body addressIn }) (*accepted, error) {
	return &accepted{}, c.Engine.Auth.RequestVerification(ctx, auth.RequestInput{Email: in.Body.Email, Client: c.Client})
}

func requestReset(ctx context.Context, c *Call, in *struct{ Body addressIn }) (*accepted, error) {
	return &accepted{}, c.Engine.Auth.RequestReset(ctx, auth.RequestInput{Email: in.Body.Email, Client: c.Client})
}

type resetIn struct {
	Email    string      `json:"email"`
	Code     auth.Secret `json:"code" doc:"as the mail says; spaces and hyphens do not count"`
	Password auth.Secret `json:"password" doc:"the new one: 8 characters to 256 bytes"`
}

func confirmReset(ctx context.Context, c *Call, in *struct{ Body resetIn }) (*none, error) {
	return nil, c.Engine.Auth.ResetPassword(ctx, auth.ResetInput{
		Email: in.Body.Email, Code: in.Body.Code, Password: in.Body.Password, Client: c.Client,
	})
}

// signedIn is what a client gets that has signed in.
type signedIn struct {
	AccessToken string    `json:"access_token" doc:"for the Authorization header"`
	TokenType   string    `json:"token_type" enum:"Bearer"`
	ExpiresIn   int64     `json:"expires_in" doc:"for how many seconds the access token is good"`
	User        *userView `json:"user"`

	left string
}

func (v *signedIn) cookie() string { return v.left }

func (c *Call) signedIn(in *auth.SignedIn, err error) (*signedIn, error) {
	if err != nil {
		return nil, err
	}
	return &signedIn{
		AccessToken: in.Access.Reveal(), TokenType: "Bearer",
		ExpiresIn: int64(in.AccessExpiresAt.Sub(in.IssuedAt) / time.Second),
		User:      userFor(in.User.Actor(in.Session))(in.User),
		left:      c.leave(in.Refresh, in.RefreshExpiresAt.Sub(in.IssuedAt)),
	}, nil
}

type loginIn struct {
	Email    string      `json:"email"`
	Password auth.Secret `json:"password"`
}

func login(ctx context.Context, c *Call, in *struct{ Body loginIn }) (*signedIn, error) {
	return c.signedIn(c.Engine.Auth.Login(ctx, auth.LoginInput{Email: in.Body.Email, Password: in.Body.Password, Client: c.Client}))
}

// cookieIn is the input of what acts on the refresh cookie.
type cookieIn struct {
	Token string    `cookie:"lance_refresh" doc:"set by signing in"`
	Body  *struct{} `doc:"nothing"`
}

func refresh(ctx context.Context, c *Call, in *cookieIn) (*signedIn, error) {
	return c.signedIn(c.Engine.Auth.Refresh(ctx, auth.RefreshInput{Token: auth.Secret(in.Token), Client: c.Client}))
}

// signedOut takes the cookie away.
type signedOut struct {
	none
	left string
}

func (v *signedOut) cookie() string { return v.left }

func logout(ctx context.Context, c *Call, in *cookieIn) (*signedOut, error) {
	return &signedOut{left: c.leave("", 0)}, c.Engine.Auth.Logout(ctx, auth.Secret(in.Token))
}

type changePasswordIn struct {
	Current auth.Secret `json:"current"`
	New     auth.Secret `json:"new" doc:"8 characters to 256 bytes"`
}

func changePassword(ctx context.Context, c *Call, in *struct{ Body changePasswordIn }) (*none, error) {
	return nil, c.Engine.Auth.ChangePassword(ctx, c.By, auth.ChangePasswordInput{
		Current: in.Body.Current, New: in.Body.New, Client: c.Client,
	})
}

type strengthIn struct {
	Password auth.Secret `json:"password"`
	Personal []string    `json:"personal,omitempty" maxItems:"8" doc:"words that make a password weaker that has them: the name, the address"`
}

type strengthView struct {
	Score   int      `json:"score" minimum:"0" maximum:"4" doc:"0: at once; 4: not with today's means"`
	Reasons []string `json:"reasons" nullable:"false" enum:"short,common,word,name,personal,keyboard,repeat,sequence,date"`
}

func passwordStrength(_ context.Context, c *Call, in *struct{ Body strengthIn }) (*strengthView, error) {
	s, err := c.Engine.Auth.Strength(in.Body.Password, in.Body.Personal...)
	if err != nil {
		return nil, err
	}
	return &strengthView{Score: s.Score, Reasons: words(s.Reasons)}, nil
}
