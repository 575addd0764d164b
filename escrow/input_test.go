package escrow_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/escrow/policy"
	"github.com/megilance/lance/storage/memstore/memescrow"
)

func good() escrow.AgreeInput {
	return escrow.AgreeInput{Subject: subject, Payer: payer.Party, Payee: payee.Party, Amount: price}
}

func TestAgreeNamesEveryFieldThatIsWrong(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(in *escrow.AgreeInput)
		field  string
		code   string
	}{
		"nothing to pay":        {func(in *escrow.AgreeInput) { in.Amount = usd(0) }, "/amount", "money_not_positive"},
		"less than nothing":     {func(in *escrow.AgreeInput) { in.Amount = usd(-1) }, "/amount", "money_not_positive"},
		"no amount":             {func(in *escrow.AgreeInput) { in.Amount = lance.Money{} }, "/amount", "currency_unknown"},
		"no payer":              {func(in *escrow.AgreeInput) { in.Payer = "" }, "/payer", "party_syntax"},
		"a long payer":          {func(in *escrow.AgreeInput) { in.Payer = lance.PartyID(strings.Repeat("x", 65)) }, "/payer", "party_syntax"},
		"control characters":    {func(in *escrow.AgreeInput) { in.Payee = "b\x00b" }, "/payee", "party_syntax"},
		"invalid UTF-8":         {func(in *escrow.AgreeInput) { in.Payee = "b\xff" }, "/payee", "party_syntax"},
		"payer is payee":        {func(in *escrow.AgreeInput) { in.Payee = in.Payer }, "/payee", "party_same"},
		"no subject":            {func(in *escrow.AgreeInput) { in.Subject = lance.Ref{} }, "/subject/kind", "text_required"},
		"no subject's ID":       {func(in *escrow.AgreeInput) { in.Subject.ID = "" }, "/subject/id", "text_required"},
		"a slash":               {func(in *escrow.AgreeInput) { in.Subject.Kind = "a/b" }, "/subject/kind", "ref_syntax"},
		"a long subject":        {func(in *escrow.AgreeInput) { in.Subject.ID = strings.Repeat("x", 101) }, "/subject/id", "text_too_long"},
		"a subject of lines":    {func(in *escrow.AgreeInput) { in.Subject.ID = "a\nb" }, "/subject/id", "text_control"},
		"a minute's inspection": {func(in *escrow.AgreeInput) { in.Inspection = time.Minute }, "/inspection", "period_range"},
		"changes for ever":      {func(in *escrow.AgreeInput) { in.Changes = 101 }, "/changes", "changes_range"},
		"inspection backwards":  {func(in *escrow.AgreeInput) { in.Inspection = -24 * time.Hour }, "/inspection", "period_range"},
		"inspection for ever":   {func(in *escrow.AgreeInput) { in.Inspection = 2 * policy.MaxPeriod }, "/inspection", "period_range"},
		"a policy that is none": {func(in *escrow.AgreeInput) { in.Policy = &policy.Document{} }, "/policy/version", "version_range"},
		"a policy in other currencies": {func(in *escrow.AgreeInput) {
			d := policy.Default()
			d.Fees = []policy.Component{{Name: "fee", Side: policy.Payee, Fixed: lance.NewMoney(5, lance.EUR)}}
			in.Policy = &d
		}, "/amount", "policy_currency"},
		"more than books can hold": {func(in *escrow.AgreeInput) {
			d := policy.Default()
			d.Fees = []policy.Component{{Name: "fee", Side: policy.Payer, Percent: decimal.NewFromInt(5)}}
			in.Policy, in.Amount = &d, usd(1<<63-1)
		}, "/amount", "money_overflow"},
	} {
		w := newWorld(t)
		in := good()
		c.change(&in)
		_, err := w.Agree(t.Context(), payer, in)
		require.ErrorIs(t, err, lance.Invalid, name)
		require.Contains(t, fields(err), c.field+" "+c.code, name)
		page, err := w.List(t.Context(), admin, escrow.Query{})
		require.NoError(t, err)
		require.Empty(t, page.Items, name)
	}
	_, err := newWorld(t).Agree(t.Context(), payer, escrow.AgreeInput{})
	for _, f := range []string{"/subject/kind text_required", "/payer party_syntax", "/payee party_syntax", "/amount currency_unknown"} {
		require.Contains(t, fields(err), f, "every field is named at once")
	}
}

func fields(err error) []string {
	var out []string
	if e, ok := errors.AsType[*lance.Error](err); ok {
		for _, f := range e.Fields {
			out = append(out, f.Pointer+" "+f.Code)
		}
	}
	return out
}

func TestAmountsAreChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		amount lance.Money
		kind   lance.Kind
		code   string
		field  string
	}{
		"nothing":           {usd(0), lance.Invalid, "invalid_input", "/amount money_not_positive"},
		"less than nothing": {usd(-1), lance.Invalid, "invalid_input", "/amount money_not_positive"},
		"no currency":       {lance.NewMoney(5, lance.Currency{}), lance.Invalid, "invalid_input", "/amount currency_unknown"},
		"another currency":  {lance.NewMoney(5, lance.EUR), lance.Invalid, "invalid_input", "/amount currency_mismatch"},
		"more than is held": {usd(1001), lance.Insufficient, "hold_insufficient", ""},
	} {
		w := newWorld(t)
		a := w.in(escrow.Funded)
		_, err := w.Release(t.Context(), payer, escrow.ReleaseInput{Agreement: a.ID, Amount: c.amount})
		refused(t, err, c.kind, c.code, "release", name)
		_, refund := w.Refund(t.Context(), payee, escrow.RefundInput{Agreement: a.ID, Amount: c.amount})
		refused(t, refund, c.kind, c.code, "refund", name)
		_, ask := w.AskRefund(t.Context(), payer, escrow.AskRefundInput{Agreement: a.ID, Amount: c.amount})
		refused(t, ask, c.kind, c.code, "ask", name)
		if c.field != "" {
			for _, err := range []error{err, refund, ask} {
				require.Contains(t, fields(err), c.field, name)
			}
		}
		require.Equal(t, a, w.now(a), name)
	}
	w := newWorld(t)
	a := w.in(escrow.Funded)
	_, err := w.Release(t.Context(), payer, escrow.ReleaseInput{Agreement: a.ID})
	require.Contains(t, fields(err), "/amount currency_unknown", "a release says how much")
	frozen := w.in(escrow.Frozen)
	_, err = lance.Do(t.Context(), w.db, "escrow_test", func(ctx context.Context, r memescrow.Tx) (*escrow.Agreement, error) {
		return escrow.RuleIn(ctx, r, escrow.RuleInput{
			By: arbiter, Agreement: frozen.ID, Case: dispute, Keeper: keeper, ToPayee: lance.NewMoney(5, lance.EUR), Bears: escrow.BearEach,
		})
	})
	require.Equal(t, []string{"/to_payee currency_mismatch"}, fields(err))
}

// TestAmountsOfJSON shows that an amount with too many decimals or an unknown
// currency never becomes one.
func TestAmountsOfJSON(t *testing.T) {
	t.Parallel()
	for _, s := range []string{`{"amount":"1.234","currency":"USD"}`, `{"amount":"1","currency":"XYZ"}`, `{"amount":1,"currency":"USD"}`} {
		var m lance.Money
		require.ErrorIs(t, m.UnmarshalJSON([]byte(s)), lance.Invalid, s)
		require.Equal(t, lance.Money{}, m)
	}
}

func TestListRefusesBadQueries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.in(escrow.Funded)
	for field, q := range map[string]escrow.Query{
		"/as relation_unknown":  {},
		"/state state_unknown":  {As: escrow.ByPayer, State: "paid"},
		"/limit limit_range":    {As: escrow.ByPayer, PageQuery: lance.PageQuery{Limit: 101}},
		"/cursor cursor_syntax": {As: escrow.ByPayer, PageQuery: lance.PageQuery{Cursor: "nonsense"}},
	} {
		_, err := w.List(t.Context(), payer, q)
		require.Contains(t, fields(err), field)
	}
	_, err := w.List(t.Context(), admin, escrow.Query{As: lance.ByAdmin})
	require.Contains(t, fields(err), "/as relation_unknown")
	_, err = w.List(t.Context(), nobody, escrow.Query{As: escrow.ByPayer})
	refused(t, err, lance.Unauthorized, "actor_required")
}

func TestVersionsAndKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	in := good()
	in.Key = "agree-1"
	first, err := w.Agree(ctx, payer, in)
	require.NoError(t, err)
	again, err := w.Agree(ctx, payer, in)
	require.NoError(t, err)
	require.Equal(t, first, again, "the same key and input is the same agreement")
	dearer := policy.Default()
	dearer.Fees[0].Percent = decimal.NewFromInt(11)
	later, err := escrow.NewService(w.db, &escrow.Options{Policy: &dearer}).Agree(ctx, payer, in)
	require.NoError(t, err)
	require.Equal(t, first, later, "whatever new agreements are made under by now")
	in.Policy = &dearer
	_, err = w.Agree(ctx, payer, in)
	refused(t, err, lance.Conflict, "key_reused", "under another policy it is another agreement")
	in.Policy, in.Amount = nil, usd(999)
	_, err = w.Agree(ctx, payer, in)
	refused(t, err, lance.Conflict, "key_reused")
	_, err = w.Fund(ctx, payer, escrow.FundInput{Agreement: first.ID, Key: "agree-1"})
	refused(t, err, lance.Conflict, "key_reused", "a key is for one operation")
	_, err = w.Fund(ctx, payer, escrow.FundInput{Agreement: first.ID, Key: strings.Repeat("k", 256)})
	require.Contains(t, fields(err), "/key key_syntax")

	w.deposit(payer.Party, usd(5000))
	_, err = w.Fund(ctx, payer, escrow.FundInput{Agreement: first.ID, Version: 7})
	refused(t, err, lance.Stale, "agreement_stale")
	funded, err := w.Fund(ctx, payer, escrow.FundInput{Agreement: first.ID, Version: 1, Key: "fund-1"})
	require.NoError(t, err)
	again, err = w.Fund(ctx, payer, escrow.FundInput{Agreement: first.ID, Version: 1, Key: "fund-1"})
	require.NoError(t, err)
	require.Equal(t, funded, again, "the same key funds once")

	release := escrow.ReleaseInput{Agreement: first.ID, Amount: usd(100), Key: "release-1"}
	for range 3 {
		_, err = w.Release(ctx, payer, release)
		require.NoError(t, err)
	}
	require.Equal(t, usd(900), w.now(first).Remaining(), "three tries with one key release once")
	_, err = w.Fund(ctx, payee, escrow.FundInput{Agreement: first.ID, Key: "fund-1"})
	refused(t, err, lance.Forbidden, "agreement_relation", "another party's key of the same name is another key")
}
