package guarantee

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
)

// engine is who moves the money of claims, by whoever's word.
var engine = lance.System(noun)

// fault is what an administrator is told who wants a claim paid that cannot be.
func (w Why) fault() error {
	switch w {
	case WhyFund:
		return lance.E(lance.Insufficient, "guarantee_fund_insufficient", "the guarantee fund has not enough")
	case WhyFrozen:
		return lance.E(lance.Precondition, "guarantee_frozen", "a case or a chargeback has the agreement frozen")
	case WhyChargeback:
		return lance.E(lance.Precondition, "guarantee_chargeback", "a chargeback about what was released is open")
	}
	return nil
}

// try pays a claim that is upheld, or notes why it cannot be and tries again later.
func (c *Claim) try(ctx context.Context, r Repos) error {
	why, err := c.pay(ctx, r, engine)
	if err != nil || why == "" {
		return err
	}
	if why == c.Why { // nothing has changed
		return c.clock(ctx, r)
	}
	if c.State, err = Lifecycle.Next(c.State, Delay, lance.ByClock); err != nil {
		return err
	}
	c.Why = why
	return c.save(ctx, r, engine, ClaimDelayed{c.changed(), why})
}

// pay pays what was granted, as far as it was not given back otherwise, whole or not at
// all; what it returns keeps it from being paid.
func (c *Claim) pay(ctx context.Context, r Repos, by lance.Actor) (Why, error) {
	a, err := r.Agreements().Get(ctx, c.Agreement)
	if err != nil {
		return "", err
	}
	if a.State == escrow.Frozen {
		return WhyFrozen, nil
	}
	rest, open, err := left(ctx, r, a)
	if err != nil {
		return "", err
	}
	amount := min(c.Decision.Granted.Minor(), rest.Minor())
	switch {
	case open:
		return WhyChargeback, nil
	case amount == 0:
		return "", c.overtaken(ctx, r, by)
	}
	if !escrow.Lifecycle.Terminal(a.State) {
		c.FromHold = c.minor(min(amount, a.Remaining().Minor()))
	}
	c.FromFund = c.minor(amount - c.FromHold.Minor())
	if why, err := c.afford(ctx, r); err != nil || why != "" {
		c.FromHold, c.FromFund = c.minor(0), c.minor(0)
		return why, err
	}
	return "", c.paid(ctx, r, by, a)
}

// afford reports whether the fund has what is to come out of it, which it keeps locked.
func (c *Claim) afford(ctx context.Context, r Repos) (Why, error) {
	if c.FromFund.IsZero() {
		return "", nil
	}
	fund := ledger.Guarantee(c.Amount.Currency())
	has, err := ledger.Stakes(ctx, r, "", fund)
	if err == nil && has[fund].Available().Minor() < c.FromFund.Minor() {
		return WhyFund, nil
	}
	return "", err
}

// overtaken ends a claim of which nothing is left.
func (c *Claim) overtaken(ctx context.Context, r Repos, by lance.Actor) error {
	to, err := Lifecycle.Next(c.State, Overtake, c.Relations(by)...)
	if err != nil {
		return err
	}
	c.end(r, to)
	return c.save(ctx, r, by, ClaimOvertaken{c.changed()})
}

// paid moves what was worked out.
func (c *Claim) paid(ctx context.Context, r Repos, by lance.Actor, a *escrow.Agreement) error {
	to, err := Lifecycle.Next(c.State, Pay, c.Relations(by)...)
	if err != nil {
		return err
	}
	if c.FromHold.IsPositive() {
		if _, err := escrow.RefundIn(ctx, r, escrow.RefundInput{By: engine, Agreement: a.ID, Amount: c.FromHold}); err != nil {
			return err
		}
	}
	if c.FromFund.IsPositive() {
		if _, err := escrow.IndemnifyIn(ctx, r, escrow.IndemnifyInput{By: engine, Agreement: a.ID, Case: c.Ref(), Amount: c.FromFund}); err != nil {
			return err
		}
		if err := c.owe(ctx, r, a); err != nil {
			return err
		}
	}
	c.end(r, to)
	return c.save(ctx, r, by, ClaimPaid{c.changed(), c.FromHold, c.FromFund})
}

// owe makes the payees owe what they were paid of what the fund gave, each his share,
// where the terms have them bear it. The fee on it the platform bears.
func (c *Claim) owe(ctx context.Context, r Repos, a *escrow.Agreement) error {
	if c.Terms.Bearer != policy.Payee {
		return nil
	}
	net, err := c.FromFund.Allocate(a.Released.Minor()-a.PayeeFee.Minor(), a.PayeeFee.Minor())
	if err != nil {
		return err
	}
	payees := a.Payees
	if len(payees) == 0 {
		payees = []escrow.Share{{Party: a.Payee, Weight: 1}}
	}
	weights := make([]int64, len(payees))
	for i, p := range payees {
		weights[i] = p.Weight
	}
	shares, err := net[0].Allocate(weights...)
	if err != nil {
		return err
	}
	for i, p := range payees {
		if shares[i].IsZero() {
			continue
		}
		in := payments.OweInput{By: engine, Party: p.Party, For: c.Ref(), Amount: shares[i], WriteOff: c.Terms.WriteOff}
		if err := payments.OweIn(ctx, r, in); err != nil {
			return err
		}
	}
	return nil
}
