package escrow

import (
	"fmt"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// KindAutoRelease is the timer by which submitted work counts as approved.
const KindAutoRelease = "escrow.auto_release"

// KindClear is the timer by which released money becomes available.
const KindClear = "escrow.clear"

// Why the clock of KindAutoRelease stands: Timer.WhyNot.
const (
	WhyNotFunded        = "not_funded"        // nothing is held yet
	WhyNotSubmitted     = "not_submitted"     // the payee is at work
	WhyChangesRequested = "changes_requested" // the payer wants changes
)

// step is what one action makes of an agreement: the agreement after it, the
// transfers that take its money there, and what the event says of them. It is
// worked out without reading or writing anything, so that quotes and forecasts
// can use it as well as the act itself.
type step struct {
	after     Agreement
	transfers []ledger.Transfer
	event     lance.Payload
}

// plan works an action that the lifecycle allows out. Amount is of the price;
// only Release, RefundPart and AskRefund look at it. It fails with Insufficient
// "hold_insufficient" for more than is left, or Invalid for another currency.
func plan(a Agreement, do Action, to State, amount lance.Money, now time.Time) (step, error) {
	s := step{after: a}
	s.after.State = to
	s.after.Clearing = slices.Clone(a.Clearing)
	if err := a.covers(amount, do); err != nil {
		return s, err
	}
	if Lifecycle.Terminal(to) {
		s.after.EndedAt, s.after.ReleaseAt, s.after.RefundAsked = now, time.Time{}, a.minor(0)
	}
	var err error
	switch do {
	case Fund:
		err = s.fund(now)
	case Approve:
		err = s.release(a.Remaining(), now)
	case Release:
		err = s.release(amount, now)
	case Refund:
		err = s.refund(a.Remaining())
	case RefundPart:
		err = s.refund(amount)
	case Submit:
		s.after.SubmittedAt, s.after.ReleaseAt = now, now.Add(a.Inspection)
		s.event = AgreementSubmitted{changed(&s.after), s.after.ReleaseAt}
	case RequestChanges:
		s.after.ReleaseAt = time.Time{}
		s.event = AgreementChangesRequested{changed(&s.after)}
	case AskRefund:
		s.after.RefundAsked = amount
		s.event = AgreementRefundAsked{changed(&s.after), amount}
	case Cancel:
		s.event = AgreementCancelled{changed(&s.after)}
	}
	return s, err
}

// covers refuses an amount of another currency or above what is left.
func (a *Agreement) covers(amount lance.Money, do Action) error {
	if do != Release && do != RefundPart && do != AskRefund {
		return nil
	}
	over, err := amount.Cmp(a.Remaining())
	if err != nil {
		var f lance.Faults
		f.Check("/amount", err)
		return f.Err()
	}
	if over > 0 {
		return lance.E(lance.Insufficient, "hold_insufficient", "the agreement does not hold as much")
	}
	return nil
}

// fund moves the price and the payer's whole fee into the hold.
func (s *step) fund(now time.Time) error {
	a := &s.after
	fee, err := a.Policy.Fee(policy.Payer, a.Amount)
	if err != nil {
		return err
	}
	total, err := a.Amount.Add(fee)
	if err != nil {
		return err
	}
	a.Funded, a.Held, a.FundedAt = a.Amount, total, now
	s.move(ledger.CodeFund, ledger.Available(a.Payer, a.Amount.Currency()), a.HoldAccount(), total)
	s.event = AgreementFunded{Moved{changed(a), a.Amount, total, a.minor(0), a.minor(0)}}
	return nil
}

// release pays a part of the price to the payee, less what his fee rises by,
// and takes what the payer's fee rises by. Both fees are functions of all that
// was released, so that any split of the price costs the same.
func (s *step) release(gross lance.Money, now time.Time) error {
	a := &s.after
	a.Released = a.minor(a.Released.Minor() + gross.Minor())
	payee, err := a.Policy.Fee(policy.Payee, a.Released)
	if err != nil {
		return err
	}
	payer, err := a.Policy.Fee(policy.Payer, a.Released)
	if err != nil {
		return err
	}
	fromPayee, fromPayer := a.minor(payee.Minor()-a.PayeeFee.Minor()), a.minor(payer.Minor()-a.PayerFee.Minor())
	net := a.minor(gross.Minor() - fromPayee.Minor())
	a.PayeeFee, a.PayerFee = payee, payer
	a.Held = a.minor(a.Held.Minor() - gross.Minor() - fromPayer.Minor())
	s.move(ledger.CodeRelease, a.HoldAccount(), s.earned(net, now), net)
	s.move(ledger.CodeFee, a.HoldAccount(), ledger.Fee(a.Amount.Currency()), fromPayee)
	s.move(ledger.CodeFee, a.HoldAccount(), ledger.Fee(a.Amount.Currency()), fromPayer)
	moved := Moved{changed(a), gross, net, fromPayer, fromPayee}
	s.event = AgreementPartReleased{moved}
	if a.State == Released {
		s.event = AgreementReleased{moved}
	}
	return nil
}

// earned returns where what is released goes, and starts its clearance if the
// policy has one.
func (s *step) earned(net lance.Money, now time.Time) ledger.Account {
	a := &s.after
	if a.Policy.Clearance == 0 {
		return ledger.Available(a.Payee, a.Amount.Currency())
	}
	if net.IsPositive() {
		a.Clearing = append(a.Clearing, Clearing{net, now.Add(a.Policy.Clearance)})
	}
	return ledger.Clearance(a.Payee, a.Amount.Currency())
}

// refund sends a part of the price back, and what the payer's fee on the rest
// is lower by.
func (s *step) refund(gross lance.Money) error {
	a := &s.after
	a.Refunded = a.minor(a.Refunded.Minor() + gross.Minor())
	fee, err := a.Policy.Fee(policy.Payer, a.minor(a.Funded.Minor()-a.Refunded.Minor()))
	if err != nil {
		return err
	}
	held := a.minor(a.Remaining().Minor() + fee.Minor() - a.PayerFee.Minor())
	net := a.minor(a.Held.Minor() - held.Minor())
	a.Held = held
	a.RefundAsked = a.minor(max(0, a.RefundAsked.Minor()-gross.Minor()))
	s.move(ledger.CodeRefund, a.HoldAccount(), ledger.Available(a.Payer, a.Amount.Currency()), net)
	moved := Moved{changed(a), gross, net, a.minor(gross.Minor() - net.Minor()), a.minor(0)}
	s.event = AgreementPartRefunded{moved}
	if a.State == Refunded {
		s.event = AgreementRefunded{moved}
	}
	return nil
}

// clearing makes available what has been in clearance long enough.
func clearing(a Agreement, now time.Time) step {
	s := step{after: a}
	due := int64(0)
	s.after.Clearing = nil
	for _, c := range a.Clearing {
		if c.At.After(now) {
			s.after.Clearing = append(s.after.Clearing, c)
		} else {
			due += c.Amount.Minor()
		}
	}
	cur := a.Amount.Currency()
	s.move(ledger.CodeClear, ledger.Clearance(a.Payee, cur), ledger.Available(a.Payee, cur), a.minor(due))
	s.event = AgreementCleared{changed(&s.after), a.minor(due)}
	return s
}

// move adds a transfer unless there is nothing to move. Its identifier follows
// from the version of the agreement that it starts from, which changes with
// every operation: the same operation cannot post twice.
func (s *step) move(code ledger.Code, from, to ledger.Account, amount lance.Money) {
	if amount.IsZero() {
		return
	}
	s.transfers = append(s.transfers, ledger.Transfer{
		ID:   ledger.TransferIDFor(s.after.Ref(), fmt.Sprintf("escrow/%d", s.after.Version), len(s.transfers)),
		Code: code, Debit: from, Credit: to, Amount: amount, Subject: s.after.Ref(),
	})
}

// timers returns the clocks of the agreement as they are to be, and the kinds
// of those that it has not.
func (a *Agreement) timers() (set []lance.Timer, drop []string) {
	release := lance.Timer{Owner: a.Ref(), Kind: KindAutoRelease, DueAt: a.ReleaseAt}
	switch {
	case Lifecycle.Terminal(a.State):
		drop = append(drop, KindAutoRelease)
	case a.State == Agreed:
		release.WhyNot = WhyNotFunded
	case a.State == Funded && a.SubmittedAt.IsZero():
		release.WhyNot = WhyNotSubmitted
	case a.State == Funded:
		release.WhyNot = WhyChangesRequested
	}
	if len(drop) == 0 {
		set = append(set, release)
	}
	if len(a.Clearing) == 0 {
		return set, append(drop, KindClear)
	}
	return append(set, lance.Timer{Owner: a.Ref(), Kind: KindClear, DueAt: a.Clearing[0].At}), drop
}
