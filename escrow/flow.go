package escrow

import (
	"context"
	"slices"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// Flow is what became of a lot's money in one agreement: what is held of it, and
// where the rest went.
type Flow struct {
	Agreement *Agreement
	Held      lance.Money
	Returned  lance.Money // to the payer
	Earned    []Earned    // by each payee, in the order in which they first got some of it
	Fee       lance.Money // the platform's
	Taxes     []Levied    // on the fee
}

// Earned is what one payee was paid.
type Earned struct {
	Party  lance.PartyID
	Amount lance.Money
}

// Levied is what a jurisdiction was paid.
type Levied struct {
	Jurisdiction string
	Amount       lance.Money
}

// flowPage is how many agreements, or lines of one, FlowsIn reads at a time.
const flowPage = 500

// FlowsIn follows a lot in the transaction of r through the agreements that a
// party pays for, and returns those that had some of it, in order of their IDs.
// It reads the lines of every agreement that was alive since the lot was charged.
func FlowsIn(ctx context.Context, r Repos, payer lance.PartyID, lot ledger.Lot) ([]Flow, error) {
	var out []Flow
	f := lance.Filter{Eq: map[string]any{"payer": string(payer)}, Limit: flowPage}
	for {
		found, err := r.Agreements().Find(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			if a.Amount.Currency() != lot.Amount.Currency() || !a.alive(lot.ChargedAt) {
				continue
			}
			flow, is, err := flowOf(ctx, r, a, lot.ID)
			if err != nil {
				return nil, err
			}
			if is {
				out = append(out, flow)
			}
		}
		if len(found) < flowPage {
			return out, nil
		}
		last := found[len(found)-1].ID
		f.After = []any{string(last), string(last)}
	}
}

// flowOf adds up what the lines of an agreement's hold say of a lot, and reports
// whether any does.
func flowOf(ctx context.Context, r Repos, a *Agreement, lot ledger.LotID) (f Flow, is bool, err error) {
	f = Flow{Agreement: a, Held: a.minor(0), Returned: a.minor(0), Fee: a.minor(0)}
	before := int64(0)
	for {
		lines, err := r.Ledger().Statement(ctx, a.HoldAccount(), before, flowPage)
		if err != nil {
			return f, false, err
		}
		for _, l := range lines {
			i := slices.IndexFunc(l.Transfer.Lots, func(s ledger.LotShare) bool { return s.Lot == lot })
			if i >= 0 {
				is = true
				f.add(&l.Transfer, l.Transfer.Lots[i].Amount.Minor())
			}
		}
		if len(lines) < flowPage {
			slices.Reverse(f.Earned) // lines come latest first
			return f, is, nil
		}
		before = lines[len(lines)-1].N
	}
}

// add counts a part of the lot that a transfer moved into or out of the hold.
func (f *Flow) add(t *ledger.Transfer, n int64) {
	a := f.Agreement
	if t.Credit == a.HoldAccount() {
		f.Held = a.minor(f.Held.Minor() + n)
		return
	}
	f.Held = a.minor(f.Held.Minor() - n)
	switch to := t.Credit; {
	case t.Code == ledger.CodeChargeback: // reclaimed: nobody has it
	case to.Kind == ledger.KindFee:
		f.Fee = a.minor(f.Fee.Minor() + n)
	case to.Kind == ledger.KindTax:
		i := slices.IndexFunc(f.Taxes, func(l Levied) bool { return l.Jurisdiction == to.Owner })
		if i < 0 {
			i, f.Taxes = len(f.Taxes), append(f.Taxes, Levied{to.Owner, a.minor(0)})
		}
		f.Taxes[i].Amount = a.minor(f.Taxes[i].Amount.Minor() + n)
	case lance.PartyID(to.Owner) == a.Payer:
		f.Returned = a.minor(f.Returned.Minor() + n)
	default:
		p := lance.PartyID(to.Owner)
		i := slices.IndexFunc(f.Earned, func(e Earned) bool { return e.Party == p })
		if i < 0 {
			i, f.Earned = len(f.Earned), append(f.Earned, Earned{p, a.minor(0)})
		}
		f.Earned[i].Amount = a.minor(f.Earned[i].Amount.Minor() + n)
	}
}

// InClearance returns how much of what a party was paid waits to become available.
func (a *Agreement) InClearance(p lance.PartyID) lance.Money {
	sum := int64(0)
	for _, c := range a.Clearing {
		if c.Party == p {
			sum += c.Amount.Minor()
		}
	}
	return a.minor(sum)
}

// ClearInput says what becomes available before its time.
type ClearInput struct {
	By        lance.Actor   // the engine
	Agreement ID            // which
	Party     lance.PartyID // whose money
	Amount    lance.Money   // above zero; no more than InClearance
	Lot       ledger.LotID  // which lot's
}

// ClearIn makes a part of what is in clearance available before its time, in the
// transaction of r: what has longest to wait goes first. It is for the engine, which
// moves it on at once, as for a chargeback. It fails with NotFound
// "agreement_not_found", Forbidden "agreement_relation" for anybody else, Invalid
// "money_not_positive", and Insufficient "clearance_insufficient" for more than is there, or
// "lot_insufficient" of the lot.
func ClearIn(ctx context.Context, r Repos, in ClearInput) (*Agreement, error) {
	if !in.By.IsSystem() {
		return nil, lance.E(lance.Forbidden, noun+"_relation", "this is not yours to do")
	}
	if err := lance.RequirePositive(in.Amount); err != nil {
		return nil, err
	}
	a, err := lock(ctx, r, in.By, in.Agreement)
	if err != nil {
		return nil, err
	}
	if in.Amount.Minor() > a.InClearance(in.Party).Minor() || in.Amount.Currency() != a.Amount.Currency() {
		return nil, lance.E(lance.Insufficient, "clearance_insufficient", "there is less in clearance")
	}
	s := clearEarly(*a, in)
	return s.keep(ctx, r, in.By)
}

// clearEarly takes an amount out of a party's clearance, the latest first.
func clearEarly(a Agreement, in ClearInput) step {
	s := step{after: a}
	left := in.Amount.Minor()
	s.after.Clearing = slices.Clone(a.Clearing)
	for i := len(s.after.Clearing) - 1; i >= 0 && left > 0; i-- {
		c := &s.after.Clearing[i]
		if c.Party == in.Party {
			take := min(left, c.Amount.Minor())
			c.Amount, left = a.minor(c.Amount.Minor()-take), left-take
		}
	}
	s.after.Clearing = slices.DeleteFunc(s.after.Clearing, func(c Clearing) bool { return c.Amount.IsZero() })
	cur := a.Amount.Currency()
	s.move(ledger.CodeClear, ledger.Clearance(in.Party, cur), ledger.Available(in.Party, cur), in.Amount)
	s.transfers[0].Lots = []ledger.LotShare{{Lot: in.Lot, Amount: in.Amount}}
	s.event = AgreementCleared{changed(&s.after), in.Amount}
	return s
}

// alive reports whether the agreement had not ended by then.
func (a *Agreement) alive(at time.Time) bool { return a.EndedAt.IsZero() || !a.EndedAt.Before(at) }
