package paytest

import (
	"context"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments"
)

// sound requires what must hold whatever has happened.
func (w *world) sound() {
	w.Helper()
	w.view(func(ctx context.Context, r payments.Repos) error {
		report, err := ledger.Refold(ctx, r)
		require.NoError(w, err)
		require.True(w, report.Balanced(), "the books: %v", report)
		all, err := r.Ledger().Find(ctx, ledger.Query{})
		require.NoError(w, err)
		posted := map[lance.Ref][]ledger.Transfer{}
		for _, t := range all {
			posted[t.Subject] = append(posted[t.Subject], t)
		}
		w.topUpsSound(ctx, r, posted)
		w.payoutsSound(ctx, r, posted)
		w.chargebacksSound(ctx, r)
		w.logSound(ctx, r)
		return nil
	})
	w.claimsSound()
	for _, p := range parties {
		w.walletSound(p)
	}
}

// topUpsSound requires that what was confirmed was credited once, and nothing
// else was.
func (w *world) topUpsSound(ctx context.Context, r payments.Repos, posted map[lance.Ref][]ledger.Transfer) {
	w.Helper()
	ts, err := r.TopUps().Find(ctx, lance.Filter{})
	require.NoError(w, err)
	for _, t := range ts {
		count := map[ledger.Code]int{}
		for _, x := range posted[t.Ref()] {
			count[x.Code]++
			require.Equal(w, t.Amount, x.Amount)
			if x.Code == ledger.CodeTopUp {
				require.Equal(w, ledger.Available(t.Party, t.Amount.Currency()), x.Credit)
			}
		}
		credits, settles := count[ledger.CodeTopUp], count[ledger.CodeSettle]
		require.Equal(w, t.State == payments.Confirmed, credits == 1, "%s is %s", t.ID, t.State)
		require.Equal(w, t.Settled, settles == 1)
		require.Len(w, posted[t.Ref()], credits+settles)
		require.Equal(w, t.State == payments.Processing, w.polls(ctx, r, t.Ref()), "%s is asked about", t.State)
	}
}

// payoutsSound requires that each payout moved what its state says.
func (w *world) payoutsSound(ctx context.Context, r payments.Repos, posted map[lance.Ref][]ledger.Transfer) {
	w.Helper()
	ps, err := r.Payouts().Find(ctx, lance.Filter{})
	require.NoError(w, err)
	for _, p := range ps {
		left, back, voided := 0, 0, 0
		for _, x := range posted[p.Ref()] {
			require.Equal(w, p.Amount, x.Amount)
			switch {
			case x.Void:
				voided++
			case x.Code == ledger.CodeReturn:
				back++
			case !x.Pending:
				left++
			}
		}
		require.Len(w, posted[p.Ref()], 1+left+back+voided, "one reserve")
		want := map[payments.PayoutState][3]int{
			payments.Requested: {}, payments.Submitted: {}, payments.Paid: {1, 0, 0},
			payments.Rejected: {0, 0, 1}, payments.Returned: {1, 1, 0},
		}[p.State]
		require.Equal(w, want, [3]int{left, back, voided}, p.State)
		waits := p.State == payments.Requested || p.State == payments.Submitted
		require.Equal(w, waits, w.polls(ctx, r, p.Ref()), "%s is asked about", p.State)
	}
}

// polls reports whether a clock will ask what became of it.
func (w *world) polls(ctx context.Context, r payments.Repos, of lance.Ref) bool {
	w.Helper()
	timers, err := r.Timers().Of(ctx, of)
	require.NoError(w, err)
	require.LessOrEqual(w, len(timers), 1)
	return len(timers) == 1
}

// logSound requires that every version of every payment has told of itself, last
// of what stands.
func (w *world) logSound(ctx context.Context, r payments.Repos) {
	w.Helper()
	ts, err := r.TopUps().Find(ctx, lance.Filter{})
	require.NoError(w, err)
	for _, t := range ts {
		evs, err := r.Log().Stream(ctx, t.Ref())
		require.NoError(w, err)
		require.Equal(w, t.Version, evs[len(evs)-1].Version)
		require.Equal(w, []lance.PartyID{t.Party}, evs[0].Parties)
	}
	ps, err := r.Payouts().Find(ctx, lance.Filter{})
	require.NoError(w, err)
	for _, p := range ps {
		evs, err := r.Log().Stream(ctx, p.Ref())
		require.NoError(w, err)
		require.Equal(w, p.Version, evs[len(evs)-1].Version)
	}
}

// walletSound requires that a wallet shows what the transfers, the agreements
// and the top-ups make, added up from nothing.
func (w *world) walletSound(p lance.PartyID) {
	w.Helper()
	got, err := w.Wallet(w.Context(), admin, p)
	require.NoError(w, err)
	for _, b := range got {
		w.view(func(ctx context.Context, r payments.Repos) error {
			require.Equal(w, w.fold(ctx, r, p, b.Currency), b)
			return nil
		})
	}
}

func (w *world) fold(ctx context.Context, r payments.Repos, p lance.PartyID, c lance.Currency) payments.Balance {
	w.Helper()
	transfers, err := r.Ledger().Find(ctx, ledger.Query{})
	require.NoError(w, err)
	minor := map[ledger.Account]int64{}
	open := map[ledger.TransferID]int64{}
	for _, t := range transfers {
		minor[t.Credit] += t.Change(t.Credit).Minor()
		minor[t.Debit] += t.Change(t.Debit).Minor()
		if t.Pending && t.Debit == ledger.Available(p, c) {
			open[t.ID] += t.Amount.Minor()
		}
		if t.Resolves != "" {
			open[t.Resolves] -= t.Amount.Minor()
		}
	}
	reserved := int64(0)
	for _, t := range transfers {
		if t.Pending && t.Debit == ledger.Available(p, c) {
			reserved += open[t.ID]
		}
	}
	held, coming := reserved+minor[ledger.Payout(p, c)]+minor[ledger.Reserve(p, c)], minor[ledger.Pending(p, c)]+minor[ledger.Clearance(p, c)]
	as, err := r.Agreements().Find(ctx, lance.Filter{Eq: map[string]any{"payer": string(p)}})
	require.NoError(w, err)
	for _, a := range as {
		if a.Amount.Currency() == c {
			held += minor[ledger.Hold(string(a.ID), c)]
		}
	}
	ts, err := r.TopUps().Find(ctx, lance.Filter{Eq: map[string]any{"party": string(p)}})
	require.NoError(w, err)
	for _, t := range ts {
		if t.State == payments.Processing && t.Amount.Currency() == c {
			coming += t.Amount.Minor()
		}
	}
	of := func(n int64) lance.Money { return lance.NewMoney(n, c) }
	return payments.Balance{
		Currency: c, Available: of(minor[ledger.Available(p, c)] - reserved), Held: of(held), Pending: of(coming),
		Owed: of(minor[ledger.Receivable(p, c)]),
	}
}
