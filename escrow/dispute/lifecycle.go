package dispute

import "github.com/megilance/lance"

// noun is what a case is called in faults, references and events.
const noun = "dispute"

// State is where a case stands.
type State string

// The states of a case. Resolved, withdrawn and overtaken are final.
const (
	Opened      State = "opened"      // the other party has its response to give
	Negotiation State = "negotiation" // the parties look for a split that both accept
	Mediation   State = "mediation"   // somebody without a stake helps them
	Arbitration State = "arbitration" // somebody without a stake decides
	Ruled       State = "ruled"       // he has; a party may appeal
	Suspended   State = "suspended"   // something stronger decides first, and the clock stands
	Resolved    State = "resolved"    // what was held is divided
	Withdrawn   State = "withdrawn"   // it was taken back; the agreement goes on
	Overtaken   State = "overtaken"   // something stronger has divided what was held
)

// Action is what can be done to a case.
type Action string

// The actions on a case.
const (
	Respond      Action = "respond"       // say the other side of it
	AddEvidence  Action = "add_evidence"  // show something
	MakeOffer    Action = "offer"         // offer a split
	AcceptOffer  Action = "accept_offer"  // agree to the other's, or to what he has consented to; it is carried out
	Consent      Action = "consent"       // agree to the mediator's before the other party has
	DeclineOffer Action = "decline_offer" // refuse it, or take one's own back
	Concede      Action = "concede"       // grant what who opened the case claims
	Withdraw     Action = "withdraw"      // take the case back
	Escalate     Action = "escalate"      // go to the next stage
	Assign       Action = "assign"        // say who mediates or arbitrates
	Rule         Action = "rule"          // decide the split
	Appeal       Action = "appeal"        // have another arbiter decide
	Grant        Action = "grant"         // silence grants the claim
	Lapse        Action = "lapse"         // there is no ruling in time: the policy decides
	Execute      Action = "execute"       // carry the ruling out
	Suspend      Action = "suspend"       // wait for something stronger
	Lift         Action = "lift"          // wait for one thing less
	Overtake     Action = "overtake"      // that has decided

	ResumeResponse    Action = "resume_response"    // go on where it was suspended: opened
	ResumeNegotiation Action = "resume_negotiation" // in negotiation
	ResumeMediation   Action = "resume_mediation"   // in mediation
	ResumeArbitration Action = "resume_arbitration" // in arbitration
	ResumeRuling      Action = "resume_ruling"      // ruled
)

// What an actor can be to a case, besides the clock and an administrator without
// a stake.
const (
	ByOpener     lance.Relation = "opener"     // the party that opened it
	ByRespondent lance.Relation = "respondent" // the other party of the agreement
	BySharer     lance.Relation = "sharer"     // he shares what the payee is paid
	ByMediator   lance.Relation = "mediator"   // he is assigned to mediate
	ByArbiter    lance.Relation = "arbiter"    // he is assigned to rule
	ByCandidate  lance.Relation = "candidate"  // an arbiter without a stake, who may take a case that has nobody
)

// Lifecycle says how a case's state changes. From every state that is not final
// the clock leads on, but for a suspended one, which waits for what has suspended
// it. Only an appeal leads back, and only as often as the policy says.
var Lifecycle = lance.NewMachine(noun, Opened,
	lance.Edge(Opened, Respond, Negotiation, ByRespondent),
	lance.Edge(Opened, AddEvidence, Opened, ByOpener, ByRespondent),
	lance.Edge(Opened, Concede, Resolved, ByRespondent),
	lance.Edge(Opened, Withdraw, Withdrawn, ByOpener),
	lance.Edge(Opened, Grant, Resolved, lance.ByClock),
	lance.Edge(Opened, Escalate, Arbitration, lance.ByClock),
	lance.Edge(Opened, Suspend, Suspended, lance.ByClock),

	lance.Edge(Negotiation, AddEvidence, Negotiation, ByOpener, ByRespondent),
	lance.Edge(Negotiation, MakeOffer, Negotiation, ByOpener, ByRespondent),
	lance.Edge(Negotiation, AcceptOffer, Resolved, ByOpener, ByRespondent),
	lance.Edge(Negotiation, DeclineOffer, Negotiation, ByOpener, ByRespondent),
	lance.Edge(Negotiation, Concede, Resolved, ByRespondent),
	lance.Edge(Negotiation, Withdraw, Withdrawn, ByOpener),
	lance.Edge(Negotiation, Escalate, Mediation, ByOpener, ByRespondent, lance.ByClock),
	lance.Edge(Negotiation, Suspend, Suspended, lance.ByClock),

	lance.Edge(Mediation, AddEvidence, Mediation, ByOpener, ByRespondent),
	lance.Edge(Mediation, MakeOffer, Mediation, ByOpener, ByRespondent, ByMediator),
	lance.Edge(Mediation, Consent, Mediation, ByOpener, ByRespondent),
	lance.Edge(Mediation, AcceptOffer, Resolved, ByOpener, ByRespondent),
	lance.Edge(Mediation, DeclineOffer, Mediation, ByOpener, ByRespondent, ByMediator),
	lance.Edge(Mediation, Concede, Resolved, ByRespondent),
	lance.Edge(Mediation, Withdraw, Withdrawn, ByOpener),
	lance.Edge(Mediation, Assign, Mediation, lance.ByAdmin, ByCandidate),
	lance.Edge(Mediation, Escalate, Arbitration, ByMediator, lance.ByClock),
	lance.Edge(Mediation, Suspend, Suspended, lance.ByClock),

	lance.Edge(Arbitration, AddEvidence, Arbitration, ByOpener, ByRespondent),
	lance.Edge(Arbitration, MakeOffer, Arbitration, ByOpener, ByRespondent),
	lance.Edge(Arbitration, AcceptOffer, Resolved, ByOpener, ByRespondent),
	lance.Edge(Arbitration, DeclineOffer, Arbitration, ByOpener, ByRespondent),
	lance.Edge(Arbitration, Concede, Resolved, ByRespondent),
	lance.Edge(Arbitration, Assign, Arbitration, lance.ByAdmin, ByCandidate),
	lance.Edge(Arbitration, Rule, Ruled, ByArbiter),
	lance.Edge(Arbitration, Lapse, Resolved, lance.ByClock),
	lance.Edge(Arbitration, Suspend, Suspended, lance.ByClock),

	lance.Edge(Ruled, Appeal, Arbitration, ByOpener, ByRespondent),
	lance.Edge(Ruled, Execute, Resolved, lance.ByClock),
	lance.Edge(Ruled, Suspend, Suspended, lance.ByClock),

	lance.Edge(Suspended, Suspend, Suspended, lance.ByClock),
	lance.Edge(Suspended, Lift, Suspended, lance.ByClock),
	lance.Edge(Suspended, ResumeResponse, Opened, lance.ByClock),
	lance.Edge(Suspended, ResumeNegotiation, Negotiation, lance.ByClock),
	lance.Edge(Suspended, ResumeMediation, Mediation, lance.ByClock),
	lance.Edge(Suspended, ResumeArbitration, Arbitration, lance.ByClock),
	lance.Edge(Suspended, ResumeRuling, Ruled, lance.ByClock),
	lance.Edge(Suspended, Overtake, Overtaken, lance.ByClock),
)

// resume is the action that goes on in a stage.
var resume = map[State]Action{
	Opened: ResumeResponse, Negotiation: ResumeNegotiation, Mediation: ResumeMediation, Arbitration: ResumeArbitration, Ruled: ResumeRuling,
}
