package project

import (
	"context"

	"github.com/megilance/lance"
)

// ListOpen returns open public projects, latest published first. Nobody needs to
// sign in for it. Faults: Invalid "/text", "limit_range" or "cursor_syntax".
func (s *Service) ListOpen(ctx context.Context, q OpenQuery) (lance.Page[Project], error) {
	const op = "project.ListOpen"
	w, possible, err := q.wanted()
	if err != nil {
		return lance.Page[Project]{}, lance.Op(op, err)
	}
	f := lance.Filter{Eq: map[string]any{"listed": true}, Order: "listed_at", Desc: true}
	if q.Category != "" {
		f.Eq["category"] = q.Category
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (lance.Page[Project], error) {
		return lance.List(ctx, found{r.Projects(), w, possible}, Table, f, q.PageQuery)
	})
}

// found is the projects that are wanted, or none.
type found struct {
	Store
	wanted   Wanted
	possible bool
}

// Find is FindWanted.
func (b found) Find(ctx context.Context, f lance.Filter) ([]*Project, error) {
	if !b.possible {
		return nil, nil
	}
	return b.FindWanted(ctx, b.wanted, f)
}

// ListMine returns the projects of the caller's party, latest first. Faults:
// Unauthorized for nobody; Invalid "limit_range" or "cursor_syntax".
func (s *Service) ListMine(ctx context.Context, by lance.Actor, q MineQuery) (lance.Page[Project], error) {
	const op = "project.ListMine"
	if err := requireParty(by); err != nil {
		return lance.Page[Project]{}, lance.Op(op, err)
	}
	f := lance.Filter{Eq: map[string]any{"client": string(by.Party)}, Order: "created_at", Desc: true}
	if q.State != "" {
		f.Eq["state"] = string(q.State)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (lance.Page[Project], error) {
		return lance.List(ctx, r.Projects(), Table, f, q.PageQuery)
	})
}

// ListProposals returns proposals, latest first: to a project's client and to an
// administrator all that were submitted, to everybody else his own. Faults:
// Unauthorized for nobody; NotFound for a project the caller may not see;
// Invalid "limit_range" or "cursor_syntax".
func (s *Service) ListProposals(ctx context.Context, by lance.Actor, q ProposalsQuery) (lance.Page[Proposal], error) {
	const op = "project.ListProposals"
	if err := requireParty(by); err != nil {
		return lance.Page[Proposal]{}, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (lance.Page[Proposal], error) {
		f, err := q.filter(ctx, r, by)
		if err != nil {
			return lance.Page[Proposal]{}, err
		}
		return lance.List(ctx, r.Proposals(), ProposalTable, f, q.PageQuery)
	})
}

func (q ProposalsQuery) filter(ctx context.Context, r Repos, by lance.Actor) (lance.Filter, error) {
	f := lance.Filter{Eq: map[string]any{"freelancer": string(by.Party)}, Order: "created_at", Desc: true}
	if q.State != "" {
		f.Eq["state"] = string(q.State)
	}
	if q.Project == "" {
		return f, nil
	}
	f.Eq["project"] = string(q.Project)
	p, err := r.Projects().Get(ctx, q.Project)
	if err != nil {
		return f, err
	}
	if len(p.relations(by)) > 0 {
		delete(f.Eq, "freelancer")
		f.Eq["submitted"] = true
		return f, nil
	}
	return f, p.knownTo(ctx, r, by)
}

// knownTo fails with NotFound unless the actor may see the project or has made a
// proposal for it.
func (p *Project) knownTo(ctx context.Context, r Repos, by lance.Actor) error {
	if p.visibleTo(by) {
		return nil
	}
	own, err := r.Proposals().Find(ctx, lance.Filter{
		Eq: map[string]any{"project": string(p.ID), "freelancer": string(by.Party)}, Limit: 1,
	})
	if err == nil && len(own) == 0 {
		return Table.NotFound()
	}
	return err
}
