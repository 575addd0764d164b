package contract

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace/file"
)

// Options are what a Service may be given beside its store.
type Options struct {
	Terms Terms        // of contracts that are made from now on
	Files file.Options // where the files of submissions are kept, and which
}

// Service is what callers do with contracts. It is safe for concurrent use and
// costs nothing to make.
type Service struct {
	db    lance.Runner[Repos]
	terms Terms
	files file.Options
}

// NewService makes a service on a store. Nil options take the defaults.
func NewService[R Repos](db lance.Runner[R], opts *Options) *Service {
	s := &Service{db: lance.Narrow(db, func(r R) Repos { return r })}
	if opts != nil {
		s.terms, s.files = opts.Terms, opts.Files
	}
	return s
}

// Get returns a contract with its milestones to its parties and an
// administrator; otherwise NotFound.
func (s *Service) Get(ctx context.Context, by lance.Actor, id ID) (*Details, error) {
	const op = "contract.Get"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (*Details, error) {
		c, err := contractFor(ctx, r, by, id)
		if err != nil {
			return nil, err
		}
		return details(ctx, r, c, by)
	})
}

// GetMilestone returns a milestone to the parties of its contract and an
// administrator; otherwise NotFound.
func (s *Service) GetMilestone(ctx context.Context, by lance.Actor, id MilestoneID) (*MilestoneDetails, error) {
	const op = "contract.GetMilestone"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (*MilestoneDetails, error) {
		return milestone(ctx, r, by, id)
	})
}

func milestone(ctx context.Context, r Repos, by lance.Actor, id MilestoneID) (*MilestoneDetails, error) {
	m, err := visible(ctx, r, by, id)
	if err != nil {
		return nil, err
	}
	a, err := r.Agreements().Get(ctx, m.Agreement)
	if err != nil {
		return nil, err
	}
	return view(m, a, by), nil
}

// List returns the contracts of the caller's party on one side, latest first.
// Faults: Unauthorized for nobody; Invalid "/as", "limit_range" or
// "cursor_syntax".
func (s *Service) List(ctx context.Context, by lance.Actor, q Query) (lance.Page[Contract], error) {
	const op = "contract.List"
	if err := by.Require(); err != nil {
		return lance.Page[Contract]{}, lance.Op(op, err)
	}
	f, err := q.filter(by.Party)
	if err != nil {
		return lance.Page[Contract]{}, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (lance.Page[Contract], error) {
		return lance.List(ctx, r.Contracts(), Table, f, q.PageQuery)
	})
}

// History returns the turns of the work on a milestone, oldest first, to those
// who may read it. Faults: NotFound; Invalid "limit_range" or "cursor_syntax".
func (s *Service) History(ctx context.Context, by lance.Actor, id MilestoneID, q lance.PageQuery) (lance.Page[Turn], error) {
	const op = "contract.History"
	if err := by.Require(); err != nil {
		return lance.Page[Turn]{}, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (lance.Page[Turn], error) {
		if _, err := visible(ctx, r, by, id); err != nil {
			return lance.Page[Turn]{}, err
		}
		f := lance.Filter{Eq: map[string]any{"milestone": string(id)}, Order: "place"}
		return lance.List(ctx, r.Turns(), TurnTable, f, q)
	})
}

// Clocks returns what will happen to a milestone by itself, by kind: at, or why
// not. It fails as GetMilestone does.
func (s *Service) Clocks(ctx context.Context, by lance.Actor, id MilestoneID) ([]Clock, error) {
	const op = "contract.Clocks"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) ([]Clock, error) {
		m, err := visible(ctx, r, by, id)
		if err != nil {
			return nil, err
		}
		timers, err := r.Timers().Of(ctx, escrow.Ref(m.Agreement))
		clocks := make([]Clock, len(timers))
		for i, t := range timers {
			clocks[i] = Clock{Kind: t.Kind, At: t.DueAt, WhyNot: t.WhyNot}
		}
		return clocks, err
	})
}

// Describe replaces the description of an active contract, which is the
// freelancer's to keep; nothing else of a contract is edited. Faults: NotFound;
// Forbidden "contract_relation" for all but the freelancer; Precondition
// "contract_state"; Stale "contract_stale"; Invalid "/description".
func (s *Service) Describe(ctx context.Context, by lance.Actor, in DescribeInput) (*Details, error) {
	const op = "contract.Describe"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Details, error) {
		c, err := describe(ctx, r, by, in)
		if err != nil {
			return nil, err
		}
		return details(ctx, r, c, by)
	})
}

func describe(ctx context.Context, r Repos, by lance.Actor, in DescribeInput) (*Contract, error) {
	c, err := contractFor(ctx, r, by, in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := Lifecycle.Next(c.State, Describe, c.relations(by)...); err != nil {
		return nil, err
	}
	var f lance.Faults
	f.Check("/description", lance.BodyText.Check(in.Description))
	if err := f.Err(); err != nil {
		return nil, err
	}
	if c.Version != in.Version {
		return nil, Table.Stale()
	}
	c.Description = in.Description
	if err := r.Contracts().Update(ctx, c); err != nil {
		return nil, err
	}
	return c, emit(ctx, r, by, c, Described{c.changed()})
}

// contractFor returns a contract that the actor may see, else NotFound.
func contractFor(ctx context.Context, r Repos, by lance.Actor, id ID) (*Contract, error) {
	c, err := r.Contracts().Get(ctx, id)
	if err == nil && len(c.relations(by)) == 0 {
		return nil, Table.NotFound()
	}
	return c, err
}

func (c *Contract) changed() Changed {
	return Changed{ID: c.ID, Project: c.Project, Client: c.Client, Freelancer: c.Freelancer, State: c.State, Total: c.Total}
}

func emit(ctx context.Context, r Repos, by lance.Actor, c *Contract, what lance.Payload) error {
	return lance.Emit(ctx, r, by, lance.Change{Stream: c.Ref(), Version: c.Version, Parties: c.parties()}, what)
}

func (m *Milestone) changed() MilestoneChanged {
	return MilestoneChanged{ID: m.ID, Contract: m.Contract, Agreement: m.Agreement, State: m.State, Amount: m.Amount}
}

func (m *Milestone) emit(ctx context.Context, r Repos, by lance.Actor, what lance.Payload) error {
	return lance.Emit(ctx, r, by, lance.Change{Stream: m.Ref(), Version: m.Version, Parties: m.parties()}, what)
}
