package paytest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/dispute"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// Harness is what the suite asks of an adapter. Open is required.
type Harness[R guarantee.Repos] struct {
	// Open returns a fresh, empty store whose time is clock's, and cleans it up
	// by t.Cleanup.
	Open func(t *testing.T, clock lance.Clock) lance.Runner[R]
	// Hosts are the kinds of open transaction of a host that the store can join;
	// none when it can join none.
	Hosts []basetest.Host[R]
	// Histories is how many random histories of chargebacks are played; default 2.
	Histories int
}

// law is one case of the suite.
type law struct {
	name string
	run  func(w *world)
}

// Run proves every law of payments, and of the guarantee above them, on the adapter, each in a parallel subtest
// <subject>/<law>.
func Run[R guarantee.Repos](t *testing.T, h Harness[R]) {
	for subject, laws := range map[string][]law{
		"top_up": topUpLaws(), "payout": payoutLaws(), "provider_event": eventLaws(),
		"wallet": walletLaws(), "crash": crashLaws(), "race": raceLaws(), "rows": rowLaws(), "chargeback": chargebackLaws(), "guarantee": guaranteeLaws(),
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
}

// RunIncidents proves the laws that bugs of comparable systems have taught about
// payments, each in a parallel subtest named after its source.
func RunIncidents[R guarantee.Repos](t *testing.T, h Harness[R]) {
	for _, l := range incidents() {
		runLaw(t, h, l)
	}
}

func runLaw[R guarantee.Repos](t *testing.T, h Harness[R], l law) {
	t.Run(l.name, func(t *testing.T) {
		t.Parallel()
		clock := clocktest.At(epoch)
		w := newWorld(t, lance.Narrow(h.Open(t, clock), func(r R) guarantee.Repos { return r }), clock)
		w.histories = max(h.Histories, 2)
		l.run(w)
		w.sound()
	})
}

// world is what one case works in: a store, a provider and a clock of its own,
// and a service on them.
type world struct {
	*testing.T
	*payments.Service
	all    lance.Runner[guarantee.Repos]
	db     lance.Runner[payments.Repos] // the same
	bank   *bank
	clock  *clocktest.Hand
	escrow *escrow.Service

	disputes *dispute.Service
	claims   *guarantee.Service
	worker   *lance.Worker[guarantee.Repos]

	histories int
}

// The cast.
var (
	ann     = lance.Person("ann")
	bob     = lance.Person("bob")
	admin   = lance.Person("root", lance.RoleAdmin)
	parties = []lance.PartyID{"ann", "bob", "root"}
)

func newWorld(t *testing.T, all lance.Runner[guarantee.Repos], clock *clocktest.Hand) *world {
	t.Helper()
	w := &world{T: t, clock: clock, bank: &bank{Sandbox: sandbox.New(sandbox.Options{}), calls: map[string]int{}}}
	w.on(all)
	return w
}

// on makes the services and the worker work on a runner.
func (w *world) on(all lance.Runner[guarantee.Repos]) {
	w.Helper()
	db := lance.Narrow(all, func(r guarantee.Repos) payments.Repos { return r })
	svc, err := payments.NewService(db, payments.Options{Providers: []provider.Adapter{w.bank}})
	require.NoError(w, err)
	w.all, w.claims = all, guarantee.NewService(all, nil)
	w.db, w.Service, w.escrow, w.disputes = db, svc, escrow.NewService(db, nil), dispute.NewService(db, nil)
	w.worker = lance.NewWorker(all, w.jobs(), nil)
}

func (w *world) jobs() lance.Jobs[guarantee.Repos] {
	return guarantee.Jobs().Join(
		lance.Widen(dispute.Jobs(), func(r guarantee.Repos) dispute.Repos { return r }),
		lance.Widen(w.Jobs(), func(r guarantee.Repos) payments.Repos { return r }),
	)
}

// usd is an amount of whole minor units.
func usd(minor int64) lance.Money { return lance.NewMoney(minor, lance.USD) }

// charge is a top-up that must be answered without a fault.
func (w *world) charge(by lance.Actor, amount lance.Money, method string) *payments.TopUp {
	w.Helper()
	t, err := w.TopUp(w.Context(), by, payments.TopUpInput{Amount: amount, Method: method})
	require.NoError(w, err)
	return t
}

// deposit gives an actor money to spend, in minor units of USD.
func (w *world) deposit(by lance.Actor, minor int64) {
	w.Helper()
	require.Equal(w, payments.Confirmed, w.charge(by, usd(minor), sandbox.MethodOK).State)
}

// pay is a payout that must be answered without a fault.
func (w *world) pay(by lance.Actor, minor int64, destination string) *payments.Payout {
	w.Helper()
	p, err := w.Payout(w.Context(), by, payments.PayoutInput{Amount: usd(minor), Destination: destination})
	require.NoError(w, err)
	return p
}

// topUp returns a top-up as it is kept.
func (w *world) topUp(id payments.TopUpID) *payments.TopUp {
	w.Helper()
	t, err := w.GetTopUp(w.Context(), admin, id)
	require.NoError(w, err)
	return t
}

// payout returns a payout as it is kept.
func (w *world) payout(id payments.PayoutID) *payments.Payout {
	w.Helper()
	p, err := w.GetPayout(w.Context(), admin, id)
	require.NoError(w, err)
	return p
}

// step lets the worker do what there is to do now, all of which must succeed.
func (w *world) step() lance.Report {
	w.Helper()
	rep := w.try()
	require.Empty(w, rep.Faults)
	require.Empty(w, rep.Parked)
	return rep
}

// try lets the worker do what there is to do now.
func (w *world) try() lance.Report {
	w.Helper()
	rep, err := w.worker.Drain(w.Context(), w.clock.Now(), 50)
	require.NoError(w, err)
	return rep
}

// skip moves the clock.
func (w *world) skip(d time.Duration) { w.clock.Move(d) }

// told lets the provider tell of an event by webhook, and the engine act on it.
func (w *world) told(ev provider.Event) lance.Report {
	w.Helper()
	w.receive(ev)
	return w.try()
}

// receive lets the provider tell of an event by webhook.
func (w *world) receive(ev provider.Event) {
	w.Helper()
	require.NoError(w, w.Receive(w.Context(), w.bank.Name(), w.bank.Sign(ev, w.clock.Now())))
}

// aside requires that the engine has set exactly one event aside for that code.
func (w *world) aside(rep lance.Report, code string) {
	w.Helper()
	require.Len(w, rep.Parked, 1)
	require.Equal(w, code, rep.Parked[0].Code)
}

// has requires what a wallet shows in USD: available, held, pending, owed.
func (w *world) has(by lance.Actor, available, held, pending, owed int64) {
	w.Helper()
	require.Equal(w, payments.Balance{
		Currency: lance.USD, Available: usd(available), Held: usd(held), Pending: usd(pending), Owed: usd(owed),
	}, w.balance(by, lance.USD))
}

func (w *world) balance(by lance.Actor, c lance.Currency) payments.Balance {
	w.Helper()
	all, err := w.Wallet(w.Context(), by, by.Party)
	require.NoError(w, err)
	for _, b := range all {
		if b.Currency == c {
			return b
		}
	}
	none := lance.NewMoney(0, c)
	return payments.Balance{Currency: c, Available: none, Held: none, Pending: none, Owed: none}
}

// account requires what an account has, in minor units.
func (w *world) account(a ledger.Account, minor int64) {
	w.Helper()
	w.view(func(ctx context.Context, r payments.Repos) error {
		b, err := ledger.BalancesOf(ctx, r, a)
		if err == nil {
			require.Equal(w, minor, b[0].Posted.Minor(), a.String())
		}
		return err
	})
}

func (w *world) view(fn func(ctx context.Context, r payments.Repos) error) {
	w.Helper()
	require.NoError(w, w.db.View(w.Context(), fn))
}

// refused requires that err is a fault of that kind and code.
func (w *world) refused(err error, kind lance.Kind, code string) {
	w.Helper()
	require.ErrorIs(w, err, kind)
	require.Equal(w, code, lance.CodeOf(err))
}

// epoch is the time at which every case begins.
var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
