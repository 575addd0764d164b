package paytest

import (
	"context"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

// chargebackRace opens a chargeback while many release, refund and withdraw what it
// paid for: each succeeds or is refused, and the books know what went where.
func chargebackRace(w *world) {
	t := w.paidFor(ann, 16000)
	var as []*escrow.Agreement
	for range 8 {
		as = append(as, w.work(2000))
	}
	w.receive(back(t, "d1", provider.Opened, 16000))
	errs := w.many(17, func(i int) error {
		switch {
		case i == 16:
			_, err := lance.NewWorker(w.db, w.jobs(), nil).Drain(w.Context(), w.clock.Now(), 50)
			return err
		case i%2 == 0:
			_, err := w.escrow.Approve(w.Context(), ann, escrow.ApproveInput{Agreement: as[i/2].ID})
			return err
		}
		_, err := w.escrow.Refund(w.Context(), bob, escrow.RefundInput{Agreement: as[i/2].ID})
		return err
	})
	w.won(errs, "agreement_state")
	require.Empty(w, w.try().Parked)
	w.sound()
	frozen := 0
	for _, a := range as {
		if w.agreement(a).State == escrow.Frozen {
			frozen++
		}
	}
	require.EqualValues(w, 2000*frozen, parts(w.chargeback("d1"))[payments.PartHeld])
	w.hear(t, "d1", provider.Lost, 16000)
	w.has(ann, 0, 0, 0, 0)
	w.has(bob, 0, 0, 0, 0)
}

// historySteps is how much happens in one random history.
const historySteps = 40

// chargebackHistories lets random things happen, and after each looks whether the
// books are sound. What is refused must be refused for a reason that can be.
func chargebackHistories(w *world) {
	for seed := range w.histories {
		h := &history{world: w, seed: seed}
		rand := rapid.Custom(func(t *rapid.T) []int {
			return rapid.SliceOfN(rapid.IntRange(0, 1<<30), historySteps, historySteps).Draw(t, "steps")
		}).Example(seed)
		for _, n := range rand {
			h.act(n)
		}
		w.sound()
	}
}

// history is a random course of events.
type history struct {
	*world
	seed  int
	ups   []*payments.TopUp
	works []*escrow.Agreement
	backs []provider.Event
	tried int
}

func pick[T any](all []T, n int) (T, bool) {
	if len(all) == 0 {
		var none T
		return none, false
	}
	return all[n%len(all)], true
}

// act does one thing, told by a number.
func (h *history) act(n int) {
	h.Helper()
	minor := int64(n/7%5000) + 1
	switch n % 11 {
	case 0, 1:
		h.ups = append(h.ups, h.paidFor(ann, minor))
	case 2, 3:
		if has := h.balance(ann, lance.USD).Available.Minor(); has > 0 {
			terms := policy.Default()
			terms.Clearance = time.Duration(n/11%2) * 24 * time.Hour
			h.works = append(h.works, h.workUnder(&terms, min(minor, has)))
		}
	case 4:
		h.release(n)
	case 5:
		h.withdraw(n, minor)
	case 6, 7:
		h.chargeBack(n, minor)
	case 8:
		h.decide(n)
	case 9:
		h.dispute(n)
	case 10:
		h.skip(time.Duration(n/11%3) * 12 * time.Hour)
		h.step()
	}
	if n%4 == 0 {
		h.sound()
	}
}

func (h *history) release(n int) {
	h.Helper()
	a, is := pick(h.works, n/11)
	if !is {
		return
	}
	var err error
	if n%2 == 0 {
		_, err = h.escrow.Approve(h.Context(), ann, escrow.ApproveInput{Agreement: a.ID})
	} else {
		_, err = h.escrow.Refund(h.Context(), bob, escrow.RefundInput{Agreement: a.ID})
	}
	h.allowed(err, "agreement_state")
}

func (h *history) dispute(n int) {
	h.Helper()
	a, is := pick(h.works, n/11)
	if !is {
		return
	}
	if n%3 > 0 {
		in := dispute.OpenInput{Agreement: a.ID, Reason: dispute.Other, Statement: "Something is wrong."}
		_, err := h.disputes.Open(h.Context(), []lance.Actor{ann, bob}[n%2], in)
		h.allowed(err, "agreement_state", "dispute_exists", "dispute_limit")
		return
	}
	if now := h.agreement(a); now.State == escrow.Frozen {
		_, err := h.disputes.Concede(h.Context(), []lance.Actor{ann, bob}[n%2], dispute.ActInput{Case: dispute.ID(now.Pause.Case.ID)})
		h.allowed(err, "dispute_state", "dispute_relation", "dispute_not_found")
	}
}

func (h *history) withdraw(n int, minor int64) {
	h.Helper()
	by := []lance.Actor{ann, bob}[n%2]
	to := []string{sandbox.DestinationOK, sandbox.DestinationRejected}[n/2%2]
	_, err := h.Payout(h.Context(), by, payments.PayoutInput{Amount: usd(minor), Destination: to})
	h.allowed(err, "balance_insufficient")
	if n/4%2 == 0 {
		h.step()
	}
}

func (h *history) chargeBack(n int, minor int64) {
	h.Helper()
	t, is := pick(h.ups, n/11)
	if !is {
		return
	}
	h.tried++
	ev := back(t, fmt.Sprintf("%d-%d", h.seed, h.tried), provider.Opened, min(minor, t.Amount.Minor()))
	rep := h.told(ev)
	if len(rep.Parked) == 0 {
		h.backs = append(h.backs, ev)
		return
	}
	h.aside(rep, "provider_mismatch") // more than is left of the charge
}

func (h *history) decide(n int) {
	h.Helper()
	ev, is := pick(h.backs, n/11)
	if !is {
		return
	}
	ev.State = []provider.State{provider.Won, provider.Lost}[n/2%2]
	ev.ID = ev.Chargeback + " " + string(ev.State)
	rep := h.told(ev)
	if len(rep.Parked) > 0 {
		h.aside(rep, "chargeback_state") // it had ended otherwise
	}
}

// allowed requires that err is nothing, or a refusal for one of those reasons.
func (w *world) allowed(err error, codes ...string) {
	w.Helper()
	if err != nil {
		require.Contains(w, codes, lance.CodeOf(err), "%v", err)
	}
}

// chargebacksSound requires that what is set aside, owed and withheld is what
// chargebacks and debts say, and that no lot has more than came in.
func (w *world) chargebacksSound(ctx context.Context, r payments.Repos) {
	w.Helper()
	cs, err := r.Chargebacks().Find(ctx, lance.Filter{})
	require.NoError(w, err)
	want := map[string]int64{}
	for _, c := range cs {
		sum := int64(0)
		for _, p := range c.Parts {
			sum += p.Amount.Minor()
			want["reserve "+string(p.Bearer)] += p.Aside.Minor()
			require.True(w, c.State == payments.Open || p.Aside.IsZero())
		}
		require.Equal(w, c.Amount.Minor(), sum, "the parts are the whole")
		if c.State == payments.Open {
			want["disputed "+c.Provider] += c.Amount.Minor()
		}
		w.heldSound(ctx, r, c)
		w.lastTold(ctx, r, c.Ref(), c.Version)
	}
	ds, err := r.Debts().Find(ctx, lance.Filter{})
	require.NoError(w, err)
	for _, d := range ds {
		if d.State == payments.Owing {
			want["receivable "+string(d.Party)] += d.Rest().Minor()
		}
		require.Equal(w, d.State == payments.Netted, d.Rest().IsZero())
		require.Equal(w, d.State == payments.Owing, w.polls(ctx, r, d.Ref()))
		w.lastTold(ctx, r, d.Ref(), d.Version)
	}
	w.asideSound(ctx, r, want)
}

// heldSound requires that an agreement holds, frozen, what an open chargeback says.
func (w *world) heldSound(ctx context.Context, r payments.Repos, c *payments.Chargeback) {
	w.Helper()
	for _, p := range c.Parts {
		if p.Kind != payments.PartHeld || c.State != payments.Open {
			continue
		}
		a, err := r.Agreements().Get(ctx, p.Agreement)
		require.NoError(w, err)
		require.Equal(w, escrow.Frozen, a.State)
		require.GreaterOrEqual(w, a.Held.Minor(), p.Amount.Minor())
	}
}

// lastTold requires that the last event of a stream is of that version.
func (w *world) lastTold(ctx context.Context, r payments.Repos, of lance.Ref, version int64) {
	w.Helper()
	evs, err := r.Log().Stream(ctx, of)
	require.NoError(w, err)
	require.Equal(w, version, evs[len(evs)-1].Version)
}

// asideSound requires that reserves, debts and what is disputed are as wanted, by
// kind and owner, and that no lot has more than came in.
func (w *world) asideSound(ctx context.Context, r payments.Repos, want map[string]int64) {
	w.Helper()
	balances, err := r.Ledger().Balances(ctx)
	require.NoError(w, err)
	lots := map[ledger.LotID]int64{}
	for _, b := range balances {
		switch a := b.Account; a.Kind {
		case ledger.KindReserve, ledger.KindReceivable, ledger.KindDisputed:
			at := string(a.Kind) + " " + a.Owner
			require.Equal(w, want[at], b.Posted.Minor(), at)
			delete(want, at)
		default:
		}
		shares, err := ledger.LotsOf(ctx, r, b.Account)
		require.NoError(w, err)
		for _, s := range shares {
			lots[s.Lot] += s.Amount.Minor()
		}
	}
	for at, n := range want {
		require.Zero(w, n, at)
	}
	for id, n := range lots {
		found, err := r.Ledger().Lots(ctx, id)
		require.NoError(w, err)
		require.LessOrEqual(w, n, found[0].Amount.Minor(), "no lot has more than came in")
	}
}
