package escrowtest

import (
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
)

// defaultHistories is how many random histories are played unless the harness
// says otherwise.
const defaultHistories = 20

// playHistories plays random histories on one store, each with parties and
// agreements of its own, and requires every invariant after every step. One that
// fails is made smaller until nothing can be left out.
func playHistories[R escrow.Repos](t *testing.T, h Harness[R]) {
	w := newWorld(t, h)
	limit := int64(h.Histories)
	if limit == 0 {
		limit = defaultHistories
	}
	var played atomic.Int64
	var failed atomic.Bool
	rapid.Check(t, func(rt *rapid.T) {
		n := played.Add(1)
		if n > limit && !failed.Load() {
			return
		}
		defer func() { failed.Store(failed.Load() || rt.Failed()) }()
		one := *w
		one.tester, one.made, one.deposited = rt, nil, map[lance.PartyID]int64{}
		one.payer, one.payee = lance.Person(lance.UserID("ann"+strconv.FormatInt(n, 10))), lance.Person(lance.UserID("bob"+strconv.FormatInt(n, 10)))
		one.play(rt)
	})
	w.sound()
}

// play draws a history: two agreements between the same two, under fees of both
// sides and perhaps a clearance.
func (w *world) play(t *rapid.T) {
	doc := bothSides()
	doc.Refunds.Fees = rapid.SampledFrom([]policy.FeeRule{policy.ReturnFees, policy.KeepFees}).Draw(t, "refund fees")
	doc.Funding = rapid.SampledFrom([]policy.Rule{policy.OnStart, policy.OnStart, policy.Off}).Draw(t, "funding")
	doc.Taxes = []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: decimal.NewFromInt(19)}}
	doc.Clearance = time.Duration(rapid.SampledFrom([]int{0, 5}).Draw(t, "clearance")) * 24 * time.Hour
	w.under(doc)
	w.deposit(w.payer.Party, rapid.Int64Range(1, 5000).Draw(t, "deposit"))
	for range 2 {
		in := escrow.AgreeInput{Amount: usd(rapid.Int64Range(1, 2000).Draw(t, "price"))}
		if rapid.IntRange(0, 3).Draw(t, "proposed") == 0 {
			in.AcceptWithin = 10 * 24 * time.Hour
		}
		w.agreed(in)
	}
	for range rapid.IntRange(1, 12).Draw(t, "steps") {
		w.turn(t)
		w.invariants()
	}
}

// turn does one random thing and compares what became of it with the lifecycle.
func (w *world) turn(t *rapid.T) {
	if rapid.IntRange(0, 4).Draw(t, "thing") == 0 {
		w.clock.Move(time.Duration(rapid.IntRange(0, 20).Draw(t, "days")) * 24 * time.Hour)
		w.step()
		return
	}
	a := w.get(rapid.SampledFrom(w.made).Draw(t, "agreement"))
	who := rapid.SampledFrom([]lance.Actor{w.payer, w.payer, w.payer, w.payee, w.payee, w.payee, admin, arbiter, stranger, engine}).Draw(t, "by")
	may := a.AllowedActions(who)
	if len(may) == 0 || rapid.IntRange(0, 5).Draw(t, "odd") == 0 {
		may = escrow.Lifecycle.AllActions()
	}
	x := act{By: who, Do: rapid.SampledFrom(may).Draw(t, "do")}
	switch x.Do {
	case escrow.Release, escrow.RefundPart, escrow.Rule:
		x.Amount = usd(rapid.Int64Range(1, max(1, a.Remaining().Minor()+1)).Draw(t, "amount"))
		x.Bears = rapid.SampledFrom([]escrow.Bearer{escrow.BearEach, escrow.BearPayer, escrow.BearPayee, escrow.BearNobody}).Draw(t, "bears")
	case escrow.Fund:
		x.Amount = usd(rapid.Int64Range(1, max(1, a.Missing().Minor()+1)).Draw(t, "amount"))
		if rapid.Bool().Draw(t, "whole") {
			x.Amount = lance.Money{}
		}
	case escrow.Reclaim:
		x.Amount = usd(rapid.Int64Range(1, max(1, a.Held.Minor()+1)).Draw(t, "amount"))
	case escrow.Amend:
		x.Amount = usd(rapid.Int64Range(1, 3000).Draw(t, "price"))
	default:
	}
	got, err := w.try(a.ID, x)
	if err != nil {
		require.Contains(w, []lance.Kind{lance.Precondition, lance.Forbidden, lance.NotFound, lance.Insufficient, lance.Exists}, lance.KindOf(err), "%v", err)
		require.Equal(w, described(a), described(w.get(a.ID)), "a refused %s has changed something", x.Do)
		return
	}
	w.follows(a, got, x)
}

// follows requires that an action that was done is one of the lifecycle's, led
// where that says, and moved what it was to move.
func (w *world) follows(before, after *escrow.Agreement, x act) {
	w.Helper()
	do, all := x.Do, before.Remaining()
	switch {
	case do == escrow.Release && x.Amount == all && before.Missing().IsZero():
		do = escrow.Approve
	case do == escrow.RefundPart && x.Amount == all:
		do = escrow.Refund
	case do == escrow.Close && before.Released.IsZero():
		do = escrow.Cancel
	case do == escrow.Cancel && before.Released.IsPositive():
		do = escrow.Close
	case do == escrow.FreezeToo && before.State != escrow.Frozen:
		do = escrow.Freeze
	case do == escrow.Thaw, do == escrow.Resume, do == escrow.Lift:
		do = thaws(before)
	}
	to, err := escrow.Lifecycle.Next(before.State, do, before.Relations(x.By)...)
	require.NoError(w, err)
	require.Equal(w, to, after.State)
	require.Equal(w, before.Version+1, after.Version)
	w.moved(before, after, do, x.Amount)
}

// thaws is how a frozen agreement goes on when a case lets it go.
func thaws(a *escrow.Agreement) escrow.Action {
	switch {
	case len(a.Pause.Also) > 0:
		return escrow.Lift
	case a.Pause.From == escrow.Submitted:
		return escrow.Resume
	}
	return escrow.Thaw
}

// moved requires that what is left of the price changed by what the action says.
func (w *world) moved(before, after *escrow.Agreement, do escrow.Action, amount lance.Money) {
	w.Helper()
	moved := before.Remaining().Minor() - after.Remaining().Minor()
	switch do {
	case escrow.Fund:
		if amount == (lance.Money{}) {
			amount = before.Missing()
		}
		require.Equal(w, -amount.Minor(), moved)
	case escrow.Release, escrow.RefundPart:
		require.Equal(w, amount.Minor(), moved)
	case escrow.Approve, escrow.Refund, escrow.Rule:
		require.Equal(w, before.Remaining().Minor(), moved)
	case escrow.Reclaim:
		w.reclaimed(before, after, amount)
	case escrow.AcceptAmendment:
		require.Equal(w, before.Amendment.Amount, after.Amount)
		require.Equal(w, before.Missing().IsZero(), after.Missing().IsZero() && before.Missing().IsZero())
	default:
		require.Zero(w, moved)
	}
}
