package sim_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/ledger"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/sim"
)

// TestPlantedBugsAreFound plants bugs that real systems have had into what the
// engine reads and writes, and requires that the simulator finds each within so
// many seeds, says which law it breaks, and makes the run that shows it short.
func TestPlantedBugsAreFound(t *testing.T) {
	t.Parallel()
	for name, bug := range map[string]struct {
		plant func() bend
		laws  []sim.Law
		seeds uint64
		acts  int // that are enough to show it
	}{
		"double release":            {doubleRelease, []sim.Law{sim.Once}, 60, 8},
		"fee rounded twice":         {feeRoundedTwice, []sim.Law{sim.FeeOnce}, 20, 8},
		"hold ignored in available": {holdIgnored, []sim.Law{sim.Floor}, 60, 8},
		"expiry after post":         {expiryAfterPost, []sim.Law{sim.Floor, sim.Folds}, 60, 8},
		"refund during chargeback":  {refundDuringChargeback, []sim.Law{sim.SetAside, sim.NoFault}, 60, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := find(t, bug.plant, bug.seeds)
			require.Contains(t, bug.laws, f.Law, f)
			require.LessOrEqual(t, len(f.Acts), bug.acts, f)
			require.Contains(t, f.Error(), f.Command())
			t.Log(f)

			opts := sim.Options{Open: planted(bug.plant), Acts: f.Acts, Shrink: -1}
			_, err := sim.Run(t.Context(), f.Seed, opts)
			again, is := errors.AsType[*sim.Failure](err)
			require.True(t, is, "its acts break it again: %v", err)
			require.Equal(t, f.Broken, again.Broken)
			require.Equal(t, f.Lines, again.Lines)
		})
	}
}

// find plays seeds until one breaks a law.
func find(t *testing.T, plant func() bend, seeds uint64) *sim.Failure {
	t.Helper()
	for seed := range seeds {
		_, err := sim.Run(t.Context(), seed, sim.Options{Open: planted(plant)})
		if f, is := errors.AsType[*sim.Failure](err); is {
			return f
		}
		require.NoError(t, err)
	}
	require.Fail(t, "the bug was not found")
	return nil
}

// bend makes the repositories of a transaction wrong.
type bend func(r bent) bent

// bent are repositories of which some are not what they should be.
type bent struct {
	marketplace.Repos
	ledger     ledger.Store
	agreements escrow.Store
	timers     lance.Timers
	keys       lance.Keys
}

func (b bent) Ledger() ledger.Store     { return b.ledger }
func (b bent) Agreements() escrow.Store { return b.agreements }
func (b bent) Timers() lance.Timers     { return b.timers }
func (b bent) Keys() lance.Keys         { return b.keys }

func (b bent) Nest(ctx context.Context, fn func(ctx context.Context) error) error {
	return lance.Within(b.Repos).InTx(ctx, func(ctx context.Context, _ marketplace.Repos) error { return fn(ctx) })
}

// wrong is a store with a bug.
type wrong struct {
	runner
	bend bend
}

func planted(plant func() bend) sim.Open {
	return func(ctx context.Context, seed uint64) (runner, func(context.Context) (runner, error), error) {
		db, restart, err := memory(ctx, seed)
		return wrong{db, plant()}, restart, err
	}
}

func (w wrong) bound(fn func(context.Context, marketplace.Repos) error) func(context.Context, marketplace.Repos) error {
	return func(ctx context.Context, r marketplace.Repos) error {
		return fn(ctx, w.bend(bent{r, r.Ledger(), r.Agreements(), r.Timers(), r.Keys()}))
	}
}

func (w wrong) InTx(ctx context.Context, fn func(context.Context, marketplace.Repos) error) error {
	return w.runner.InTx(ctx, w.bound(fn))
}

func (w wrong) View(ctx context.Context, fn func(context.Context, marketplace.Repos) error) error {
	return w.runner.View(ctx, w.bound(fn))
}

func (w wrong) At(c lance.Clock) runner { return wrong{w.runner.At(c), w.bend} }

// doubleRelease forgets that a part was released already under a key, so that a
// caller who was not answered pays it twice.
func doubleRelease() bend {
	return func(r bent) bent {
		r.keys = forgetful{r.keys}
		return r
	}
}

type forgetful struct{ lance.Keys }

func (f forgetful) Claim(ctx context.Context, ks ...lance.Key) (*lance.Key, error) {
	standing, err := f.Keys.Claim(ctx, ks...)
	if standing != nil && standing.Op == "escrow.release" {
		standing = nil
	}
	return standing, err
}

// feeRoundedTwice keeps the fee that was taken in tens of minor units, as a column
// with too few digits would.
func feeRoundedTwice() bend {
	return func(r bent) bent {
		r.agreements = coarse{r.agreements}
		return r
	}
}

type coarse struct{ escrow.Store }

func (c coarse) Update(ctx context.Context, as ...*escrow.Agreement) error {
	for _, a := range as {
		fee := a.PayeeFee
		a.PayeeFee = lance.NewMoney((fee.Minor()+5)/10*10, fee.Currency())
	}
	return c.Store.Update(ctx, as...)
}

// holdIgnored hides what is reserved from who wants to spend.
func holdIgnored() bend {
	return func(r bent) bent {
		r.ledger = &blind{Store: r.ledger, reserved: map[ledger.Account]int64{}}
		return r
	}
}

type blind struct {
	ledger.Store
	reserved map[ledger.Account]int64
}

func (b *blind) Load(ctx context.Context, w ledger.Want) (*ledger.Loaded, error) {
	l, err := b.Store.Load(ctx, w)
	if err != nil {
		return nil, err
	}
	for i := range l.Balances {
		x := &l.Balances[i]
		b.reserved[x.Account] = x.PendingOut.Minor()
		x.PendingOut = lance.NewMoney(0, x.Account.Currency)
	}
	return l, nil
}

func (b *blind) Write(ctx context.Context, c ledger.Changes) error {
	for i := range c.Balances {
		x := &c.Balances[i]
		x.PendingOut = lance.NewMoney(x.PendingOut.Minor()+b.reserved[x.Account], x.Account.Currency)
	}
	return b.Store.Write(ctx, c)
}

// expiryAfterPost lets the clock of a reservation fire although it was posted
// meanwhile, and free it once more.
func expiryAfterPost() bend {
	stopped := map[lance.Ref]lance.Timer{}
	return func(r bent) bent {
		r.ledger = unsettled{r.ledger}
		r.timers = unstoppable{r.timers, stopped}
		return r
	}
}

type unstoppable struct {
	lance.Timers
	stopped map[lance.Ref]lance.Timer
}

func (u unstoppable) Cancel(ctx context.Context, owner lance.Ref, kinds ...string) error {
	of, err := u.Of(ctx, owner)
	for _, t := range of {
		if t.Kind == "ledger.expire" {
			u.stopped[owner] = t
		}
	}
	return errors.Join(err, u.Timers.Cancel(ctx, owner, kinds...))
}

func (u unstoppable) Due(ctx context.Context, now time.Time, limit int, kinds ...string) ([]lance.Timer, error) {
	due, err := u.Timers.Due(ctx, now, limit, kinds...)
	for _, t := range u.stopped {
		if len(kinds) > 0 && !t.DueAt.After(now) { // who looks at all of them sees none of it
			due = append(due, t)
		}
	}
	return due, err
}

func (u unstoppable) Take(ctx context.Context, owner lance.Ref, kind string, now time.Time) (lance.Timer, bool, error) {
	if t, is := u.stopped[owner]; is && !t.DueAt.After(now) {
		delete(u.stopped, owner)
		return t, true, nil
	}
	return u.Timers.Take(ctx, owner, kind, now)
}

type unsettled struct{ ledger.Store }

func (u unsettled) Find(ctx context.Context, q ledger.Query) ([]ledger.Transfer, error) {
	found, err := u.Store.Find(ctx, q)
	for i := range found {
		if len(q.IDs) > 0 {
			found[i].SettledBy = ""
		}
	}
	return found, err
}

func (u unsettled) Load(ctx context.Context, w ledger.Want) (*ledger.Loaded, error) {
	l, err := u.Store.Load(ctx, w)
	if err == nil {
		for i := range l.Transfers {
			l.Transfers[i].SettledBy = ""
		}
	}
	return l, err
}

func (u unsettled) Write(ctx context.Context, c ledger.Changes) error {
	err := u.Store.Write(ctx, c)
	if lance.CodeOf(err) != "transfer_exists" || !strings.HasPrefix(string(c.Transfers[0].Code), "expire") {
		return err
	}
	c.Transfers, c.Entries = nil, nil
	return u.Store.Write(ctx, c)
}

// refundDuringChargeback lets what a chargeback has frozen look as it was before.
func refundDuringChargeback() bend {
	return func(r bent) bent {
		r.agreements = unfrozen{r.agreements}
		return r
	}
}

type unfrozen struct{ escrow.Store }

func (u unfrozen) Get(ctx context.Context, id escrow.ID) (*escrow.Agreement, error) {
	a, err := u.Store.Get(ctx, id)
	if err == nil && a.State == escrow.Frozen && a.Pause.Case.Kind == "chargeback" {
		a.State = a.Pause.From
	}
	return a, err
}
