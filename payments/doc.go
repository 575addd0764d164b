// Package payments brings money in and sends it out: top-ups, payouts, chargebacks,
// what providers tell by webhook, and the wallet that shows a party what it has.
//
// A top-up charges a payment method; the party's available balance is credited
// when, and only when, the provider says that the charge succeeded, and once.
// A payout reserves the amount with a pending transfer, asks the provider to
// send it, and posts or voids the transfer when the provider says how it ended.
// Both are stored before the provider is called: the call is a delivery that is
// owed until the provider has answered, under a key by which the provider tells
// a repeated call from a new one.
//
// A chargeback is a charge, or a part of one, that the payer's bank takes back.
// While it is open the provider withholds the amount, and what the charge's lot
// paid for, and only that, does not move: what the payer has of it yet is set
// aside, agreements that hold some of it are frozen, and so is set aside what
// payees have of it that was released to them, where a loss would fall on them.
// When it is won, everything goes on; the provider's fee stays booked. When it is
// lost, what was kept goes to the provider, out of the agreements only what that lot
// has paid for: they go on with the rest, if there is one. What is missing falls on
// whom Losses names: a party owes it as a Debt, which is netted from whatever he has
// available, each minute and before each payout, until after a period, or by an
// administrator, what is left is written off. It may end otherwise after all: what was
// lost is given back to who has borne it, what was won is taken back once more.
//
// The package does not own the books (escrow/ledger), what agreements hold
// (escrow), payment methods and bank accounts (tokens of the provider's), or
// the providers themselves (payments/provider and the adapters below).
package payments
