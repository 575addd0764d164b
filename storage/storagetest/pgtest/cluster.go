package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	superuser    = "postgres"
	startTimeout = time.Minute
	pollEvery    = 10 * time.Millisecond
)

// Options says how a cluster treats its disk. nil means the zero value: fast
// and forgetful, for tests.
type Options struct {
	Durable  bool              // fsync, full_page_writes and synchronous_commit on, as in production
	Settings map[string]string // further settings by name, such as "shared_buffers": "512MB"; they win over ours
}

// Cluster is a running PostgreSQL server with a folder of its own. It stops,
// and its folder vanishes, at Stop or when this process ends in whatever way.
type Cluster struct {
	dir    string
	keeper *exec.Cmd
	leash  *os.File // the keeper ends the server when this closes
	lock   *os.File // held while this process lives: sweep spares the folder
	stop   func() error
}

// Start makes a cluster below the temporary folder and returns when it accepts
// connections, about a second later. Run by root, the server runs as the user
// postgres or nobody, because PostgreSQL refuses to run as root. Start fails
// with ErrNotInstalled when there are no server programs, with the context's
// error when ctx ends first, and otherwise with the server's own log.
func Start(ctx context.Context, opts *Options) (*Cluster, error) {
	if opts == nil {
		opts = &Options{}
	}
	initdb, err := Find("initdb")
	if err != nil {
		return nil, err
	}
	who, err := serverUser()
	if err != nil {
		return nil, err
	}
	base := tempBase()
	sweep(base)
	c := &Cluster{}
	c.stop = sync.OnceValue(c.end)
	if err := c.makeDir(base, who); err != nil {
		return nil, err
	}
	if err := c.launch(ctx, initdb, who, opts); err != nil {
		err = fmt.Errorf("pgtest: start: %w\n%s", err, c.log())
		_ = c.Stop()
		return nil, err
	}
	return c, nil
}

// DSN returns the URL under which database is reached, as the superuser. The
// database "postgres" always exists; others are the caller's to create. The
// URL suits pgx, psql and pgbench.
func (c *Cluster) DSN(database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.User(superuser),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {c.dir}, "port": {"5432"}, "sslmode": {"disable"}}.Encode(),
	}
	return u.String()
}

// Stop ends the server at once, without waiting for its clients, and removes
// its folder. A second call does nothing and returns what the first did. It
// fails when the folder could not be removed.
func (c *Cluster) Stop() error { return c.stop() }

func (c *Cluster) end() error {
	if c.leash != nil {
		_ = c.leash.Close()
	}
	if c.keeper != nil {
		_ = c.keeper.Wait() // its status tells nothing: the folder does
	}
	_ = c.lock.Close()
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("pgtest: stop: %w", err)
	}
	return nil
}

// makeDir makes the cluster's folder, locked by this process and owned by who.
func (c *Cluster) makeDir(base string, who *account) (err error) {
	if c.dir, err = os.MkdirTemp(base, dirPrefix); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	if c.lock, err = lockFile(filepath.Join(c.dir, "lock")); err == nil {
		err = who.own(c.dir)
	}
	if err != nil {
		_ = os.RemoveAll(c.dir)
		return fmt.Errorf("pgtest: %w", err)
	}
	return nil
}

// launch fills the folder, hands the server to its keeper and waits for it.
func (c *Cluster) launch(ctx context.Context, initdb string, who *account, opts *Options) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, initdb, "-D", c.path("data"), "-U", superuser, "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	c.prepare(cmd, who)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	if err := c.keep(filepath.Join(filepath.Dir(initdb), "postgres"), who, opts); err != nil {
		return err
	}
	return c.ready(ctx)
}

// keeperScript runs the server until its standard input ends, which happens
// when the process at the other end closes it or dies, then ends the server
// and removes the folder. A signal on the parent's death could not do the
// second, and would follow a thread instead of the process.
const keeperScript = `
dir=$1; shift
{ "$@"; : >"$dir/dead"; } >>"$dir/log" 2>&1 &
cat >/dev/null
until [ -e "$dir/dead" ] || [ ! -d "$dir" ]; do
	kill -QUIT "$(head -n 1 "$dir/data/postmaster.pid")" 2>/dev/null
	sleep 0.02
done
cd / && rm -rf "$dir"
`

func (c *Cluster) keep(postgres string, who *account, opts *Options) error {
	args := []string{"-c", keeperScript, "sh", c.dir, postgres, "-D", c.path("data")}
	settings := settingsOf(opts, c.dir)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	stdin, leash, err := os.Pipe()
	if err != nil {
		return err
	}
	defer func() { _ = stdin.Close() }()
	cmd := exec.Command("/bin/sh", args...) //nolint:noctx // it outlives the call; the leash ends it
	cmd.Stdin = stdin
	c.prepare(cmd, who)
	if err := cmd.Start(); err != nil {
		_ = leash.Close()
		return err
	}
	c.keeper, c.leash = cmd, leash
	return nil
}

// prepare makes cmd run as who, in the folder, and untouched by the caller's
// PG… variables and by an interrupt from the caller's terminal.
func (c *Cluster) prepare(cmd *exec.Cmd, who *account) {
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin:/usr/local/bin", "LC_ALL=C"}
	cmd.SysProcAttr = who.attr()
}

// ready waits until the server says in its lock file that it is.
func (c *Cluster) ready(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		state, _ := os.ReadFile(c.path("data/postmaster.pid"))
		if lines := strings.Split(string(state), "\n"); len(lines) >= 8 && strings.TrimSpace(lines[7]) == "ready" {
			return nil
		}
		if _, err := os.Stat(c.path("dead")); err == nil {
			return fmt.Errorf("the server ended")
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (c *Cluster) path(name string) string { return filepath.Join(c.dir, name) }

func (c *Cluster) log() []byte {
	out, _ := os.ReadFile(c.path("log"))
	return out
}

// settingsOf returns the server's settings for opts.
func settingsOf(opts *Options, dir string) map[string]string {
	s := map[string]string{
		"listen_addresses":        "",
		"port":                    "5432",
		"unix_socket_directories": dir,
		"max_connections":         "300",
		"timezone":                "Asia/Karachi",
	}
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		s[name] = "off"
		if opts.Durable {
			s[name] = "on"
		}
	}
	maps.Copy(s, opts.Settings)
	return s
}
