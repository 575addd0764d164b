// Package pgtest gives tests and benchmarks a PostgreSQL of their own.
//
// DSN answers a test with a fresh, empty database. The server behind it is a
// temporary cluster that the first caller of the process starts (about a
// second) and that lives as long as the process: no TestMain, no container, no
// fixed port, nothing left in the temporary folder. Start makes a cluster by
// hand, for a benchmark that wants a durable one.
//
// The environment variable LANCE_TEST_POSTGRES changes where databases come
// from:
//
//	(unset)            a temporary cluster; the test fails when PostgreSQL is not installed
//	postgres://…       databases are created on, and dropped from, this server
//	off                the test is skipped by name; with CI set it fails instead
//
// A temporary cluster trusts everyone who reaches its socket, which lies in a
// folder that only its own user and root can enter. It does not sync to disk
// unless asked, and its time zone is deliberately not UTC, so that code which
// leans on the zone of the session is found out.
//
// This package does not own schemas: a database arrives empty, and whoever
// asked for it migrates it.
package pgtest
