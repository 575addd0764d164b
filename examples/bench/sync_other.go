//go:build !linux

package main

import "os"

// datasync flushes a file, as a database does at commit.
func datasync(f *os.File) error { return f.Sync() }
