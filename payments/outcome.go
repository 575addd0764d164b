package payments

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments/provider"
)

// byProvider is the actor of what providers say.
var byProvider = lance.System("provider")

// chargeIn stores what a provider said about a top-up. What was said before, or
// is overtaken by something final, changes nothing.
func chargeIn(ctx context.Context, r Repos, id TopUpID, out provider.Outcome) error {
	if err := r.Lock(ctx, topUpRef(id)); err != nil {
		return err
	}
	t, err := r.TopUps().Get(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case out.State == provider.Succeeded && t.State != TopUpConfirmed:
		return confirm(ctx, r, t, out)
	case out.State == provider.Succeeded && out.Settled && !t.Settled:
		return settleIn(ctx, r, t)
	case out.State == provider.Refused && t.State == TopUpProcessing:
		return decline(ctx, r, t, out)
	case out.State == provider.Pending && t.State == TopUpProcessing:
		return await(ctx, r, t, out)
	}
	return nil
}

func confirm(ctx context.Context, r Repos, t *TopUp, out provider.Outcome) (err error) {
	if t.State, err = TopUpLifecycle.Next(t.State, ConfirmTopUp, lance.ByProvider); err != nil {
		return err
	}
	t.Ref, t.Settled = out.Ref, out.Settled
	set := []ledger.Transfer{planTopUp(t)}
	if t.Settled {
		set = append(set, planSettle(t))
	}
	if _, err := ledger.Post(ctx, r, set...); err != nil {
		return err
	}
	if err := r.Timers().Cancel(ctx, t.Stream(), timerPoll); err != nil {
		return err
	}
	return saveTopUp(ctx, r, byProvider, t, TopUpConfirmedEvent{t.changed()})
}

func settleIn(ctx context.Context, r Repos, t *TopUp) error {
	t.Settled = true
	if _, err := ledger.Post(ctx, r, planSettle(t)); err != nil {
		return err
	}
	return saveTopUp(ctx, r, byProvider, t, TopUpUpdated{t.changed(), true})
}

func decline(ctx context.Context, r Repos, t *TopUp, out provider.Outcome) (err error) {
	if t.State, err = TopUpLifecycle.Next(t.State, DeclineTopUp, lance.ByProvider); err != nil {
		return err
	}
	t.Ref, t.Code = out.Ref, out.Code
	if err := r.Timers().Cancel(ctx, t.Stream(), timerPoll); err != nil {
		return err
	}
	return saveTopUp(ctx, r, byProvider, t, TopUpDeclinedEvent{t.changed()})
}

// await notes the provider's name of a charge and asks again later.
func await(ctx context.Context, r Repos, t *TopUp, out provider.Outcome) error {
	if err := poll(ctx, r, t.Stream(), t.CreatedAt); err != nil || t.Ref == out.Ref {
		return err
	}
	t.Ref = out.Ref
	return saveTopUp(ctx, r, byProvider, t, TopUpUpdated{t.changed(), t.Settled})
}

// poll sets the clock that asks the provider what became of something pending: at
// once, then ever more seldom, once an hour at last.
func poll(ctx context.Context, r Repos, owner lance.Ref, since time.Time) error {
	wait := min(r.Now().Sub(since), time.Hour)
	return r.Timers().Set(ctx, lance.Timer{Owner: owner, Kind: timerPoll, DueAt: r.Now().Add(wait)})
}

func saveTopUp(ctx context.Context, r Repos, by lance.Actor, t *TopUp, p lance.Payload) error {
	t.UpdatedAt = r.Now()
	if err := r.TopUps().Update(ctx, t); err != nil {
		return err
	}
	return lance.Emit(ctx, r, by, t.change(), p)
}

// payoutIn stores what was said about a payout, by the provider or, where as says
// so, by an administrator. Of a provider, what was said before or is overtaken
// changes nothing.
func payoutIn(ctx context.Context, r Repos, by lance.Actor, id PayoutID, out provider.Outcome, as lance.Relation) (*Payout, error) {
	if err := r.Lock(ctx, payoutRef(id)); err != nil {
		return nil, err
	}
	p, err := r.Payouts().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	do := actionOf(out.State)
	next, err := PayoutLifecycle.Next(p.State, do, as)
	if err != nil && as == lance.ByProvider {
		if out.State == provider.Pending && p.State == PayoutSubmitted {
			err = poll(ctx, r, p.Stream(), p.CreatedAt)
			return p, err
		}
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	p.State, p.Code = next, out.Code
	if out.Ref != "" {
		p.Ref = out.Ref
	}
	return p, carryOut(ctx, r, by, p, do)
}

func actionOf(s provider.State) PayoutAction {
	switch s {
	case provider.Succeeded:
		return PayPayout
	case provider.Refused:
		return RejectPayout
	case provider.Returned:
		return ReturnPayout
	case provider.Pending:
	}
	return SubmitPayout
}

// carryOut posts and stores what an action on a payout means; the payout is in its
// new state already.
func carryOut(ctx context.Context, r Repos, by lance.Actor, p *Payout, do PayoutAction) error {
	var transfer ledger.Transfer
	var event lance.Payload
	switch do {
	case SubmitPayout:
		if err := poll(ctx, r, p.Stream(), p.CreatedAt); err != nil {
			return err
		}
		return savePayout(ctx, r, by, p, PayoutSubmittedEvent{p.changed()})
	case PayPayout:
		transfer, event = planPaid(p), PayoutPaidEvent{p.changed()}
	case RejectPayout:
		transfer, event = planRejected(p), PayoutRejectedEvent{p.changed()}
	case ReturnPayout:
		transfer, event = planReturned(p), PayoutReturnedEvent{p.changed()}
	}
	if _, err := ledger.Post(ctx, r, transfer); err != nil {
		return err
	}
	if err := r.Timers().Cancel(ctx, p.Stream(), timerPoll); err != nil {
		return err
	}
	return savePayout(ctx, r, by, p, event)
}

func savePayout(ctx context.Context, r Repos, by lance.Actor, p *Payout, event lance.Payload) error {
	p.UpdatedAt = r.Now()
	if err := r.Payouts().Update(ctx, p); err != nil {
		return err
	}
	return lance.Emit(ctx, r, by, p.change(), event)
}
