package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
)

func main() {
	if err := start(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "lance")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	h, err := newHost(ctx, filepath.Join(dir, "host.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	return h.run(ctx, out)
}

// run lets the order fail after each of its steps, then succeed, in both kinds of
// transaction.
func (h *host) run(ctx context.Context, out io.Writer) error {
	for _, kind := range []struct {
		name string
		in   func(context.Context, func(tx) error) error
	}{{"*sql.Tx", h.inSQL}, {"bun.Tx", h.inBun}} {
		offer, err := h.prepare(ctx)
		if err != nil {
			return err
		}
		before, err := h.census(ctx)
		if err != nil {
			return err
		}
		for fail := 1; fail <= steps; fail++ {
			err := kind.in(ctx, func(t tx) error { return h.order(ctx, t, offer, fail) })
			if !errors.Is(err, errInjected) {
				return fmt.Errorf("step %d was to fail: %w", fail, err)
			}
			after, err := h.census(ctx)
			if err != nil {
				return err
			}
			if after != before {
				return fmt.Errorf("a failure after step %d left something: %s, before %s", fail, after, before)
			}
			_, _ = fmt.Fprintf(out, "%s: a failure after step %d of %d leaves nothing\n", kind.name, fail, steps)
		}
		if err := kind.in(ctx, func(t tx) error { return h.order(ctx, t, offer, 0) }); err != nil {
			return err
		}
		after, err := h.census(ctx)
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(out, "%s: committed together: %s\n", kind.name, minus(after, before))
	}
	return nil
}

func minus(a, b count) count {
	return count{
		a.Orders - b.Orders, a.Contracts - b.Contracts, a.Agreements - b.Agreements,
		a.Transfers - b.Transfers, a.Events - b.Events, a.Timers - b.Timers,
	}
}

// prepare posts a project, has it proposed for, and tops the client's wallet up.
func (h *host) prepare(ctx context.Context) (project.ProposalID, error) {
	admin := lance.Person("1", lance.RoleAdmin)
	_, err := h.engine.Taxonomy.CreateSkill(ctx, admin, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "Go"}})
	if err != nil && lance.KindOf(err) != lance.Exists {
		return "", err
	}
	skills, err := h.engine.Taxonomy.Resolve(ctx, taxonomy.List{"Go"})
	if err != nil {
		return "", err
	}
	p, err := h.engine.Projects.Create(ctx, client, project.CreateInput{Terms: project.Terms{
		Title: "A shop", Description: "It sells things.", Skills: skills,
		Budget: project.Budget{Type: project.Fixed, Min: lance.NewMoney(100_00, lance.USD), Max: lance.NewMoney(300_00, lance.USD)},
	}})
	if err != nil {
		return "", err
	}
	if _, err = h.engine.Projects.Publish(ctx, client, p.ID); err != nil {
		return "", err
	}
	offer, err := h.engine.Projects.Propose(ctx, freelancer, project.ProposeInput{
		Project: p.ID, CoverLetter: "I build shops.",
		Milestones: []project.Offer{{Title: "The shop", Amount: lance.NewMoney(200_00, lance.USD)}},
	})
	if err != nil {
		return "", err
	}
	_, err = h.engine.Payments.TopUp(ctx, client, payments.TopUpInput{Amount: lance.NewMoney(200_00, lance.USD), Method: "pm_ok"})
	return offer.ID, err
}

// errInjected is the host's own failure.
var errInjected = errors.New("the host changed its mind")

// steps is how many steps an order has.
const steps = 5

// order does the host's work and lance's in the host's transaction, and fails
// after the step that fail names; 0 is never.
func (h *host) order(ctx context.Context, t tx, offer project.ProposalID, fail int) error {
	engine := h.engine.With(h.store.Join(t))
	var c *contract.Details
	for i, step := range [steps]func() error{
		func() (err error) {
			c, err = engine.Contracts.Accept(ctx, client, contract.AcceptInput{Proposal: offer, Key: "accept-" + string(offer)})
			return err
		},
		func() error {
			_, err := t.ExecContext(ctx, `INSERT INTO orders (contract, note) VALUES (?, 'accepted')`, string(c.ID))
			return err
		},
		func() error {
			_, err := engine.Contracts.Fund(ctx, client, contract.FundInput{Milestone: c.Milestones[0].ID})
			return err
		},
		func() error {
			_, err := engine.Contracts.Submit(ctx, freelancer, contract.SubmitInput{Milestone: c.Milestones[0].ID, Message: "Done."})
			return err
		},
		func() error {
			_, err := t.ExecContext(ctx, `UPDATE orders SET note = 'submitted' WHERE contract = ?`, string(c.ID))
			return err
		},
	} {
		if err := step(); err != nil {
			return err
		}
		if fail == i+1 {
			return errInjected
		}
	}
	return nil
}
