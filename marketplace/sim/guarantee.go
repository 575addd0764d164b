package sim

import (
	"context"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
)

// promises are the guarantees of the first documents; the others have none.
var promises = []policy.Guarantee{
	{
		Window: 30 * day, Share: decimal.NewFromInt(100), Claims: 3, Judge: policy.JudgeArbiter, Decision: 5 * day, Silence: policy.ToPayer,
		Bearer: policy.Payee, WriteOff: 30 * day,
	},
	{
		Window: 20 * day, Share: decimal.NewFromInt(60), Caps: []lance.Money{lance.NewMoney(50_000, lance.USD)}, Claims: 2,
		Judge: policy.JudgeAdmin, Decision: 3 * day, Silence: policy.Keep,
	},
}

// treasury is where the platform keeps cash of its own.
const treasury = "treasury"

// claim is a payer who claims on the guarantee, or somebody who does something about a
// claim: mostly who may, and sometimes who may not.
func claim(ctx context.Context, w *world, d *dice) error {
	open := slices.DeleteFunc(slices.Clone(w.books.claims), func(c *guarantee.Claim) bool { return !c.Open() })
	if len(open) == 0 || d.one(4) {
		return fileClaim(ctx, w, d)
	}
	c := choose(d, open, func(c *guarantee.Claim) string { return string(c.Agreement) })
	if c.State == guarantee.Upheld && d.one(2) {
		return fillFund(ctx, w, d, c)
	}
	by := pick(d, []lance.Actor{lance.Person(lance.UserID(c.Payer)), lance.Person(lance.UserID(c.Payee)), judges[0], judges[0], judges[1], admin, admin, stranger})
	may := c.AllowedActions(by)
	if len(may) == 0 || d.one(12) {
		may = guarantee.Lifecycle.AllActions()
	}
	do, key := pick(d, may), w.key()
	part := lance.NewMoney(d.amount(c.Amount.Minor()+1), c.Amount.Currency())
	w.sayf("%s: %s %s in the claim about %s", by.User, do, part, w.name(c.Agreement))
	return w.claimed(ctx, c, func(ctx context.Context) error {
		s := w.engine.Guarantee
		switch do {
		case guarantee.Assign:
			return errOf(s.Assign(ctx, by, guarantee.AssignInput{Key: key, Claim: c.ID, User: by.User}))
		case guarantee.Uphold:
			return errOf(s.Uphold(ctx, by, guarantee.UpholdInput{Key: key, Claim: c.ID, Granted: part, Text: words}))
		case guarantee.Reject:
			return errOf(s.Reject(ctx, by, guarantee.RejectInput{Key: key, Claim: c.ID, Text: words}))
		case guarantee.Pay:
			return errOf(s.Pay(ctx, by, guarantee.ActInput{Key: key, Claim: c.ID}))
		default:
			return errOf(s.Withdraw(ctx, by, guarantee.ActInput{Key: key, Claim: c.ID}))
		}
	})
}

// fileClaim is a payer, mostly, who wants back what was released.
func fileClaim(ctx context.Context, w *world, d *dice) error {
	paid := slices.DeleteFunc(slices.Clone(w.books.agreements), func(a *escrow.Agreement) bool { return a.Released.IsZero() })
	promised := slices.DeleteFunc(slices.Clone(paid), func(a *escrow.Agreement) bool { return !a.Policy.Guarantee.On() })
	if len(promised) > 0 && !d.one(8) {
		paid = promised
	}
	if len(paid) == 0 {
		return nil
	}
	a := choose(d, paid, func(a *escrow.Agreement) string { return string(a.ID) })
	by := pick(d, []lance.Actor{
		lance.Person(lance.UserID(a.Payer)), lance.Person(lance.UserID(a.Payer)), lance.Person(lance.UserID(a.Payer)), lance.Person(lance.UserID(a.Payee)), stranger,
	})
	in := guarantee.FileInput{Key: w.key(), Agreement: a.ID, Statement: words, Amount: lance.NewMoney(d.amount(a.Released.Minor()), a.Amount.Currency())}
	w.sayf("%s claims %s of %s", by.User, in.Amount, w.name(a.ID))
	return w.counted(ctx, func(r marketplace.Repos) counter { return count(r.Claims().Find) }, func(ctx context.Context) error {
		return errOf(w.engine.Guarantee.File(ctx, by, in))
	})
}

// fillFund is an administrator who fills the fund for a claim, or a part of it, from
// fees if there are as many.
func fillFund(ctx context.Context, w *world, d *dice, c *guarantee.Claim) error {
	in := guarantee.FillInput{Key: w.key(), Amount: lance.NewMoney(d.amount(c.Decision.Granted.Minor()), c.Amount.Currency()), From: guarantee.FromFees}
	if d.one(3) {
		in.From, in.Provider = guarantee.FromCash, treasury
	}
	w.sayf("the administrator fills the fund with %s from %s", in.Amount, in.From)
	return w.sure(ctx, func(ctx context.Context) error { return errOf(w.engine.Guarantee.Fill(ctx, admin, in)) })
}

// claimed is command for a claim: what is granted is paid at once, or waits.
func (w *world) claimed(ctx context.Context, c *guarantee.Claim, send func(ctx context.Context) error) error {
	err := w.sure(ctx, send)
	var now *guarantee.Claim
	gone := w.view(ctx, func(ctx context.Context, r marketplace.Repos) (err error) {
		now, err = r.Claims().Get(ctx, c.ID)
		return err
	})
	most := c.Version + 1
	if gone == nil && c.State == guarantee.Filed && !now.Decision.At.IsZero() && now.State != guarantee.Rejected {
		most++
	}
	switch {
	case gone != nil:
		return gone
	case err == nil && now.Version != most, now.Version > most:
		return broken(Once, "the claim about %s went from version %d to %d", w.name(c.Agreement), c.Version, now.Version)
	case err != nil && now.Version != c.Version:
		return broken(Refusal, "the claim about %s went from version %d to %d by what failed with %v", w.name(c.Agreement), c.Version, now.Version, err)
	case err == nil:
		w.done(send)
	}
	return err
}

// fillUp brings what the fund lacks for all that is promised, in the end.
func (w *world) fillUp(ctx context.Context) error {
	funds, err := w.engine.Guarantee.Funds(ctx, admin)
	for _, f := range funds {
		if f.Short().IsPositive() {
			in := guarantee.FillInput{Amount: f.Short(), From: guarantee.FromCash, Provider: treasury}
			if err := errOf(w.engine.Guarantee.Fill(ctx, admin, in)); err != nil {
				return err
			}
		}
	}
	return err
}

// given requires of each claim that it gave no more than was granted, of each agreement
// that the fund gave what its claims say, and that the fund and banks together have
// given no payer more than he paid for what was released.
func (b *books) given() error {
	fund, back := map[escrow.ID]int64{}, map[escrow.ID]int64{}
	for _, c := range b.claims {
		if c.Given().Minor() > c.Decision.Granted.Minor() || c.Decision.Granted.Minor() > c.Amount.Minor() {
			return broken(Given, "of %s claimed and %s granted %s was given", c.Amount, c.Decision.Granted, c.Given())
		}
		fund[c.Agreement] += c.FromFund.Minor()
	}
	for _, c := range b.backs {
		for _, p := range c.Parts {
			if c.State != payments.Won && (p.Kind == payments.PartEarned || p.Kind == payments.PartFee || p.Kind == payments.PartTax) {
				back[p.Agreement] += p.Amount.Minor()
			}
		}
	}
	for _, a := range b.agreements {
		switch {
		case fund[a.ID] != a.Indemnified.Minor():
			return broken(Given, "claims about %s gave %d out of the fund, and it says %s", a.ID, fund[a.ID], a.Indemnified)
		case fund[a.ID] > 0 && fund[a.ID]+back[a.ID] > a.Released.Minor()+a.PayerFee.Minor():
			return broken(Given, "of %s that %s has released %d came out of the fund and %d by banks", a.Released, a.ID, fund[a.ID], back[a.ID])
		}
	}
	return nil
}
