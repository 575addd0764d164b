// Package buntest asks a database how it would run a statement, for the tests of
// the SQL adapters which prove that every list has its index.
//
// It owns no statement and judges no plan.
package buntest
