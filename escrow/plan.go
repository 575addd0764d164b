package escrow

import (
	"fmt"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
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

// plan works an action that the lifecycle allows out. It fails with Insufficient
// "hold_insufficient" for more than is left, Invalid for another currency, and as
// guard does.
func plan(a Agreement, in command, do Action, to State, now time.Time) (step, error) {
	s := step{after: a}
	s.after.State = to
	s.after.Clearing = slices.Clone(a.Clearing)
	if err := a.guard(do, in.By); err != nil {
		return s, err
	}
	if err := a.stands(do, now); err != nil {
		return s, err
	}
	if err := a.covers(in.Amount, do); err != nil {
		return s, err
	}
	if a.State == Frozen {
		if err := a.kept(in, do); err != nil {
			return s, err
		}
	}
	if Lifecycle.Terminal(to) {
		s.after.end(now)
	}
	if err := s.money(in, do, now); err != nil || s.event != nil {
		return s, err
	}
	s.words(in, do, a.State, now)
	return s, nil
}

// end stops what does not go on in a final state.
func (a *Agreement) end(now time.Time) {
	a.EndedAt, a.ReleaseAt, a.RefundAt = now, time.Time{}, time.Time{}
	a.RefundAsked, a.Amendment, a.Pause = a.minor(0), Amendment{}, Pause{}
}

// money does the actions that move money.
func (s *step) money(in command, do Action, now time.Time) error {
	switch do {
	case Fund:
		return s.fund(in.Amount, now)
	case Approve, Release:
		return s.release(in.Amount, now)
	case Refund, RefundPart:
		return s.refund(in.Amount)
	case AcceptAmendment:
		return s.amend(now)
	case Rule:
		return s.rule(in, now)
	case Reclaim:
		return s.reclaim(in)
	default:
		return nil
	}
}

// words does the others.
func (s *step) words(in command, do Action, from State, now time.Time) {
	a := &s.after
	switch do {
	case Accept:
		a.ExpiresAt = time.Time{}
		s.event = AgreementAgreed{changed(a)}
	case Submit:
		a.SubmittedAt = now
		s.whole(now)
		s.event = AgreementSubmitted{changed(a), a.ReleaseAt}
	case RequestChanges:
		a.ReleaseAt, a.RemindedAt = time.Time{}, time.Time{}
		a.Changes++
		s.event = AgreementChangesRequested{changed(a)}
	case AskRefund:
		a.RefundAsked, a.RefundAt = in.Amount, now.Add(a.Policy.Refunds.Answer)
		a.RefundAsks++
		s.event = AgreementRefundAsked{changed(a), in.Amount, a.RefundAt}
	case DeclineRefund:
		a.RefundAsked, a.RefundAt = a.minor(0), time.Time{}
		s.event = AgreementRefundDeclined{changed(a)}
	case Amend:
		a.Amendment = Amendment{By: in.By.Party, Amount: in.Amount, ExpiresAt: now.Add(a.Policy.Amendment)}
		a.Amendments++
		s.event = AgreementAmendmentProposed{changed(a), a.Amendment.By, a.Amendment.Amount, a.Amendment.ExpiresAt}
	case DeclineAmendment:
		s.event = AgreementAmendmentDeclined{changed(a), a.Amendment.Amount}
		a.Amendment = Amendment{}
	case Freeze, FreezeToo:
		s.freeze(in, from, now)
	case Lift:
		a.Pause.lift(in.by())
		s.event = AgreementThawed{changed(a), CaseRef(in.Case.String()), a.ReleaseAt}
	case Thaw, Resume:
		s.thaw(now)
	case Close:
		none := a.minor(0)
		s.event = AgreementReleased{Moved{changed(a), none, none, none, none}}
	default:
		s.event = AgreementCancelled{changed(a)}
	}
}

// covers refuses an amount of another currency, or one that there is not.
func (a *Agreement) covers(amount lance.Money, do Action) error {
	most := a.Remaining()
	switch do {
	case AcceptAmendment:
		return a.offered(amount)
	case Fund:
		most = a.Missing()
	case Reclaim:
		most = a.Held
	case Amend, Release, RefundPart, AskRefund, Rule:
	default:
		return nil
	}
	over, err := amount.Cmp(most)
	if err != nil {
		at := "/amount"
		if do == Rule {
			at = "/to_payee"
		}
		var f lance.Faults
		f.Check(at, err)
		return f.Err()
	}
	switch {
	case do == Amend:
		return a.offers(amount)
	case over <= 0:
		return nil
	case do == Fund:
		return lance.E(lance.Precondition, "funding_exceeds", "less than this is missing of the price")
	}
	return lance.E(lance.Insufficient, "hold_insufficient", "the agreement does not hold as much")
}

// offered refuses an agreement to another price than the one that is proposed.
func (a *Agreement) offered(price lance.Money) error {
	if price == (lance.Money{}) || price == a.Amendment.Amount {
		return nil
	}
	return lance.E(lance.Stale, "amendment_changed", "another price is proposed by now")
}

// offers refuses a price that cannot be one.
func (a *Agreement) offers(price lance.Money) error {
	if _, err := policy.Quote(a.Policy, price); err != nil {
		return err
	}
	return a.fits(price)
}

// whole notes that the whole price is held, if it is, and starts the inspection
// clock of submitted work. One that was held and is no longer will do.
func (s *step) whole(now time.Time) {
	a := &s.after
	if !a.wasWhole() {
		return
	}
	if a.FundedAt.IsZero() {
		a.FundedAt = now
	}
	if a.State == Submitted && a.ReleaseAt.IsZero() {
		a.ReleaseAt = now.Add(a.Inspection)
	}
}

// fund moves a part of the price, and the payer's fee on it, into the hold.
func (s *step) fund(part lance.Money, now time.Time) error {
	a := &s.after
	a.Funded = a.minor(a.Funded.Minor() + part.Minor())
	held, err := a.holds()
	if err != nil {
		return err
	}
	moved := a.minor(held.Minor() - a.Held.Minor())
	a.Held = held
	s.take(moved, now)
	s.whole(now)
	said := Moved{changed(a), part, moved, a.minor(0), a.minor(0)}
	s.event = AgreementPartFunded{said}
	if a.Missing().IsZero() {
		s.event = AgreementFunded{said}
	}
	return nil
}

// take moves what the payer has available into the hold: the oldest of it that may
// stay until the work could be inspected, or at least as long as what is held already.
func (s *step) take(amount lance.Money, now time.Time) {
	a, n := &s.after, len(s.transfers)
	s.move(ledger.CodeFund, ledger.Available(a.Payer, a.Amount.Currency()), a.HoldAccount(), amount)
	period, limited := a.Policy.Holding.Period()
	if !limited || len(s.transfers) == n {
		return
	}
	since := now.Add(a.Inspection - period + time.Microsecond)
	if !a.HeldSince.IsZero() && a.HeldSince.Before(since) {
		since = a.HeldSince
	}
	s.transfers[n].Since = since
}

// holds returns what the hold has to have: the rest of the price, and what is not
// taken yet of the payer's fee on what stays with the agreement.
func (a *Agreement) holds() (lance.Money, error) {
	base := a.Funded.Minor() - a.Refunded.Minor()
	if a.Policy.Refunds.Fees == policy.KeepFees {
		base = a.Funded.Minor()
	}
	fee, err := a.Policy.Fee(policy.Payer, a.minor(base))
	if err != nil {
		return lance.Money{}, err
	}
	rest, err := a.Remaining().Add(fee)
	if err != nil {
		return lance.Money{}, err
	}
	return rest.Sub(a.PayerFee)
}

// charge is what the fee of one side rises by, and the tax on it.
type charge struct {
	fee, tax     lance.Money
	jurisdiction string
}

func (c charge) minor() int64 { return c.fee.Minor() + c.tax.Minor() }

// owe returns what a side's fee rises by when it is due on base and so much was
// taken before. Fees are functions of all that was released, so that any split of
// the price costs the same.
func (a *Agreement) owe(side policy.Side, base int64, taken lance.Money) (charge, error) {
	whole, err := a.Policy.Fee(side, a.minor(base))
	if err != nil {
		return charge{}, err
	}
	tax, jurisdiction := a.Policy.TaxIn(side, whole)
	before, _ := a.Policy.TaxIn(side, taken)
	rise := tax.Minor() - before.Minor()
	return charge{a.minor(whole.Minor() - taken.Minor() - rise), a.minor(rise), jurisdiction}, nil
}

// owePayer returns what the payer's fee rises by.
func (a *Agreement) owePayer() (charge, error) {
	base := a.Released.Minor()
	if a.Policy.Refunds.Fees == policy.KeepFees {
		base += a.Refunded.Minor()
	}
	return a.owe(policy.Payer, base, a.PayerFee)
}

// levy posts a fee and the tax on it.
func (s *step) levy(c charge) {
	a := &s.after
	s.move(ledger.CodeFee, a.HoldAccount(), ledger.Fee(a.Amount.Currency()), c.fee)
	s.move(ledger.CodeTax, a.HoldAccount(), ledger.Tax(c.jurisdiction, a.Amount.Currency()), c.tax)
}

// release pays a part of the price to the payee, less what his fee rises by,
// and takes what the payer's fee rises by.
func (s *step) release(gross lance.Money, now time.Time) error {
	a := &s.after
	a.Released = a.minor(a.Released.Minor() + gross.Minor())
	payee, err := a.owe(policy.Payee, a.Released.Minor(), a.PayeeFee)
	if err != nil {
		return err
	}
	payer, err := a.owePayer()
	if err != nil {
		return err
	}
	net := a.minor(gross.Minor() - payee.minor())
	a.PayeeFee, a.PayerFee = a.minor(a.PayeeFee.Minor()+payee.minor()), a.minor(a.PayerFee.Minor()+payer.minor())
	a.Held = a.minor(a.Held.Minor() - gross.Minor() - payer.minor())
	a.ReleasedAt = now
	a.lowerAsk()
	s.pay(net, now)
	s.levy(payee)
	s.levy(payer)
	moved := Moved{changed(a), gross, net, a.minor(payer.minor()), a.minor(payee.minor())}
	s.event = AgreementPartReleased{moved}
	if a.State == Released {
		s.event = AgreementReleased{moved}
	}
	return nil
}

// lowerAsk lets a request for money back be for no more than is left.
func (a *Agreement) lowerAsk() {
	if a.RefundAsked.Minor() > a.Remaining().Minor() {
		a.RefundAsked = a.Remaining()
	}
	if a.RefundAsked.IsZero() {
		a.RefundAt = time.Time{}
	}
}

// pay gives an amount, which Released and PayeeFee have counted, to the payee, or
// to all who share with him; the parts sum to the amount.
func (s *step) pay(net lance.Money, now time.Time) {
	a := &s.after
	if len(a.Payees) == 0 {
		s.earn(a.Payee, net, now)
		return
	}
	whole := a.paid().Minor()
	for i, part := range split(a.Payees, whole-net.Minor(), whole) {
		s.earn(a.Payees[i].Party, a.minor(part), now)
	}
}

// earn gives an amount to one payee, into clearance if the policy has one.
func (s *step) earn(p lance.PartyID, net lance.Money, now time.Time) {
	a := &s.after
	if a.Policy.Clearance == 0 {
		s.move(ledger.CodeRelease, a.HoldAccount(), ledger.Available(p, a.Amount.Currency()), net)
		return
	}
	if net.IsPositive() {
		a.Clearing = append(a.Clearing, Clearing{p, net, now.Add(a.Policy.Clearance)})
	}
	s.move(ledger.CodeRelease, a.HoldAccount(), ledger.Clearance(p, a.Amount.Currency()), net)
}

// refund sends a part of the price back, and what the payer's fee on the rest
// is lower by, unless the policy keeps that.
func (s *step) refund(gross lance.Money) error {
	a := &s.after
	a.Refunded = a.minor(a.Refunded.Minor() + gross.Minor())
	kept, err := a.owePayer()
	if err != nil {
		return err
	}
	a.PayerFee = a.minor(a.PayerFee.Minor() + kept.minor())
	held, err := a.holds()
	if err != nil {
		return err
	}
	net := a.minor(a.Held.Minor() - held.Minor() - kept.minor())
	a.Held = held
	a.RefundAsked = a.minor(max(0, a.RefundAsked.Minor()-gross.Minor()))
	a.lowerAsk()
	s.move(ledger.CodeRefund, a.HoldAccount(), ledger.Available(a.Payer, a.Amount.Currency()), net)
	s.levy(kept)
	moved := Moved{changed(a), gross, net, a.minor(gross.Minor() - net.Minor()), a.minor(0)}
	s.event = AgreementPartRefunded{moved}
	if a.State == Refunded {
		s.event = AgreementRefunded{moved}
	}
	return nil
}

// amend makes the proposed price the price: what the hold lacks comes from the
// payer, what it has too much goes back to him. A price that was not funded whole
// is not funded further by it.
func (s *step) amend(now time.Time) error {
	a := &s.after
	before, price := a.Amount, a.Amendment.Amount
	whole := a.Missing().IsZero()
	a.Amount, a.Amendment = price, Amendment{}
	a.Amended++
	if whole || a.Funded.Minor() > price.Minor() {
		a.Funded = price
	}
	held, err := a.holds()
	if err != nil {
		return err
	}
	more := a.minor(held.Minor() - a.Held.Minor())
	a.Held = held
	a.lowerAsk()
	if more.IsNegative() {
		s.move(ledger.CodeRefund, a.HoldAccount(), ledger.Available(a.Payer, price.Currency()), a.minor(-more.Minor()))
	} else {
		s.take(more, now)
	}
	s.whole(now)
	s.event = AgreementAmended{changed(a), before, more, a.Amended}
	return nil
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
