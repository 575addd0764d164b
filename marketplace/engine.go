package marketplace

import (
	"context"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/marketplace/audit"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/evidence"
	"github.com/megilance/lance/marketplace/file"
	"github.com/megilance/lance/marketplace/profile"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/marketplace/trust"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
)

// Config is what an Engine is made of. Store and Payments.Providers are needed;
// everything else has a default.
type Config struct {
	Store     lance.Runner[Repos]
	Auth      auth.Options
	Payments  payments.Options
	Policy    *policy.Document  // fees and clocks of new agreements; nil is policy.Default
	Revisions int               // how often changes may be requested on a milestone; 0 is 5
	Blobs     lance.BlobStore   // where the bytes of files are; nil: none are taken
	Files     file.Limits       // which files are taken
	Arbiters  dispute.Arbiters  // who may judge disputes and claims; nil: the users of Auth with lance.RoleArbiter
	Reviews   review.Options    // how long a completed contract can be reviewed
	Jobs      lance.Jobs[Repos] // the host's own beside the engine's: a relay for mail, reactions
	Budget    *lance.Budget     // of one Step

	Checkpoints *lance.Signer // signs checkpoints of the log; nil: none are made
}

// Engine is a service of each domain on one store, and the work that goes on by
// itself. It is safe for concurrent use and starts nothing.
type Engine struct {
	Auth      *auth.Service
	Taxonomy  *taxonomy.Service
	Profiles  *profile.Service
	Projects  *project.Service
	Contracts *contract.Service
	Files     *file.Service
	Reviews   *review.Service
	Escrow    *escrow.Service
	Disputes  *dispute.Service
	Evidence  *evidence.Service  // files for disputes
	Guarantee *guarantee.Service // what payers claim back after a release, and the fund for it
	Ledger    *ledger.Service    // the books, for operators
	Payments  *payments.Service
	Trust     *trust.Service // whether a party has paid
	Audit     *audit.Service // the log and what stands still, for operators

	config Config
	store  lance.Runner[Repos]
}

// New makes an engine. It fails with Invalid "store_required" without a store,
// and as payments.NewService does.
func New(c Config) (*Engine, error) {
	const op = "marketplace.New"
	if c.Store == nil {
		return nil, lance.Op(op, lance.E(lance.Invalid, "store_required", "an engine needs a store"))
	}
	pay, err := payments.NewService(c.Store, c.Payments)
	if err != nil {
		return nil, lance.Op(op, err)
	}
	e := (&Engine{Payments: pay, config: c}).With(c.Store)
	e.Payments = pay
	return e, nil
}

// With returns the same engine on the open transaction of a host that a store
// has joined, or on another runner of the same store. It costs a few
// allocations. Since no provider is called inside a transaction, a top-up or a
// payout on it does not wait for the answer: it goes on after the commit.
func (e *Engine) With(db lance.Runner[Repos]) *Engine {
	c := &e.config
	reviews, files := review.NewService(db, &c.Reviews), file.Options{Blobs: c.Blobs, Limits: c.Files}
	money := escrow.NewService(db, &escrow.Options{Policy: c.Policy, Managed: []string{contract.MilestoneRef("").Kind}})
	people := auth.NewService(db, &c.Auth)
	in := &Engine{
		Auth:      people,
		Taxonomy:  taxonomy.NewService(db, nil),
		Profiles:  profile.NewService(db, nil),
		Projects:  project.NewService(db, &project.Options{Ratings: reviews, Funding: money}),
		Contracts: contract.NewService(db, &contract.Options{Terms: contract.Terms{Policy: c.Policy, Revisions: c.Revisions}, Files: files}),
		Files:     file.NewService(db, &files),
		Reviews:   reviews,
		Escrow:    money,
		Evidence:  evidence.NewService(db, &files),
		Disputes:  dispute.NewService(db, &dispute.Options{Arbiters: c.arbiters(people)}),
		Guarantee: guarantee.NewService(db, &guarantee.Options{Arbiters: c.arbiters(people)}),
		Trust:     trust.NewService(db),
		Ledger:    ledger.NewService(db),
		Payments:  e.Payments.On(lance.Narrow(db, func(r Repos) payments.Repos { return r })),
		config:    e.config, store: db,
	}
	in.Audit = audit.NewService(db, func() audit.Worker { return in.Worker() })
	return in
}

// Config returns what the engine was made of, for those who say what is wired.
func (e *Engine) Config() Config { return e.config }

// Jobs returns all that goes on by itself, the host's own included.
func (e *Engine) Jobs() lance.Jobs[Repos] {
	var own lance.Jobs[Repos]
	if s := e.config.Checkpoints; s != nil {
		own.Chores = append(own.Chores, lance.CheckpointChore[Repos](s))
	}
	return own.Join(
		lance.Widen(auth.Jobs(), func(r Repos) auth.Repos { return r }),
		lance.Widen(dispute.Jobs(), func(r Repos) dispute.Repos { return r }),
		lance.Widen(e.Payments.Jobs(), func(r Repos) payments.Repos { return r }),
		lance.Widen(guarantee.Jobs(), func(r Repos) guarantee.Repos { return r }),
		lance.Widen(e.Files.Jobs(), func(r Repos) file.Repos { return r }),
		lance.Widen(contract.Jobs(), func(r Repos) contract.Repos { return r }),
		lance.Widen(review.Jobs(&e.config.Reviews), func(r Repos) review.Repos { return r }),
		e.config.Jobs,
	)
}

// Worker returns what does the engine's Jobs: for draining, or for trying parked
// events again.
func (e *Engine) Worker() *lance.Worker[Repos] {
	return lance.NewWorker(e.store, e.Jobs(), e.config.Budget)
}

// Step does one bounded round of that work with now for the clock, and tells
// what it did. It fails as lance.Worker.Step does.
func (e *Engine) Step(ctx context.Context, now time.Time) (lance.Report, error) {
	return e.Worker().Step(ctx, now)
}

// Run steps at the store's time until ctx ends, which it returns nil for: again
// at once while there is work, else after every. Each step's report, with the
// error of one that failed and is tried again, goes to told, when that is given.
// Several processes may run one store.
func (e *Engine) Run(ctx context.Context, every time.Duration, told func(lance.Report, error)) error {
	return e.Worker().Run(ctx, every, told)
}
