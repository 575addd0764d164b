package payments

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// Receive takes in a webhook: it is verified by the provider's adapter, stored by
// the provider's event ID, and acted on from there by the engine. What was
// received before changes nothing and is no error. It fails with NotFound
// "provider_not_found", Unauthorized "webhook_signature" or "webhook_expired",
// and Invalid "webhook_body".
func (s *Service) Receive(ctx context.Context, name string, req provider.Request) error {
	const op = "payments.Receive"
	a, err := s.adapter(name)
	if err != nil {
		return lance.Op(op, lance.E(lance.NotFound, "provider_not_found", "there is no such payment provider"))
	}
	err = s.db.InTx(ctx, func(ctx context.Context, r Repos) error {
		events, err := a.Parse(req, r.Now())
		if err != nil {
			return err
		}
		return receive(ctx, r, name, events)
	})
	return lance.Op(op, err)
}

// receive stores what was not told before. The same event may come in twice at
// the same time, so each is locked before it is looked for.
func receive(ctx context.Context, r Repos, name string, events []provider.Event) error {
	rows := make([]*ProviderEvent, len(events))
	locks := make([]lance.Ref, len(events))
	for i, ev := range events {
		if err := checkEvent(ev); err != nil {
			return err
		}
		rows[i] = keptEvent(r, name, ev)
		locks[i] = eventRef(rows[i].ID)
	}
	if err := r.Lock(ctx, locks...); err != nil {
		return err
	}
	for _, row := range rows {
		if err := row.keep(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// checkEvent refuses what no provider means and no table should hold.
func checkEvent(ev provider.Event) error {
	known := ev.Kind == provider.KindSettlement
	names := max(len(ev.ID), len(ev.Key), len(ev.Ref), len(ev.Chargeback))
	switch ev.Kind {
	case provider.KindCharge:
		_, known = onCharge[ev.State]
	case provider.KindPayout:
		_, known = onPayout[ev.State]
	case provider.KindChargeback:
		_, known = onChargeback[ev.State]
		known = known && ev.Chargeback != "" && ev.Amount.IsPositive() && !ev.Fee.IsNegative() &&
			(ev.Fee.IsZero() || ev.Fee.Currency() == ev.Amount.Currency())
	case provider.KindSettlement:
	}
	if !known || ev.ID == "" || names > maxName {
		return lance.E(lance.Invalid, "webhook_body", "the webhook cannot be read")
	}
	return nil
}

func keptEvent(w lance.World, name string, ev provider.Event) *ProviderEvent {
	row := &ProviderEvent{
		ID:       lance.DeriveID[ProviderEventID]("pev", lance.LeafOf([]byte(name), []byte(ev.ID))),
		Provider: name, EventID: ev.ID, Kind: ev.Kind, Key: ev.Key, Ref: ev.Ref,
		State: ev.State, Amount: ev.Amount, At: lance.Instant(ev.At), ReceivedAt: w.Now(),
		Chargeback: ev.Chargeback, Fee: ev.Fee, AnswerBy: lance.Instant(ev.AnswerBy),
	}
	if ev.Code != "" {
		row.Code = reason(ev.Code)
	}
	return row
}

func (e *ProviderEvent) keep(ctx context.Context, r Repos) error {
	_, err := r.ProviderEvents().Get(ctx, e.ID)
	if lance.KindOf(err) != lance.NotFound {
		return err
	}
	if err := r.ProviderEvents().Insert(ctx, e); err != nil {
		return err
	}
	return lance.Emit(ctx, r, lance.System("provider:"+e.Provider), lance.Change{Stream: eventRef(e.ID), Version: 1},
		ProviderEventReceived{Event: e.ID, Provider: e.Provider, Kind: string(e.Kind), State: string(e.State)})
}

// takeIn acts on what a provider told. What it cannot be believed about fails, so
// that it is set aside where an operator sees it: NotFound for a charge or payout
// that is not known here, Conflict "provider_mismatch" for one of another amount
// or name, Precondition for what contradicts what the provider has said before.
func (s *Service) takeIn(ctx context.Context, r Repos, _ lance.Event, got ProviderEventReceived) error {
	ev, err := r.ProviderEvents().Get(ctx, got.Event)
	if err != nil {
		return err
	}
	out := provider.Outcome{Ref: ev.Ref, State: ev.State, Code: ev.Code}
	switch ev.Kind {
	case provider.KindPayout:
		p, err := spokenOf(ctx, r.Payouts(), PayoutTable, ev)
		if err != nil {
			return err
		}
		if err := ev.fits(p.Provider, p.Amount); err != nil {
			return err
		}
		return payoutIn(ctx, r, p.ID, out)
	case provider.KindSettlement:
		out.State, out.Settled = provider.Succeeded, true
	case provider.KindCharge, provider.KindChargeback:
	}
	t, err := spokenOf(ctx, r.TopUps(), TopUpTable, ev)
	if err != nil {
		return err
	}
	if ev.Kind == provider.KindChargeback {
		return s.chargedBack(ctx, r, t, ev)
	}
	if err := ev.fits(t.Provider, t.Amount); err != nil {
		return err
	}
	return chargeIn(ctx, r, t.ID, out)
}

// spokenOf finds what an event is about by our name of it, else by the
// provider's.
func spokenOf[D any, K ~string](ctx context.Context, rows lance.Rows[D, K], t *lance.Table[D], ev *ProviderEvent) (*D, error) {
	if ev.Key != "" {
		return rows.Get(ctx, K(ev.Key))
	}
	found, err := rows.Find(ctx, lance.Filter{Eq: map[string]any{"provider": ev.Provider, "provider_ref": ev.Ref}, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, t.NotFound()
	}
	return found[0], nil
}

// fits checks that an event speaks of what was asked of the provider.
func (e *ProviderEvent) fits(name string, amount lance.Money) error {
	if e.Provider != name || e.Amount != amount {
		return mismatch()
	}
	return nil
}
