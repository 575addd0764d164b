package payments

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments/provider"
)

// byBank is the actor of what follows from chargebacks.
var byBank = lance.System("chargeback")

// onChargeback says what a provider's word means for a chargeback in each state,
// as onCharge does for a top-up.
var onChargeback = map[provider.State]map[ChargebackState]ChargebackAction{
	provider.Opened: {Won: Reopen},
	provider.Won:    {Open: Win, Lost: Win},
	provider.Lost:   {Open: Lose, Won: Reopen},
}

// chargedBack acts on what a provider told of a chargeback of a top-up. That it was
// opened may be told after, or instead of, how it ended, and before the charge was
// confirmed.
func (s *Service) chargedBack(ctx context.Context, r Repos, t *TopUp, ev *ProviderEvent) error {
	c, err := knownAs(ctx, r, ev)
	if err != nil {
		return err
	}
	if c == nil {
		if c, err = s.openIn(ctx, r, t, ev); err != nil {
			return err
		}
	}
	if c.TopUp != t.ID || c.Amount != ev.Amount {
		return mismatch()
	}
	return chargebackIn(ctx, r, c.ID, ev.State, unasked)
}

// knownAs returns the chargeback that a provider calls so, nil for a new one.
func knownAs(ctx context.Context, r Repos, ev *ProviderEvent) (*Chargeback, error) {
	found, err := r.Chargebacks().Find(ctx, lance.Filter{Eq: map[string]any{"provider": ev.Provider, "provider_ref": ev.Chargeback}, Limit: 1})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return found[0], nil
}

// openIn stores a chargeback, books what the provider withholds and takes, and sets
// aside or freezes what the charge paid for.
func (s *Service) openIn(ctx context.Context, r Repos, t *TopUp, ev *ProviderEvent) (*Chargeback, error) {
	if ev.Provider != t.Provider || ev.Amount.Currency() != t.Amount.Currency() {
		return nil, mismatch()
	}
	if t.State != Confirmed {
		if err := r.Lock(ctx, payerRef(t.Party), debtorRef(t.Party)); err != nil {
			return nil, err
		}
		if err := chargeIn(ctx, r, t.ID, provider.Outcome{Ref: ev.Ref, State: provider.Succeeded}); err != nil {
			return nil, err
		}
	}
	c := &Chargeback{
		ID: lance.NewID[ChargebackID]("cbk", r), TopUp: t.ID, Party: t.Party, Provider: t.Provider, ProviderRef: ev.Chargeback,
		Amount: ev.Amount, Fee: ev.Fee, State: ChargebackLifecycle.Start(), Code: reason(ev.Code), Losses: s.opts.Losses,
		AnswerBy: ev.AnswerBy, CreatedAt: r.Now(), UpdatedAt: r.Now(),
	}
	none := c.minor(0)
	if c.Owed, c.Loss = none, none; c.Fee == (lance.Money{}) {
		c.Fee = none
	}
	o, err := look(ctx, r, c, t)
	if err != nil {
		return nil, err
	}
	if err := o.divide(); err != nil {
		return nil, err
	}
	if err := r.Chargebacks().Insert(ctx, c); err != nil {
		return nil, err
	}
	if c.Fee.IsPositive() {
		o.moves = append(o.moves, c.move("fee", 0, ledger.CodeCost, ledger.CostDispute(c.Amount.Currency()), ledger.Cash(c.Provider, c.Amount.Currency()), c.Fee, ""))
	}
	if err := o.keep(ctx, r); err != nil {
		return nil, err
	}
	return c, lance.Emit(ctx, r, byProvider, c.change(), ChargebackOpened{c.changed(), c.Fee})
}

// reopen opens a chargeback once more that was won, about what the charge pays for by
// now: its bank takes the money back a second time. The provider's fee stays as it is.
func (c *Chargeback) reopen(ctx context.Context, r Repos) (err error) {
	t, err := r.TopUps().Get(ctx, c.TopUp)
	if err != nil {
		return err
	}
	o, err := look(ctx, r, c, t)
	if err != nil {
		return err
	}
	now, err := r.Chargebacks().Get(ctx, c.ID)
	if err != nil {
		return err
	}
	if now.Version != c.Version {
		return lance.E(lance.Unavailable, "chargeback_busy", "what was charged back is on the move")
	}
	if c.State, err = ChargebackLifecycle.Next(c.State, Reopen, lance.ByProvider); err != nil {
		return err
	}
	c.Parts, c.EndedAt, c.WarnedAt = nil, time.Time{}, time.Time{}
	if err := o.divide(); err != nil {
		return err
	}
	if err := o.keep(ctx, r); err != nil {
		return err
	}
	return c.save(ctx, r, byProvider, ChargebackOpened{c.changed(), c.minor(0)})
}

// opening is what is known when a chargeback is opened.
type opening struct {
	c      *Chargeback
	lot    ledger.LotID
	flows  []escrow.Flow
	others []*Chargeback // of the same top-up, that were not won
	taken  []*Chargeback // of the payer's, that were not won: read where the guarantee fund has given him something
	has    map[ledger.Account]ledger.Stake
	need   int64 // of the amount, what is not found yet
	clears []escrow.ClearInput
	moves  []ledger.Transfer
}

// look finds, and locks, all that a top-up's money went to. Whoever funds another
// agreement with it meanwhile is first: it is looked for again later.
func look(ctx context.Context, r Repos, c *Chargeback, t *TopUp) (*opening, error) {
	came, err := ledger.TransfersOf(ctx, r, planTopUp(t).ID)
	if err != nil {
		return nil, err
	}
	lot := *came[0].Lot
	flows, err := escrow.FlowsIn(ctx, r, c.Party, lot)
	if err != nil {
		return nil, err
	}
	locked := []lance.Ref{payerRef(c.Party)}
	for _, f := range flows {
		locked = append(locked, f.Agreement.Ref())
	}
	if err := r.Lock(ctx, locked...); err != nil {
		return nil, err
	}
	o := &opening{c: c, lot: lot.ID, need: c.Amount.Minor()}
	if o.others, err = others(ctx, r, c); err != nil {
		return nil, err
	}
	if o.has, err = ledger.Stakes(ctx, r, lot.ID, o.accounts(flows)...); err != nil {
		return nil, err
	}
	if o.flows, err = escrow.FlowsIn(ctx, r, c.Party, lot); err != nil {
		return nil, err
	}
	for _, f := range o.flows {
		if !slices.Contains(locked, f.Agreement.Ref()) {
			return nil, lance.E(lance.Unavailable, "chargeback_busy", "what was charged back is on the move")
		}
	}
	if slices.ContainsFunc(o.flows, func(f escrow.Flow) bool { return f.Agreement.Indemnified.IsPositive() }) {
		o.taken, err = takers(ctx, r, c.Party)
		o.taken = slices.DeleteFunc(o.taken, func(x *Chargeback) bool { return x.ID == c.ID })
	}
	return o, err
}

// others returns the chargebacks of the same top-up that were not won.
func others(ctx context.Context, r Repos, c *Chargeback) ([]*Chargeback, error) {
	all, err := r.Chargebacks().Find(ctx, lance.Filter{Eq: map[string]any{"top_up": string(c.TopUp)}})
	if err != nil {
		return nil, err
	}
	t, err := r.TopUps().Get(ctx, c.TopUp)
	if err != nil {
		return nil, err
	}
	left := t.Amount.Minor()
	all = slices.DeleteFunc(all, func(o *Chargeback) bool { return o.State == Won })
	for _, o := range all {
		left -= o.Amount.Minor()
	}
	if c.Amount.Minor() > left {
		return nil, mismatch()
	}
	return all, nil
}

// accounts are those that may be moved out of, or into.
func (o *opening) accounts(flows []escrow.Flow) []ledger.Account {
	c, cur := o.c, o.c.Amount.Currency()
	out := []ledger.Account{ledger.Available(c.Party, cur), ledger.Reserve(c.Party, cur)}
	for _, f := range flows {
		out = append(out, f.Agreement.HoldAccount())
		for _, e := range f.Earned {
			out = append(out, ledger.Available(e.Party, cur), ledger.Clearance(e.Party, cur), ledger.Reserve(e.Party, cur))
		}
	}
	return out
}

// divide finds the amount: first what the payer has of it yet, then what is held,
// then what was released, and the rest is gone.
func (o *opening) divide() error {
	c := o.c
	if n := o.take(ledger.Available(c.Party, c.Amount.Currency()), o.need); n > 0 {
		o.part(Part{Kind: PartWallet, Bearer: c.Party, Aside: c.minor(n)}, n)
		o.setAside(c.Party, n)
	}
	for _, f := range o.flows {
		if n := min(o.need, f.Held.Minor()-o.claimed(PartHeld, f.Agreement.ID, "")); n > 0 {
			o.part(Part{Kind: PartHeld, Agreement: f.Agreement.ID, Bearer: c.Party}, n)
		}
	}
	for _, f := range o.flows {
		if err := o.released(f); err != nil {
			return err
		}
	}
	if o.need > 0 {
		o.part(Part{Kind: PartGone, Bearer: c.Party}, o.need)
	}
	return nil
}

// part notes a part of n.
func (o *opening) part(p Part, n int64) {
	if p.Amount = o.c.minor(n); p.Aside == (lance.Money{}) {
		p.Aside = o.c.minor(0)
	}
	o.c.Parts = append(o.c.Parts, p)
	o.need -= n
}

// claimed returns what other chargebacks of the same top-up have of what an
// agreement holds or has released. What is held no more does not count as held.
func (o *opening) claimed(k PartKind, a escrow.ID, to string) (sum int64) {
	for _, c := range o.others {
		for _, p := range c.Parts {
			if p.Kind == k && p.Agreement == a && string(p.Payee)+p.Jurisdiction == to && (k != PartHeld || c.State == Open) {
				sum += p.Amount.Minor()
			}
		}
	}
	return sum
}

// take takes what is there of the lot in an account, n at most.
func (o *opening) take(a ledger.Account, n int64) int64 {
	s := o.has[a]
	n = max(0, min(n, s.Free().Minor()))
	s.Posted, s.OfLot = o.c.minor(s.Posted.Minor()-n), o.c.minor(s.OfLot.Minor()-n)
	o.has[a] = s
	return n
}

// released notes what an agreement has released: each payee's part, the platform's
// fee and the tax on it have the same share of what is needed. Where the platform
// keeps its fee, the payees have all.
func (o *opening) released(f escrow.Flow) error {
	parts := o.c.releases(f)
	left, weights := -o.claimed(PartGuaranteed, f.Agreement.ID, ""), make([]int64, len(parts))
	for i, p := range parts {
		rest := p.Amount.Minor() - o.claimed(p.Kind, p.Agreement, string(p.Payee)+p.Jurisdiction)
		left += rest
		weights[i] = max(0, rest) // below zero where payees have borne the platform's part, by other rules
	}
	if n := slices.IndexFunc(parts, func(p Part) bool { return p.Kind != PartEarned }); n > 0 && o.c.Losses.Fees == policy.KeepFees {
		parts, weights = parts[:n], make([]int64, n)
		for i, p := range parts {
			weights[i] = p.Amount.Minor()
		}
	}
	n := min(o.need, left)
	if n <= 0 {
		return nil
	}
	if twice := o.twice(f.Agreement, n); twice > 0 {
		o.part(Part{Kind: PartGuaranteed, Agreement: f.Agreement.ID, Bearer: o.c.Party}, twice)
		n -= twice
	}
	shares, err := o.c.minor(n).Allocate(weights...)
	for i := range shares {
		if n := shares[i].Minor(); n > 0 {
			o.earned(f.Agreement, parts[i], n)
		}
	}
	return err
}

// releases are the parts of what an agreement has released, what payees have earned
// first.
func (c *Chargeback) releases(f escrow.Flow) (parts []Part) {
	for _, e := range f.Earned {
		parts = append(parts, Part{Kind: PartEarned, Payee: e.Party, Bearer: c.bearer(e.Party), Amount: e.Amount})
	}
	parts = append(parts, Part{Kind: PartFee, Amount: f.Fee})
	for _, l := range f.Taxes {
		parts = append(parts, Part{Kind: PartTax, Jurisdiction: l.Jurisdiction, Amount: l.Amount})
	}
	for i := range parts {
		parts[i].Agreement = f.Agreement.ID
	}
	return parts
}

// earned notes a part of what was released. Where it would fall on the payee, what
// he has of it yet is set aside, of what is in clearance too.
func (o *opening) earned(a *escrow.Agreement, p Part, n int64) {
	if p.Kind != PartEarned || p.Bearer != p.Payee {
		o.part(p, n)
		return
	}
	cur := o.c.Amount.Currency()
	aside := o.take(ledger.Available(p.Payee, cur), n)
	if early := o.take(ledger.Clearance(p.Payee, cur), min(n-aside, a.InClearance(p.Payee).Minor())); early > 0 {
		o.clears = append(o.clears, escrow.ClearInput{By: byBank, Agreement: a.ID, Party: p.Payee, Amount: o.c.minor(early), Lot: o.lot})
		aside += early
	}
	p.Aside = o.c.minor(aside)
	o.part(p, n)
	if aside > 0 {
		o.setAside(p.Payee, aside)
	}
}

// setAside moves what a party has available of the lot into its reserve.
func (o *opening) setAside(p lance.PartyID, n int64) {
	cur := o.c.Amount.Currency()
	o.moves = append(o.moves, o.c.move("aside", len(o.moves), ledger.CodeChargeback,
		ledger.Available(p, cur), ledger.Reserve(p, cur), o.c.minor(n), o.lot))
}

// keep posts what was found, freezes the agreements that hold some of it, and sets the
// clocks.
func (o *opening) keep(ctx context.Context, r Repos) error {
	c, cur := o.c, o.c.Amount.Currency()
	for _, in := range o.clears {
		if _, err := escrow.ClearIn(ctx, r, in); err != nil {
			return err
		}
	}
	withheld := c.move("withheld", 0, ledger.CodeChargeback, ledger.Disputed(c.Provider, cur), ledger.Cash(c.Provider, cur), c.Amount, "")
	if _, err := ledger.Post(ctx, r, append(slices.Clone(o.moves), withheld)...); err != nil {
		return err
	}
	for _, p := range c.Parts {
		if p.Kind == PartHeld {
			if err := c.freeze(ctx, r, p.Agreement); err != nil {
				return err
			}
		}
	}
	return r.Timers().Set(ctx,
		lance.Timer{Owner: c.Ref(), Kind: timerPoll, DueAt: r.Now().Add(pollChargeback)},
		lance.Timer{Owner: c.Ref(), Kind: timerOverdue, DueAt: r.Now().Add(c.Losses.Timeout)})
}

// freeze stops an agreement that holds a part of what is charged back, and the case
// about it, if there is one.
func (c *Chargeback) freeze(ctx context.Context, r Repos, id escrow.ID) error {
	if _, err := dispute.SuspendIn(ctx, r, id, c.stronger()); err != nil {
		return err
	}
	_, err := escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: byBank, Agreement: id, Case: c.Ref(), Keeper: bankKeeper})
	return err
}
