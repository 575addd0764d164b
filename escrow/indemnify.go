package escrow

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// IndemnifyInput says what the guarantee fund gives a payer back.
type IndemnifyInput struct {
	By        lance.Actor // the engine
	Agreement ID          // which
	Case      lance.Ref   // for what it is, such as a claim
	Amount    lance.Money // of what was released; above zero, no more than Guaranteed
}

// Guaranteed returns of what was released how much the guarantee fund could give the
// payer back: what no ruling has given the payee, and the fund has not given back yet.
func (a *Agreement) Guaranteed() lance.Money {
	return a.minor(a.Released.Minor() - a.Ruled.Minor() - a.Indemnified.Minor())
}

// IndemnifyIn gives a payer back what was released, out of the guarantee fund, in the
// transaction of r. The payee keeps what he was paid, and the agreement stays as it
// is. It is for the engine; who decides when that is right is above (package
// payments/guarantee). It fails with NotFound "agreement_not_found", Forbidden
// "agreement_relation" for anybody else, Invalid "/case" or "/amount", Insufficient
// "indemnity_exceeds" for more than Guaranteed, and "balance_insufficient" when the
// fund has not as much.
func IndemnifyIn(ctx context.Context, r Repos, in IndemnifyInput) (*Agreement, error) {
	if !in.By.IsSystem() {
		return nil, lance.E(lance.Forbidden, noun+"_relation", "this is not yours to do")
	}
	var f lance.Faults
	if in.Case.IsZero() {
		f.Add("/case", "required", "it is for something")
	}
	f.Check("/amount", lance.RequirePositive(in.Amount))
	if err := f.Err(); err != nil {
		return nil, err
	}
	a, err := lock(ctx, r, in.By, in.Agreement)
	if err != nil {
		return nil, err
	}
	over, err := in.Amount.Cmp(a.Guaranteed())
	if err != nil {
		f.Check("/amount", err)
		return nil, f.Err()
	}
	if over > 0 {
		return nil, lance.E(lance.Insufficient, "indemnity_exceeds", "less was released than that, or was not given back yet")
	}
	s := indemnify(*a, in)
	return s.keep(ctx, r, in.By)
}

// indemnify moves an amount out of the fund to the payer.
func indemnify(a Agreement, in IndemnifyInput) step {
	s := step{after: a}
	s.after.Indemnified = a.minor(a.Indemnified.Minor() + in.Amount.Minor())
	cur := a.Amount.Currency()
	s.move(ledger.CodeGuarantee, ledger.Guarantee(cur), ledger.Available(a.Payer, cur), in.Amount)
	s.event = AgreementIndemnified{changed(&s.after), CaseRef(in.Case.String()), in.Amount}
	return s
}

// CorrectedIn returns how much of what an agreement has released was given back to the
// payer by corrections in the ledger, in the transaction of r.
func CorrectedIn(ctx context.Context, r Repos, a *Agreement) (lance.Money, error) {
	payer := ledger.Available(a.Payer, a.Amount.Currency())
	sum, before := int64(0), int64(0)
	for {
		lines, err := r.Ledger().Statement(ctx, a.HoldAccount(), before, flowPage)
		if err != nil {
			return a.minor(0), err
		}
		var left []ledger.TransferID
		for _, l := range lines {
			if l.Transfer.Debit == a.HoldAccount() && l.Transfer.Credit != payer {
				left = append(left, l.Transfer.ID)
			}
		}
		if len(left) > 0 {
			found, err := r.Ledger().Find(ctx, ledger.Query{Corrects: left})
			if err != nil {
				return a.minor(0), err
			}
			for i := range found {
				if found[i].Credit == payer {
					sum += found[i].Amount.Minor()
				}
			}
		}
		if len(lines) < flowPage {
			return a.minor(sum), nil
		}
		before = lines[len(lines)-1].N
	}
}
