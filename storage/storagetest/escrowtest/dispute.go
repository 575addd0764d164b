package escrowtest

import (
	"context"
	"encoding/json"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// courtLaw is one case of the suite of disputes.
type courtLaw struct {
	name string
	run  func(w *court)
}

// RunDisputes proves the laws of disputes on an adapter that keeps them with
// escrow, each in a parallel subtest dispute/<subject>/<law>.
func RunDisputes[R dispute.Repos](t *testing.T, h Harness[R]) {
	t.Run("dispute", func(t *testing.T) {
		t.Parallel()
		for subject, laws := range map[string][]courtLaw{
			"rows": disputeRowLaws(), "stage": stageLaws(), "warning": warningLaws(), "people": peopleLaws(), "evidence": evidenceLaws(),
			"mediation": mediationLaws(), "suspension": suspensionLaws(), "split": splitLaws(), "race": disputeRaceLaws(), "incident": disputeIncidents(),
		} {
			t.Run(subject, func(t *testing.T) {
				t.Parallel()
				for _, l := range laws {
					t.Run(l.name, func(t *testing.T) {
						t.Parallel()
						w := newCourt(t, h)
						l.run(w)
						w.sound()
					})
				}
			})
		}
		t.Run("writes", func(t *testing.T) {
			t.Parallel()
			basetest.CheckWrites(t, DisputeWrites(h))
		})
	})
}

// court is a world with cases.
type court struct {
	*world
	db     lance.Runner[dispute.Repos]
	cases  *dispute.Service
	opened []dispute.ID
}

// The arbiters besides arbiter.
var (
	second = lance.Person("judy", lance.RoleArbiter)
	third  = lance.Person("jude", lance.RoleArbiter)
)

// because is why the suite's cases are opened.
const because = "The work is not what we agreed on."

func newCourt[R dispute.Repos](t *testing.T, h Harness[R]) *court {
	t.Helper()
	clock := clocktest.At(epoch)
	db := lance.Narrow(h.Open(t, clock), func(r R) dispute.Repos { return r })
	own := lance.Narrow(db, func(r dispute.Repos) escrow.Repos { return r })
	return &court{
		db: db, cases: dispute.NewService(db, nil),
		world: &world{
			tester: t, db: own, svc: escrow.NewService(own, nil), clock: clock, ups: new(atomic.Int64),
			payer: lance.Person("ann"), payee: lance.Person("bob"), deposited: map[lance.PartyID]int64{},
		},
	}
}

// with lets the service make agreements under the default policy with other rules
// of disputes.
func (w *court) with(change func(d *policy.Dispute)) {
	doc := policy.Default()
	change(&doc.Dispute)
	w.under(doc)
}

// open opens a case about an agreement for a party that claims so much for the
// payee.
func (w *court) open(a *escrow.Agreement, by lance.Actor, toPayee int64) *dispute.Case {
	w.Helper()
	c, err := w.cases.Open(w.Context(), by, dispute.OpenInput{
		Agreement: a.ID, Reason: dispute.NotAsAgreed, Statement: because, ToPayee: usd(toPayee),
	})
	require.NoError(w, err)
	w.opened = append(w.opened, c.ID)
	return w.same(c)
}

// in returns a case about 10.00, of which the payer, who has opened it, claims 7.00
// back, in a stage.
func (w *court) in(stage dispute.State) *dispute.Case {
	w.Helper()
	c := w.open(w.submitted(1000), w.payer, 300)
	if stage == dispute.Opened {
		return c
	}
	c = w.does(c, w.payee, dispute.Respond, 900)
	if stage == dispute.Negotiation {
		return c
	}
	c = w.does(c, w.payee, dispute.Escalate, 0)
	if stage == dispute.Mediation {
		return c
	}
	c = w.does(w.does(c, second, dispute.Assign, 0), second, dispute.Escalate, 0)
	if stage == dispute.Arbitration {
		return c
	}
	return w.does(w.does(c, arbiter, dispute.Assign, 0), arbiter, dispute.Rule, 600)
}

// does takes an action, which must succeed.
func (w *court) does(c *dispute.Case, by lance.Actor, do dispute.Action, toPayee int64) *dispute.Case {
	w.Helper()
	c, err := w.tries(c, by, do, toPayee, "")
	require.NoError(w, err)
	return w.same(c)
}

// tries does an action by the method that is for it.
func (w *court) tries(c *dispute.Case, by lance.Actor, do dispute.Action, toPayee int64, key string) (*dispute.Case, error) {
	ctx, act := w.Context(), dispute.ActInput{Case: c.ID, Key: key}
	switch do {
	case dispute.Respond:
		return w.cases.Respond(ctx, by, dispute.RespondInput{Case: c.ID, Key: key, Statement: "It is what we agreed on.", ToPayee: usd(toPayee)})
	case dispute.MakeOffer:
		return w.cases.Offer(ctx, by, dispute.OfferInput{Case: c.ID, Key: key, ToPayee: usd(toPayee)})
	case dispute.AcceptOffer:
		return w.cases.AcceptOffer(ctx, by, dispute.AcceptOfferInput{Case: c.ID, Key: key})
	case dispute.DeclineOffer:
		return w.cases.DeclineOffer(ctx, by, act)
	case dispute.Concede:
		return w.cases.Concede(ctx, by, act)
	case dispute.Withdraw:
		return w.cases.Withdraw(ctx, by, act)
	case dispute.Escalate:
		return w.cases.Escalate(ctx, by, act)
	case dispute.Assign:
		return w.cases.Assign(ctx, by, dispute.AssignInput{Case: c.ID, Key: key, User: by.User})
	case dispute.Rule:
		return w.cases.Rule(ctx, by, dispute.RuleInput{Case: c.ID, Key: key, ToPayee: usd(toPayee), Bears: escrow.BearEach, Text: "Half of it works."})
	case dispute.Appeal:
		return w.cases.Appeal(ctx, by, dispute.AppealInput{Case: c.ID, Key: key, Text: "More than half of it works."})
	default:
		return nil, lance.E(lance.Internal, "test_action", "the suite has no method for this action")
	}
}

// refuses does an action that must be refused and change nothing.
func (w *court) refuses(c *dispute.Case, by lance.Actor, do dispute.Action, kind lance.Kind, code string) {
	w.Helper()
	before, agreement := w.of(c.ID), w.image(c.Agreement)
	_, err := w.tries(c, by, do, 500, "")
	require.ErrorIs(w, err, kind, "%s by %s", do, by.Label())
	require.Equal(w, code, lance.CodeOf(err), "%s by %s", do, by.Label())
	require.Equal(w, told(before), told(w.of(c.ID)), "a refused action has changed the case")
	require.Equal(w, agreement, w.image(c.Agreement), "a refused action has changed the agreement")
}

// of returns the case as it is kept.
func (w *court) of(id dispute.ID) *dispute.Case {
	w.Helper()
	c, err := lance.Read(w.Context(), w.db, "escrowtest", func(ctx context.Context, r dispute.Repos) (*dispute.Case, error) {
		return r.Cases().Get(ctx, id)
	})
	require.NoError(w, err)
	return c
}

// same requires that what was returned is what is kept.
func (w *court) same(c *dispute.Case) *dispute.Case {
	w.Helper()
	require.Equal(w, told(c), told(w.of(c.ID)), "what is returned is what is kept")
	return c
}

// told writes a case or an item of evidence down so that two are the same text when
// they are the same.
func told(of any) string {
	switch x := of.(type) {
	case *dispute.Case:
		c := *x
		for _, t := range []*time.Time{&c.CreatedAt, &c.StageAt, &c.DeadlineAt, &c.WarnAt, &c.EndedAt} {
			*t = lance.Instant(*t)
		}
		of = c
	case *dispute.Evidence:
		e := *x
		e.CreatedAt = lance.Instant(e.CreatedAt)
		of = e
	}
	b, err := json.MarshalIndent(of, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// steps lets one worker do what is due, and returns what fired but for warnings.
func (w *court) steps() (fired []string) {
	w.Helper()
	rep, err := lance.NewWorker(w.db, dispute.Jobs(), nil).Step(w.Context(), w.clock.Now())
	require.NoError(w, err)
	require.Empty(w, rep.Faults)
	for _, t := range rep.Fired {
		if t.Kind != dispute.KindDueSoon {
			fired = append(fired, t.Kind)
		}
	}
	return fired
}

// sound requires what it does of a world, and of each case that it says of itself
// what its last event and its agreement say.
func (w *court) sound() {
	w.Helper()
	w.world.sound()
	for _, id := range w.opened {
		w.soundCase(w.of(id))
	}
	if len(w.made) > 0 {
		holds(w, w.db, dispute.Scope[dispute.Repos]())
	}
}

func (w *court) soundCase(c *dispute.Case) {
	w.Helper()
	a := w.get(c.Agreement)
	require.NoError(w, w.db.View(w.Context(), func(ctx context.Context, r dispute.Repos) error {
		events, err := r.Log().Stream(ctx, c.Ref())
		require.Len(w, events, int(c.Version))
		var last dispute.Changed
		require.NoError(w, json.Unmarshal(events[len(events)-1].Body, &last))
		require.Equal(w, c.State, last.State)
		for _, ev := range events {
			require.NotContains(w, string(ev.Body), because, "the log has no texts")
		}
		return err
	}))
	clocks, err := w.cases.Timers(w.Context(), admin, c.ID)
	require.NoError(w, err)
	require.Equal(w, c.Open(), c.EndedAt.IsZero())
	if !c.Open() {
		require.Empty(w, clocks)
		if c.Outcome.End != "" {
			require.Equal(w, escrow.Settled, a.State)
			require.Zero(w, a.Held.Minor())
			require.Equal(w, c.Held.Minor(), c.Outcome.ToPayee.Minor()+c.Outcome.ToPayer.Minor(), "the parts sum to what was held")
		}
		return
	}
	require.Equal(w, escrow.Frozen, a.State)
	require.Equal(w, c.Ref(), a.Pause.Case)
	due := map[bool]time.Time{false: c.DeadlineAt, true: c.WarnAt}
	seen := map[bool]int{}
	for _, t := range clocks {
		warns := t.Kind == dispute.KindDueSoon
		seen[warns]++
		require.True(w, t.DueAt.Equal(due[warns]))
		require.NotEqual(w, t.DueAt.IsZero(), t.WhyNot == "", "a clock shows when it fires or why it stands")
		require.Equal(w, c.State == dispute.Suspended, t.WhyNot == dispute.WhySuspended)
	}
	require.Equal(w, 1, seen[false], "a stage ends once")
	require.LessOrEqual(w, seen[true], 1, "and tells so once")
}
