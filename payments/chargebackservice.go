package payments

import (
	"context"

	"github.com/megilance/lance"
)

// GetChargeback returns a chargeback to whom it concerns, an administrator or the
// engine. A party sees the parts that are its own, and neither Fee, Owed nor Loss,
// which are zero then. It fails with
// Unauthorized "actor_required", or NotFound "chargeback_not_found" for anybody
// else.
func (s *Service) GetChargeback(ctx context.Context, by lance.Actor, id ChargebackID) (*Chargeback, error) {
	return lance.Read(ctx, s.db, "payments.GetChargeback", func(ctx context.Context, r Repos) (*Chargeback, error) {
		return getChargeback(ctx, r, by, id)
	})
}

func getChargeback(ctx context.Context, r Repos, by lance.Actor, id ChargebackID) (*Chargeback, error) {
	if err := by.Require(); err != nil {
		return nil, err
	}
	c, err := r.Chargebacks().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if c = c.shownTo(by); c == nil {
		return nil, ChargebackTable.NotFound()
	}
	return c, nil
}

// Chargebacks lists the chargebacks of the actor's own charges, or with all, for an
// administrator, those of everybody, the latest first, as GetChargeback shows them. It
// fails with Unauthorized
// "actor_required", Forbidden "role_required", or Invalid "invalid_input" with
// /limit ("limit_range") or /cursor ("cursor_syntax").
func (s *Service) Chargebacks(ctx context.Context, by lance.Actor, all bool, q lance.PageQuery) (lance.Page[Chargeback], error) {
	return lance.Read(ctx, s.db, "payments.Chargebacks", func(ctx context.Context, r Repos) (lance.Page[Chargeback], error) {
		page, err := listAll(ctx, r.Chargebacks(), ChargebackTable, by, all, q)
		for i, c := range page.Items {
			page.Items[i] = c.shownTo(by)
		}
		return page, err
	})
}

// SettleChargeback says for an administrator how a chargeback ended that the
// provider never answered: Win or Lose. Nobody does that whom it concerns. How it
// ended otherwise after all the provider says alone.
//
// It fails with Unauthorized "actor_required", NotFound "chargeback_not_found",
// Forbidden "chargeback_relation", and Precondition "chargeback_state".
func (s *Service) SettleChargeback(ctx context.Context, by lance.Actor, id ChargebackID, do ChargebackAction) (*Chargeback, error) {
	return lance.Do(ctx, s.db, "payments.SettleChargeback", func(ctx context.Context, r Repos) (*Chargeback, error) {
		if _, err := getChargeback(ctx, r, by, id); err != nil {
			return nil, err
		}
		c, err := lockChargeback(ctx, r, id)
		if err != nil {
			return nil, err
		}
		if c.State != Open && len(c.relations(by)) > 0 {
			return nil, lance.E(lance.Precondition, chargebackNoun+"_state", "it has ended: only the provider says otherwise")
		}
		err = c.act(ctx, r, by, do, c.relations(by)...)
		return c, err
	})
}

// overdue warns that nobody has said how a chargeback ended, and later that it
// counts as lost.
func overdue(ctx context.Context, r Repos, t lance.Timer) error {
	c, err := r.Chargebacks().Get(ctx, ChargebackID(t.Owner.ID))
	if err != nil {
		return err
	}
	if err := r.Lock(ctx, payerRef(c.Party)); err != nil {
		return err
	}
	if c, err = r.Chargebacks().Get(ctx, c.ID); err != nil || c.State != Open {
		return err
	}
	if !c.WarnedAt.IsZero() {
		return c.save(ctx, r, byBank, ChargebackLapsed{c.changed()})
	}
	c.WarnedAt = r.Now()
	due := c.WarnedAt.Add(c.Losses.Lapse)
	if err := r.Timers().Set(ctx, lance.Timer{Owner: c.Ref(), Kind: timerOverdue, DueAt: due}); err != nil {
		return err
	}
	return c.save(ctx, r, byBank, ChargebackOverdue{c.changed(), due})
}

// lapsed takes a chargeback for lost of which nobody has said how it ended. It does
// not do so with the timer, which holds a lock that sorts after those of agreements.
func lapsed(ctx context.Context, r Repos, _ lance.Event, ev ChargebackLapsed) error {
	c, err := lockChargeback(ctx, r, ev.Chargeback)
	if err != nil || c.State != Open {
		return err
	}
	return c.act(ctx, r, byBank, Lose, lance.ByClock)
}
