package payments

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments/provider"
)

// unasked is the version of a chargeback about which no provider was asked.
const unasked int64 = 0

// chargebackIn stores what a provider said about a chargeback: a word of its own, or
// the answer when it was asked about a version. What was said before, or is
// overtaken, changes nothing. A word against how it ended may be an older one: the
// provider is asked, and its answer counts.
func chargebackIn(ctx context.Context, r Repos, id ChargebackID, says provider.State, asked int64) error {
	means, known := onChargeback[says]
	if !known {
		return badOutcome()
	}
	c, err := r.Chargebacks().Get(ctx, id)
	if err != nil || means[c.State] == "" {
		return err
	}
	if c.State != Open && asked != c.Version {
		return c.doubt(ctx, r, says)
	}
	if c.State == Won {
		if err := c.reopen(ctx, r); err != nil {
			return err
		}
		return chargebackIn(ctx, r, id, says, asked)
	}
	was := c.Version
	if c, err = lockChargeback(ctx, r, id); err != nil || means[c.State] == "" {
		return err
	}
	if c.State != Open && was != c.Version {
		return c.doubt(ctx, r, says)
	}
	return c.act(ctx, r, byProvider, means[c.State], lance.ByProvider)
}

// doubt stores that a provider is to be asked whether a chargeback ended otherwise.
func (c *Chargeback) doubt(ctx context.Context, r Repos, says provider.State) error {
	return r.Deliveries().Enqueue(ctx, lance.Delivery{
		Relay: relayLookup, Key: fmt.Sprintf("%s@%d-%s", c.ID, c.Version, says), Subject: c.Ref(), DueAt: r.Now(),
	})
}

// bearers are what is locked to change what parties owe for the chargeback.
func (c *Chargeback) bearers() (refs []lance.Ref) {
	for _, p := range c.Parts {
		if p.Bearer != "" {
			refs = append(refs, debtorRef(p.Bearer))
		}
	}
	return refs
}

// lockChargeback reads a chargeback that nobody else changes meanwhile, nor its
// agreements and what its parties owe.
func lockChargeback(ctx context.Context, r Repos, id ChargebackID) (*Chargeback, error) {
	c, err := r.Chargebacks().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	refs := append(c.bearers(), payerRef(c.Party))
	for _, p := range c.Parts {
		if p.Kind == PartHeld {
			refs = append(refs, escrow.Ref(p.Agreement))
		}
	}
	if err := r.Lock(ctx, refs...); err != nil {
		return nil, err
	}
	return r.Chargebacks().Get(ctx, id)
}

// act does an action to a chargeback that is locked.
func (c *Chargeback) act(ctx context.Context, r Repos, by lance.Actor, do ChargebackAction, as ...lance.Relation) (err error) {
	e := &ending{c: c, since: c.EndedAt}
	was := c.State
	if c.State, err = ChargebackLifecycle.Next(was, do, as...); err != nil {
		return err
	}
	c.EndedAt, c.Owed, c.Loss = r.Now(), c.minor(0), c.minor(0)
	if e.lot, err = c.lot(ctx, r); err != nil {
		return err
	}
	switch {
	case do == Lose:
		err = e.lose(ctx, r, by)
	case was == Lost:
		err = e.giveBack(ctx, r)
	default:
		err = e.win(ctx, r)
	}
	if err != nil {
		return err
	}
	if err := r.Timers().Cancel(ctx, c.Ref(), timerPoll, timerOverdue); err != nil {
		return err
	}
	if do == Win {
		return c.save(ctx, r, by, ChargebackWon{c.changed()})
	}
	return c.save(ctx, r, by, ChargebackLost{c.changed(), c.Owed, c.Loss})
}

// lot returns which lot is charged back.
func (c *Chargeback) lot(ctx context.Context, r Repos) (ledger.LotID, error) {
	t, err := r.TopUps().Get(ctx, c.TopUp)
	if err != nil {
		return "", err
	}
	came, err := ledger.TransfersOf(ctx, r, planTopUp(t).ID)
	if err != nil {
		return "", err
	}
	return came[0].Lot.ID, nil
}

// ending is what a chargeback comes to.
type ending struct {
	c     *Chargeback
	lot   ledger.LotID
	since time.Time // when it was lost before, if it was
	moves []ledger.Transfer
	owed  []Part // on whom how much falls; the platform too
}

// win undoes everything but the provider's fee: what was withheld is cash, what was
// set aside is available, what was frozen goes on.
func (e *ending) win(ctx context.Context, r Repos) error {
	c, cur := e.c, e.c.Amount.Currency()
	e.move("won", ledger.CodeChargeback, ledger.Cash(c.Provider, cur), ledger.Disputed(c.Provider, cur), c.Amount, "")
	for i := range c.Parts {
		p := &c.Parts[i]
		e.move("won", ledger.CodeChargeback, ledger.Reserve(p.Bearer, cur), ledger.Available(p.Bearer, cur), p.Aside, e.lot)
		if p.Aside = c.minor(0); p.Kind == PartHeld {
			if err := c.thaw(ctx, r, p.Agreement); err != nil {
				return err
			}
		}
	}
	_, err := ledger.Post(ctx, r, e.moves...)
	return err
}

// move adds a transfer unless there is nothing to move.
func (e *ending) move(step string, code ledger.Code, from, to ledger.Account, amount lance.Money, lot ledger.LotID) {
	if amount.IsPositive() {
		e.moves = append(e.moves, e.c.move(step, len(e.moves), code, from, to, amount, lot))
	}
}

// lose pays the provider back: out of what was set aside, what agreements hold and
// the platform's own fees; the rest falls on whom the rules name.
func (e *ending) lose(ctx context.Context, r Repos, by lance.Actor) error {
	c, cur := e.c, e.c.Amount.Currency()
	gone := ledger.Disputed(c.Provider, cur)
	for i := range c.Parts {
		p := &c.Parts[i]
		e.move("lost", ledger.CodeChargeback, ledger.Reserve(p.Bearer, cur), gone, p.Aside, e.lot)
		rest := c.minor(p.Amount.Minor() - p.Aside.Minor())
		p.Aside = c.minor(0)
		switch p.Kind {
		case PartFee:
			e.move("lost", ledger.CodeChargeback, ledger.Fee(cur), gone, rest, "")
			continue
		case PartTax:
			e.move("lost", ledger.CodeChargeback, ledger.Tax(p.Jurisdiction, cur), gone, rest, "")
			continue
		case PartHeld:
			if err := e.recover(ctx, r, p); err != nil {
				return err
			}
			continue
		case PartWallet, PartEarned, PartGuaranteed, PartGone:
		}
		e.owe(p.Bearer, rest)
	}
	return e.settle(ctx, r, by)
}

// giveBack undoes a loss: the platform gets what it has given up or borne, and each
// party what it has borne, out of which it pays what it owes for it yet. What an
// agreement has lost is the payer's again, who may fund it anew.
func (e *ending) giveBack(ctx context.Context, r Repos) error {
	c, cur := e.c, e.c.Amount.Currency()
	from := ledger.Cash(c.Provider, cur)
	apart := int64(0) // what the payer had from the guarantee fund is not of the lot
	for _, p := range c.Parts {
		switch p.Kind {
		case PartFee:
			e.move("back", ledger.CodeChargeback, from, ledger.Fee(cur), p.Amount, "")
		case PartTax:
			e.move("back", ledger.CodeChargeback, from, ledger.Tax(p.Jurisdiction, cur), p.Amount, "")
		case PartGuaranteed:
			apart += p.Amount.Minor()
			fallthrough
		case PartWallet, PartHeld, PartEarned, PartGone:
			e.owe(p.Bearer, p.Amount)
		}
	}
	var owing []*Debt
	for _, o := range e.owed {
		if o.Bearer == "" {
			e.move("back", ledger.CodeLoss, from, ledger.Loss(cur), o.Amount, "")
			continue
		}
		debts, err := e.debts(ctx, r, o.Bearer)
		if err != nil {
			return err
		}
		for _, d := range debts {
			switch d.State {
			case WrittenOff:
				e.move("back", ledger.CodeLoss, from, ledger.Loss(cur), d.Rest(), "")
				o.Amount = c.minor(o.Amount.Minor() - d.Rest().Minor())
			case Owing:
				owing = append(owing, d)
			case Netted:
			}
		}
		if o.Bearer == c.Party {
			own := c.minor(min(apart, o.Amount.Minor()))
			e.move("back", ledger.CodeChargeback, from, ledger.Available(o.Bearer, cur), own, "")
			o.Amount = c.minor(o.Amount.Minor() - own.Minor())
		}
		e.move("back", ledger.CodeChargeback, from, ledger.Available(o.Bearer, cur), o.Amount, e.lot)
	}
	if _, err := ledger.Post(ctx, r, e.moves...); err != nil {
		return err
	}
	for _, d := range owing {
		if err := d.net(ctx, r, d.Rest()); err != nil {
			return err
		}
	}
	return nil
}

// debts are those of a party since the chargeback was lost.
func (e *ending) debts(ctx context.Context, r Repos, p lance.PartyID) ([]*Debt, error) {
	all, err := r.Debts().Find(ctx, lance.Filter{Eq: map[string]any{"party": string(p)}})
	return slices.DeleteFunc(all, func(d *Debt) bool { return d.For != e.c.Ref() || d.CreatedAt.Before(e.since) }), err
}

// owe notes that so much falls on a party, or on the platform.
func (e *ending) owe(p lance.PartyID, amount lance.Money) {
	i := slices.IndexFunc(e.owed, func(o Part) bool { return o.Bearer == p })
	if i < 0 {
		i, e.owed = len(e.owed), append(e.owed, Part{Bearer: p, Amount: e.c.minor(0)})
	}
	e.owed[i].Amount = e.c.minor(e.owed[i].Amount.Minor() + amount.Minor())
}

// settle posts what was found and what falls on whom, and takes at once what those
// who owe now have available.
func (e *ending) settle(ctx context.Context, r Repos, by lance.Actor) error {
	c, cur := e.c, e.c.Amount.Currency()
	gone := ledger.Disputed(c.Provider, cur)
	for _, o := range e.owed {
		if o.Bearer == "" {
			c.Loss = o.Amount
			e.move("lost", ledger.CodeLoss, ledger.Loss(cur), gone, o.Amount, "")
			continue
		}
		c.Owed = c.minor(c.Owed.Minor() + o.Amount.Minor())
		e.move("lost", ledger.CodeOwe, ledger.Receivable(o.Bearer, cur), gone, o.Amount, "")
	}
	if _, err := ledger.Post(ctx, r, e.moves...); err != nil {
		return err
	}
	for _, o := range e.owed {
		if o.Bearer == "" || o.Amount.IsZero() {
			continue
		}
		if err := c.owes(ctx, r, by, o.Bearer, o.Amount); err != nil {
			return err
		}
		if err := netIn(ctx, r, o.Bearer, cur); err != nil {
			return err
		}
	}
	return nil
}

// thaw lets an agreement go on that this chargeback has frozen, and a case that has
// waited for it, unless they wait for another one.
func (c *Chargeback) thaw(ctx context.Context, r Repos, id escrow.ID) error {
	if _, err := escrow.ThawIn(ctx, r, escrow.ThawInput{By: byBank, Agreement: id, Case: c.Ref(), Keeper: bankKeeper}); err != nil {
		return err
	}
	_, err := dispute.ResumeIn(ctx, r, id, c.stronger())
	return err
}

// sharing returns the other open chargebacks of the payer for money that an
// agreement holds, or has held until now.
func (c *Chargeback) sharing(ctx context.Context, r Repos, a *escrow.Agreement) ([]*Chargeback, error) {
	all, err := r.Chargebacks().Find(ctx, lance.Filter{Eq: map[string]any{"party": string(c.Party), "state": string(Open)}})
	return slices.DeleteFunc(all, func(o *Chargeback) bool { return o.ID == c.ID || o.held(a.ID) < 0 }), err
}

// held returns which part is held by an agreement, -1 if none is.
func (c *Chargeback) held(id escrow.ID) int {
	return slices.IndexFunc(c.Parts, func(p Part) bool { return p.Kind == PartHeld && p.Agreement == id })
}

// recover takes a part of what was lost out of the agreement that holds it. That goes
// on with what other charges have paid for, and ends when nothing is left. Those who
// share it follow what is the payer's again.
func (e *ending) recover(ctx context.Context, r Repos, p *Part) error {
	c := e.c
	a, err := escrow.ReclaimIn(ctx, r, escrow.ReclaimInput{
		By: byBank, Agreement: p.Agreement, Case: c.Ref(), Keeper: bankKeeper, Amount: p.Amount, Lot: e.lot,
		To: ledger.Disputed(c.Provider, p.Amount.Currency()),
	})
	if err != nil {
		return err
	}
	if a.Remaining().IsPositive() {
		err = c.thaw(ctx, r, a.ID)
	} else {
		err = c.endAgreement(ctx, r, a.ID)
	}
	if err != nil {
		return err
	}
	others, err := c.sharing(ctx, r, a)
	for _, o := range others {
		if err := o.follow(ctx, r, a); err != nil {
			return err
		}
	}
	return err
}

// endAgreement ends an agreement of whose price nothing is left, and a case about it.
func (c *Chargeback) endAgreement(ctx context.Context, r Repos, id escrow.ID) error {
	if overtaken, err := dispute.OvertakeIn(ctx, r, id, c.stronger(), lance.Money{}); err != nil || overtaken {
		return err
	}
	_, err := escrow.RuleIn(ctx, r, escrow.RuleInput{By: byBank, Agreement: id, Case: c.Ref(), Keeper: bankKeeper, Bears: escrow.BearNobody})
	return err
}

// takeOut moves an amount of the lot out of what the payer has available, or as much
// of it as there is, which it returns.
func (c *Chargeback) takeOut(ctx context.Context, r Repos, lot ledger.LotID, step string, to ledger.Account, amount lance.Money) (lance.Money, error) {
	from := ledger.Available(c.Party, amount.Currency())
	has, err := ledger.Stakes(ctx, r, lot, from)
	if err != nil {
		return amount, err
	}
	got := c.minor(min(amount.Minor(), has[from].Free().Minor()))
	if got.IsPositive() {
		_, err = ledger.Post(ctx, r, c.move(step, 0, ledger.CodeChargeback, from, to, got, lot))
	}
	return got, err
}

// follow sets aside what an agreement has held of a part and the payer has again.
func (c *Chargeback) follow(ctx context.Context, r Repos, a *escrow.Agreement) error {
	lot, err := c.lot(ctx, r)
	if err != nil {
		return err
	}
	has, err := ledger.Stakes(ctx, r, lot, a.HoldAccount())
	if err != nil {
		return err
	}
	i := c.held(a.ID)
	held := min(c.Parts[i].Amount.Minor(), has[a.HoldAccount()].Free().Minor())
	p := Part{Kind: PartWallet, Agreement: a.ID, Bearer: c.Party, Amount: c.minor(c.Parts[i].Amount.Minor() - held)}
	if p.Amount.IsZero() {
		return nil
	}
	if p.Aside, err = c.takeOut(ctx, r, lot, "unfrozen/"+string(a.ID), ledger.Reserve(c.Party, p.Amount.Currency()), p.Amount); err != nil {
		return err
	}
	if held == 0 {
		c.Parts[i] = p
	} else {
		c.Parts[i].Amount = c.minor(held)
		c.Parts = append(c.Parts, p)
	}
	return c.save(ctx, r, byBank, ChargebackMoved{c.changed()})
}

func (c *Chargeback) save(ctx context.Context, r Repos, by lance.Actor, event lance.Payload) error {
	c.UpdatedAt = r.Now()
	if err := r.Chargebacks().Update(ctx, c); err != nil {
		return err
	}
	return lance.Emit(ctx, r, by, c.change(), event)
}
