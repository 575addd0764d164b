package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance/refserver/config"
)

// good are settings that nothing is wrong with.
func good() config.Serve {
	return config.Serve{Addr: "127.0.0.1:8080", Files: "files", LogName: "log", Step: time.Second}
}

func file(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), mode))
	return path
}

func TestEveryMistakeHasItsLine(t *testing.T) {
	t.Parallel()
	random := "k3Vt9QmZx7Lr2Wc8Yb5Nf1Hj4Gd6Ps0Ta"
	for name, c := range map[string]struct {
		spoil func(*testing.T, *config.Serve)
		lines []string
	}{
		"nothing":           {func(*testing.T, *config.Serve) {}, nil},
		"address":           {func(_ *testing.T, s *config.Serve) { s.Addr = "8080" }, []string{"addr: "}},
		"address with path": {func(_ *testing.T, s *config.Serve) { s.Addr = "a/b:1" }, []string{"addr: "}},
		"rest too short":    {func(_ *testing.T, s *config.Serve) { s.Step = time.Millisecond }, []string{"step: "}},
		"rest too long":     {func(_ *testing.T, s *config.Serve) { s.Step = time.Hour }, []string{"step: "}},
		"drain":             {func(_ *testing.T, s *config.Serve) { s.Drain = time.Hour }, []string{"drain: "}},
		"delay":             {func(_ *testing.T, s *config.Serve) { s.Delay = time.Hour }, []string{"sandbox-delay: "}},
		"log name":          {func(_ *testing.T, s *config.Serve) { s.LogName = "a log" }, []string{"log-name: "}},
		"files":             {func(_ *testing.T, s *config.Serve) { s.Files = "" }, []string{"files: "}},
		"several":           {func(_ *testing.T, s *config.Serve) { s.Addr, s.Files = "", "" }, []string{"addr: ", "files: "}},
		"live":              {func(_ *testing.T, s *config.Serve) { s.Live = true }, []string{"live: no payment provider", "secret-file: a live server needs"}},
		"secret missing":    {func(_ *testing.T, s *config.Serve) { s.SecretFile = "/nowhere" }, []string{"secret-file: cannot be read"}},
		"secret shown":      {func(t *testing.T, s *config.Serve) { t.Helper(); s.SecretFile = file(t, random, 0o644) }, []string{"secret-file: others"}},
		"secret short":      {func(t *testing.T, s *config.Serve) { t.Helper(); s.SecretFile = file(t, "changeme", 0o600) }, []string{"secret-file: has 8 bytes"}},
		"secret weak": {func(t *testing.T, s *config.Serve) {
			t.Helper()
			s.SecretFile = file(t, strings.Repeat("abc", 20), 0o600)
		}, []string{"secret-file: is not random"}},
		"secret good":     {func(t *testing.T, s *config.Serve) { t.Helper(); s.SecretFile = file(t, random+"\n", 0o600) }, nil},
		"policy missing":  {func(_ *testing.T, s *config.Serve) { s.PolicyFile = "/nowhere" }, []string{"policy-file: cannot be read"}},
		"policy not JSON": {func(t *testing.T, s *config.Serve) { t.Helper(); s.PolicyFile = file(t, "fees: 5", 0o600) }, []string{"policy-file: is not a policy"}},
		"policy wrong":    {func(t *testing.T, s *config.Serve) { t.Helper(); s.PolicyFile = file(t, `{"version":0}`, 0o600) }, []string{"policy-file: is not a policy"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := good()
			c.spoil(t, &s)
			err := s.Check()
			if c.lines == nil {
				require.NoError(t, err)
				return
			}
			var m config.Mistakes
			require.ErrorAs(t, err, &m)
			require.Len(t, m, len(c.lines), "%v", m)
			for i, line := range c.lines {
				require.Contains(t, m[i], line)
				require.NotContains(t, m[i], "changeme")
				require.NotContains(t, m[i], "\n")
			}
		})
	}
}

func TestAStoreIsSomewhere(t *testing.T) {
	t.Parallel()
	for dsn, wrong := range map[string]int{"sqlite:x.db": 0, "postgres://localhost/x": 0, "mysql://x": 1, "": 1} {
		err := (&config.Store{DSN: dsn, Conns: 8}).Check()
		var m config.Mistakes
		require.Equal(t, wrong > 0, errors.As(err, &m), dsn)
		require.Len(t, m, wrong, dsn)
	}
	require.Error(t, (&config.Store{DSN: "sqlite:x", Schema: "s", Conns: 8}).Check())
	require.Error(t, (&config.Store{DSN: "sqlite:x"}).Check())
	require.Equal(t, "x.db", (&config.Store{DSN: "sqlite:x.db"}).SQLite())
	require.Empty(t, (&config.Store{DSN: "sqlite::memory:"}).SQLite())
}

func TestALiveServerIsStrict(t *testing.T) {
	t.Parallel()
	s := config.Serve{Live: true, OpenSkills: true}
	s.Strict()
	require.True(t, s.Secure && s.Verified && !s.OpenSkills)
	s = config.Serve{OpenSkills: true}
	s.Strict()
	require.True(t, s.OpenSkills && !s.Secure)
}

// settings are a program's, as the server has them.
type settings struct {
	Config kong.ConfigFlag `name:"config"`
	config.Store
	config.Serve
}

func parse(t *testing.T, args ...string) (settings, error) {
	t.Helper()
	var s settings
	p, err := kong.New(&s, kong.DefaultEnvars("LANCE"), kong.Configuration(config.File))
	require.NoError(t, err)
	_, err = p.Parse(args)
	return s, err
}

// Not parallel: it sets the environment.
func TestFlagsWinOverTheEnvironmentAndThatOverTheFile(t *testing.T) {
	path := file(t, `{"addr": "127.0.0.1:1", "dsn": "sqlite:file.db", "connections": 3, "trust-proxy": ["10.0.0.0/8", "192.168.0.0/16"], "step": "2s", "log-level": "warn"}`, 0o600)
	t.Setenv("LANCE_DSN", "sqlite:env.db")
	t.Setenv("LANCE_ADDR", "127.0.0.1:2")
	s, err := parse(t, "--config", path, "--addr", "127.0.0.1:3")
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:3", s.Addr)
	require.Equal(t, "sqlite:env.db", s.DSN)
	require.Equal(t, 3, s.Conns)
	require.Equal(t, 2*time.Second, s.Step)
	require.Len(t, s.Proxies, 2)
	require.Equal(t, "WARN", s.LogLevel.String())
}

func TestAFileHasNothingButSettings(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		`{"adr": "x"}`:           "adr: is no setting",
		`{"config": "x"}`:        "config: is no setting",
		`["addr"]`:               "not a JSON object",
		`{"step": "soon"}`:       "--step",
		`{"connections": "few"}`: "--connections",
	} {
		_, err := parse(t, "--config", file(t, text, 0o600))
		require.ErrorContains(t, err, says, text)
	}
}
