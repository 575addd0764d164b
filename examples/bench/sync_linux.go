package main

import (
	"os"
	"syscall"
)

// datasync flushes a file's content, as a database does at commit.
func datasync(f *os.File) error { return syscall.Fdatasync(int(f.Fd())) }
