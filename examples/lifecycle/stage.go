package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/driver"
)

// stage is what the scenes play on.
type stage struct {
	*marketplace.Engine
	store driver.Store
	clock *hand
	out   io.Writer
	step  int
	asked []string // who was refused on the way to the next step
}

// newStage makes an engine with the sandbox for a payment provider.
func newStage(out io.Writer, store driver.Store, clock *hand) (*stage, error) {
	e, err := marketplace.New(marketplace.Config{
		Store:    store,
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	return &stage{Engine: e, store: store, clock: clock, out: out}, err
}

// sayf prints a step, lets the engine do what goes on by itself, and re-folds the
// books.
func (s *stage) sayf(ctx context.Context, format string, args ...any) error {
	s.step++
	if _, err := fmt.Fprintf(s.out, "%2d. %s\n", s.step, fmt.Sprintf(format, args...)); err != nil {
		return err
	}
	for _, line := range s.asked {
		s.notef("%s", line)
	}
	s.asked = nil
	if err := s.settle(ctx); err != nil {
		return err
	}
	_, err := s.books(ctx)
	s.clock.move(time.Hour)
	return err
}

// notef prints a line below a step.
func (s *stage) notef(format string, args ...any) {
	_, _ = fmt.Fprintf(s.out, "      %s\n", fmt.Sprintf(format, args...))
}

// settle lets the engine work until it has nothing left to do.
func (s *stage) settle(ctx context.Context) error {
	rep, err := s.Worker().Drain(ctx, s.clock.Now(), 50)
	if err == nil && len(rep.Parked)+len(rep.Faults) > 0 {
		err = fmt.Errorf("the engine set aside %v and failed at %v", rep.Parked, rep.Faults)
	}
	return err
}

// books re-folds the ledger and fails unless it balances.
func (s *stage) books(ctx context.Context) (ledger.Report, error) {
	var rep ledger.Report
	err := s.store.View(ctx, func(ctx context.Context, r driver.Repos) (err error) {
		rep, err = ledger.Refold(ctx, r)
		return err
	})
	if err == nil && !rep.Balanced() {
		err = fmt.Errorf("the books do not balance: %+v", rep)
	}
	return rep, err
}

// refused fails unless err is a fault of that kind, and prints it below the next
// step.
func (s *stage) refused(who string, err error, kind lance.Kind) error {
	if lance.KindOf(err) != kind || err == nil {
		return fmt.Errorf("%s was to be refused with %w, not %w", who, kind, err)
	}
	s.asked = append(s.asked, fmt.Sprintf("%s is refused: %s (%s)", who, kind, lance.CodeOf(err)))
	return nil
}

// purse prints what a party has.
func (s *stage) purse(ctx context.Context, who string, by lance.Actor) error {
	balances, err := s.Payments.Wallet(ctx, by, by.Party)
	for _, b := range balances {
		s.notef("%s: available %s, held %s, pending %s", who, b.Available, b.Held, b.Pending)
	}
	return err
}
