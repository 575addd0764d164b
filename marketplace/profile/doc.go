// Package profile holds how a party shows itself to others, and its portfolio.
//
// A party, a user or an organisation, has at most one profile: its name,
// headline, biography, hourly rate, skills with levels, place and time zone.
// Only the party itself writes it. What others see of it is the type Shown,
// which has no address, telephone number or earnings to show.
//
// A portfolio item is a piece of past work: what the problem was, how it was
// solved and what came of it, with links to pictures. It is visible or hidden,
// and removed rather than deleted, so that an administrator can restore it.
//
// Completeness tells how much of a profile is filled in, what is missing and
// what to do next.
//
// This package does not own who signs in (package auth) nor which skills there
// are (package taxonomy).
package profile
