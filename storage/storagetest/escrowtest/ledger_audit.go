package escrowtest

import (
	"context"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func auditLaws[R ledger.Repos]() []ledgerLaw[R] {
	return []ledgerLaw[R]{
		{"a balance is told as of any time, sealed or not", asOf[R]},
		{"what a party had is told as of any time", partyAsOf[R]},
		{"a transfer is corrected by no more than it moved, also by many at once", corrections[R]},
		{"only what moved money at once corrects", correctsBad[R]},
		{"coverage is told when it breaks and when it is restored, once", coverage[R]},
		{"what is kept of accounts is found page by page", keptPages[R]},
		{"transfers without a place in the log are found, sealed ones are not", looseFound[R]},
		{"an auditor's questions are for administrators", auditorsOnly[R]},
	}
}

// service is the one under test.
func (w *ledgerWorld[R]) service() *ledger.Service { return ledger.NewService(w.db) }

var auditor = lance.Person("root", lance.RoleAdmin)

func asOf[R ledger.Repos](w *ledgerWorld[R]) {
	start := w.clock.Now()
	for i := range 9 {
		w.clock.Move(time.Minute)
		w.post(topUp("in "+strconv.Itoa(i), ann, 100), move("fee "+strconv.Itoa(i), ann, fee, int64(i+1)))
		if i == 4 {
			w.step()
		}
	}
	at := func(a ledger.Account, t time.Time) ledger.Balance {
		b, err := w.service().BalanceAt(w.Context(), auditor, a, t)
		require.NoError(w, err)
		require.Equal(w, usd(0), b.PendingOut)
		return b
	}
	for range 2 { // with a tail and without
		for i := range 11 {
			n := int64(min(i, 9))
			for _, later := range []time.Duration{0, 59 * time.Second} {
				t := start.Add(time.Duration(i)*time.Minute + later)
				require.Equal(w, usd(100*n-n*(n+1)/2), at(ann, t).Posted, t)
				require.Equal(w, 2*n, at(ann, t).Lines, t)
				require.Equal(w, usd(n*(n+1)/2), at(fee, t).Posted, t)
				require.Equal(w, n, at(fee, t).Lines, t)
			}
		}
		w.step()
	}
	require.Equal(w, usd(0), at(bob, w.clock.Now()).Posted)
	_, err := w.service().BalanceAt(w.Context(), auditor, ledger.Account{}, start)
	refused(w.T, err, lance.Invalid, "account_kind")
}

func partyAsOf[R ledger.Repos](w *ledgerWorld[R]) {
	owes := ledger.Receivable("ann", lance.USD)
	w.post(topUp("in", ann, 100), move("owe", owes, fee, 7))
	then := w.clock.Now()
	w.clock.Move(time.Hour)
	w.post(move("spend", ann, hold, 60))
	for t, want := range map[time.Time]int64{then: 100, w.clock.Now(): 40, then.Add(-time.Second): 0} {
		has, err := w.service().PartyAt(w.Context(), auditor, "ann", lance.USD, t)
		require.NoError(w, err)
		require.Len(w, has, 6)
		for _, b := range has {
			switch b.Account {
			case ann:
				require.Equal(w, usd(want), b.Posted)
			case owes:
				require.Equal(w, usd(min(want, 7)), b.Posted)
			default:
				require.True(w, b.Posted.IsZero())
			}
		}
	}
}

// correct makes a transfer that corrects another.
func correct(step, of string, minor int64) ledger.Transfer {
	t := move(step, fee, ann, minor)
	t.Code, t.Corrects = ledger.CodeCorrect, id(of)
	return t
}

func corrections[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fee", ann, fee, 50))
	first := w.post(correct("one", "fee", 20), correct("two", "fee", 5))
	w.post(first...) // the same again corrects nothing more
	w.refuse(lance.Precondition, "correction_exceeds", correct("three", "fee", 26))
	w.refuse(lance.Precondition, "correction_exceeds", correct("three", "fee", 20), correct("four", "fee", 6))
	won := w.many(6, func(i int) error { return w.only(correct("many "+strconv.Itoa(i), "fee", 10)) }, "correction_exceeds")
	require.Equal(w, 2, won)
	got, err := w.service().Transfer(w.Context(), auditor, id("fee"))
	require.NoError(w, err)
	require.Equal(w, id("fee"), got.Transfer.ID)
	require.Len(w, got.Corrections, 4)
	require.Equal(w, usd(5), got.Open())
	w.has(fee, 5)
	_, err = w.service().Transfer(w.Context(), auditor, id("never"))
	refused(w.T, err, lance.NotFound, "transfer_not_found")
	plain, err := w.service().Transfer(w.Context(), auditor, id("one"))
	require.NoError(w, err)
	require.Empty(w, plain.Corrections)
}

func correctsBad[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fee", ann, fee, 50), reserve("payout", ann, cash, 20))
	w.refuse(lance.NotFound, "transfer_not_found", correct("one", "never", 1))
	w.refuse(lance.Precondition, "correction_exceeds", correct("one", "payout", 1))
	pending := correct("one", "fee", 1)
	pending.Debit, pending.Credit, pending.Pending = ann, fee, true
	w.refuse(lance.Invalid, "invalid_input", pending)
	void := void("one", "payout")
	void.Corrects = id("fee")
	w.refuse(lance.Invalid, "invalid_input", void)
	euros := move("euros", ledger.Fee(lance.EUR), ledger.Available("ann", lance.EUR), 1)
	euros.Corrects = id("fee")
	w.refuse(lance.Precondition, "correction_exceeds", euros)
}

func coverage[R ledger.Repos](w *ledgerWorld[R]) {
	euro := ledger.Available("ann", lance.EUR)
	w.post(topUp("in", ann, 100), topUp("euro", euro, 50), move("fee", ann, fee, 10))
	watch := func() (kinds []string) {
		w.clock.Move(time.Minute)
		w.step()
		w.view(func(ctx context.Context, r R) error {
			for _, cur := range []string{"EUR", "USD"} {
				events, err := r.Log().Stream(ctx, lance.Ref{Kind: "coverage", ID: cur})
				for _, ev := range events {
					kinds = append(kinds, cur+" "+ev.Type)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		return kinds
	}
	w.step()
	require.Empty(w, watch())
	require.NoError(w, w.service().Covered(w.Context()))
	w.post(move("gift", ledger.Promo(lance.USD), bob, 40))
	broken := []string{"USD coverage.broken"}
	require.Equal(w, broken, watch())
	require.Equal(w, broken, watch(), "it is told once")
	refused(w.T, w.service().Covered(w.Context()), lance.Unavailable, "coverage_broken")
	all, err := w.service().Coverage(w.Context(), auditor)
	require.NoError(w, err)
	require.Equal(w, []ledger.Cover{
		{Currency: lance.EUR, Backing: lance.NewMoney(50, lance.EUR), Owed: lance.NewMoney(50, lance.EUR)},
		{Currency: lance.USD, Backing: usd(100), Owed: usd(130)},
	}, all)
	require.Equal(w, usd(30), all[1].Short())
	w.post(move("capital", cash, fee, 30)) // the platform pays in
	require.Equal(w, append(broken, "USD coverage.restored"), watch())
	require.NoError(w, w.service().Covered(w.Context()))
}

func keptPages[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("one", ann, 60), topUp("two", ann, 60), move("fund", ann, hold, 70), move("fee", hold, fee, 5))
	w.step()
	w.post(topUp("three", bob, 10), move("late", bob, ledger.Rounding(lance.USD), 1))
	var got []ledger.Kept
	w.view(func(ctx context.Context, r R) error {
		for after := ""; ; {
			page, err := r.Ledger().Kept(ctx, after, 2)
			require.NoError(w, err)
			got = append(got, page...)
			if len(page) < 2 {
				break
			}
			after = page[1].Balance.Account.String()
		}
		for i, b := range w.all() {
			require.Equal(w, b, got[i].Balance)
			shares, err := ledger.LotsOf(ctx, r, b.Account)
			require.NoError(w, err)
			require.ElementsMatch(w, shares, got[i].Shares)
		}
		sums, err := r.Ledger().Sums(ctx)
		require.Equal(w, ledger.SumUp(w.all()), sums)
		return err
	})
	require.Len(w, got, len(w.all()))
}

func looseFound[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("one", ann, 60))
	w.step()
	w.post(topUp("two", ann, 60), topUp("three", ann, 60), topUp("four", ann, 60))
	w.view(func(ctx context.Context, r R) error {
		first, err := r.Ledger().Find(ctx, ledger.Query{Loose: true, Limit: 2})
		require.NoError(w, err)
		require.Len(w, first, 2)
		rest, err := r.Ledger().Find(ctx, ledger.Query{Loose: true, Limit: 2, After: first[1].ID})
		require.Len(w, rest, 1)
		got := []ledger.TransferID{first[0].ID, first[1].ID, rest[0].ID}
		require.ElementsMatch(w, []ledger.TransferID{id("two"), id("three"), id("four")}, got)
		return err
	})
}

func auditorsOnly[R ledger.Repos](w *ledgerWorld[R]) {
	s := w.service()
	for by, kind := range map[string]lance.Kind{"": lance.Unauthorized, "ann": lance.Forbidden} {
		actor := lance.Actor{}
		if by != "" {
			actor = lance.Person(lance.UserID(by))
		}
		_, err := s.TrialBalance(w.Context(), actor)
		require.ErrorIs(w, err, kind)
		_, err = s.Coverage(w.Context(), actor)
		require.ErrorIs(w, err, kind)
		_, err = s.Statement(w.Context(), actor, ann, lance.PageQuery{})
		require.ErrorIs(w, err, kind)
		_, err = s.Checkpoints(w.Context(), actor, lance.PageQuery{})
		require.ErrorIs(w, err, kind)
	}
	trial, err := s.TrialBalance(w.Context(), auditor)
	require.NoError(w, err)
	require.True(w, trial.Balanced())
}
