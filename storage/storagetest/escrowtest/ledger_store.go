package escrowtest

import (
	"context"
	"reflect"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func storeLaws[R ledger.Repos]() []ledgerLaw[R] {
	return []ledgerLaw[R]{
		{"every transfer is witnessed once, by a leaf that its row still has", witnessed[R]},
		{"whatever was posted in a transaction that fails is gone", rollsBack[R]},
		{"a view cannot post", viewCannot[R]},
		{"a cancelled caller leaves nothing", cancelled[R]},
		{"every method that writes is known to this suite", writesKnown[R]},
		{"writing a transfer that is there is told and leaves the rest of the set out", written[R]},
	}
}

func witnessed[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fund", ann, hold, 40), w.expiring("payout", 20))
	w.post(topUp("in", ann, 100), move("fee", hold, fee, 4))
	w.post(settle("post", "payout", 20))
	w.step()
	leaves := map[string]lance.Hash{}
	w.view(func(ctx context.Context, r R) error {
		entries, err := r.Log().Entries(ctx, 0, 1000)
		for _, e := range entries {
			require.Equal(w, ledger.EntryKind, e.Kind)
			require.Equal(w, ledger.TransferID(e.ID).Ref(), e.Stream)
			require.NotContains(w, leaves, e.ID)
			leaves[e.ID] = e.Leaf
		}
		return err
	})
	all := w.find()
	require.Len(w, leaves, len(all))
	for i := range all {
		require.Equal(w, leaves[string(all[i].ID)], all[i].Leaf(), "the row of %s is not what was witnessed", all[i].Code)
	}
}

// image is all that a transaction could have left.
type image struct {
	Balances  []ledger.Balance
	Transfers []ledger.Transfer
	Open      []ledger.Transfer
	Lines     []*ledger.Line
	Shares    []string
	Backlog   int
	Due       []lance.Timer
}

func (w *ledgerWorld[R]) image() image {
	w.Helper()
	im := image{Balances: w.all(), Transfers: w.find(), Open: w.open(ann), Lines: w.statement(ann), Shares: append(w.shares(ann), w.shares(hold)...)}
	w.view(func(ctx context.Context, r R) error {
		backlog, err := r.Log().Backlog(ctx)
		if err != nil {
			return err
		}
		im.Backlog = backlog.Count
		im.Due, err = r.Timers().Due(ctx, w.clock.Now().Add(1000*time.Hour), 100)
		return err
	})
	return im
}

func rollsBack[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), w.expiring("open", 5), move("early", ann, hold, 10))
	before := w.image()
	for name, set := range map[string][]ledger.Transfer{
		"lot":     {topUp("new", ann, 10)},
		"account": {topUp("new", ledger.Available("new", lance.USD), 10)},
		"move":    {move("move", ann, hold, 85)},
		"empty":   {move("move", hold, fee, 10)},
		"fee":     {move("fee", ann, fee, 1), move("cost", fee, cash, 1)},
		"pending": {w.expiring("more", 5)},
		"post":    {settle("post", "open", 5)},
		"void":    {void("void", "open")},
	} {
		err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			if _, err := ledger.Post(ctx, r, set...); err != nil {
				return err
			}
			return errCase
		})
		require.ErrorIs(w, err, errCase, name)
		require.Equal(w, before, w.image(), name)
	}
	err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		if _, err := r.Log().Seal(ctx, 100); err != nil {
			return err
		}
		return errCase
	})
	require.ErrorIs(w, err, errCase)
	require.Equal(w, before, w.image(), "sealing")
}

func viewCannot[R ledger.Repos](w *ledgerWorld[R]) {
	before := w.image()
	err := w.db.View(w.Context(), func(ctx context.Context, r R) error {
		_, err := ledger.Post(ctx, r, topUp("in", ann, 100))
		return err
	})
	refused(w.T, err, lance.Internal, "read_only")
	require.Equal(w, before, w.image())
}

func cancelled[R ledger.Repos](w *ledgerWorld[R]) {
	before := w.image()
	ctx, cancel := context.WithCancel(w.Context())
	err := w.db.InTx(ctx, func(ctx context.Context, r R) error {
		_, err := ledger.Post(ctx, r, topUp("in", ann, 100))
		cancel()
		return err
	})
	require.Error(w, err)
	require.Equal(w, before, w.image())
}

// writesKnown fails when a Store has a method that the case of rolling back does
// not know about.
func writesKnown[R ledger.Repos](w *ledgerWorld[R]) {
	known := map[string]bool{ // whether it writes
		"Load": false, "Write": true, "Balances": false, "Totals": false,
		"Statement": false, "Shares": false, "Lots": false, "Find": false, "Kept": false, "Sums": false,
	}
	store := reflect.TypeFor[ledger.Store]()
	for m := range store.Methods() {
		require.Contains(w, known, m.Name)
	}
	require.Equal(w, len(known), store.NumMethod())
}

// written goes to the store past the rules, as a race between two callers would.
func written[R ledger.Repos](w *ledgerWorld[R]) {
	stands := w.post(move("settle", clearing, cash, 10))[0]
	fresh := stands
	fresh.ID = id("fresh")
	before := w.all()
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		err := r.Ledger().Write(ctx, ledger.Changes{Transfers: []ledger.Transfer{fresh, stands}})
		refused(w.T, err, lance.Conflict, "transfer_exists")
		return nil // a refusal that leaves nothing does not break the transaction
	}))
	require.Equal(w, before, w.all())
	require.Len(w, w.find(), 1)
}
