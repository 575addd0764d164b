package escrow

import "github.com/megilance/lance"

// noun is what an agreement is called in faults, locks, timers and events.
const noun = "agreement"

// State is where an agreement stands.
type State string

// The states of an agreement. Released, refunded, settled and cancelled are final
// and hold nothing.
const (
	Proposed  State = "proposed"  // one party waits for the other's word
	Agreed    State = "agreed"    // nothing is held yet
	Funded    State = "funded"    // the price, or a part of it, is held; work goes on
	Submitted State = "submitted" // the payer inspects, the clock runs
	Frozen    State = "frozen"    // a case is open: nothing moves, the clocks stand
	Released  State = "released"  // what was left, if anything was, went to the payee, who was paid
	Refunded  State = "refunded"  // what was left went back to the payer
	Settled   State = "settled"   // what was left was divided by a ruling
	Cancelled State = "cancelled" // it ended with nothing held and nothing paid
)

// Action is what can be done to an agreement.
type Action string

// The actions on an agreement.
const (
	Accept           Action = "accept"            // agree to what the other party proposed
	Fund             Action = "fund"              // move the price, or a part of it, into the hold
	Submit           Action = "submit"            // say that the work is done
	RequestChanges   Action = "request_changes"   // stop the clock: it is not
	Release          Action = "release"           // pay a part; the rest rolls forward
	Approve          Action = "approve"           // pay all that is left
	AskRefund        Action = "ask_refund"        // ask the payee to send money back
	DeclineRefund    Action = "decline_refund"    // answer that with no
	RefundPart       Action = "refund_part"       // send a part back; the rest stays
	Refund           Action = "refund"            // send all that is left back
	Amend            Action = "amend"             // propose another price
	AcceptAmendment  Action = "accept_amendment"  // agree to it
	DeclineAmendment Action = "decline_amendment" // refuse it, or take it back
	Freeze           Action = "freeze"            // stop everything: a case is open
	FreezeToo        Action = "freeze_too"        // wait for one case more
	Lift             Action = "lift"              // wait for one case less
	Thaw             Action = "thaw"              // go on with the work after it
	Resume           Action = "resume"            // go on with the inspection after it
	Reclaim          Action = "reclaim"           // take out what a bank has taken back
	Rule             Action = "rule"              // divide what is held
	Cancel           Action = "cancel"            // give up what holds nothing and has paid nothing
	Close            Action = "close"             // be content with the parts that were paid
)

// What an actor can be to an agreement, besides the clock and an administrator
// without a stake.
const (
	ByPayer   lance.Relation = "payer"   // he pays
	ByPayee   lance.Relation = "payee"   // he is paid
	BySharer  lance.Relation = "sharer"  // he shares what the payee is paid
	ByArbiter lance.Relation = "arbiter" // he rules, and has no stake
)

// Lifecycle says how an agreement's state changes. No edge lets a party move
// money to itself, and from every state that may hold money the clock leads to a
// final one.
var Lifecycle = lance.NewMachine(noun, Proposed,
	lance.Edge(Proposed, Accept, Agreed, ByPayer, ByPayee),
	lance.Edge(Proposed, Cancel, Cancelled, ByPayer, ByPayee, lance.ByAdmin, lance.ByClock),

	lance.Edge(Agreed, Fund, Funded, ByPayer),
	lance.Edge(Agreed, Submit, Submitted, ByPayee),
	lance.Edge(Agreed, Amend, Agreed, ByPayer, ByPayee),
	lance.Edge(Agreed, AcceptAmendment, Agreed, ByPayer, ByPayee),
	lance.Edge(Agreed, DeclineAmendment, Agreed, ByPayer, ByPayee, lance.ByClock),
	lance.Edge(Agreed, Cancel, Cancelled, ByPayer, ByPayee, lance.ByAdmin, lance.ByClock),

	lance.Edge(Funded, Fund, Funded, ByPayer),
	lance.Edge(Funded, Submit, Submitted, ByPayee),
	lance.Edge(Funded, Release, Funded, ByPayer),
	lance.Edge(Funded, Approve, Released, ByPayer, lance.ByClock),
	lance.Edge(Funded, AskRefund, Funded, ByPayer),
	lance.Edge(Funded, DeclineRefund, Funded, ByPayee, lance.ByClock),
	lance.Edge(Funded, RefundPart, Funded, ByPayee, lance.ByAdmin, lance.ByClock),
	lance.Edge(Funded, Refund, Refunded, ByPayee, lance.ByAdmin, lance.ByClock),
	lance.Edge(Funded, Amend, Funded, ByPayer, ByPayee),
	lance.Edge(Funded, AcceptAmendment, Funded, ByPayer, ByPayee),
	lance.Edge(Funded, DeclineAmendment, Funded, ByPayer, ByPayee, lance.ByClock),
	lance.Edge(Funded, Freeze, Frozen, ByPayer, ByPayee, lance.ByAdmin, lance.ByClock),
	lance.Edge(Funded, Cancel, Cancelled, ByPayer, ByPayee, lance.ByAdmin),
	lance.Edge(Funded, Close, Released, ByPayer, ByPayee, lance.ByAdmin),

	lance.Edge(Submitted, Fund, Submitted, ByPayer),
	lance.Edge(Submitted, RequestChanges, Funded, ByPayer),
	lance.Edge(Submitted, Release, Submitted, ByPayer),
	lance.Edge(Submitted, Approve, Released, ByPayer, lance.ByClock),
	lance.Edge(Submitted, AskRefund, Submitted, ByPayer),
	lance.Edge(Submitted, DeclineRefund, Submitted, ByPayee, lance.ByClock),
	lance.Edge(Submitted, RefundPart, Submitted, ByPayee, lance.ByAdmin, lance.ByClock),
	lance.Edge(Submitted, Refund, Refunded, ByPayee, lance.ByAdmin, lance.ByClock),
	lance.Edge(Submitted, Amend, Submitted, ByPayer, ByPayee),
	lance.Edge(Submitted, AcceptAmendment, Submitted, ByPayer, ByPayee),
	lance.Edge(Submitted, DeclineAmendment, Submitted, ByPayer, ByPayee, lance.ByClock),
	lance.Edge(Submitted, Freeze, Frozen, ByPayer, ByPayee, lance.ByAdmin, lance.ByClock),
	lance.Edge(Submitted, Cancel, Cancelled, ByPayer, ByPayee, lance.ByAdmin),
	lance.Edge(Submitted, Close, Released, ByPayer, ByPayee, lance.ByAdmin),

	lance.Edge(Frozen, FreezeToo, Frozen, lance.ByClock),
	lance.Edge(Frozen, Lift, Frozen, ByArbiter, lance.ByClock),
	lance.Edge(Frozen, Thaw, Funded, ByArbiter, lance.ByClock),
	lance.Edge(Frozen, Resume, Submitted, ByArbiter, lance.ByClock),
	lance.Edge(Frozen, Reclaim, Frozen, lance.ByClock),
	lance.Edge(Frozen, Rule, Settled, ByArbiter, lance.ByClock),
)
