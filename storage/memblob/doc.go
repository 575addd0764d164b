// Package memblob keeps the bytes of files in memory, for tests and
// demonstrations. They are gone with the process.
package memblob
