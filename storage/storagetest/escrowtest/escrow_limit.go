package escrowtest

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

func limitLaws() []law {
	return []law{
		{"before held money may no longer stay, the engine warns, and then sends it back", (*world).limitRefunds},
		{"or pays it out, as the policy says, whatever is missing of the price", (*world).limitReleases},
		{"a limit counts from when the oldest of the held money was charged", (*world).limitFollowsLots},
		{"what may not stay until it was inspected is not taken into escrow", (*world).limitOldMoney},
		{"old money stays with the payer while newer suffices, and he is told how much does", (*world).limitSkipsOld},
		{"who fund at the same time all get what fits", (*world).limitTogether},
		{"a limit that passes while a case is open is due when it is closed", (*world).limitFrozen},
		{"a plan that cannot fit is refused with one that can", (*world).limitStages},
	}
}

// days is so many of them.
func days(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }

func (w *world) limitRefunds() {
	a := w.part(w.funded(1000), w.payer, escrow.Release, usd(300))
	require.True(w, a.LimitAt().Equal(epoch.Add(days(90))))
	w.clock.Move(days(83) - time.Microsecond)
	require.Empty(w, w.step().Fired)
	w.clock.Move(time.Microsecond)
	w.fires(escrow.KindWarn)
	a = w.get(a.ID)
	require.True(w, a.WarnedAt.Equal(w.clock.Now()))
	require.Equal(w, usd(700), a.Held, "a warning moves nothing")
	w.clock.Move(days(7))
	w.fires(escrow.KindLimit)
	a = w.get(a.ID)
	require.Equal(w, escrow.Refunded, a.State)
	w.has(available(w.payer), 1700)
}

func (w *world) limitReleases() {
	doc := policy.Default()
	doc.Holding.Place, doc.Holding.Country, doc.Holding.Then = policy.ConnectedBalance, "TH", policy.ToPayee
	doc.Inspection, doc.Reminder = days(3), days(1)
	w.under(doc)
	w.deposit(w.payer.Party, 1000)
	a := w.part(w.agree(1000), w.payer, escrow.Fund, usd(400))
	w.clock.Move(days(3))
	w.fires(escrow.KindWarn)
	w.clock.Move(days(7))
	w.fires(escrow.KindLimit)
	require.Equal(w, escrow.Released, w.get(a.ID).State)
	w.has(available(w.payee), 360)
}

func (w *world) limitFollowsLots() {
	w.deposit(w.payer.Party, 600)
	w.clock.Move(days(10))
	w.deposit(w.payer.Party, 600)
	a := w.must(w.agree(1000), w.payer, escrow.Fund)
	require.True(w, a.LimitAt().Equal(epoch.Add(days(90))), "the oldest lot")
	w.clock.Move(days(74))
	w.fires(escrow.KindWarn)
	a = w.part(a, w.payer, escrow.Release, usd(600))
	require.True(w, a.LimitAt().Equal(epoch.Add(days(100))), "that has left, and the next one counts")
	require.True(w, a.WarnedAt.IsZero(), "of which nothing was said yet")
	w.clock.Move(days(16))
	rep := w.step()
	require.Len(w, rep.Fired, 2)
	require.Equal(w, escrow.Refunded, w.get(a.ID).State)
}

func (w *world) limitOldMoney() {
	w.deposit(w.payer.Party, 500)
	old := w.must(w.agree(500), w.payer, escrow.Fund)
	w.clock.Move(days(76))
	w.deposit(w.payer.Party, 1000)
	a := w.must(w.must(w.agree(1000), w.payer, escrow.Fund), w.payee, escrow.Submit)
	w.must(old, w.payee, escrow.Refund)
	w.refuse(w.agree(500), act{By: w.payer, Do: escrow.Fund}, lance.Precondition, "funds_old")
	_, err := w.svc.Fund(w.Context(), w.payer, escrow.FundInput{Agreement: w.agree(500).ID})
	require.Equal(w, "funds_old", lance.CodeOf(err))
	a = w.part(a, w.payee, escrow.Amend, usd(1001))
	w.refuse(a, act{By: w.payer, Do: escrow.AcceptAmendment}, lance.Precondition, "funds_old")
	require.True(w, w.get(a.ID).LimitAt().Equal(epoch.Add(days(76+90))), "no old cent ends what is held beside it")
}

func (w *world) limitSkipsOld() {
	w.deposit(w.payer.Party, 500)
	w.clock.Move(days(76))
	w.deposit(w.payer.Party, 400)
	w.clock.Move(days(1))
	w.deposit(w.payer.Party, 300)
	a := w.must(w.agree(600), w.payer, escrow.Fund)
	require.True(w, a.LimitAt().Equal(epoch.Add(days(76+90))), "the oldest that fits")
	more := w.agree(200)
	for _, fund := range []func() error{
		func() error { _, err := w.try(more.ID, act{By: w.payer, Do: escrow.Fund}); return err },
		func() error {
			_, err := w.svc.Fund(w.Context(), w.payer, escrow.FundInput{Agreement: more.ID})
			return err
		},
	} {
		err := fund()
		require.ErrorIs(w, err, lance.Precondition)
		require.Equal(w, "funds_old", lance.CodeOf(err))
		fits, says := ledger.FitsOf(err)
		require.True(w, says)
		require.Equal(w, usd(100), fits)
		require.ErrorContains(w, err, "1.00 USD")
	}
	w.refuse(w.agree(2000), act{By: w.payer, Do: escrow.Fund}, lance.Insufficient, "balance_insufficient")
	a = w.part(a, w.payer, escrow.Amend, usd(800))
	_, err := w.try(a.ID, act{By: w.payee, Do: escrow.AcceptAmendment})
	require.Equal(w, "funds_old", lance.CodeOf(err))
	_, says := ledger.FitsOf(err)
	require.False(w, says, "what the payer has is nobody else's to know")
	require.NotContains(w, err.Error(), "1.00 USD")
	a = w.must(w.part(a, w.payer, escrow.Amend, usd(650)), w.payee, escrow.AcceptAmendment)
	require.Equal(w, usd(650), a.Held)
	w.part(more, w.payer, escrow.Fund, usd(50))
	w.has(available(w.payer), 500)
}

func (w *world) limitTogether() {
	w.deposit(w.payer.Party, 1000)
	w.clock.Move(days(80))
	var deals []*escrow.Agreement
	for range 8 {
		w.deposit(w.payer.Party, 50)
		deals = append(deals, w.agree(50))
	}
	late := w.agree(50)
	var group sync.WaitGroup
	faults := make([]error, len(deals))
	for i, a := range deals {
		group.Go(func() {
			_, faults[i] = w.svc.Fund(w.Context(), w.payer, escrow.FundInput{Agreement: a.ID})
		})
	}
	group.Wait()
	for i, a := range deals {
		require.NoError(w, faults[i])
		require.True(w, w.get(a.ID).LimitAt().Equal(epoch.Add(days(80+90))))
	}
	w.refuse(late, act{By: w.payer, Do: escrow.Fund}, lance.Precondition, "funds_old")
	w.has(available(w.payer), 1000)
}

func (w *world) limitFrozen() {
	a := w.must(w.funded(1000), w.payee, escrow.Freeze)
	w.clock.Move(days(100))
	require.Empty(w, w.step().Fired)
	w.must(a, arbiter, escrow.Thaw)
	require.Len(w, w.step().Fired, 2)
	require.Equal(w, escrow.Refunded, w.get(a.ID).State)
}

func (w *world) limitStages() {
	in := escrow.AgreeInput{
		Subject: about, Payer: w.payer.Party, Payee: w.payee.Party, Amount: usd(1000), Work: days(200),
	}
	_, err := w.svc.Agree(w.Context(), w.payer, in)
	require.ErrorIs(w, err, lance.Invalid)
	require.ErrorContains(w, err, "/work")
	stages, ok := policy.StagesOf(err)
	require.True(w, ok)
	require.Len(w, stages, 3, "at most 76 days each, with 14 of inspection")
	sum, work := int64(0), time.Duration(0)
	for _, s := range stages {
		in.Amount, in.Work = s.Amount, s.Work
		a, err := w.svc.Agree(w.Context(), w.payer, in)
		require.NoError(w, err, "each stage fits")
		w.made = append(w.made, a.ID)
		sum, work = sum+s.Amount.Minor(), work+s.Work
	}
	require.Equal(w, int64(1000), sum)
	require.Equal(w, days(200), work)
	in.Work, in.Inspection = 0, days(90)
	_, err = w.svc.Agree(w.Context(), w.payer, in)
	require.ErrorContains(w, err, "/inspection")
	stages, ok = policy.StagesOf(err)
	require.True(w, ok)
	require.Empty(w, stages, "no stage can be inspected for so long")
}

// statement seals the log and returns the transfers on an account.
func (w *world) statement(a ledger.Account) (out []ledger.Transfer) {
	w.Helper()
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error {
		if _, err := r.Log().Seal(ctx, 1000); err != nil {
			return err
		}
		page, err := ledger.Statement(ctx, r, a, lance.PageQuery{Limit: lance.MaxPageSize})
		for _, l := range page.Items {
			out = append(out, l.Transfer)
		}
		return err
	}))
	return out
}

// another is a third party of this world.
func (w *world) another() lance.Actor {
	return lance.Person(lance.UserID("cid" + strconv.FormatInt(w.ups.Add(1), 10)))
}
