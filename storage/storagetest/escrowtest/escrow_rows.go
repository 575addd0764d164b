package escrowtest

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/storage/storagetest/basetest"
	"github.com/megilance/lance/storage/storagetest/clocktest"
)

func rowLaws() []law {
	return []law{
		{"an agreement reads back as it was written, field by field", (*world).readsBack},
		{"an update replaces all but the identifier, and only the version that was read", (*world).updates},
		{"a list selects by every declared field and goes on where it stopped", (*world).lists},
		{"what a party has in agreements is summed up by currency", (*world).heldBy},
	}
}

// filled is an agreement with something in every field.
func filled(id escrow.ID) *escrow.Agreement {
	doc := policy.Document{
		Version: 7, Inspection: 36 * time.Hour, Reminder: 8 * time.Hour, Changes: 6, Clearance: 48 * time.Hour, Funding: policy.OnPost, Amendment: 5 * time.Hour,
		Taxes:   []policy.Tax{{Side: policy.Payee, Jurisdiction: "DE", Percent: decimal.RequireFromString("19.5")}},
		Refunds: policy.Refunds{Answer: 6 * time.Hour, Silence: policy.Keep, Asks: 4, Fees: policy.KeepFees},
		Holding: policy.Holding{
			Place: policy.ConnectedBalance, Country: "TH", Warning: 7 * time.Hour, Then: policy.ToPayee,
			Limits: []policy.Limit{{Place: policy.ConnectedBalance, Country: "TH", Period: 240 * time.Hour}},
		},
		Dispute: policy.Dispute{
			Response: 1 * time.Hour, Negotiation: 2 * time.Hour, Mediation: 3 * time.Hour, Arbitration: 4 * time.Hour,
			Appeal: 5 * time.Hour, Silence: policy.Escalate, Default: policy.ToPayee, Appeals: 1, Cases: 2,
		},
		Fees: []policy.Component{
			{Name: "größe 🎈", Side: policy.Payer, Percent: decimal.RequireFromString("2.5"), Fixed: usd(30)},
			{Name: "service", Side: policy.Payee, Percent: decimal.RequireFromString("10"), Min: usd(1), Max: usd(99)},
		},
		Guarantee: policy.Guarantee{
			Window: 7 * time.Hour, Share: decimal.RequireFromString("62.5"), Caps: []lance.Money{usd(77)}, Claims: 3, Judge: policy.JudgeAdmin,
			Decision: 8 * time.Hour, Silence: policy.Keep, Bearer: policy.Payee, WriteOff: 9 * time.Hour,
		},
	}
	at := func(n int) time.Time { return epoch.Add(time.Duration(n)*time.Hour + 123456*time.Microsecond) }
	return &escrow.Agreement{
		ID: id, Subject: lance.Ref{Kind: "order", ID: "a/b 🎈"}, Payer: "Ann 安", Payee: "ann 安", Amount: usd(1000),
		State: escrow.Submitted, Funded: usd(900), Released: usd(300), Refunded: usd(100), Held: usd(501), PayerFee: usd(5),
		PayeeFee: usd(6), Ruled: usd(8), Indemnified: usd(9), RefundAsked: usd(7), RefundAsks: 2, RefundAt: at(8), Policy: doc, Inspection: 36 * time.Hour,
		Payees:    []escrow.Share{{Party: "ann 安", Weight: 3}, {Party: "größe 🎈", Weight: 1}},
		Clearing:  []escrow.Clearing{{Party: "größe 🎈", Amount: usd(8), At: at(1)}, {Party: "ann 安", Amount: usd(9), At: at(2)}},
		Amendment: escrow.Amendment{By: "Ann 安", Amount: usd(1100), ExpiresAt: at(9)}, Amendments: 5, Amended: 4, Changes: 3, MaxChanges: 9,
		Pause: escrow.Pause{
			Case: lance.Ref{Kind: "case", ID: "a/b 🎈"}, Keeper: "example.com/größe.desk", Engine: true,
			Also: []escrow.Brake{{Case: trial, Keeper: keeper.Name()}}, From: escrow.Funded, At: at(10), ReleaseIn: 3 * time.Microsecond, RefundIn: time.Hour,
		},
		ProposedBy: "ann 安", ExpiresAt: at(11), HeldSince: at(12), WarnedAt: at(13),
		CreatedAt: at(3), FundedAt: at(4), SubmittedAt: at(5), ReleaseAt: at(6), RemindedAt: at(14), ReleasedAt: at(15), EndedAt: at(7),
	}
}

// bare is an agreement with nothing in it that need not be.
func bare(id escrow.ID, payer, payee lance.PartyID, c lance.Currency) *escrow.Agreement {
	none := lance.NewMoney(0, c)
	return &escrow.Agreement{
		ID: id, Subject: about, Payer: payer, Payee: payee, Amount: lance.NewMoney(10, c), State: escrow.Agreed,
		Funded: none, Released: none, Refunded: none, Held: none, PayerFee: none, PayeeFee: none, Ruled: none, Indemnified: none, RefundAsked: none,
		Policy: policy.Default(), Inspection: time.Hour, CreatedAt: epoch,
	}
}

func (w *world) in(fn func(ctx context.Context, s escrow.Store) error) {
	w.Helper()
	require.NoError(w, w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error { return fn(ctx, r.Agreements()) }))
}

func (w *world) insert(as ...*escrow.Agreement) {
	w.Helper()
	w.in(func(ctx context.Context, s escrow.Store) error {
		for _, a := range as {
			if err := s.Insert(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

func (w *world) readsBack() {
	full := filled("agr_full")
	v := reflect.ValueOf(*full)
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		require.True(w, name == "Version" || !v.Field(i).IsZero(), "the case fills %s", name)
	}
	empty := bare("agr_bare", "41", "42", lance.JPY)
	w.insert(full, empty)
	require.Equal(w, int64(1), full.Version)
	for _, a := range []*escrow.Agreement{full, empty} {
		require.Equal(w, described(a), described(w.get(a.ID)))
	}
	err := w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error { return r.Agreements().Insert(ctx, filled("agr_full")) })
	require.ErrorIs(w, err, lance.Exists)
	require.Equal(w, "agreement_exists", lance.CodeOf(err))
}

func (w *world) updates() {
	w.insert(bare("agr_1", "41", "42", lance.USD))
	a := w.get("agr_1")
	full := filled("agr_1")
	full.Version = a.Version
	w.in(func(ctx context.Context, s escrow.Store) error { return s.Update(ctx, full) })
	require.Equal(w, int64(2), full.Version)
	require.Equal(w, described(full), described(w.get("agr_1")))

	for _, c := range []struct {
		a    *escrow.Agreement
		kind lance.Kind
		code string
	}{{a, lance.Stale, "agreement_stale"}, {bare("agr_none", "41", "42", lance.USD), lance.NotFound, "agreement_not_found"}} {
		err := w.db.InTx(w.Context(), func(ctx context.Context, r escrow.Repos) error { return r.Agreements().Update(ctx, c.a) })
		require.ErrorIs(w, err, c.kind)
		require.Equal(w, c.code, lance.CodeOf(err))
	}
	require.Equal(w, int64(1), a.Version, "a refused update leaves the version")
	require.Equal(w, described(full), described(w.get("agr_1")))
}

func (w *world) lists() {
	var all []*escrow.Agreement
	for i, id := range []escrow.ID{"agr_5", "agr_4", "agr_3", "agr_2", "agr_1"} {
		a := bare(id, "41", "42", lance.USD)
		a.CreatedAt = epoch.Add(time.Duration(i/2) * time.Second)
		all = append(all, a)
	}
	all[1].Payer, all[2].Payee, all[3].State, all[4].Subject.ID = "43", "44", escrow.Cancelled, "8"
	w.insert(all...)
	ids := func(f lance.Filter) (out []escrow.ID) {
		w.view(func(ctx context.Context, r escrow.Repos) error {
			found, err := r.Agreements().Find(ctx, f)
			for _, a := range found {
				out = append(out, a.ID)
			}
			return err
		})
		return out
	}
	for field, c := range map[string]struct {
		value string
		want  escrow.ID
	}{"payer": {"43", "agr_4"}, "payee": {"44", "agr_3"}, "state": {"cancelled", "agr_2"}, "subject": {"order/8", "agr_1"}} {
		require.Equal(w, []escrow.ID{c.want}, ids(lance.Filter{Eq: map[string]any{field: c.value}}), field)
	}
	order := []escrow.ID{"agr_4", "agr_5", "agr_2", "agr_3", "agr_1"}
	require.Equal(w, order, ids(lance.Filter{Order: "created_at"}), "oldest first, ties by identifier")
	q := escrow.Query{PageQuery: lance.PageQuery{Limit: 2}}
	var paged []escrow.ID
	for range 3 {
		page, err := w.svc.List(w.Context(), admin, q)
		require.NoError(w, err)
		for _, a := range page.Items {
			paged = append(paged, a.ID)
		}
		q.Cursor = page.Next
	}
	require.Equal(w, order, paged)
	require.Empty(w, q.Cursor)
}

func (w *world) heldBy() {
	held := func(id escrow.ID, payer lance.PartyID, s escrow.State, c lance.Currency, minor int64) *escrow.Agreement {
		a := bare(id, payer, "42", c)
		a.State, a.Funded, a.Held = s, lance.NewMoney(minor, c), lance.NewMoney(minor, c)
		return a
	}
	w.insert(
		held("agr_1", "41", escrow.Funded, lance.USD, 5), held("agr_2", "41", escrow.Submitted, lance.USD, 6),
		held("agr_3", "41", escrow.Funded, lance.EUR, 7), held("agr_4", "43", escrow.Funded, lance.USD, 8),
		held("agr_7", "41", escrow.Frozen, lance.EUR, 1),
		held("agr_5", "41", escrow.Agreed, lance.JPY, 0), held("agr_6", "41", escrow.Released, lance.GBP, 0),
	)
	for payer, want := range map[lance.PartyID][]lance.Money{
		"41": {lance.NewMoney(8, lance.EUR), usd(11)}, "43": {usd(8)}, "42": nil, "4": nil,
	} {
		w.view(func(ctx context.Context, r escrow.Repos) error {
			got, err := r.Agreements().HeldBy(ctx, payer)
			require.Len(w, got, len(want), payer)
			for i := range want {
				require.Equal(w, want[i], got[i], payer)
			}
			return err
		})
	}
}

// Writes are the write methods of the store of agreements, for
// basetest.CheckWrites.
func Writes[R escrow.Repos](h Harness[R]) basetest.Writes[R] {
	insert := func(ctx context.Context, r R) error {
		return r.Agreements().Insert(ctx, bare("agr_1", "41", "42", lance.USD))
	}
	sees := func(ctx context.Context, r R) (any, error) {
		found, err := r.Agreements().Find(ctx, lance.Filter{})
		all := []string{}
		for _, a := range found {
			all = append(all, described(a))
		}
		return all, err
	}
	update := func(ctx context.Context, r R) error {
		a, err := r.Agreements().Get(ctx, "agr_1")
		if err != nil {
			return err
		}
		a.State = escrow.Cancelled
		return r.Agreements().Update(ctx, a)
	}
	return basetest.Writes[R]{
		Open:   func(t *testing.T) lance.Runner[R] { return h.Open(t, clocktest.At(epoch)) },
		Hosts:  h.Hosts,
		Stores: map[string]reflect.Type{"Agreements": reflect.TypeFor[escrow.Store]()},
		Writes: []basetest.Write[R]{
			{Name: "Agreements.Insert", Do: insert, Sees: sees},
			{Name: "Agreements.Update", Given: insert, Do: update, Sees: sees},
		},
		Reads: []string{"Agreements.Get", "Agreements.Find", "Agreements.HeldBy"},
	}
}
