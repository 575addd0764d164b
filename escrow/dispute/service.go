package dispute

import (
	"context"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// Arbiters knows who may judge. Package auth does for a marketplace; an embedder
// with users of his own answers for them.
type Arbiters interface {
	// MayJudge reports whether the user exists, may act, is an arbiter, and belongs
	// to none of the parties.
	MayJudge(ctx context.Context, user lance.UserID, parties []lance.PartyID) (bool, error)
}

// CheckJudge returns nil if an actor may have a user judge what concerns the parties:
// an arbiter, as arbiters know, or where they are nil, himself. Otherwise it fails with
// Invalid "/user".
func CheckJudge(ctx context.Context, arbiters Arbiters, by lance.Actor, user lance.UserID, parties []lance.PartyID) error {
	may := user == by.User && by.Has(lance.RoleArbiter)
	if arbiters != nil {
		var err error
		if may, err = arbiters.MayJudge(ctx, user, parties); err != nil {
			return err
		}
	}
	var f lance.Faults
	if !may {
		f.Add("/user", "arbiter_unknown", "there is no such arbiter without a stake")
	}
	return f.Err()
}

// Options are what a Service takes from its surroundings.
type Options struct {
	Arbiters Arbiters // nil: each arbiter takes cases himself, and is taken at his word
}

// Service does each operation in a transaction of its own. It has no state.
type Service struct {
	db       lance.Runner[Repos]
	arbiters Arbiters
}

// NewService returns a service on a store that has the repositories of escrow and
// disputes. Nil options take the defaults.
func NewService[R Repos](db lance.Runner[R], opts *Options) *Service {
	s := &Service{db: lance.Narrow(db, func(r R) Repos { return r })}
	if opts != nil {
		s.arbiters = opts.Arbiters
	}
	return s
}

// Open opens a case and freezes its agreement. It fails as OpenIn does.
func (s *Service) Open(ctx context.Context, by lance.Actor, in OpenInput) (*Case, error) {
	in.By = by
	return do(ctx, s, "dispute.Open", OpenIn, in)
}

// Respond says the other side of a case. It fails as RespondIn does.
func (s *Service) Respond(ctx context.Context, by lance.Actor, in RespondInput) (*Case, error) {
	in.By = by
	return do(ctx, s, "dispute.Respond", RespondIn, in)
}

// AddEvidence shows something. It fails as AddEvidenceIn does.
func (s *Service) AddEvidence(ctx context.Context, by lance.Actor, in EvidenceInput) (*Evidence, error) {
	in.By = by
	return do(ctx, s, "dispute.AddEvidence", AddEvidenceIn, in)
}

// Offer offers a split. It fails as OfferIn does.
func (s *Service) Offer(ctx context.Context, by lance.Actor, in OfferInput) (*Case, error) {
	in.By = by
	return do(ctx, s, "dispute.Offer", OfferIn, in)
}

// AcceptOffer agrees to the other party's, or to the mediator's. It fails as AcceptOfferIn does.
func (s *Service) AcceptOffer(ctx context.Context, by lance.Actor, in AcceptOfferInput) (*Case, error) {
	in.By = by
	return do(ctx, s, "dispute.AcceptOffer", AcceptOfferIn, in)
}

// DeclineOffer refuses an offer or takes one's own back. It fails as DeclineOfferIn
// does.
func (s *Service) DeclineOffer(ctx context.Context, by lance.Actor, in ActInput) (*Case, error) {
	in.By = by
	return do(ctx, s, "dispute.DeclineOffer", DeclineOfferIn, in)
}

// Concede grants the claim. It fails as ConcedeIn does.
func (s *Service) Concede(ctx context.Context, by lance.Actor, in ActInput) (*Case, error) {
	in.By = by
	return do(ctx, s, "dispute.Concede", ConcedeIn, in)
}

// Withdraw takes a case back. It fails as WithdrawIn does.
func (s *Service) Withdraw(ctx context.Context, by lance.Actor, in ActInput) (*Case, error) {
	in.By = by
	return do(ctx, s, "dispute.Withdraw", WithdrawIn, in)
}

// Escalate goes to the next stage. It fails as EscalateIn does.
func (s *Service) Escalate(ctx context.Context, by lance.Actor, in ActInput) (*Case, error) {
	in.By = by
	return do(ctx, s, "dispute.Escalate", EscalateIn, in)
}

// Assign says who mediates a case that is mediated, or arbitrates one that is
// arbitrated. An administrator without a stake assigns, also instead of somebody
// who was assigned before; an arbiter takes a case that has nobody. Whoever is
// assigned is an arbiter and has no stake: he is no party, has not acted on the
// agreement or for a party, and arbitrates no appeal from himself.
//
// It fails as RespondIn does, with Invalid "/user" for who is no arbiter and
// Precondition "arbiter_stake".
func (s *Service) Assign(ctx context.Context, by lance.Actor, in AssignInput) (*Case, error) {
	const op = "dispute.Assign"
	unfit, err := s.unfit(ctx, by, in)
	if err != nil {
		return nil, lance.Op(op, err)
	}
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Case, error) {
		return run(ctx, r, command{By: by, Key: in.Key, Case: in.Case, Version: in.Version, User: in.User, unfit: unfit}, Assign)
	})
}

// unfit returns why who is to judge may not. That counts for an actor who sees the
// case, and not for what was done before under the same key.
func (s *Service) unfit(ctx context.Context, by lance.Actor, in AssignInput) (unfit, err error) {
	c, err := s.Get(ctx, by, in.Case)
	if err == nil {
		err = CheckJudge(ctx, s.arbiters, by, in.User, c.Parties())
	}
	if kind := lance.KindOf(err); err != nil && (kind == lance.NotFound || kind == lance.Invalid) {
		return err, nil
	}
	return nil, err
}

// Rule decides a case. It fails as RuleIn does, and with Precondition "arbiter_stake"
// for an arbiter of whom Options.Arbiters says that he may not judge any more.
func (s *Service) Rule(ctx context.Context, by lance.Actor, in RuleInput) (*Case, error) {
	const op = "dispute.Rule"
	unfit, err := s.unfit(ctx, by, AssignInput{Case: in.Case, User: by.User})
	if err != nil {
		return nil, lance.Op(op, err)
	}
	in.By = by
	cmd := in.command()
	cmd.unfit = unfit
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (*Case, error) { return run(ctx, r, cmd, Rule) })
}

// Appeal has another arbiter decide. It fails as AppealIn does.
func (s *Service) Appeal(ctx context.Context, by lance.Actor, in AppealInput) (*Case, error) {
	in.By = by
	return do(ctx, s, "dispute.Appeal", AppealIn, in)
}

// do runs one operation in a transaction.
func do[I, T any](ctx context.Context, s *Service, op string, fn func(context.Context, Repos, I) (T, error), in I) (T, error) {
	return lance.Do(ctx, s.db, op, func(ctx context.Context, r Repos) (T, error) { return fn(ctx, r, in) })
}

// Get returns a case. It fails as GetIn does.
func (s *Service) Get(ctx context.Context, by lance.Actor, id ID) (*Case, error) {
	return lance.Read(ctx, s.db, "dispute.Get", func(ctx context.Context, r Repos) (*Case, error) { return GetIn(ctx, r, by, id) })
}

// Evidence returns one page of what was shown in a case, oldest first, to who may
// see the case, but for arbiters who have not taken it. To others it is NotFound
// "dispute_not_found". It fails with Invalid for the limit or the cursor.
func (s *Service) Evidence(ctx context.Context, by lance.Actor, id ID, q lance.PageQuery) (lance.Page[Evidence], error) {
	return lance.Read(ctx, s.db, "dispute.Evidence", func(ctx context.Context, r Repos) (lance.Page[Evidence], error) {
		return evidenceIn(ctx, r, by, id, q)
	})
}

// Timers returns the clocks of a case: when its stage ends, and when that is said,
// or why they stand. It fails as GetIn does.
func (s *Service) Timers(ctx context.Context, by lance.Actor, id ID) ([]lance.Timer, error) {
	return lance.Read(ctx, s.db, "dispute.Timers", func(ctx context.Context, r Repos) ([]lance.Timer, error) {
		c, err := GetIn(ctx, r, by, id)
		if err != nil || !c.Open() {
			return nil, err
		}
		all, err := r.Timers().Of(ctx, escrow.Ref(c.Agreement))
		return slices.DeleteFunc(all, func(t lance.Timer) bool { return !slices.Contains(own(), t.Kind) }), err
	})
}

// List returns one page of the cases that the query selects and the caller may
// see, oldest first. It fails with Unauthorized "actor_required", or Invalid
// "invalid_input" for what the caller is, the state, the limit or the cursor.
func (s *Service) List(ctx context.Context, by lance.Actor, q Query) (lance.Page[Case], error) {
	return lance.Read(ctx, s.db, "dispute.List", func(ctx context.Context, r Repos) (lance.Page[Case], error) {
		f, err := q.filter(by)
		if err != nil {
			return lance.Page[Case]{}, err
		}
		find := lance.Only(r.Cases().Find, Table, func(c *Case) bool {
			return c.Visible(by) && (q.As != ByCandidate || slices.Contains(c.Relations(by), ByCandidate))
		})
		return lance.ListBy(ctx, find, Table, f, q.PageQuery)
	})
}
