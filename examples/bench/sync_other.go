//go:build !linux

package main

import (
	"os"
	"time"
)

// datasync flushes a file, as a database does at commit.
func datasync(f *os.File) error { return f.Sync() }

// busy returns 0: what processors have worked for a process and all below it is
// read on Linux alone.
func busy() time.Duration { return 0 }
