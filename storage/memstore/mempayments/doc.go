// Package mempayments keeps top-ups, payouts and what providers told in memory,
// with the agreements and books they belong to: for tests, for simulations, and
// for reading what a storage adapter has to do.
package mempayments
