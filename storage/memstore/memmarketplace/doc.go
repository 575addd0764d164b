// Package memmarketplace keeps the marketplace in memory: skills, profiles,
// projects, proposals, contracts and reviews. It adds their stores to memkit's
// transactions.
package memmarketplace
