package escrow_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/storage/memstore/memescrow"
	"github.com/megilance/lance/storage/memstore/memkit"
)

// The cast. An administrator has no stake, unless he is one of the parties.
var (
	payer    = lance.Person("ann")
	payee    = lance.Person("bob")
	stranger = lance.Person("eve")
	admin    = lance.Person("root", lance.RoleAdmin)
	arbiter  = lance.Person("judge", lance.RoleArbiter)
	support  = lance.Person("help", lance.RoleSupport)
	clock    = lance.System("auto_release")
	nobody   = lance.Actor{}
	subject  = lance.Ref{Kind: "order", ID: "7"}
	price    = usd(1000)
	epoch    = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }

// world is a store in memory and a clock that the test moves.
type world struct {
	*testing.T
	*escrow.Service
	db  *memkit.Store[memescrow.Tx]
	mu  sync.Mutex
	at  time.Time
	ups int
}

func newWorld(t *testing.T, doc ...policy.Document) *world {
	t.Helper()
	w := &world{T: t, at: epoch}
	now := func() time.Time {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.at
	}
	w.db = memescrow.New(&memkit.Options{Clock: lance.ClockFunc(now), Entropy: lance.SeededEntropy(1)})
	var opts *escrow.Options
	if len(doc) > 0 {
		opts = &escrow.Options{Policy: &doc[0]}
	}
	w.Service = escrow.NewService(w.db, opts)
	return w
}

func (w *world) skip(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// step lets the clocks do what is due.
func (w *world) step() lance.Report {
	w.Helper()
	worker := lance.NewWorker(lance.Narrow(w.db, func(r memescrow.Tx) escrow.Repos { return r }), escrow.Jobs(), nil)
	rep, err := worker.Drain(w.Context(), w.at, 10)
	require.NoError(w, err)
	require.Empty(w, rep.Faults)
	return rep
}

// deposit gives a party money to spend.
func (w *world) deposit(p lance.PartyID, m lance.Money) {
	w.Helper()
	w.ups++
	ref := lance.Ref{Kind: "topup", ID: strconv.Itoa(w.ups)}
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r memescrow.Tx) error {
		_, err := ledger.Post(ctx, r, ledger.Transfer{
			ID: ledger.TransferIDFor(ref, "confirm", 0), Code: ledger.CodeTopUp, Amount: m, Subject: ref,
			Debit: ledger.Clearing("test", m.Currency()), Credit: ledger.Available(p, m.Currency()),
		})
		return err
	}))
}

// has requires what accounts have, in minor units.
func (w *world) has(want map[ledger.Account]int64) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), func(ctx context.Context, r memescrow.Tx) error {
		for a, minor := range want {
			b, err := ledger.BalancesOf(ctx, r, a)
			require.NoError(w, err)
			require.Equal(w, minor, b[0].Posted.Minor(), a.String())
		}
		return nil
	}))
}

// in returns an agreement that was brought to a state by the right parties.
func (w *world) in(s escrow.State) *escrow.Agreement {
	w.Helper()
	in := good()
	if s == escrow.Proposed {
		in.AcceptWithin = 48 * time.Hour
	}
	a, err := w.Agree(w.Context(), payer, in)
	require.NoError(w, err)
	if s == escrow.Proposed {
		w.deposit(payer.Party, usd(2*price.Minor()))
		return a
	}
	if s == escrow.Cancelled {
		return w.do(a, payer, escrow.Cancel)
	}
	w.deposit(payer.Party, usd(2*price.Minor()))
	if s == escrow.Agreed {
		return a
	}
	a = w.do(a, payer, escrow.Fund)
	if s == escrow.Settled {
		a = w.do(a, payer, escrow.Freeze)
	}
	end := map[escrow.State]act{
		escrow.Frozen: {payer, escrow.Freeze}, escrow.Settled: {arbiter, escrow.Rule},
		escrow.Submitted: {payee, escrow.Submit}, escrow.Released: {payer, escrow.Approve}, escrow.Refunded: {payee, escrow.Refund},
	}
	if x, ok := end[s]; ok {
		a = w.do(a, x.by, x.do)
	}
	return a
}

// act is an action and who does it.
type act struct {
	by lance.Actor
	do escrow.Action
}

// do does an action that must succeed.
func (w *world) do(a *escrow.Agreement, by lance.Actor, do escrow.Action) *escrow.Agreement {
	w.Helper()
	a, err := w.try(a, by, do)
	require.NoError(w, err)
	return a
}

// part is what the test's partial actions move.
var part = usd(300)

// try does an action by the method that is for it.
func (w *world) try(a *escrow.Agreement, by lance.Actor, do escrow.Action) (*escrow.Agreement, error) {
	ctx := w.Context()
	switch do {
	case escrow.Fund:
		return w.Fund(ctx, by, escrow.FundInput{Agreement: a.ID})
	case escrow.Submit:
		return w.Submit(ctx, by, escrow.SubmitInput{Agreement: a.ID})
	case escrow.RequestChanges:
		return w.RequestChanges(ctx, by, escrow.RequestChangesInput{Agreement: a.ID})
	case escrow.Approve:
		return w.Approve(ctx, by, escrow.ApproveInput{Agreement: a.ID})
	case escrow.Release:
		return w.Release(ctx, by, escrow.ReleaseInput{Agreement: a.ID, Amount: part})
	case escrow.Refund:
		return w.Refund(ctx, by, escrow.RefundInput{Agreement: a.ID})
	case escrow.RefundPart:
		return w.Refund(ctx, by, escrow.RefundInput{Agreement: a.ID, Amount: part})
	case escrow.AskRefund:
		return w.AskRefund(ctx, by, escrow.AskRefundInput{Agreement: a.ID})
	case escrow.Accept:
		return w.Accept(ctx, by, escrow.AcceptInput{Agreement: a.ID})
	case escrow.DeclineRefund:
		return w.DeclineRefund(ctx, by, escrow.DeclineRefundInput{Agreement: a.ID})
	case escrow.Amend:
		return w.Amend(ctx, by, escrow.AmendInput{Agreement: a.ID, Amount: usd(1200)})
	case escrow.AcceptAmendment:
		return w.AcceptAmendment(ctx, by, escrow.AcceptAmendmentInput{Agreement: a.ID})
	case escrow.DeclineAmendment:
		return w.DeclineAmendment(ctx, by, escrow.DeclineAmendmentInput{Agreement: a.ID})
	case escrow.Freeze, escrow.FreezeToo, escrow.Lift, escrow.Thaw, escrow.Resume, escrow.Reclaim, escrow.Rule:
		return w.judge(a, by, do)
	case escrow.Cancel, escrow.Close:
		return w.Cancel(ctx, by, escrow.CancelInput{Agreement: a.ID})
	}
	return nil, lance.E(lance.Internal, "test_action", "the test has no method for this action")
}

// dispute is the case by which the tests freeze.
var dispute = lance.Ref{Kind: "case", ID: "1"}

// court is who keeps it.
type court struct{}

var keeper = escrow.KeeperOf[court]()

// judge does what only cases do, in a transaction.
func (w *world) judge(a *escrow.Agreement, by lance.Actor, do escrow.Action) (*escrow.Agreement, error) {
	return lance.Do(w.Context(), w.db, "escrow_test", func(ctx context.Context, r memescrow.Tx) (*escrow.Agreement, error) {
		switch do {
		case escrow.Freeze:
			return escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: by, Agreement: a.ID, Case: dispute, Keeper: keeper})
		case escrow.Rule:
			return escrow.RuleIn(ctx, r, escrow.RuleInput{By: by, Agreement: a.ID, Case: dispute, Keeper: keeper, ToPayee: part, Bears: escrow.BearEach})
		case escrow.FreezeToo:
			second := lance.Ref{Kind: "case", ID: "2"}
			return escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: by, Agreement: a.ID, Case: second, Keeper: keeper})
		case escrow.Reclaim:
			return reclaim(ctx, r, by, a)
		default:
			return escrow.ThawIn(ctx, r, escrow.ThawInput{By: by, Agreement: a.ID, Case: dispute, Keeper: keeper})
		}
	})
}

// reclaim takes a part of the one lot there is out of what the agreement holds.
func reclaim(ctx context.Context, r memescrow.Tx, by lance.Actor, a *escrow.Agreement) (*escrow.Agreement, error) {
	in := escrow.ReclaimInput{By: by, Agreement: a.ID, Case: dispute, Keeper: keeper, Amount: part, To: ledger.Disputed("test", lance.USD)}
	lots, err := ledger.LotsOf(ctx, r, a.HoldAccount())
	if len(lots) > 0 {
		in.Lot = lots[0].Lot
	}
	if err != nil {
		return nil, err
	}
	return escrow.ReclaimIn(ctx, r, in)
}

// now returns the agreement as it is kept.
func (w *world) now(a *escrow.Agreement) *escrow.Agreement {
	w.Helper()
	a, err := w.Get(w.Context(), payer, a.ID)
	require.NoError(w, err)
	return a
}

func refused(t *testing.T, err error, kind lance.Kind, code string, msg ...any) {
	t.Helper()
	require.ErrorIs(t, err, kind, msg...)
	require.Equal(t, code, lance.CodeOf(err), msg...)
}
