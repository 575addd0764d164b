package levers

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments/sandbox"
)

// Options are what levers move. All but Sandboxes are needed.
type Options struct {
	Clock     *Clock // the store's
	Store     lance.Runner[marketplace.Repos]
	Engine    *marketplace.Engine
	Mailbox   *Mailbox
	Sandboxes []*sandbox.Sandbox // the engine's providers that are played
}

// Levers move a test store. They are safe for concurrent use.
type Levers struct {
	Mailbox *Mailbox

	o      Options
	outage atomic.Bool
	mu     sync.Mutex // held by who steps
	sealed int64      // the last entry of the log that was seen
}

// factAhead is the fact that holds by how many nanoseconds the clock was moved.
const factAhead lance.FactName = "levers.clock_ahead"

// New returns the levers of a store, with its clock where it was left: a restart
// does not go back in time. It fails with Precondition "store_birth" on a store
// that was born live.
func New(ctx context.Context, o Options) (*Levers, error) {
	const op = "levers.New"
	ahead, err := lance.Read(ctx, o.Store, op, func(ctx context.Context, r marketplace.Repos) (string, error) {
		birth, err := lance.BirthIn(ctx, r)
		if err != nil {
			return "", err
		}
		if birth == lance.BornLive {
			return "", lance.E(lance.Precondition, "store_birth", "a store that was born live has no levers")
		}
		return lance.FactOf(ctx, r, factAhead)
	})
	if err != nil {
		return nil, err
	}
	if ahead != "" {
		n, err := strconv.ParseInt(ahead, 10, 64)
		if err != nil {
			return nil, lance.Op(op, err)
		}
		o.Clock.ahead.Store(n)
	}
	return &Levers{Mailbox: o.Mailbox, o: o}, nil
}

// Step lets the sandboxes send their webhooks, and does one bounded round of the
// engine's work at the clock's time. It fails as marketplace.Engine.Step and
// payments.Service.Receive do.
func (l *Levers) Step(ctx context.Context) (lance.Report, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.step(ctx)
}

func (l *Levers) step(ctx context.Context) (lance.Report, error) {
	if !l.outage.Load() {
		for _, box := range l.o.Sandboxes {
			for _, req := range box.Webhooks(l.o.Clock.Now()) {
				if err := l.o.Engine.Payments.Receive(ctx, box.Name(), req); err != nil {
					return lance.Report{}, err
				}
			}
		}
	}
	return l.o.Engine.Step(ctx, l.o.Clock.Now())
}

// Run steps as lance.Loop does.
func (l *Levers) Run(ctx context.Context, every time.Duration, told func(lance.Report, error)) error {
	return lance.Loop(ctx, every, told, l.Step)
}

// Outage cuts the sandboxes off, or lets them be reached again. It is for
// administrators: Unauthorized "actor_required", Forbidden "role_required".
func (l *Levers) Outage(by lance.Actor, on bool) error {
	if err := by.RequireRole(lance.RoleAdmin); err != nil {
		return lance.Op("levers.Outage", err)
	}
	l.outage.Store(on)
	for _, box := range l.o.Sandboxes {
		box.Outage(on)
	}
	return nil
}
