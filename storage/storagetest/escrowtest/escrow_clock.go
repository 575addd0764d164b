package escrowtest

import (
	"slices"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// fortnight is the inspection of the default policy.
const fortnight = 14 * 24 * time.Hour

func clockLaws() []law {
	return []law{
		{"work that the payer does not inspect in time is released by itself", (*world).autoRelease},
		{"of several workers one releases, once", (*world).manyWorkers},
		{"requesting changes stops the clock, submitting starts it anew", (*world).stops},
		{"changes are requested as often as was agreed, and then a word is due", (*world).changesBound},
		{"a clock shows when it fires or why it stands", (*world).whyNot},
		{"what was approved in time is not released again", (*world).approvedInTime},
		{"an agreement may have its own inspection", (*world).ownInspection},
		{"released money is available when its clearance is over, part by part", (*world).clearance},
	}
}

func (w *world) autoRelease() {
	a := w.submitted(1000)
	require.True(w, a.ReleaseAt.Equal(epoch.Add(fortnight)))
	w.clock.Move(fortnight - time.Microsecond)
	w.fires(escrow.KindRemind)
	require.Equal(w, escrow.Submitted, w.get(a.ID).State)
	w.clock.Move(time.Microsecond)
	w.fires(escrow.KindAutoRelease)
	a = w.get(a.ID)
	require.Equal(w, escrow.Released, a.State)
	require.True(w, a.EndedAt.Equal(epoch.Add(fortnight)))
	w.has(available(w.payee), 900)
	w.clock.Move(10 * fortnight)
	require.Empty(w, w.step().Fired)
	w.has(available(w.payee), 900)
}

func (w *world) manyWorkers() {
	var ids []escrow.ID
	for range 5 {
		ids = append(ids, w.submitted(100).ID)
	}
	w.clock.Move(fortnight)
	reports, faults := make([]lance.Report, 4), make([]error, 4)
	var group sync.WaitGroup
	for i := range reports {
		group.Go(func() {
			reports[i], faults[i] = lance.NewWorker(w.db, escrow.Jobs(), nil).Step(w.Context(), w.clock.Now())
		})
	}
	group.Wait()
	fired := map[lance.Ref]int{}
	for i, rep := range reports {
		require.NoError(w, faults[i])
		require.Empty(w, rep.Faults)
		for _, t := range rep.Fired {
			require.Contains(w, []string{escrow.KindRemind, escrow.KindAutoRelease}, t.Kind)
			if t.Kind == escrow.KindAutoRelease {
				fired[t.Owner]++
			}
		}
	}
	for _, id := range ids {
		require.Equal(w, 1, fired[escrow.Ref(id)])
		require.Equal(w, escrow.Released, w.get(id).State)
	}
	w.has(available(w.payee), 450)
}

func (w *world) stops() {
	a := w.submitted(1000)
	w.clock.Move(fortnight - time.Hour)
	a = w.must(a, w.payer, escrow.RequestChanges)
	require.Equal(w, escrow.Funded, a.State)
	require.True(w, a.ReleaseAt.IsZero())
	w.clock.Move(4 * fortnight)
	require.Empty(w, w.step().Fired)
	require.Equal(w, escrow.Funded, w.get(a.ID).State)
	a = w.must(a, w.payee, escrow.Submit)
	require.True(w, a.ReleaseAt.Equal(w.clock.Now().Add(fortnight)), "the payer has his whole inspection again")
	w.clock.Move(fortnight)
	w.step()
	require.Equal(w, escrow.Released, w.get(a.ID).State)
}

func (w *world) changesBound() {
	w.deposit(w.payer.Party, 3000)
	doc := policy.Default()
	doc.Changes = 0
	endless := w.agreed(escrow.AgreeInput{Amount: usd(1000), Policy: &doc})
	own := w.agreed(escrow.AgreeInput{Amount: usd(1000), Changes: 2})
	for a, most := range map[*escrow.Agreement]int{w.agree(1000): 10, own: 2, endless: 12} {
		a = w.must(a, w.payer, escrow.Fund)
		for i := range most {
			a = w.must(w.must(a, w.payee, escrow.Submit), w.payer, escrow.RequestChanges)
			require.Equal(w, i+1, a.Changes)
		}
		if a = w.must(a, w.payee, escrow.Submit); a.MaxChanges == 0 {
			require.Contains(w, a.AllowedActions(w.payer), escrow.RequestChanges)
			continue
		}
		require.NotContains(w, a.AllowedActions(w.payer), escrow.RequestChanges)
		w.refuse(a, act{By: w.payer, Do: escrow.RequestChanges}, lance.Precondition, "changes_limit")
		require.False(w, a.ReleaseAt.IsZero(), "the inspection goes on")
	}
}

func (w *world) whyNot() {
	w.deposit(w.payer.Party, 1000)
	a := w.agree(1000)
	for _, s := range []struct {
		by  lance.Actor
		do  escrow.Action
		why string
	}{
		{w.payer, "", escrow.WhyNotFunded}, {w.payer, escrow.Fund, escrow.WhyNotSubmitted}, {w.payee, escrow.Submit, ""},
		{w.payer, escrow.RequestChanges, escrow.WhyChangesRequested}, {w.payee, escrow.Submit, ""},
	} {
		if s.do != "" {
			a = w.must(a, s.by, s.do)
		}
		release := w.timer(a.ID, escrow.KindAutoRelease)
		require.Equal(w, s.why, release.WhyNot, s.do)
		require.Equal(w, s.why != "", release.DueAt.IsZero(), s.do)
	}
}

func (w *world) approvedInTime() {
	a := w.must(w.submitted(1000), w.payer, escrow.Approve)
	w.clock.Move(2 * fortnight)
	require.Empty(w, w.step().Fired)
	require.Equal(w, a.Version, w.get(a.ID).Version)
}

func (w *world) ownInspection() {
	w.deposit(w.payer.Party, 1000)
	a := w.agreed(escrow.AgreeInput{Amount: usd(1000), Inspection: 48 * time.Hour})
	a = w.must(w.must(a, w.payer, escrow.Fund), w.payee, escrow.Submit)
	require.True(w, a.ReleaseAt.Equal(epoch.Add(48*time.Hour)))
}

func (w *world) clearance() {
	doc := policy.Default()
	doc.Clearance = 5 * 24 * time.Hour
	w.under(doc)
	a := w.part(w.funded(1000), w.payer, escrow.Release, usd(300))
	w.clock.Move(24 * time.Hour)
	w.must(a, w.payer, escrow.Approve)
	waits := ledger.Clearance(w.payee.Party, lance.USD)
	w.has(waits, 900)
	for _, s := range []struct {
		skip             time.Duration
		available, waits int64
	}{{4*24*time.Hour - time.Second, 0, 900}, {time.Second, 270, 630}, {24 * time.Hour, 900, 0}, {fortnight, 900, 0}} {
		w.clock.Move(s.skip)
		w.step()
		w.has(available(w.payee), s.available)
		w.has(waits, s.waits)
		w.invariants()
	}
}

// timer returns one clock of an agreement, which has it.
func (w *world) timer(id escrow.ID, kind string) lance.Timer {
	w.Helper()
	all := w.timers(id)
	i := slices.IndexFunc(all, func(t lance.Timer) bool { return t.Kind == kind })
	require.GreaterOrEqual(w, i, 0, "there is no clock %s: %v", kind, all)
	return all[i]
}

// fires lets what is due happen and requires that it was one clock of this kind.
func (w *world) fires(kind string) {
	w.Helper()
	rep := w.step()
	require.Len(w, rep.Fired, 1, "%v", rep.Fired)
	require.Equal(w, kind, rep.Fired[0].Kind)
	require.Empty(w, w.step().Fired, "once")
}
