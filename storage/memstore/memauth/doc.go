// Package memauth keeps users, sessions, tokens, challenges and logins in
// memory: for tests, for simulations, and for reading what a storage adapter
// has to do. It adds the stores of the auth domain to memkit's transactions.
package memauth
