// Package provider is what a payment adapter implements: the one seam between
// the engine and those who really move money.
//
// A charge takes money from somebody's payment method, a payout sends money to
// somebody's destination. The engine names each call by a key; a provider that
// sees a key again does nothing new and answers as before. What a provider
// says later by itself is an Event, which comes in as a webhook or is had by
// looking the key up. So are chargebacks: what a payer's bank takes back, and how
// that ended.
//
// The package owns no books, no state and no retries: payments has them. How an
// adapter proves that it keeps these rules is package paymenttest.
package provider
