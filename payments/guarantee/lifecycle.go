package guarantee

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// noun is what a claim is called in faults, references and events.
const noun = "guarantee_claim"

// State is where a claim stands.
type State string

// The states of a claim. All but filed and upheld are final.
const (
	Filed     State = "filed"     // somebody has to decide
	Upheld    State = "upheld"    // it is granted, and waits until it can be paid
	Paid      State = "paid"      // the payer has it
	Rejected  State = "rejected"  // nothing was granted
	Withdrawn State = "withdrawn" // the payer has taken it back
	Overtaken State = "overtaken" // all that it is about went back to the payer otherwise
)

// Action is what can be done to a claim.
type Action string

// The actions on a claim.
const (
	Withdraw Action = "withdraw" // take it back
	Assign   Action = "assign"   // say who decides
	Uphold   Action = "uphold"   // grant it, or a part
	Reject   Action = "reject"   // grant nothing
	Delay    Action = "delay"    // say why it cannot be paid yet
	Pay      Action = "pay"      // pay what was granted
	Overtake Action = "overtake" // nothing is left of what it is about
)

// What an actor can be to a claim, besides the clock and an administrator without a
// stake.
const (
	ByPayer                    = escrow.ByPayer  // he claims
	ByPayee                    = escrow.ByPayee  // he was paid
	BySharer                   = escrow.BySharer // he shares what the payee was paid
	ByJudge     lance.Relation = "judge"         // he decides: the arbiter who has it, or an administrator
	ByCandidate lance.Relation = "candidate"     // an arbiter without a stake, who may take a claim that has nobody
)

// Lifecycle says how a claim's state changes. The clock leads from each state to a
// final one; to be paid a granted claim needs a fund that has enough.
var Lifecycle = lance.NewMachine(noun, Filed,
	lance.Edge(Filed, Withdraw, Withdrawn, ByPayer),
	lance.Edge(Filed, Assign, Filed, lance.ByAdmin, ByCandidate),
	lance.Edge(Filed, Uphold, Upheld, ByJudge, lance.ByClock),
	lance.Edge(Filed, Reject, Rejected, ByJudge, lance.ByClock),

	lance.Edge(Upheld, Withdraw, Withdrawn, ByPayer),
	lance.Edge(Upheld, Delay, Upheld, lance.ByClock),
	lance.Edge(Upheld, Pay, Paid, lance.ByAdmin, lance.ByClock),
	lance.Edge(Upheld, Overtake, Overtaken, lance.ByAdmin, lance.ByClock),
)
