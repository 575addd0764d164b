package project

import (
	"context"

	"github.com/megilance/lance"
)

// Options are what a Service may be given beside its store.
type Options struct {
	Ratings Ratings // for comparing proposals; nil: nobody has a rating
	Funding Funding // what a client needs to show a project; nil: nothing
}

// Funding tells whether a client has the money to show a project.
type Funding interface {
	// MayPost fails with Precondition "funding_required" when the party has to
	// have the price, with its fees, and has not.
	MayPost(ctx context.Context, by lance.Actor, price lance.Money) error
}

// Service is what callers do with projects and proposals. It is safe for
// concurrent use and costs nothing to make.
type Service struct {
	db      lance.Runner[Repos]
	ratings Ratings
	funding Funding
}

// NewService makes a service on a store. Nil options take the defaults.
func NewService[R Repos](db lance.Runner[R], opts *Options) *Service {
	s := &Service{db: lance.Narrow(db, func(r R) Repos { return r })}
	if opts != nil {
		s.ratings, s.funding = opts.Ratings, opts.Funding
	}
	return s
}

// Create makes a draft of a project that belongs to the caller's party. Faults:
// Unauthorized for nobody; Invalid "invalid_input" with every field that breaks
// a rule; Conflict "key_reused".
func (s *Service) Create(ctx context.Context, by lance.Actor, in CreateInput) (*Project, error) {
	const op = "project.Create"
	if err := requireParty(by); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Project, error) { return create(ctx, r, by, in) })
}

func create(ctx context.Context, r Repos, by lance.Actor, in CreateInput) (*Project, error) {
	id := lance.NewID[ID]("prj", r)
	known, first, err := lance.Once(ctx, r, by, in.Key, "project.Create", in, string(id))
	if err != nil {
		return nil, err
	}
	if !first {
		return r.Projects().Get(ctx, ID(known))
	}
	if err := in.known(ctx, r, Terms{}); err != nil {
		return nil, err
	}
	p := &Project{ID: id, Client: by.Party, Terms: in.Terms, State: Lifecycle.Start(), CreatedAt: r.Now()}
	if err := r.Projects().Insert(ctx, p); err != nil {
		return nil, err
	}
	return p, emit(ctx, r, by, p, Created{p.changed()})
}

// Edit replaces the terms of the caller's own project while it is a draft or
// open. An open project keeps the currency of its budget, since proposals were
// made in it. Faults: NotFound; Forbidden "project_relation" for one who may
// only see it; Precondition "project_state"; Stale "project_stale"; Invalid.
func (s *Service) Edit(ctx context.Context, by lance.Actor, in EditInput) (*Project, error) {
	const op = "project.Edit"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	if err := in.check(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Project, error) { return edit(ctx, r, by, in) })
}

func edit(ctx context.Context, r Repos, by lance.Actor, in EditInput) (*Project, error) {
	p, err := lockFor(ctx, r, by, in.ID)
	if err != nil {
		return nil, err
	}
	if _, err := Lifecycle.Next(p.State, Edit, p.relations(by)...); err != nil {
		return nil, err
	}
	if p.Version != in.Version {
		return nil, Table.Stale()
	}
	if p.State == StateOpen && in.Budget.Max.Currency() != p.Budget.Max.Currency() {
		var f lance.Faults
		f.Add("/budget/max/currency", "currency_fixed", "an open project keeps its currency")
		return nil, f.Err()
	}
	if err := in.known(ctx, r, p.Terms); err != nil {
		return nil, err
	}
	p.Terms = in.Terms
	if err := p.save(ctx, r); err != nil {
		return nil, err
	}
	return p, emit(ctx, r, by, p, Edited{p.changed()})
}

// Publish shows the caller's draft to everybody and takes proposals. Where funding
// is asked for, the lower end of the budget has to be there before. Faults:
// NotFound; Forbidden "project_relation"; Precondition "project_state" or
// "funding_required".
func (s *Service) Publish(ctx context.Context, by lance.Actor, id ID) (*Project, error) {
	const op = "project.Publish"
	if s.funding != nil {
		p, err := s.Get(ctx, by, id)
		if err != nil {
			return nil, lance.Op(op, err)
		}
		if _, err := Lifecycle.Next(p.State, Publish, p.relations(by)...); err != nil {
			return nil, lance.Op(op, err)
		}
		if err := s.funding.MayPost(ctx, by, p.Budget.Min); err != nil {
			return nil, lance.Op(op, err)
		}
	}
	return s.act(ctx, op, by, id, Publish)
}

// Close takes no more proposals for the caller's project; those it has can
// still be accepted. It fails as Publish does.
func (s *Service) Close(ctx context.Context, by lance.Actor, id ID) (*Project, error) {
	return s.act(ctx, "project.Close", by, id, Close)
}

// Reopen takes proposals again. It fails as Publish does.
func (s *Service) Reopen(ctx context.Context, by lance.Actor, id ID) (*Project, error) {
	return s.act(ctx, "project.Reopen", by, id, Reopen)
}

// Cancel gives the caller's project up and declines the proposals that wait for
// an answer. It stays readable to its client. It fails as Publish does.
func (s *Service) Cancel(ctx context.Context, by lance.Actor, id ID) (*Project, error) {
	return s.act(ctx, "project.Cancel", by, id, Cancel)
}

func (s *Service) act(ctx context.Context, op string, by lance.Actor, id ID, do Action) (*Project, error) {
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Project, error) {
		p, err := lockFor(ctx, r, by, id)
		if err != nil {
			return nil, err
		}
		if err := p.step(ctx, r, by, do, p.relations(by)...); err != nil {
			return nil, err
		}
		if do == Cancel {
			_, err = declineRest(ctx, r, by, p, "")
		}
		return p, err
	})
}

// Get returns a project: its client's and an administrator's always, anybody's
// while it is neither a draft nor cancelled; otherwise NotFound.
func (s *Service) Get(ctx context.Context, by lance.Actor, id ID) (*Project, error) {
	return lance.Read(ctx, s.db, "project.Get", func(ctx context.Context, r Repos) (*Project, error) {
		return visible(ctx, r, by, id)
	})
}

// visible returns a project that the actor may read, else NotFound.
func visible(ctx context.Context, r Repos, by lance.Actor, id ID) (*Project, error) {
	p, err := r.Projects().Get(ctx, id)
	if err == nil && !p.visibleTo(by) {
		return nil, Table.NotFound()
	}
	return p, err
}

// lockFor locks a project and returns it if the actor may read it.
func lockFor(ctx context.Context, r Repos, by lance.Actor, id ID) (*Project, error) {
	if err := r.Lock(ctx, Ref(id)); err != nil {
		return nil, err
	}
	return visible(ctx, r, by, id)
}

// requireParty fails unless somebody acts for a party: the engine itself posts
// no projects and makes no proposals.
func requireParty(by lance.Actor) error {
	if by.User == "" || by.Party == "" {
		return lance.E(lance.Unauthorized, "actor_required", "sign in first")
	}
	return by.Party.Check()
}
