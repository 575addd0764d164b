package payments

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments/provider"
)

// Payout reserves an amount of the party's available balance and asks the
// provider to send it. It waits for the provider's first answer for
// Options.Wait; past that it returns the payout in state requested, and the
// engine goes on. Faults: Unauthorized "actor_required"; Invalid with /amount
// ("money_not_positive", "currency_unsupported") or /destination ("text_…",
// "destination_unknown"); Insufficient "balance_insufficient"; Conflict
// "key_reused".
func (s *Service) Payout(ctx context.Context, by lance.Actor, in PayoutInput) (*Payout, error) {
	const op = "payments.Payout"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(&s.opts); err != nil {
		return nil, lance.Op(op, err)
	}
	var id PayoutID
	err := s.db.InTx(ctx, func(ctx context.Context, r Repos) (err error) {
		id, err = s.reserve(ctx, r, by, in)
		return err
	})
	if err == nil {
		err = s.now(ctx, s.pays(), string(id))
	}
	if err != nil {
		return nil, lance.Op(op, err)
	}
	p, err := s.GetPayout(ctx, lance.System("payments"), id)
	if err == nil && p.State == PayoutRejected && p.Code == "destination_unknown" {
		err = fault("/destination", p.Code, "the provider does not know this destination")
	}
	return p, lance.Op(op, err)
}

// reserve keeps the amount back and stores the payout and the call that is owed.
func (s *Service) reserve(ctx context.Context, r Repos, by lance.Actor, in PayoutInput) (PayoutID, error) {
	fresh := lance.NewID[PayoutID]("pyo", r)
	id, first, err := lance.Once(ctx, r, by, in.Key, "payments.Payout", in, string(fresh))
	if err != nil || !first {
		return PayoutID(id), err
	}
	p := &Payout{
		ID: fresh, Party: by.Party, Amount: in.Amount, Destination: in.Destination,
		Provider: s.opts.Providers[0].Name(), State: PayoutLifecycle.Start(),
		CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
	if _, err := ledger.Post(ctx, r, planReserve(p)); err != nil {
		return "", err
	}
	if err := r.Payouts().Insert(ctx, p); err != nil {
		return "", err
	}
	if err := lance.Emit(ctx, r, by, p.change(), PayoutRequestedEvent{p.changed()}); err != nil {
		return "", err
	}
	return p.ID, r.Deliveries().Enqueue(ctx, lance.Delivery{
		Relay: relayPay, Key: string(p.ID), Subject: p.Stream(), DueAt: r.Now(), State: lance.DeliveryQueued,
	})
}

// GetPayout returns a payout to its party or an administrator; for anybody else
// it is NotFound "payout_not_found".
func (s *Service) GetPayout(ctx context.Context, by lance.Actor, id PayoutID) (*Payout, error) {
	p, err := get(ctx, s.db, by, func(ctx context.Context, r Repos) (*Payout, lance.PartyID, error) {
		p, err := r.Payouts().Get(ctx, id)
		if err != nil {
			return nil, "", err
		}
		return p, p.Party, nil
	}, PayoutTable.NotFound)
	return p, lance.Op("payments.GetPayout", err)
}

// Payouts lists the actor's own payouts, the latest first. Faults: Unauthorized
// "actor_required"; Invalid "limit_range", "cursor_syntax".
func (s *Service) Payouts(ctx context.Context, by lance.Actor, q lance.PageQuery) (lance.Page[Payout], error) {
	page, err := list(ctx, s.db, by, PayoutTable, Repos.Payouts, q)
	return page, lance.Op("payments.Payouts", err)
}

// AbandonTopUp gives up a top-up that the provider never answered. If the
// provider confirms it later, it is credited all the same. Faults: Unauthorized,
// Forbidden "role_required", NotFound "top_up_not_found", Precondition
// "top_up_state".
func (s *Service) AbandonTopUp(ctx context.Context, by lance.Actor, id TopUpID) (*TopUp, error) {
	var t *TopUp
	err := by.RequireRole(lance.RoleAdmin)
	if err == nil {
		err = s.db.InTx(ctx, func(ctx context.Context, r Repos) error {
			if err := r.Lock(ctx, topUpRef(id)); err != nil {
				return err
			}
			if t, err = r.TopUps().Get(ctx, id); err != nil {
				return err
			}
			if t.State, err = TopUpLifecycle.Next(t.State, AbandonTopUp, lance.ByAdmin); err != nil {
				return err
			}
			if err := r.Timers().Cancel(ctx, t.Stream(), timerPoll); err != nil {
				return err
			}
			return saveTopUp(ctx, r, by, t, TopUpAbandoned{t.changed()})
		})
	}
	if err != nil {
		return nil, lance.Op("payments.AbandonTopUp", err)
	}
	return t, nil
}

// SettlePayout says how a payout ended that the provider never answered: paid, or
// rejected, which makes the amount available again. Faults: Unauthorized,
// Forbidden "role_required", NotFound "payout_not_found", Precondition
// "payout_state".
func (s *Service) SettlePayout(ctx context.Context, by lance.Actor, id PayoutID, paid bool) (*Payout, error) {
	out := provider.Outcome{State: provider.Refused, Code: "settled_by_admin"}
	if paid {
		out = provider.Outcome{State: provider.Succeeded}
	}
	var p *Payout
	err := by.RequireRole(lance.RoleAdmin)
	if err == nil {
		err = s.db.InTx(ctx, func(ctx context.Context, r Repos) (err error) {
			p, err = payoutIn(ctx, r, by, id, out, lance.ByAdmin)
			return err
		})
	}
	if err != nil {
		return nil, lance.Op("payments.SettlePayout", err)
	}
	return p, nil
}
