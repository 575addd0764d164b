package escrow

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// Options are what a Service takes from its surroundings.
type Options struct {
	Policy *policy.Document // what new agreements are made under; nil is policy.Default
	// Managed are the kinds of subject whose agreements a package above makes and
	// whose work goes on through it. Their money is moved here as any other; Agree,
	// Submit and RequestChanges are that package's.
	Managed []string
}

// Service does each operation in a transaction of its own; callers who fund,
// approve, release or refund at the same time share one. It has no state but
// those callers.
type Service struct {
	db      lance.Runner[Repos]
	line    lance.Line[*doing]
	policy  policy.Document
	managed []string
}

// NewService returns a service on a store that has escrow's repositories. Nil
// options take the defaults.
func NewService[R Repos](db lance.Runner[R], opts *Options) *Service {
	s := &Service{db: lance.Narrow(db, func(r R) Repos { return r }), policy: policy.Default()}
	s.line.Lanes = min(lanes, lance.Writers(db))
	if opts != nil {
		s.managed = opts.Managed
		if opts.Policy != nil {
			s.policy = *opts.Policy
		}
	}
	return s
}

// Agree makes or proposes an agreement under the service's policy, or in.Policy. It fails as
// AgreeIn does, and with Invalid "/subject/kind" for a managed one.
func (s *Service) Agree(ctx context.Context, by lance.Actor, in AgreeInput) (*Agreement, error) {
	in.By, in.house = by, &s.policy
	if slices.Contains(s.managed, in.Subject.Kind) {
		var f lance.Faults
		f.Add("/subject/kind", "subject_managed", "agreements about this are made elsewhere")
		return nil, lance.Op("escrow.Agree", f.Err())
	}
	return do(ctx, s, "escrow.Agree", AgreeIn, in)
}

// Accept agrees to what the other party has proposed. It fails as AcceptIn
// does.
func (s *Service) Accept(ctx context.Context, by lance.Actor, in AcceptInput) (*Agreement, error) {
	in.By = by
	return do(ctx, s, "escrow.Accept", AcceptIn, in)
}

// Fund moves the price, or a part of it, and the payer's fees into the hold. It
// fails as FundIn does.
func (s *Service) Fund(ctx context.Context, by lance.Actor, in FundInput) (*Agreement, error) {
	in.By = by
	return s.share(ctx, "escrow.Fund", Fund, in.command())
}

// Submit says that the work is done and starts the inspection clock. It fails as
// SubmitIn does, and with Precondition "agreement_managed" about a managed subject.
func (s *Service) Submit(ctx context.Context, by lance.Actor, in SubmitInput) (*Agreement, error) {
	in.By = by
	return do(ctx, s, "escrow.Submit", apart(s, by, in.Agreement, SubmitIn), in)
}

// RequestChanges says that the work is not done and stops the clock. It fails as
// RequestChangesIn does, and with Precondition "agreement_managed" about a managed
// subject.
func (s *Service) RequestChanges(ctx context.Context, by lance.Actor, in RequestChangesInput) (*Agreement, error) {
	in.By = by
	return do(ctx, s, "escrow.RequestChanges", apart(s, by, in.Agreement, RequestChangesIn), in)
}

// Approve pays all that is left. It fails as ApproveIn does.
func (s *Service) Approve(ctx context.Context, by lance.Actor, in ApproveInput) (*Agreement, error) {
	in.By = by
	return s.share(ctx, "escrow.Approve", Approve, in.command())
}

// Release pays a part; the rest rolls forward. It fails as ReleaseIn does.
func (s *Service) Release(ctx context.Context, by lance.Actor, in ReleaseInput) (*Agreement, error) {
	in.By = by
	return s.share(ctx, "escrow.Release", Release, in.command())
}

// Refund sends a part, or all that is left, back. It fails as RefundIn does.
func (s *Service) Refund(ctx context.Context, by lance.Actor, in RefundInput) (*Agreement, error) {
	in.By = by
	return s.share(ctx, "escrow.Refund", Refund, in.command())
}

// AskRefund asks money back. It fails as AskRefundIn does.
func (s *Service) AskRefund(ctx context.Context, by lance.Actor, in AskRefundInput) (*Agreement, error) {
	in.By = by
	return do(ctx, s, "escrow.AskRefund", AskRefundIn, in)
}

// DeclineRefund answers a request for money back with no. It fails as DeclineRefundIn
// does.
func (s *Service) DeclineRefund(ctx context.Context, by lance.Actor, in DeclineRefundInput) (*Agreement, error) {
	in.By = by
	return do(ctx, s, "escrow.DeclineRefund", DeclineRefundIn, in)
}

// Amend proposes another price, or a counter to one. It fails as AmendIn
// does.
func (s *Service) Amend(ctx context.Context, by lance.Actor, in AmendInput) (*Agreement, error) {
	in.By = by
	return do(ctx, s, "escrow.Amend", AmendIn, in)
}

// AcceptAmendment agrees to the proposed price and changes what is held. It fails as AcceptAmendmentIn
// does.
func (s *Service) AcceptAmendment(ctx context.Context, by lance.Actor, in AcceptAmendmentInput) (*Agreement, error) {
	in.By = by
	return do(ctx, s, "escrow.AcceptAmendment", AcceptAmendmentIn, in)
}

// DeclineAmendment refuses the proposed price, or takes it back. It fails as DeclineAmendmentIn
// does.
func (s *Service) DeclineAmendment(ctx context.Context, by lance.Actor, in DeclineAmendmentInput) (*Agreement, error) {
	in.By = by
	return do(ctx, s, "escrow.DeclineAmendment", DeclineAmendmentIn, in)
}

// Cancel ends an agreement that holds nothing. It fails as CancelIn does.
func (s *Service) Cancel(ctx context.Context, by lance.Actor, in CancelInput) (*Agreement, error) {
	in.By = by
	return do(ctx, s, "escrow.Cancel", CancelIn, in)
}

// apart lets fn at an agreement whose work goes on here, and nowhere else.
func apart[I any](
	s *Service, by lance.Actor, id ID, fn func(context.Context, Repos, I) (*Agreement, error),
) func(context.Context, Repos, I) (*Agreement, error) {
	return func(ctx context.Context, r Repos, in I) (*Agreement, error) {
		if len(s.managed) > 0 {
			a, err := GetIn(ctx, r, by, id)
			if err != nil {
				return nil, err
			}
			if slices.Contains(s.managed, a.Subject.Kind) {
				return nil, lance.E(lance.Precondition, "agreement_managed", "the work goes on through what the agreement is about")
			}
		}
		return fn(ctx, r, in)
	}
}

// AllowedActions returns what the actor may do now to the agreement by this
// service: without the work of a managed one.
func (s *Service) AllowedActions(a *Agreement, by lance.Actor) []Action {
	return slices.DeleteFunc(a.AllowedActions(by), func(do Action) bool {
		return (do == Submit || do == RequestChanges) && slices.Contains(s.managed, a.Subject.Kind)
	})
}

// Policy returns what new agreements are made under.
func (s *Service) Policy() policy.Document { return s.policy }

// do runs one operation in a transaction.
func do[I any](ctx context.Context, s *Service, op string, fn func(context.Context, Repos, I) (*Agreement, error), in I) (*Agreement, error) {
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Agreement, error) { return fn(ctx, r, in) })
}

// Get returns an agreement. It fails as GetIn does.
func (s *Service) Get(ctx context.Context, by lance.Actor, id ID) (*Agreement, error) {
	return lance.Read(ctx, s.db, "escrow.Get", func(ctx context.Context, r Repos) (*Agreement, error) {
		return GetIn(ctx, r, by, id)
	})
}

// Timers returns the clocks of an agreement: when each fires, or why it stands.
// It fails as GetIn does.
func (s *Service) Timers(ctx context.Context, by lance.Actor, id ID) ([]lance.Timer, error) {
	return lance.Read(ctx, s.db, "escrow.Timers", func(ctx context.Context, r Repos) ([]lance.Timer, error) {
		if _, err := GetIn(ctx, r, by, id); err != nil {
			return nil, err
		}
		return r.Timers().Of(ctx, Ref(id))
	})
}

// List returns one page of agreements, oldest first: those of the caller's party
// on the side q.As, or all for an administrator who names no side. It fails with
// Unauthorized "actor_required", or Invalid "invalid_input" for the side, the
// state, the limit or the cursor.
func (s *Service) List(ctx context.Context, by lance.Actor, q Query) (lance.Page[Agreement], error) {
	return lance.Read(ctx, s.db, "escrow.List", func(ctx context.Context, r Repos) (lance.Page[Agreement], error) {
		f, err := q.filter(by)
		if err != nil {
			return lance.Page[Agreement]{}, err
		}
		return lance.List(ctx, r.Agreements(), Table, f, q.PageQuery)
	})
}

// Quote says what a price would cost whom under the service's policy. It fails
// as policy.Quote does.
func (s *Service) Quote(price lance.Money) (policy.Quoted, error) {
	q, err := policy.Quote(s.policy, price)
	return q, lance.Op("escrow.Quote", err)
}

// MayPost reports whether a party may show a job of that price under the
// service's policy: where the rule of funding is on_post, it has to have
// available what the price and its fees cost. It fails with Precondition
// "funding_required", Unauthorized "actor_required", and as Quote does.
func (s *Service) MayPost(ctx context.Context, by lance.Actor, price lance.Money) error {
	const op = "escrow.MayPost"
	if err := by.Require(); err != nil {
		return lance.Op(op, err)
	}
	if s.policy.Funding != policy.OnPost {
		return nil
	}
	q, err := policy.Quote(s.policy, price)
	if err != nil {
		return lance.Op(op, err)
	}
	has, err := lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) ([]ledger.Balance, error) {
		return ledger.BalancesOf(ctx, r, ledger.Available(by.Party, price.Currency()))
	})
	if err == nil && has[0].Available().Minor() < q.PayerPays.Minor() {
		err = lance.Op(op, lance.E(lance.Precondition, "funding_required", "the price and its fees have to be available first"))
	}
	return err
}
