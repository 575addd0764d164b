package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver for CREATE DATABASE

	"github.com/megilance/lance/storage/storagetest/pgtest"
)

// flushes returns how often a second a file in dir can be written and flushed to
// disk, one after the other.
func flushes(dir string) (rate float64, err error) {
	f, err := os.CreateTemp(dir, "flush")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	page := bytes.Repeat([]byte{1}, 8192)
	n, start := 0, time.Now()
	for time.Since(start) < time.Second {
		if _, err := f.WriteAt(page, int64(n%128)*8192); err != nil {
			return 0, err
		}
		if err := datasync(f); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

var (
	tpsLine  = regexp.MustCompile(`tps = ([0-9.]+)`)
	doneLine = regexp.MustCompile(`actually processed: (\d+)`)
)

// tpcb fills the database of a cluster for pgbench's TPC-B and returns a function
// that runs it with so many clients for so long and returns transactions a
// second, and what one costs.
func tpcb(ctx context.Context, c *pgtest.Cluster, scale int) (func(clients int, d time.Duration) (figure, error), error) {
	bin, err := pgtest.Find("pgbench")
	if err != nil {
		return nil, err
	}
	dsn := c.DSN("postgres")
	if out, err := exec.CommandContext(ctx, bin, "-i", "-q", "-s", strconv.Itoa(scale), dsn).CombinedOutput(); err != nil { //nolint:gosec // pgbench itself
		return nil, fmt.Errorf("pgbench -i: %w\n%s", err, out)
	}
	return func(clients int, d time.Duration) (f figure, err error) {
		cmd := exec.CommandContext(ctx, bin, "-M", "prepared", "-n", "-c", strconv.Itoa(clients), "-j", "2", //nolint:gosec // pgbench itself
			"-T", strconv.Itoa(max(1, int(d.Seconds())+clients/64)), dsn) // so many need a while to begin at all
		worked := busy()
		out, err := cmd.CombinedOutput()
		cost := busy() - worked
		m, n := tpsLine.FindSubmatch(out), doneLine.FindSubmatch(out)
		if err != nil || m == nil || n == nil {
			return f, fmt.Errorf("pgbench: %w\n%s", err, out)
		}
		f.rate, err = strconv.ParseFloat(string(m[1]), 64)
		done, wrong := strconv.ParseFloat(string(n[1]), 64)
		f.cpu = float64(cost.Microseconds()) / done
		return f, errors.Join(err, wrong)
	}, nil
}

// createDatabase makes an empty database in a cluster.
func createDatabase(ctx context.Context, c *pgtest.Cluster, name string) error {
	db, err := sql.Open("pgx", c.DSN("postgres"))
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "CREATE DATABASE "+name)
	return errors.Join(err, db.Close())
}
