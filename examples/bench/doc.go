// Command bench measures what lance does beside what the machine can do, in one
// run: ledger posting between random parties and with one account of the
// platform's in every set, in one phase and in two, by a service and in
// transactions of the caller's own, from one opening of the store and from three;
// the whole release operation, sealed; and, when asked for, the whole job from a
// posted project to a paid freelancer, requests over HTTP, and what things cost
// in books of any size. It does so on SQLite with synchronous=FULL and on a
// durable PostgreSQL, for several numbers of callers, and prints each figure as a
// multiple of pgbench's TPC-B on the same server with as many clients, and how
// long processors worked for one call, which other work on the machine changes
// least, next to how often the disk could flush in that minute, and what was to
// be reached.
//
//	go run ./examples/bench -h
//
// Absolute figures mean little on a shared machine; the ratios of one run do.
package main
