package escrowtest

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func incidents[R ledger.Repos]() []ledgerLaw[R] {
	return []ledgerLaw[R]{
		{"getdokan/dokan#189", severalWithdrawals[R]},
		{"getdokan/dokan#1331", negativeWithdrawal[R]},
		{"getdokan/dokan#905", refundLowersEarnings[R]},
		{"getdokan/dokan#34", neverReceived[R]},
		{"blnkfinance/blnk#152", secondRefund[R]},
		{"blnkfinance/blnk#181", holdsReduce[R]},
		{"blnkfinance/blnk#62", commitTooMuch[R]},
		{"blnkfinance/blnk#323", currencyOnEveryAmount[R]},
		{"formancehq/stack#1464", duplicateCredit[R]},
		{"formancehq/ledger#379", overdraftWhereDeclared[R]},
		{"tigerbeetle/tigerbeetle#315", expiryFreesOnce[R]},
		{"audit 274", noReadComputeWrite[R]},
	}
}

// Several pending withdrawals can never exceed what is available.
func severalWithdrawals[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("earned", bob, 100))
	won := w.many(8, func(i int) error { return w.only(reserve("payout "+strconv.Itoa(i), bob, cash, 60)) }, "balance_insufficient")
	require.Equal(w, 1, won)
	w.hasReserved(bob, 100, 60)
	w.refuse(lance.Insufficient, "balance_insufficient", reserve("one more", bob, cash, 41))
}

// A negative or zero withdrawal is refused.
func negativeWithdrawal[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("earned", bob, 100))
	for _, minor := range []int64{0, -1, -100} {
		w.refuse(lance.Invalid, "invalid_input", reserve("payout", bob, cash, minor))
		w.refuse(lance.Invalid, "invalid_input", move("payout", bob, cash, minor))
	}
}

// A refund lowers the seller's earnings and withdrawable balance.
func refundLowersEarnings[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fund", ann, hold, 100))
	w.post(move("release", hold, bob, 90), move("fee", hold, fee, 10))
	w.post(move("refund", bob, ann, 90), move("fee back", fee, ann, 10))
	w.has(bob, 0)
	w.has(fee, 0)
	w.has(ann, 100)
	w.refuse(lance.Insufficient, "balance_insufficient", reserve("payout", bob, cash, 1))
}

// Money that the platform never received is never withdrawable; its commission
// becomes a debt.
func neverReceived[R ledger.Repos](w *ledgerWorld[R]) {
	w.refuse(lance.Insufficient, "balance_insufficient", reserve("payout", bob, cash, 90))
	owed := ledger.Receivable("bob", lance.USD)
	w.post(move("commission", owed, fee, 10))
	w.has(owed, 10)
	w.has(fee, 10)
	w.has(bob, 0)
}

// A second refund of the same payment is a no-op or a conflict.
func secondRefund[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fund", ann, hold, 100))
	refund := move("refund", hold, ann, 60)
	w.post(refund)
	w.post(refund)
	w.has(ann, 60)
	refund.Amount = usd(40)
	w.refuse(lance.Conflict, "transfer_reused", refund)
	w.has(hold, 40)
}

// Holds and queued debits reduce what is available.
func holdsReduce[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), reserve("queued", ann, cash, 30), move("fund", ann, hold, 50))
	require.Equal(w, usd(20), w.balance(ann).Available())
	w.refuse(lance.Insufficient, "balance_insufficient", move("more", ann, hold, 21))
}

// A hold cannot be committed for more than it holds.
func commitTooMuch[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), reserve("hold", ann, cash, 30))
	w.refuse(lance.Precondition, "transfer_exceeds", settle("commit", "hold", 31))
	w.post(settle("commit", "hold", 20))
	w.refuse(lance.Precondition, "transfer_settled", settle("rest", "hold", 10))
	w.has(ann, 80)
}

// Every amount in every response carries its currency.
func currencyOnEveryAmount[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fee", ann, fee, 10))
	w.step()
	lines := w.statement(ann)
	for _, m := range []lance.Money{
		w.balance(ann).Posted, w.balance(ann).PendingOut, w.balance(ann).Available(), w.balance(bob).Posted, w.balance(cash).Posted,
		lines[0].Change, lines[0].Balance, lines[0].Transfer.Amount, *lines[0].Transfer.DebitAfter, w.statement(fee)[0].Balance,
	} {
		text, err := json.Marshal(m)
		require.NoError(w, err)
		require.Contains(w, string(text), `"currency":"USD"`)
	}
}

// A duplicate webhook credits once.
func duplicateCredit[R ledger.Repos](w *ledgerWorld[R]) {
	won := w.many(12, func(int) error { return w.only(topUp("evt_1", ann, 100)) })
	require.Equal(w, 12, won)
	w.has(ann, 100)
}

// Overdraft only where declared, and there it works.
func overdraftWhereDeclared[R ledger.Repos](w *ledgerWorld[R]) {
	for i, kind := range ledger.Kinds() {
		a := ledger.Account{Kind: kind, Currency: lance.USD}
		if a.Check() != nil {
			a.Owner = "someone"
		}
		step := strconv.Itoa(i)
		out := move(step, a, ledger.Loss(lance.USD), 10)
		if kind.Class() == ledger.Asset {
			out = move(step, ledger.Loss(lance.USD), a, 10)
		}
		if kind == ledger.KindLoss {
			out.Credit = fee
		}
		if kind.Floor() {
			w.refuse(lance.Insufficient, "balance_insufficient", out)
			continue
		}
		before := w.balance(a).Posted.Minor()
		w.post(out)
		require.Equal(w, before-10, w.balance(a).Posted.Minor(), kind)
	}
}

// An expired hold frees its funds once, and is listable.
func expiryFreesOnce[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), w.expiring("hold", 80))
	w.clock.Move(2 * time.Hour)
	require.Equal(w, id("hold"), w.open(ann)[0].ID)
	won := w.many(4, func(int) error {
		_, err := lance.NewWorker(w.db, ledger.Jobs[R](), nil).Step(w.Context(), w.clock.Now())
		return err
	})
	require.Equal(w, 4, won)
	w.has(ann, 100)
	require.Empty(w, w.open(ann))
	w.view(func(ctx context.Context, r R) error {
		found, err := ledger.TransfersOf(ctx, r, id("hold"))
		require.NoError(w, err)
		require.NotEmpty(w, found[0].SettledBy)
		return nil
	})
}

// No read-compute-write on balances: two who have read the same balance cannot
// both spend it.
func noReadComputeWrite[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	won := w.many(8, func(i int) error {
		return w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
			read, err := ledger.BalancesOf(ctx, r, ann)
			if err != nil || read[0].Posted.Minor() < 70 {
				return lance.E(lance.Insufficient, "balance_insufficient", "")
			}
			_, err = ledger.Post(ctx, r, move(strconv.Itoa(i), ann, hold, 70))
			return err
		})
	}, "balance_insufficient")
	require.Equal(w, 1, won)
	w.has(ann, 30)
}
