// Package policy holds what a platform has decided about escrow, as versioned
// data: its fees, how long a payer may inspect submitted work before it counts
// as approved, how long released money stays in clearance, and when money has
// to be funded.
//
// A Document is data and nothing else: it is validated once, written down with
// each agreement that is made under it, and never changed for that agreement
// again. Quote says what a price would cost whom, line by line.
//
// Fees are cumulative. The fee is a function of everything released so far, and
// a release pays the difference to what was paid before, so that any way to
// split a price into releases costs the same to the minor unit. A fixed amount
// and a minimum count once per agreement. No release ever costs more than
// itself.
//
// The package knows no accounts and moves no money: package escrow turns fees
// into transfers.
package policy
