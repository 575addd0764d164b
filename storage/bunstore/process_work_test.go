package bunstore_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/contract"
	"github.com/megilance/lance/marketplace/project"
	"github.com/megilance/lance/marketplace/review"
	"github.com/megilance/lance/marketplace/taxonomy"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/sandbox"
)

// The probes: what a timer, a reaction and a relay do here is an event in a
// stream of its own, so that doing it twice shows, in the order it was done.
type (
	said    struct{ N int64 } // in the streams that the test writes
	tallied struct{ N int64 } // a reaction to said
	ticked  struct{}          // by a timer
	called  struct{}          // by a relay
)

func (said) EventType() (string, int)    { return "probe.said", 1 }
func (tallied) EventType() (string, int) { return "probe.tallied", 1 }
func (ticked) EventType() (string, int)  { return "probe.ticked", 1 }
func (called) EventType() (string, int)  { return "probe.called", 1 }

const probe = "probe"

// note appends to a stream whatever is there already.
func note(ctx context.Context, r marketplace.Repos, kind, id string, what lance.Payload) error {
	stream := lance.Ref{Kind: kind, ID: id}
	before, err := r.Log().Stream(ctx, stream)
	if err != nil {
		return err
	}
	return lance.Emit(ctx, r, lance.System(probe), lance.Change{Stream: stream, Version: int64(len(before)) + 1}, what)
}

// probeJobs are the probes' own work. In the middle of each a worker may die.
func probeJobs(folder string) lance.Jobs[marketplace.Repos] {
	return lance.Jobs[marketplace.Repos]{
		Timers: map[string]lance.Fire[marketplace.Repos]{probe: func(ctx context.Context, r marketplace.Repos, t lance.Timer) error {
			defer here(folder, "timer")
			return note(ctx, r, "tick", t.Owner.ID, ticked{})
		}},
		Reactions: []lance.Reaction[marketplace.Repos]{
			lance.On(probe, func(ctx context.Context, r marketplace.Repos, ev lance.Event, p said) error {
				defer here(folder, "reaction")
				return note(ctx, r, "tally", ev.Stream.ID, tallied(p))
			}),
		},
		Relays: []lance.Relay[marketplace.Repos]{{Name: probe, Send: func(ctx context.Context, d lance.Delivery) (func(context.Context, marketplace.Repos) error, error) {
			if err := appendLine(filepath.Join(folder, "calls"), d.Key); err != nil {
				return nil, err
			}
			here(folder, "call")
			if d.Key == stalled && d.Attempts == 1 {
				waitFor(ctx, filepath.Join(folder, "resume"))
			}
			return func(ctx context.Context, r marketplace.Repos) error {
				defer here(folder, "keep")
				if err := appendLine(filepath.Join(folder, "answers"), d.Key); err != nil {
					return err
				}
				return note(ctx, r, "call", d.Key, called{})
			}, nil
		}}},
	}
}

// stalled is the key of the call whose first maker takes longer than its lease.
const stalled = "stalled"

// waitFor waits until a file is there.
func waitFor(ctx context.Context, path string) {
	for ctx.Err() == nil {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(line + "\n"); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// workload is what the test gives the workers to do, and what must come of it.
type workload struct {
	*crew
	skill taxonomy.SkillID
	said  int64    // in each of the streams
	want  expected // how often each type of event happens to each stream

	brought, spent, earned, paid int64 // cents
	left                         int   // agreements that are left to the clock
	reviews                      int64
	calls                        int // of the probes' relay
}

// expected is how many events of a type a stream has in the end.
type expected map[string]int

func (e expected) once(id, typ string) { e[typ+" "+id] = 1 }

// The cast, and how much is done in a round.
var (
	client = lance.Person("client")
	ann    = lance.Person("ann")
	root   = lance.Person("root", lance.RoleAdmin)
)

const streams = 6

func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }

// begin brings money in and names a skill.
func (w *workload) begin() {
	w.Helper()
	w.want = expected{}
	s, err := w.engine.Taxonomy.CreateSkill(w.Context(), root, taxonomy.CreateSkillInput{SkillTerms: taxonomy.SkillTerms{Name: "Go"}})
	require.NoError(w, err)
	w.skill = s.ID
	w.topUp(10_000_00, sandbox.MethodOK)
	w.until("there is money", func() bool { return w.available(client) > 0 })
}

// add gives the workers more to do: everything that goes on by itself.
func (w *workload) add(round int) {
	w.Helper()
	w.said++
	for i := range streams {
		w.say(fmt.Sprint(i))
		id := fmt.Sprintf("%d/%d", round, i)
		w.write(func(ctx context.Context, r marketplace.Repos) error {
			if err := r.Timers().Set(ctx, lance.Timer{Owner: lance.Ref{Kind: "clock", ID: id}, Kind: probe, DueAt: r.Now()}); err != nil {
				return err
			}
			return w.owed(ctx, r, id)
		})
		w.want.once("tick/"+id, "probe.ticked")
	}
	w.topUp(5_00, sandbox.MethodPending)
	w.leaveToTheClock()
	w.complete(w.hire())
	w.hire()
	if round > 0 {
		w.until("ann has earned", func() bool { return w.available(ann) >= 20_00 })
		w.payOut(sandbox.DestinationOK, "payout.paid")
		w.payOut(sandbox.DestinationRejected, "payout.rejected")
		w.paid += 10_00
	}
}

// say appends twice to a stream of the test's own, in two transactions.
func (w *workload) say(id string) {
	w.Helper()
	for n := 2*w.said - 1; n <= 2*w.said; n++ {
		w.write(func(ctx context.Context, r marketplace.Repos) error { return note(ctx, r, "probe", id, said{n}) })
	}
}

func (w *workload) topUp(cents int64, method string) {
	w.Helper()
	t, err := w.engine.Payments.TopUp(w.Context(), client, payments.TopUpInput{Amount: usd(cents), Method: method})
	require.NoError(w, err)
	w.brought += cents
	for _, typ := range []string{"top_up.requested", "top_up.confirmed", "top_up.settled"} {
		w.want.once(t.Ref().String(), typ)
	}
}

func (w *workload) payOut(to, end string) {
	w.Helper()
	p, err := w.engine.Payments.Payout(w.Context(), ann, payments.PayoutInput{Amount: usd(10_00), Destination: to})
	require.NoError(w, err)
	for _, typ := range []string{"payout.requested", "payout.submitted", end} {
		w.want.once(p.Ref().String(), typ)
	}
}

// leaveToTheClock makes an agreement that nobody approves.
func (w *workload) leaveToTheClock() {
	w.Helper()
	ctx := w.Context()
	a, err := w.engine.Escrow.Agree(ctx, client, escrow.AgreeInput{
		Subject: lance.Ref{Kind: "job", ID: "7"}, Payer: client.Party, Payee: ann.Party, Amount: usd(20_00),
	})
	require.NoError(w, err)
	_, err = w.engine.Escrow.Fund(ctx, client, escrow.FundInput{Agreement: a.ID})
	require.NoError(w, err)
	_, err = w.engine.Escrow.Submit(ctx, ann, escrow.SubmitInput{Agreement: a.ID})
	require.NoError(w, err)
	w.owe(a.ID, 20_00)
}

// owe notes that an agreement will be released, by whomever.
func (w *workload) owe(id escrow.ID, cents int64) {
	w.want.once(escrow.Ref(id).String(), "agreement.released")
	w.spent += cents
	w.earned += cents * 9 / 10
	w.left++
}

// hire makes a contract whose only milestone is submitted.
func (w *workload) hire() *contract.MilestoneDetails {
	w.Helper()
	ctx, e := w.Context(), w.engine
	p, err := e.Projects.Create(ctx, client, project.CreateInput{Terms: project.Terms{
		Title: "Move our shop", Description: "From one server to another.", Skills: []taxonomy.SkillID{w.skill},
		Budget: project.Budget{Type: project.Fixed, Min: usd(10_00), Max: usd(90_00)},
	}})
	require.NoError(w, err)
	_, err = e.Projects.Publish(ctx, client, p.ID)
	require.NoError(w, err)
	pr, err := e.Projects.Propose(ctx, ann, project.ProposeInput{
		Project: p.ID, CoverLetter: "I have done this before.",
		Milestones: []project.Offer{{Title: "All of it", Amount: usd(30_00), DueAt: w.clock.Now().Add(90 * day)}},
	})
	require.NoError(w, err)
	c, err := e.Contracts.Accept(ctx, client, contract.AcceptInput{Proposal: pr.ID})
	require.NoError(w, err)
	id := c.Milestones[0].ID
	_, err = e.Contracts.Fund(ctx, client, contract.FundInput{Milestone: id})
	require.NoError(w, err)
	m, err := e.Contracts.Submit(ctx, ann, contract.SubmitInput{Milestone: id, Message: "Here it is."})
	require.NoError(w, err)
	w.owe(m.Agreement, 30_00)
	w.want.once(lance.Ref{Kind: "milestone", ID: string(id)}.String(), "milestone.approved")
	w.want.once(contract.Ref(c.ID).String(), "contract.completed")
	return m
}

// complete approves a milestone and reviews its contract, which only the clock
// publishes, since ann does not review.
func (w *workload) complete(m *contract.MilestoneDetails) {
	w.Helper()
	_, err := w.engine.Contracts.Approve(w.Context(), client, contract.ApproveInput{Milestone: m.ID})
	require.NoError(w, err)
	w.left--
	rev, err := w.engine.Reviews.Create(w.Context(), client, review.CreateInput{Contract: m.Contract, Rating: 5})
	require.NoError(w, err)
	w.reviews++
	w.want.once(rev.Ref().String(), "review.published")
}

// owed is a call that the probes' relay is to make.
func (w *workload) owed(ctx context.Context, r marketplace.Repos, id string) error {
	w.want.once("call/"+id, "probe.called")
	w.calls++
	return r.Deliveries().Enqueue(ctx, lance.Delivery{Relay: probe, Key: id, Subject: lance.Ref{Kind: "call", ID: id}})
}

// stall lets a worker be so slow with a call that its lease ends and another one
// makes the call, and then come back.
func (w *workload) stall() {
	w.Helper()
	w.write(func(ctx context.Context, r marketplace.Repos) error { return w.owed(ctx, r, stalled) })
	call := func() (d lance.Delivery) {
		w.view(func(ctx context.Context, r marketplace.Repos) (err error) {
			d, err = r.Deliveries().Delivery(ctx, probe, stalled)
			return err
		})
		return d
	}
	w.until("the call is being made", func() bool { return call().Attempts == 1 })
	w.clock.move(w.T, day)
	w.until("another one has made it", func() bool { return call().State == lance.DeliveryDone })
	require.NoError(w, os.WriteFile(filepath.Join(w.folder, "resume"), nil, 0o600))
	w.until("the slow one is back", func() bool { return w.lines("answers")[stalled] > 1 })
}

// lines returns how often each line is in a file of the workers'.
func (w *workload) lines(file string) map[string]int {
	w.Helper()
	text, err := os.ReadFile(filepath.Join(w.folder, file))
	require.NoError(w, err)
	out := map[string]int{}
	for line := range strings.Lines(string(text)) {
		out[strings.TrimSpace(line)]++
	}
	return out
}

// available is what a party may spend, in cents.
func (w *workload) available(by lance.Actor) int64 { return w.wallet(by).Available.Minor() }

func (w *workload) wallet(by lance.Actor) payments.Balance {
	w.Helper()
	bs, err := w.engine.Payments.Wallet(w.Context(), by, by.Party)
	require.NoError(w, err)
	require.Len(w, bs, 1)
	return bs[0]
}

// check looks at what the workers have left, living and dead.
func (w *workload) check() {
	w.Helper()
	w.view(func(ctx context.Context, r marketplace.Repos) error {
		events := w.checkLog(ctx, r)
		w.checkEffects(events)
		w.checkCalls(ctx, r)
		for _, re := range w.engine.Jobs().Reactions {
			parked, err := r.Cursors().Parked(ctx, re.Name, lance.Ref{}, 10)
			require.NoError(w, err)
			require.Empty(w, parked)
		}
		books, err := ledger.Refold(ctx, r)
		require.NoError(w, err)
		require.True(w, books.Balanced(), "%+v", books)
		return nil
	})
	zero := usd(0)
	require.Equal(w, payments.Balance{Currency: lance.USD, Available: usd(w.brought - w.spent), Held: zero, Pending: zero, Owed: zero}, w.wallet(client))
	require.Equal(w, payments.Balance{Currency: lance.USD, Available: usd(w.earned - w.paid), Held: zero, Pending: zero, Owed: zero}, w.wallet(ann))
	rating, err := w.engine.Reviews.Rating(w.Context(), ann.Party)
	require.NoError(w, err)
	require.Equal(w, w.reviews, rating.Count())
}

// checkLog proves that the log is whole: dense, in the order of every stream,
// true to what it witnesses, and chained. It returns the events.
func (w *workload) checkLog(ctx context.Context, r marketplace.Repos) []lance.Event {
	w.Helper()
	const all = 1 << 20
	entries, err := r.Log().Entries(ctx, 0, all)
	require.NoError(w, err)
	events, _, err := r.Log().Read(ctx, 0, all)
	require.NoError(w, err)
	transfers, err := r.Ledger().Find(ctx, ledger.Query{})
	require.NoError(w, err)
	leaves := map[string]lance.Hash{}
	for _, ev := range events {
		leaves[string(ev.ID)] = ev.Leaf()
	}
	for _, t := range transfers {
		leaves[string(t.ID)] = t.Leaf()
	}
	require.Len(w, leaves, len(entries), "each event and each transfer is sealed, once")
	order := map[lance.Ref]lance.Entry{}
	hashes := make([]lance.Hash, len(entries))
	for i, e := range entries {
		require.EqualValues(w, i+1, e.Seq)
		require.Equal(w, leaves[e.ID], e.Leaf, "%s %s", e.Kind, e.ID)
		before := order[e.Stream]
		next := e.Version == before.Version && e.N == before.N+1 && before.Seq > 0
		require.True(w, next || (e.Version == before.Version+1 && e.N == 0), "%+v after %+v", e, before)
		order[e.Stream], hashes[i] = e, e.Leaf
	}
	seals, err := r.Log().Seals(ctx, 0, all)
	require.NoError(w, err)
	_, err = lance.VerifySeals(lance.Hash{}, 0, seals)
	require.NoError(w, err)
	require.Equal(w, int64(len(entries)), seals[len(seals)-1].Last)
	for _, s := range seals {
		require.Equal(w, lance.MerkleRoot(hashes[s.First-1:s.Last]), s.Root)
	}
	return events
}

// checkEffects proves that each thing happened once, and that the reaction saw
// each stream in its order.
func (w *workload) checkEffects(events []lance.Event) {
	w.Helper()
	got := expected{}
	byClock := 0
	tallies := map[string][]int64{}
	for _, ev := range events {
		got[ev.Type+" "+ev.Stream.String()]++
		switch ev.Type {
		case "agreement.released":
			if ev.By == "system:auto_release" {
				byClock++
			}
		case "probe.tallied":
			p, err := lance.Decode[tallied](ev)
			require.NoError(w, err)
			tallies[ev.Stream.ID] = append(tallies[ev.Stream.ID], p.N)
		}
	}
	for what, n := range w.want {
		require.Equal(w, n, got[what], what)
	}
	for what := range got {
		typ, _, _ := strings.Cut(what, " ")
		switch typ {
		case "probe.ticked", "probe.called", "agreement.released", "review.published", "payout.paid", "payout.rejected", "top_up.confirmed":
			require.Contains(w, w.want, what, "what nobody asked for")
		}
	}
	require.Equal(w, w.left, byClock)
	require.Len(w, tallies, streams)
	for id, got := range tallies {
		for i, n := range got {
			require.EqualValues(w, i+1, n, id)
		}
		require.Len(w, got, int(2*w.said), id)
	}
}

// checkCalls proves that each call was made and is settled. One may be made
// again when its maker died, but never more often than it was claimed.
func (w *workload) checkCalls(ctx context.Context, r marketplace.Repos) {
	w.Helper()
	made := w.lines("calls")
	require.Len(w, made, w.calls)
	for key, n := range made {
		d, err := r.Deliveries().Delivery(ctx, probe, key)
		require.NoError(w, err)
		require.Equal(w, lance.DeliveryDone, d.State, key)
		require.LessOrEqual(w, n, d.Attempts, key)
	}
	dead, err := r.Deliveries().Dead(ctx, "", 10)
	require.NoError(w, err)
	require.Empty(w, dead)
}
