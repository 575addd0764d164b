package review

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
)

// DefaultWindow is how long after its completion a contract can be reviewed.
const DefaultWindow = 14 * 24 * time.Hour

// Options are what a Service may be given beside its store.
type Options struct {
	Window time.Duration // how long a completed contract can be reviewed; 0 is DefaultWindow
}

// window returns the window of options that may be nil.
func (o *Options) window() time.Duration {
	if o != nil && o.Window > 0 {
		return o.Window
	}
	return DefaultWindow
}

// Service is what callers do with reviews. It is safe for concurrent use and
// costs nothing to make.
type Service struct {
	db     lance.Runner[Repos]
	window time.Duration
}

// NewService makes a service on a store. Nil options take the defaults.
func NewService[R Repos](db lance.Runner[R], opts *Options) *Service {
	return &Service{db: lance.Narrow(db, func(r R) Repos { return r }), window: opts.window()}
}

// Create writes the caller's review of the other party of a completed contract.
// It stays hidden until the other one has written too or the window closes.
// Faults: NotFound for a contract that is not the caller's; Forbidden
// "review_relation" for an administrator; Precondition "contract_state" unless
// it is completed, "review_window" when the window has closed; Exists
// "review_exists" for a second one; Invalid "/rating" or "/comment"; Conflict
// "key_reused".
func (s *Service) Create(ctx context.Context, by lance.Actor, in CreateInput) (*Review, error) {
	const op = "review.Create"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Review, error) {
		id := lance.NewID[ID]("rev", r)
		known, first, err := lance.Once(ctx, r, by, in.Key, op, in, string(id))
		if err != nil {
			return nil, err
		}
		if !first {
			return r.Reviews().Get(ctx, ID(known))
		}
		return s.create(ctx, r, by, id, in)
	})
}

func (s *Service) create(ctx context.Context, r Repos, by lance.Actor, id ID, in CreateInput) (*Review, error) {
	c, err := s.reviewable(ctx, r, by, in.Contract)
	if err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	if err := lock(ctx, r, c); err != nil {
		return nil, err
	}
	mine := &Review{
		ID: id, Contract: c.ID, Author: by.Party, Subject: c.Other(by.Party),
		Rating: in.Rating, Comment: in.Comment, State: Lifecycle.Start(), CreatedAt: r.Now(),
	}
	if err := r.Reviews().Insert(ctx, mine); err != nil {
		return nil, err
	}
	if err := mine.emit(ctx, r, by, Created{mine.changed()}); err != nil {
		return nil, err
	}
	both, err := hidden(ctx, r, c.ID)
	if err != nil {
		return nil, err
	}
	if len(both) < 2 {
		return mine, remind(ctx, r, c, s.window)
	}
	if err := publish(ctx, r, by, both); err != nil {
		return nil, err
	}
	if err := r.Timers().Cancel(ctx, c.Ref(), TimerPublish); err != nil {
		return nil, err
	}
	return r.Reviews().Get(ctx, mine.ID)
}

// reviewable returns a contract that the actor may review now.
func (s *Service) reviewable(ctx context.Context, r Repos, by lance.Actor, id contract.ID) (*contract.Contract, error) {
	c, err := r.Contracts().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case by.Party != c.Client && by.Party != c.Freelancer && by.Has(lance.RoleAdmin):
		return nil, lance.E(lance.Forbidden, "review_relation", "this is not yours to do")
	case by.IsSystem() || (by.Party != c.Client && by.Party != c.Freelancer):
		return nil, contract.Table.NotFound()
	case c.State != contract.StateCompleted:
		return nil, lance.E(lance.Precondition, "contract_state", "only a completed contract is reviewed")
	case !r.Now().Before(c.EndedAt.Add(s.window)):
		return nil, lance.E(lance.Precondition, "review_window", "the time for reviews is over")
	}
	return c, nil
}

// lock locks what reviews of a contract change: they take turns, and so do the
// ratings they count for.
func lock(ctx context.Context, r Repos, c *contract.Contract) error {
	return r.Lock(ctx, c.Ref(), ratingRef(c.Client), ratingRef(c.Freelancer))
}

// Reply answers a published review about the caller's party, once. Faults:
// NotFound for one he cannot see; Forbidden "review_relation" for all but the
// party reviewed; Precondition "review_state" for a second time; Invalid
// "/text".
func (s *Service) Reply(ctx context.Context, by lance.Actor, in ReplyInput) (*Review, error) {
	const op = "review.Reply"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Review, error) {
		if err := r.Lock(ctx, lance.Ref{Kind: "review", ID: string(in.Review)}); err != nil {
			return nil, err
		}
		rev, err := reviewFor(ctx, r, by, in.Review)
		if err != nil {
			return nil, err
		}
		if rev.State, err = Lifecycle.Next(rev.State, Reply, rev.relations(by)...); err != nil {
			return nil, err
		}
		if err := in.check(); err != nil {
			return nil, err
		}
		rev.Reply, rev.RepliedAt = in.Text, r.Now()
		if err := r.Reviews().Update(ctx, rev); err != nil {
			return nil, err
		}
		err = rev.emit(ctx, r, by, Replied{rev.changed()})
		return rev, err
	})
}

// Get returns a review: a published one to everybody, a hidden one to its author
// and an administrator; otherwise NotFound.
func (s *Service) Get(ctx context.Context, by lance.Actor, id ID) (*Review, error) {
	return lance.Read(ctx, s.db, "review.Get", func(ctx context.Context, r Repos) (*Review, error) {
		return reviewFor(ctx, r, by, id)
	})
}

func reviewFor(ctx context.Context, r Repos, by lance.Actor, id ID) (*Review, error) {
	rev, err := r.Reviews().Get(ctx, id)
	if err == nil && !rev.visibleTo(by) {
		return nil, Table.NotFound()
	}
	return rev, err
}

// OfContract returns the reviews of a contract that the caller may see, at most
// two, to its parties and an administrator; otherwise NotFound.
func (s *Service) OfContract(ctx context.Context, by lance.Actor, id contract.ID) ([]*Review, error) {
	const op = "review.OfContract"
	if err := by.Require(); err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Read(ctx, s.db, op, func(ctx context.Context, r Repos) ([]*Review, error) {
		c, err := r.Contracts().Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if !by.IsSystem() && !by.Has(lance.RoleAdmin) && by.Party != c.Client && by.Party != c.Freelancer {
			return nil, contract.Table.NotFound()
		}
		all, err := r.Reviews().Find(ctx, lance.Filter{Eq: map[string]any{"contract": string(id)}})
		var seen []*Review
		for _, rev := range all {
			if rev.visibleTo(by) {
				seen = append(seen, rev)
			}
		}
		return seen, err
	})
}

// ListAbout returns the published reviews about a party, latest first. Nobody
// needs to sign in for it. Faults: Invalid "limit_range" or "cursor_syntax".
func (s *Service) ListAbout(ctx context.Context, party lance.PartyID, q lance.PageQuery) (lance.Page[Review], error) {
	f := lance.Filter{
		Eq:    map[string]any{"subject": string(party), "public": true},
		Order: "listed_at", Desc: true,
	}
	return lance.Read(ctx, s.db, "review.ListAbout", func(ctx context.Context, r Repos) (lance.Page[Review], error) {
		return lance.List(ctx, r.Reviews(), Table, f, q)
	})
}

// Rating returns how a party was rated; all zero without published reviews.
func (s *Service) Rating(ctx context.Context, party lance.PartyID) (*Rating, error) {
	return lance.Read(ctx, s.db, "review.Rating", func(ctx context.Context, r Repos) (*Rating, error) {
		return ratingOf(ctx, r, party)
	})
}

// RatingsOf returns the ratings of parties that have any, for comparing
// proposals.
func (s *Service) RatingsOf(ctx context.Context, parties ...lance.PartyID) (map[lance.PartyID]project.Rating, error) {
	ids := make([]string, len(parties))
	for i, p := range parties {
		ids[i] = string(p)
	}
	return lance.Read(ctx, s.db, "review.RatingsOf", func(ctx context.Context, r Repos) (map[lance.PartyID]project.Rating, error) {
		found, err := r.Ratings().Find(ctx, lance.Filter{In: map[string][]string{"id": ids}})
		out := make(map[lance.PartyID]project.Rating, len(found))
		for _, f := range found {
			out[f.Party] = project.Rating{Hundredths: f.Hundredths(), Count: f.Count()}
		}
		return out, err
	})
}
