package dispute_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/memstore/memkit"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

var (
	buyer  = lance.Person("41")
	seller = lance.Person("42")
	judy   = lance.Person("judy", lance.RoleArbiter)
	jude   = lance.Person("jude", lance.RoleArbiter)
	root   = lance.Person("root", lance.RoleAdmin)
	epoch  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

const day = 24 * time.Hour

func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }

// court is a store with a case, and a clock that the test moves.
type court struct {
	*testing.T
	*dispute.Service
	db    *memkit.Store[memescrow.Tx]
	clock *clocktest.Hand
	c     *dispute.Case
}

// newCourt opens a case about 120.00, of which a part was released before.
func newCourt(t *testing.T, doc policy.Document, part lance.Money) *court {
	t.Helper()
	clock := clocktest.At(epoch)
	w := &court{T: t, clock: clock, db: memescrow.New(&memkit.Options{Clock: clock, Entropy: lance.SeededEntropy(1)})}
	w.Service = dispute.NewService(w.db, nil)
	id, ctx := submitted(t.Context(), w.db, &escrow.Options{Policy: &doc}, buyer, seller), t.Context()
	if part.IsPositive() {
		_, err := escrow.NewService(w.db, nil).Release(ctx, buyer, escrow.ReleaseInput{Agreement: id, Amount: part})
		require.NoError(t, err)
	}
	clock.Move(day)
	var err error
	w.c, err = w.Open(ctx, buyer, dispute.OpenInput{Agreement: id, Reason: dispute.Late, Statement: "It is late.", ToPayee: usd(20_00)})
	require.NoError(t, err)
	return w
}

// really does what a hypothesis says.
func (w *court) really(h dispute.Hypothesis) (err error) {
	ctx, id, words := w.Context(), w.c.ID, "As it was."
	act := dispute.ActInput{Case: id}
	switch h.Do {
	case dispute.Respond:
		_, err = w.Respond(ctx, h.By, dispute.RespondInput{Case: id, Statement: words, ToPayee: h.ToPayee})
	case dispute.AddEvidence:
		_, err = w.AddEvidence(ctx, h.By, dispute.EvidenceInput{Case: id, Text: words})
	case dispute.MakeOffer:
		_, err = w.Offer(ctx, h.By, dispute.OfferInput{Case: id, ToPayee: h.ToPayee})
	case dispute.AcceptOffer:
		_, err = w.AcceptOffer(ctx, h.By, dispute.AcceptOfferInput{Case: id, ToPayee: h.ToPayee})
	case dispute.DeclineOffer:
		_, err = w.DeclineOffer(ctx, h.By, act)
	case dispute.Concede:
		_, err = w.Concede(ctx, h.By, act)
	case dispute.Withdraw:
		_, err = w.Withdraw(ctx, h.By, act)
	case dispute.Escalate:
		_, err = w.Escalate(ctx, h.By, act)
	case dispute.Assign:
		_, err = w.Assign(ctx, h.By, dispute.AssignInput{Case: id, User: h.User})
	case dispute.Rule:
		_, err = w.Rule(ctx, h.By, dispute.RuleInput{Case: id, ToPayee: h.ToPayee, Bears: h.Bears, Text: words})
	default:
		_, err = w.Appeal(ctx, h.By, dispute.AppealInput{Case: id, Text: words})
	}
	return err
}

// pass lets time go on, clock by clock, until then; or until none is set.
func (w *court) pass(until time.Time, all bool) {
	w.Helper()
	worker := lance.NewWorker(lance.Narrow(w.db, func(r memescrow.Tx) dispute.Repos { return r }), dispute.Jobs(), nil)
	for {
		var next time.Time
		w.view(func(ctx context.Context, r memescrow.Tx) error {
			ts, err := r.Timers().Of(ctx, escrow.Ref(w.c.Agreement))
			for _, t := range ts {
				if !t.DueAt.IsZero() && (next.IsZero() || t.DueAt.Before(next)) {
					next = t.DueAt
				}
			}
			return err
		})
		if next.IsZero() || !all && next.After(until) {
			break
		}
		w.clock.Move(max(0, next.Sub(w.clock.Now())))
		_, err := worker.Drain(w.Context(), w.clock.Now(), 10)
		require.NoError(w, err)
	}
	if !all {
		w.clock.Move(until.Sub(w.clock.Now()))
	}
}

func (w *court) view(fn func(ctx context.Context, r memescrow.Tx) error) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), fn))
}

// now returns the case and its agreement as they are kept.
func (w *court) now() (c *dispute.Case, a *escrow.Agreement) {
	w.Helper()
	w.view(func(ctx context.Context, r memescrow.Tx) (err error) {
		if c, err = r.Cases().Get(ctx, w.c.ID); err == nil {
			a, err = r.Agreements().Get(ctx, w.c.Agreement)
		}
		return err
	})
	return c, a
}

// unsaid is a case without what a forecast cannot know: what is said in it.
func unsaid(c dispute.Case) dispute.Case {
	c.Claim.Statement, c.Answer.Statement = "", ""
	c.Rulings, c.Appeals = slices.Clone(c.Rulings), slices.Clone(c.Appeals)
	for i := range c.Rulings {
		c.Rulings[i].Text = ""
	}
	for i := range c.Appeals {
		c.Appeals[i].Text = ""
	}
	return c
}

// anyCase draws what might be done in a case, some of it by the wrong ones.
func anyCase(t *rapid.T, at time.Time) (events []dispute.Hypothesis) {
	usual := map[dispute.Action][]lance.Actor{
		dispute.Respond: {seller}, dispute.Concede: {seller}, dispute.Withdraw: {buyer}, dispute.Assign: {judy, jude},
		dispute.Rule: {judy, jude}, dispute.Escalate: {buyer, judy},
	}
	for range rapid.IntRange(0, 14).Draw(t, "events") {
		at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3, 8}).Draw(t, "days")) * day)
		h := dispute.Hypothesis{At: at, Do: rapid.SampledFrom(append(dispute.Supposable(), dispute.Respond, dispute.Escalate, dispute.Escalate, dispute.Assign, dispute.Rule, dispute.Rule)).Draw(t, "do")}
		by := usual[h.Do]
		if len(by) == 0 || rapid.IntRange(0, 5).Draw(t, "anybody") == 0 {
			by = []lance.Actor{buyer, seller, judy, jude, root}
		}
		h.By = rapid.SampledFrom(by).Draw(t, "by")
		h.User, h.Bears = h.By.User, rapid.SampledFrom([]escrow.Bearer{escrow.BearEach, escrow.BearPayer, escrow.BearPayee, escrow.BearNobody}).Draw(t, "bears")
		if h.Do != dispute.AcceptOffer {
			h.ToPayee = usd(rapid.SampledFrom([]int64{0, 1, 33_33, 60_00, 100_00, 121_00}).Draw(t, "to payee"))
		}
		if h.Do == dispute.Assign && !h.By.Has(lance.RoleArbiter) {
			h.Do = dispute.MakeOffer // whom one may assign a forecast does not know
		}
		events = append(events, h)
	}
	return events
}

// TestWhatIsForecastOfACaseIsWhatHappens forecasts random events and then lets them
// happen: the journal, the case, its agreement and each refusal are the same.
func TestWhatIsForecastOfACaseIsWhatHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		doc := policy.Default()
		doc.Clearance = rapid.SampledFrom([]time.Duration{0, 5 * day}).Draw(rt, "clearance")
		doc.Dispute.Appeals = rapid.IntRange(0, 1).Draw(rt, "appeals")
		doc.Dispute.Silence = rapid.SampledFrom([]policy.Silence{policy.Grant, policy.Escalate}).Draw(rt, "silence")
		doc.Dispute.Default = rapid.SampledFrom([]policy.Outcome{policy.ToPayer, policy.ToPayee}).Draw(rt, "default")
		doc.Dispute.Warning = rapid.SampledFrom([]time.Duration{0, day, 4 * day}).Draw(rt, "warning")
		w := newCourt(t, doc, usd(rapid.SampledFrom([]int64{0, 17}).Draw(rt, "released")))
		events := anyCase(rt, w.clock.Now())
		before, held := w.now()
		moves, err := w.Forecast(t.Context(), root, w.c.ID, events)
		require.NoError(rt, err)
		after, holds := w.now()
		require.Equal(rt, []any{before, held}, []any{after, holds}, "a forecast changes nothing")
		for i, h := range events {
			w.pass(h.At, false)
			err := w.really(h)
			j := slices.IndexFunc(moves, func(m dispute.Move) bool { return m.Event == i })
			require.GreaterOrEqual(rt, j, 0)
			require.Equal(rt, lance.CodeOf(moves[j].Fault), lance.CodeOf(err), "%s by %s: %v", h.Do, h.By.Label(), err)
			c, a := w.now()
			require.Equal(rt, unsaid(moves[j].After), unsaid(*c))
			require.Equal(rt, moves[j].Agreement, *a)
		}
		w.pass(time.Time{}, true)
		c, a := w.now()
		last := moves[len(moves)-1]
		require.Equal(rt, unsaid(last.After), unsaid(*c))
		require.Equal(rt, last.Agreement, *a)
		require.Zero(rt, a.Held.Minor())
		w.sameJournal(rt, moves)
	})
}

func (w *court) sameJournal(t *rapid.T, moves []dispute.Move) {
	line := func(tr *ledger.Transfer, at time.Time) string {
		return fmt.Sprintf("%s %s %s %s → %s %s", tr.ID, at.Format(time.RFC3339), tr.Code, tr.Debit, tr.Credit, tr.Amount)
	}
	var want, got []string
	for _, m := range moves {
		for i := range m.Transfers {
			want = append(want, line(&m.Transfers[i], m.At))
		}
	}
	w.view(func(ctx context.Context, r memescrow.Tx) error {
		all, err := r.Ledger().Find(ctx, ledger.Query{})
		for i := range all {
			if all[i].Subject == escrow.Ref(w.c.Agreement) && !all[i].At.Before(w.c.CreatedAt) {
				got = append(got, line(&all[i], all[i].At))
			}
		}
		return err
	})
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got)
}

func TestAForecastOfACaseTellsItsEndToWhoSeesIt(t *testing.T) {
	t.Parallel()
	w := newCourt(t, policy.Default(), usd(0))
	moves, err := w.Forecast(t.Context(), seller, w.c.ID, nil)
	require.NoError(t, err)
	require.Len(t, moves, 2)
	require.Equal(t, []string{dispute.KindDueSoon, dispute.KindResponse}, []string{moves[0].Clock, moves[1].Clock})
	require.Equal(t, dispute.EndGranted, moves[1].After.Outcome.End)
	require.Equal(t, escrow.Settled, moves[1].Agreement.State)
	require.Equal(t, usd(2_00), moves[1].Agreement.PayeeFee)
	require.Len(t, moves[0].Timers(), 1+len(moves[0].Agreement.Timers()))

	taken := []dispute.Hypothesis{{By: buyer, Do: dispute.Withdraw}, {By: seller, Do: dispute.Concede}}
	moves, err = w.Forecast(t.Context(), judy, w.c.ID, taken)
	require.Nil(t, moves)
	require.ErrorIs(t, err, lance.NotFound, "nobody mediates yet")
	moves, err = w.Forecast(t.Context(), seller, w.c.ID, taken)
	require.NoError(t, err)
	require.Equal(t, "dispute_state", lance.CodeOf(moves[1].Fault))
	require.Equal(t, escrow.KindAutoRelease, moves[len(moves)-1].Clock, "the agreement goes on")

	for code, events := range map[string][]dispute.Hypothesis{
		"action_unknown": {{By: buyer, Do: dispute.Grant}},
		"time_order":     {{At: epoch, By: seller, Do: dispute.Concede}},
		"too_many":       make([]dispute.Hypothesis, 1001),
	} {
		_, err = w.Forecast(t.Context(), seller, w.c.ID, events)
		require.ErrorContains(t, err, code)
	}
	_, err = w.Concede(t.Context(), seller, dispute.ActInput{Case: w.c.ID})
	require.NoError(t, err)
	moves, err = w.Forecast(t.Context(), seller, w.c.ID, taken)
	require.NoError(t, err)
	require.Empty(t, moves)
}
