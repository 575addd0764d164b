package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/policy"
)

// Store says where the data is. Every command takes it.
type Store struct {
	DSN    string `name:"dsn" default:"sqlite:lance.db" placeholder:"DSN" help:"The database: sqlite:PATH or postgres://…"`
	Schema string `name:"schema" placeholder:"NAME" help:"The PostgreSQL schema of the tables; empty: the first of the search path."`
	Conns  int    `name:"connections" default:"8" placeholder:"N" help:"How many connections at most, 1 to 500."`
}

// Serve is what the server takes.
type Serve struct {
	Addr       string         `name:"addr" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen."`
	Live       bool           `name:"live" help:"Real people and real money: refuses the sandbox and every lever. A store that was born test never becomes live."`
	Migrate    bool           `name:"migrate" help:"Bring the schema up to date first. A SQLite file that does not exist yet is always made."`
	Files      string         `name:"files" default:"lance-files" placeholder:"DIR" help:"Where uploads are kept."`
	SecretFile string         `name:"secret-file" placeholder:"PATH" help:"Holds the server's secret, 32 random bytes or more. A test store makes its own."`
	LogName    string         `name:"log-name" default:"localhost/lance" placeholder:"NAME" help:"Names the log in its signed checkpoints, as no other log is named: example.com/books."`
	PolicyFile string         `name:"policy-file" placeholder:"PATH" help:"Fees and clocks of new agreements, as JSON; without it 10 %, borne by the freelancer."`
	Proxies    []netip.Prefix `name:"trust-proxy" placeholder:"CIDR,…" help:"Whose X-Forwarded-For is believed."`
	Secure     bool           `name:"secure-cookies" help:"Cookies go over HTTPS only; always so with --live."`
	Verified   bool           `name:"require-verified" help:"Nobody signs in before he has proven his address; always so with --live."`
	OpenSkills bool           `name:"open-skills" default:"true" negatable:"" help:"Who names a skill that is not known makes it known; never with --live."`
	Step       time.Duration  `name:"step" default:"250ms" placeholder:"TIME" help:"How long to rest when nothing goes on by itself, 10ms to 1m."`
	Drain      time.Duration  `name:"drain" default:"15s" placeholder:"TIME" help:"How long requests under way may take at the end, up to 5m."`
	Delay      time.Duration  `name:"sandbox-delay" placeholder:"TIME" help:"How long each call of the sandbox takes, up to 1m: to see what goes on meanwhile."`
	LogFormat  string         `name:"log-format" default:"text" enum:"text,json" placeholder:"FORMAT" help:"text or json."`
	LogLevel   slog.Level     `name:"log-level" default:"info" placeholder:"LEVEL" help:"debug, info, warn or error."`
}

// Mistakes are what is wrong with the settings, a line each.
type Mistakes []string

// Error returns the lines.
func (m Mistakes) Error() string { return strings.Join(m, "\n") }

// Check reports every mistake in where the data is said to be.
func (s *Store) Check() error {
	var m Mistakes
	if !strings.HasPrefix(s.DSN, "sqlite:") && !strings.HasPrefix(s.DSN, "postgres://") && !strings.HasPrefix(s.DSN, "postgresql://") {
		m = append(m, "dsn: is sqlite:PATH or postgres://…")
	}
	if s.Schema != "" && strings.HasPrefix(s.DSN, "sqlite:") {
		m = append(m, "schema: SQLite has none")
	}
	if s.Conns < 1 || s.Conns > 500 {
		m = append(m, "connections: from 1 to 500")
	}
	return m.orNil()
}

// SQLite returns the path of the SQLite file, or "" for another database.
func (s *Store) SQLite() string {
	path, ok := strings.CutPrefix(s.DSN, "sqlite:")
	if !ok || path == ":memory:" {
		return ""
	}
	return path
}

func (m Mistakes) orNil() error {
	if len(m) == 0 {
		return nil
	}
	return m
}

// Check reports every mistake in what the server is told.
func (s *Serve) Check() error {
	var m Mistakes
	if host, port, err := net.SplitHostPort(s.Addr); err != nil || port == "" || strings.ContainsAny(host, " /") {
		m = append(m, "addr: is HOST:PORT, such as 127.0.0.1:8080")
	}
	if s.Step < 10*time.Millisecond || s.Step > time.Minute {
		m = append(m, "step: from 10ms to 1m")
	}
	if s.Delay < 0 || s.Delay > time.Minute {
		m = append(m, "sandbox-delay: up to 1m")
	}
	if s.Drain < 0 || s.Drain > 5*time.Minute {
		m = append(m, "drain: up to 5m")
	}
	if s.LogName == "" || len(s.LogName) > 255 || strings.ContainsFunc(s.LogName, odd) {
		m = append(m, "log-name: is 1 to 255 characters without white space and plus")
	}
	if s.Files == "" {
		m = append(m, "files: names a folder")
	}
	if s.Live {
		m = append(m, "live: no payment provider but the sandbox is built in yet, and a live store refuses it")
		if s.SecretFile == "" {
			m = append(m, "secret-file: a live server needs a secret of its own")
		}
	}
	if s.SecretFile != "" {
		if _, err := s.Secret(); err != nil {
			m = append(m, "secret-file: "+err.Error())
		}
	}
	if _, err := s.Policy(); err != nil {
		m = append(m, "policy-file: "+err.Error())
	}
	return m.orNil()
}

// odd are characters that the name of a log cannot have.
func odd(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '+' }

// MinSecret is how many bytes a secret has at least.
const MinSecret = 32

// Secret reads the server's secret, or returns nil when none is set. It fails
// for one that is short or easy to guess.
func (s *Serve) Secret() ([]byte, error) {
	if s.SecretFile == "" {
		return nil, nil
	}
	info, err := os.Stat(s.SecretFile)
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, errors.New("others than its owner may read it: chmod 600")
	}
	raw, err := os.ReadFile(s.SecretFile)
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	secret := []byte(strings.TrimSpace(string(raw)))
	if len(secret) < MinSecret {
		return nil, fmt.Errorf("has %d bytes; %d random ones are the least: openssl rand -base64 48", len(secret), MinSecret)
	}
	if kinds(secret) < 12 {
		return nil, errors.New("is not random: openssl rand -base64 48")
	}
	return secret, nil
}

// kinds counts the different bytes of a secret: random ones have many.
func kinds(secret []byte) int {
	seen := map[byte]bool{}
	for _, b := range secret {
		seen[b] = true
	}
	return len(seen)
}

// Policy reads the fees and clocks of new agreements, or returns nil for the
// default.
func (s *Serve) Policy() (*policy.Document, error) {
	if s.PolicyFile == "" {
		return nil, nil //nolint:nilnil // no file, no policy, and nothing wrong
	}
	raw, err := os.ReadFile(s.PolicyFile)
	if err != nil {
		return nil, errors.New("cannot be read")
	}
	var d policy.Document
	if err := d.UnmarshalJSON(raw); err != nil {
		return nil, errors.New("is not a policy: " + words(err))
	}
	if err := d.Check(); err != nil {
		return nil, errors.New("is not a policy: " + words(err))
	}
	return &d, nil
}

// words are what a fault says, with the fields that are wrong.
func words(err error) string {
	var fault *lance.Error
	if !errors.As(err, &fault) {
		return err.Error()
	}
	parts := []string{fault.Msg}
	for _, f := range fault.Fields {
		parts = append(parts, f.Pointer+" "+f.Msg)
	}
	return strings.Join(parts, "; ")
}

// Strict is how a live server is set, whatever else was said.
func (s *Serve) Strict() {
	if s.Live {
		s.Secure, s.Verified, s.OpenSkills = true, true, false
	}
}
