package paytest

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/stretchr/testify/require"

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
			_, err := lance.NewWorker(w.all, w.jobs(), nil).Drain(w.Context(), w.clock.Now(), 50)
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
const historySteps = 60

// chargebackHistories lets random things happen, and after some of them looks
// whether the books are sound. What is refused must be refused for a reason that
// can be. A seed plays the same history again.
func chargebackHistories(w *world) {
	reached := map[string]int{}
	for seed := range w.histories {
		h := &history{world: w, seed: seed, chance: lance.SeededEntropy(uint64(seed))}
		for range historySteps {
			h.act()
		}
		w.sound()
		for _, ev := range h.backs {
			c := w.chargeback(ev.Chargeback)
			reached[string(c.State)]++
			for _, p := range c.Parts {
				reached[string(p.Kind)]++
			}
		}
		reached["anew"] += h.funded
		reached["turned"] += h.turned
		reached["debt"] += len(w.owes(ann)) + len(w.owes(bob))
	}
	if w.histories < 10 {
		return // too few to come everywhere
	}
	for _, what := range []string{"open", "won", "lost", "wallet", "held", "earned", "fee", "gone", "debt", "anew", "turned"} {
		require.NotZero(w, reached[what], "histories never come to %s", what)
	}
}

// history is a random course of events.
type history struct {
	*world
	seed   int
	chance lance.Entropy
	ups    []*payments.TopUp
	works  []*escrow.Agreement
	backs  []provider.Event
	tried  int
	turned int // how often one ended otherwise after all
	funded int // how often it was to be funded anew
}

// roll returns a number below n.
func (h *history) roll(n int) int {
	var b [4]byte
	h.chance.Fill(b[:])
	return int(binary.BigEndian.Uint32(b[:]) % uint32(n))
}

// some returns an amount above zero, half the time all.
func (h *history) some(all int64) int64 {
	if h.roll(2) == 0 {
		return all
	}
	return int64(h.roll(int(all))) + 1
}

func pick[T any](h *history, all []T) (T, bool) {
	if len(all) == 0 {
		var none T
		return none, false
	}
	return all[h.roll(len(all))], true
}

// act does one thing.
func (h *history) act() {
	h.Helper()
	switch h.roll(17) {
	case 0, 1:
		h.ups = append(h.ups, h.paidFor(ann, h.some(5000)))
	case 2, 3, 4:
		if has := h.balance(ann, lance.USD).Available.Minor(); has > 0 {
			terms := policy.Default()
			terms.Clearance = time.Duration(h.roll(2)) * 24 * time.Hour
			h.works = append(h.works, h.workUnder(&terms, h.some(has)))
		}
	case 5, 6:
		h.release()
	case 7, 8, 9:
		h.withdraw()
	case 10, 11:
		h.chargeBack()
	case 12, 13:
		h.decide()
	case 14:
		h.dispute()
	case 15:
		h.fund()
	case 16:
		h.skip(time.Duration(h.roll(3)) * 12 * time.Hour)
		h.step()
	}
	if h.roll(8) == 0 {
		h.sound()
	}
}

func (h *history) release() {
	h.Helper()
	a, is := pick(h, h.works)
	if !is {
		return
	}
	var err error
	switch h.roll(4) {
	case 0:
		_, err = h.escrow.Refund(h.Context(), bob, escrow.RefundInput{Agreement: a.ID})
	case 1:
		_, err = h.escrow.Submit(h.Context(), bob, escrow.SubmitInput{Agreement: a.ID})
	default:
		_, err = h.escrow.Approve(h.Context(), ann, escrow.ApproveInput{Agreement: a.ID})
	}
	h.allowed(err, "agreement_state", "funding_required")
}

// fund funds anew what a bank has taken out of an agreement.
func (h *history) fund() {
	h.Helper()
	for _, a := range h.works {
		if now := h.agreement(a); now.Missing().IsPositive() && !escrow.Lifecycle.Terminal(now.State) {
			_, err := h.escrow.Fund(h.Context(), ann, escrow.FundInput{Agreement: a.ID})
			h.allowed(err, "agreement_state", "balance_insufficient")
			h.funded++
		}
	}
}

// one is one of the two parties.
func (h *history) one() lance.Actor { return []lance.Actor{ann, bob}[h.roll(2)] }

func (h *history) dispute() {
	h.Helper()
	a, is := pick(h, h.works)
	if !is {
		return
	}
	if h.roll(3) > 0 {
		in := dispute.OpenInput{Agreement: a.ID, Reason: dispute.Other, Statement: "Something is wrong."}
		_, err := h.disputes.Open(h.Context(), h.one(), in)
		h.allowed(err, "agreement_state", "dispute_exists", "dispute_limit")
		return
	}
	if now := h.agreement(a); now.State == escrow.Frozen {
		_, err := h.disputes.Concede(h.Context(), h.one(), dispute.ActInput{Case: dispute.ID(now.Pause.Case.ID)})
		h.allowed(err, "dispute_state", "dispute_relation", "dispute_not_found")
	}
}

func (h *history) withdraw() {
	h.Helper()
	by, to := h.one(), []string{sandbox.DestinationOK, sandbox.DestinationRejected}[h.roll(4)/3]
	has := h.balance(by, lance.USD).Available.Minor()
	if has == 0 {
		return
	}
	_, err := h.Payout(h.Context(), by, payments.PayoutInput{Amount: usd(h.some(has)), Destination: to})
	h.allowed(err, "balance_insufficient") // what he owes is taken first
	if h.roll(2) == 0 {
		h.step()
	}
}

func (h *history) chargeBack() {
	h.Helper()
	t, is := pick(h, h.ups)
	if !is {
		return
	}
	h.tried++
	ev := back(t, fmt.Sprintf("%d-%d", h.seed, h.tried), provider.Opened, h.some(t.Amount.Minor()))
	rep := h.told(ev)
	if len(rep.Parked) == 0 {
		h.backs = append(h.backs, ev)
		return
	}
	h.aside(rep, "provider_mismatch") // more than is left of the charge
}

func (h *history) decide() {
	h.Helper()
	ev, is := pick(h, h.backs)
	if !is {
		return
	}
	ev.State = []provider.State{provider.Won, provider.Lost}[h.roll(2)]
	ev.ID = ev.Chargeback + " " + string(ev.State)
	was := h.chargeback(ev.Chargeback).State
	h.bank.decide(ev.State)
	rep := h.told(ev)
	h.bank.decide("")
	if len(rep.Parked) > 0 {
		h.aside(rep, "provider_mismatch") // more than is left of the charge by now
		return
	}
	if now := h.chargeback(ev.Chargeback).State; was != payments.Open && now != was {
		h.turned++
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
