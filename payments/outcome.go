package payments

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments/provider"
)

// byProvider is the actor of what providers say.
var byProvider = lance.System("provider")

// onCharge says what a provider's word means for a top-up in each state. What is
// not listed was said before, or is overtaken by something newer. What is listed
// and the lifecycle refuses contradicts what the provider has said before: that
// fails, so that an operator sees it.
var onCharge = map[provider.State]map[TopUpState]TopUpAction{
	provider.Pending:   {},
	provider.Succeeded: {Processing: Confirm, Failed: Confirm, Declined: Confirm},
	provider.Refused:   {Processing: Decline, Confirmed: Decline},
}

// onPayout is the same for a payout. Providers differ in what they call a payout
// that comes back: one that is refused after it was sent is one.
var onPayout = map[provider.State]map[PayoutState]PayoutAction{
	provider.Pending:   {Requested: Submit},
	provider.Succeeded: {Requested: Pay, Submitted: Pay, Rejected: Pay},
	provider.Refused:   {Requested: Reject, Submitted: Reject, Paid: Return},
	provider.Returned:  {Requested: Return, Submitted: Return, Paid: Return},
}

func badOutcome() error {
	return lance.E(lance.Internal, "provider_outcome", "the provider's adapter gave an answer that has no meaning")
}

// sameName returns the provider's name of a charge or payout; one that it has
// already does not change.
func sameName(known, told string) (string, error) {
	switch {
	case told == "" || told == known:
		return known, nil
	case known == "" && len(told) <= maxName:
		return told, nil
	}
	return "", mismatch()
}

func mismatch() error {
	return lance.E(lance.Conflict, "provider_mismatch", "the provider told of another amount, charge or payout than was asked for")
}

// maxName bounds what providers call things, in bytes.
const maxName = 255

// reason returns a provider's code for why if it is one that may be shown.
func reason(code string) string {
	if code == "" || len(code) > 64 {
		return "unspecified"
	}
	for _, c := range code {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return "unspecified"
		}
	}
	return code
}

// chargeIn stores what a provider said about a top-up. What was said before, or
// is overtaken, changes nothing. What its party owes is taken before anybody can spend
// what came in: who owes something is locked with it.
func chargeIn(ctx context.Context, r Repos, id TopUpID, out provider.Outcome) error {
	t, err := r.TopUps().Get(ctx, id)
	if err != nil {
		return err
	}
	locks := []lance.Ref{topUpRef(id)}
	debts, err := owing(ctx, r, t.Party, t.Amount.Currency())
	if err != nil {
		return err
	}
	if len(debts) > 0 {
		locks = append(locks, debtorRef(t.Party))
	}
	if err := r.Lock(ctx, locks...); err != nil {
		return err
	}
	if t, err = r.TopUps().Get(ctx, id); err != nil {
		return err
	}
	means, known := onCharge[out.State]
	if !known {
		return badOutcome()
	}
	was := t.ProviderRef
	if t.ProviderRef, err = sameName(was, out.Ref); err != nil {
		return err
	}
	switch do := means[t.State]; {
	case do == Confirm:
		return t.confirm(ctx, r, out)
	case do == Decline:
		return t.decline(ctx, r, out)
	case out.Settled && t.State == Confirmed && !t.Settled:
		return t.settle(ctx, r)
	case t.ProviderRef != was && t.State == Processing:
		return t.save(ctx, r, byProvider, TopUpSubmitted{t.changed()})
	}
	return nil
}

func (t *TopUp) confirm(ctx context.Context, r Repos, out provider.Outcome) (err error) {
	if t.State, err = TopUpLifecycle.Next(t.State, Confirm, lance.ByProvider); err != nil {
		return err
	}
	set := []ledger.Transfer{planTopUp(t)}
	events := []lance.Payload{TopUpConfirmed{t.changed()}}
	if t.Settled = out.Settled; t.Settled {
		set = append(set, planSettle(t))
		events = append(events, TopUpSettled{t.changed()})
	}
	if _, err := ledger.Post(ctx, r, set...); err != nil {
		return err
	}
	if err := t.end(ctx, r, byProvider, events...); err != nil {
		return err
	}
	return netIn(ctx, r, t.Party, t.Amount.Currency())
}

func (t *TopUp) decline(ctx context.Context, r Repos, out provider.Outcome) (err error) {
	if t.State, err = TopUpLifecycle.Next(t.State, Decline, lance.ByProvider); err != nil {
		return err
	}
	t.Code = reason(out.Code)
	return t.end(ctx, r, byProvider, TopUpDeclined{t.changed()})
}

func (t *TopUp) settle(ctx context.Context, r Repos) error {
	t.Settled = true
	if _, err := ledger.Post(ctx, r, planSettle(t)); err != nil {
		return err
	}
	return t.save(ctx, r, byProvider, TopUpSettled{t.changed()})
}

// end saves a top-up that the provider need not be asked about any more.
func (t *TopUp) end(ctx context.Context, r Repos, by lance.Actor, events ...lance.Payload) error {
	if err := r.Timers().Cancel(ctx, t.Ref(), timerPoll); err != nil {
		return err
	}
	return t.save(ctx, r, by, events...)
}

func (t *TopUp) save(ctx context.Context, r Repos, by lance.Actor, events ...lance.Payload) error {
	t.UpdatedAt = r.Now()
	if err := r.TopUps().Update(ctx, t); err != nil {
		return err
	}
	return lance.Emit(ctx, r, by, t.change(), events...)
}

// payoutIn stores what a provider said about a payout. What was said before, or
// is overtaken, changes nothing.
func payoutIn(ctx context.Context, r Repos, id PayoutID, out provider.Outcome) error {
	if err := r.Lock(ctx, payoutRef(id)); err != nil {
		return err
	}
	p, err := r.Payouts().Get(ctx, id)
	if err != nil {
		return err
	}
	means, known := onPayout[out.State]
	if !known {
		return badOutcome()
	}
	was := p.ProviderRef
	if p.ProviderRef, err = sameName(was, out.Ref); err != nil {
		return err
	}
	if do := means[p.State]; do != "" {
		return p.act(ctx, r, byProvider, do, out.Code, lance.ByProvider)
	}
	if p.ProviderRef != was && p.State == Submitted {
		return p.save(ctx, r, byProvider, PayoutSubmitted{p.changed()})
	}
	return nil
}

// act does an action to a payout that is locked.
func (p *Payout) act(ctx context.Context, r Repos, by lance.Actor, do PayoutAction, code string, as ...lance.Relation) (err error) {
	if p.State, err = PayoutLifecycle.Next(p.State, do, as...); err != nil {
		return err
	}
	var event lance.Payload
	switch do {
	case Submit:
		return p.save(ctx, r, by, PayoutSubmitted{p.changed()})
	case Pay:
		event = PayoutPaid{p.changed()}
		_, err = ledger.Post(ctx, r, planPaid(p))
	case Reject:
		p.Code = reason(code)
		event = PayoutRejected{p.changed()}
		_, err = ledger.Post(ctx, r, planRejected(p))
	case Return:
		p.Code = reason(code)
		event = PayoutReturned{p.changed()}
		err = p.takeBack(ctx, r)
	}
	if err != nil {
		return err
	}
	if err := r.Timers().Cancel(ctx, p.Ref(), timerPoll); err != nil {
		return err
	}
	return p.save(ctx, r, by, event)
}

// takeBack posts what left, if that has not been posted yet, and that it is back.
func (p *Payout) takeBack(ctx context.Context, r Repos) error {
	left, err := ledger.Post(ctx, r, planPaid(p))
	if err != nil {
		return err
	}
	_, err = ledger.Post(ctx, r, planReturned(p, left[0].Lots))
	return err
}

func (p *Payout) save(ctx context.Context, r Repos, by lance.Actor, event lance.Payload) error {
	p.UpdatedAt = r.Now()
	if err := r.Payouts().Update(ctx, p); err != nil {
		return err
	}
	return lance.Emit(ctx, r, by, p.change(), event)
}
