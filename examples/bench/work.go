package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/storagetest/escrowtest"
)

// figure is what one measurement found.
type figure struct {
	rate, p50, p99 float64 // a second; milliseconds
	cpu            float64 // microseconds of processors for one call, here and in the database
	reference      float64 // a second
	referenceCPU   float64 // as cpu
	flush          float64 // a second
}

// measure makes a figure of calls that a function makes, which returns how long
// each took, shortest first.
func measure(calls func() ([]time.Duration, error)) (figure, error) {
	worked, start := busy(), time.Now()
	took, err := calls()
	if err != nil {
		return figure{}, err
	}
	in, n := time.Since(start), float64(len(took))
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	return figure{
		rate: n / in.Seconds(), cpu: float64((busy() - worked).Microseconds()) / n,
		p50: ms(took[len(took)/2]), p99: ms(took[len(took)*99/100]),
	}, nil
}

// loads are the workloads of the ledger, each with how many openings of the store
// the callers have between them, and how many share a commit by themselves.
var loads = map[string]struct {
	escrowtest.Workload
	openings, batch int
}{
	"random":          {escrowtest.Workload{Parties: 1000}, 1, 0},
	"pair":            {escrowtest.Workload{Parties: 1000, Pair: true}, 1, 0},
	"platform":        {escrowtest.Workload{Parties: 1000, Platform: true}, 1, 0},
	"two_phase":       {escrowtest.Workload{Parties: 1000, TwoPhase: true}, 1, 0},
	"plain":           {escrowtest.Workload{Parties: 1000, Plain: true}, 1, 1},
	"joined":          {escrowtest.Workload{Parties: 1000, Plain: true, Wait: 5 * time.Millisecond, Pair: true}, 1, 0},
	"joined_platform": {escrowtest.Workload{Parties: 1000, Plain: true, Wait: 5 * time.Millisecond, Platform: true}, 1, 0},
	"three":           {escrowtest.Workload{Parties: 1000, Pair: true}, 3, 0},
	"three_platform":  {escrowtest.Workload{Parties: 1000, Platform: true}, 3, 0},
}

// allWork is what is measured unless told otherwise; what is compared stands side
// by side.
var allWork = []string{"random", "plain", "pair", "platform", "two_phase", "release", "joined", "joined_platform", "three", "three_platform"}

// fits reports whether a kind of work tells anything with so many callers on a
// store. Joined transactions and several openings are compared where some callers
// meet on PostgreSQL.
func fits(work string, callers int, store string) bool {
	switch work {
	case "plain":
		return callers <= 32
	case "joined", "joined_platform", "three", "three_platform":
		return store == "postgres" && callers > 1 && callers <= 32
	}
	return true
}

// posting measures one of the ledger's workloads.
func (b *bench) posting(ctx context.Context, s driver.Store, dsn, work string, callers int) (f figure, err error) {
	load, known := loads[work]
	if !known {
		return f, fmt.Errorf("there is no work %q", work)
	}
	p, err := escrowtest.NewPosting(ctx, s, load.Workload)
	if err != nil {
		return f, err
	}
	var others []driver.Store
	defer func() {
		for _, other := range others {
			err = errors.Join(err, other.Close())
		}
	}()
	for range load.openings - 1 {
		other, err := b.again(ctx, dsn, load.batch)
		if err != nil {
			return f, err
		}
		others = append(others, other)
		p.Beside(other)
	}
	probe := 20 * callers
	start := time.Now()
	if _, err := p.Run(ctx, callers, probe); err != nil {
		return f, err
	}
	sets := max(probe, int(float64(probe)*b.each.Seconds()/time.Since(start).Seconds()))
	return measure(func() ([]time.Duration, error) { return p.Run(ctx, callers, min(sets, 200_000)) })
}

// job measures the release operation or the whole job.
func (b *bench) job(ctx context.Context, s driver.Store, work string, callers int) (figure, error) {
	e, err := marketplace.New(marketplace.Config{
		Store:    s,
		Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	if err != nil {
		return figure{}, err
	}
	calls := max(10*callers, b.ops)
	op, err := releases(ctx, e, calls, callers)
	if work == "flow" {
		calls = max(callers, b.ops/6)
		op, err = flows(ctx, e)
	}
	if err != nil {
		return figure{}, err
	}
	if err := sealing(ctx, s)(); err != nil { // what preparing has written
		return figure{}, err
	}
	return measure(func() ([]time.Duration, error) {
		sealed := sealing(ctx, s)
		took, err := many(callers, calls, func(i int) error { return op(ctx, i) })
		return took, errors.Join(err, sealed())
	})
}

// sealing seals what is written from now on, all the while, as a worker does; the
// function that it returns ends that when nothing is left.
func sealing(ctx context.Context, s driver.Store) (end func() error) {
	w := lance.NewWorker(s, lance.Jobs[driver.Repos]{}, nil)
	on, stop := context.WithCancel(ctx)
	over := make(chan error, 1)
	go func() {
		failed := w.Run(on, time.Second, nil)
		_, err := w.Drain(ctx, lance.SystemClock().Now(), 1<<20)
		over <- errors.Join(failed, err)
	}()
	return func() error { stop(); return <-over }
}

// many makes calls 0 to n-1 from so many callers at once and returns how long
// each took, shortest first.
func many(callers, n int, call func(i int) error) ([]time.Duration, error) {
	var group sync.WaitGroup
	var next atomic.Int64
	took, faults := make([]time.Duration, n), make([]error, callers)
	for c := range callers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && faults[c] == nil; i = int(next.Add(1)) - 1 {
				start := time.Now()
				faults[c] = call(i)
				took[i] = time.Since(start)
			}
		})
	}
	group.Wait()
	slices.Sort(took)
	for _, err := range faults {
		if err != nil {
			return nil, err
		}
	}
	return took, nil
}

// releases makes n agreements whose work is submitted; the operation approves
// one: release, fee, state, event, key and timer in one transaction.
func releases(ctx context.Context, e *marketplace.Engine, n, callers int) (func(context.Context, int) error, error) {
	ids := make([]escrow.ID, n)
	_, err := many(callers, n, func(i int) error {
		payer, payee := lance.Person(lance.UserID("payer"+strconv.Itoa(i))), lance.Person(lance.UserID("payee"+strconv.Itoa(i)))
		price := lance.NewMoney(100_00, lance.USD)
		if _, err := e.Payments.TopUp(ctx, payer, payments.TopUpInput{Amount: price, Method: "pm_ok"}); err != nil {
			return err
		}
		a, err := e.Escrow.Agree(ctx, payer, escrow.AgreeInput{
			Subject: lance.Ref{Kind: "bench", ID: strconv.Itoa(i)}, Payer: payer.Party, Payee: payee.Party, Amount: price,
		})
		if err != nil {
			return err
		}
		if _, err = e.Escrow.Fund(ctx, payer, escrow.FundInput{Agreement: a.ID}); err != nil {
			return err
		}
		ids[i] = a.ID
		_, err = e.Escrow.Submit(ctx, payee, escrow.SubmitInput{Agreement: a.ID})
		return err
	})
	return func(ctx context.Context, i int) error {
		payer := lance.Person(lance.UserID("payer" + strconv.Itoa(i)))
		_, err := e.Escrow.Approve(ctx, payer, escrow.ApproveInput{Agreement: ids[i], Key: "approve"})
		return err
	}, err
}

// flows returns an operation that plays a whole job with people of its own.
func flows(ctx context.Context, e *marketplace.Engine) (func(context.Context, int) error, error) {
	skill, err := newSkill(ctx, e)
	return func(ctx context.Context, i int) error { return flow(ctx, e, skill, strconv.Itoa(i)) }, err
}

// newSkill makes the one skill that all projects ask for.
func newSkill(ctx context.Context, e *marketplace.Engine) (taxonomy.SkillID, error) {
	skill, err := e.Taxonomy.CreateSkill(ctx, lance.System("bench"), taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "Go"}})
	if err != nil {
		return "", err
	}
	return skill.ID, nil
}

// openProject posts a project and publishes it.
func openProject(ctx context.Context, e *marketplace.Engine, client lance.Actor, skill taxonomy.SkillID) (project.ID, error) {
	price := lance.NewMoney(100_00, lance.USD)
	p, err := e.Projects.Create(ctx, client, project.CreateInput{Terms: project.Terms{
		Title: "Work", Description: "To be done.", Skills: []taxonomy.SkillID{skill},
		Budget: project.Budget{Type: project.Fixed, Min: price, Max: price},
	}})
	if err != nil {
		return "", err
	}
	_, err = e.Projects.Publish(ctx, client, p.ID)
	return p.ID, err
}

func flow(ctx context.Context, e *marketplace.Engine, skill taxonomy.SkillID, n string) error {
	client, freelancer := lance.Person(lance.UserID("client"+n)), lance.Person(lance.UserID("freelancer"+n))
	price := lance.NewMoney(100_00, lance.USD)
	id, err := openProject(ctx, e, client, skill)
	if err != nil {
		return err
	}
	offer, err := e.Projects.Propose(ctx, freelancer, project.ProposeInput{
		Project: id, CoverLetter: "I do it.", Milestones: []project.Offer{{Title: "All of it", Amount: price}},
	})
	if err != nil {
		return err
	}
	c, err := e.Contracts.Accept(ctx, client, contract.AcceptInput{Proposal: offer.ID})
	if err != nil {
		return err
	}
	if _, err = e.Payments.TopUp(ctx, client, payments.TopUpInput{Amount: price, Method: "pm_ok"}); err != nil {
		return err
	}
	milestone := c.Milestones[0].ID
	if _, err = e.Contracts.Fund(ctx, client, contract.FundInput{Milestone: milestone}); err != nil {
		return err
	}
	if _, err = e.Contracts.Submit(ctx, freelancer, contract.SubmitInput{Milestone: milestone, Message: "Done."}); err != nil {
		return err
	}
	if _, err = e.Contracts.Approve(ctx, client, contract.ApproveInput{Milestone: milestone}); err != nil {
		return err
	}
	_, err = e.Payments.Payout(ctx, freelancer, payments.PayoutInput{Amount: lance.NewMoney(90_00, lance.USD), Destination: "ba_ok"})
	return err
}
