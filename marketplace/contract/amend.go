package contract

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// Amend proposes another amount for a milestone, for one of its parties, or a
// counter to what the other has proposed. It stands as long as the policy says.
// Faults: NotFound; Forbidden "milestone_relation" for an administrator;
// Precondition "milestone_state", "amendment_low" for an amount of which nothing
// would be left, or "amendment_limit" after twenty proposals; Invalid "/amount";
// Conflict "key_reused".
func (s *Service) Amend(ctx context.Context, by lance.Actor, in AmendInput) (*MilestoneDetails, error) {
	return s.work(ctx, by, task{
		op: "contract.Amend", id: in.Milestone, key: in.Key, input: in, do: Amend,
		act: func(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error) {
			_, err := escrow.AmendIn(ctx, r, escrow.AmendInput{By: by, Agreement: p.a.ID, Amount: in.Amount})
			return nil, err
		},
	})
}

// AcceptAmendment agrees to the amount that the other party proposes: in one
// transaction what is held, the milestone's amount and the contract's total
// change. Where the milestone was funded what is lacking comes from what the
// client has available, and what is too much goes back to him. Faults: NotFound;
// Forbidden "milestone_relation" for an administrator, or "amendment_own" for who
// proposed it; Precondition "milestone_state", "amendment_none", "amendment_over",
// "amendment_low" or "funds_old"; Stale "amendment_changed" when in.Amount is not
// the one that is proposed now; Insufficient "balance_insufficient"; Conflict "key_reused".
func (s *Service) AcceptAmendment(ctx context.Context, by lance.Actor, in AcceptAmendmentInput) (*MilestoneDetails, error) {
	return s.work(ctx, by, task{
		op: "contract.AcceptAmendment", id: in.Milestone, key: in.Key, input: in, do: AcceptAmendment, ends: true,
		act: func(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error) {
			a, err := escrow.AcceptAmendmentIn(ctx, r, escrow.AcceptAmendmentInput{By: by, Agreement: p.a.ID, Amount: in.Amount})
			if err != nil {
				return nil, err
			}
			p.a = a
			return reprice(ctx, r, by, p)
		},
	})
}

// DeclineAmendment refuses the amount that the other party proposes, or takes
// one's own back. Faults: NotFound; Forbidden "milestone_relation" for an
// administrator; Precondition "milestone_state" or "amendment_none"; Conflict
// "key_reused".
func (s *Service) DeclineAmendment(ctx context.Context, by lance.Actor, in DeclineAmendmentInput) (*MilestoneDetails, error) {
	return s.work(ctx, by, task{
		op: "contract.DeclineAmendment", id: in.Milestone, key: in.Key, input: in, do: DeclineAmendment,
		act: func(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error) {
			_, err := escrow.DeclineAmendmentIn(ctx, r, escrow.DeclineAmendmentInput{By: by, Agreement: p.a.ID})
			return nil, err
		},
	})
}

// reprice lets the milestone's amount and the contract's total follow the price
// of the agreement. The contract is locked.
func reprice(ctx context.Context, r Repos, by lance.Actor, p *piece) (lance.Payload, error) {
	others, err := p.c.Total.Sub(p.m.Amount)
	if err != nil {
		return nil, err
	}
	before := p.m.Amount
	p.m.Amount = p.a.Amount
	if p.c.Total, err = others.Add(p.m.Amount); err != nil {
		return nil, err
	}
	if err := r.Contracts().Update(ctx, p.c); err != nil {
		return nil, err
	}
	return AmendedMilestone{p.m.changed(), before}, emit(ctx, r, by, p.c, Amended{p.c.changed(), p.m.ID})
}

// shared are the actions that the agreement has the same of, and may not allow now.
var shared = map[MilestoneAction]escrow.Action{
	Approve: escrow.Approve, Amend: escrow.Amend, AcceptAmendment: escrow.AcceptAmendment, DeclineAmendment: escrow.DeclineAmendment,
	Close: escrow.Close,
}

// offered leaves those of the actions out that the agreement does not allow the
// actor now.
func offered(actions []MilestoneAction, a *escrow.Agreement, by lance.Actor) []MilestoneAction {
	may := a.AllowedActions(by)
	return slices.DeleteFunc(actions, func(do MilestoneAction) bool {
		same, is := shared[do]
		return is && !slices.Contains(may, same) || do == CancelMilestone && slices.Contains(may, escrow.Close)
	})
}
