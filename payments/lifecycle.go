package payments

import "github.com/megilance/lance"

// TopUpState is where a top-up stands.
type TopUpState string

// The states of a top-up.
const (
	TopUpProcessing TopUpState = "processing" // the provider has not said how it ended
	TopUpConfirmed  TopUpState = "confirmed"  // charged and credited
	TopUpDeclined   TopUpState = "declined"   // refused by the provider or a bank
	TopUpFailed     TopUpState = "failed"     // given up: no answer
)

// TopUpAction is what can be done to a top-up.
type TopUpAction string

// The actions on a top-up.
const (
	ConfirmTopUp TopUpAction = "confirm"
	DeclineTopUp TopUpAction = "decline"
	AbandonTopUp TopUpAction = "abandon"
)

// PayoutState is where a payout stands.
type PayoutState string

// The states of a payout.
const (
	PayoutRequested PayoutState = "requested" // the amount is reserved; the provider has not been asked or has not answered
	PayoutSubmitted PayoutState = "submitted" // the provider has it
	PayoutPaid      PayoutState = "paid"      // sent
	PayoutRejected  PayoutState = "rejected"  // refused; the amount is available again
	PayoutReturned  PayoutState = "returned"  // came back after it was sent; the amount is available again
)

// PayoutAction is what can be done to a payout.
type PayoutAction string

// The actions on a payout.
const (
	SubmitPayout PayoutAction = "submit"
	PayPayout    PayoutAction = "pay"
	RejectPayout PayoutAction = "reject"
	ReturnPayout PayoutAction = "return"
)

// TopUpLifecycle is the lifecycle of a top-up. One that an administrator has
// given up is still credited if the provider confirms it after all: money that
// came in is never kept silently.
var TopUpLifecycle = lance.NewMachine("top_up", TopUpProcessing,
	lance.Edge(TopUpProcessing, ConfirmTopUp, TopUpConfirmed, lance.ByProvider),
	lance.Edge(TopUpProcessing, DeclineTopUp, TopUpDeclined, lance.ByProvider),
	lance.Edge(TopUpProcessing, AbandonTopUp, TopUpFailed, lance.ByAdmin),
	lance.Edge(TopUpFailed, ConfirmTopUp, TopUpConfirmed, lance.ByProvider),
)

// PayoutLifecycle is the lifecycle of a payout. Where a provider never answers,
// an administrator who knows how it ended says so.
var PayoutLifecycle = lance.NewMachine("payout", PayoutRequested,
	lance.Edge(PayoutRequested, SubmitPayout, PayoutSubmitted, lance.ByProvider),
	lance.Edge(PayoutRequested, PayPayout, PayoutPaid, lance.ByProvider, lance.ByAdmin),
	lance.Edge(PayoutRequested, RejectPayout, PayoutRejected, lance.ByProvider, lance.ByAdmin),
	lance.Edge(PayoutSubmitted, PayPayout, PayoutPaid, lance.ByProvider, lance.ByAdmin),
	lance.Edge(PayoutSubmitted, RejectPayout, PayoutRejected, lance.ByProvider, lance.ByAdmin),
	lance.Edge(PayoutPaid, ReturnPayout, PayoutReturned, lance.ByProvider),
)
