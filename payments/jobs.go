package payments

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// The relays and the timer of this package.
const (
	relayCharge = "payments.charge"
	relayPay    = "payments.pay"
	relayLookup = "payments.lookup"
	timerPoll   = "payments.poll"
)

// Jobs returns what goes on by itself: charges and payouts that are owed, asking
// after pending ones, and acting on what providers told.
func (s *Service) Jobs() lance.Jobs[Repos] {
	return lance.Jobs[Repos]{
		Timers:    map[string]lance.Fire[Repos]{timerPoll: ask},
		Relays:    []lance.Relay[Repos]{s.charges(), s.pays(), s.lookups()},
		Reactions: []lance.Reaction[Repos]{lance.On("payments.intake", takeIn)},
	}
}

func (s *Service) charges() lance.Relay[Repos] {
	return lance.Relay[Repos]{Name: relayCharge, Send: func(ctx context.Context, d lance.Delivery) (func(context.Context, Repos) error, error) {
		id := TopUpID(d.Subject.ID)
		t, err := s.GetTopUp(ctx, byProvider, id)
		if err != nil {
			return nil, err
		}
		a, err := s.adapter(t.Provider)
		if err != nil {
			return nil, err
		}
		out, err := a.Charge(ctx, provider.Charge{Key: string(id), Amount: t.Amount, Method: t.Method, Party: t.Party})
		return keep(out, err, func(ctx context.Context, r Repos, out provider.Outcome) error { return chargeIn(ctx, r, id, out) })
	}}
}

func (s *Service) pays() lance.Relay[Repos] {
	return lance.Relay[Repos]{Name: relayPay, Send: func(ctx context.Context, d lance.Delivery) (func(context.Context, Repos) error, error) {
		id := PayoutID(d.Subject.ID)
		p, err := s.GetPayout(ctx, byProvider, id)
		if err != nil {
			return nil, err
		}
		a, err := s.adapter(p.Provider)
		if err != nil {
			return nil, err
		}
		out, err := a.Payout(ctx, provider.Payout{Key: string(id), Amount: p.Amount, Destination: p.Destination, Party: p.Party})
		return keep(out, err, payoutKeeper(id))
	}}
}

func payoutKeeper(id PayoutID) func(context.Context, Repos, provider.Outcome) error {
	return func(ctx context.Context, r Repos, out provider.Outcome) error {
		_, err := payoutIn(ctx, r, byProvider, id, out, lance.ByProvider)
		return err
	}
}

// lookups ask a provider what became of something pending.
func (s *Service) lookups() lance.Relay[Repos] {
	return lance.Relay[Repos]{Name: relayLookup, Send: func(ctx context.Context, d lance.Delivery) (func(context.Context, Repos) error, error) {
		name, ref, kind, store, err := s.pending(ctx, d.Subject)
		if err != nil {
			return nil, err
		}
		a, err := s.adapter(name)
		if err != nil {
			return nil, err
		}
		out, err := a.Lookup(ctx, kind, d.Subject.ID, ref)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, r Repos) error { return store(ctx, r, out) }, nil
	}}
}

// pending reads what is to be looked up and says how to store the answer.
func (s *Service) pending(ctx context.Context, of lance.Ref) (name, ref string, kind provider.Kind, store func(context.Context, Repos, provider.Outcome) error, err error) {
	if of.Kind == "payout" {
		p, err := s.GetPayout(ctx, byProvider, PayoutID(of.ID))
		if err != nil {
			return "", "", "", nil, err
		}
		return p.Provider, p.Ref, provider.KindPayout, payoutKeeper(p.ID), nil
	}
	t, err := s.GetTopUp(ctx, byProvider, TopUpID(of.ID))
	if err != nil {
		return "", "", "", nil, err
	}
	store = func(ctx context.Context, r Repos, out provider.Outcome) error { return chargeIn(ctx, r, t.ID, out) }
	return t.Provider, t.Ref, provider.KindCharge, store, nil
}

// keep turns a provider's answer into what is stored. A request that can never
// succeed counts as refused, with the code of its first fault; any other error
// leaves the call owed.
func keep(out provider.Outcome, err error, store func(context.Context, Repos, provider.Outcome) error) (func(context.Context, Repos) error, error) {
	if lance.KindOf(err) == lance.Invalid && err != nil {
		out, err = provider.Outcome{State: provider.Refused, Code: codeOf(err)}, nil
	}
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r Repos) error { return store(ctx, r, out) }, nil
}

func codeOf(err error) string {
	var e *lance.Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return lance.CodeOf(err)
}

// ask stores that a provider is to be asked about what the timer belongs to.
func ask(ctx context.Context, r Repos, t lance.Timer) error {
	return r.Deliveries().Enqueue(ctx, lance.Delivery{
		Relay: relayLookup, Key: t.Owner.ID + "@" + strconv.FormatInt(t.DueAt.UnixMicro(), 10),
		Subject: t.Owner, DueAt: r.Now(), State: lance.DeliveryQueued,
	})
}

// takeIn acts on what a provider told. An event about nothing that is known fails
// with NotFound, so that it is parked where an operator sees it.
func takeIn(ctx context.Context, r Repos, _ lance.Event, got ProviderEventReceived) error {
	ev, err := r.ProviderEvents().Get(ctx, got.Event)
	if err != nil {
		return err
	}
	out := provider.Outcome{Ref: ev.Ref, State: ev.State, Code: ev.Code}
	switch {
	case ev.Kind == provider.KindPayout && strings.HasPrefix(ev.Key, "pyo_"):
		return payoutKeeper(PayoutID(ev.Key))(ctx, r, out)
	case ev.Kind == provider.KindSettlement:
		out.State, out.Settled = provider.Succeeded, true
	}
	if !strings.HasPrefix(ev.Key, "top_") {
		return lance.E(lance.NotFound, "provider_event_unknown", "the provider told of something that is not known here")
	}
	return chargeFor(ctx, r, ev, out)
}

// chargeFor checks that an event speaks of the charge that was asked for before
// it is believed.
func chargeFor(ctx context.Context, r Repos, ev *ProviderEvent, out provider.Outcome) error {
	t, err := r.TopUps().Get(ctx, TopUpID(ev.Key))
	if err != nil {
		return err
	}
	if t.Provider != ev.Provider || t.Amount != ev.Amount || (t.Ref != "" && t.Ref != ev.Ref) {
		return lance.E(lance.Conflict, "provider_event_mismatch", "the provider told of another amount or charge than was asked for")
	}
	return chargeIn(ctx, r, t.ID, out)
}
