package escrowtest

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
)

// How big the histories are that are checked for linearizability.
const (
	linearCallers   = 6
	linearCalls     = 10 // of each
	linearHistories = 4
	linearEach      = 100 // what each party has at first
)

func linearLaws() []law {
	return []law{{"transfers, reservations, funding and releases of many callers are as if one came after the other", (*world).linearizable}}
}

// linearizable records what many callers do to a few accounts at once, some of
// whom give up before they hear, and has it checked.
func (w *world) linearizable() {
	doc := policy.Default()
	doc.Fees = nil
	w.under(doc)
	for n := range linearHistories {
		r := w.recorder(n)
		calls := make([][]linearCall, linearCallers)
		for caller := range calls {
			calls[caller] = r.draw(caller)
		}
		var group sync.WaitGroup
		start := make(chan struct{})
		for caller := range calls {
			group.Go(func() {
				<-start
				for _, c := range calls[caller] {
					r.call(caller, c)
				}
			})
		}
		close(start)
		group.Wait()
		r.call(0, linearCall{do: "read"})
		require.Empty(w, r.strange, "answers that there are not")
		require.Equal(w, porcupine.Ok, linear(linearEach, r.history), "history %d: %s", n, r)
	}
	holds(w, w.db, escrow.Scope[escrow.Repos]())
}

// recorder makes calls on accounts of its own and writes down what was heard.
type recorder struct {
	*world
	books   *ledger.Service
	name    string
	entropy lance.Entropy
	parties [linearParties]lance.Actor
	deal    *escrow.Agreement
	time    atomic.Int64 // calls and answers, counted: what was answered before another was asked has a lower number

	mu      sync.Mutex
	history []porcupine.Operation
	strange []string
}

// recorder makes the accounts and the agreement of a history.
func (w *world) recorder(n int) *recorder {
	w.Helper()
	r := &recorder{
		world: w, books: ledger.NewService(w.db), name: "history " + strconv.Itoa(n), entropy: lance.SeededEntropy(uint64(n) + 1),
	}
	for i := range r.parties {
		r.parties[i] = lance.Person(lance.UserID(fmt.Sprintf("%s %d", r.name, i)))
		_, err := r.books.Post(w.Context(), topUp(r.name+" in "+strconv.Itoa(i), available(r.parties[i]), linearEach))
		require.NoError(w, err)
	}
	var err error
	r.deal, err = w.svc.Agree(w.Context(), r.parties[0], escrow.AgreeInput{
		Subject: about, Payer: r.parties[0].Party, Payee: r.parties[1].Party, Amount: usd(1 << 40),
	})
	require.NoError(w, err)
	return r
}

func (r *recorder) n(most int) int {
	var b [4]byte
	r.entropy.Fill(b[:])
	return int(binary.BigEndian.Uint32(b[:]) % uint32(most))
}

// draw returns what one caller is going to do. Only one of them makes a
// reservation of a number; whoever comes settles it.
func (r *recorder) draw(caller int) (calls []linearCall) {
	kinds := []string{"transfer", "transfer", "post", "void", "fund", "fund", "release", "refund", "read", "read"}
	for i := range linearCalls {
		from := r.n(linearParties)
		c := linearCall{
			do: kinds[r.n(len(kinds))], amount: int64(5 + r.n(60)),
			from: from, to: (from + 1 + r.n(linearParties-1)) % linearParties, pending: r.n(linearPending),
		}
		if i%4 == 0 && caller+i/4*linearCallers < linearPending {
			c.do, c.pending = "reserve", caller+i/4*linearCallers
		}
		calls = append(calls, c)
	}
	return calls
}

// call makes a call and writes it down. One in ten is given up as it is made.
func (r *recorder) call(caller int, c linearCall) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	r.mu.Lock()
	step, gaveUp := fmt.Sprintf("%s %d", r.name, len(r.history)), c.do != "read" && r.n(10) == 0
	at := len(r.history)
	r.history = append(r.history, porcupine.Operation{ClientId: caller, Input: c, Call: r.time.Add(1)})
	r.mu.Unlock()
	var group sync.WaitGroup
	if gaveUp {
		group.Go(cancel)
	}
	heard, err := r.ask(ctx, step, c)
	group.Wait()
	heard.outcome = outcomeOf(err)

	r.mu.Lock()
	defer r.mu.Unlock()
	op := &r.history[at]
	op.Output, op.Return = heard, r.time.Add(1)
	if heard.outcome == heardUnknown {
		op.Return = math.MaxInt64 // it may still come to pass
		if !gaveUp {
			r.strange = append(r.strange, err.Error())
		}
	}
}

// outcomeOf says what an error is to the model.
func outcomeOf(err error) string {
	switch {
	case err == nil:
		return heardDone
	case lance.KindOf(err) == lance.Insufficient:
		return heardShort
	case lance.KindOf(err) == lance.Precondition, lance.KindOf(err) == lance.Conflict:
		return heardRefused
	}
	return heardUnknown
}

// ask does what a call says.
func (r *recorder) ask(ctx context.Context, step string, c linearCall) (heard linearAnswer, err error) {
	reserved := func() string { return r.name + " pending " + strconv.Itoa(c.pending) }
	switch c.do {
	case "transfer":
		_, err = r.books.Post(ctx, move(step, available(r.parties[c.from]), available(r.parties[c.to]), c.amount))
	case "reserve":
		_, err = r.books.Post(ctx, reserve(reserved(), available(r.parties[c.from]), available(r.parties[c.to]), c.amount))
	case "post", "void":
		_, err = r.books.Post(ctx, ledger.Transfer{
			ID: id(step), Code: ledger.CodePayout, Subject: subject, Resolves: id(reserved()), Void: c.do == "void",
		})
	case "fund":
		_, err = r.svc.Fund(ctx, r.parties[0], escrow.FundInput{Agreement: r.deal.ID, Amount: usd(c.amount)})
	case "release":
		_, err = r.svc.Release(ctx, r.parties[0], escrow.ReleaseInput{Agreement: r.deal.ID, Amount: usd(c.amount)})
	case "refund":
		_, err = r.svc.Refund(ctx, r.parties[1], escrow.RefundInput{Agreement: r.deal.ID, Amount: usd(c.amount)})
	default:
		heard.saw, err = r.look(ctx)
	}
	return heard, err
}

// look reads all balances at once.
func (r *recorder) look(ctx context.Context) (purses, error) {
	return lance.Read(ctx, r.db, "escrowtest", func(ctx context.Context, repos escrow.Repos) (saw purses, err error) {
		accounts := []ledger.Account{r.deal.HoldAccount()}
		for _, p := range r.parties {
			accounts = append(accounts, available(p))
		}
		found, err := ledger.BalancesOf(ctx, repos, accounts...)
		if err != nil {
			return saw, err
		}
		saw.held = found[0].Posted.Minor()
		for i, b := range found[1:] {
			saw.has[i], saw.reserved[i] = b.Posted.Minor(), b.PendingOut.Minor()
		}
		return saw, nil
	})
}

// String writes the history down.
func (r *recorder) String() (text string) {
	for _, op := range r.history {
		text += fmt.Sprintf("\n%d: %d-%d %+v -> %+v", op.ClientId, op.Call, op.Return, op.Input, op.Output)
	}
	return text
}
