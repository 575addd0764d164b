package bunstore_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/bunstore"
	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// What makes this binary a worker instead of a test: the store to work on, and
// the folder that it shares with the test.
const (
	envStore  = "LANCE_TEST_WORKER_STORE"
	envFolder = "LANCE_TEST_WORKER_FOLDER"
)

// TestMain lets the binary run as one of the workers of TestProcesses….
func TestMain(m *testing.M) {
	dsn := os.Getenv(envStore)
	if dsn == "" {
		os.Exit(m.Run())
	}
	if err := workUntilTold(dsn, os.Getenv(envFolder)); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func TestProcessesShareSQLiteAndMayDie(t *testing.T) {
	t.Parallel()
	shareAndDie(t, "sqlite:"+filepath.Join(t.TempDir(), "shared.db"))
}

func TestProcessesSharePostgreSQLAndMayDie(t *testing.T) {
	t.Parallel()
	shareAndDie(t, pgtest.DSN(t))
}

const (
	workers  = 3
	some     = 8               // fewer entries than each round adds, and than follow when its clocks run out
	patience = 2 * time.Minute // for all that is waited for; it takes seconds
)

// places are where a worker dies in each round, besides one that is killed at
// any moment: in the middle of what a timer, a reaction and a call do, and when
// a call's outcome is being stored.
var places = []string{"timer", "reaction", "call", "keep"}

// here ends this process, as a crash would, when it is the first to come by a
// place that is armed.
func here(folder, place string) {
	if os.Remove(filepath.Join(folder, place)) != nil {
		return
	}
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	fmt.Fprintln(os.Stderr, "worker: still alive:", err)
	select {}
}

// shareAndDie lets several processes work on one store while work comes in and
// some of them are killed, and then looks at what they have left.
func shareAndDie(t *testing.T, dsn string) {
	t.Helper()
	folder := t.TempDir()
	c := &crew{T: t, dsn: dsn, folder: folder, clock: fileClock(filepath.Join(folder, "clock")), end: time.Now().Add(patience)}
	c.clock.move(t, 0)
	c.store = open(t, bunstore.Options{DSN: dsn, Clock: c.clock, MaxConns: 4, Wait: 20 * time.Second})
	var err error
	c.engine, err = probeEngine(c.store, folder)
	require.NoError(t, err)
	for range workers {
		c.hire()
	}
	w := &workload{crew: c}
	w.begin()
	w.stall()
	for round, place := range places {
		c.arm(place)
		w.add(round)
		c.loseOne()
		at := c.sealed()
		c.clock.move(t, 15*day) // inspections and windows are over
		c.killAfter(at)
	}
	c.finish()
	w.check()
}

const day = 24 * time.Hour

// fileClock is the system's clock and an offset that a file holds: a clock that
// all processes share, and that a test moves.
type fileClock string

// Now returns the time by the shared clock.
func (f fileClock) Now() time.Time {
	text, err := os.ReadFile(string(f))
	if err != nil {
		panic(err)
	}
	offset, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil {
		panic(err)
	}
	return time.Now().Add(time.Duration(offset))
}

// move moves the clock on, for all at once.
func (f fileClock) move(t *testing.T, by time.Duration) {
	t.Helper()
	if text, err := os.ReadFile(string(f)); err == nil {
		before, err := strconv.ParseInt(string(text), 10, 64)
		require.NoError(t, err)
		by += time.Duration(before)
	}
	require.NoError(t, os.WriteFile(string(f)+".new", strconv.AppendInt(nil, int64(by), 10), 0o600))
	require.NoError(t, os.Rename(string(f)+".new", string(f)))
}

// workUntilTold is a worker: it runs an engine until its input ends, which also
// happens when the test dies.
func workUntilTold(dsn, folder string) (err error) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	db, err := bunstore.Open(ctx, bunstore.Options{
		DSN: dsn, Clock: fileClock(filepath.Join(folder, "clock")), MaxConns: 4, Wait: 20 * time.Second,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	e, err := probeEngine(db, folder)
	if err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	if _, err := fmt.Fprintln(os.Stdout, "ready"); err != nil {
		return err
	}
	return e.Run(ctx, 10*time.Millisecond, func(rep lance.Report, err error) {
		if err != nil || len(rep.Parked) > 0 { // faults there are: a probe loses its lease
			fmt.Fprintln(os.Stderr, "worker:", err, rep.Parked)
		}
	})
}

// probeEngine is an engine that also does the probes' jobs.
func probeEngine(db lance.Runner[marketplace.Repos], folder string) (*marketplace.Engine, error) {
	return marketplace.New(marketplace.Config{
		Store: db, Jobs: probeJobs(folder),
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
		Budget:   &lance.Budget{Seal: 20, Events: 20, Timers: 5, Calls: 3}, // small, so that all take part
	})
}

// crew are the processes that work on one store.
type crew struct {
	*testing.T
	end    time.Time // of all patience
	dsn    string
	folder string
	clock  fileClock
	store  *bunstore.Store
	engine *marketplace.Engine
	staff  []*process
}

// process is one worker.
type process struct {
	*exec.Cmd
	stdin io.Closer
	log   string     // the file of what it says
	over  chan error // how it ended
}

// said returns what the worker complained about.
func (p *process) said() string {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// arm lets whoever first comes by a place die there.
func (c *crew) arm(place string) {
	require.NoError(c, os.WriteFile(filepath.Join(c.folder, place), nil, 0o600))
}

// hire starts one more worker and waits until it works.
func (c *crew) hire() {
	c.Helper()
	cmd := exec.CommandContext(c.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), envStore+"="+c.dsn, envFolder+"="+c.folder)
	p := &process{Cmd: cmd, over: make(chan error, 1)}
	log, err := os.CreateTemp(c.folder, "log")
	require.NoError(c, err)
	defer func() { require.NoError(c, log.Close()) }()
	p.log, cmd.Stderr = log.Name(), log
	stdin, err := cmd.StdinPipe()
	require.NoError(c, err)
	p.stdin = stdin
	stdout, err := cmd.StdoutPipe()
	require.NoError(c, err)
	require.NoError(c, cmd.Start())
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || line != "ready\n" {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		require.FailNow(c, "a worker does not start", "%q %v %s", line, err, p.said())
	}
	go func() { p.over <- cmd.Wait() }()
	c.staff = append(c.staff, p)
	c.Cleanup(func() { _ = cmd.Process.Kill() })
}

// replace starts a worker for one that was killed.
func (c *crew) replace(i int, err error) {
	c.Helper()
	require.EqualError(c, err, "signal: killed", "it did not end by itself: %s", c.staff[i].said())
	require.Empty(c, c.staff[i].said())
	c.staff = slices.Delete(c.staff, i, i+1)
	c.hire()
}

// loseOne waits until a worker has died where it was armed.
func (c *crew) loseOne() {
	c.Helper()
	c.until("a worker dies", func() bool {
		for i, p := range c.staff {
			select {
			case err := <-p.over:
				c.replace(i, err)
				return true
			default:
			}
		}
		return false
	})
}

// killAfter waits until some more of the log is sealed, kills a worker in the
// middle of whatever it does, and starts another one.
func (c *crew) killAfter(at int64) {
	c.Helper()
	c.until("the log grows", func() bool { return c.sealed() > at+int64(chance(some)) })
	i := chance(len(c.staff))
	require.NoError(c, c.staff[i].Process.Kill())
	c.replace(i, <-c.staff[i].over)
}

// finish moves the clock until nothing is left to do, and sends the workers
// home.
func (c *crew) finish() {
	c.Helper()
	c.until("all is done", func() bool {
		if c.quiet() {
			return true
		}
		c.clock.move(c.T, time.Hour) // leases of the dead and waits end
		return false
	})
	for _, p := range c.staff {
		require.NoError(c, p.stdin.Close())
		require.NoError(c, <-p.over, "%s", p.said())
		require.Empty(c, p.said())
	}
	rep, err := c.engine.Step(c.Context(), c.clock.Now())
	require.NoError(c, err)
	require.Empty(c, rep.Faults)
	rep.Chores = nil // the clock was moved by hours, and they are due every so often
	require.True(c, rep.Idle(), "%+v", rep)
}

// quiet reports whether nothing waits: no entry, timer or call, and no consumer
// is behind.
func (c *crew) quiet() (quiet bool) {
	c.Helper()
	c.view(func(ctx context.Context, r marketplace.Repos) error {
		quiet = false
		backlog, err := r.Log().Backlog(ctx)
		if err != nil || backlog.Count > 0 {
			return err
		}
		call, err := r.Deliveries().NextDue(ctx)
		if err != nil || !call.IsZero() {
			return err
		}
		timers, err := r.Timers().Due(ctx, r.Now().AddDate(10, 0, 0), 100)
		if err != nil || slices.ContainsFunc(timers, func(t lance.Timer) bool { return !t.Owner.IsZero() }) {
			return err // a chore is due for ever
		}
		last, err := lastSeq(ctx, r)
		if err != nil {
			return err
		}
		for _, re := range c.engine.Jobs().Reactions {
			if at, err := r.Cursors().Cursor(ctx, re.Name); err != nil || at < last {
				return err
			}
		}
		quiet = true
		return nil
	})
	return quiet
}

// sealed returns how much of the log is sealed.
func (c *crew) sealed() (n int64) {
	c.Helper()
	c.view(func(ctx context.Context, r marketplace.Repos) (err error) {
		n, err = lastSeq(ctx, r)
		return err
	})
	return n
}

func lastSeq(ctx context.Context, r marketplace.Repos) (int64, error) {
	seals, err := r.Log().Seals(ctx, 0, 1<<20)
	if err != nil || len(seals) == 0 {
		return 0, err
	}
	return seals[len(seals)-1].Last, nil
}

func (c *crew) view(fn func(ctx context.Context, r marketplace.Repos) error) {
	c.Helper()
	require.NoError(c, c.store.View(c.Context(), fn))
}

func (c *crew) write(fn func(ctx context.Context, r marketplace.Repos) error) {
	c.Helper()
	require.NoError(c, c.store.InTx(c.Context(), fn))
}

// until polls for a condition.
func (c *crew) until(what string, done func() bool) {
	c.Helper()
	for !done() {
		if time.Now().After(c.end) {
			require.FailNow(c, "waited in vain until "+what, "%s", c.left())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// left tells what there still is to do.
func (c *crew) left() (told string) {
	c.Helper()
	c.view(func(ctx context.Context, r marketplace.Repos) error {
		backlog, err := r.Log().Backlog(ctx)
		if err != nil {
			return err
		}
		due, err := r.Timers().Due(ctx, r.Now().AddDate(1, 0, 0), 10)
		if err != nil {
			return err
		}
		call, err := r.Deliveries().NextDue(ctx)
		told = fmt.Sprintf("at %v: %d entries to seal, a call at %v, timers %+v", r.Now(), backlog.Count, call, due)
		return err
	})
	for _, p := range c.staff {
		told += "\n" + p.said()
	}
	return told
}

// chance returns a number from 0 to n-1.
func chance(n int) int {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return int(binary.BigEndian.Uint32(b[:]) % uint32(n))
}
