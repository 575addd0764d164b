package escrow

import (
	"context"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// ReclaimInput says what is taken out of a frozen agreement.
type ReclaimInput struct {
	By        lance.Actor    // the engine
	Agreement ID             // which
	Case      lance.Ref      // for which it is frozen
	Keeper    Keeper         // who keeps that case
	Amount    lance.Money    // of what is held, fees and all; above zero
	Lot       ledger.LotID   // of which it is
	To        ledger.Account // where it goes
}

// ReclaimIn takes money of a lot out of what a frozen agreement holds, in the
// transaction of r: the payer's bank has taken it back. As much of the price counts
// as not funded as what is held no longer pays for, with the payer's fees on it; the
// payer may fund it anew once the agreement goes on. What other lots have paid for
// stays, but for a minor unit or two that make no part of the price and go back to
// the payer.
//
// The payee relies on what is left: where the whole price was held before, he may
// submit, and the inspection goes on. When nothing is left of the price, all that
// can be done is to end the agreement by RuleIn, whatever else has frozen it.
//
// It fails as ThawIn does, with Invalid "/amount", Insufficient "hold_insufficient"
// for more than is held, or "lot_insufficient" of the lot.
func ReclaimIn(ctx context.Context, r Repos, in ReclaimInput) (*Agreement, error) {
	return run(ctx, r, command{
		By: in.By, Agreement: in.Agreement, Amount: in.Amount, Case: in.Case, Keeper: in.Keeper, Lot: in.Lot, To: in.To,
	}, Reclaim)
}

// reclaim moves an amount of a lot out of the hold, and what then makes no part of
// the price back to the payer.
func (s *step) reclaim(in command) error {
	a := &s.after
	s.move(ledger.CodeChargeback, a.HoldAccount(), in.To, in.Amount)
	s.transfers[0].Lots = []ledger.LotShare{{Lot: in.Lot, Amount: in.Amount}}
	before, has := a.Funded.Minor(), a.Held.Minor()-in.Amount.Minor()
	if err := a.sustain(has); err != nil {
		return err
	}
	back := a.minor(has - a.Held.Minor())
	s.move(ledger.CodeRefund, a.HoldAccount(), ledger.Available(a.Payer, a.Amount.Currency()), back)
	a.lowerAsk()
	s.event = AgreementReclaimed{changed(a), CaseRef(in.Case.String()), in.Amount, a.minor(before - a.Funded.Minor()), back}
	return nil
}

// sustain lets as much of the price count as funded as so much in the hold is enough
// for.
func (a *Agreement) sustain(has int64) (err error) {
	least, most := a.Released.Minor()+a.Refunded.Minor(), a.Funded.Minor()
	for least < most {
		a.Funded = a.minor(least + (most-least+1)/2)
		needs, err := a.holds()
		if err != nil {
			return err
		}
		if needs.Minor() > has {
			most = a.Funded.Minor() - 1
		} else {
			least = a.Funded.Minor()
		}
	}
	a.Funded = a.minor(least)
	a.Held, err = a.holds()
	return err
}
