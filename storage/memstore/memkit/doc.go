// Package memkit is the kernel of the in-memory store: transactions, the event
// log, consumers, timers, idempotency keys and plain tables, read from the
// contracts of the root package alone, so that it can be held against the SQL
// adapters.
//
// All state lies in persistent trees: a write makes a new path and leaves the
// old tree as it was. A snapshot is therefore a handful of pointers. A view
// keeps the one it began with while writers go on, rolling back is forgetting
// the new one, and so is a savepoint. Writers take turns.
//
// Finding a row by its identifier, entering a list at any page, and claiming
// the next due timer cost the logarithm of what is kept, and then what is
// returned. A Find that filters by one field and orders by another reads the
// smallest of the sets its equalities select; one that only orders by a field
// walks that field's index and skips what other conditions refuse.
//
// Nothing is durable, nothing is shared between processes, and a host's
// database transaction cannot be joined.
package memkit
