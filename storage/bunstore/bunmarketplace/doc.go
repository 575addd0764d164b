// Package bunmarketplace keeps the marketplace in SQLite or PostgreSQL: skills,
// profiles, projects, proposals, contracts and reviews. It adds their stores to
// bunkit's transactions, and their tables to its migrations.
package bunmarketplace
