package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// datasync flushes a file's content, as a database does at commit.
func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }

// tick is the kernel's unit of processor time.
const tick = 10 * time.Millisecond

// busy returns how long processors have worked for this process and all below
// it, the database's among them.
func busy() time.Duration {
	type process struct {
		parent int
		ticks  int64
	}
	all := map[int]process{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // after its name, which may hold anything
		if len(f) < 15 {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		p := process{}
		p.parent, _ = strconv.Atoi(f[1])
		for _, n := range f[11:15] { // its own, and that of its children that have ended
			t, _ := strconv.ParseInt(n, 10, 64)
			p.ticks += t
		}
		all[pid] = p
	}
	sum, self := int64(0), os.Getpid()
	for pid, p := range all {
		for at := pid; at != 0; at = all[at].parent {
			if at == self {
				sum += p.ticks
				break
			}
		}
	}
	return time.Duration(sum) * tick
}
