package project

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/taxonomy"
)

// Rating is what others think of a party.
type Rating struct {
	Hundredths int   // the average of 1 to 5 in hundredths: 450 is 4.50; 0 without reviews
	Count      int64 // how many published reviews there are
}

// Ratings tells what others think of parties. A party without reviews may be
// left out.
type Ratings interface {
	RatingsOf(ctx context.Context, parties ...lance.PartyID) (map[lance.PartyID]Rating, error)
}

// MaxCompared is how many proposals Compare sets side by side at most.
const MaxCompared = 100

// Compared is one proposal beside others.
type Compared struct {
	Proposal *Proposal
	Price    lance.Money // the total
	DueAt    time.Time   // of the last milestone; zero when any has none
	Rating   Rating
	Skills   []taxonomy.SkillID // those of the project that the freelancer's profile names
	Match    int                // how many of the project's skills these are, in percent, rounded down
}

// Comparison sets a project's proposals side by side.
type Comparison struct {
	Project *Project
	Rows    []Compared // cheapest first
}

// Compare sets the proposals that wait for an answer side by side, for the
// project's client. It looks at the first 100. Faults: NotFound; Forbidden
// "project_relation" for one who may see the project but did not post it.
func (s *Service) Compare(ctx context.Context, by lance.Actor, id ID) (*Comparison, error) {
	const op = "project.Compare"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	c, err := lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) (*Comparison, error) { return compare(ctx, r, by, id) })
	if err != nil {
		return nil, err
	}
	return c, lance.Op(op, s.rate(ctx, c))
}

func compare(ctx context.Context, r Repos, by lance.Actor, id ID) (*Comparison, error) {
	p, err := visible(ctx, r, by, id)
	if err != nil {
		return nil, err
	}
	if by.Party != p.Client {
		return nil, lance.E(lance.Forbidden, "project_relation", "this is not yours to do")
	}
	waiting, err := r.Proposals().Find(ctx, lance.Filter{
		Eq:    map[string]any{"project": string(p.ID)},
		In:    map[string][]string{"state": {string(ProposalSubmitted), string(ProposalShortlisted)}},
		Order: "created_at", Limit: MaxCompared,
	})
	c := &Comparison{Project: p}
	for _, pr := range waiting {
		if err != nil {
			break
		}
		row := Compared{Proposal: pr, Price: pr.Total, DueAt: pr.DueAt()}
		row.Skills, err = matching(ctx, r, p, pr.Freelancer)
		row.Match = 100 * len(row.Skills) / max(len(p.Skills), 1)
		c.Rows = append(c.Rows, row)
	}
	slices.SortStableFunc(c.Rows, func(a, b Compared) int { return cmp.Compare(a.Price.Minor(), b.Price.Minor()) })
	return c, err
}

// rate fills the ratings in, outside of any transaction.
func (s *Service) rate(ctx context.Context, c *Comparison) error {
	if s.ratings == nil || len(c.Rows) == 0 {
		return nil
	}
	parties := make([]lance.PartyID, len(c.Rows))
	for i, row := range c.Rows {
		parties[i] = row.Proposal.Freelancer
	}
	known, err := s.ratings.RatingsOf(ctx, parties...)
	for i, p := range parties {
		c.Rows[i].Rating = known[p]
	}
	return err
}

// matching returns those of the project's skills that a freelancer's profile
// names; none when he has no profile.
func matching(ctx context.Context, r Repos, p *Project, freelancer lance.PartyID) ([]taxonomy.SkillID, error) {
	has, err := r.Profiles().Get(ctx, freelancer)
	if lance.KindOf(err) == lance.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var both []taxonomy.SkillID
	for _, s := range p.Skills {
		if has.Has(s) {
			both = append(both, s)
		}
	}
	return both, nil
}
