package escrowtest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// described writes an agreement down so that two are the same text when they are
// the same agreement: decimals and times have several forms in memory.
func described(a *escrow.Agreement) string {
	c := *a
	for _, t := range []*time.Time{
		&c.CreatedAt, &c.FundedAt, &c.SubmittedAt, &c.ReleaseAt, &c.EndedAt, &c.RefundAt, &c.ExpiresAt, &c.HeldSince, &c.WarnedAt,
		&c.RemindedAt,
	} {
		*t = lance.Instant(*t)
	}
	if len(c.Clearing) == 0 {
		c.Clearing = nil
	}
	b, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// snapshot is all that a transaction about one agreement could have left.
type snapshot struct {
	Agreement string
	Timers    []lance.Timer
	Events    []string
	Backlog   int
	Balances  []ledger.Balance
}

func (w *world) image(id escrow.ID) (im snapshot) {
	w.Helper()
	w.view(func(ctx context.Context, r escrow.Repos) (err error) {
		a, err := r.Agreements().Get(ctx, id)
		if err != nil {
			return err
		}
		im.Agreement = described(a)
		if im.Timers, err = r.Timers().Of(ctx, a.Ref()); err != nil {
			return err
		}
		events, err := r.Log().Stream(ctx, a.Ref())
		for _, ev := range events {
			im.Events = append(im.Events, ev.Type+" "+string(ev.Body))
		}
		if err != nil {
			return err
		}
		backlog, err := r.Log().Backlog(ctx)
		if err != nil {
			return err
		}
		im.Backlog = backlog.Count
		im.Balances, err = ledger.BalancesOf(ctx, r, available(w.payer), available(w.payee), a.HoldAccount(), fee)
		return err
	})
	return im
}

// sound requires that all books of the store balance, and every invariant of
// what this world made.
func (w *world) sound() {
	w.Helper()
	w.view(func(ctx context.Context, r escrow.Repos) error {
		report, err := ledger.Refold(ctx, r)
		require.True(w, report.Balanced(), "the books do not balance: %v", report)
		return err
	})
	w.invariants()
	scope := ledger.Scope[escrow.Repos]() // what a case wrote past the service has no events
	if len(w.made) > 0 {
		scope = escrow.Scope[escrow.Repos]()
	}
	holds(w, w.db, scope)
}

// invariants requires of each agreement that its hold is the fold of its
// account, its fees are those of what was released, its clocks and its last
// event say what it says; and of each party that it has what came in, less what
// it paid and is held, plus what it earned.
func (w *world) invariants() {
	w.Helper()
	w.view(func(ctx context.Context, r escrow.Repos) error {
		own := map[lance.PartyID]int64{}
		clears, holds := map[lance.PartyID]int64{}, map[lance.PartyID]int64{}
		for p, minor := range w.deposited {
			own[p] += minor
		}
		for _, id := range w.made {
			a, err := r.Agreements().Get(ctx, id)
			if err != nil {
				return err
			}
			own[a.Payer] -= w.soundAgreement(ctx, r, a)
			own[a.Payer] -= a.Held.Minor() + a.Released.Minor() + a.PayerFee.Minor()
			w.share(ctx, r, a, own)
			holds[a.Payer] += a.Held.Minor()
			for _, c := range a.Clearing {
				clears[c.Party] += c.Amount.Minor()
			}
		}
		for p, minor := range own {
			w.soundParty(ctx, r, p, minor, clears[p], holds[p])
		}
		return nil
	})
}

// share adds what the payee of an agreement has earned by it: all but what those
// have who share with him, in this agreement alone.
func (w *world) share(ctx context.Context, r escrow.Repos, a *escrow.Agreement, own map[lance.PartyID]int64) {
	w.Helper()
	own[a.Payee] += a.Released.Minor() - a.PayeeFee.Minor()
	for _, s := range a.Payees {
		if s.Party == a.Payee {
			continue
		}
		b, err := ledger.BalancesOf(ctx, r, ledger.Available(s.Party, lance.USD), ledger.Clearance(s.Party, lance.USD))
		require.NoError(w, err)
		own[a.Payee] -= b[0].Posted.Minor() + b[1].Posted.Minor()
	}
}

func (w *world) soundParty(ctx context.Context, r escrow.Repos, p lance.PartyID, own, clears, holds int64) {
	w.Helper()
	b, err := ledger.BalancesOf(ctx, r, ledger.Available(p, lance.USD), ledger.Clearance(p, lance.USD))
	require.NoError(w, err)
	require.GreaterOrEqual(w, b[0].Posted.Minor(), int64(0), "%s owes", p)
	require.Equal(w, own, b[0].Posted.Minor()+b[1].Posted.Minor(), "%s has not what is his", p)
	require.Equal(w, clears, b[1].Posted.Minor(), "what %s has in clearance", p)
	held, err := r.Agreements().HeldBy(ctx, p)
	require.NoError(w, err)
	if holds == 0 {
		require.Empty(w, held, "nothing of %s is held", p)
		return
	}
	require.Equal(w, []lance.Money{usd(holds)}, held, "what is held of %s", p)
}

// soundAgreement returns what was reclaimed from the agreement.
func (w *world) soundAgreement(ctx context.Context, r escrow.Repos, a *escrow.Agreement) (reclaimed int64) {
	w.Helper()
	page, err := ledger.Statement(ctx, r, a.HoldAccount(), lance.PageQuery{Limit: lance.MaxPageSize})
	require.NoError(w, err)
	require.Empty(w, page.Next, "a case with so many lines folds only the last of them")
	fold := usd(0)
	for _, line := range page.Items {
		fold, err = fold.Add(line.Change)
		require.NoError(w, err)
		if line.Transfer.Credit == withheld {
			reclaimed += line.Transfer.Amount.Minor()
		}
	}
	require.Equal(w, fold, a.Held, "what is held is the fold of the hold account")

	w.soundFees(a)
	final := escrow.Lifecycle.Terminal(a.State)
	require.Equal(w, final, !a.EndedAt.IsZero())
	if final {
		require.True(w, a.Held.IsZero(), "%s holds nothing", a.State)
	}
	w.soundClocks(ctx, r, a)
	w.soundLog(ctx, r, a)
	return reclaimed
}

// soundFees requires that the hold has the rest of the price and of the payer's
// fee, and that the fees are those of all that was released; a ruling says itself
// who bears them.
func (w *world) soundFees(a *escrow.Agreement) {
	w.Helper()
	stays, due := a.Funded.Minor()-a.Refunded.Minor(), a.Released.Minor()
	if a.Policy.Refunds.Fees == policy.KeepFees {
		stays, due = a.Funded.Minor(), due+a.Refunded.Minor()
	}
	fee := func(side policy.Side, base int64) int64 {
		m, err := a.Policy.Fee(side, usd(base))
		require.NoError(w, err)
		return m.Minor()
	}
	if a.State == escrow.Settled {
		require.Zero(w, a.Remaining().Minor())
		return
	}
	require.Equal(w, a.Remaining().Minor()+fee(policy.Payer, stays)-a.PayerFee.Minor(), a.Held.Minor(), "the rest of the price and of the payer's fee is held")
	require.Equal(w, fee(policy.Payer, due), a.PayerFee.Minor(), "the payer's fee is that of all that was released")
	require.Equal(w, fee(policy.Payee, a.Released.Minor()), a.PayeeFee.Minor(), "the payee's fee is that of all that was released")
}

// soundClocks requires that each clock shows when it fires or why it stands.
func (w *world) soundClocks(ctx context.Context, r escrow.Repos, a *escrow.Agreement) {
	w.Helper()
	timers, err := r.Timers().Of(ctx, a.Ref())
	require.NoError(w, err)
	clocks := map[string]lance.Timer{}
	for _, t := range timers {
		require.NotEqual(w, t.DueAt.IsZero(), t.WhyNot == "", "a clock shows when it fires or why it stands: %v", t)
		clocks[t.Kind] = t
	}
	release, has := clocks[escrow.KindAutoRelease]
	require.Equal(w, !escrow.Lifecycle.Terminal(a.State) && a.State != escrow.Proposed, has)
	require.True(w, release.DueAt.Equal(a.ReleaseAt))
	inspected := a.State == escrow.Submitted && (a.Missing().IsZero() || !a.FundedAt.IsZero())
	require.Equal(w, inspected, !a.ReleaseAt.IsZero(), "the clock runs while the payer inspects")
	refund, has := clocks[escrow.KindRefund]
	require.Equal(w, a.RefundAsked.IsPositive(), has, "a request for money back is answered by itself")
	require.True(w, refund.DueAt.Equal(a.RefundAt))
	limit, has := clocks[escrow.KindLimit]
	require.Equal(w, a.Held.IsPositive(), has, "held money may not stay for ever")
	if a.State == escrow.Frozen && has {
		require.Equal(w, escrow.WhyFrozen, limit.WhyNot)
	} else {
		require.True(w, limit.DueAt.Equal(a.LimitAt()))
	}
	clears, has := clocks[escrow.KindClear]
	require.Equal(w, len(a.Clearing) > 0, has)
	if has {
		require.True(w, clears.DueAt.Equal(a.Clearing[0].At))
	}
}

// soundLog requires an event for each version, the last of which says where the
// agreement stands.
func (w *world) soundLog(ctx context.Context, r escrow.Repos, a *escrow.Agreement) {
	w.Helper()
	events, err := r.Log().Stream(ctx, a.Ref())
	require.NoError(w, err)
	require.Len(w, events, int(a.Version))
	var last escrow.Changed
	require.NoError(w, json.Unmarshal(events[len(events)-1].Body, &last))
	require.Equal(w, a.State, last.State)
	require.Equal(w, a.Held, last.Held)
	require.Equal(w, a.Version, events[len(events)-1].Version)
}
