package payments

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
)

// TakenIn returns, in the transaction of r, how much of what an agreement has released
// banks have taken back for its payer, fees and all, and whether a chargeback about
// some of it is open: that counts as taken, too. What the payer owes again, since the
// guarantee fund had given him as much, does not.
func TakenIn(ctx context.Context, r Repos, a *escrow.Agreement) (taken lance.Money, open bool, err error) {
	all, err := takers(ctx, r, a.Payer)
	sum := int64(0)
	for _, c := range all {
		n, is := c.released(a.ID)
		sum += n
		open = open || is && c.State == Open
	}
	return lance.NewMoney(sum, a.Amount.Currency()), open, err
}

// takers are the chargebacks of a payer that were not won.
func takers(ctx context.Context, r Repos, payer lance.PartyID) ([]*Chargeback, error) {
	var all []*Chargeback
	for _, s := range []ChargebackState{Open, Lost} {
		found, err := r.Chargebacks().Find(ctx, lance.Filter{Eq: map[string]any{"party": string(payer), "state": string(s)}})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// released returns how much of the chargeback an agreement has released, but for what
// the payer has to give back, and whether any of it is of that at all.
func (c *Chargeback) released(id escrow.ID) (sum int64, is bool) {
	for _, p := range c.Parts {
		if p.Agreement != id {
			continue
		}
		switch p.Kind {
		case PartEarned, PartFee, PartTax:
			sum, is = sum+p.Amount.Minor(), true
		case PartGuaranteed:
			is = true
		case PartWallet, PartHeld, PartGone:
		}
	}
	return sum, is
}

// twice returns how much of n, which an agreement has released, the payer would have
// back a second time: the guarantee fund and banks together give him no more than he
// has paid for it.
func (o *opening) twice(a *escrow.Agreement, n int64) int64 {
	if a.Indemnified.IsZero() {
		return 0
	}
	back := a.Indemnified.Minor() + n
	for _, c := range append([]*Chargeback{o.c}, o.taken...) {
		sum, _ := c.released(a.ID)
		back += sum
	}
	return max(0, min(n, back-a.Released.Minor()-a.PayerFee.Minor()))
}
