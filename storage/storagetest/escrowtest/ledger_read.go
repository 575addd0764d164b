package escrowtest

import (
	"context"
	"encoding/binary"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func readLaws[R ledger.Repos]() []ledgerLaw[R] {
	return []ledgerLaw[R]{
		{"balances come in the order asked for, nothing for what is not there", balances[R]},
		{"a balance without a floor counts what is not sealed, before, between and after sealing", tail[R]},
		{"a statement is the fold of its lines", statementFolds[R]},
		{"pages of a statement stay put while lines are added", statementStable[R]},
		{"a statement without a floor follows the log", statementSealed[R]},
		{"a statement refuses a bad page", statementBad[R]},
		{"currencies are kept apart", currencies[R]},
		{"a random history balances, whatever is refused on the way", history[R]},
		{"a transfer is read back as it was posted", readBack[R]},
		{"transfers are found in order, page by page", findPages[R]},
		{"who asks for an unknown transfer is told", unknown[R]},
	}
}

func balances[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fee", ann, fee, 10))
	w.view(func(ctx context.Context, r R) error {
		got, err := ledger.BalancesOf(ctx, r, fee, bob, ann, cash, fee)
		require.NoError(w, err)
		require.Len(w, got, 5)
		for i, want := range []ledger.Balance{
			{Account: fee, Posted: usd(10), PendingOut: usd(0), Lines: 1},
			{Account: bob, Posted: usd(0), PendingOut: usd(0)},
			{Account: ann, Posted: usd(90), PendingOut: usd(0), Lines: 2},
			{Account: cash, Posted: usd(0), PendingOut: usd(0)},
			{Account: fee, Posted: usd(10), PendingOut: usd(0), Lines: 1},
		} {
			require.Equal(w, want, got[i])
		}
		_, err = ledger.BalancesOf(ctx, r, ann, ledger.Account{})
		refused(w.T, err, lance.Invalid, "account_kind")
		return nil
	})
}

func tail[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 1000))
	for i := range 9 {
		w.post(move(strconv.Itoa(i), ann, fee, int64(i+1)))
		w.has(fee, int64((i+1)*(i+2)/2))
		require.Equal(w, int64(i+1), w.balance(fee).Lines)
		if i%3 == 1 {
			w.step()
			w.has(fee, int64((i+1)*(i+2)/2))
		}
	}
	before := w.all()
	w.step()
	require.Equal(w, before, w.all())
	w.post(move("back", fee, ann, 45))
	w.has(fee, 0)
}

func statementFolds[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fund", ann, hold, 70))
	w.post(move("refund", hold, ann, 20), reserve("payout", ann, cash, 30))
	w.post(settle("post", "payout", 25))
	got := make([]string, 0, 4)
	for _, l := range w.statement(ann) {
		got = append(got, l.Change.Amount()+" "+l.Balance.Amount())
	}
	require.Equal(w, []string{"-0.25 0.25", "0.20 0.50", "-0.70 0.30", "1.00 1.00"}, got, "latest first")
}

func statementStable[R ledger.Repos](w *ledgerWorld[R]) {
	for i := range 10 {
		w.post(topUp(strconv.Itoa(i), ann, 10))
	}
	page := func(q lance.PageQuery) (p lance.Page[ledger.Line]) {
		w.view(func(ctx context.Context, r R) (err error) {
			p, err = ledger.Statement(ctx, r, ann, q)
			return err
		})
		return p
	}
	first := page(lance.PageQuery{Limit: 4})
	w.post(topUp("more", ann, 10))
	second := page(lance.PageQuery{Limit: 4, Cursor: first.Next})
	third := page(lance.PageQuery{Limit: 4, Cursor: second.Next})
	require.Equal(w, int64(10), first.Items[0].N)
	require.Equal(w, int64(6), second.Items[0].N)
	require.Equal(w, int64(2), third.Items[0].N)
	require.Len(w, third.Items, 2)
	require.Empty(w, third.Next)
}

func statementSealed[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("one", ann, fee, 10))
	require.Empty(w, w.statement(fee))
	w.step()
	w.post(move("two", ann, fee, 20), move("back", fee, ann, 5))
	require.Len(w, w.statement(fee), 1)
	w.step()
	got := w.statement(fee)
	require.Len(w, got, 3)
	require.Equal(w, usd(25), got[0].Balance)
	require.Equal(w, id("one"), got[2].Transfer.ID)
	require.Equal(w, usd(10), got[2].Balance)
	w.step()
	require.Equal(w, got, w.statement(fee))
}

func statementBad[R ledger.Repos](w *ledgerWorld[R]) {
	w.view(func(ctx context.Context, r R) error {
		for _, q := range []lance.PageQuery{{Limit: -1}, {Limit: 101}, {Cursor: "x"}} {
			_, err := ledger.Statement(ctx, r, ann, q)
			require.ErrorIs(w, err, lance.Invalid)
		}
		_, err := ledger.Statement(ctx, r, ledger.Account{Kind: ledger.KindFee}, lance.PageQuery{})
		refused(w.T, err, lance.Invalid, "currency_unknown")
		return nil
	})
}

func currencies[R ledger.Repos](w *ledgerWorld[R]) {
	euro := ledger.Available("ann", lance.EUR)
	w.post(topUp("usd", ann, 100), topUp("eur", euro, 50))
	w.post(topUp("yen", ledger.Available("ann", lance.JPY), 7), move("fee", euro, ledger.Fee(lance.EUR), 5))
	w.has(ann, 100)
	w.has(euro, 45)
	w.view(func(ctx context.Context, r R) error {
		trial, err := ledger.TrialBalance(ctx, r)
		require.NoError(w, err)
		require.Equal(w, ledger.Trial{Currencies: []ledger.Total{
			{Currency: lance.EUR, Imbalance: lance.NewMoney(0, lance.EUR), Accounts: 3, Transfers: 2},
			{Currency: lance.JPY, Imbalance: lance.NewMoney(0, lance.JPY), Accounts: 2, Transfers: 1},
			{Currency: lance.USD, Imbalance: lance.NewMoney(0, lance.USD), Accounts: 2, Transfers: 1},
		}}, trial)
		return nil
	})
}

// dice is a seeded source of small numbers.
type dice struct{ lance.Entropy }

func (d dice) below(n int) int {
	var b [8]byte
	d.Fill(b[:])
	return int(binary.BigEndian.Uint64(b[:]) % uint64(n))
}

// history posts random sets, of which many are refused; soundness is what every
// case ends with.
func history[R ledger.Repos](w *ledgerWorld[R]) {
	d := dice{lance.SeededEntropy(7)}
	accounts := []ledger.Account{ann, bob, hold, ledger.Hold("agr_2", lance.USD), ledger.Receivable("bob", lance.USD), fee, cash}
	stood := 0
	for i := range 150 {
		set := make([]ledger.Transfer, 1+d.below(3))
		for j := range set {
			set[j] = randomTransfer(d, accounts, strconv.Itoa(i)+"/"+strconv.Itoa(j))
		}
		_, err := w.try(set...)
		switch {
		case err == nil:
			stood++
		case d.below(2) == 0:
			require.Contains(w, []lance.Kind{lance.Insufficient, lance.Precondition, lance.Invalid}, lance.KindOf(err), "%v", err)
		}
		if d.below(20) == 0 {
			w.clock.Move(30 * time.Minute)
			w.step()
		}
	}
	require.Greater(w, stood, 40)
	w.step()
	verifies(w.T, w.db, ledger.Scope[R]())
}

func randomTransfer(d dice, accounts []ledger.Account, step string) ledger.Transfer {
	from, to := accounts[d.below(len(accounts))], accounts[d.below(len(accounts))]
	amount := int64(1 + d.below(50))
	switch d.below(6) {
	case 0, 1:
		return topUp(step, accounts[d.below(3)], 2*amount)
	case 2:
		t := reserve(step, from, to, amount)
		t.ExpiresAt = epoch.Add(time.Duration(d.below(10)) * time.Hour)
		return t
	case 3:
		past := strconv.Itoa(d.below(150)) + "/0"
		if d.below(2) == 0 {
			return void(step, past)
		}
		return settle(step, past, amount)
	}
	return move(step, from, to, amount)
}

// readBack posts a transfer of every shape and requires that all ways to read
// return it to the last field.
func readBack[R ledger.Repos](w *ledgerWorld[R]) {
	pending := w.expiring("pending", 7)
	undo := move("undo", fee, ann, 3)
	undo.Corrects = id("fee")
	out := w.post(topUp("in", ann, 100), move("gift", ledger.Promo(lance.USD), bob, 5), move("fund", ann, hold, 40),
		move("fee", hold, fee, 3), undo, pending, w.expiring("other", 2), settle("post", "pending", 6), void("void", "other"))
	w.clock.Move(time.Hour)
	byID := map[ledger.TransferID]ledger.Transfer{}
	for _, t := range out {
		byID[t.ID] = t
	}
	for _, t := range w.find() {
		require.Equal(w, byID[t.ID], t)
	}
	for _, a := range []ledger.Account{ann, bob, hold} {
		for _, l := range w.statement(a) {
			require.Equal(w, byID[l.Transfer.ID], l.Transfer)
		}
	}
	require.Equal(w, out, w.post(out...))
}

func findPages[R ledger.Repos](w *ledgerWorld[R]) {
	for i := range 7 {
		w.post(topUp(strconv.Itoa(i), ann, 10))
	}
	all := w.find()
	w.view(func(ctx context.Context, r R) error {
		var got []ledger.Transfer
		q := ledger.Query{Limit: 3}
		for {
			page, err := r.Ledger().Find(ctx, q)
			require.NoError(w, err)
			got = append(got, page...)
			if len(page) < 3 {
				break
			}
			q.After = page[2].ID
		}
		require.Equal(w, all, got)
		none, err := r.Ledger().Find(ctx, ledger.Query{IDs: []ledger.TransferID{}})
		require.NoError(w, err)
		require.Empty(w, none)
		return nil
	})
	for i := range all[1:] {
		require.Less(w, all[i].ID, all[i+1].ID)
	}
}

func unknown[R ledger.Repos](w *ledgerWorld[R]) {
	w.view(func(ctx context.Context, r R) error {
		_, err := ledger.TransfersOf(ctx, r, id("never"))
		refused(w.T, err, lance.NotFound, "transfer_not_found")
		return nil
	})
}
