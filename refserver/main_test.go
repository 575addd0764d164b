package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/refserver/demo"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// heard is what a program writes, while it does.
type heard struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write adds to it.
func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.Write(p)
}

// String returns it so far.
func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.b.String()
}

// do runs the program to its end and returns what it said.
func do(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e heard
	code = run(t.Context(), args, &o, &e)
	return code, o.String(), e.String()
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`)

// up starts a server on a free port and returns where it is, and how to end it.
func up(t *testing.T, args ...string) (url string, out *heard, down func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, errs, ended := &heard{}, &heard{}, make(chan int, 1)
	args = append(args, "--addr", "127.0.0.1:0", "--files", t.TempDir())
	go func() { ended <- run(ctx, args, out, errs) }()
	code := -1
	down = sync.OnceValue(func() int {
		cancel()
		if code < 0 {
			code = <-ended
		}
		return code
	})
	t.Cleanup(func() { down() })
	require.Eventually(t, func() bool {
		select {
		case code = <-ended:
			return true
		default:
			return address.MatchString(out.String())
		}
	}, time.Minute, 5*time.Millisecond)
	require.Negative(t, code, "it ended: %s%s", out, errs)
	return address.FindString(out.String()), out, down
}

func get(t *testing.T, url, token string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer.StatusCode, string(body)
}

// login returns an access token.
func login(t *testing.T, url, email, password string) string {
	t.Helper()
	body, err := json.Marshal(map[string]string{"email": email, "password": password})
	require.NoError(t, err)
	answer, err := http.Post(url+"/v1/auth/login", "application/json", bytes.NewReader(body)) //nolint:noctx // a test
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	var in struct {
		Token string `json:"access_token"`
	}
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&in))
	require.Equal(t, http.StatusOK, answer.StatusCode)
	return in.Token
}

func TestMistakesAreToldInLinesAndEndWithTwo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args  []string
		lines []string
	}{
		{[]string{"--nonsense"}, []string{"unknown flag"}},
		{[]string{"dance"}, []string{"unexpected argument dance"}},
		{[]string{"--addr", "8080", "--step", "1h"}, []string{"refserver: addr: ", "refserver: step: "}},
		{[]string{"--dsn", "mysql://x", "--live"}, []string{"refserver: dsn: ", "refserver: live: ", "refserver: secret-file: "}},
		{[]string{"--demo", "--addr", "0.0.0.0:80"}, []string{"refserver: demo: its passwords"}},
		{[]string{"--demo", "--live"}, []string{"refserver: demo: nothing in it is real"}},
		{[]string{"admin", "create", "--email", "a@example.com"}, []string{"--password-file"}},
		{[]string{"admin", "create", "--email", "a@example.com", "--password-file", "/nowhere"}, []string{"password-file: cannot be read"}},
		{[]string{"admin", "create", "--password", "x"}, []string{"unknown flag"}},
	} {
		code, out, errs := do(t, c.args...)
		require.Equal(t, 2, code, "%v: %s", c.args, errs)
		require.Empty(t, out)
		for _, line := range c.lines {
			require.Contains(t, errs, line, "%v", c.args)
		}
	}
}

func TestHelpNamesTheCommands(t *testing.T) {
	t.Parallel()
	code, out, _ := do(t, "--help")
	require.Zero(t, code)
	for _, word := range []string{"serve", "migrate", "admin create", "verify", "openapi", "--config"} {
		require.Contains(t, out, word)
	}
	code, out, _ = do(t, "serve", "--help")
	require.Zero(t, code)
	require.Contains(t, out, "$LANCE_DSN")
}

func TestTheDocumentIsPrinted(t *testing.T) {
	t.Parallel()
	code, out, _ := do(t, "openapi", "--live")
	require.Zero(t, code)
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &doc))
	require.Equal(t, "3.1.0", doc["openapi"])
	require.NotContains(t, out, "/v1/test/")
}

func TestAServerMakesItsFileAndEndsWithZero(t *testing.T) {
	t.Parallel()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "lance.db")
	code, _, errs := do(t, "verify", "--dsn", dsn)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "there is no database")

	url, _, down := up(t, "--dsn", dsn)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/docs": 200, "/docs/scalar.js": 200, "/openapi.json": 200, "/v1/capabilities": 200, "/v1/me": 401, "/nothing": 404} {
		got, _ := get(t, url+path, "")
		require.Equal(t, want, got, path)
	}
	require.Zero(t, down())

	code, out, errs := do(t, "verify", "--dsn", dsn)
	require.Zero(t, code, errs)
	require.Contains(t, out, "every record holds: 0 entries sealed")
}

func TestAnAdministratorIsMadeByFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dsn, password := "sqlite:"+filepath.Join(dir, "lance.db"), filepath.Join(dir, "password")
	require.NoError(t, os.WriteFile(password, []byte("correct horse battery\n"), 0o600))
	create := []string{"admin", "create", "--dsn", dsn, "--email", "root@example.com", "--password-file", password}
	code, _, errs := do(t, create...)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "there is no database")
	code, _, errs = do(t, "migrate", "--dsn", dsn)
	require.Zero(t, code, errs)
	code, out, errs := do(t, create...)
	require.Zero(t, code, errs)
	require.Contains(t, out, "root@example.com administers this store as usr_")
	code, _, errs = do(t, create...)
	require.Equal(t, 1, code, "he is there already")
	require.Contains(t, errs, "user_exists")

	url, _, _ := up(t, "--dsn", dsn)
	got, body := get(t, url+"/v1/admin/ledger/trial-balance", login(t, url, "root@example.com", "correct horse battery"))
	require.Equal(t, 200, got)
	require.Contains(t, body, `"balanced":true`)
}

func TestPostgreSQLIsMigratedWhenToldTo(t *testing.T) {
	t.Parallel()
	dsn := pgtest.DSN(t)
	code, _, errs := do(t, "--dsn", dsn, "--addr", "127.0.0.1:0")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "refserver migrate, or --migrate")
	code, out, errs := do(t, "migrate", "--dsn", dsn)
	require.Zero(t, code, errs)
	require.Contains(t, out, "up to date")
	url, _, down := up(t, "--dsn", dsn)
	got, _ := get(t, url+"/readyz", "")
	require.Equal(t, 200, got)
	require.Zero(t, down())
}

func TestAFolderForFilesIsOneStores(t *testing.T) {
	t.Parallel()
	dir, files := t.TempDir(), t.TempDir()
	start := func(name string) (func() int, int, string) {
		ctx, cancel := context.WithCancel(t.Context())
		out, errs, ended := &heard{}, &heard{}, make(chan int, 1)
		go func() {
			ended <- run(ctx, []string{"--dsn", "sqlite:" + filepath.Join(dir, name), "--files", files, "--addr", "127.0.0.1:0"}, out, errs)
		}()
		stop := func() int { cancel(); return <-ended }
		for {
			select {
			case code := <-ended:
				cancel()
				return nil, code, errs.String()
			case <-time.After(time.Millisecond):
				if address.MatchString(out.String()) {
					return stop, 0, ""
				}
			}
		}
	}
	for range 2 {
		stop, _, errs := start("one.db")
		require.NotNil(t, stop, errs)
		require.Zero(t, stop())
	}
	stop, code, errs := start("two.db")
	require.Nil(t, stop)
	require.Equal(t, 1, code)
	require.Contains(t, errs, "belongs to another store")
}

// What the demo's page tells people to paste is pasted, and the store that is
// left is looked at again.
func TestTheDemosPageCanBePasted(t *testing.T) {
	t.Parallel()
	dsn := "sqlite:" + filepath.Join(t.TempDir(), "demo.db")
	_, out, down := up(t, "--demo", "--dsn", dsn)
	_, script, found := strings.Cut(out.String(), "paste line by line:\n")
	require.True(t, found)
	script, _, _ = strings.Cut(script, "\nCtrl-C")
	// Each call but those of login tells its status on a line of its own.
	script = strings.ReplaceAll(script, "\ncurl -s ", "\ncurl -s -w '\\nstatus %{http_code}\\n' ")
	script = strings.ReplaceAll(script, "; curl -s ", "; curl -s -w '\\nstatus %{http_code}\\n' ")
	said, err := exec.CommandContext(t.Context(), "bash", "-c", script).CombinedOutput()
	require.NoError(t, err, "%s", said)
	var statuses []string
	for _, m := range regexp.MustCompile(`(?m)^status (\d+)$`).FindAllStringSubmatch(string(said), -1) {
		statuses = append(statuses, m[1])
	}
	require.Equal(t, []string{"200", "200", "201", "200", "403", "201", "200", "200", "200", "200", "200", "200", "202", "200"}, statuses, "%s", said)
	require.Contains(t, string(said), `"balanced":true`)
	require.Contains(t, string(said), "Confirm your address")
	require.Contains(t, string(said), "escrow.auto_release")
	require.Zero(t, down())

	code, verified, errs := do(t, "verify", "--dsn", dsn)
	require.Zero(t, code, errs)
	require.Contains(t, verified, "every record holds: ")
	file := filepath.Join(t.TempDir(), "export")
	code, _, errs = do(t, "export", "--dsn", dsn, "--to", file)
	require.Zero(t, code, errs)
	code, offline, errs := do(t, "verify", "--export", file)
	require.Zero(t, code, errs)
	require.Equal(t, verified, offline, "an export says the same")
	whole, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, bytes.Replace(whole, []byte(`"release"`), []byte(`"RELEASE"`), 1), 0o600))
	code, _, errs = do(t, "verify", "--export", file)
	require.Equal(t, 1, code, "and shows when it was changed")
	require.Contains(t, errs, "row_changed")

	again, out, _ := up(t, "--demo", "--dsn", dsn)
	require.Contains(t, out.String(), "ada@example.com", "the story is found again")
	got, _ := get(t, again+"/v1/me", login(t, again, demo.Email("ada"), demo.Password))
	require.Equal(t, 200, got)
}
