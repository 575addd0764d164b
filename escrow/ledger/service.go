package ledger

import (
	"context"
	"time"

	"github.com/megilance/lance"
)

// Service posts, and answers an auditor's and an operator's questions, each in a
// view of its own. Methods that take an actor are for administrators and the
// engine: to others they fail with Unauthorized "actor_required" or Forbidden
// "role_required". It has no state but the callers who wait to post.
type Service struct {
	db   lance.Runner[Repos]
	line lance.Line[*posting]
}

// NewService returns a service on a store that keeps the books.
func NewService[R Repos](db lance.Runner[R]) *Service {
	s := &Service{db: lance.Narrow(db, func(r R) Repos { return r })}
	s.line.Lanes = min(lanes, lance.Writers(db))
	return s
}

// ask runs one question for who may ask it.
func ask[T any](ctx context.Context, s *Service, by lance.Actor, op string, fn func(ctx context.Context, r Repos) (T, error)) (T, error) {
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		var none T
		return none, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, fn)
}

// TrialBalance sums up the stored balances, currency by currency.
func (s *Service) TrialBalance(ctx context.Context, by lance.Actor) (Trial, error) {
	return ask(ctx, s, by, "ledger.TrialBalance", TrialBalance)
}

// Coverage compares, currency by currency, what backs the parties' money with
// what they are owed.
func (s *Service) Coverage(ctx context.Context, by lance.Actor) ([]Cover, error) {
	return ask(ctx, s, by, "ledger.Coverage", CoverageOf)
}

// Covered is for a host's readiness: it fails with Unavailable "coverage_broken"
// while the money of parties in any currency is not covered. It looks at every
// balance.
func (s *Service) Covered(ctx context.Context) error {
	all, err := s.Coverage(ctx, lance.System("readiness"))
	for _, c := range all {
		if err == nil && !c.Covered() {
			err = lance.E(lance.Unavailable, "coverage_broken", "cash and clearing do not cover what parties are owed")
		}
	}
	return lance.Op("ledger.Covered", err)
}

// BalanceAt returns what an account had at a time. It fails as the function of
// that name does.
func (s *Service) BalanceAt(ctx context.Context, by lance.Actor, a Account, at time.Time) (Balance, error) {
	return ask(ctx, s, by, "ledger.BalanceAt", func(ctx context.Context, r Repos) (Balance, error) { return BalanceAt(ctx, r, a, at) })
}

// PartyAt returns what each account of a party had of a currency at a time. It
// fails as the function of that name does.
func (s *Service) PartyAt(ctx context.Context, by lance.Actor, p lance.PartyID, c lance.Currency, at time.Time) ([]Balance, error) {
	return ask(ctx, s, by, "ledger.PartyAt", func(ctx context.Context, r Repos) ([]Balance, error) { return PartyAt(ctx, r, p, c, at) })
}

// Statement returns one page of an account's lines, the latest first. It fails
// as the function of that name does.
func (s *Service) Statement(ctx context.Context, by lance.Actor, a Account, q lance.PageQuery) (lance.Page[Line], error) {
	return ask(ctx, s, by, "ledger.Statement", func(ctx context.Context, r Repos) (lance.Page[Line], error) { return Statement(ctx, r, a, q) })
}

// Transfer returns a transfer with those that correct it. It fails with NotFound
// "transfer_not_found".
func (s *Service) Transfer(ctx context.Context, by lance.Actor, id TransferID) (*Corrected, error) {
	return ask(ctx, s, by, "ledger.Transfer", func(ctx context.Context, r Repos) (*Corrected, error) { return CorrectedOf(ctx, r, id) })
}

// Checkpoints returns one page of the log's checkpoints, the latest first. It
// fails with Invalid "limit_range" or "cursor_syntax".
func (s *Service) Checkpoints(ctx context.Context, by lance.Actor, q lance.PageQuery) (lance.Page[lance.Checkpoint], error) {
	return ask(ctx, s, by, "ledger.Checkpoints", func(ctx context.Context, r Repos) (lance.Page[lance.Checkpoint], error) {
		return lance.Checkpoints(ctx, r, q)
	})
}
