// Package bunauth keeps users, sessions, tokens, challenges and logins in SQLite
// or PostgreSQL. It adds their stores to bunkit's transactions, and their tables
// to its migrations.
package bunauth
