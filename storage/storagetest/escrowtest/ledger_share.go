package escrowtest

import (
	"context"
	"strconv"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// sharingLaws are those of ledger.Service, whose callers share a commit: also with
// callers of another service on the same store, as in another process, and with
// transactions of their own.
func sharingLaws[R ledger.Repos]() []ledgerLaw[R] {
	return []ledgerLaw[R]{
		{"callers who share a commit never overdraw", sharedOverdraft[R]},
		{"a set that fails does not touch those it shares a commit with", sharedFailure[R]},
		{"of many who share a commit and post the same transfer all get the same one", sharedRepeat[R]},
		{"opposite transfers of callers who share do not deadlock", sharedOpposite[R]},
		{"what one reserves another resolves", sharedPending[R]},
		{"a caller who gives up has posted all or nothing", sharedGivenUp[R]},
		{"a large set is posted by itself", sharedLarge[R]},
	}
}

// posters returns ways to post: by two services, and in a transaction of its own.
func (w *ledgerWorld[R]) posters() []func(ctx context.Context, ts ...ledger.Transfer) ([]ledger.Transfer, error) {
	return []func(ctx context.Context, ts ...ledger.Transfer) ([]ledger.Transfer, error){
		ledger.NewService(w.db).Post,
		ledger.NewService(w.db).Post,
		func(ctx context.Context, ts ...ledger.Transfer) ([]ledger.Transfer, error) {
			return lance.Do(ctx, w.db, "post", func(ctx context.Context, r R) ([]ledger.Transfer, error) { return ledger.Post(ctx, r, ts...) })
		},
	}
}

// shared runs fn for n callers, most of whom share, and returns how many
// succeeded; the others must have been refused with one of the codes.
func (w *ledgerWorld[R]) shared(n int, set func(i int) []ledger.Transfer, codes ...string) int {
	w.Helper()
	post := w.posters()
	return w.many(n, func(i int) error {
		_, err := post[i%8%3](w.Context(), set(i)...)
		return err
	}, codes...)
}

func sharedOverdraft[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	won := w.shared(48, func(i int) []ledger.Transfer {
		return []ledger.Transfer{move("spend "+strconv.Itoa(i), ann, ledger.Hold("agr_"+strconv.Itoa(i), lance.USD), 9)}
	}, "balance_insufficient")
	require.Equal(w, 11, won)
	w.has(ann, 1)
}

// sharedFailure lets every second set fail in its last transfer, on the balances
// that the others move.
func sharedFailure[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 1000))
	won := w.shared(48, func(i int) []ledger.Transfer {
		step := strconv.Itoa(i)
		set := []ledger.Transfer{move("a "+step, ann, bob, 10), move("b "+step, bob, hold, 10)}
		if i%2 == 1 {
			set = append(set, move("c "+step, bob, hold, 1_000_000))
		}
		return set
	}, "balance_insufficient")
	require.Equal(w, 24, won)
	w.has(ann, 760)
	w.has(bob, 0)
	w.has(hold, 240)
	require.Len(w, w.find(), 1+48)
}

func sharedRepeat[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	set := func(i int) []ledger.Transfer {
		return []ledger.Transfer{move("fund", ann, hold, 10), move("fee", hold, fee, 1)}
	}
	require.Equal(w, 16, w.shared(16, set))
	w.has(ann, 90)
	won := w.shared(16, func(i int) []ledger.Transfer { return []ledger.Transfer{move("again", ann, hold, int64(i+1))} }, "transfer_reused")
	require.Equal(w, 1, won)
}

func sharedOpposite[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("ann", ann, 100), topUp("bob", bob, 100))
	for range 3 {
		require.Equal(w, 32, w.shared(32, func(i int) []ledger.Transfer {
			from, to := ann, bob
			if i%2 == 0 {
				from, to = bob, ann
			}
			step := strconv.Itoa(i) + "/" + strconv.Itoa(len(w.find()))
			return []ledger.Transfer{move("to "+step, from, hold, 2), move("over "+step, hold, to, 2)}
		}))
	}
	w.has(ann, 100)
	w.has(bob, 100)
	w.has(hold, 0)
}

func sharedPending[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	require.Equal(w, 10, w.shared(10, func(i int) []ledger.Transfer {
		return []ledger.Transfer{reserve("payout "+strconv.Itoa(i), ann, cash, 10)}
	}))
	w.hasReserved(ann, 100, 100)
	won := w.shared(20, func(i int) []ledger.Transfer {
		done := settle("end "+strconv.Itoa(i), "payout "+strconv.Itoa(i/2), 10)
		done.Debit, done.Credit = ledger.Account{}, ledger.Account{}
		return []ledger.Transfer{done}
	}, "transfer_settled")
	require.Equal(w, 10, won)
	w.hasReserved(ann, 0, 0)
	require.Equal(w, 0, w.shared(4, func(i int) []ledger.Transfer {
		return []ledger.Transfer{void("nothing "+strconv.Itoa(i), "no such payout")}
	}, "transfer_settled"))
}

// sharedGivenUp cancels callers who wait: each has an answer that is true.
func sharedGivenUp[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 1000))
	post := w.posters()
	const n = 32
	posted := make([]bool, n)
	w.many(n, func(i int) error {
		ctx, cancel := context.WithCancel(w.Context())
		defer cancel()
		done := make(chan error, 1)
		go func() {
			_, err := post[i%2](ctx, move(strconv.Itoa(i), ann, hold, 1))
			done <- err
		}()
		if i%2 == 0 {
			cancel()
		}
		err := <-done
		posted[i] = err == nil
		if i%2 == 0 && err != nil {
			require.ErrorIs(w, err, context.Canceled)
			return nil
		}
		return err
	})
	stands := map[ledger.TransferID]bool{}
	for _, t := range w.find() {
		stands[t.ID] = true
	}
	for i, is := range posted {
		require.Equal(w, is, stands[move(strconv.Itoa(i), ann, hold, 1).ID], i)
	}
}

func sharedLarge[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 1000))
	set := make([]ledger.Transfer, 100)
	for i := range set {
		set[i] = move(strconv.Itoa(i), ann, hold, 1)
	}
	out, err := ledger.NewService(w.db).Post(w.Context(), set...)
	require.NoError(w, err)
	require.Len(w, out, 100)
	w.has(hold, 100)
	_, err = ledger.NewService(w.db).Post(w.Context(), move("x", ann, ann, 1))
	require.ErrorIs(w, err, lance.Invalid)
	out, err = ledger.NewService(w.db).Post(w.Context())
	require.NoError(w, err)
	require.Empty(w, out)
}
