package escrowtest

import (
	"context"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// Harness is what the suite asks of an adapter that keeps all of escrow. Open is
// required.
type Harness[R escrow.Repos] struct {
	// Open returns a fresh, empty store whose time is clock's, and cleans it up
	// by t.Cleanup.
	Open func(t *testing.T, clock lance.Clock) lance.Runner[R]
	// Hosts are the kinds of open transaction of a host that the store can join;
	// none when it can join none.
	Hosts []basetest.Host[R]
	// Histories is how many random histories are played; 0 is 20.
	Histories int
}

// Run proves every law of escrow on the adapter: those of the ledger, as
// RunLedger and RunLedgerIncidents do, and those of agreements, as RunAgreements
// and RunIncidents do.
func Run[R escrow.Repos](t *testing.T, h Harness[R]) {
	books := LedgerHarness[R]{Open: h.Open}
	for name, run := range map[string]func(t *testing.T){
		"ledger":          func(t *testing.T) { RunLedger(t, books) },
		"ledger_incident": func(t *testing.T) { RunLedgerIncidents(t, books) },
		"agreement":       func(t *testing.T) { RunAgreements(t, h) },
		"incident":        func(t *testing.T) { RunIncidents(t, h) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t)
		})
	}
}

// law is one case of the suite.
type law struct {
	name string
	run  func(w *world)
}

// RunAgreements proves the laws of agreements on the adapter, each in a parallel
// subtest <subject>/<law>.
func RunAgreements[R escrow.Repos](t *testing.T, h Harness[R]) {
	for subject, laws := range map[string][]law{
		"rows": rowLaws(), "money": moneyLaws(), "clock": clockLaws(), "race": raceLaws(), "share": shareLaws(),
		"funding": fundingLaws(), "refund": refundLaws(), "case": caseLaws(), "reclaim": reclaimLaws(), "terms": termLaws(), "limit": limitLaws(), "remind": remindLaws(), "linear": linearLaws(),
	} {
		t.Run(subject, func(t *testing.T) {
			t.Parallel()
			for _, l := range laws {
				runLaw(t, h, l)
			}
		})
	}
	t.Run("writes", func(t *testing.T) {
		t.Parallel()
		basetest.CheckWrites(t, Writes(h))
	})
	t.Run("histories", func(t *testing.T) {
		t.Parallel()
		playHistories(t, h)
	})
}

// RunIncidents proves the laws that bugs of comparable systems have taught about
// agreements, each in a parallel subtest named after its source.
func RunIncidents[R escrow.Repos](t *testing.T, h Harness[R]) {
	for _, l := range agreementIncidents() {
		runLaw(t, h, l)
	}
}

func runLaw[R escrow.Repos](t *testing.T, h Harness[R], l law) {
	t.Run(l.name, func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, h)
		l.run(w)
		w.sound()
	})
}

// tester is a testing.T or what stands for one.
type tester interface {
	require.TestingT
	Helper()
	Context() context.Context
}

// world is what one case works in: a store of its own, a service on it, and a
// clock that it moves. It remembers what it made.
type world struct {
	tester
	db    lance.Runner[escrow.Repos]
	svc   *escrow.Service
	clock *clocktest.Hand
	ups   *atomic.Int64

	payer, payee lance.Actor
	made         []escrow.ID
	deposited    map[lance.PartyID]int64
}

// The cast besides the payer and the payee.
var (
	stranger = lance.Person("eve")
	admin    = lance.Person("root", lance.RoleAdmin)
	arbiter  = lance.Person("judge", lance.RoleArbiter)
	engine   = lance.System("auto_release")
	about    = lance.Ref{Kind: "order", ID: "7"}
)

func newWorld[R escrow.Repos](t *testing.T, h Harness[R]) *world {
	t.Helper()
	clock := clocktest.At(epoch)
	db := lance.Narrow(h.Open(t, clock), func(r R) escrow.Repos { return r })
	return &world{
		tester: t, db: db, svc: escrow.NewService(db, nil), clock: clock, ups: new(atomic.Int64),
		payer: lance.Person("ann"), payee: lance.Person("bob"), deposited: map[lance.PartyID]int64{},
	}
}

// under lets the service make agreements under another policy.
func (w *world) under(doc policy.Document) {
	w.svc = escrow.NewService(w.db, &escrow.Options{Policy: &doc})
}

// deposit gives a party money to spend, in minor units.
func (w *world) deposit(p lance.PartyID, minor int64) {
	w.Helper()
	ref := lance.Ref{Kind: "topup", ID: strconv.FormatInt(w.ups.Add(1), 10)}
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error {
		_, err := ledger.Post(ctx, r, ledger.Transfer{
			ID: ledger.TransferIDFor(ref, "confirm", 0), Code: ledger.CodeTopUp, Amount: usd(minor), Subject: ref,
			Debit: clearing, Credit: ledger.Available(p, lance.USD),
			Lot: &ledger.Lot{Provider: "sandbox", Payment: ref, Method: "card", Refundable: true},
		})
		return err
	}))
	w.deposited[p] += minor
}

// agree makes an agreement on a price in minor units.
func (w *world) agree(minor int64) *escrow.Agreement {
	w.Helper()
	return w.agreed(escrow.AgreeInput{Amount: usd(minor)})
}

// agreed makes an agreement about the usual thing between the usual two.
func (w *world) agreed(in escrow.AgreeInput) *escrow.Agreement {
	w.Helper()
	in.Subject, in.Payer, in.Payee = about, w.payer.Party, w.payee.Party
	a, err := w.svc.Agree(w.Context(), w.payer, in)
	require.NoError(w, err)
	w.made = append(w.made, a.ID)
	return a
}

// funded makes an agreement that holds its price.
func (w *world) funded(minor int64) *escrow.Agreement {
	w.Helper()
	w.deposit(w.payer.Party, 2*minor)
	return w.must(w.agree(minor), w.payer, escrow.Fund)
}

// submitted makes an agreement whose clock runs.
func (w *world) submitted(minor int64) *escrow.Agreement {
	w.Helper()
	return w.must(w.funded(minor), w.payee, escrow.Submit)
}

// act is one action by its function.
type act struct {
	By     lance.Actor
	Do     escrow.Action
	Amount lance.Money
	Key    string
	Bears  escrow.Bearer // of a ruling
}

// trial is the case that freezes.
var trial = lance.Ref{Kind: "case", ID: "1"}

// retrial is one that freezes, too.
var retrial = lance.Ref{Kind: "case", ID: "2"}

// desk is who keeps it.
type desk struct{}

var keeper = escrow.KeeperOf[desk]()

// in does it in a transaction.
func (x act) in(ctx context.Context, r escrow.Repos, id escrow.ID) (*escrow.Agreement, error) {
	switch x.Do {
	case escrow.Fund:
		return escrow.FundIn(ctx, r, escrow.FundInput{By: x.By, Key: x.Key, Agreement: id, Amount: x.Amount})
	case escrow.Submit:
		return escrow.SubmitIn(ctx, r, escrow.SubmitInput{By: x.By, Key: x.Key, Agreement: id})
	case escrow.RequestChanges:
		return escrow.RequestChangesIn(ctx, r, escrow.RequestChangesInput{By: x.By, Key: x.Key, Agreement: id})
	case escrow.Approve:
		return escrow.ApproveIn(ctx, r, escrow.ApproveInput{By: x.By, Key: x.Key, Agreement: id})
	case escrow.Release:
		return escrow.ReleaseIn(ctx, r, escrow.ReleaseInput{By: x.By, Key: x.Key, Agreement: id, Amount: x.Amount})
	case escrow.AskRefund:
		return escrow.AskRefundIn(ctx, r, escrow.AskRefundInput{By: x.By, Key: x.Key, Agreement: id, Amount: x.Amount})
	case escrow.Refund, escrow.RefundPart:
		return escrow.RefundIn(ctx, r, escrow.RefundInput{By: x.By, Key: x.Key, Agreement: id, Amount: x.Amount})
	case escrow.Cancel, escrow.Close:
		return escrow.CancelIn(ctx, r, escrow.CancelInput{By: x.By, Key: x.Key, Agreement: id})
	default:
		return x.agreeing(ctx, r, id)
	}
}

// agreeing does the actions by which parties agree, or a third one decides.
func (x act) agreeing(ctx context.Context, r escrow.Repos, id escrow.ID) (*escrow.Agreement, error) {
	switch x.Do {
	case escrow.Accept:
		return escrow.AcceptIn(ctx, r, escrow.AcceptInput{By: x.By, Key: x.Key, Agreement: id})
	case escrow.DeclineRefund:
		return escrow.DeclineRefundIn(ctx, r, escrow.DeclineRefundInput{By: x.By, Key: x.Key, Agreement: id})
	case escrow.Amend:
		return escrow.AmendIn(ctx, r, escrow.AmendInput{By: x.By, Key: x.Key, Agreement: id, Amount: x.Amount})
	case escrow.AcceptAmendment:
		return escrow.AcceptAmendmentIn(ctx, r, escrow.AcceptAmendmentInput{By: x.By, Key: x.Key, Agreement: id, Amount: x.Amount})
	case escrow.DeclineAmendment:
		return escrow.DeclineAmendmentIn(ctx, r, escrow.DeclineAmendmentInput{By: x.By, Key: x.Key, Agreement: id})
	case escrow.Freeze:
		return escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: x.By, Key: x.Key, Agreement: id, Case: trial, Keeper: keeper})
	case escrow.FreezeToo:
		return escrow.FreezeIn(ctx, r, escrow.FreezeInput{By: x.By, Key: x.Key, Agreement: id, Case: retrial, Keeper: keeper})
	case escrow.Lift:
		return escrow.ThawIn(ctx, r, escrow.ThawInput{By: x.By, Key: x.Key, Agreement: id, Case: retrial, Keeper: keeper})
	case escrow.Reclaim:
		return x.reclaim(ctx, r, id)
	case escrow.Thaw, escrow.Resume:
		return escrow.ThawIn(ctx, r, escrow.ThawInput{By: x.By, Key: x.Key, Agreement: id, Case: trial, Keeper: keeper})
	case escrow.Rule:
		return escrow.RuleIn(ctx, r, escrow.RuleInput{By: x.By, Key: x.Key, Agreement: id, Case: trial, Keeper: keeper, ToPayee: x.Amount, Bears: x.Bears})
	default:
		return nil, lance.E(lance.Internal, "test_action", "the suite has no function for this action")
	}
}

// try does an action in a transaction of its own.
func (w *world) try(id escrow.ID, x act) (*escrow.Agreement, error) {
	return lance.Do(w.Context(), w.db, "escrowtest", func(ctx context.Context, r escrow.Repos) (*escrow.Agreement, error) {
		return x.in(ctx, r, id)
	})
}

// must does an action, on the whole of what is left, that must succeed.
func (w *world) must(a *escrow.Agreement, by lance.Actor, do escrow.Action) *escrow.Agreement {
	w.Helper()
	return w.part(a, by, do, lance.Money{})
}

// part does an action on an amount that must succeed.
func (w *world) part(a *escrow.Agreement, by lance.Actor, do escrow.Action, m lance.Money) *escrow.Agreement {
	w.Helper()
	a, err := w.try(a.ID, act{By: by, Do: do, Amount: m})
	require.NoError(w, err)
	require.Equal(w, described(a), described(w.get(a.ID)), "what is returned is what is kept")
	return a
}

// refuse does an action that must be refused and change nothing.
func (w *world) refuse(a *escrow.Agreement, x act, kind lance.Kind, code string) {
	w.Helper()
	before := w.image(a.ID)
	_, err := w.try(a.ID, x)
	require.ErrorIs(w, err, kind)
	require.Equal(w, code, lance.CodeOf(err))
	require.Equal(w, before, w.image(a.ID), "a refused action has changed something")
}

func (w *world) view(fn func(ctx context.Context, r escrow.Repos) error) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), fn))
}

// get returns the agreement as it is kept.
func (w *world) get(id escrow.ID) *escrow.Agreement {
	w.Helper()
	a, err := lance.Read(w.Context(), w.db, "escrowtest", func(ctx context.Context, r escrow.Repos) (*escrow.Agreement, error) {
		return r.Agreements().Get(ctx, id)
	})
	require.NoError(w, err)
	return a
}

// has requires what an account has, in minor units.
func (w *world) has(a ledger.Account, minor int64) {
	w.Helper()
	require.Equal(w, minor, w.posted(a), a.String())
}

func (w *world) posted(a ledger.Account) (minor int64) {
	w.Helper()
	w.view(func(ctx context.Context, r escrow.Repos) error {
		b, err := ledger.BalancesOf(ctx, r, a)
		if err == nil {
			minor = b[0].Posted.Minor()
		}
		return err
	})
	return minor
}

// available is what a party may spend.
func available(by lance.Actor) ledger.Account { return ledger.Available(by.Party, lance.USD) }

// step lets one worker do what is due.
func (w *world) step() lance.Report {
	w.Helper()
	rep, err := lance.NewWorker(w.db, escrow.Jobs(), nil).Step(w.Context(), w.clock.Now())
	require.NoError(w, err)
	require.Empty(w, rep.Faults)
	return rep
}

// timers returns the clocks of an agreement.
func (w *world) timers(id escrow.ID) []lance.Timer {
	w.Helper()
	ts, err := w.svc.Timers(w.Context(), w.payer, id)
	require.NoError(w, err)
	return ts
}
