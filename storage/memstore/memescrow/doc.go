// Package memescrow keeps agreements and their ledger in memory: for tests, for
// simulations, and for reading what a storage adapter has to do. It adds the
// stores of the escrow domain to memkit's transactions.
package memescrow
