package sim

import (
	"maps"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
)

// setAside requires that what is withheld, set aside and owed is what chargebacks
// and debts say, that nothing moves of an agreement that holds money which is
// charged back, and that of one at least so much was taken out as was lost and held.
func (b *books) setAside() error {
	want, frozen, lost := map[ledger.Account]int64{}, map[escrow.ID]int64{}, map[escrow.ID]int64{}
	for _, c := range b.backs {
		sum := int64(0)
		for _, p := range c.Parts {
			sum += p.Amount.Minor()
			if p.Aside.IsPositive() {
				want[ledger.Reserve(p.Bearer, c.Amount.Currency())] += p.Aside.Minor()
			}
			switch {
			case p.Kind != payments.PartHeld:
			case c.State == payments.Open:
				frozen[p.Agreement] += p.Amount.Minor()
			case c.State == payments.Lost:
				lost[p.Agreement] += p.Amount.Minor()
			}
		}
		if sum != c.Amount.Minor() {
			return broken(SetAside, "%s is of %s and its parts sum to %d", c.ID, c.Amount, sum)
		}
		if c.State == payments.Open {
			want[ledger.Disputed(c.Provider, c.Amount.Currency())] += c.Amount.Minor()
		}
	}
	for _, x := range b.debts {
		if x.State == payments.Owing {
			want[ledger.Receivable(x.Party, x.Amount.Currency())] += x.Rest().Minor()
		}
	}
	for _, a := range b.agreements {
		if n := frozen[a.ID]; n > 0 && (a.State != escrow.Frozen || a.Held.Minor() < n) {
			return broken(SetAside, "%s is %s and holds %s, of which %d are charged back", a.ID, a.State, a.Held, n)
		}
		if taken := b.about[a.Ref()][ledger.CodeChargeback]; taken < lost[a.ID] {
			return broken(SetAside, "%d were taken out of %s, which has lost %d", taken, a.ID, lost[a.ID])
		}
	}
	return b.asWanted(want)
}

// asWanted requires what is withheld, set aside and owed, and nothing else of that
// kind.
func (b *books) asWanted(want map[ledger.Account]int64) error {
	for _, a := range slices.SortedFunc(maps.Keys(b.accounts), ledger.Account.Compare) {
		s := b.accounts[a]
		special := a.Kind == ledger.KindReserve || a.Kind == ledger.KindDisputed || a.Kind == ledger.KindReceivable
		if special && s.posted != want[a] {
			return broken(SetAside, "%s has %d where chargebacks and debts say %d", a, s.posted, want[a])
		}
	}
	for _, a := range slices.SortedFunc(maps.Keys(want), ledger.Account.Compare) {
		if _, has := b.accounts[a]; !has && want[a] != 0 {
			return broken(SetAside, "%s has nothing where chargebacks and debts say %d", a, want[a])
		}
	}
	return nil
}

// decided requires that chargebacks ended as the bank says, or has said.
func (b *books) decided(bank *bank) error {
	for _, c := range b.backs {
		says := map[payments.ChargebackState]provider.State{payments.Won: provider.Won, payments.Lost: provider.Lost}[c.State]
		if says != "" && !bank.said(c.ProviderRef, says) {
			return broken(Told, "%s is %s and the bank says %q", c.ID, c.State, bank.state(c.ProviderRef))
		}
	}
	return b.banked()
}

// banked requires that what the books say the bank has is what it has charged, less
// what it has sent, what was lost and what it has taken for that.
func (b *books) banked() error {
	want, has := map[lance.Currency]int64{}, map[lance.Currency]int64{}
	for _, t := range b.topUps {
		if t.State == payments.Confirmed {
			want[t.Amount.Currency()] += t.Amount.Minor()
		}
	}
	for _, p := range b.payouts {
		if p.State == payments.Paid {
			want[p.Amount.Currency()] -= p.Amount.Minor()
		}
	}
	for _, c := range b.backs {
		want[c.Amount.Currency()] -= c.Fee.Minor()
		if c.State == payments.Lost {
			want[c.Amount.Currency()] -= c.Amount.Minor()
		}
	}
	for c, n := range b.brought {
		want[c] += n
	}
	for a, s := range b.accounts {
		if a.Kind == ledger.KindCash || a.Kind == ledger.KindClearing || a.Kind == ledger.KindDisputed {
			has[a.Currency] += s.posted
		}
	}
	for _, c := range currencies {
		if has[c] != want[c] {
			return broken(Told, "the bank has %d %s and the books say %d", want[c], c, has[c])
		}
	}
	return nil
}

// losses are the rules of a run about what lost chargebacks leave.
func losses(seed uint64) payments.Losses {
	d := (&dice{seed}).fork("losses")
	return payments.Losses{
		Bearer:   pick(d, []payments.Bearer{payments.BearPayee, payments.BearPayer, payments.BearPlatform}),
		WriteOff: 30 * day, Timeout: 60 * day, Lapse: 30 * day,
	}
}
