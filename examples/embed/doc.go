// Command embed shows lance inside a host application: the host keeps its own
// table of orders in the same SQLite database, opens its own transaction, and
// lance joins it, once as a *sql.Tx and once as a bun.Tx. The host's row, the
// contract's state, the money and the events commit together; a failure after
// any step leaves none of them.
//
//	go run ./examples/embed
package main
