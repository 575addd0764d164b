package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"
)

const password = "correct horse battery"

// account is somebody who uses the servers.
type account struct {
	*fleet
	email, id string
	client    *http.Client
	token     atomic.Pointer[string]
	said      []*heardAnswer
}

// heardAnswer is a request that was answered, and the answer.
type heardAnswer struct {
	path, key string
	body      any
	status    int
	raw       []byte
	at        string // where the resource is
	told      map[string]any
}

// patience is how long one request may take in all: servers come back sooner.
const patience = time.Minute

func (f *fleet) account(name string) *account {
	return &account{fleet: f, email: name + "@example.com", client: &http.Client{Timeout: patience, Transport: &http.Transport{}}}
}

// join registers somebody and signs him in.
func (f *fleet) join(name, role string) *account {
	f.Helper()
	a := f.account(name)
	_, err := a.try(http.MethodPost, "/v1/auth/register", "", map[string]any{"email": a.email, "password": password, "name": name, "role": role})
	require.NoError(f, err)
	a.login()
	return a
}

// login signs him in, again.
func (a *account) login() {
	a.Helper()
	got, err := a.try(http.MethodPost, "/v1/auth/login", "", map[string]any{"email": a.email, "password": password})
	require.NoError(a, err)
	require.Equal(a, http.StatusOK, got.status, "%s", got.raw)
	token, _ := got.told["access_token"].(string)
	user, _ := got.told["user"].(map[string]any)
	a.id, _ = user["id"].(string)
	a.token.Store(&token)
}

// try asks once. It fails when there is no whole answer.
func (a *account) try(method, path, key string, body any) (*heardAnswer, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(a.Context(), method, a.url()+path, content)
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token := a.token.Load(); token != nil && !strings.HasPrefix(path, "/v1/auth/") {
		r.Header.Set("Authorization", "Bearer "+*token)
	}
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := a.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	got := &heardAnswer{path: path, key: key, body: body, status: answer.StatusCode, at: answer.Header.Get("Location")}
	if got.raw, err = io.ReadAll(answer.Body); err != nil {
		return nil, err
	}
	if len(got.raw) > 0 {
		err = json.Unmarshal(got.raw, &got.told)
	}
	return got, err
}

// until asks, with the same key, until there is an answer that is one: a server
// that has died, that is busy or that lost its database says nothing about what
// was asked.
func (a *account) until(method, path, key string, body any) *heardAnswer {
	a.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		got, err := a.try(method, path, key, body)
		switch {
		case err != nil || got.status == http.StatusServiceUnavailable || got.status == http.StatusTooManyRequests:
		case got.status == http.StatusUnauthorized: // an hour has passed
			if in, err := a.try(http.MethodPost, "/v1/auth/login", "", map[string]any{"email": a.email, "password": password}); err == nil && in.status == http.StatusOK {
				token, _ := in.told["access_token"].(string)
				a.token.Store(&token)
			}
		default:
			return got
		}
	}
	require.FailNow(a, "no answer", "%s %s", method, path)
	return nil
}

// do does something that is to succeed, whatever dies meanwhile.
func (a *account) do(key, path string, body any) *heardAnswer {
	a.Helper()
	got := a.ask(key, path, body)
	require.True(a, got.succeeded(), "%s %s: %d %s", path, key, got.status, got.raw)
	return got
}

// succeeded reports whether something was done, or stored as declined.
func (h *heardAnswer) succeeded() bool {
	return h.status == http.StatusOK || h.status == http.StatusCreated || h.status == http.StatusPaymentRequired && h.at != ""
}

// ask asks until there is an answer, whatever dies meanwhile, and remembers one
// that says that something was done.
func (a *account) ask(key, path string, body any) (got *heardAnswer) {
	a.Helper()
	for end := time.Now().Add(patience); got == nil && time.Now().Before(end); {
		a.gate.RLock()
		got, _ = a.try(http.MethodPost, path, key, body)
		a.gate.RUnlock()
		switch {
		case got == nil || got.status == http.StatusServiceUnavailable || got.status == http.StatusTooManyRequests:
			if got == nil {
				a.cut.Add(1)
			}
			got = nil
			time.Sleep(2 * time.Millisecond)
		case got.status == http.StatusUnauthorized:
			got = nil
			a.renew()
		}
	}
	require.NotNil(a, got, "no answer: %s", path)
	require.Less(a, got.status, http.StatusInternalServerError, "%s %s: %s", path, key, got.raw)
	if got.succeeded() {
		a.said = append(a.said, got)
	}
	return got
}

// renew signs in again, if there is somebody to ask.
func (a *account) renew() {
	a.gate.RLock()
	defer a.gate.RUnlock()
	in, err := a.try(http.MethodPost, "/v1/auth/login", "", map[string]any{"email": a.email, "password": password})
	if err == nil && in.status == http.StatusOK {
		token, _ := in.told["access_token"].(string)
		a.token.Store(&token)
	}
}

// get reads something that is there.
func (a *account) get(path string) *heardAnswer {
	a.Helper()
	got := a.until(http.MethodGet, path, "", nil)
	require.Equal(a, http.StatusOK, got.status, "%s: %s", path, got.raw)
	return got
}

// recall holds the servers to every answer since the last time: what was answered
// is there, and asking again is answered as before and does nothing.
func (a *account) recall() {
	a.Helper()
	for _, s := range a.said {
		again := a.until(http.MethodPost, s.path, s.key, s.body)
		at := s.at
		if at == "" {
			at = s.path[:strings.LastIndexByte(s.path, '/')]
		}
		if passed(s.path) {
			require.Contains(a, []int{http.StatusCreated, http.StatusPaymentRequired}, again.status, "%s %s: %s", s.path, s.key, again.raw)
			require.Equal(a, s.at, again.at)
		} else {
			require.Equal(a, s.status, again.status, "%s %s: %s", s.path, s.key, again.raw)
			require.Equal(a, string(s.raw), string(again.raw), "%s %s", s.path, s.key)
		}
		now := a.get(at)
		if version, is := s.told["version"].(float64); is {
			require.GreaterOrEqual(a, now.told["version"], version, "%s went back", at)
		}
		if s.told["id"] != nil {
			require.Equal(a, s.told["id"], now.told["id"], at)
		}
		if passed(s.path) && s.status == http.StatusPaymentRequired {
			require.Equal(a, "declined", now.told["state"], at)
		}
	}
	a.stood.Add(int64(len(a.said)))
	a.said = nil
}

// passed reports whether an operation gives its key to the service, which answers
// with what has become of it meanwhile.
func passed(path string) bool { return path == topUps || path == payouts }

// number reads an amount of whole dollars, or fails.
func (h *heardAnswer) number(f *fleet, path ...string) int {
	f.Helper()
	at := any(h.told)
	for _, p := range path {
		m, _ := at.(map[string]any)
		at = m[p]
	}
	money, _ := at.(map[string]any)
	text, _ := money["amount"].(string)
	n := 0
	whole, cents, _ := strings.Cut(text, ".")
	for _, digit := range whole + cents {
		n = n*10 + int(digit-'0')
	}
	require.NotEmpty(f, text, "%v in %s", path, h.raw)
	return n
}

// items reads a whole list.
func (a *account) items(path string) (all []map[string]any) {
	a.Helper()
	for cursor := ""; ; {
		page := a.get(path + "limit=100&cursor=" + cursor)
		items, _ := page.told["items"].([]any)
		for _, i := range items {
			m, _ := i.(map[string]any)
			all = append(all, m)
		}
		if cursor, _ = page.told["next_cursor"].(string); cursor == "" {
			return all
		}
	}
}
