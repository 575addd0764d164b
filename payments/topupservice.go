package payments

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

// TopUp charges a payment method and credits the party's wallet when the
// provider confirms. It waits for the provider's answer for Options.Wait; past
// that, or when the provider cannot be reached, it returns the top-up in state
// processing, and the engine goes on. A refusal returns the stored top-up
// together with Declined "top_up_declined"; the same key again answers the same.
//
// It fails with Unauthorized "actor_required", Forbidden "party_required" for
// the engine itself, Conflict "key_reused", and Invalid "invalid_input" with
// /amount ("money_not_positive", "money_overflow", "currency_unknown",
// "currency_unsupported"), /payment_method ("text_…", or "method_unknown" when
// the provider says so, together with the stored top-up) or /key ("key_syntax").
func (s *Service) TopUp(ctx context.Context, by lance.Actor, in TopUpInput) (*TopUp, error) {
	const op = "payments.TopUp"
	id, err := lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (TopUpID, error) {
		return s.requestTopUp(ctx, r, by, in)
	})
	if err == nil {
		err = s.callNow(ctx, s.charges(), string(id))
	}
	if err != nil {
		return nil, lance.Op(op, err)
	}
	t, err := s.GetTopUp(ctx, by, id)
	if err == nil && t.State == Declined {
		err = t.refusal()
	}
	return t, lance.Op(op, err)
}

// refusal is what a top-up that was declined is answered with.
func (t *TopUp) refusal() error {
	if t.Code == provider.CodeMethodUnknown {
		return fieldFault("/payment_method", t.Code, "the provider does not know this payment method")
	}
	return lance.E(lance.Declined, "top_up_declined", "the payment was declined")
}

// requestTopUp stores a top-up and the charge that is owed for it.
func (s *Service) requestTopUp(ctx context.Context, r Repos, by lance.Actor, in TopUpInput) (TopUpID, error) {
	party, err := owner(by)
	if err != nil {
		return "", err
	}
	if err := in.check(&s.opts); err != nil {
		return "", err
	}
	fresh := lance.NewID[TopUpID]("top", r)
	id, first, err := lance.Once(ctx, r, by, in.Key, "payments.TopUp", in, string(fresh))
	if err != nil || !first {
		return TopUpID(id), err
	}
	t := &TopUp{
		ID: fresh, Party: party, Amount: in.Amount, Method: in.Method,
		Provider: s.opts.Providers[0].Name(), State: TopUpLifecycle.Start(),
		CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
	if err := r.TopUps().Insert(ctx, t); err != nil {
		return "", err
	}
	if err := lance.Emit(ctx, r, by, t.change(), TopUpRequested{t.changed()}); err != nil {
		return "", err
	}
	return t.ID, owe(ctx, r, relayCharge, t.Ref())
}

// GetTopUp returns a top-up to its party, an administrator or the engine. It
// fails with Unauthorized "actor_required", or NotFound "top_up_not_found" for
// anybody else.
func (s *Service) GetTopUp(ctx context.Context, by lance.Actor, id TopUpID) (*TopUp, error) {
	return lance.Read(ctx, s.db, "payments.GetTopUp", func(ctx context.Context, r Repos) (*TopUp, error) {
		return read(ctx, r.TopUps(), TopUpTable, by, id)
	})
}

// TopUps lists the actor's own top-ups, the latest first. It fails with
// Unauthorized "actor_required", or Invalid "invalid_input" with /limit
// ("limit_range") or /cursor ("cursor_syntax").
func (s *Service) TopUps(ctx context.Context, by lance.Actor, q lance.PageQuery) (lance.Page[TopUp], error) {
	return lance.Read(ctx, s.db, "payments.TopUps", func(ctx context.Context, r Repos) (lance.Page[TopUp], error) {
		return list(ctx, r.TopUps(), TopUpTable, by, q)
	})
}

// AbandonTopUp gives up a top-up that the provider never answered. If the
// provider confirms it later, it is credited all the same. Only an administrator
// does that, and not with his own.
//
// It fails with Unauthorized "actor_required", NotFound "top_up_not_found",
// Forbidden "top_up_relation", and Precondition "top_up_state", or
// "top_up_underway" while the provider is still to be asked for the charge.
func (s *Service) AbandonTopUp(ctx context.Context, by lance.Actor, id TopUpID) (*TopUp, error) {
	return lance.Do(ctx, s.db, "payments.AbandonTopUp", func(ctx context.Context, r Repos) (*TopUp, error) {
		if err := r.Lock(ctx, topUpRef(id)); err != nil {
			return nil, err
		}
		t, err := read(ctx, r.TopUps(), TopUpTable, by, id)
		if err != nil {
			return nil, err
		}
		if t.State, err = TopUpLifecycle.Next(t.State, Abandon, relations(by, t.Party)...); err != nil {
			return nil, err
		}
		if asked, err := owed(ctx, r, relayCharge, t.Ref()); err != nil || asked {
			return nil, underway(topUpNoun, err)
		}
		err = t.end(ctx, r, by, TopUpAbandoned{t.changed()})
		return t, err
	})
}

// underway is the fault of what cannot be ended by hand while a worker may be
// calling the provider about it; err goes before it.
func underway(noun string, err error) error {
	if err != nil {
		return err
	}
	return lance.E(lance.Precondition, noun+"_underway", "the provider is still being asked")
}
