package escrowtest

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func racingLaws[R ledger.Repos]() []ledgerLaw[R] {
	return []ledgerLaw[R]{
		{"concurrent debits never overdraw", overdraft[R]},
		{"of many who post the same transfer all get the same one", sameByMany[R]},
		{"of many who post one ID with other content one wins", reusedByMany[R]},
		{"of many who move between accounts without a floor the same transfer stands once", floorlessByMany[R]},
		{"opposite transfers do not deadlock", opposite[R]},
		{"many may credit an account that is not there yet", newAccount[R]},
		{"concurrent pending transfers never exceed what is available", pendingByMany[R]},
		{"of many who post or void a pending transfer one wins", resolvedByMany[R]},
		{"lots conserve when many draw on them", lotsByMany[R]},
		{"a balance without a floor is right at every moment while the log is sealed", sealing[R]},
	}
}

// many runs fn in n goroutines and returns how many succeeded. All others must
// have been refused with one of the codes.
func (w *ledgerWorld[R]) many(n int, fn func(i int) error, codes ...string) int {
	w.Helper()
	var group sync.WaitGroup
	var won atomic.Int64
	faults := make([]error, n)
	for i := range n {
		group.Go(func() {
			if faults[i] = fn(i); faults[i] == nil {
				won.Add(1)
			}
		})
	}
	group.Wait()
	for _, err := range faults {
		if err != nil {
			require.Contains(w, codes, lance.CodeOf(err), "%v", err)
		}
	}
	return int(won.Load())
}

func (w *ledgerWorld[R]) only(ts ...ledger.Transfer) error {
	_, err := w.try(ts...)
	return err
}

func overdraft[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	won := w.many(32, func(i int) error {
		return w.only(move("spend "+strconv.Itoa(i), ann, ledger.Hold("agr_"+strconv.Itoa(i), lance.USD), 9))
	}, "balance_insufficient")
	require.Equal(w, 11, won)
	w.has(ann, 1)
}

func sameByMany[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	var mu sync.Mutex
	var got [][]ledger.Transfer
	won := w.many(16, func(int) error {
		out, err := w.try(move("fund", ann, hold, 10), move("fee", hold, fee, 1))
		mu.Lock()
		defer mu.Unlock()
		got = append(got, out)
		return err
	})
	require.Equal(w, 16, won)
	for _, out := range got {
		require.Equal(w, got[0], out)
	}
	w.has(ann, 90)
	w.has(fee, 1)
}

func reusedByMany[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 1000))
	won := w.many(16, func(i int) error { return w.only(move("fund", ann, hold, int64(i+1))) }, "transfer_reused")
	require.Equal(w, 1, won)
	require.Len(w, w.find(), 2)
}

func floorlessByMany[R ledger.Repos](w *ledgerWorld[R]) {
	won := w.many(16, func(int) error { return w.only(move("settle", clearing, cash, 10), move("cost", fee, cash, 1)) })
	require.Equal(w, 16, won)
	w.has(cash, -11)
	won = w.many(16, func(i int) error { return w.only(move("again", clearing, cash, int64(i+1))) }, "transfer_reused")
	require.Equal(w, 1, won)
	require.Len(w, w.find(), 3)
}

func opposite[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("ann", ann, 100), topUp("bob", bob, 100))
	won := w.many(16, func(i int) error {
		from, to := ann, bob
		if i%2 == 0 {
			from, to = bob, ann
		}
		for j := range 5 {
			step := strconv.Itoa(i*10 + j)
			if err := w.only(move("to "+step, from, hold, 2), move("over "+step, hold, to, 2)); err != nil {
				return err
			}
		}
		return nil
	})
	require.Equal(w, 16, won)
	w.has(ann, 100)
	w.has(bob, 100)
	w.has(hold, 0)
}

func newAccount[R ledger.Repos](w *ledgerWorld[R]) {
	won := w.many(16, func(i int) error {
		return w.only(topUp("in "+strconv.Itoa(i), ann, 1), topUp("bob "+strconv.Itoa(i), bob, 2))
	})
	require.Equal(w, 16, won)
	w.has(ann, 16)
	w.has(bob, 32)
}

func pendingByMany[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	won := w.many(16, func(i int) error { return w.only(reserve("payout "+strconv.Itoa(i), ann, cash, 30)) }, "balance_insufficient")
	require.Equal(w, 3, won)
	w.hasReserved(ann, 100, 90)
}

func resolvedByMany[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), reserve("payout", ann, cash, 60))
	won := w.many(16, func(i int) error {
		step := "end " + strconv.Itoa(i)
		if i%2 == 0 {
			return w.only(void(step, "payout"))
		}
		return w.only(settle(step, "payout", 60))
	}, "transfer_settled")
	require.Equal(w, 1, won)
	left := w.balance(ann)
	require.True(w, left.PendingOut.IsZero())
	require.Contains(w, []int64{40, 100}, left.Posted.Minor())
}

func lotsByMany[R ledger.Repos](w *ledgerWorld[R]) {
	for i := range 10 {
		w.post(topUp("in "+strconv.Itoa(i), ann, 10))
		w.clock.Move(1e9)
	}
	won := w.many(16, func(i int) error {
		return w.only(move("fund "+strconv.Itoa(i), ann, hold, 7))
	}, "balance_insufficient")
	require.Equal(w, 14, won)
	require.Equal(w, []string{"in 9 2"}, w.shares(ann))
	require.Len(w, w.shares(hold), 10)
}

// sealing posts while another seals: each reader sees a fee that only grows and
// that is as large as what was posted when it began.
func sealing[R ledger.Repos](w *ledgerWorld[R]) {
	const posters, rounds = 4, 12
	w.post(topUp("in", ann, 1000))
	var done atomic.Int64
	won := w.many(posters+2, func(i int) error {
		switch i {
		case posters:
			return w.sealWhile(&done, posters)
		case posters + 1:
			return w.watch(&done, posters)
		}
		defer done.Add(1)
		for j := range rounds {
			if err := w.only(move(strconv.Itoa(i)+"/"+strconv.Itoa(j), ann, fee, 1)); err != nil {
				return err
			}
		}
		return nil
	})
	require.Equal(w, posters+2, won)
	w.has(fee, posters*rounds)
	w.step()
	w.has(fee, posters*rounds)
}

func (w *ledgerWorld[R]) sealWhile(done *atomic.Int64, posters int64) error {
	for done.Load() < posters {
		err := w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			_, err := r.Log().Seal(ctx, 5)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// watch requires, in views and in transactions, that the books always balance
// and the fee never shrinks.
func (w *ledgerWorld[R]) watch(done *atomic.Int64, posters int64) error {
	last := int64(0)
	look := func(ctx context.Context, r R) error {
		bs, err := ledger.BalancesOf(ctx, r, fee)
		if err != nil {
			return err
		}
		if bs[0].Posted.Minor() < last {
			return lance.E(lance.Internal, "fee_shrank", "a balance without a floor has lost a transfer")
		}
		last = bs[0].Posted.Minor()
		trial, err := ledger.TrialBalance(ctx, r)
		if err == nil && !trial.Balanced() {
			err = lance.E(lance.Internal, "trial_unbalanced", "the books do not sum to zero")
		}
		return err
	}
	for done.Load() < posters {
		if err := w.db.View(w.Context(), look); err != nil {
			return err
		}
		if err := w.db.InTx(w.Context(), look); err != nil {
			return err
		}
	}
	return nil
}
