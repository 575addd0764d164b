package sim

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/payments/provider"
)

func isBroken(err error) bool {
	_, is := errors.AsType[*Broken](err)
	return is
}

// check holds the store against every law.
func (w *world) check(ctx context.Context) error {
	b, err := w.fold(ctx)
	if err != nil {
		return err
	}
	w.books = b
	for _, law := range []func() error{b.sums, b.folds, b.settles, b.covered, b.holds, b.setAside, b.given, b.clocks, func() error { return b.told(w.bank) }} {
		if err := law(); err != nil {
			return err
		}
	}
	return nil
}

// sums requires that each currency's accounts sum to zero.
func (b *books) sums() error {
	credit := map[lance.Currency]int64{}
	for _, s := range b.stored {
		credit[s.Account.Currency] += s.Credit().Minor()
	}
	for _, c := range currencies {
		if credit[c] != 0 {
			return broken(SumZero, "%s sums to %d", c, credit[c])
		}
	}
	return nil
}

// folds requires that each balance is what the transfers make, and that none with
// a floor is below it.
func (b *books) folds() error {
	seen := 0
	for _, s := range b.stored {
		is := stand{s.Posted.Minor(), s.PendingOut.Minor()}
		if _, has := b.accounts[s.Account]; has {
			seen++
		}
		if floor := s.Account.Kind.Floor(); floor && (is.posted < 0 || is.reserved < 0 || is.available() < 0) {
			return broken(Floor, "%s has %d, of which %d are reserved", s.Account, is.posted, is.reserved)
		}
		if is != b.accounts[s.Account] {
			return broken(Folds, "%s has %v and its transfers make %v", s.Account, is, b.accounts[s.Account])
		}
	}
	if seen != len(b.accounts) {
		return broken(Folds, "%d accounts have transfers and %d of them a balance", len(b.accounts), seen)
	}
	return nil
}

// settles requires that no pending transfer was resolved twice.
func (b *books) settles() error {
	for _, id := range slices.Sorted(maps.Keys(b.resolved)) {
		if b.resolved[id] > 1 {
			return broken(SettleOnce, "%s was resolved %d times", id, b.resolved[id])
		}
	}
	return nil
}

// covered requires that what the bank has, has charged or withholds, what debtors
// owe and what was lost is what parties are owed, at least.
func (b *books) covered() error {
	backing, owed := map[lance.Currency]int64{}, map[lance.Currency]int64{}
	for a, s := range b.accounts {
		switch a.Kind {
		case ledger.KindCash, ledger.KindClearing, ledger.KindDisputed, ledger.KindReceivable:
			backing[a.Currency] += s.posted
		case ledger.KindLoss, ledger.KindCostDispute:
			backing[a.Currency] -= s.posted
		case ledger.KindFee: // given back after the fund was filled from it
			backing[a.Currency] -= min(0, s.posted)
		case ledger.KindAvailable, ledger.KindPending, ledger.KindClearance, ledger.KindPayout, ledger.KindReserve, ledger.KindHold, ledger.KindGuarantee:
			owed[a.Currency] += s.posted
		default:
		}
	}
	for _, c := range currencies {
		if backing[c] < owed[c] {
			return broken(Covered, "%d %s are owed and %d there", owed[c], c, backing[c])
		}
	}
	return nil
}

// holds requires of each agreement that its hold and its fees are what was moved.
func (b *books) holds() error {
	for _, a := range b.agreements {
		moved := b.about[a.Ref()]
		held := b.accounts[a.HoldAccount()].posted
		paid := moved[ledger.CodeFund] - moved[ledger.CodeRefund] - moved[ledger.CodeChargeback]
		switch {
		case held != a.Held.Minor():
			return broken(HoldFolds, "%s holds %s and its transfers make %d", a.ID, a.Held, held)
		case escrow.Lifecycle.Terminal(a.State) && held != 0:
			return broken(FinalEmpty, "%s is %s and holds %d", a.ID, a.State, held)
		case moved[ledger.CodeFee]+moved[ledger.CodeTax] != a.PayerFee.Minor()+a.PayeeFee.Minor():
			return broken(FeeOnce, "%s: %d were taken as fees of %s and %s", a.ID, moved[ledger.CodeFee]+moved[ledger.CodeTax], a.PayerFee, a.PayeeFee)
		case paid != held+a.Released.Minor()+a.PayerFee.Minor():
			return broken(HoldFolds, "%s: %d were paid in for %d held, %s released and a fee of %s", a.ID, paid, held, a.Released, a.PayerFee)
		case moved[ledger.CodeRelease] != a.Released.Minor()-a.PayeeFee.Minor():
			return broken(HoldFolds, "%s: %d were released of %s less a fee of %s", a.ID, moved[ledger.CodeRelease], a.Released, a.PayeeFee)
		}
		if err := fees(a); err != nil {
			return err
		}
	}
	return nil
}

// fees requires that fees are those of all that was released; a ruling says
// itself who bears them.
func fees(a *escrow.Agreement) error {
	if a.State == escrow.Settled {
		return nil
	}
	t := tariffs[a.Policy.Version-1]
	due := a.Released.Minor()
	if t.keep {
		due += a.Refunded.Minor()
	}
	if payer, payee := t.fee(policy.Payer, due), t.fee(policy.Payee, a.Released.Minor()); payer != a.PayerFee.Minor() || payee != a.PayeeFee.Minor() {
		return broken(FeeOnce, "%s took fees of %s and %s where %d and %d are due on %s", a.ID, a.PayerFee, a.PayeeFee, payer, payee, a.Released)
	}
	return nil
}

// clocks requires that every clock belongs to a state that has it, and is there
// once.
func (b *books) clocks() error {
	courts, err := b.courts()
	if err != nil {
		return err
	}
	want := map[lance.Ref][]string{}
	for _, a := range b.agreements {
		want[a.Ref()] = clocksOf(a)
		want[a.Ref()] = append(want[a.Ref()], courts[a.ID]...)
	}
	for _, c := range b.claims {
		if kind, open := map[guarantee.State]string{guarantee.Filed: guarantee.KindDecision, guarantee.Upheld: guarantee.KindPayment}[c.State]; open {
			want[escrow.Ref(c.Agreement)] = append(want[escrow.Ref(c.Agreement)], kind)
		}
	}
	b.bankClocks(want)
	for _, of := range slices.SortedFunc(maps.Keys(b.timers), lance.Ref.Compare) {
		if _, known := want[of]; !known && !of.IsZero() { // those of nobody are chores
			return broken(Clocks, "%s has a clock and no state that has one: %v", of, b.timers[of])
		}
	}
	for _, of := range slices.SortedFunc(maps.Keys(want), lance.Ref.Compare) {
		has := make([]string, len(b.timers[of]))
		for i, t := range b.timers[of] {
			has[i] = t.Kind
		}
		slices.Sort(has)
		slices.Sort(want[of])
		if !slices.Equal(has, want[of]) {
			return broken(Clocks, "%s has the clocks %v and its state has %v", of, has, want[of])
		}
	}
	return nil
}

// bankClocks adds the clocks of what waits for the bank, of debts and of
// reservations.
func (b *books) bankClocks(want map[lance.Ref][]string) {
	for _, t := range b.topUps {
		if t.State == payments.Processing {
			want[t.Ref()] = []string{"payments.poll"}
		}
	}
	for _, p := range b.payouts {
		if p.State == payments.Requested || p.State == payments.Submitted {
			want[p.Ref()] = []string{"payments.poll"}
		}
	}
	for _, c := range b.backs {
		if c.State == payments.Open {
			want[c.Ref()] = []string{"payments.poll", "payments.chargeback_overdue"}
		}
	}
	for _, x := range b.debts {
		if x.State == payments.Owing {
			want[x.Ref()] = []string{"payments.write_off"}
		}
	}
	for id, t := range b.open {
		if !t.ExpiresAt.IsZero() {
			want[id.Ref()] = []string{"ledger.expire"}
		}
	}
}

// clocksOf returns which clocks an agreement has.
func clocksOf(a *escrow.Agreement) (kinds []string) {
	has := func(kind string, is bool) {
		if is {
			kinds = append(kinds, kind)
		}
	}
	has(escrow.KindClear, len(a.Clearing) > 0)
	if escrow.Lifecycle.Terminal(a.State) {
		return kinds
	}
	has(escrow.KindExpire, a.State == escrow.Proposed)
	has(escrow.KindAutoRelease, a.State != escrow.Proposed)
	has(escrow.KindRemind, reminded(a))
	has(escrow.KindRefund, a.RefundAsked.IsPositive())
	has(escrow.KindAmendment, a.Amendment.By != "")
	_, limited := a.Policy.Holding.Period()
	has(escrow.KindLimit, a.Held.IsPositive() && limited)
	has(escrow.KindWarn, a.Held.IsPositive() && limited && a.WarnedAt.IsZero())
	return kinds
}

// reminded reports whether the payer has still to be told that an inspection, one that
// runs or was frozen, is nearly over.
func reminded(a *escrow.Agreement) bool {
	if !a.RemindedAt.IsZero() || a.Policy.Reminder == 0 || a.Policy.Reminder >= a.Inspection || a.Held.IsZero() {
		return false
	}
	if a.State == escrow.Frozen {
		return a.Pause.ReleaseIn > 0
	}
	return a.State == escrow.Submitted && !a.ReleaseAt.IsZero() && !a.ReleaseAt.After(a.LimitAt())
}

func stateIs(s provider.State, one ...provider.State) bool { return slices.Contains(one, s) }

// told requires that what is said of a charge or a payout is what the bank has
// done, and was posted once.
func (b *books) told(bank *bank) error {
	for _, t := range b.topUps {
		state, moved := bank.state(string(t.ID)), b.about[t.Ref()]
		credited := int64(0)
		if t.State == payments.Confirmed {
			credited = t.Amount.Minor()
		}
		switch {
		case t.State == payments.Confirmed && !stateIs(state, provider.Succeeded),
			t.State == payments.Declined && !stateIs(state, provider.Refused, ""):
			return broken(Told, "%s is %s and the bank says %q", t.ID, t.State, state)
		case moved[ledger.CodeTopUp] != credited:
			return broken(Told, "%s is %s and %d were credited", t.ID, t.State, moved[ledger.CodeTopUp])
		}
	}
	for _, p := range b.payouts {
		state, moved := bank.state(string(p.ID)), b.about[p.Ref()]
		sent, back := int64(0), int64(0)
		if p.State == payments.Paid || p.State == payments.Returned {
			sent = p.Amount.Minor()
		}
		if p.State == payments.Returned {
			back = p.Amount.Minor()
		}
		switch {
		case p.State == payments.Paid && !stateIs(state, provider.Succeeded, provider.Returned),
			p.State == payments.Rejected && !stateIs(state, provider.Refused, ""),
			p.State == payments.Returned && !stateIs(state, provider.Returned):
			return broken(Told, "%s is %s and the bank says %q", p.ID, p.State, state)
		case moved[ledger.CodePayout] != sent, moved[ledger.CodeReturn] != back:
			return broken(Told, "%s is %s; %d were sent and %d came back", p.ID, p.State, moved[ledger.CodePayout], moved[ledger.CodeReturn])
		}
	}
	return b.decided(bank)
}
