package main

import (
	"bufio"
	"encoding/binary"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// What a crash test takes from the environment: how often it kills, and the seed
// of everything that it draws.
const (
	envKills = "LANCE_CRASH_KILLS"
	envSeed  = "LANCE_CRASH_SEED"
)

// TestKilledServersLoseAndDoubleNothing kills real servers at random moments while
// clients use them, and holds them to every answer that they gave: one server on
// SQLite, two of one database on PostgreSQL.
func TestKilledServersLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "refserver")
	// As it is shipped: the race detector would only slow it down.
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		crash(t, program, "sqlite:"+filepath.Join(t.TempDir(), "crash.db"), 1)
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		crash(t, program, pgtest.DSN(t), 2)
	})
}

// crash lets clients work while servers die, as often as is asked for.
func crash(t *testing.T, program, dsn string, servers int) {
	t.Helper()
	seed := fromEnv(t, envSeed, binary.BigEndian.Uint32(drawn(lance.SystemEntropy(), 4)))
	t.Logf("%s=%d", envSeed, seed)
	f := &fleet{T: t, program: program, dsn: dsn, folder: t.TempDir(), dice: &dice{from: lance.SeededEntropy(uint64(seed))}}
	f.begin(servers)
	crowd := f.crowd(4)
	var group sync.WaitGroup
	for _, w := range crowd {
		group.Go(w.work)
	}
	quarrel := f.worker("quarrel")
	group.Go(quarrel.quarrel)
	kills := int(fromEnv(t, envKills, 5))
	for round := 0; round < kills && !t.Failed(); round++ {
		time.Sleep(time.Duration(100+f.dice.n(400)) * time.Millisecond)
		if round%2 == 1 {
			f.killWhileTimePasses()
		} else {
			f.killSome()
		}
		f.gate.Lock() // whoever was cut off waits
		f.verify()
		f.restart()
		for _, w := range crowd {
			w.recall()
		}
		quarrel.recall()
		f.gate.Unlock()
	}
	f.ended.Store(true)
	group.Wait()
	if !t.Failed() {
		quarrel.recall()
		f.settle(crowd)
	}
	t.Logf("%d kills: %d answers stood, %d requests were cut off and asked again", kills, f.stood.Load(), f.cut.Load())
}

// fromEnv returns a number that the environment sets.
func fromEnv(t *testing.T, name string, otherwise uint32) uint32 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	require.NoError(t, err, name)
	return uint32(n)
}

// dice draws numbers.
type dice struct {
	mu   sync.Mutex
	from lance.Entropy
}

// n draws one from 0 to most-1.
func (d *dice) n(most int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return int(binary.BigEndian.Uint32(drawn(d.from, 4)) % uint32(most))
}

func drawn(from lance.Entropy, n int) []byte {
	b := make([]byte, n)
	from.Fill(b)
	return b
}

// fleet is the servers of one store.
type fleet struct {
	*testing.T
	dsn, folder string
	program     string
	dice        *dice
	cut, stood  atomic.Int64 // requests that were cut off, and answers that stood
	gate        sync.RWMutex // shared by every request; held by who looks at what is left
	lone        atomic.Bool  // only the first server is to be asked
	ended       atomic.Bool  // no new work is to be begun
	servers     []*server
	boss        *account
}

// server is one process, or where the next one will be.
type server struct {
	addr string
	cmd  *exec.Cmd // nil: it is dead
	log  *heard
}

// begin makes the store and its administrator, and starts the servers.
func (f *fleet) begin(servers int) {
	f.Helper()
	if !strings.HasPrefix(f.dsn, "sqlite:") {
		f.tool("migrate")
	}
	for range servers {
		f.servers = append(f.servers, &server{addr: "127.0.0.1:0"})
	}
	f.restart()
	secret := filepath.Join(f.folder, "password")
	require.NoError(f, os.WriteFile(secret, []byte(password), 0o600))
	f.tool("admin", "create", "--email", "boss@example.com", "--password-file", secret)
	f.boss = f.account("boss")
	f.boss.login()
}

// tool runs one of the program's other commands, which must succeed.
func (f *fleet) tool(args ...string) string {
	f.Helper()
	out, err := exec.CommandContext(f.Context(), f.program, append(args, "--dsn", f.dsn)...).CombinedOutput()
	require.NoError(f, err, "%s", out)
	return string(out)
}

// verify holds the store against its log, with whoever is still alive on it.
func (f *fleet) verify() {
	f.Helper()
	require.Contains(f, f.tool("verify"), "every record holds")
}

// restart starts every server that is dead.
func (f *fleet) restart() {
	f.Helper()
	for _, s := range f.servers {
		if s.cmd == nil {
			f.start(s)
		}
	}
	f.lone.Store(false)
}

func (f *fleet) start(s *server) {
	f.Helper()
	s.log = &heard{}
	s.cmd = exec.CommandContext(f.Context(), f.program, "serve", "--dsn", f.dsn, "--addr", s.addr, "--files", filepath.Join(f.folder, "files"),
		"--step", "10ms", "--sandbox-delay", "15ms", "--log-level", "error")
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	require.NoError(f, err)
	require.NoError(f, s.cmd.Start())
	f.Cleanup(func() { f.kill(s) })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(f, err, "it does not start: %s", s.log)
	s.addr = strings.TrimPrefix(address.FindString(line), "http://")
	require.NotEmpty(f, s.addr, line)
}

// kill ends a server as a crash would.
func (f *fleet) kill(s *server) {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
	if said := s.log.String(); said != "" {
		f.Errorf("a server complained: %s", said)
	}
}

// killSome kills one of the servers, or all.
func (f *fleet) killSome() {
	which := f.dice.n(len(f.servers) + 1)
	for i, s := range f.servers {
		if len(f.servers) == 1 || which == i || which == len(f.servers) {
			f.kill(s)
		}
	}
}

// killWhileTimePasses kills the servers while the first of them lets an hour
// pass, and clocks fire.
func (f *fleet) killWhileTimePasses() {
	f.Helper()
	f.alone()
	f.boss.login()
	at := time.Duration(f.dice.n(150)) * time.Millisecond
	passed := make(chan struct{})
	go func() {
		defer close(passed)
		_, _ = f.boss.try(http.MethodPost, "/v1/test/clock/skip", "", map[string]any{"by": "61m"})
	}()
	time.Sleep(at)
	f.kill(f.servers[0])
	<-passed
}

// alone leaves the first server alone: a clock is moved for one process.
func (f *fleet) alone() {
	f.lone.Store(true)
	for _, s := range f.servers[1:] {
		f.kill(s)
	}
}

// url is where to ask.
func (f *fleet) url() string {
	i := 0
	if !f.lone.Load() {
		i = f.dice.n(len(f.servers))
	}
	return "http://" + f.servers[i].addr
}
