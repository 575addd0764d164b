package paytest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

func chargebackLaws() []law {
	return []law{
		{"of_what_the_wallet_has_is_set_aside_and_back_when_won", walletWon},
		{"of_what_the_wallet_has_is_gone_when_lost", walletLost},
		{"duplicate_changes_nothing", duplicateChargeback},
		{"end_before_the_beginning_is_both", lostBeforeOpened},
		{"before_the_charge_is_confirmed_is_both", chargebackFirst},
		{"before_the_settlement_leaves_clearing_as_it_is", chargebackUnsettled},
		{"of_an_unknown_charge_is_set_aside_until_it_is_known", chargebackUnknown},
		{"of_more_than_the_charge_is_set_aside", chargebackTooMuch},
		{"contradiction_is_asked_about_and_the_answer_counts", contradicted},
		{"lost_and_won_after_all_gives_back_what_each_has_borne", wonAfterAll},
		{"lost_and_won_after_all_leaves_a_write_off_with_the_platform", wonAfterWriteOff},
		{"lost_and_won_after_all_is_funded_anew", wonAfterHeld},
		{"won_and_taken_back_again_is_of_what_it_pays_for_by_then", takenAgain},
		{"freezes_only_what_it_paid_for", freezesOnly},
		{"thaws_what_it_has_frozen_when_won", thaws},
		{"held_money_is_taken_out_when_lost_and_the_rest_is_paid", heldLost},
		{"held_money_that_was_lost_is_funded_anew", heldAnew},
		{"held_money_that_is_too_little_to_stay_is_followed", crumbs},
		{"agreement_that_a_host_has_frozen_waits_for_both", hostsCase},
		{"nobody_goes_round_an_open_one", goesRound},
		{"released_money_is_set_aside_with_its_fee", releasedLost},
		{"clearance_is_set_aside_too", clearanceAside},
		{"part_of_a_charge_takes_the_wallet_first", partial},
		{"two_of_one_charge_share_an_agreement", twoOfOne},
		{"two_of_one_charge_by_rules_that_changed_in_between", twoByOtherRules},
		{"two_of_two_charges_hand_the_freeze_on", twoOfTwo},
		{"two_are_lost_in_any_order", twoLost},
		{"of_what_is_paid_out_is_owed_and_netted", paidOut},
		{"payout_takes_what_is_owed_first", payoutNets},
		{"top_up_takes_what_is_owed_first", topUpNets},
		{"debt_is_written_off_after_its_time", writtenOff},
		{"debt_is_written_off_by_an_administrator", writtenOffByAdmin},
		{"rules_say_on_whom_losses_fall", bearers},
		{"that_nobody_decides_is_lost_in_the_end", lapses},
		{"is_asked_about_each_day", askedAbout},
		{"settled_by_an_administrator_once", chargebackByAdmin},
		{"sandbox_charges_back_by_itself", bySandbox},
		{"case_about_held_money_waits", caseWaits},
		{"case_about_held_money_goes_on_about_the_rest_when_one_is_lost", caseShrinks},
		{"case_about_held_money_is_overtaken_when_all_is_lost", caseOvertaken},
		{"case_is_opened_after_it_alone", caseLater},
		{"against_releases_of_a_crowd_keeps_the_books", chargebackRace},
		{"of_random_histories_keeps_the_books", chargebackHistories},
	}
}

// back is what the provider tells of a chargeback of a top-up.
func back(t *payments.TopUp, id string, s provider.State, minor int64) provider.Event {
	return provider.Event{
		ID: id + " " + string(s), Kind: provider.KindChargeback, Key: string(t.ID), Ref: t.ProviderRef, State: s, Amount: usd(minor),
		Code: "fraudulent", At: epoch, Chargeback: id, Fee: usd(1500),
	}
}

// hear lets the provider tell of a chargeback, which must be acted on.
func (w *world) hear(t *payments.TopUp, id string, s provider.State, minor int64) *payments.Chargeback {
	w.Helper()
	require.Empty(w, w.told(back(t, id, s, minor)).Parked)
	w.sound()
	return w.chargeback(id)
}

// chargeback returns the chargeback that the provider calls so.
func (w *world) chargeback(id string) (c *payments.Chargeback) {
	w.Helper()
	w.view(func(ctx context.Context, r payments.Repos) error {
		found, err := r.Chargebacks().Find(ctx, lance.Filter{Eq: map[string]any{"provider": w.bank.Name(), "provider_ref": id}})
		require.Len(w, found, 1)
		c = found[0]
		return err
	})
	return c
}

// paidFor is a top-up that can be spent.
func (w *world) paidFor(by lance.Actor, minor int64) *payments.TopUp {
	w.Helper()
	w.skip(time.Second) // lots are told apart by when they were charged
	t := w.charge(by, usd(minor), sandbox.MethodOK)
	require.Equal(w, payments.Confirmed, t.State)
	return t
}

// work is an agreement by which ann pays bob, funded.
func (w *world) work(minor int64) *escrow.Agreement {
	w.Helper()
	return w.workUnder(nil, minor)
}

func (w *world) workUnder(p *policy.Document, minor int64, payees ...escrow.Share) *escrow.Agreement {
	w.Helper()
	a, err := w.escrow.Agree(w.Context(), ann, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "1"}, Payer: "ann", Payee: "bob", Amount: usd(minor), Policy: p, Payees: payees,
	})
	require.NoError(w, err)
	a, err = w.escrow.Fund(w.Context(), ann, escrow.FundInput{Agreement: a.ID})
	require.NoError(w, err)
	return a
}

func (w *world) approve(a *escrow.Agreement) {
	w.Helper()
	_, err := w.escrow.Approve(w.Context(), ann, escrow.ApproveInput{Agreement: a.ID})
	require.NoError(w, err)
}

func (w *world) agreement(a *escrow.Agreement) *escrow.Agreement {
	w.Helper()
	got, err := w.escrow.Get(w.Context(), admin, a.ID)
	require.NoError(w, err)
	return got
}

// state requires where an agreement stands.
func (w *world) state(a *escrow.Agreement, s escrow.State) {
	w.Helper()
	require.Equal(w, s, w.agreement(a).State)
}

// books requires what the provider has of ours in USD: cash, disputed.
func (w *world) books(cash, disputed int64) {
	w.Helper()
	w.account(ledger.Cash(w.bank.Name(), lance.USD), cash)
	w.account(ledger.Disputed(w.bank.Name(), lance.USD), disputed)
}

// parts sums the parts of a chargeback by their kinds.
func parts(c *payments.Chargeback) map[payments.PartKind]int64 {
	out := map[payments.PartKind]int64{}
	for _, p := range c.Parts {
		out[p.Kind] += p.Amount.Minor()
	}
	return out
}

func walletWon(w *world) {
	t := w.paidFor(ann, 10000)
	c := w.hear(t, "d1", provider.Opened, 10000)
	require.Equal(w, map[payments.PartKind]int64{payments.PartWallet: 10000}, parts(c))
	require.Equal(w, "fraudulent", c.Code)
	w.has(ann, 0, 10000, 0, 0)
	w.books(-1500, 10000)
	w.account(ledger.CostDispute(lance.USD), -1500)
	_, err := w.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(1), Destination: sandbox.DestinationOK})
	w.refused(err, lance.Insufficient, "balance_insufficient")
	c = w.hear(t, "d1", provider.Won, 10000)
	require.Equal(w, payments.Won, c.State)
	w.has(ann, 10000, 0, 0, 0)
	w.books(8500, 0)
	w.account(ledger.CostDispute(lance.USD), -1500)
}

func walletLost(w *world) {
	t := w.paidFor(ann, 10000)
	w.hear(t, "d1", provider.Opened, 10000)
	c := w.hear(t, "d1", provider.Lost, 10000)
	require.Equal(w, payments.Lost, c.State)
	require.Equal(w, usd(0), c.Owed)
	w.has(ann, 0, 0, 0, 0)
	w.books(-1500, 0)
	got, err := w.GetChargeback(w.Context(), admin, c.ID)
	require.NoError(w, err)
	require.Equal(w, c, got)
	require.Equal(w, usd(1500), got.Fee)
	c.Fee = usd(0)
	got, err = w.GetChargeback(w.Context(), ann, c.ID)
	require.NoError(w, err)
	require.Equal(w, c, got, "what the provider took is not hers to know")
}

func duplicateChargeback(w *world) {
	t := w.paidFor(ann, 10000)
	c := w.hear(t, "d1", provider.Opened, 10000)
	require.Equal(w, c, w.hear(t, "d1", provider.Opened, 10000))
	again := back(t, "d1", provider.Opened, 10000)
	again.ID = "another name of the event"
	require.Empty(w, w.told(again).Parked)
	require.Equal(w, c, w.chargeback("d1"))
	c = w.hear(t, "d1", provider.Lost, 10000)
	again = back(t, "d1", provider.Lost, 10000)
	again.ID = "and another"
	require.Empty(w, w.told(again).Parked)
	require.Equal(w, c, w.hear(t, "d1", provider.Opened, 10000), "an older word")
	w.books(-1500, 0)
}

func lostBeforeOpened(w *world) {
	t := w.paidFor(ann, 10000)
	a := w.work(4000)
	c := w.hear(t, "d1", provider.Lost, 10000)
	require.Equal(w, payments.Lost, c.State)
	require.Equal(w, c, w.hear(t, "d1", provider.Opened, 10000))
	w.state(a, escrow.Settled)
	w.has(ann, 0, 0, 0, 0)
	w.books(-1500, 0)
	won := w.paidFor(bob, 700)
	require.Equal(w, payments.Won, w.hear(won, "d2", provider.Won, 700).State)
	w.has(bob, 700, 0, 0, 0)
	w.books(-3000+700, 0)
}

func chargebackFirst(w *world) {
	t := w.pending(ann, 5000, "c1")
	c := w.hear(t, "d1", provider.Opened, 5000)
	require.Equal(w, payments.Confirmed, w.topUp(t.ID).State, "what is taken back was charged")
	require.Equal(w, map[payments.PartKind]int64{payments.PartWallet: 5000}, parts(c))
	w.has(ann, 0, 5000, 0, 0)
	require.Empty(w, w.told(chargeEvent(t, "e1", provider.Succeeded)).Parked)
	other := w.pending(ann, 5000, "c2")
	require.Empty(w, w.told(back(other, "d2", provider.Lost, 5000)).Parked)
	w.has(ann, 0, 5000, 0, 0)
	declined := w.pending(ann, 5000, "c3")
	require.Empty(w, w.told(chargeEvent(declined, "e3", provider.Refused)).Parked)
	w.aside(w.told(back(declined, "d3", provider.Opened, 5000)), "top_up_state")
}

func chargebackUnsettled(w *world) {
	w.bank.say(&provider.Outcome{Ref: "c1", State: provider.Succeeded})
	t := w.charge(ann, usd(5000), sandbox.MethodOK)
	w.hear(t, "d1", provider.Opened, 5000)
	w.account(ledger.Clearing(w.bank.Name(), lance.USD), 5000)
	w.books(-6500, 5000)
	settled := provider.Event{ID: "e1", Kind: provider.KindSettlement, Key: string(t.ID), Ref: "c1", Amount: t.Amount}
	require.Empty(w, w.told(settled).Parked)
	w.account(ledger.Clearing(w.bank.Name(), lance.USD), 0)
	w.books(-1500, 5000)
	w.covered(true)
}

// covered requires whether what parties are owed is covered but for what the
// provider took.
func (w *world) covered(is bool) {
	w.Helper()
	w.view(func(ctx context.Context, r payments.Repos) error {
		all, err := ledger.CoverageOf(ctx, r)
		require.NoError(w, err)
		short := int64(0)
		for _, c := range all {
			short += c.Short().Minor()
		}
		require.Equal(w, is, short <= 1500, "short of %d", short)
		return nil
	})
}

func chargebackUnknown(w *world) {
	t := w.paidFor(ann, 5000)
	ev := back(t, "d1", provider.Opened, 5000)
	ev.Key, ev.Ref = "", "somebody else's"
	w.aside(w.told(ev), "top_up_not_found")
	w.has(ann, 5000, 0, 0, 0)
	w.view(func(ctx context.Context, r payments.Repos) error {
		kept, err := r.ProviderEvents().Find(ctx, lance.Filter{Eq: map[string]any{"event_id": ev.ID}})
		require.Len(w, kept, 1, "it is kept, and seen by an operator")
		require.Equal(w, "d1", kept[0].Chargeback)
		return err
	})
}

func chargebackTooMuch(w *world) {
	t := w.paidFor(ann, 5000)
	w.aside(w.told(back(t, "d1", provider.Opened, 5001)), "provider_mismatch")
	w.hear(t, "d2", provider.Opened, 3000)
	w.aside(w.told(back(t, "d3", provider.Opened, 2001)), "provider_mismatch")
	w.aside(w.told(back(t, "d2", provider.Lost, 2999)), "provider_mismatch")
	euros := back(t, "d4", provider.Opened, 1)
	euros.Amount, euros.Fee = lance.NewMoney(1, lance.EUR), lance.Money{}
	w.aside(w.told(euros), "provider_mismatch")
	w.has(ann, 2000, 3000, 0, 0)
	for name, change := range map[string]func(*provider.Event){
		"no name":        func(ev *provider.Event) { ev.Chargeback = "" },
		"nothing":        func(ev *provider.Event) { ev.Amount = usd(0) },
		"below zero":     func(ev *provider.Event) { ev.Amount = usd(-1) },
		"negative fee":   func(ev *provider.Event) { ev.Fee = usd(-1) },
		"fee in another": func(ev *provider.Event) { ev.Fee = lance.NewMoney(1, lance.EUR) },
		"other state":    func(ev *provider.Event) { ev.State = provider.Succeeded },
	} {
		ev := back(t, name, provider.Opened, 1)
		change(&ev)
		err := w.Receive(w.Context(), w.bank.Name(), w.bank.Sign(ev, w.clock.Now()))
		w.refused(err, lance.Invalid, "webhook_body")
	}
}

// freezesOnly spends two charges: what the second paid for goes on.
func freezesOnly(w *world) {
	first, second := w.paidFor(ann, 10000), w.paidFor(ann, 10000)
	a, b, mixed := w.work(6000), w.work(3000), w.work(4000)
	other := w.work(2000)
	c := w.hear(first, "d1", provider.Opened, 10000)
	require.Equal(w, map[payments.PartKind]int64{payments.PartHeld: 10000}, parts(c))
	for _, x := range []*escrow.Agreement{a, b, mixed} {
		w.state(x, escrow.Frozen)
		_, err := w.escrow.Approve(w.Context(), ann, escrow.ApproveInput{Agreement: x.ID})
		w.refused(err, lance.Precondition, "agreement_state")
		_, err = w.escrow.Refund(w.Context(), bob, escrow.RefundInput{Agreement: x.ID})
		w.refused(err, lance.Precondition, "agreement_state")
	}
	w.state(other, escrow.Funded)
	w.approve(other)
	w.has(ann, 5000, 13000, 0, 0)
	w.has(bob, 1800, 0, 0, 0)
	w.books(8500, 10000)
	w.covered(true)
	w.hear(second, "d2", provider.Opened, 5000)
	w.has(ann, 0, 18000, 0, 0)
}

func thaws(w *world) {
	t := w.paidFor(ann, 10000)
	a := w.work(10000)
	_, err := w.escrow.Submit(w.Context(), bob, escrow.SubmitInput{Agreement: a.ID})
	require.NoError(w, err)
	w.hear(t, "d1", provider.Opened, 10000)
	w.skip(30 * 24 * time.Hour)
	w.step()
	w.state(a, escrow.Frozen)
	w.hear(t, "d1", provider.Won, 10000)
	w.state(a, escrow.Submitted)
	require.Equal(w, 14*24*time.Hour, w.agreement(a).ReleaseAt.Sub(w.clock.Now()).Round(time.Hour))
	w.approve(a)
	w.has(bob, 9000, 0, 0, 0)
}

func releasedLost(w *world) {
	t := w.paidFor(ann, 10000)
	a := w.work(10000)
	w.approve(a)
	c := w.hear(t, "d1", provider.Opened, 10000)
	require.Equal(w, map[payments.PartKind]int64{payments.PartEarned: 9000, payments.PartFee: 1000}, parts(c))
	w.has(bob, 0, 9000, 0, 0)
	seen, err := w.GetChargeback(w.Context(), bob, c.ID)
	require.NoError(w, err)
	require.Len(w, seen.Parts, 1, "he sees what was paid to him")
	seen, err = w.GetChargeback(w.Context(), ann, c.ID)
	require.NoError(w, err)
	require.Empty(w, seen.Parts, "she sees nothing of his wallet")
	w.state(a, escrow.Released)
	w.hear(t, "d1", provider.Lost, 10000)
	w.has(ann, 0, 0, 0, 0)
	w.has(bob, 0, 0, 0, 0)
	w.account(ledger.Fee(lance.USD), 0)
	w.books(-1500, 0)
}

func clearanceAside(w *world) {
	terms := policy.Default()
	terms.Clearance = 5 * 24 * time.Hour
	t := w.paidFor(ann, 10000)
	a, b := w.workUnder(&terms, 4000), w.workUnder(&terms, 6000)
	w.approve(a)
	w.approve(b)
	w.has(bob, 0, 0, 9000, 0)
	w.hear(t, "d1", provider.Opened, 6000)
	w.has(bob, 0, 5400, 3600, 0)
	w.skip(5 * 24 * time.Hour)
	w.step()
	w.has(bob, 3600, 5400, 0, 0)
	w.hear(t, "d1", provider.Won, 6000)
	w.has(bob, 9000, 0, 0, 0)
}

func partial(w *world) {
	t := w.paidFor(ann, 10000)
	a, b := w.work(3000), w.work(2000)
	w.approve(a)
	c := w.hear(t, "d1", provider.Opened, 8000)
	require.Equal(w, map[payments.PartKind]int64{payments.PartWallet: 5000, payments.PartHeld: 2000, payments.PartEarned: 900, payments.PartFee: 100}, parts(c))
	w.state(b, escrow.Frozen)
	w.has(bob, 1800, 900, 0, 0)
	w.hear(t, "d1", provider.Lost, 8000)
	w.has(ann, 0, 0, 0, 0)
	w.has(bob, 1800, 0, 0, 0)
	w.account(ledger.Fee(lance.USD), 200)
	rest := w.hear(t, "d2", provider.Lost, 2000)
	require.Equal(w, map[payments.PartKind]int64{payments.PartEarned: 1800, payments.PartFee: 200}, parts(rest))
	w.has(bob, 0, 0, 0, 0)
	w.account(ledger.Fee(lance.USD), 0)
}
