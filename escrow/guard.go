package escrow

import (
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/policy"
)

// maxAmendments is how often another price may be proposed in one agreement.
const maxAmendments = 20

// guard refuses what the state has and the agreement does not allow now: the
// lifecycle says who does what where, and this says with what.
func (a *Agreement) guard(do Action, by lance.Actor) error {
	switch do {
	case Accept:
		if by.Party == a.ProposedBy {
			return lance.E(lance.Forbidden, "proposal_own", "the other party has to accept it")
		}
	case Fund:
		if a.Missing().IsZero() {
			return lance.E(lance.Precondition, "agreement_funded", "the whole price was funded already")
		}
	case Submit:
		if a.Policy.Funding != policy.Off && !a.wasWhole() {
			return a.requireFunds()
		}
	case RequestChanges:
		if a.MaxChanges > 0 && a.Changes >= a.MaxChanges {
			return lance.E(lance.Precondition, "changes_limit", "changes were requested as often as is allowed")
		}
	case Approve:
		if !by.IsSystem() {
			return a.requireFunds()
		}
	case AskRefund:
		if err := a.requireHeld(); err != nil {
			return err
		}
		if a.RefundAsks >= a.Policy.Refunds.Asks {
			return lance.E(lance.Precondition, "refund_asks", "money was asked back as often as is allowed")
		}
	case Release, Refund, RefundPart, Freeze:
		return a.requireHeld()
	case Cancel, Close:
		return a.guardEnd(do)
	case DeclineRefund:
		if a.RefundAsked.IsZero() {
			return lance.E(lance.Precondition, "refund_not_asked", "no money is asked back")
		}
	case Amend, AcceptAmendment, DeclineAmendment:
		return a.guardAmendment(do, by)
	case Lift, Thaw, Resume:
		if do != a.thaws() {
			return lance.E(lance.Precondition, noun+"_state", "the agreement goes on where it was frozen")
		}
	default:
	}
	return nil
}

// wasWhole reports whether the whole price is held, or was before a bank took a part
// of it back: the payee has begun for it, and is paid what is left of it.
func (a *Agreement) wasWhole() bool { return a.Missing().IsZero() || !a.FundedAt.IsZero() }

func (a *Agreement) requireHeld() error {
	if a.Held.IsZero() {
		return lance.E(lance.Precondition, "hold_empty", "nothing is held")
	}
	return nil
}

// guardEnd lets an agreement be given up that holds nothing: what has paid a part is
// closed, and what has not is cancelled.
func (a *Agreement) guardEnd(do Action) error {
	switch {
	case a.Held.IsPositive():
		return lance.E(lance.Precondition, "hold_filled", "money is held: it is released or sent back first")
	case (do == Close) != a.Released.IsPositive():
		return lance.E(lance.Precondition, noun+"_state", "what has paid a part is closed, and what has not is cancelled")
	}
	return nil
}

func (a *Agreement) requireFunds() error {
	if a.Missing().IsZero() {
		return nil
	}
	return lance.E(lance.Precondition, "funding_required", "the whole price has to be funded first")
}

func (a *Agreement) guardAmendment(do Action, by lance.Actor) error {
	open := a.Amendment.By != ""
	switch {
	case do == Amend && a.Amendments >= maxAmendments:
		return lance.E(lance.Precondition, "amendment_limit", "another price was proposed as often as is allowed")
	case do != Amend && !open:
		return lance.E(lance.Precondition, "amendment_none", "no other price is proposed")
	case do == AcceptAmendment && by.Party == a.Amendment.By:
		return lance.E(lance.Forbidden, "amendment_own", "the other party has to accept it")
	case do == AcceptAmendment:
		return a.fits(a.Amendment.Amount)
	}
	return nil
}

// stands refuses a word to what is over, also while its clock has yet to say so.
func (a *Agreement) stands(do Action, now time.Time) error {
	switch {
	case do == Accept && !a.ExpiresAt.After(now):
		return lance.E(lance.Precondition, "proposal_over", "the time to accept it is over")
	case do == AcceptAmendment && !a.Amendment.ExpiresAt.After(now):
		return lance.E(lance.Precondition, "amendment_over", "the time to accept it is over")
	}
	return nil
}

// fits refuses a price that leaves nothing to be paid or sent back.
func (a *Agreement) fits(price lance.Money) error {
	if price.Minor() <= a.Released.Minor()+a.Refunded.Minor() {
		return lance.E(lance.Precondition, "amendment_low", "as much as this price was paid or sent back already")
	}
	return nil
}
