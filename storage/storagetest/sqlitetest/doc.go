// Package sqlitetest gives tests SQLite files that have their schema already: it
// is made once in a process and copied, which takes a hundredth of the time.
package sqlitetest
