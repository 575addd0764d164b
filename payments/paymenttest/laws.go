package paymenttest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
)

var nameLaws = []law{
	{"owns_accounts", func(w *world) {
		require.NoError(w, lance.PartyID(w.a.Name()).Check(), "1 to 64 bytes of text")
	}},
	{"never_changes", func(w *world) {
		require.Equal(w, w.a.Name(), w.h.Open(w.T).Name())
	}},
}

var chargeLaws = []law{
	{"succeeds", func(w *world) {
		out := w.charged(w.charge(w.h.Charges.OK))
		require.Equal(w, provider.Succeeded, out.State)
		require.NotEmpty(w, out.Ref)
	}},
	{"refusal_is_an_outcome", func(w *world) {
		out := w.charged(w.charge(w.token(w.h.Charges.Declined, "a payment method that is declined")))
		require.Equal(w, provider.Refused, out.State)
	}},
	{"pending_succeeds_later", func(w *world) {
		out := w.charged(w.charge(w.token(w.h.Charges.Pending, "a payment method that is pending")))
		require.Equal(w, provider.Pending, out.State)
		require.NotEmpty(w, out.Ref)
		require.Equal(w, provider.Succeeded, w.ended(provider.KindCharge, out.Ref).State)
	}},
	{"same_key_is_the_same_charge", func(w *world) {
		first := w.charged(w.charge(w.h.Charges.OK))
		require.Equal(w, first, w.charged(w.charge(w.h.Charges.OK)))
	}},
	{"same_key_is_refused_the_same", func(w *world) {
		c := w.charge(w.token(w.h.Charges.Declined, "a payment method that is declined"))
		first := w.charged(c)
		require.Equal(w, first, w.charged(c))
	}},
	{"same_key_in_another_process_is_the_same_charge", func(w *world) {
		w.need(w.h.Again != nil, "to be opened again")
		first := w.charged(w.charge(w.h.Charges.OK))
		w.a = w.h.Again(w.T, w.a)
		require.Equal(w, first, w.charged(w.charge(w.h.Charges.OK)))
	}},
	{"same_key_at_the_same_time_is_one_charge", func(w *world) {
		outs := w.many(8, func(ctx context.Context) (provider.Outcome, error) {
			return w.a.Charge(ctx, w.charge(w.h.Charges.OK))
		})
		for _, out := range outs {
			require.Equal(w, outs[0], out)
		}
	}},
	{"other_key_is_another_charge", func(w *world) {
		first := w.charged(w.charge(w.h.Charges.OK))
		w.key += "_2"
		require.NotEqual(w, first.Ref, w.charged(w.charge(w.h.Charges.OK)).Ref)
	}},
	{"key_with_another_amount_is_a_conflict", func(w *world) {
		c := w.charge(w.h.Charges.OK)
		first := w.charged(c)
		c.Amount = lance.NewMoney(c.Amount.Minor()-1, c.Amount.Currency())
		_, err := w.a.Charge(w.Context(), c)
		w.reused(err)
		require.Equal(w, first, w.charged(w.charge(w.h.Charges.OK)), "and the first one stands")
	}},
	{"key_with_another_method_is_a_conflict", func(w *world) {
		w.charged(w.charge(w.h.Charges.OK))
		_, err := w.a.Charge(w.Context(), w.charge(w.token(w.h.Charges.Declined, "a payment method that is declined")))
		w.reused(err)
	}},
	{"unknown_method_is_invalid", func(w *world) {
		_, err := w.a.Charge(w.Context(), w.charge(w.token(w.h.Charges.Unknown, "a payment method that is unknown")))
		w.invalid(err, "/method", provider.CodeMethodUnknown)
	}},
	{"amount_is_above_zero", func(w *world) {
		for _, minor := range []int64{0, -1} {
			c := w.charge(w.h.Charges.OK)
			c.Amount = lance.NewMoney(minor, c.Amount.Currency())
			_, err := w.a.Charge(w.Context(), c)
			w.invalid(err, "/amount", "")
		}
	}},
}

var payoutLaws = []law{
	{"succeeds", func(w *world) {
		out := w.paid(w.payout(w.h.Payouts.OK))
		require.NotEmpty(w, out.Ref)
		if out.State == provider.Pending {
			out = w.ended(provider.KindPayout, out.Ref)
		}
		require.Equal(w, provider.Succeeded, out.State)
	}},
	{"refused_after_it_was_submitted", func(w *world) {
		out := w.paid(w.payout(w.token(w.h.Payouts.Rejected, "a destination that is refused later")))
		require.Equal(w, provider.Pending, out.State)
		require.Equal(w, provider.Refused, w.ended(provider.KindPayout, out.Ref).State)
	}},
	{"same_key_is_the_same_payout", func(w *world) {
		first := w.paid(w.payout(w.h.Payouts.OK))
		require.Equal(w, first.Ref, w.paid(w.payout(w.h.Payouts.OK)).Ref)
	}},
	{"same_key_in_another_process_is_the_same_payout", func(w *world) {
		w.need(w.h.Again != nil, "to be opened again")
		first := w.paid(w.payout(w.h.Payouts.OK))
		w.a = w.h.Again(w.T, w.a)
		require.Equal(w, first.Ref, w.paid(w.payout(w.h.Payouts.OK)).Ref)
	}},
	{"same_key_at_the_same_time_is_one_payout", func(w *world) {
		outs := w.many(8, func(ctx context.Context) (provider.Outcome, error) {
			return w.a.Payout(ctx, w.payout(w.h.Payouts.OK))
		})
		for _, out := range outs {
			require.Equal(w, outs[0].Ref, out.Ref)
		}
	}},
	{"other_key_is_another_payout", func(w *world) {
		first := w.paid(w.payout(w.h.Payouts.OK))
		w.key += "_2"
		require.NotEqual(w, first.Ref, w.paid(w.payout(w.h.Payouts.OK)).Ref)
	}},
	{"key_with_another_amount_is_a_conflict", func(w *world) {
		p := w.payout(w.h.Payouts.OK)
		w.paid(p)
		p.Amount = lance.NewMoney(p.Amount.Minor()-1, p.Amount.Currency())
		_, err := w.a.Payout(w.Context(), p)
		w.reused(err)
	}},
	{"key_with_another_destination_is_a_conflict", func(w *world) {
		w.paid(w.payout(w.h.Payouts.OK))
		_, err := w.a.Payout(w.Context(), w.payout(w.token(w.h.Payouts.Rejected, "a destination that is refused later")))
		w.reused(err)
	}},
	{"unknown_destination_is_invalid", func(w *world) {
		_, err := w.a.Payout(w.Context(), w.payout(w.token(w.h.Payouts.Unknown, "a destination that is unknown")))
		w.invalid(err, "/destination", provider.CodeDestinationUnknown)
	}},
	{"amount_is_above_zero", func(w *world) {
		for _, minor := range []int64{0, -1} {
			p := w.payout(w.h.Payouts.OK)
			p.Amount = lance.NewMoney(minor, p.Amount.Currency())
			_, err := w.a.Payout(w.Context(), p)
			w.invalid(err, "/amount", "")
		}
	}},
}

// reused requires that err says that the key names another call.
func (w *world) reused(err error) {
	w.Helper()
	require.ErrorIs(w, err, lance.Conflict)
	require.Equal(w, "key_reused", lance.CodeOf(err))
}

var lookupLaws = []law{
	{"finds_a_charge_by_our_key", func(w *world) {
		out := w.charged(w.charge(w.h.Charges.OK))
		require.Equal(w, out, w.found(provider.KindCharge, ""))
		require.Equal(w, out, w.found(provider.KindCharge, out.Ref))
	}},
	{"finds_a_refusal", func(w *world) {
		out := w.charged(w.charge(w.token(w.h.Charges.Declined, "a payment method that is declined")))
		require.Equal(w, out, w.found(provider.KindCharge, out.Ref))
	}},
	{"finds_a_payout_by_our_key", func(w *world) {
		out := w.paid(w.payout(w.h.Payouts.OK))
		require.Equal(w, out.Ref, w.found(provider.KindPayout, "").Ref)
		require.Equal(w, out.Ref, w.found(provider.KindPayout, out.Ref).Ref)
	}},
	{"finds_it_in_another_process", func(w *world) {
		w.need(w.h.Again != nil, "to be opened again")
		out := w.charged(w.charge(w.h.Charges.OK))
		w.a = w.h.Again(w.T, w.a)
		require.Equal(w, out, w.found(provider.KindCharge, out.Ref))
	}},
	{"makes_nothing", func(w *world) {
		for range 2 {
			w.unknown(provider.KindCharge, w.key)
			w.unknown(provider.KindPayout, w.key)
		}
	}},
	{"charge_is_no_payout", func(w *world) {
		w.charged(w.charge(w.h.Charges.OK))
		w.unknown(provider.KindPayout, w.key)
	}},
	{"end_is_final", func(w *world) {
		out := w.charged(w.charge(w.h.Charges.OK))
		for range 3 {
			require.Equal(w, out, w.found(provider.KindCharge, out.Ref))
		}
		require.Equal(w, out, w.charged(w.charge(w.h.Charges.OK)))
	}},
	{"pending_does_not_come_back", func(w *world) {
		c := w.charge(w.token(w.h.Charges.Pending, "a payment method that is pending"))
		out := w.ended(provider.KindCharge, w.charged(c).Ref)
		require.Equal(w, out, w.charged(c), "the same key answers what is known by now")
	}},
}

func (w *world) found(kind provider.Kind, ref string) provider.Outcome {
	w.Helper()
	out, err := w.a.Lookup(w.Context(), kind, w.key, ref)
	require.NoError(w, err)
	w.wellFormed(out)
	return out
}

func (w *world) unknown(kind provider.Kind, key string) {
	w.Helper()
	_, err := w.a.Lookup(w.Context(), kind, key, "")
	require.ErrorIs(w, err, lance.NotFound)
	require.Equal(w, "provider_unknown", lance.CodeOf(err))
}

var outageLaws = []law{
	{"is_unavailable", func(w *world) {
		w.need(w.h.Outage != nil, "an outage")
		w.h.Outage(w.a, true)
		_, err := w.a.Charge(w.Context(), w.charge(w.h.Charges.OK))
		require.ErrorIs(w, err, lance.Unavailable)
		_, err = w.a.Payout(w.Context(), w.payout(w.h.Payouts.OK))
		require.ErrorIs(w, err, lance.Unavailable)
		_, err = w.a.Lookup(w.Context(), provider.KindCharge, w.key, "")
		require.ErrorIs(w, err, lance.Unavailable, "not being found is an answer; this is none")
	}},
	{"key_is_good_after_it", func(w *world) {
		w.need(w.h.Outage != nil, "an outage")
		w.h.Outage(w.a, true)
		_, err := w.a.Charge(w.Context(), w.charge(w.h.Charges.OK))
		require.ErrorIs(w, err, lance.Unavailable)
		w.h.Outage(w.a, false)
		require.Equal(w, provider.Succeeded, w.charged(w.charge(w.h.Charges.OK)).State)
	}},
	{"ended_context_is_kept_to", func(w *world) {
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		_, err := w.a.Charge(ctx, w.charge(w.h.Charges.OK))
		require.ErrorIs(w, err, lance.Unavailable)
		_, err = w.a.Payout(ctx, w.payout(w.h.Payouts.OK))
		require.ErrorIs(w, err, lance.Unavailable)
		_, err = w.a.Lookup(ctx, provider.KindCharge, w.key, "")
		require.ErrorIs(w, err, lance.Unavailable)
		require.Equal(w, provider.Succeeded, w.charged(w.charge(w.h.Charges.OK)).State, "trying again helps")
	}},
}
