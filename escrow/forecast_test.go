package escrow_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

// anyTerms draws a policy that the parties could have.
func anyTerms(t *rapid.T) policy.Document {
	doc := both()
	doc.Fees = append(doc.Fees, policy.Component{Name: "order", Side: policy.Payee, Percent: decimal.RequireFromString("0.333"), Min: usd(20)})
	doc.Taxes = []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: decimal.NewFromInt(19)}}
	doc.Clearance = rapid.SampledFrom([]time.Duration{0, 5 * day}).Draw(t, "clearance")
	doc.Reminder = rapid.SampledFrom([]time.Duration{0, 3 * day}).Draw(t, "reminder")
	doc.Funding = rapid.SampledFrom([]policy.Rule{policy.OnStart, policy.Off}).Draw(t, "funding")
	doc.Refunds.Silence = rapid.SampledFrom([]policy.Outcome{policy.ToPayer, policy.Keep}).Draw(t, "silence")
	doc.Refunds.Fees = rapid.SampledFrom([]policy.FeeRule{policy.ReturnFees, policy.KeepFees}).Draw(t, "refund fees")
	doc.Holding.Then = rapid.SampledFrom([]policy.Outcome{policy.ToPayer, policy.ToPayee}).Draw(t, "at the limit")
	return doc
}

const day = 24 * time.Hour

// anyEvents draws what might be done to an agreement, some of it by the wrong
// ones or at the wrong time.
func anyEvents(t *rapid.T, from time.Time) (events []escrow.Hypothesis) {
	at := from
	for range rapid.IntRange(0, 12).Draw(t, "events") {
		at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 1, 2, 5, 7, 14, 30}).Draw(t, "days")) * day)
		h := escrow.Hypothesis{At: at, Case: dispute, Bears: escrow.BearPayer}
		h.Do = rapid.SampledFrom(escrow.Lifecycle.AllActions()).Draw(t, "do")
		if slices.Contains([]escrow.Action{escrow.RefundPart, escrow.Resume, escrow.FreezeToo, escrow.Lift, escrow.Reclaim, escrow.Close}, h.Do) {
			h.Do = escrow.Fund
		}
		h.By = rapid.SampledFrom([]lance.Actor{payer, payee, arbiter}).Draw(t, "by")
		if rapid.IntRange(0, 3).Draw(t, "right one") > 0 {
			h.By = usual[h.Do]
		}
		if rapid.Bool().Draw(t, "a part") || h.Do == escrow.Amend || h.Do == escrow.Release {
			h.Amount = usd(rapid.Int64Range(1, 1500).Draw(t, "amount"))
		}
		if rapid.IntRange(0, 3).Draw(t, "top up") == 0 {
			h.TopUp = usd(rapid.Int64Range(1, 3000).Draw(t, "more"))
		}
		events = append(events, h)
	}
	return events
}

// usual is who does what as a rule.
var usual = map[escrow.Action]lance.Actor{
	escrow.Accept: payee, escrow.Fund: payer, escrow.Submit: payee, escrow.RequestChanges: payer, escrow.Release: payer,
	escrow.Approve: payer, escrow.AskRefund: payer, escrow.DeclineRefund: payee, escrow.Refund: payee, escrow.Amend: payee,
	escrow.AcceptAmendment: payer, escrow.DeclineAmendment: payer, escrow.Freeze: payee, escrow.Thaw: arbiter, escrow.Rule: arbiter,
	escrow.Cancel: payee,
}

// really does what a hypothesis says.
func (w *world) really(id escrow.ID, h escrow.Hypothesis) error {
	ctx := w.Context()
	_, err := lance.Do(ctx, w.db, "escrow_test", func(ctx context.Context, r memescrow.Tx) (*escrow.Agreement, error) {
		switch h.Do {
		case escrow.Fund:
			return escrow.FundIn(ctx, r, escrow.FundInput{By: h.By, Agreement: id, Amount: h.Amount})
		case escrow.Release:
			return escrow.ReleaseIn(ctx, r, escrow.ReleaseInput{By: h.By, Agreement: id, Amount: h.Amount})
		case escrow.Refund:
			return escrow.RefundIn(ctx, r, escrow.RefundInput{By: h.By, Agreement: id, Amount: h.Amount})
		case escrow.AskRefund:
			return escrow.AskRefundIn(ctx, r, escrow.AskRefundInput{By: h.By, Agreement: id, Amount: h.Amount})
		case escrow.Amend:
			return escrow.AmendIn(ctx, r, escrow.AmendInput{By: h.By, Agreement: id, Amount: h.Amount})
		case escrow.AcceptAmendment:
			return escrow.AcceptAmendmentIn(ctx, r, escrow.AcceptAmendmentInput{By: h.By, Agreement: id, Amount: h.Amount})
		case escrow.Freeze:
			return escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: h.By, Agreement: id, Case: h.Case, Keeper: keeper})
		case escrow.Thaw:
			return escrow.ThawIn(ctx, r, escrow.ThawInput{By: h.By, Agreement: id, Case: h.Case, Keeper: keeper})
		case escrow.Rule:
			return escrow.RuleIn(ctx, r, escrow.RuleInput{By: h.By, Agreement: id, Case: h.Case, Keeper: keeper, ToPayee: h.Amount, Bears: h.Bears})
		default:
			return r.Agreements().Get(ctx, id)
		}
	})
	switch h.Do {
	case escrow.Accept, escrow.Submit, escrow.RequestChanges, escrow.Approve, escrow.DeclineRefund,
		escrow.DeclineAmendment, escrow.Cancel:
		_, err = w.try(&escrow.Agreement{ID: id}, h.By, h.Do)
	default:
	}
	return err
}

// unkept is an agreement whoever keeps the case that has frozen it: a forecast does
// not say.
func unkept(a escrow.Agreement) escrow.Agreement {
	a.Pause.Keeper = ""
	return a
}

// pass lets time go on, clock by clock of the agreement, until then; or until none
// is set.
func (w *world) pass(id escrow.ID, until time.Time, all bool) {
	w.Helper()
	for {
		timers, err := w.Timers(w.Context(), admin, id)
		require.NoError(w, err)
		var next time.Time
		for _, t := range timers {
			if next.IsZero() || (!t.DueAt.IsZero() && t.DueAt.Before(next)) {
				next = t.DueAt
			}
		}
		if next.IsZero() || (!all && next.After(until)) {
			break
		}
		w.skip(max(0, next.Sub(w.at)))
		w.step()
	}
	if !all {
		w.skip(until.Sub(w.at))
	}
}

// journal is what a list of transfers says, in the order of their identifiers.
func journal(ts []ledger.Transfer, at func(i int) time.Time) []string {
	lines := make([]string, len(ts))
	for i, t := range ts {
		lines[i] = fmt.Sprintf("%s %s %s %s %s → %s %s", t.ID, at(i).Format(time.RFC3339), t.Code, t.Subject, t.Debit, t.Credit, t.Amount)
	}
	slices.Sort(lines)
	return lines
}

// TestWhatIsForecastIsWhatHappens forecasts random events and then lets them
// happen: the journal, the agreement and each refusal are the same.
func TestWhatIsForecastIsWhatHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, anyTerms(rt))
		w.deposit(payer.Party, usd(rapid.Int64Range(1, 3000).Draw(rt, "purse")))
		w.skip(day)
		in := good()
		in.Payees = []escrow.Share{{Party: payee.Party, Weight: 3}, {Party: "cid", Weight: 1}}
		if rapid.Bool().Draw(rt, "proposed") {
			in.AcceptWithin = 10 * day
		}
		a, err := w.Agree(t.Context(), payer, in)
		require.NoError(rt, err)
		events := anyEvents(rt, w.at)
		moves, err := w.Forecast(t.Context(), lance.System("test"), a.ID, events, nil)
		require.NoError(rt, err)
		require.Equal(rt, a, w.now(a), "a forecast changes nothing")

		for i, h := range events {
			w.pass(a.ID, h.At, false)
			if h.TopUp.IsPositive() {
				w.deposit(payer.Party, h.TopUp)
			}
			err := w.really(a.ID, h)
			j := slices.IndexFunc(moves, func(m escrow.Move) bool { return m.Event == i })
			require.GreaterOrEqual(rt, j, 0)
			require.Equal(rt, lance.CodeOf(moves[j].Fault), lance.CodeOf(err), "%v", err)
			require.Equal(rt, unkept(moves[j].After), unkept(*w.now(a)))
		}
		w.pass(a.ID, time.Time{}, true)
		w.sameJournal(rt, a, moves)
	})
}

func (w *world) sameJournal(t *rapid.T, a *escrow.Agreement, moves []escrow.Move) {
	var want []ledger.Transfer
	var times []time.Time
	for _, m := range moves {
		for _, tr := range m.Transfers {
			want, times = append(want, tr), append(times, m.At)
		}
	}
	var got []ledger.Transfer
	require.NoError(t, w.db.View(w.Context(), func(ctx context.Context, r memescrow.Tx) error {
		all, err := r.Ledger().Find(ctx, ledger.Query{})
		for _, tr := range all {
			if tr.Subject == a.Ref() {
				got = append(got, tr)
			}
		}
		return err
	}))
	require.Equal(t, journal(want, func(i int) time.Time { return times[i] }), journal(got, func(i int) time.Time { return got[i].At }))
	if len(moves) > 0 {
		require.Equal(t, unkept(moves[len(moves)-1].After), unkept(*w.now(a)))
		require.True(t, slices.IsSortedFunc(moves, func(a, b escrow.Move) int { return cmp.Or(a.At.Compare(b.At), 0) }))
	}
}

func TestAForecastTellsPayoutsAndHidesThePurse(t *testing.T) {
	t.Parallel()
	doc := policy.Default()
	doc.Clearance = 5 * day
	w := newWorld(t, doc)
	a := w.in(escrow.Agreed)
	events := []escrow.Hypothesis{
		{At: epoch.Add(day), By: payer, Do: escrow.Fund}, {At: epoch.Add(2 * day), By: payee, Do: escrow.Submit},
	}
	moves, err := w.Forecast(t.Context(), payee, a.ID, events, nil)
	require.NoError(t, err)
	require.Equal(t, []escrow.Payout{{At: epoch.Add((2 + 14 + 5) * day), Party: payee.Party, Amount: usd(900)}}, escrow.Payouts(moves))
	require.Equal(t, escrow.KindRemind, moves[2].Clock)
	require.Equal(t, escrow.KindAutoRelease, moves[3].Clock)
	require.Equal(t, escrow.Released, moves[3].After.State)

	cheap := policy.Default()
	cheap.Fees, cheap.Inspection, cheap.Reminder = nil, 2*day, day
	moves, err = w.Forecast(t.Context(), payee, a.ID, events, &cheap)
	require.NoError(t, err)
	require.Equal(t, []escrow.Payout{{At: epoch.Add((2 + 14) * day), Party: payee.Party, Amount: usd(1000)}}, escrow.Payouts(moves),
		"another policy has other fees and clearance; the inspection is the agreement's own")

	events[0].Amount = usd(5000)
	poor := w.in(escrow.Cancelled)
	_, err = w.Forecast(t.Context(), stranger, poor.ID, nil, nil)
	refused(t, err, lance.NotFound, "agreement_not_found")
	back := []escrow.Hypothesis{{At: epoch.Add(2 * day)}, {At: epoch}}
	_, err = w.Forecast(t.Context(), payer, a.ID, back, nil)
	require.Contains(t, fields(err), "/events time_order")
	foreign := []escrow.Hypothesis{{TopUp: lance.NewMoney(1000, lance.JPY)}, {TopUp: usd(-1)}}
	_, err = w.Forecast(t.Context(), payer, a.ID, foreign, nil)
	require.Equal(t, []string{"/events/0/top_up currency_mismatch", "/events/1/top_up money_not_positive"}, fields(err))
	_, err = w.Forecast(t.Context(), payer, a.ID, make([]escrow.Hypothesis, 1001), nil)
	require.Contains(t, fields(err), "/events too_many")
	_, err = w.Forecast(t.Context(), payer, a.ID, nil, new(policy.Document))
	require.ErrorIs(t, err, lance.Invalid)
}
