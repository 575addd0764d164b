package escrow

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/policy"
)

// maxDifferences is how many differences a dry run lists one by one.
const maxDifferences = 100

// Difference is what one side of one agreement would have borne otherwise.
type Difference struct {
	Agreement ID
	Side      policy.Side
	Taken     lance.Money // of fees and taxes, so far
	Would     lance.Money // have been taken
}

// DifferenceSum is what one side of all agreements in one currency would have
// borne otherwise.
type DifferenceSum struct {
	Side       policy.Side
	Taken      lance.Money
	Would      lance.Money
	Difference lance.Money // Would − Taken: above zero where it would have been more
}

// DryRun is what another policy would have made of history.
type DryRun struct {
	Version    int             // of the policy that was tried
	Agreements int             // that were compared
	Ruled      int             // that were left out: their ruling says who bears the fees
	Unpriced   int             // that were left out: the policy has no fees in their currency
	Sums       []DifferenceSum // by currency, the payer before the payee
	Lines      []Difference    // the first hundred that differ, oldest agreement first
}

// String prints the sums and the lines, to the minor unit.
func (d DryRun) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "policy %d over %d agreements (%d ruled, %d in other currencies)\n", d.Version, d.Agreements, d.Ruled, d.Unpriced)
	for _, s := range d.Sums {
		fmt.Fprintf(&b, "%s: taken %s, would be %s, difference %s\n", s.Side, s.Taken, s.Would, s.Difference)
	}
	for _, l := range d.Lines {
		fmt.Fprintf(&b, "%s %s: taken %s, would be %s\n", l.Agreement, l.Side, l.Taken, l.Would)
	}
	return b.String()
}

// DryRun tells what agreements, all or those made in q's state and about its
// subject, would have cost under another policy for what was released and
// refunded so far. It changes nothing. It fails with Unauthorized
// "actor_required", Forbidden "role_required" for all but administrators and the
// engine, and Invalid "invalid_input" for a policy that is none.
func (s *Service) DryRun(ctx context.Context, by lance.Actor, doc policy.Document, q Query) (DryRun, error) {
	return lance.Read(ctx, s.db, "escrow.DryRun", func(ctx context.Context, r Repos) (DryRun, error) {
		if err := by.RequireRole(lance.RoleAdmin); err != nil {
			return DryRun{}, err
		}
		var f lance.Faults
		if f.Check("/policy", doc.Check()); f.Err() != nil {
			return DryRun{}, f.Err()
		}
		q.As, q.PageQuery = "", lance.PageQuery{Limit: lance.MaxPageSize}
		filter, err := q.filter(by)
		if err != nil {
			return DryRun{}, err
		}
		d := DryRun{Version: doc.Version}
		for {
			page, err := lance.List(ctx, r.Agreements(), Table, filter, q.PageQuery)
			if err != nil {
				return DryRun{}, err
			}
			for i := range page.Items {
				if err := d.compare(page.Items[i], doc); err != nil {
					return DryRun{}, err
				}
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				return d, nil
			}
		}
	})
}

// compare adds one agreement.
func (d *DryRun) compare(a *Agreement, doc policy.Document) error {
	if a.State == Settled {
		d.Ruled++
		return nil
	}
	would := *a
	would.Policy, would.PayerFee, would.PayeeFee = doc, a.minor(0), a.minor(0)
	payer, err := would.owePayer()
	var payee charge
	if err == nil {
		payee, err = would.owe(policy.Payee, a.Released.Minor(), would.PayeeFee)
	}
	if lance.CodeOf(err) == "policy_currency" {
		d.Unpriced++
		return nil
	}
	if err != nil {
		return err
	}
	d.Agreements++
	for _, l := range []Difference{
		{a.ID, policy.Payer, a.PayerFee, a.minor(payer.minor())}, {a.ID, policy.Payee, a.PayeeFee, a.minor(payee.minor())},
	} {
		if err := d.add(l); err != nil {
			return err
		}
	}
	return nil
}

func (d *DryRun) add(l Difference) (err error) {
	none := lance.NewMoney(0, l.Taken.Currency())
	sum := DifferenceSum{l.Side, none, none, none}
	i, found := slices.BinarySearchFunc(d.Sums, sum, func(a, b DifferenceSum) int {
		return cmp.Or(cmp.Compare(a.Taken.Currency().Code(), b.Taken.Currency().Code()), -cmp.Compare(a.Side, b.Side))
	})
	if !found {
		d.Sums = slices.Insert(d.Sums, i, sum)
	}
	s := &d.Sums[i]
	if s.Taken, err = s.Taken.Add(l.Taken); err != nil {
		return err
	}
	if s.Would, err = s.Would.Add(l.Would); err != nil {
		return err
	}
	if l.Taken != l.Would && len(d.Lines) < maxDifferences {
		d.Lines = append(d.Lines, l)
	}
	s.Difference, err = s.Would.Sub(s.Taken)
	return err
}
