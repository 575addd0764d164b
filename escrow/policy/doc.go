// Package policy holds what a platform has decided about escrow, as versioned
// data: its fees and the taxes on them, how long a payer may inspect submitted
// work before it counts as approved, how long released money stays in clearance,
// when money has to be funded, what becomes of a refund that was asked, where
// held money is and how long it may stay there, and how disputes go on.
//
// A Document is data and nothing else: it is validated once, written down with
// each agreement that is made under it, and never changed for that agreement
// again. Quote says what a price would cost whom, line by line.
//
// Fees are cumulative. The fee is a function of everything released so far, and
// a release pays the difference to what was paid before, so that any way to
// split a price into releases costs the same to the minor unit. A fixed amount
// and a minimum count once per agreement. A tax on the fees of a side is borne
// with them. No release ever costs more than itself.
//
// How long held money may stay depends on where it is (Place). Fit refuses a plan
// that takes longer and offers stages that fit.
//
// The package knows no accounts and moves no money: package escrow turns fees
// into transfers.
package policy
