package escrowtest

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

func remindLaws() []law {
	return []law{
		{"before submitted work is released by itself its payer is reminded, once", (*world).reminder},
		{"each inspection has its own reminder, and requested changes stop it", (*world).reminderStops},
		{"a reminder stands while a case is open and goes on after it", (*world).reminderFrozen},
		{"of several workers one reminds", (*world).reminderWorkers},
		{"who approves in time is not reminded", (*world).reminderInTime},
		{"there is no reminder where the policy has none, or the inspection is no longer", (*world).reminderNone},
		{"nobody is told of a release that the limit of held money comes before", (*world).reminderLimit},
	}
}

// reminderAt is when work that is submitted now is near its release, by the default
// policy.
const reminderAt = fortnight - 3*24*time.Hour

// told returns the events of a type about an agreement.
func (w *world) told(id escrow.ID, kind string) (bodies []string) {
	w.Helper()
	w.view(func(ctx context.Context, r escrow.Repos) error {
		events, err := r.Log().Stream(ctx, escrow.Ref(id))
		for _, ev := range events {
			if ev.Type == kind {
				bodies = append(bodies, string(ev.Body))
			}
		}
		return err
	})
	return bodies
}

func (w *world) reminder() {
	a := w.submitted(1000)
	require.True(w, w.timer(a.ID, escrow.KindRemind).DueAt.Equal(epoch.Add(reminderAt)))
	w.clock.Move(reminderAt - time.Microsecond)
	require.Empty(w, w.step().Fired)
	w.clock.Move(time.Microsecond)
	w.fires(escrow.KindRemind)
	a = w.get(a.ID)
	require.True(w, a.RemindedAt.Equal(w.clock.Now()))
	require.Equal(w, usd(1000), a.Held, "a reminder moves nothing")
	near := w.told(a.ID, "agreement.release_near")
	require.Len(w, near, 1)
	var said escrow.AgreementReleaseNear
	require.NoError(w, json.Unmarshal([]byte(near[0]), &said))
	require.True(w, said.ReleaseAt.Equal(epoch.Add(fortnight)))
	w.part(a, w.payer, escrow.Release, usd(300))
	w.clock.Move(fortnight - reminderAt)
	w.fires(escrow.KindAutoRelease)
	require.Equal(w, escrow.Released, w.get(a.ID).State)
	require.Len(w, w.told(a.ID, "agreement.release_near"), 1)
}

func (w *world) reminderStops() {
	a := w.submitted(1000)
	w.clock.Move(reminderAt)
	w.fires(escrow.KindRemind)
	a = w.must(a, w.payer, escrow.RequestChanges)
	require.True(w, a.RemindedAt.IsZero())
	w.clock.Move(fortnight)
	require.Empty(w, w.step().Fired, "the inspection was stopped")
	w.must(a, w.payee, escrow.Submit)
	w.clock.Move(time.Hour)
	a = w.must(a, w.payer, escrow.RequestChanges)
	w.clock.Move(fortnight)
	require.Empty(w, w.step().Fired, "before it was near its end")
	w.must(a, w.payee, escrow.Submit)
	w.clock.Move(reminderAt)
	w.fires(escrow.KindRemind)
	require.Len(w, w.told(a.ID, "agreement.release_near"), 2)
}

func (w *world) reminderFrozen() {
	a := w.submitted(1000)
	w.clock.Move(days(4))
	a = w.must(a, w.payee, escrow.Freeze)
	require.Equal(w, escrow.WhyFrozen, w.timer(a.ID, escrow.KindRemind).WhyNot)
	w.clock.Move(days(30))
	require.Empty(w, w.step().Fired)
	a = w.must(a, arbiter, escrow.Resume)
	require.True(w, w.timer(a.ID, escrow.KindRemind).DueAt.Equal(w.clock.Now().Add(reminderAt-days(4))))
	w.clock.Move(reminderAt - days(4))
	w.fires(escrow.KindRemind)
	a = w.must(a, w.payee, escrow.Freeze)
	w.clock.Move(days(5))
	w.must(a, arbiter, escrow.Resume)
	w.clock.Move(fortnight - reminderAt)
	w.fires(escrow.KindAutoRelease)
	require.Len(w, w.told(a.ID, "agreement.release_near"), 1, "what was said is not said again")
}

func (w *world) reminderWorkers() {
	a := w.submitted(1000)
	w.clock.Move(reminderAt)
	var group sync.WaitGroup
	fired := make([]int, 4)
	faults := make([]error, len(fired))
	for i := range fired {
		group.Go(func() {
			rep, err := lance.NewWorker(w.db, escrow.Jobs(), nil).Step(w.Context(), w.clock.Now())
			fired[i], faults[i] = len(rep.Fired)+len(rep.Faults), err
		})
	}
	group.Wait()
	all := 0
	for i := range fired {
		require.NoError(w, faults[i])
		all += fired[i]
	}
	require.Equal(w, 1, all)
	require.Empty(w, w.step().Fired, "nor does a worker that is started afterwards")
	require.Len(w, w.told(a.ID, "agreement.release_near"), 1)
}

func (w *world) reminderInTime() {
	a := w.must(w.submitted(1000), w.payer, escrow.Approve)
	w.clock.Move(days(30))
	require.Empty(w, w.step().Fired)
	require.Empty(w, w.told(a.ID, "agreement.release_near"))
}

func (w *world) reminderNone() {
	short := w.agreed(escrow.AgreeInput{Amount: usd(1000), Inspection: days(3)})
	doc := policy.Default()
	doc.Reminder = 0
	w.under(doc)
	w.deposit(w.payer.Party, 2000)
	for _, a := range []*escrow.Agreement{short, w.agree(1000)} {
		a = w.must(w.must(a, w.payer, escrow.Fund), w.payee, escrow.Submit)
		w.clock.Move(a.Inspection)
		w.fires(escrow.KindAutoRelease)
		require.Empty(w, w.told(a.ID, "agreement.release_near"))
	}
}

func (w *world) reminderLimit() {
	a := w.funded(1000)
	w.clock.Move(days(77))
	a = w.must(a, w.payee, escrow.Submit)
	w.clock.Move(days(6))
	w.fires(escrow.KindWarn)
	w.clock.Move(days(7))
	w.fires(escrow.KindLimit)
	require.Equal(w, escrow.Refunded, w.get(a.ID).State)
	require.Empty(w, w.told(a.ID, "agreement.release_near"))
}
