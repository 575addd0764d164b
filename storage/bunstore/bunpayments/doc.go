// Package bunpayments keeps top-ups, payouts and what providers told in SQLite or
// PostgreSQL. It adds their stores, with their migrations, to bunkit's
// transactions beside those of bunescrow, whose books they move money in.
package bunpayments
