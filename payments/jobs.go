package payments

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// The relays and the timer of this package.
const (
	relayCharge = "payments.charge"
	relayPay    = "payments.pay"
	relayLookup = "payments.lookup"
	timerPoll   = "payments.poll"

	timerOverdue  = "payments.chargeback_overdue" // nobody says how a chargeback ended
	timerWriteOff = "payments.write_off"          // a debt was owed long enough
)

// callTries is how often a charge or payout is tried before it is given up: for
// a bit more than a day, hourly in the end.
const callTries = 36

// pollFirst and pollLast bound how long to wait before a provider is asked again
// what became of something; in between, as long as it has been waited for.
const (
	pollFirst = 10 * time.Second
	pollLast  = time.Hour
)

// pollChargeback is how often a provider is asked how a chargeback ended: banks
// take weeks.
const pollChargeback = 24 * time.Hour

// Jobs returns what goes on by itself: making charges and payouts that are owed,
// asking after pending ones, acting on what providers told, and netting debts.
func (s *Service) Jobs() lance.Jobs[Repos] {
	return lance.Jobs[Repos]{
		Timers: map[string]lance.Fire[Repos]{timerPoll: ask, timerOverdue: overdue, timerWriteOff: writeOff},
		Relays: []lance.Relay[Repos]{s.charges(), s.pays(), s.lookups()},
		Reactions: []lance.Reaction[Repos]{
			lance.On("payments.intake", s.takeIn), lance.On("payments.lapse", lapsed),
		},
		Chores: []lance.Chore[Repos]{{Name: "payments.net", Every: time.Minute, Do: netAll}},
	}
}

// keeper stores a provider's answer.
type keeper = func(ctx context.Context, r Repos) error

// charges makes charges. One of a top-up that does not wait for it is not made.
func (s *Service) charges() lance.Relay[Repos] {
	return lance.Relay[Repos]{Name: relayCharge, Tries: callTries, Send: func(ctx context.Context, d lance.Delivery) (keeper, error) {
		t, err := s.GetTopUp(ctx, byProvider, TopUpID(d.Subject.ID))
		if err != nil || !t.waits() {
			return nil, err
		}
		a, err := s.adapter(t.Provider)
		if err != nil {
			return nil, err
		}
		out, err := final(a.Charge(ctx, provider.Charge{Key: string(t.ID), Amount: t.Amount, Method: t.Method, Party: t.Party}))
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, r Repos) error { return chargeIn(ctx, r, t.ID, out) }, nil
	}}
}

// pays makes payouts. One that does not wait for it is not made.
func (s *Service) pays() lance.Relay[Repos] {
	return lance.Relay[Repos]{Name: relayPay, Tries: callTries, Send: func(ctx context.Context, d lance.Delivery) (keeper, error) {
		p, err := s.GetPayout(ctx, byProvider, PayoutID(d.Subject.ID))
		if err != nil || p.State != Requested {
			return nil, err
		}
		a, err := s.adapter(p.Provider)
		if err != nil {
			return nil, err
		}
		out, err := final(a.Payout(ctx, provider.Payout{Key: string(p.ID), Amount: p.Amount, Destination: p.Destination, Party: p.Party}))
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context, r Repos) error { return payoutIn(ctx, r, p.ID, out) }, nil
	}}
}

// final makes a request that can never succeed a refusal, for the reason of its
// first fault; any other error leaves the call owed.
func final(out provider.Outcome, err error) (provider.Outcome, error) {
	if err == nil || lance.KindOf(err) != lance.Invalid {
		return out, err
	}
	code := lance.CodeOf(err)
	var e *lance.Error
	if errors.As(err, &e) && len(e.Fields) > 0 {
		code = e.Fields[0].Code
	}
	return provider.Outcome{State: provider.Refused, Code: code}, nil
}

// lookups ask providers what became of what waits for their word.
func (s *Service) lookups() lance.Relay[Repos] {
	return lance.Relay[Repos]{Name: relayLookup, Send: func(ctx context.Context, d lance.Delivery) (keeper, error) {
		switch d.Subject.Kind {
		case payoutNoun:
			return s.lookUpPayout(ctx, PayoutID(d.Subject.ID))
		case chargebackNoun:
			return s.lookUpChargeback(ctx, ChargebackID(d.Subject.ID))
		}
		return s.lookUpTopUp(ctx, TopUpID(d.Subject.ID))
	}}
}

func (s *Service) lookUpTopUp(ctx context.Context, id TopUpID) (keeper, error) {
	t, err := s.GetTopUp(ctx, byProvider, id)
	if err != nil || !t.waits() {
		return nil, err
	}
	a, err := s.adapter(t.Provider)
	if err != nil {
		return nil, err
	}
	out, err := a.Lookup(ctx, provider.KindCharge, string(id), t.ProviderRef)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r Repos) error { return chargeIn(ctx, r, id, out) }, nil
}

func (s *Service) lookUpPayout(ctx context.Context, id PayoutID) (keeper, error) {
	p, err := s.GetPayout(ctx, byProvider, id)
	if err != nil || !p.waits() {
		return nil, err
	}
	a, err := s.adapter(p.Provider)
	if err != nil {
		return nil, err
	}
	out, err := a.Lookup(ctx, provider.KindPayout, string(id), p.ProviderRef)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r Repos) error { return payoutIn(ctx, r, id, out) }, nil
}

func (s *Service) lookUpChargeback(ctx context.Context, id ChargebackID) (keeper, error) {
	c, err := s.GetChargeback(ctx, byProvider, id)
	if err != nil {
		return nil, err
	}
	a, err := s.adapter(c.Provider)
	if err != nil {
		return nil, err
	}
	out, err := a.Lookup(ctx, provider.KindChargeback, string(c.TopUp), c.ProviderRef)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, r Repos) error { return chargebackIn(ctx, r, id, out.State, c.Version) }, nil
}

// ask stores that a provider is to be asked about what the timer belongs to,
// unless it has yet to hear of it, and sets the timer anew.
func ask(ctx context.Context, r Repos, t lance.Timer) error {
	since, relay, err := waiting(ctx, r, t.Owner)
	if err != nil || since.IsZero() {
		return err
	}
	unasked := false
	if relay != "" {
		if unasked, err = owed(ctx, r, relay, t.Owner); err != nil {
			return err
		}
	}
	if !unasked {
		lookup := lance.Delivery{
			Relay: relayLookup, Key: t.Owner.ID + "@" + strconv.FormatInt(t.DueAt.UnixMicro(), 10),
			Subject: t.Owner, DueAt: r.Now(),
		}
		if err := r.Deliveries().Enqueue(ctx, lookup); err != nil {
			return err
		}
	}
	wait := min(max(r.Now().Sub(since), pollFirst), pollLast)
	if relay == "" {
		wait = pollChargeback
	}
	return r.Timers().Set(ctx, lance.Timer{Owner: t.Owner, Kind: timerPoll, DueAt: r.Now().Add(wait)})
}

// waiting returns since when something waits for a provider's word, zero when it
// does not, and by which relay the provider hears of it; none for a chargeback, of
// which it knows.
func waiting(ctx context.Context, r Repos, of lance.Ref) (time.Time, string, error) {
	switch of.Kind {
	case chargebackNoun:
		c, err := r.Chargebacks().Get(ctx, ChargebackID(of.ID))
		if err != nil || c.State != Open {
			return time.Time{}, "", err
		}
		return c.CreatedAt, "", nil
	case payoutNoun:
		p, err := r.Payouts().Get(ctx, PayoutID(of.ID))
		if err != nil || !p.waits() {
			return time.Time{}, "", err
		}
		return p.CreatedAt, relayPay, nil
	}
	t, err := r.TopUps().Get(ctx, TopUpID(of.ID))
	if err != nil || !t.waits() {
		return time.Time{}, "", err
	}
	return t.CreatedAt, relayCharge, nil
}
