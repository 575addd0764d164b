// Package bunkit is the kernel of the SQL adapters: transactions, locks, the
// event log, consumers, deliveries, timers, idempotency keys, plain tables and
// migrations on SQLite and PostgreSQL.
//
// An adapter is a function that makes repositories of a Q, the handle of one
// open transaction, and a Part with its migrations. Open puts them together to
// a Store, which is a lance.Runner. A Q always carries its connection and
// qualifies every table with its schema, so that neither can be forgotten.
//
// On PostgreSQL a transaction is READ COMMITTED and is run again, a bounded
// number of times, after a serialization failure or a deadlock. On SQLite there
// is one writer: callers that wait for it share a commit, each in a savepoint
// of its own. A host's open transaction is joined with Store.Join and never
// committed, rolled back or retried here.
//
// The package does not own any domain's tables, and migrates nothing unasked.
package bunkit
