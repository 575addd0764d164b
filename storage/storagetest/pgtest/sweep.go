package pgtest

import (
	"os"
	"path/filepath"
	"time"
)

const (
	dirPrefix = "lance-pg-"
	maxBase   = 60          // a socket's path may have 107 bytes, some of them ours
	graceAge  = time.Minute // a younger folder may not have its lock yet
)

// tempBase returns the folder for clusters: the system's temporary folder, or
// /tmp when that is too long for a socket's path or closed to other users.
func tempBase() string {
	base := os.TempDir()
	if len(base) > maxBase || !passable(base) {
		return "/tmp"
	}
	return base
}

// passable reports whether any user may walk through dir, down from the root.
func passable(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		up := filepath.Dir(dir)
		if up == dir {
			return true
		}
		dir = up
	}
}

// sweep removes the folders of clusters whose process is gone and whose keeper
// did not get to it, as after a crash of the machine. A server that still runs
// in one ends by itself when it misses its lock file. What cannot be removed
// belongs to someone else and stays.
func sweep(base string) {
	dirs, _ := filepath.Glob(filepath.Join(base, dirPrefix+"*")) // fails only on a malformed pattern
	for _, dir := range dirs {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < graceAge {
			continue
		}
		if lock, err := lockFile(filepath.Join(dir, "lock")); err == nil {
			_ = os.RemoveAll(dir)
			_ = lock.Close()
		}
	}
}
