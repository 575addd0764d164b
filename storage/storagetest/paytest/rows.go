package paytest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/guarantee"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/storage/storagetest/basetest"
)

func rowLaws() []law {
	return []law{
		{"top_up_is_kept_whole", topUpWhole},
		{"payout_is_kept_whole", payoutWhole},
		{"provider_event_is_kept_whole", eventWhole},
		{"chargeback_is_kept_whole", chargebackWhole},
		{"debt_is_kept_whole", debtWhole},
		{"claim_is_kept_whole", claimWhole},
		{"providers_name_is_unique", refUnique},
	}
}

// at is a time with microseconds.
var at = time.Date(2026, 3, 4, 5, 6, 7, 891011000, time.UTC)

func aTopUp(id payments.TopUpID) *payments.TopUp {
	return &payments.TopUp{
		ID: id, Party: "ann", Amount: lance.NewMoney(12_345, lance.KWD), Method: "pm_Ünicode𝄞", Provider: "sandbox",
		ProviderRef: "ref " + string(id), State: payments.Confirmed, Code: "card_declined", Settled: true, CreatedAt: at, UpdatedAt: at.Add(time.Microsecond),
	}
}

func aPayout(id payments.PayoutID) *payments.Payout {
	return &payments.Payout{
		ID: id, Party: "ann", Amount: lance.NewMoney(payments.MaxAmount, lance.JPY), Destination: "ba_Ünicode𝄞", Provider: "sandbox",
		ProviderRef: "ref " + string(id), State: payments.Returned, Code: "account_closed", CreatedAt: at, UpdatedAt: at.Add(time.Microsecond),
	}
}

func anEvent(id payments.ProviderEventID) *payments.ProviderEvent {
	return &payments.ProviderEvent{
		ID: id, Provider: "sandbox", EventID: "event " + string(id), Kind: provider.KindPayout, Key: "pyo_1", Ref: "ref",
		State: provider.Returned, Amount: lance.NewMoney(7, lance.EUR), Code: "account_closed", At: at, ReceivedAt: at.Add(time.Microsecond),
		Chargeback: "dp_1", Fee: lance.NewMoney(8, lance.JPY), AnswerBy: at.Add(time.Hour),
	}
}

func aChargeback(id payments.ChargebackID) *payments.Chargeback {
	kwd := func(n int64) lance.Money { return lance.NewMoney(n, lance.KWD) }
	return &payments.Chargeback{
		ID: id, TopUp: "top_1", Party: "ann", Provider: "sandbox", ProviderRef: "dp " + string(id), Amount: kwd(12_345), Fee: kwd(3),
		State: payments.Lost, Code: "fraudulent", Owed: kwd(2), Loss: kwd(1), Losses: payments.Losses{Bearer: payments.BearPayer, WriteOff: time.Hour},
		Parts: []payments.Part{
			{Kind: payments.PartEarned, Agreement: "agr_1", Payee: "Ünicode𝄞", Bearer: "bob", Amount: kwd(12_000), Aside: kwd(7)},
			{Kind: payments.PartTax, Jurisdiction: "DE", Amount: kwd(345), Aside: kwd(0)},
		},
		AnswerBy: at, WarnedAt: at.Add(time.Hour), EndedAt: at.Add(2 * time.Hour), CreatedAt: at, UpdatedAt: at.Add(time.Microsecond),
	}
}

func aDebt(id payments.DebtID) *payments.Debt {
	return &payments.Debt{
		ID: id, Party: "ann", For: lance.Ref{Kind: "chargeback", ID: "cbk_1"}, Amount: usd(100), Paid: usd(30), State: payments.Owing,
		WriteOffAt: at.Add(time.Hour), CreatedAt: at, UpdatedAt: at.Add(time.Microsecond),
	}
}

// kept requires that what is inserted can be read as it was, empty fields too.
// The clean-up removes nothing: the transaction rolls back, for a made-up row is
// not sound.
func kept[D any, K ~string](w *world, rows func(payments.Repos) lance.Rows[D, K], id func(*D) K, all ...*D) {
	w.Helper()
	over := lance.E(lance.Internal, "over", "the case is over")
	err := w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) error {
		for _, d := range all {
			require.NoError(w, rows(r).Insert(ctx, d))
			got, err := rows(r).Get(ctx, id(d))
			require.NoError(w, err)
			require.Equal(w, d, got)
		}
		return over
	})
	require.ErrorIs(w, err, over)
}

func topUpWhole(w *world) {
	bare := aTopUp("top_2")
	bare.ProviderRef, bare.Code, bare.Settled, bare.State = "", "", false, payments.Processing
	twin := *bare
	twin.ID = "top_3"
	kept(w, payments.Repos.TopUps, func(t *payments.TopUp) payments.TopUpID { return t.ID }, aTopUp("top_1"), bare, &twin)
}

func payoutWhole(w *world) {
	bare := aPayout("pyo_2")
	bare.ProviderRef, bare.Code, bare.State = "", "", payments.Requested
	twin := *bare
	twin.ID = "pyo_3"
	kept(w, payments.Repos.Payouts, func(p *payments.Payout) payments.PayoutID { return p.ID }, aPayout("pyo_1"), bare, &twin)
}

func chargebackWhole(w *world) {
	bare := aChargeback("cbk_2")
	bare.AnswerBy, bare.WarnedAt, bare.EndedAt, bare.State = time.Time{}, time.Time{}, time.Time{}, payments.Open
	kept(w, payments.Repos.Chargebacks, func(c *payments.Chargeback) payments.ChargebackID { return c.ID }, aChargeback("cbk_1"), bare)
}

func debtWhole(w *world) {
	kept(w, payments.Repos.Debts, func(d *payments.Debt) payments.DebtID { return d.ID }, aDebt("dbt_1"), aDebt("dbt_2"))
}

func eventWhole(w *world) {
	bare := anEvent("pev_2")
	bare.Kind, bare.Key, bare.Ref, bare.State, bare.Amount, bare.Code, bare.At = provider.KindSettlement, "", "", "", lance.Money{}, "", time.Time{}
	bare.Chargeback, bare.Fee, bare.AnswerBy = "", lance.Money{}, time.Time{}
	kept(w, payments.Repos.ProviderEvents, func(e *payments.ProviderEvent) payments.ProviderEventID { return e.ID }, anEvent("pev_1"), bare)
}

func refUnique(w *world) {
	over := lance.E(lance.Internal, "over", "the case is over")
	err := w.db.InTx(w.Context(), func(ctx context.Context, r payments.Repos) error {
		require.NoError(w, r.TopUps().Insert(ctx, aTopUp("top_1")))
		twin := aTopUp("top_2")
		require.NoError(w, r.TopUps().Insert(ctx, twin))
		twin.ProviderRef = "ref top_1"
		w.refused(r.TopUps().Update(ctx, twin), lance.Exists, "top_up_exists")
		twin.Provider = "other"
		require.NoError(w, r.TopUps().Update(ctx, twin), "another provider's name is another")

		require.NoError(w, r.Payouts().Insert(ctx, aPayout("pyo_1")))
		second := aPayout("pyo_2")
		second.ProviderRef = "ref pyo_1"
		w.refused(r.Payouts().Insert(ctx, second), lance.Exists, "payout_exists")

		require.NoError(w, r.Chargebacks().Insert(ctx, aChargeback("cbk_1")))
		back := aChargeback("cbk_2")
		back.ProviderRef = "dp cbk_1"
		w.refused(r.Chargebacks().Insert(ctx, back), lance.Exists, "chargeback_exists")

		require.NoError(w, r.ProviderEvents().Insert(ctx, anEvent("pev_1")))
		again := anEvent("pev_2")
		again.EventID = "event pev_1"
		w.refused(r.ProviderEvents().Insert(ctx, again), lance.Exists, "provider_event_exists")
		return over
	})
	require.ErrorIs(w, err, over)
}

// Writes are the write methods of the stores, for basetest.CheckWrites.
func Writes[R guarantee.Repos](h Harness[R]) basetest.Writes[R] {
	return basetest.Writes[R]{
		Open:  func(t *testing.T) lance.Runner[R] { return h.Open(t, lance.FixedClock(epoch)) },
		Hosts: h.Hosts,
		Stores: map[string]reflect.Type{
			"TopUps":         reflect.TypeFor[lance.Rows[payments.TopUp, payments.TopUpID]](),
			"Payouts":        reflect.TypeFor[lance.Rows[payments.Payout, payments.PayoutID]](),
			"Chargebacks":    reflect.TypeFor[lance.Rows[payments.Chargeback, payments.ChargebackID]](),
			"Debts":          reflect.TypeFor[lance.Rows[payments.Debt, payments.DebtID]](),
			"Payers":         reflect.TypeFor[payments.Payers](),
			"Claims":         reflect.TypeFor[lance.Rows[guarantee.Claim, guarantee.ID]](),
			"ProviderEvents": reflect.TypeFor[lance.Rows[payments.ProviderEvent, payments.ProviderEventID]](),
		},
		Writes: []basetest.Write[R]{
			insert("TopUps", R.TopUps, func() *payments.TopUp { return aTopUp("top_1") }),
			update("TopUps", R.TopUps, func() *payments.TopUp { return aTopUp("top_1") }, "top_1", func(d *payments.TopUp) { d.State = payments.Failed }),
			insert("Payouts", R.Payouts, func() *payments.Payout { return aPayout("pyo_1") }),
			update("Payouts", R.Payouts, func() *payments.Payout { return aPayout("pyo_1") }, "pyo_1", func(d *payments.Payout) { d.State = payments.Paid }),
			insert("Chargebacks", R.Chargebacks, func() *payments.Chargeback { return aChargeback("cbk_1") }),
			update("Chargebacks", R.Chargebacks, func() *payments.Chargeback { return aChargeback("cbk_1") }, "cbk_1", func(d *payments.Chargeback) { d.State = payments.Won }),
			insert("Debts", R.Debts, func() *payments.Debt { return aDebt("dbt_1") }),
			update("Debts", R.Debts, func() *payments.Debt { return aDebt("dbt_1") }, "dbt_1", func(d *payments.Debt) { d.State = payments.WrittenOff }),
			insert("Claims", R.Claims, func() *guarantee.Claim { return aClaim("gcl_1", "agr_1") }),
			update("Claims", R.Claims, func() *guarantee.Claim { return aClaim("gcl_1", "agr_1") }, "gcl_1", func(d *guarantee.Claim) { d.State = guarantee.Upheld }),
			insert("ProviderEvents", R.ProviderEvents, func() *payments.ProviderEvent { return anEvent("pev_1") }),
		},
		Reads: []string{
			"TopUps.Get", "TopUps.Find", "Payouts.Get", "Payouts.Find",
			"Chargebacks.Get", "Chargebacks.Find", "Debts.Get", "Debts.Find", "Claims.Get", "Claims.Find", "Payers.Verified",
			"ProviderEvents.Get", "ProviderEvents.Find", "ProviderEvents.Update", // which refuses: what was told is never changed
		},
	}
}

func insert[R guarantee.Repos, D any, K ~string](store string, rows func(R) lance.Rows[D, K], made func() *D) basetest.Write[R] {
	return basetest.Write[R]{
		Name: store + ".Insert",
		Do:   func(ctx context.Context, r R) error { return rows(r).Insert(ctx, made()) },
		Sees: func(ctx context.Context, r R) (any, error) { return rows(r).Find(ctx, lance.Filter{}) },
	}
}

func update[R guarantee.Repos, D any, K ~string](store string, rows func(R) lance.Rows[D, K], made func() *D, id K, change func(*D)) basetest.Write[R] {
	w := insert(store, rows, made)
	w.Name, w.Given = store+".Update", w.Do
	w.Do = func(ctx context.Context, r R) error {
		d, err := rows(r).Get(ctx, id)
		if err != nil {
			return err
		}
		change(d)
		return rows(r).Update(ctx, d)
	}
	return w
}
