package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/refserver/problem"
)

type callKey struct{}

// enter is the door of every operation: it finds out who asks and what the
// headers say, and turns away who may not come in.
func (s *Server) enter(op *Operation) func(huma.Context, func(huma.Context)) {
	return func(h huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(h)
		c, err := s.call(r, op)
		if err != nil {
			p := problem.Stale(problem.Of(r.Context(), err), err)
			s.told(r.Context(), p, err)
			p.Write(w)
			return
		}
		c.request, c.writer = r, w
		note(r.Context(), c.By)
		next(huma.WithValue(h, callKey{}, c))
	}
}

// call makes the Call of a request. A token that came along must be good, also
// where none is needed.
func (s *Server) call(r *http.Request, op *Operation) (*Call, error) {
	c := &Call{Server: s, Engine: s.Engine, op: op, Client: s.client(r), since: r.Header.Get("If-None-Match")}
	if op.Cookie {
		return c, ownPage(r)
	}
	var err error
	if c.Token, err = bearer(r); err != nil {
		return nil, err
	}
	if c.Token != "" {
		if c.By, err = s.Engine.Auth.Authenticate(r.Context(), c.Token); err != nil {
			return nil, err
		}
	}
	if op.Policy.Anonymous == SignIn && c.Token == "" {
		return nil, lance.E(lance.Unauthorized, "actor_required", "sign in first: send Authorization: Bearer with an access token")
	}
	if op.Policy == Admins {
		if err := c.By.RequireRole(lance.RoleAdmin); err != nil {
			return nil, err
		}
	}
	if err := c.headers(r); err != nil {
		return nil, err
	}
	return c, nil
}

// ownPage refuses what a browser sends for a page of another origin: there the
// cookie would speak for somebody who has not asked.
func ownPage(r *http.Request) error {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		return lance.E(lance.Forbidden, "cross_origin", "a page of another origin may not ask this").Cause(err)
	}
	return nil
}

// bearer returns the access token of a request: RFC 6750, 2.1.
func bearer(r *http.Request) (auth.Secret, error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", nil
	}
	scheme, token, ok := strings.Cut(header, " ")
	token = strings.TrimSpace(token)
	if !ok || !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", lance.E(lance.Unauthorized, "token_invalid", "the Authorization header is not Bearer with a token")
	}
	return auth.Secret(token), nil
}

// headers reads Idempotency-Key and If-Match.
func (c *Call) headers(r *http.Request) error {
	if r.Method == http.MethodPost {
		key := r.Header.Get("Idempotency-Key")
		if len(key) > 255 || (lance.TextRule{Line: true, Max: 255}).Check(key) != nil {
			return fieldFault("/Idempotency-Key", "key_syntax", "a key is at most 255 bytes of text")
		}
		switch c.op.Keys {
		case Kept:
			c.keep = key
		case Passed:
			c.Key = key
		case Natural:
		}
	}
	match := r.Header.Get("If-Match")
	if match == "" || r.Method != http.MethodPut && r.Method != http.MethodPatch {
		return nil
	}
	c.matches = true
	if strings.TrimSpace(match) == "*" {
		return nil
	}
	var err error
	if c.Match, err = strconv.ParseInt(strings.Trim(match, `"`), 10, 64); err != nil || c.Match < 1 || etag(c.Match) != match {
		return lance.E(lance.Stale, "etag_unknown", "If-Match names no version of this resource")
	}
	return nil
}

// version returns the version that a change is made on: the one that If-Match
// names, or without it the one that stands.
func (c *Call) version(stands int64) int64 {
	if c.Match > 0 {
		return c.Match
	}
	return stands
}

// etag is the tag of a version.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

func fieldFault(pointer, code, msg string) error {
	var f lance.Faults
	f.Add(pointer, code, msg)
	return f.Err()
}

// client returns where a request came from: the last address that is not one of
// our proxies'.
func (s *Server) client(r *http.Request) auth.Client {
	agent := r.UserAgent()
	if !utf8.ValidString(agent) || strings.ContainsFunc(agent, unicode.IsControl) {
		agent = ""
	}
	return auth.Client{IP: s.address(r), Agent: agent}
}

func (s *Server) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return ""
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !s.proxy(at) {
			break
		}
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		at = before
	}
	return at.Unmap().WithZone("").String()
}

func (s *Server) proxy(a netip.Addr) bool {
	return slices.ContainsFunc(s.Proxies, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}

// secrets are words that do not belong into an address: it ends up in logs.
var secrets = []string{"password", "current", "new", "code", "token", "access_token", "refresh_token", "secret"}

// refuse turns away what no operation should have to look at.
func refuse(r *http.Request) *problem.Problem {
	p := r.URL.Path
	switch {
	case len(r.URL.RawQuery) > 8<<10 || len(p) > 2<<10:
		return problem.New(http.StatusRequestURITooLong, "address_too_long", "the address is too long")
	case !printable(p), p != path.Clean(p) && p != path.Clean(p)+"/":
		return problem.New(http.StatusNotFound, "not_found", "there is nothing at this address")
	}
	query, err := parseQuery(r.URL.RawQuery)
	if err != nil {
		return problem.New(http.StatusBadRequest, "query_syntax", "the query cannot be read")
	}
	for name := range query {
		if slices.Contains(secrets, name) {
			return problem.New(http.StatusBadRequest, "secret_in_address", "passwords, codes and tokens go into the body, never into the address")
		}
	}
	return nil
}

// printable reports whether s is valid UTF-8 without control characters.
func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// note tells the access log who asked.
func note(ctx context.Context, by lance.Actor) {
	if line, ok := ctx.Value(lineKey{}).(*line); ok {
		line.actor = by.Label()
	}
}
