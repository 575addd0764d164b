package escrow

import "github.com/megilance/lance"

// noun is what an agreement is called in faults, locks, timers and events.
const noun = "agreement"

// State is where an agreement stands.
type State string

// The states of an agreement. Released, refunded and cancelled are final and
// hold nothing.
const (
	Agreed    State = "agreed"    // nothing is held yet
	Funded    State = "funded"    // the price is held, work goes on
	Submitted State = "submitted" // the payer inspects, the clock runs
	Released  State = "released"  // what was left went to the payee
	Refunded  State = "refunded"  // what was left went back to the payer
	Cancelled State = "cancelled" // it ended before anything was held
)

// Action is what can be done to an agreement.
type Action string

// The actions on an agreement.
const (
	Fund           Action = "fund"            // move the price into the hold
	Submit         Action = "submit"          // say that the work is done
	RequestChanges Action = "request_changes" // stop the clock: it is not
	Release        Action = "release"         // pay a part; the rest rolls forward
	Approve        Action = "approve"         // pay all that is left
	AskRefund      Action = "ask_refund"      // ask the payee to send money back
	RefundPart     Action = "refund_part"     // send a part back; the rest stays
	Refund         Action = "refund"          // send all that is left back
	Cancel         Action = "cancel"          // give up what holds nothing
)

// What an actor can be to an agreement, besides the clock and an administrator
// without a stake.
const (
	ByPayer lance.Relation = "payer" // he pays
	ByPayee lance.Relation = "payee" // he is paid
)

// Lifecycle says how an agreement's state changes. No edge lets a party move
// money to itself.
var Lifecycle = lance.NewMachine(noun, Agreed,
	lance.Edge(Agreed, Fund, Funded, ByPayer),
	lance.Edge(Agreed, Cancel, Cancelled, ByPayer, ByPayee, lance.ByAdmin, lance.ByClock),

	lance.Edge(Funded, Submit, Submitted, ByPayee),
	lance.Edge(Funded, Release, Funded, ByPayer),
	lance.Edge(Funded, Approve, Released, ByPayer),
	lance.Edge(Funded, AskRefund, Funded, ByPayer),
	lance.Edge(Funded, RefundPart, Funded, ByPayee, lance.ByAdmin),
	lance.Edge(Funded, Refund, Refunded, ByPayee, lance.ByAdmin),

	lance.Edge(Submitted, RequestChanges, Funded, ByPayer),
	lance.Edge(Submitted, Release, Submitted, ByPayer),
	lance.Edge(Submitted, Approve, Released, ByPayer, lance.ByClock),
	lance.Edge(Submitted, AskRefund, Submitted, ByPayer),
	lance.Edge(Submitted, RefundPart, Submitted, ByPayee, lance.ByAdmin),
	lance.Edge(Submitted, Refund, Refunded, ByPayee, lance.ByAdmin),
)
