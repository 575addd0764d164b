// Package driver is the one page that an integrator reads who wants to keep the
// engine's data somewhere else.
//
// A Store runs transactions whose repositories are the union of what the domains
// declare, each in its own package and for its own needs:
//
//	lance.Repos        time, locks, the event log, consumers, timers, keys
//	escrow.Repos       agreements; ledger.Repos below it: the books
//	dispute.Repos      cases about agreements, and evidence
//	payments.Repos     top-ups, payouts, what providers told
//	auth.Repos         users, credentials, sessions, tokens
//	taxonomy.Repos     categories, skills        profile.Repos   profiles, portfolios
//	project.Repos      projects, proposals       contract.Repos  contracts, milestones, turns
//	review.Repos       reviews, ratings          file.Repos      files, without their bytes
//
// Most of them are plain rows, which a lance.Table describes: write the
// interpreter of tables once, and each costs its columns. What is more has a
// method of its own in the domain's Store interface, with a sentence that says
// what it must do.
//
// An adapter is finished when package storagetest passes on it. It may keep a
// part only: each domain's suite runs alone, and whoever uses only escrow
// implements escrow.Repos and nothing else. storage/memstore is the contract
// written in the plainest way; storage/bunstore keeps everything in SQLite or
// PostgreSQL.
//
// This package adds the parts up and adds nothing of its own.
package driver
