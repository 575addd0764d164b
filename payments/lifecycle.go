package payments

import "github.com/megilance/lance"

// What things are called in faults, locks, timers and events.
const (
	topUpNoun      = "top_up"
	payoutNoun     = "payout"
	chargebackNoun = "chargeback"
	debtNoun       = "debt"
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

// ChargebackState is where a chargeback stands.
type ChargebackState string

// The states of a chargeback.
const (
	Open ChargebackState = "open" // the payer's bank takes money back and has not decided
	Won  ChargebackState = "won"  // it gave in: everything is as before
	Lost ChargebackState = "lost" // the money is gone
)

// ChargebackAction is what can be done to a chargeback.
type ChargebackAction string

// The actions on a chargeback.
const (
	Win  ChargebackAction = "win"  // the money is the platform's again
	Lose ChargebackAction = "lose" // the money is gone

	Reopen ChargebackAction = "reopen" // the bank takes it back once more
)

// ChargebackLifecycle is the lifecycle of a chargeback. Where a provider never
// says how it ended, an administrator who knows does, and in the end the clock
// takes it for lost. A provider that says otherwise afterwards, when it is asked, is
// believed: banks do take money back a second time, and give it back late.
var ChargebackLifecycle = lance.NewMachine(chargebackNoun, Open,
	lance.Edge(Open, Win, Won, lance.ByProvider, lance.ByAdmin),
	lance.Edge(Open, Lose, Lost, lance.ByProvider, lance.ByAdmin, lance.ByClock),
	lance.Edge(Won, Reopen, Open, lance.ByProvider),
	lance.Edge(Lost, Win, Won, lance.ByProvider),
)

// DebtState is where a debt stands.
type DebtState string

// The states of a debt.
const (
	Owing      DebtState = "owing"       // it is netted from what the party gets
	Netted     DebtState = "netted"      // all of it was
	WrittenOff DebtState = "written_off" // the platform bears what was left of it
)

// DebtAction is what can be done to a debt.
type DebtAction string

// The actions on a debt.
const (
	NetPart  DebtAction = "net_part"  // take a part of it out of what the party has available
	Net      DebtAction = "net"       // take all that is left of it
	WriteOff DebtAction = "write_off" // give up what is left of it
)

// DebtLifecycle is the lifecycle of a debt.
var DebtLifecycle = lance.NewMachine(debtNoun, Owing,
	lance.Edge(Owing, NetPart, Owing, lance.ByClock),
	lance.Edge(Owing, Net, Netted, lance.ByClock),
	lance.Edge(Owing, WriteOff, WrittenOff, lance.ByAdmin, lance.ByClock),
)
