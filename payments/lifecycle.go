package payments

import "github.com/megilance/lance"

// What a top-up and a payout are called in faults, locks, timers and events.
const (
	topUpNoun  = "top_up"
	payoutNoun = "payout"
)

// TopUpState is where a top-up stands.
type TopUpState string

// The states of a top-up.
const (
	Processing TopUpState = "processing" // the provider has not said how it ended
	Confirmed  TopUpState = "confirmed"  // charged and credited
	Declined   TopUpState = "declined"   // refused by the provider or a bank
	Failed     TopUpState = "failed"     // given up: the provider never said how it ended
)

// TopUpAction is what can be done to a top-up.
type TopUpAction string

// The actions on a top-up.
const (
	Confirm TopUpAction = "confirm" // the provider has charged
	Decline TopUpAction = "decline" // the provider will not charge
	Abandon TopUpAction = "abandon" // nobody waits for the provider any more
)

// PayoutState is where a payout stands.
type PayoutState string

// The states of a payout.
const (
	Requested PayoutState = "requested" // the amount is reserved; the provider has not taken it on
	Submitted PayoutState = "submitted" // the provider has it
	Paid      PayoutState = "paid"      // sent
	Rejected  PayoutState = "rejected"  // refused; the amount is available again
	Returned  PayoutState = "returned"  // came back after it was sent; the amount is available again
)

// PayoutAction is what can be done to a payout.
type PayoutAction string

// The actions on a payout.
const (
	Submit PayoutAction = "submit" // the provider takes it on
	Pay    PayoutAction = "pay"    // the money has left
	Reject PayoutAction = "reject" // the money will not leave
	Return PayoutAction = "return" // the money has come back
)

// TopUpLifecycle is the lifecycle of a top-up. Nobody but the provider confirms
// one. One that an administrator has given up is still credited if the provider
// confirms it after all: money that came in is never kept silently.
var TopUpLifecycle = lance.NewMachine(topUpNoun, Processing,
	lance.Edge(Processing, Confirm, Confirmed, lance.ByProvider),
	lance.Edge(Processing, Decline, Declined, lance.ByProvider),
	lance.Edge(Processing, Abandon, Failed, lance.ByAdmin),
	lance.Edge(Failed, Confirm, Confirmed, lance.ByProvider),
)

// PayoutLifecycle is the lifecycle of a payout. Where a provider never answers,
// an administrator who knows how it ended says so. That a payout came back may
// be told before, or instead of, that it was sent.
var PayoutLifecycle = lance.NewMachine(payoutNoun, Requested,
	lance.Edge(Requested, Submit, Submitted, lance.ByProvider),
	lance.Edge(Requested, Pay, Paid, lance.ByProvider, lance.ByAdmin),
	lance.Edge(Requested, Reject, Rejected, lance.ByProvider, lance.ByAdmin),
	lance.Edge(Requested, Return, Returned, lance.ByProvider),

	lance.Edge(Submitted, Pay, Paid, lance.ByProvider, lance.ByAdmin),
	lance.Edge(Submitted, Reject, Rejected, lance.ByProvider, lance.ByAdmin),
	lance.Edge(Submitted, Return, Returned, lance.ByProvider),

	lance.Edge(Paid, Return, Returned, lance.ByProvider),
)
