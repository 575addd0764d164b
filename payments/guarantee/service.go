package guarantee

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/policy"
)

// Options are what a Service takes from its surroundings.
type Options struct {
	Arbiters dispute.Arbiters // who may judge; nil: each arbiter takes claims himself, and is taken at his word
}

// Service does each operation in a transaction of its own. It has no state.
type Service struct {
	db       lance.Runner[Repos]
	arbiters dispute.Arbiters
}

// NewService returns a service on a store that has the repositories of payments and
// claims. Nil options take the defaults.
func NewService[R Repos](db lance.Runner[R], opts *Options) *Service {
	s := &Service{db: lance.Narrow(db, func(r R) Repos { return r })}
	if opts != nil {
		s.arbiters = opts.Arbiters
	}
	return s
}

// File makes a claim. It fails as FileIn does.
func (s *Service) File(ctx context.Context, by lance.Actor, in FileInput) (*Claim, error) {
	in.By = by
	return lance.Do(ctx, s.db, "guarantee.File", func(ctx context.Context, r Repos) (*Claim, error) { return FileIn(ctx, r, in) })
}

// Withdraw takes a claim back that has not ended, for the payer. It fails as UpholdIn
// does.
func (s *Service) Withdraw(ctx context.Context, by lance.Actor, in ActInput) (*Claim, error) {
	return s.run(ctx, "guarantee.Withdraw", command{By: by, Key: in.Key, Claim: in.Claim, Version: in.Version}, Withdraw)
}

// Assign says who decides about a claim, where the policy has an arbiter do that. An
// administrator without a stake assigns, also instead of somebody who was assigned
// before; an arbiter takes a claim that has nobody. Whoever is assigned is an arbiter
// and has no stake: he is no party and has not acted on the agreement.
//
// It fails as UpholdIn does, with Invalid "/user" for who is no arbiter, and
// Precondition "arbiter_stake", or "guarantee_judge" where administrators decide.
func (s *Service) Assign(ctx context.Context, by lance.Actor, in AssignInput) (*Claim, error) {
	cmd := command{By: by, Key: in.Key, Claim: in.Claim, Version: in.Version, User: in.User}
	return s.judge(ctx, "guarantee.Assign", cmd, Assign, in.User)
}

// Uphold grants a claim. It fails as UpholdIn does, and with Precondition
// "arbiter_stake" for an arbiter of whom Options.Arbiters says that he may not judge
// any more.
func (s *Service) Uphold(ctx context.Context, by lance.Actor, in UpholdInput) (*Claim, error) {
	in.By = by
	return s.judge(ctx, "guarantee.Uphold", in.command(), Uphold, by.User)
}

// Reject grants nothing of a claim. It fails as Uphold does.
func (s *Service) Reject(ctx context.Context, by lance.Actor, in RejectInput) (*Claim, error) {
	in.By = by
	return s.judge(ctx, "guarantee.Reject", in.command(), Reject, by.User)
}

// judge does what takes somebody who may judge. That he may not counts for an actor
// who sees the claim, and not for what was done before under the same key.
func (s *Service) judge(ctx context.Context, op string, in command, do Action, user lance.UserID) (*Claim, error) {
	c, err := s.Get(ctx, in.By, in.Claim)
	if err == nil && (do == Assign || c.Terms.Judge == policy.JudgeArbiter) {
		err = dispute.CheckJudge(ctx, s.arbiters, in.By, user, c.Parties())
	}
	if kind := lance.KindOf(err); err != nil && kind != lance.NotFound && kind != lance.Invalid {
		return nil, lance.Op(op, err)
	}
	in.unfit = err
	return s.run(ctx, op, in, do)
}

// Pay tries for an administrator without a stake to pay a claim that is upheld, before
// its clock does. It fails as UpholdIn does, with Insufficient
// "guarantee_fund_insufficient" while the fund has not enough, and Precondition
// "guarantee_frozen" while the agreement is frozen or "guarantee_chargeback" while a
// chargeback about what was released is open.
func (s *Service) Pay(ctx context.Context, by lance.Actor, in ActInput) (*Claim, error) {
	return s.run(ctx, "guarantee.Pay", command{By: by, Key: in.Key, Claim: in.Claim, Version: in.Version}, Pay)
}

func (s *Service) run(ctx context.Context, op string, in command, do Action) (*Claim, error) {
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Claim, error) { return run(ctx, r, in, do) })
}

// Get returns a claim. It fails as GetIn does.
func (s *Service) Get(ctx context.Context, by lance.Actor, id ID) (*Claim, error) {
	return lance.Read(ctx, s.db, "guarantee.Get", func(ctx context.Context, r Repos) (*Claim, error) { return GetIn(ctx, r, by, id) })
}

// Timers returns the clock of a claim: when it is decided by itself, or when it is
// tried again to pay it. It fails as GetIn does.
func (s *Service) Timers(ctx context.Context, by lance.Actor, id ID) ([]lance.Timer, error) {
	return lance.Read(ctx, s.db, "guarantee.Timers", func(ctx context.Context, r Repos) ([]lance.Timer, error) {
		c, err := GetIn(ctx, r, by, id)
		if err != nil {
			return nil, err
		}
		return c.timers(ctx, r)
	})
}

// List returns one page of claims, oldest first: those that the caller's party has
// made or was paid for, that he decides or could take, or all for an administrator who
// names none. It fails with Unauthorized "actor_required", or Invalid "invalid_input"
// for the relation, the state, the limit or the cursor.
func (s *Service) List(ctx context.Context, by lance.Actor, q Query) (lance.Page[Claim], error) {
	return lance.Read(ctx, s.db, "guarantee.List", func(ctx context.Context, r Repos) (lance.Page[Claim], error) {
		f, err := q.filter(by)
		if err != nil {
			return lance.Page[Claim]{}, err
		}
		find := lance.Only(r.Claims().Find, Table, func(c *Claim) bool {
			return c.Visible(by) && (q.As != ByCandidate || slices.Contains(c.Relations(by), ByCandidate))
		})
		return lance.ListBy(ctx, find, Table, f, q.PageQuery)
	})
}
