package marketplace

import (
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
)

// What one lifecycle has another do.
const (
	callFreeze  = "dispute opened"
	callThaw    = "dispute withdrawn"
	callDivide  = "dispute resolved"
	callBack    = "chargeback opened"
	callWon     = "chargeback won"
	callLost    = "chargeback lost"
	callToo     = "dispute waits for a chargeback"
	callLift    = "dispute goes on after a chargeback"
	callTake    = "what is lost is taken out in the same transaction"
	callOther   = "one chargeback of several" // nobody does: there is one at a time here
	countWork   = "policy.Document.Changes; and the limit of held money counts from the charge"
	countCases  = "policy.Dispute.Cases"
	countPleas  = "policy.Dispute.Appeals"
	countPrices = "amendments, at most twenty"
	countBacks  = "the amount of the charge"
	countAgain  = "a bank takes the same money back twice at most"
)

// Process returns the lifecycles that money goes through, an agreement with its
// cases, a claim on the guarantee, a chargeback, a top-up and a payout, taken
// together. It fails as lance.NewProcess does, which it does not.
//
// A claim holds nothing, and calls no other: it is looked at with the agreement and a
// chargeback alone.
//
// There is one chargeback at a time: of several, a case waits for the last. That
// held money has a limit, at which a clock refunds or releases it, is what
// policy.Document.Check asks of every policy.
func Process() (*lance.Process, error) {
	if _, err := lance.NewProcess(agreementPart(), chargebackPart(), claimPart()); err != nil {
		return nil, err
	}
	return lance.NewProcess(disputePart(), agreementPart(), chargebackPart(), topUpPart(), payoutPart())
}

func agreementPart() lance.Part {
	live := []escrow.State{escrow.Funded, escrow.Submitted}
	paying, frozen := append([]escrow.State{escrow.Agreed}, live...), []escrow.State{escrow.Frozen}
	type noted = lance.Noted[escrow.State, escrow.Action]
	return lance.PartOf(escrow.Lifecycle, lance.Notes[escrow.State, escrow.Action]{
		Holds: append(slices.Clone(frozen), live...),
		Edges: []noted{
			lance.Mark(escrow.Accept, []escrow.State{escrow.Proposed}, lance.Note{Consent: true}),
			lance.Mark(escrow.Cancel, []escrow.State{escrow.Proposed, escrow.Agreed}, lance.Note{}),
			lance.Mark(escrow.Cancel, live, lance.Note{Guard: "nothing is held"}),
			lance.Mark(escrow.Close, live, lance.Note{Guard: "nothing is held"}),
			lance.Mark(escrow.Fund, paying, lance.Note{}),
			lance.Mark(escrow.Submit, []escrow.State{escrow.Agreed, escrow.Funded}, lance.Note{}),
			lance.Mark(escrow.RequestChanges, []escrow.State{escrow.Submitted}, lance.Note{Postpones: true, Bounded: countWork}),
			lance.Mark(escrow.Release, live, lance.Note{To: []lance.Relation{escrow.ByPayee, escrow.BySharer}}),
			lance.Mark(escrow.Approve, live, lance.Note{To: []lance.Relation{escrow.ByPayee, escrow.BySharer}}),
			lance.Mark(escrow.AskRefund, live, lance.Note{}),
			lance.Mark(escrow.DeclineRefund, live, lance.Note{}),
			lance.Mark(escrow.RefundPart, live, lance.Note{To: []lance.Relation{escrow.ByPayer}, Guard: "the payer has asked a part back"}),
			lance.Mark(escrow.Refund, live, lance.Note{To: []lance.Relation{escrow.ByPayer}}),
			lance.Mark(escrow.Amend, paying, lance.Note{Bounded: countPrices}),
			lance.Mark(escrow.AcceptAmendment, paying, lance.Note{To: []lance.Relation{escrow.ByPayer}, Consent: true, Bounded: countPrices}),
			lance.Mark(escrow.DeclineAmendment, paying, lance.Note{Guard: "another price is proposed"}),
			lance.Mark(escrow.Freeze, live, lance.Note{Answers: []string{callFreeze, callBack}}),
			lance.Mark(escrow.FreezeToo, frozen, lance.Note{Answers: []string{callToo}}),
			lance.Mark(escrow.Lift, frozen, lance.Note{Answers: []string{callLift}}),
			lance.Mark(escrow.Thaw, frozen, lance.Note{Answers: []string{callThaw, callWon, callLost}}),
			lance.Mark(escrow.Resume, frozen, lance.Note{Answers: []string{callThaw, callWon, callLost}}),
			lance.Mark(escrow.Reclaim, frozen, lance.Note{Answers: []string{callTake}}),
			lance.Mark(escrow.Rule, frozen, lance.Note{Answers: []string{callDivide, callLost}}),
		},
	})
}

// disputePart is of one case after the other about the agreement.
func disputePart() lance.Part {
	type noted = lance.Noted[dispute.State, dispute.Action]
	talking := []dispute.State{dispute.Opened, dispute.Negotiation, dispute.Mediation, dispute.Arbitration}
	open := append(slices.Clone(talking), dispute.Ruled)
	bargaining := talking[1:]
	suspended := []dispute.State{dispute.Suspended}
	divides := func(to ...lance.Relation) lance.Note { return lance.Note{To: to, Call: callDivide, Needs: true} }
	resumes := lance.Note{Answers: []string{callWon, callLost}, Call: callLift}
	return lance.PartOf(dispute.Lifecycle, lance.Notes[dispute.State, dispute.Action]{
		Begin: &lance.Note{Call: callFreeze, Needs: true, Postpones: true, Bounded: countCases},
		Again: []dispute.State{dispute.Withdrawn},
		Edges: []noted{
			lance.Mark(dispute.Respond, talking[:1], lance.Note{Postpones: true}),
			lance.Mark(dispute.AddEvidence, talking, lance.Note{}),
			lance.Mark(dispute.MakeOffer, bargaining, lance.Note{}),
			lance.Mark(dispute.Consent, bargaining[1:2], lance.Note{}),
			lance.Mark(dispute.DeclineOffer, bargaining, lance.Note{}),
			lance.Mark(dispute.AcceptOffer, bargaining, lance.Note{To: []lance.Relation{dispute.ByOpener, dispute.ByRespondent}, Consent: true, Call: callDivide, Needs: true}),
			lance.Mark(dispute.Concede, talking, divides(dispute.ByOpener)),
			lance.Mark(dispute.Withdraw, talking[:3], lance.Note{Call: callThaw, Needs: true}),
			lance.Mark(dispute.Grant, talking[:1], divides(dispute.ByOpener)),
			lance.Mark(dispute.Escalate, talking[:3], lance.Note{Postpones: true}),
			lance.Mark(dispute.Assign, talking[2:], lance.Note{}),
			lance.Mark(dispute.Rule, talking[3:], lance.Note{Postpones: true}),
			lance.Mark(dispute.Lapse, talking[3:], divides()),
			lance.Mark(dispute.Appeal, open[4:], lance.Note{Postpones: true, Bounded: countPleas}),
			lance.Mark(dispute.Execute, open[4:], divides()),
			lance.Mark(dispute.Suspend, open, lance.Note{Answers: []string{callBack}, Call: callToo}),
			lance.Mark(dispute.Suspend, suspended, lance.Note{Answers: []string{callOther}}),
			lance.Mark(dispute.Lift, suspended, lance.Note{Answers: []string{callOther}}),
			lance.Mark(dispute.ResumeResponse, suspended, resumes),
			lance.Mark(dispute.ResumeNegotiation, suspended, resumes),
			lance.Mark(dispute.ResumeMediation, suspended, resumes),
			lance.Mark(dispute.ResumeArbitration, suspended, resumes),
			lance.Mark(dispute.ResumeRuling, suspended, resumes),
			lance.Mark(dispute.Overtake, suspended, lance.Note{Answers: []string{callLost}, Call: callDivide, Needs: true}),
		},
	})
}

// chargebackPart is of one chargeback after the other of money that the agreement
// holds.
func chargebackPart() lance.Part {
	type noted = lance.Noted[payments.ChargebackState, payments.ChargebackAction]
	open := []payments.ChargebackState{payments.Open}
	return lance.PartOf(payments.ChargebackLifecycle, lance.Notes[payments.ChargebackState, payments.ChargebackAction]{
		Holds: open,
		Waits: map[payments.ChargebackState]string{payments.Open: ""},
		Begin: &lance.Note{Call: callBack, Postpones: true, Bounded: countBacks},
		Again: []payments.ChargebackState{payments.Won, payments.Lost},
		Edges: []noted{
			lance.Mark(payments.Win, open, lance.Note{Call: callWon}),
			lance.Mark(payments.Win, []payments.ChargebackState{payments.Lost}, lance.Note{}),
			lance.Mark(payments.Reopen, []payments.ChargebackState{payments.Won}, lance.Note{Call: callBack, Postpones: true, Bounded: countAgain}),
			lance.Mark(payments.Lose, open, lance.Note{Call: callLost}),
		},
	})
}

// callsEnd is what ends the wait for a charge or a payout: the call is given up
// after a day, and an administrator says how it ended.
const callsEnd = "the call is given up after a day, and stands among the dead deliveries"

func topUpPart() lance.Part {
	type noted = lance.Noted[payments.TopUpState, payments.TopUpAction]
	waits := []payments.TopUpState{payments.Processing}
	return lance.PartOf(payments.TopUpLifecycle, lance.Notes[payments.TopUpState, payments.TopUpAction]{
		Waits: map[payments.TopUpState]string{payments.Processing: callsEnd},
		Edges: []noted{
			lance.Mark(payments.Confirm, append(waits, payments.Failed), lance.Note{}),
			lance.Mark(payments.Decline, waits, lance.Note{}),
			lance.Mark(payments.Abandon, waits, lance.Note{}),
		},
	})
}

func payoutPart() lance.Part {
	type noted = lance.Noted[payments.PayoutState, payments.PayoutAction]
	waits := []payments.PayoutState{payments.Requested, payments.Submitted}
	return lance.PartOf(payments.PayoutLifecycle, lance.Notes[payments.PayoutState, payments.PayoutAction]{
		Waits: map[payments.PayoutState]string{payments.Requested: callsEnd, payments.Submitted: callsEnd},
		Edges: []noted{
			lance.Mark(payments.Submit, waits[:1], lance.Note{}),
			lance.Mark(payments.Pay, waits, lance.Note{}),
			lance.Mark(payments.Reject, waits, lance.Note{}),
			lance.Mark(payments.Return, append(slices.Clone(waits), payments.Paid), lance.Note{}),
		},
	})
}

// claimPart is of a claim on the guarantee. It holds nothing: what it is paid out of are
// the hold, which the agreement's clocks empty without it, and the fund, which is the
// platform's. What is granted waits for somebody outside as for a provider: for who
// fills the fund, or for the end of what stops it.
func claimPart() lance.Part {
	type noted = lance.Noted[guarantee.State, guarantee.Action]
	filed, upheld := []guarantee.State{guarantee.Filed}, []guarantee.State{guarantee.Upheld}
	return lance.PartOf(guarantee.Lifecycle, lance.Notes[guarantee.State, guarantee.Action]{
		Waits: map[guarantee.State]string{guarantee.Upheld: ""},
		Edges: []noted{
			lance.Mark(guarantee.Assign, filed, lance.Note{}),
			lance.Mark(guarantee.Uphold, filed, lance.Note{}),
			lance.Mark(guarantee.Reject, filed, lance.Note{}),
			lance.Mark(guarantee.Withdraw, append(slices.Clone(filed), upheld...), lance.Note{}),
			lance.Mark(guarantee.Delay, upheld, lance.Note{}),
			lance.Mark(guarantee.Pay, upheld, lance.Note{To: []lance.Relation{guarantee.ByPayer}, Guard: "the fund has enough, and nothing stops it"}),
			lance.Mark(guarantee.Overtake, upheld, lance.Note{Guard: "nothing is left of what it is about"}),
		},
	})
}
