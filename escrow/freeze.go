package escrow

import (
	"time"

	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// Bearer says who bears the fees on what a ruling releases.
type Bearer string

// The bearers. Whoever bears a fee bears it as far as what he gets goes; the rest
// falls on the other.
const (
	BearEach   Bearer = "each"   // each his own, as without a ruling
	BearPayer  Bearer = "payer"  // the payer all, out of what goes back to him
	BearPayee  Bearer = "payee"  // the payee all, out of what he is paid
	BearNobody Bearer = "nobody" // there are none
)

// freeze stops the clocks and remembers how far they had come, and for what; of
// several cases the agreement waits for all. A price that was proposed is dropped:
// it would have run out unanswered.
func (s *step) freeze(in command, from State, now time.Time) {
	a := &s.after
	if from != Frozen {
		a.Pause = Pause{
			Engine: in.By.IsSystem(), From: from, At: now, ReleaseIn: left(a.ReleaseAt, now), RefundIn: left(a.RefundAt, now),
		}
		a.ReleaseAt, a.RefundAt, a.Amendment = time.Time{}, time.Time{}, Amendment{}
	}
	a.Pause.brake(in.by())
	s.event = AgreementFrozen{changed(a), CaseRef(in.Case.String())}
}

// left returns how long a clock has to run yet, a microsecond at least; 0 for one
// that stands.
func left(at, now time.Time) time.Duration {
	if at.IsZero() {
		return 0
	}
	return max(at.Sub(now), time.Microsecond)
}

// thaws is what becomes of a frozen agreement when one case lets it go.
func (a *Agreement) thaws() Action {
	switch {
	case len(a.Pause.Also) > 0:
		return Lift
	case a.Pause.From == Submitted:
		return Resume
	}
	return Thaw
}

// thaw lets the clocks go on where they were stopped.
func (s *step) thaw(now time.Time) {
	a := &s.after
	if a.Pause.ReleaseIn > 0 {
		a.ReleaseAt = a.inspectUntil(now)
	}
	if a.Pause.RefundIn > 0 {
		a.RefundAt = now.Add(a.Pause.RefundIn)
	}
	about := a.Pause.Case
	a.Pause = Pause{}
	s.event = AgreementThawed{changed(a), CaseRef(about.String()), a.ReleaseAt}
}

// inspectUntil is when the inspection is over that goes on now. If it would have been
// before the limit of held money, had the engine not stopped it, that does not send
// back what the payee has earned: then it is over at the limit.
func (a *Agreement) inspectUntil(now time.Time) time.Time {
	until, limit := now.Add(a.Pause.ReleaseIn), a.LimitAt()
	if !a.Pause.Engine || limit.IsZero() || !limit.Before(until) || limit.Before(a.Pause.At.Add(a.Pause.ReleaseIn)) {
		return until
	}
	if limit.Before(now) {
		return now
	}
	return limit
}

// rule divides all that is held: so much of the price to the payee, the rest of
// it, with what is left of the payer's fee, to the payer, and the fees on what is
// released out of what the bearer gets.
func (s *step) rule(in command, now time.Time) error {
	a := &s.after
	held, gross := a.Held.Minor(), in.Amount.Minor()
	a.Refunded = a.minor(a.Refunded.Minor() + a.Remaining().Minor() - gross)
	a.Released, a.Ruled = a.minor(a.Released.Minor()+gross), a.minor(a.Ruled.Minor()+gross)
	payee, payer, err := a.ruled(in.Bears)
	if err != nil {
		return err
	}
	all := payee.minor() + payer.minor()
	fromPayee := payee.minor()
	switch in.Bears {
	case BearPayer:
		fromPayee = max(0, all-(held-gross))
	case BearPayee:
		fromPayee = min(all, gross)
	case BearEach, BearNobody:
	}
	net, back := a.minor(gross-fromPayee), a.minor(held-gross-(all-fromPayee))
	a.PayeeFee, a.PayerFee = a.minor(a.PayeeFee.Minor()+fromPayee), a.minor(a.PayerFee.Minor()+all-fromPayee)
	a.Held = a.minor(0)
	s.pay(net, now)
	s.levy(payee)
	s.levy(payer)
	s.move(ledger.CodeRefund, a.HoldAccount(), ledger.Available(a.Payer, a.Amount.Currency()), back)
	moved := Moved{changed(a), in.Amount, net, a.minor(all - fromPayee), a.minor(fromPayee)}
	s.event = AgreementSettled{moved, back, in.Bears}
	return nil
}

// ruled returns the fees on what was released by a ruling.
func (a *Agreement) ruled(bears Bearer) (payee, payer charge, err error) {
	if bears == BearNobody {
		none := charge{fee: a.minor(0), tax: a.minor(0)}
		return none, none, nil
	}
	if payee, err = a.owe(policy.Payee, a.Released.Minor(), a.PayeeFee); err != nil {
		return payee, payer, err
	}
	payer, err = a.owePayer()
	return payee, payer, err
}
