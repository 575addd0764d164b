package payments

import (
	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// planTopUp is what a confirmed top-up posts: the charge's lot goes from the
// provider's clearing account to the party.
func planTopUp(t *TopUp) ledger.Transfer {
	c := t.Amount.Currency()
	return ledger.Transfer{
		ID: ledger.TransferIDFor(t.Stream(), "confirm", 0), Code: ledger.CodeTopUp, Amount: t.Amount, Subject: t.Stream(),
		Debit: ledger.Clearing(t.Provider, c), Credit: ledger.Available(t.Party, c),
		Lot: &ledger.Lot{Provider: t.Provider, Payment: t.Stream(), Method: "card", Refundable: true},
	}
}

// planSettle is what the settlement of a charge posts: clearing becomes cash.
func planSettle(t *TopUp) ledger.Transfer {
	c := t.Amount.Currency()
	return ledger.Transfer{
		ID: ledger.TransferIDFor(t.Stream(), "settle", 0), Code: ledger.CodeSettle, Amount: t.Amount, Subject: t.Stream(),
		Debit: ledger.Cash(t.Provider, c), Credit: ledger.Clearing(t.Provider, c),
	}
}

// planReserve is what a requested payout posts: a pending transfer out.
func planReserve(p *Payout) ledger.Transfer {
	c := p.Amount.Currency()
	return ledger.Transfer{
		ID: p.reserve(), Code: ledger.CodePayout, Amount: p.Amount, Subject: p.Stream(), Pending: true,
		Debit: ledger.Available(p.Party, c), Credit: ledger.Cash(p.Provider, c),
	}
}

// planPaid posts what was reserved.
func planPaid(p *Payout) ledger.Transfer {
	return ledger.Transfer{
		ID: ledger.TransferIDFor(p.Stream(), "paid", 0), Code: ledger.CodePayout, Amount: p.Amount, Subject: p.Stream(),
		Resolves: p.reserve(),
	}
}

// planRejected frees what was reserved.
func planRejected(p *Payout) ledger.Transfer {
	t := planPaid(p)
	t.ID, t.Void = ledger.TransferIDFor(p.Stream(), "rejected", 0), true
	return t
}

// planReturned takes back what was sent and came back.
func planReturned(p *Payout) ledger.Transfer {
	c := p.Amount.Currency()
	return ledger.Transfer{
		ID: ledger.TransferIDFor(p.Stream(), "returned", 0), Code: ledger.CodeReturn, Amount: p.Amount, Subject: p.Stream(),
		Debit: ledger.Cash(p.Provider, c), Credit: ledger.Available(p.Party, c),
		Lot: &ledger.Lot{Provider: p.Provider, Payment: p.Stream(), Method: "payout_return"},
	}
}

// wallet is a party's accounts in one currency.
func wallet(p lance.PartyID, c lance.Currency) []ledger.Account {
	return []ledger.Account{
		ledger.Available(p, c), ledger.Pending(p, c), ledger.Clearance(p, c), ledger.Payout(p, c), ledger.Receivable(p, c),
	}
}
