package paytest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

func payoutLaws() []law {
	return []law{
		{"reserved_then_paid", reservedThenPaid},
		{"rejected_after_submission_is_available_again", rejectedAfterwards},
		{"refused_at_once_is_available_again", refusedAtOnce},
		{"unknown_destination_is_invalid_and_available_again", unknownDestination},
		{"short_balance_changes_nothing", shortBalance},
		{"outage_keeps_it_reserved_until_it_is_over", payoutOutage},
		{"not_asked_for_after_the_provider_has_ended_it", endedBeforeCall},
		{"same_key_is_the_same_payout", samePayoutKey},
		{"returned_after_paid_is_available_again_with_its_lots", returnedAfterPaid},
		{"refused_after_paid_is_a_return", refusedAfterPaid},
		{"returned_before_paid_is_both", returnedBeforePaid},
		{"settled_by_an_administrator_once", settledByAdmin},
		{"not_settled_while_the_provider_is_being_asked", settleUnderway},
		{"inside_an_open_transaction_nobody_is_called", payoutWithin},
	}
}

func reservedThenPaid(w *world) {
	w.deposit(ann, 5000)
	p := w.pay(ann, 3000, sandbox.DestinationOK)
	require.Equal(w, payments.Submitted, p.State)
	require.Equal(w, p, w.payout(p.ID))
	w.has(ann, 2000, 3000, 0, 0)
	w.account(ledger.Cash(w.bank.Name(), lance.USD), 5000)
	w.step()
	require.Equal(w, payments.Paid, w.payout(p.ID).State)
	w.has(ann, 2000, 0, 0, 0)
	w.account(ledger.Cash(w.bank.Name(), lance.USD), 2000)
	require.Equal(w, 1, w.bank.called(string(p.ID)))
}

func rejectedAfterwards(w *world) {
	w.deposit(ann, 5000)
	p := w.pay(ann, 3000, sandbox.DestinationRejected)
	w.has(ann, 2000, 3000, 0, 0)
	w.step()
	p = w.payout(p.ID)
	require.Equal(w, payments.Rejected, p.State)
	require.Equal(w, "account_closed", p.Code)
	w.has(ann, 5000, 0, 0, 0)
	w.account(ledger.Cash(w.bank.Name(), lance.USD), 5000)
}

func refusedAtOnce(w *world) {
	w.deposit(ann, 5000)
	w.bank.say(&provider.Outcome{Ref: "po_1", State: provider.Refused, Code: "Sorry, Mr. Smith!"})
	p := w.pay(ann, 3000, sandbox.DestinationOK)
	require.Equal(w, payments.Rejected, p.State)
	require.Equal(w, "unspecified", p.Code, "what the provider wrote is not passed on")
	w.has(ann, 5000, 0, 0, 0)
}

func unknownDestination(w *world) {
	w.deposit(ann, 5000)
	in := payments.PayoutInput{Amount: usd(3000), Destination: "ba_nobody", Key: "k1"}
	for range 2 {
		p, err := w.Payout(w.Context(), ann, in)
		w.field(err, "/destination", "destination_unknown")
		require.Equal(w, payments.Rejected, p.State)
	}
	w.has(ann, 5000, 0, 0, 0)
}

func shortBalance(w *world) {
	w.deposit(ann, 5000)
	for _, by := range []lance.Actor{ann, bob} {
		_, err := w.Payout(w.Context(), by, payments.PayoutInput{Amount: usd(5001), Destination: sandbox.DestinationOK, Key: "k1"})
		w.refused(err, lance.Insufficient, "balance_insufficient")
		page, err := w.Payouts(w.Context(), by, lance.PageQuery{})
		require.NoError(w, err)
		require.Empty(w, page.Items)
	}
	_, err := w.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(4000), Destination: sandbox.DestinationOK, Key: "k1"})
	require.NoError(w, err, "the key of what failed is free")
	require.Equal(w, 2, w.bank.made(), "what failed was not asked for")
}

func payoutOutage(w *world) {
	w.deposit(ann, 5000)
	w.bank.Outage(true)
	p := w.pay(ann, 3000, sandbox.DestinationOK)
	require.Equal(w, payments.Requested, p.State)
	w.skip(time.Hour)
	require.NotEmpty(w, w.try().Faults, "an operator sees it")
	w.has(ann, 2000, 3000, 0, 0)
	w.bank.Outage(false)
	w.skip(time.Hour)
	w.step()
	w.skip(time.Hour)
	w.step()
	require.Equal(w, payments.Paid, w.payout(p.ID).State)
	w.has(ann, 2000, 0, 0, 0)
}

func endedBeforeCall(w *world) {
	w.deposit(ann, 5000)
	w.bank.Outage(true)
	p := w.pay(ann, 3000, sandbox.DestinationOK)
	require.Empty(w, w.told(payoutEvent(p, "e1", provider.Refused)).Parked)
	w.has(ann, 5000, 0, 0, 0)
	calls := w.bank.called(string(p.ID))
	w.bank.Outage(false)
	w.skip(time.Hour)
	w.step()
	require.Equal(w, calls, w.bank.called(string(p.ID)), "it would have been sent without having been reserved")
}

func samePayoutKey(w *world) {
	w.deposit(ann, 5000)
	in := payments.PayoutInput{Amount: usd(3000), Destination: sandbox.DestinationOK, Key: "k1"}
	first, err := w.Payout(w.Context(), ann, in)
	require.NoError(w, err)
	again, err := w.Payout(w.Context(), ann, in)
	require.NoError(w, err)
	require.Equal(w, first, again)
	in.Amount = usd(2999)
	_, err = w.Payout(w.Context(), ann, in)
	w.refused(err, lance.Conflict, "key_reused")
	in.Amount, in.Destination = usd(3000), sandbox.DestinationRejected
	_, err = w.Payout(w.Context(), ann, in)
	w.refused(err, lance.Conflict, "key_reused")
	w.has(ann, 2000, 3000, 0, 0)
}

// event is what the provider tells of a payout.
func payoutEvent(p *payments.Payout, id string, s provider.State) provider.Event {
	ev := provider.Event{ID: id, Kind: provider.KindPayout, Key: string(p.ID), Ref: p.ProviderRef, State: s, Amount: p.Amount, At: epoch}
	if s == provider.Refused || s == provider.Returned {
		ev.Code = "account_closed"
	}
	return ev
}

func returnedAfterPaid(w *world) {
	w.deposit(ann, 2000)
	w.deposit(ann, 3000)
	before := w.lots(ann)
	p := w.pay(ann, 3000, sandbox.DestinationOK)
	w.step()
	require.Len(w, w.lots(ann), 1)
	w.step()
	for range 2 {
		require.Empty(w, w.told(payoutEvent(p, "e1", provider.Returned)).Parked)
		p = w.payout(p.ID)
		require.Equal(w, payments.Returned, p.State)
		require.Equal(w, "account_closed", p.Code)
		w.has(ann, 5000, 0, 0, 0)
		w.account(ledger.Cash(w.bank.Name(), lance.USD), 5000)
		require.Equal(w, before, w.lots(ann), "a refund still finds the charges")
	}
	require.Empty(w, w.told(payoutEvent(p, "e2", provider.Succeeded)).Parked, "an older word")
	require.Equal(w, payments.Returned, w.payout(p.ID).State)
}

func (w *world) lots(by lance.Actor) (shares []ledger.LotShare) {
	w.Helper()
	w.view(func(ctx context.Context, r payments.Repos) (err error) {
		shares, err = ledger.LotsOf(ctx, r, ledger.Available(by.Party, lance.USD))
		return err
	})
	return shares
}

func refusedAfterPaid(w *world) {
	w.deposit(ann, 5000)
	p := w.pay(ann, 3000, sandbox.DestinationOK)
	w.step()
	require.Empty(w, w.told(payoutEvent(p, "e1", provider.Refused)).Parked)
	require.Equal(w, payments.Returned, w.payout(p.ID).State)
	w.has(ann, 5000, 0, 0, 0)
}

func returnedBeforePaid(w *world) {
	w.deposit(ann, 5000)
	p := w.pay(ann, 3000, sandbox.DestinationOK)
	w.receive(payoutEvent(p, "e2", provider.Returned))
	w.receive(payoutEvent(p, "e1", provider.Succeeded))
	w.bank.fail(lance.E(lance.Unavailable, "provider_unavailable", "only the webhooks tell"))
	require.Empty(w, w.try().Parked)
	require.Equal(w, payments.Returned, w.payout(p.ID).State)
	w.has(ann, 5000, 0, 0, 0)
}

func settledByAdmin(w *world) {
	w.deposit(ann, 5000)
	w.bank.say(&provider.Outcome{Ref: "po_1", State: provider.Pending})
	paid := w.pay(ann, 1000, sandbox.DestinationOK)
	w.bank.say(&provider.Outcome{Ref: "po_2", State: provider.Pending})
	rejected := w.pay(ann, 2000, sandbox.DestinationOK)
	for id, do := range map[payments.PayoutID]payments.PayoutAction{paid.ID: payments.Pay, rejected.ID: payments.Reject} {
		p, err := w.SettlePayout(w.Context(), admin, id, do)
		require.NoError(w, err)
		require.Equal(w, p, w.payout(id))
		_, err = w.SettlePayout(w.Context(), admin, id, do)
		w.refused(err, lance.Precondition, "payout_state")
	}
	w.has(ann, 4000, 0, 0, 0)
	w.aside(w.told(payoutEvent(rejected, "e1", provider.Succeeded)), "payout_state")
	require.Empty(w, w.told(payoutEvent(rejected, "e2", provider.Refused)).Parked)
	w.has(ann, 4000, 0, 0, 0)
}

func settleUnderway(w *world) {
	w.deposit(ann, 5000)
	w.bank.Outage(true)
	p := w.pay(ann, 3000, sandbox.DestinationOK)
	_, err := w.SettlePayout(w.Context(), admin, p.ID, payments.Reject)
	w.refused(err, lance.Precondition, "payout_underway")
	w.givenUp()
	_, err = w.SettlePayout(w.Context(), admin, p.ID, payments.Reject)
	require.NoError(w, err)
	w.bank.Outage(false)
	w.skip(24 * time.Hour)
	w.step()
	require.Equal(w, payments.Rejected, w.payout(p.ID).State)
	w.has(ann, 5000, 0, 0, 0)
}

func payoutWithin(w *world) {
	w.deposit(ann, 5000)
	var p *payments.Payout
	work := func(fails error) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) (err error) {
			p, err = w.On(lance.Within(r)).Payout(ctx, ann, payments.PayoutInput{Amount: usd(3000), Destination: sandbox.DestinationOK})
			require.NoError(w, err)
			require.Equal(w, payments.Requested, p.State)
			return fails
		})
	}
	lost := lance.E(lance.Internal, "host_failed", "the host changed its mind")
	require.ErrorIs(w, work(lost), lost)
	w.step()
	w.has(ann, 5000, 0, 0, 0)
	require.NoError(w, work(nil))
	require.Equal(w, 1, w.bank.made(), "nobody is called inside a transaction")
	w.step()
	require.Equal(w, 1, w.bank.called(string(p.ID)))
	require.Equal(w, payments.Submitted, w.payout(p.ID).State)
}
