// Command ownstore keeps escrow in a store of its own: a hundred lines over
// maps, in store.go, that implement escrow.Repos and nothing else of lance.
//
// The kernel that every domain needs (transactions, the event log, timers,
// idempotency keys) comes from storage/memstore/memkit, which is public; the
// two stores of escrow, agreements and books, are written here. store_test.go
// proves them with the public suite in fifteen lines. The main program then runs
// one agreement on the store, up to the release that happens by itself.
package main
