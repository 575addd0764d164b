package payments

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// Receive takes in a webhook: it is verified by the provider's adapter, stored by
// the provider's event ID, and acted on from there by the engine. One that was
// received before changes nothing and is no error. Faults: NotFound
// "provider_not_found"; Unauthorized "webhook_signature", "webhook_expired";
// Invalid "webhook_body".
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
		for _, ev := range events {
			if err := receive(ctx, r, name, ev); err != nil {
				return err
			}
		}
		return nil
	})
	return lance.Op(op, err)
}

func receive(ctx context.Context, r Repos, name string, ev provider.Event) error {
	row := &ProviderEvent{
		ID: lance.NewID[ProviderEventID]("pev", r), Provider: name, EventID: ev.ID, Kind: ev.Kind, Key: ev.Key, Ref: ev.Ref,
		State: ev.State, Amount: ev.Amount, Code: ev.Code, At: lance.Instant(ev.At), ReceivedAt: r.Now(),
	}
	standing, err := r.Keys().Claim(ctx, lance.Key{
		Scope: "provider:" + name, Name: ev.ID, Op: "payments.Receive", Result: string(row.ID), At: r.Now(),
	})
	if err != nil || standing != nil {
		return err
	}
	if err := r.ProviderEvents().Insert(ctx, row); err != nil {
		return err
	}
	stream := lance.Ref{Kind: "provider_event", ID: string(row.ID)}
	return lance.Emit(ctx, r, lance.System("provider:"+name), lance.Change{Stream: stream, Version: 1}, ProviderEventReceived{
		Event: row.ID, Provider: name, Kind: string(ev.Kind), State: string(ev.State),
	})
}
