package payments

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments/provider"
)

// Payout reserves an amount of the party's available balance, of which what the
// party owes is taken first, and asks the provider to send it. It waits for the provider's first answer for
// Options.Wait; past that, or when the provider cannot be reached, it returns
// the payout in state requested, and the engine goes on. One that is refused at
// once is returned in state rejected, its amount available again.
//
// It fails with Unauthorized "actor_required", Forbidden "party_required" for
// the engine itself, Insufficient "balance_insufficient", Conflict "key_reused",
// and Invalid "invalid_input" with /amount ("money_not_positive",
// "money_overflow", "currency_unknown", "currency_unsupported"), /destination
// ("text_…", or "destination_unknown" when the provider says so, together with
// the stored payout) or /key ("key_syntax").
func (s *Service) Payout(ctx context.Context, by lance.Actor, in PayoutInput) (*Payout, error) {
	const op = "payments.Payout"
	id, err := lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (PayoutID, error) {
		return s.requestPayout(ctx, r, by, in)
	})
	if err == nil {
		err = s.callNow(ctx, s.pays(), string(id))
	}
	if err != nil {
		return nil, lance.Op(op, err)
	}
	p, err := s.GetPayout(ctx, by, id)
	if err == nil && p.State == Rejected && p.Code == provider.CodeDestinationUnknown {
		err = fieldFault("/destination", p.Code, "the provider does not know this destination")
	}
	return p, lance.Op(op, err)
}

// requestPayout keeps the amount back and stores the payout and the call that is
// owed.
func (s *Service) requestPayout(ctx context.Context, r Repos, by lance.Actor, in PayoutInput) (PayoutID, error) {
	party, err := owner(by)
	if err != nil {
		return "", err
	}
	if err := in.check(&s.opts); err != nil {
		return "", err
	}
	fresh := lance.NewID[PayoutID]("pyo", r)
	id, first, err := lance.Once(ctx, r, by, in.Key, "payments.Payout", in, string(fresh))
	if err != nil || !first {
		return PayoutID(id), err
	}
	p := &Payout{
		ID: fresh, Party: party, Amount: in.Amount, Destination: in.Destination,
		Provider: s.opts.Providers[0].Name(), State: PayoutLifecycle.Start(),
		CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
	if err := netIn(ctx, r, party, in.Amount.Currency()); err != nil {
		return "", err
	}
	if _, err := ledger.Post(ctx, r, planReserve(p)); err != nil {
		return "", err
	}
	if err := r.Payouts().Insert(ctx, p); err != nil {
		return "", err
	}
	if err := lance.Emit(ctx, r, by, p.change(), PayoutRequested{p.changed()}); err != nil {
		return "", err
	}
	return p.ID, owe(ctx, r, relayPay, p.Ref())
}

// GetPayout returns a payout to its party, an administrator or the engine. It
// fails with Unauthorized "actor_required", or NotFound "payout_not_found" for
// anybody else.
func (s *Service) GetPayout(ctx context.Context, by lance.Actor, id PayoutID) (*Payout, error) {
	return lance.Read(ctx, s.db, "payments.GetPayout", func(ctx context.Context, r Repos) (*Payout, error) {
		return read(ctx, r.Payouts(), PayoutTable, by, id)
	})
}

// Payouts lists the actor's own payouts, the latest first. It fails with
// Unauthorized "actor_required", or Invalid "invalid_input" with /limit
// ("limit_range") or /cursor ("cursor_syntax").
func (s *Service) Payouts(ctx context.Context, by lance.Actor, q lance.PageQuery) (lance.Page[Payout], error) {
	return lance.Read(ctx, s.db, "payments.Payouts", func(ctx context.Context, r Repos) (lance.Page[Payout], error) {
		return list(ctx, r.Payouts(), PayoutTable, by, q)
	})
}

// SettlePayout says for an administrator how a payout ended that the provider
// never answered: Pay, or Reject, which makes the amount available again. Nobody
// does that with his own.
//
// It fails with Unauthorized "actor_required", NotFound "payout_not_found",
// Forbidden "payout_relation", and Precondition "payout_state", or
// "payout_underway" while the provider is still to be asked to send it: who
// rejected it then could pay it twice.
func (s *Service) SettlePayout(ctx context.Context, by lance.Actor, id PayoutID, do PayoutAction) (*Payout, error) {
	return lance.Do(ctx, s.db, "payments.SettlePayout", func(ctx context.Context, r Repos) (*Payout, error) {
		if err := r.Lock(ctx, payoutRef(id)); err != nil {
			return nil, err
		}
		p, err := read(ctx, r.Payouts(), PayoutTable, by, id)
		if err != nil {
			return nil, err
		}
		as := relations(by, p.Party)
		if _, err := PayoutLifecycle.Next(p.State, do, as...); err != nil {
			return nil, err
		}
		if asked, err := owed(ctx, r, relayPay, p.Ref()); err != nil || asked {
			return nil, underway(payoutNoun, err)
		}
		err = p.act(ctx, r, by, do, codeByAdmin, as...)
		return p, err
	})
}

// codeByAdmin is why a payout was rejected that an administrator has settled.
const codeByAdmin = "settled_by_admin"
