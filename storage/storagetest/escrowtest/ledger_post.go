package escrowtest

import (
	"context"
	"errors"
	"math"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func postLaws[R ledger.Repos]() []ledgerLaw[R] {
	return []ledgerLaw[R]{
		{"a transfer moves its amount from the debit to the credit account", moves[R]},
		{"a set posts in order, so that one moves on what another brought", setInOrder[R]},
		{"a set that fails in the middle leaves nothing", setFails[R]},
		{"an account with a floor never goes below it", floors[R]},
		{"an account without a floor may go below zero", noFloor[R]},
		{"a debt cannot be paid beyond what is owed", receivable[R]},
		{"the same set again changes nothing and returns what stands", again[R]},
		{"the same ID with other content is a conflict", reused[R]},
		{"the same transfer twice in one set posts once", twiceInSet[R]},
		{"a retry with more transfers adds only the new ones", grown[R]},
		{"bad input is refused field by field and changes nothing", badInput[R]},
		{"a balance cannot exceed 64 bits", overflow[R]},
		{"a correction names a transfer that stands", corrects[R]},
		{"owners are told apart byte by byte", owners[R]},
		{"a large set posts at once", largeSet[R]},
		{"a savepoint that fails takes its transfers back", savepoint[R]},
	}
}

func moves[R ledger.Repos](w *ledgerWorld[R]) {
	out := w.post(topUp("in", ann, 1000))
	w.has(ann, 1000)
	w.has(clearing, 1000)
	require.Equal(w, usd(1000), *out[0].CreditAfter)
	require.Nil(w, out[0].DebitAfter, "clearing has no floor")
	require.Equal(w, int64(1), out[0].CreditN)
	require.Equal(w, w.clock.Now(), out[0].At)

	w.post(move("fund", ann, hold, 600))
	w.post(move("release", hold, bob, 540), move("fee", hold, fee, 60))
	w.has(ann, 400)
	w.has(hold, 0)
	w.has(bob, 540)
	w.has(fee, 60)
}

func setInOrder[R ledger.Repos](w *ledgerWorld[R]) {
	out := w.post(topUp("in", ann, 100), move("fund", ann, hold, 100), move("release", hold, bob, 100))
	require.Equal(w, usd(0), *out[1].DebitAfter)
	require.Equal(w, int64(2), out[1].DebitN)
	w.has(bob, 100)
	w.refuse(lance.Insufficient, "balance_insufficient", move("fund/2", ann, hold, 5), topUp("in/2", ann, 5))
}

func setFails[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	before := w.find()
	w.refuse(lance.Insufficient, "balance_insufficient",
		move("one", ann, hold, 60), move("two", hold, fee, 10), move("three", ann, hold, 41))
	require.Equal(w, before, w.find())
	require.Equal(w, []string{"in 100"}, w.shares(ann))
}

func floors[R ledger.Repos](w *ledgerWorld[R]) {
	for i, a := range []ledger.Account{
		ann, hold, ledger.Pending("ann", lance.USD), ledger.Clearance("ann", lance.USD), ledger.Payout("ann", lance.USD),
		ledger.Reserve("ann", lance.USD), ledger.Guarantee(lance.USD),
	} {
		step := string(rune('a' + i))
		w.refuse(lance.Insufficient, "balance_insufficient", move(step+"/none", a, cash, 1))
		w.post(topUp(step, a, 10))
		w.refuse(lance.Insufficient, "balance_insufficient", move(step+"/more", a, cash, 11))
		w.post(move(step+"/all", a, cash, 10))
		w.has(a, 0)
	}
}

func noFloor[R ledger.Repos](w *ledgerWorld[R]) {
	promo, cost := ledger.Promo(lance.USD), ledger.CostProvider("sandbox", lance.USD)
	w.post(move("gift", promo, ann, 500), move("charge", cost, cash, 30))
	w.has(promo, -500)
	w.has(cost, -30)
	w.has(cash, -30)
	w.has(ann, 500)
}

func receivable[R ledger.Repos](w *ledgerWorld[R]) {
	owed := ledger.Receivable("bob", lance.USD)
	w.refuse(lance.Insufficient, "balance_insufficient", move("pay/none", cash, owed, 1))
	w.post(move("owe", owed, ledger.Disputed("sandbox", lance.USD), 70))
	w.has(owed, 70)
	w.refuse(lance.Insufficient, "balance_insufficient", move("pay/much", cash, owed, 71))
	w.post(topUp("earn", bob, 50), move("net", bob, owed, 50))
	w.has(owed, 20)
	w.has(bob, 0)
}

func again[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	set := []ledger.Transfer{move("fund", ann, hold, 100), move("fee", hold, fee, 10)}
	first := w.post(set...)
	before, found := w.all(), w.find()
	w.clock.Move(1e9)
	require.Equal(w, first, w.post(set...))
	require.Equal(w, first[:1], w.post(first[0]), "what was returned may be posted again, too")
	require.Equal(w, before, w.all())
	require.Equal(w, found, w.find())
}

func reused[R ledger.Repos](w *ledgerWorld[R]) {
	in := topUp("in", ann, 1000)
	w.post(in, topUp("other", bob, 1000))
	fund := move("fund", ann, hold, 100)
	w.post(fund)
	for name, change := range map[string]func(t *ledger.Transfer){
		"amount":  func(t *ledger.Transfer) { t.Amount = usd(99) },
		"debit":   func(t *ledger.Transfer) { t.Debit = bob },
		"credit":  func(t *ledger.Transfer) { t.Credit = fee },
		"code":    func(t *ledger.Transfer) { t.Code = ledger.CodeRefund },
		"subject": func(t *ledger.Transfer) { t.Subject.ID = "2" },
		"pending": func(t *ledger.Transfer) { t.Pending = true },
		"lots": func(t *ledger.Transfer) {
			t.Lots = []ledger.LotShare{{Lot: "lot_00000000000000000000000000", Amount: usd(100)}}
		},
		"correct": func(t *ledger.Transfer) { t.Corrects = in.ID },
	} {
		other := fund
		change(&other)
		_, err := w.try(other)
		require.ErrorIs(w, err, lance.Conflict, name)
		require.Equal(w, "transfer_reused", lance.CodeOf(err), name)
	}
	other := in
	other.Lot = &ledger.Lot{Provider: "elsewhere"}
	w.refuse(lance.Conflict, "transfer_reused", other)
	w.refuse(lance.Conflict, "transfer_reused", move("new", ann, hold, 1), other)
	w.has(ann, 900)
}

func twiceInSet[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	fund := move("fund", ann, hold, 30)
	out := w.post(fund, fund)
	require.Equal(w, out[0], out[1])
	w.has(hold, 30)
	other := move("more", ann, hold, 30)
	changed := move("more", ann, hold, 31)
	w.refuse(lance.Conflict, "transfer_reused", other, changed)
}

func grown[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fund", ann, hold, 60))
	out := w.post(move("fund", ann, hold, 60), move("rest", ann, hold, 40))
	require.Equal(w, int64(2), out[0].DebitN)
	require.Equal(w, int64(3), out[1].DebitN)
	w.has(hold, 100)
}

func overflow[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, math.MaxInt64-5))
	w.refuse(lance.Invalid, "money_overflow", topUp("more", ann, 6))
	w.has(ann, math.MaxInt64-5)
}

func corrects[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("wrong", ann, fee, 10))
	undo := move("undo", fee, ann, 10)
	undo.Code, undo.Corrects = ledger.CodeCorrect, id("never")
	w.refuse(lance.NotFound, "transfer_not_found", undo)
	undo.Corrects = id("wrong")
	out := w.post(undo)
	require.Equal(w, id("wrong"), out[0].Corrects)
	w.has(ann, 100)
	w.has(fee, 0)
}

func owners[R ledger.Repos](w *ledgerWorld[R]) {
	names := []lance.PartyID{"42", "ann", "Ann", "ANN", "ann ", "a:nn", "änn", "añn", "安", "👩‍🚀", "%", "_nn", "'"}
	for i, p := range names {
		w.post(topUp(string(p), ledger.Available(p, lance.USD), int64(i+1)))
	}
	for i, p := range names {
		w.has(ledger.Available(p, lance.USD), int64(i+1))
	}
	w.has(ledger.Available("ann", lance.EUR), 0)
	w.has(ledger.Hold("ann", lance.USD), 0)
}

func largeSet[R ledger.Repos](w *ledgerWorld[R]) {
	set := []ledger.Transfer{topUp("in", ann, 1000)}
	for i := range ledger.MaxSet - 1 {
		t := move("part", ann, ledger.Hold(string(lance.DeriveID[ledger.TransferID]("agr", lance.LeafOf([]byte{byte(i), byte(i >> 8)}))), lance.USD), 1)
		t.ID = ledger.TransferIDFor(subject, "part", i)
		set = append(set, t)
	}
	w.post(set...)
	w.has(ann, 1)
	w.refuse(lance.Invalid, "invalid_input", append(set, move("over", ann, hold, 1))...)
}

var errCase = errors.New("on purpose")

func savepoint[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r R) error {
		inner := lance.Within(r)
		if _, err := ledger.Post(ctx, r, move("kept", ann, hold, 10)); err != nil {
			return err
		}
		err := inner.InTx(ctx, func(ctx context.Context, r R) error {
			if _, err := ledger.Post(ctx, r, move("lost", ann, hold, 90), move("fee", hold, fee, 5)); err != nil {
				return err
			}
			return errCase
		})
		require.ErrorIs(w, err, errCase)
		_, err = ledger.Post(ctx, r, move("after", ann, hold, 90))
		return err
	}))
	w.has(hold, 100)
	w.has(fee, 0)
}
