package escrowtest

import (
	"context"
	"encoding/json"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/policy"
)

func warningLaws() []courtLaw {
	return []courtLaw{
		{"before each stage ends it is said once until when, who may still act, and what happens then", (*court).warns},
		{"of two workers one says so, and one that comes too late says nothing", (*court).warnsOnce},
		{"a chargeback stops the warning, and it goes on with the stage", (*court).warnsAfter},
		{"a policy without a warning has none", (*court).warnsNever},
	}
}

// warnings are what the log says of a case that ends a stage soon.
func (w *court) warnings(c *dispute.Case) (said []dispute.CaseDueSoon) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), func(ctx context.Context, r dispute.Repos) error {
		events, err := r.Log().Stream(ctx, c.Ref())
		for _, ev := range events {
			if ev.Type == "dispute.due_soon" {
				var s dispute.CaseDueSoon
				require.NoError(w, json.Unmarshal(ev.Body, &s))
				said = append(said, s)
			}
		}
		return err
	}))
	return said
}

// warned lets the time come at which a stage is said to end soon, and returns what
// is said.
func (w *court) warned(c *dispute.Case) dispute.CaseDueSoon {
	w.Helper()
	c = w.of(c.ID)
	before, left := w.warnings(c), c.WarnAt.Sub(w.clock.Now())
	w.clock.Move(left - time.Microsecond)
	require.Empty(w, w.steps())
	require.Len(w, w.warnings(c), len(before), "not before its time")
	w.clock.Move(time.Microsecond)
	w.steps()
	w.steps()
	said := w.warnings(c)
	require.Len(w, said, len(before)+1)
	now := w.of(c.ID)
	require.Zero(w, now.WarnAt)
	require.Equal(w, c.State, now.State)
	require.True(w, now.DeadlineAt.Equal(c.DeadlineAt) && now.StageAt.Equal(c.StageAt), "what is said gives no more time")
	w.soundCase(now)
	last := said[len(said)-1]
	require.Equal(w, c.State, last.State)
	require.True(w, last.DeadlineAt.Equal(c.DeadlineAt))
	return last
}

func (w *court) warns() {
	both := []lance.PartyID{w.payer.Party, w.payee.Party}
	c := w.in(dispute.Opened)
	said := w.warned(c)
	require.Equal(w, dispute.Grant, said.Then)
	require.Equal(w, []lance.PartyID{w.payee.Party}, said.Awaited)
	require.Equal(w, []any{dispute.EndGranted, usd(300), usd(700)}, []any{said.End, said.ToPayee, said.ToPayer})

	w.does(c, w.payee, dispute.Concede, 0)
	c = w.in(dispute.Negotiation)
	said = w.warned(c)
	require.Equal(w, dispute.Escalate, said.Then)
	require.Equal(w, both, said.Awaited)
	require.Equal(w, []any{dispute.End(""), usd(0), usd(0)}, []any{said.End, said.ToPayee, said.ToPayer}, "nothing is divided yet")
	w.clock.Move(day)
	require.Contains(w, w.steps(), dispute.KindNegotiation)
	c = w.does(c, second, dispute.Assign, 0)
	require.Equal(w, second.User, w.warned(c).Judge)
	w.clock.Move(day)
	w.steps()
	said = w.warned(c)
	require.Empty(w, said.Judge, "nobody arbitrates yet")
	require.Equal(w, dispute.Lapse, said.Then)
	require.Equal(w, []any{dispute.EndLapsed, usd(0), usd(1000)}, []any{said.End, said.ToPayee, said.ToPayer})
	c = w.does(w.does(c, arbiter, dispute.Assign, 0), arbiter, dispute.Rule, 600)
	said = w.warned(c)
	require.Equal(w, dispute.Execute, said.Then)
	require.Equal(w, usd(600), said.ToPayee)
	c = w.does(c, w.payee, dispute.Appeal, 0)
	said = w.warned(c)
	require.Equal(w, dispute.Lapse, said.Then, "another stage, of the same name")
	require.Equal(w, usd(600), said.ToPayee, "the ruling that was appealed stands")
	require.Len(w, w.warnings(c), 5)
	w.does(c, w.payee, dispute.Concede, 0)
	w.clock.Move(100 * day)
	require.Empty(w, w.steps())
}

func (w *court) warnsOnce() {
	c := w.in(dispute.Negotiation)
	w.clock.Move(4 * day)
	w.race(8, func(int) error {
		_, err := lance.NewWorker(w.db, dispute.Jobs(), nil).Step(w.Context(), w.clock.Now())
		return err
	})
	require.Len(w, w.warnings(c), 1)
	late := w.in(dispute.Opened)
	w.clock.Move(3 * day)
	require.ElementsMatch(w, []string{dispute.KindNegotiation, dispute.KindResponse}, w.steps())
	require.Empty(w, w.warnings(late), "the stage is over")
}

func (w *court) warnsAfter() {
	c := w.in(dispute.Negotiation)
	w.clock.Move(3 * day)
	w.did(w.suspend(c.Agreement, chargeback("1")))
	require.Equal(w, dispute.WhySuspended, w.timer(c.Agreement, dispute.KindDueSoon).WhyNot)
	w.soundCase(w.of(c.ID))
	w.clock.Move(30 * day)
	require.Empty(w, w.steps())
	require.Empty(w, w.warnings(c))
	w.did(w.resume(c.Agreement, chargeback("1")))
	require.True(w, w.of(c.ID).WarnAt.Equal(w.clock.Now().Add(day)))
	w.warned(c)
	w.did(w.suspend(c.Agreement, chargeback("2")))
	w.did(w.resume(c.Agreement, chargeback("2")))
	w.soundCase(w.of(c.ID))
	w.clock.Move(day)
	require.Equal(w, []string{dispute.KindNegotiation}, w.steps())
	require.Len(w, w.warnings(c), 1, "once in a stage")
}

func (w *court) warnsNever() {
	w.with(func(d *policy.Dispute) { d.Warning = 0 })
	c := w.in(dispute.Opened)
	require.Zero(w, c.WarnAt)
	w.clock.Move(3 * day)
	require.Equal(w, []string{dispute.KindResponse}, w.steps())
	require.Empty(w, w.warnings(c))
	w.with(func(d *policy.Dispute) { d.Response, d.Warning = time.Hour, 2*day })
	short := w.in(dispute.Opened)
	require.Empty(w, w.steps())
	require.Len(w, w.warnings(short), 1, "a stage that is shorter than the warning tells so at once")
}
