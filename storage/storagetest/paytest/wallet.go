package paytest

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

func walletLaws() []law {
	return []law{
		{"payment_is_verified_by_a_charge_that_was_not_lost", paymentVerified},
		{"is_the_fold_of_the_books_after_each_step", walletFold},
		{"currencies_do_not_mix", walletCurrencies},
		{"empty_is_zero_in_the_first_currency", walletEmpty},
		{"statement_has_a_running_balance", statement},
		{"lists_are_the_callers_own_latest_first", lists},
	}
}

// walletFold walks money through everything that can happen to it, and adds the
// books up from nothing after each step.
func walletFold(w *world) {
	var a *escrow.Agreement
	agree := func(do func() (*escrow.Agreement, error)) func() {
		return func() {
			var err error
			a, err = do()
			require.NoError(w, err)
		}
	}
	var p *payments.Payout
	for _, s := range []struct {
		name     string
		do       func()
		ann, bob [3]int64 // available, held, pending
	}{
		{"nothing", func() {}, [3]int64{}, [3]int64{}},
		{"top up", func() { w.deposit(ann, 10000) }, [3]int64{10000}, [3]int64{}},
		{"top up pending", func() { w.charge(ann, usd(500), sandbox.MethodPending) }, [3]int64{10000, 0, 500}, [3]int64{}},
		{"confirmed", func() { w.step() }, [3]int64{10500}, [3]int64{}},
		{"agree", agree(func() (*escrow.Agreement, error) {
			return w.escrow.Agree(w.Context(), ann, escrow.AgreeInput{
				Subject: lance.Ref{Kind: "order", ID: "1"}, Payer: ann.Party, Payee: bob.Party, Amount: usd(8000),
			})
		}), [3]int64{10500}, [3]int64{}},
		{"fund", agree(func() (*escrow.Agreement, error) {
			return w.escrow.Fund(w.Context(), ann, escrow.FundInput{Agreement: a.ID})
		}), [3]int64{2500, 8000}, [3]int64{}},
		{"release a part", agree(func() (*escrow.Agreement, error) {
			return w.escrow.Release(w.Context(), ann, escrow.ReleaseInput{Agreement: a.ID, Amount: usd(3000)})
		}), [3]int64{2500, 5000}, [3]int64{2700}},
		{"pay out", func() { p = w.pay(bob, 2000, sandbox.DestinationRejected) }, [3]int64{2500, 5000}, [3]int64{700, 2000}},
		{"approve", agree(func() (*escrow.Agreement, error) {
			return w.escrow.Approve(w.Context(), ann, escrow.ApproveInput{Agreement: a.ID})
		}), [3]int64{2500}, [3]int64{5200, 2000}},
		{"rejected", func() { w.step() }, [3]int64{2500}, [3]int64{7200}},
		{"pay out again", func() { p = w.pay(bob, 7200, sandbox.DestinationOK) }, [3]int64{2500}, [3]int64{0, 7200}},
		{"paid", func() { w.step() }, [3]int64{2500}, [3]int64{}},
	} {
		s.do()
		w.has(ann, s.ann[0], s.ann[1], s.ann[2], 0)
		w.has(bob, s.bob[0], s.bob[1], s.bob[2], 0)
		w.sound()
	}
	require.Equal(w, payments.Paid, w.payout(p.ID).State)
}

func walletCurrencies(w *world) {
	amounts := map[lance.Currency]int64{lance.USD: 101, lance.EUR: 202, lance.JPY: 303, lance.GBP: 404}
	for c, minor := range amounts {
		w.charge(ann, lance.NewMoney(minor, c), sandbox.MethodOK)
	}
	all, err := w.Wallet(w.Context(), ann, "ann")
	require.NoError(w, err)
	var codes []string
	for _, b := range all {
		codes = append(codes, b.Currency.Code())
		require.Equal(w, lance.NewMoney(amounts[b.Currency], b.Currency), b.Available)
		for _, m := range []lance.Money{b.Held, b.Pending, b.Owed} {
			require.Equal(w, lance.NewMoney(0, b.Currency), m, "every amount carries its currency")
		}
	}
	require.Equal(w, []string{"EUR", "GBP", "JPY", "USD"}, codes)
	_, err = w.Payout(w.Context(), ann, payments.PayoutInput{Amount: lance.NewMoney(304, lance.JPY), Destination: sandbox.DestinationOK})
	w.refused(err, lance.Insufficient, "balance_insufficient")
}

func walletEmpty(w *world) {
	all, err := w.Wallet(w.Context(), ann, "ann")
	require.NoError(w, err)
	none := usd(0)
	require.Equal(w, []payments.Balance{{Currency: lance.USD, Available: none, Held: none, Pending: none, Owed: none}}, all)
}

func statement(w *world) {
	sum, want := int64(0), []int64{}
	for i := range 12 {
		minor := int64(100 + i)
		w.deposit(ann, minor)
		sum += minor
		want = append([]int64{sum}, want...)
		if i%3 == 2 {
			w.pay(ann, 50, sandbox.DestinationOK)
			w.step()
			sum -= 50
			want = append([]int64{sum}, want...)
		}
	}
	var got []int64
	q := lance.PageQuery{Limit: 5}
	for {
		page, err := w.Statement(w.Context(), ann, "ann", lance.USD, q)
		require.NoError(w, err)
		for _, line := range page.Items {
			got = append(got, line.Balance.Minor())
			require.Equal(w, line.Change.Minor(), line.Balance.Minor()-before(want, len(got)))
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	require.Equal(w, want, got)
	w.has(ann, sum, 0, 0, 0)
}

// before returns the balance before the n-th latest line.
func before(balances []int64, n int) int64 {
	if n < len(balances) {
		return balances[n]
	}
	return 0
}

func lists(w *world) {
	var ups, outs []string
	for i := range 5 {
		w.skip(time.Second)
		ups = append([]string{string(w.charge(ann, usd(int64(100+i)), sandbox.MethodOK).ID)}, ups...)
		outs = append([]string{string(w.pay(ann, int64(i+1), sandbox.DestinationOK).ID)}, outs...)
		w.charge(bob, usd(7), sandbox.MethodOK)
	}
	var gotUps, gotOuts []string
	for q := (lance.PageQuery{Limit: 2}); ; {
		page, err := w.TopUps(w.Context(), ann, q)
		require.NoError(w, err)
		for _, t := range page.Items {
			gotUps = append(gotUps, string(t.ID))
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	for q := (lance.PageQuery{Limit: 2}); ; {
		page, err := w.Payouts(w.Context(), ann, q)
		require.NoError(w, err)
		for _, p := range page.Items {
			gotOuts = append(gotOuts, string(p.ID))
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	require.Equal(w, ups, gotUps)
	require.Equal(w, outs, gotOuts)
}

// name makes different keys of one stem.
func name(stem string, i int) string { return stem + strconv.Itoa(i) }

// paymentVerified follows who counts as one who pays: from a charge on, until the only
// one is charged back and lost, and anew when that was won after all.
func paymentVerified(w *world) {
	verified := func(want ...lance.PartyID) {
		w.Helper()
		w.view(func(ctx context.Context, r payments.Repos) error {
			got, err := r.Payers().Verified(ctx, "ann", "bob", "carl")
			require.ElementsMatch(w, want, got)
			require.True(w, slices.IsSorted(got))
			return err
		})
	}
	w.charge(ann, usd(1), sandbox.MethodPending)
	_, err := w.TopUp(w.Context(), bob, payments.TopUpInput{Amount: usd(1), Method: sandbox.MethodDeclined})
	require.ErrorIs(w, err, lance.Declined)
	verified()
	t := w.paidFor(bob, 100)
	verified("bob")
	w.step()
	verified("ann", "bob")
	w.hear(t, "d1", provider.Opened, 60)
	verified("ann", "bob")
	w.hear(t, "d1", provider.Lost, 60)
	verified("ann")
	w.turns(t, "d1", provider.Won, 60)
	verified("ann", "bob")
	w.turns(t, "d1", provider.Lost, 60)
	verified("ann")
	w.paidFor(bob, 1)
	verified("ann", "bob")
}
