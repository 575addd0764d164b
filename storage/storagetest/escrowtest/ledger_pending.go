package escrowtest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func pendingLaws[R ledger.Repos]() []ledgerLaw[R] {
	return []ledgerLaw[R]{
		{"a pending transfer reserves and moves nothing", reserves[R]},
		{"it cannot reserve more than is available", reservesTooMuch[R]},
		{"it posts at most what it reserved and frees the rest", postsPart[R]},
		{"it posts as a whole when no amount is named", postsWhole[R]},
		{"it posts as a whole out of many lots", postsManyLots[R]},
		{"it is posted or voided once", resolvedOnce[R]},
		{"it is voided as a whole", voids[R]},
		{"what resolves it may be posted again", resolvedAgain[R]},
		{"it resolves between its own accounts only", otherAccounts[R]},
		{"what is not pending cannot be resolved", notPending[R]},
		{"it may be posted in the set that made it", inOneSet[R]},
		{"it expires once and frees its amount once", expires[R]},
		{"its time over, it cannot be posted but voided", tooLate[R]},
		{"resolving it stops its clock", clockStops[R]},
		{"it cannot begin when its time is over", expiredAtOnce[R]},
	}
}

func reserves[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	out := w.post(reserve("payout", ann, cash, 60))
	require.Zero(w, out[0].DebitN)
	require.Nil(w, out[0].DebitAfter)
	require.Empty(w, out[0].Lots)
	w.hasReserved(ann, 100, 60)
	w.has(cash, 0)
	require.Equal(w, []string{"in 100"}, w.shares(ann))
	require.Len(w, w.statement(ann), 1, "what is pending is no line of the statement")
	require.Equal(w, out, w.open(ann))
	w.refuse(lance.Insufficient, "balance_insufficient", move("fund", ann, hold, 41))
	w.post(move("fund", ann, hold, 40))
}

// open returns the pending transfers that are not settled.
func (w *ledgerWorld[R]) open(a ledger.Account) (open []ledger.Transfer) {
	w.Helper()
	w.view(func(ctx context.Context, r R) (err error) {
		open, err = ledger.OpenOf(ctx, r, a)
		return err
	})
	return open
}

func reservesTooMuch[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), reserve("one", ann, cash, 60))
	w.refuse(lance.Insufficient, "balance_insufficient", reserve("two", ann, cash, 41))
	w.refuse(lance.Insufficient, "balance_insufficient", reserve("two", ann, cash, 20), reserve("three", ann, cash, 21))
	w.post(reserve("two", ann, cash, 40))
	require.Len(w, w.open(ann), 2)
}

func postsPart[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), reserve("payout", ann, cash, 60))
	w.refuse(lance.Precondition, "transfer_exceeds", settle("much", "payout", 61))
	out := w.post(settle("part", "payout", 45))
	require.Equal(w, ann, out[0].Debit)
	require.Equal(w, cash, out[0].Credit)
	require.Equal(w, usd(55), *out[0].DebitAfter)
	w.has(ann, 55)
	w.has(cash, -45)
	require.Empty(w, w.open(ann))
	require.Equal(w, []string{"in 55"}, w.shares(ann))
}

func postsWhole[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), reserve("payout", ann, cash, 60))
	all := settle("all", "payout", 0)
	w.refuse(lance.Invalid, "invalid_input", all)
	all.Amount = lance.Money{}
	out := w.post(all)
	require.Equal(w, usd(60), out[0].Amount)
	w.has(ann, 40)
}

// postsManyLots posts what needs more lots than are loaded ahead, without saying how
// much: once what was reserved before, and once what the same set reserves.
func postsManyLots[R ledger.Repos](w *ledgerWorld[R]) {
	const n = 4 * ledger.SharesAhead
	w.post(charges(n)...)
	w.post(reserve("one", ann, cash, 5*n))
	all, both := settle("all", "one", 0), settle("both", "two", 0)
	all.Amount, both.Amount = lance.Money{}, lance.Money{}
	out := w.post(all)
	require.Len(w, out[0].Lots, n/2)
	out = w.post(reserve("two", ann, cash, 5*n), both)
	require.Len(w, out[1].Lots, n/2)
	w.has(ann, 0)
	require.Empty(w, w.shares(ann))
}

func resolvedOnce[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 200), reserve("one", ann, cash, 60), reserve("two", ann, cash, 60))
	w.post(settle("post", "one", 60))
	w.post(void("void", "two"))
	for _, p := range []string{"one", "two"} {
		w.refuse(lance.Precondition, "transfer_settled", settle("post "+p, p, 1))
		w.refuse(lance.Precondition, "transfer_settled", void("void "+p, p))
	}
	w.refuse(lance.Precondition, "transfer_settled", void("no", "never"))
	w.has(ann, 140)
	w.view(func(ctx context.Context, r R) error {
		found, err := ledger.TransfersOf(ctx, r, id("one"), id("two"))
		require.NoError(w, err)
		require.Equal(w, id("post"), found[0].SettledBy)
		require.Equal(w, id("void"), found[1].SettledBy)
		return nil
	})
}

func voids[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), reserve("payout", ann, cash, 60))
	part := void("part", "payout")
	part.Amount = usd(59)
	w.refuse(lance.Precondition, "transfer_exceeds", part)
	out := w.post(void("void", "payout"))
	require.Equal(w, usd(60), out[0].Amount)
	require.Zero(w, out[0].DebitN)
	w.has(ann, 100)
	w.has(cash, 0)
}

func resolvedAgain[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), reserve("payout", ann, cash, 60))
	first := w.post(settle("post", "payout", 50))
	require.Equal(w, first, w.post(settle("post", "payout", 50)))
	w.refuse(lance.Conflict, "transfer_reused", settle("post", "payout", 49))
	again := w.post(reserve("payout", ann, cash, 60))
	require.Equal(w, id("post"), again[0].SettledBy)
	w.has(ann, 50)
}

func otherAccounts[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), topUp("bob", bob, 100), reserve("payout", ann, cash, 60))
	t := settle("post", "payout", 60)
	t.Debit, t.Credit = bob, cash
	w.refuse(lance.Precondition, "transfer_accounts", t)
	t.Debit, t.Credit = ann, clearing
	w.refuse(lance.Precondition, "transfer_accounts", t)
	t.Credit = cash
	w.post(t)
}

func notPending[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), move("fund", ann, hold, 60))
	w.refuse(lance.Precondition, "transfer_settled", settle("post", "fund", 60))
	w.refuse(lance.Precondition, "transfer_settled", void("void", "in"))
}

func inOneSet[R ledger.Repos](w *ledgerWorld[R]) {
	out := w.post(topUp("in", ann, 100), reserve("payout", ann, cash, 60), settle("post", "payout", 60), reserve("next", ann, cash, 40))
	require.Equal(w, id("post"), out[1].SettledBy)
	w.hasReserved(ann, 40, 40)
	w.post(void("free", "next"))
	require.Empty(w, w.open(ann))
}

// expiring makes a pending transfer that lasts for an hour.
func (w *ledgerWorld[R]) expiring(step string, minor int64) ledger.Transfer {
	t := reserve(step, ann, cash, minor)
	t.ExpiresAt = w.clock.Now().Add(time.Hour)
	return t
}

func expires[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), w.expiring("payout", 60), w.expiring("other", 10))
	w.clock.Move(time.Hour - time.Microsecond)
	require.Empty(w, w.step().Fired)
	w.hasReserved(ann, 100, 70)
	w.post(settle("post", "other", 10))
	w.clock.Move(time.Microsecond)
	require.Len(w, w.open(ann), 1, "until its clock fires it is listed and reserves")
	require.Len(w, w.step().Fired, 1)
	require.Empty(w, w.step().Fired)
	w.has(ann, 90)
	require.Empty(w, w.open(ann))
	w.refuse(lance.Precondition, "transfer_settled", settle("late", "payout", 60))
}

func tooLate[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), w.expiring("payout", 60))
	w.clock.Move(time.Hour)
	w.refuse(lance.Precondition, "transfer_expired", settle("late", "payout", 60))
	w.post(void("void", "payout"))
	w.has(ann, 100)
	require.Empty(w, w.step().Fired)
}

func clockStops[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100), w.expiring("payout", 60))
	w.post(settle("post", "payout", 60))
	w.clock.Move(2 * time.Hour)
	require.Empty(w, w.step().Fired)
	w.post(w.expiring("next", 40), void("void", "next"))
	w.clock.Move(2 * time.Hour)
	require.Empty(w, w.step().Fired)
	w.has(ann, 40)
}

func expiredAtOnce[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	t := w.expiring("payout", 60)
	w.post(t)
	late := w.expiring("late", 10)
	w.clock.Move(time.Hour)
	w.refuse(lance.Precondition, "transfer_expired", late)
	require.Equal(w, t.ID, w.post(t)[0].ID, "what stands is returned at any time")
	w.step()
}
