package ledger

import (
	"context"

	"github.com/megilance/lance"
)

// Service answers an auditor's and an operator's questions, each in a view of
// its own. It has no state. Its methods are for administrators and the engine:
// to others they fail with Unauthorized "actor_required" or Forbidden
// "role_required".
type Service struct{ db lance.Runner[Repos] }

// NewService returns a service on a store that keeps the books.
func NewService[R Repos](db lance.Runner[R]) *Service {
	return &Service{lance.Narrow(db, func(r R) Repos { return r })}
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
	return ask(ctx, s, by, "ledger.TrialBalance", func(ctx context.Context, r Repos) (Trial, error) { return TrialBalance(ctx, r) })
}

// Statement returns one page of an account's lines, the latest first. It fails
// as the function of that name does.
func (s *Service) Statement(ctx context.Context, by lance.Actor, a Account, q lance.PageQuery) (lance.Page[Line], error) {
	return ask(ctx, s, by, "ledger.Statement", func(ctx context.Context, r Repos) (lance.Page[Line], error) { return Statement(ctx, r, a, q) })
}
