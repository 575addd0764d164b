// Package bunstore keeps all of the engine's data in SQLite or PostgreSQL. It
// adds the parts of the domains up; each can be had alone, bunescrow for one.
//
// Open changes nothing in the database: call Migrate, or Check to be told that
// somebody should. Join lets the engine work in a host's own open transaction,
// a *sql.Tx or a bun.Tx.
package bunstore
