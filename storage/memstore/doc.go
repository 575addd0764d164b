// Package memstore keeps all of the engine's data in memory: for tests, for
// simulations, and for reading what a storage adapter has to do. It adds the
// parts of the domains up; each can be had alone, memescrow for one.
//
// Nothing outlives the process.
package memstore
