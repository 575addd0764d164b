// Package payments brings money in and sends it out: top-ups, payouts, what
// providers tell by webhook, and the wallet that shows a party what it has.
//
// A top-up charges a payment method; the party's available balance is credited
// when, and only when, the provider says that the charge succeeded, and once.
// A payout reserves the amount with a pending transfer, asks the provider to
// send it, and posts or voids the transfer when the provider says how it ended.
// Both are stored before the provider is called: the call is a delivery that is
// owed until the provider has answered, under a key by which the provider tells
// a repeated call from a new one.
//
// The package does not own the books (escrow/ledger), what agreements hold
// (escrow), payment methods and bank accounts (tokens of the provider's), or
// the providers themselves (payments/provider and the adapters below).
package payments
