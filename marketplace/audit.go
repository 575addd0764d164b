package marketplace

import (
	"context"
	"io"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
)

// Scope is what Verify covers: the books and every aggregate that has events.
func Scope() lance.Scope[Repos] {
	own := lance.Scope[Repos]{Aggregates: []lance.Aggregate[Repos]{
		aggregate(auth.UserTable, func(r Repos) lance.Rows[auth.User, lance.UserID] { return r.Users() }, func(u *auth.User) auth.State { return u.State }),
		lance.AggregateOf(auth.SessionTable, func(r Repos) lance.Rows[auth.Session, auth.SessionID] { return r.Sessions() }, nil),
		aggregate(auth.ChallengeTable, func(r Repos) lance.Rows[auth.Challenge, auth.ChallengeID] { return r.Challenges() }, func(c *auth.Challenge) auth.ChallengeState { return c.State }),
		aggregate(payments.TopUpTable, func(r Repos) lance.Rows[payments.TopUp, payments.TopUpID] { return r.TopUps() }, func(t *payments.TopUp) payments.TopUpState { return t.State }),
		aggregate(payments.PayoutTable, func(r Repos) lance.Rows[payments.Payout, payments.PayoutID] { return r.Payouts() }, func(p *payments.Payout) payments.PayoutState { return p.State }),
		aggregate(payments.ChargebackTable, func(r Repos) lance.Rows[payments.Chargeback, payments.ChargebackID] { return r.Chargebacks() }, func(c *payments.Chargeback) payments.ChargebackState { return c.State }),
		aggregate(payments.DebtTable, func(r Repos) lance.Rows[payments.Debt, payments.DebtID] { return r.Debts() }, func(d *payments.Debt) payments.DebtState { return d.State }),
		lance.AggregateOf(payments.ProviderEventTable, func(r Repos) lance.Rows[payments.ProviderEvent, payments.ProviderEventID] { return r.ProviderEvents() }, nil),
		aggregate(taxonomy.CategoryTable, func(r Repos) lance.Rows[taxonomy.Category, taxonomy.CategoryID] { return r.Categories() }, func(c *taxonomy.Category) taxonomy.State { return c.State }),
		aggregate(taxonomy.SkillTable, func(r Repos) lance.Rows[taxonomy.Skill, taxonomy.SkillID] { return r.Skills() }, func(s *taxonomy.Skill) taxonomy.State { return s.State }),
		lance.AggregateOf(profile.Table, func(r Repos) lance.Rows[profile.Profile, lance.PartyID] { return r.Profiles() }, nil),
		aggregate(profile.ItemTable, func(r Repos) lance.Rows[profile.Item, profile.ItemID] { return r.PortfolioItems() }, func(i *profile.Item) profile.ItemState { return i.State }),
		aggregate(project.Table, func(r Repos) lance.Rows[project.Project, project.ID] { return r.Projects() }, func(p *project.Project) project.State { return p.State }),
		aggregate(project.ProposalTable, func(r Repos) lance.Rows[project.Proposal, project.ProposalID] { return r.Proposals() }, func(p *project.Proposal) project.ProposalState { return p.State }),
		aggregate(contract.Table, func(r Repos) lance.Rows[contract.Contract, contract.ID] { return r.Contracts() }, func(c *contract.Contract) contract.State { return c.State }),
		aggregate(contract.MilestoneTable, func(r Repos) lance.Rows[contract.Milestone, contract.MilestoneID] { return r.Milestones() }, func(m *contract.Milestone) contract.MilestoneState { return m.State }),
		aggregate(review.Table, func(r Repos) lance.Rows[review.Review, review.ID] { return r.Reviews() }, func(r *review.Review) review.State { return r.State }),
		lance.AggregateOf(review.RatingTable, func(r Repos) lance.Rows[review.Rating, lance.PartyID] { return r.Ratings() }, nil),
	}}
	return dispute.Scope[Repos]().Join(guarantee.Scope[Repos](), own)
}

// aggregate is lance.AggregateOf for states that are texts of a type of their
// own.
func aggregate[D any, K, S ~string](t *lance.Table[D], rows func(Repos) lance.Rows[D, K], state func(*D) S) lance.Aggregate[Repos] {
	return lance.AggregateOf(t, rows, func(d *D) string { return string(state(d)) })
}

// Verify holds the whole store against its log, for administrators and the
// engine, as lance.Verify does. The engine's own key is taken where opts have
// none. To others it fails with Unauthorized "actor_required" or Forbidden
// "role_required".
func (e *Engine) Verify(ctx context.Context, by lance.Actor, opts *lance.VerifyOptions) (lance.Audit, error) {
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return lance.Audit{}, lance.Op("marketplace.Verify", err)
	}
	var o lance.VerifyOptions
	if opts != nil {
		o = *opts
	}
	if s := e.config.Checkpoints; o.Key == nil && s != nil {
		key := s.Key()
		o.Key = &key
	}
	return lance.Verify(ctx, e.store, Scope(), &o)
}

// Export writes all that Verify looks at, for administrators and the engine, as
// lance.Export does: for lance.VerifyExport with ledger.NewChecker.
func (e *Engine) Export(ctx context.Context, by lance.Actor, to io.Writer) error {
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return lance.Op("marketplace.Export", err)
	}
	return lance.Export(ctx, e.store, Scope(), to)
}
