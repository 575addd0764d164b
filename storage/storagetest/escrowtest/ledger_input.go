package escrowtest

import (
	"errors"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

// badTransfers are changes to a good transfer from ann to hold and what each is
// refused with.
var badTransfers = map[string]struct {
	change func(t *ledger.Transfer)
	field  string
	code   string
}{
	"no ID":              {func(t *ledger.Transfer) { t.ID = "" }, "/0/id", "id_syntax"},
	"a foreign ID":       {func(t *ledger.Transfer) { t.ID = "trf_1" }, "/0/id", "id_syntax"},
	"no code":            {func(t *ledger.Transfer) { t.Code = "" }, "/0/code", "code_syntax"},
	"a loud code":        {func(t *ledger.Transfer) { t.Code = "Fund!" }, "/0/code", "code_syntax"},
	"a long code":        {func(t *ledger.Transfer) { t.Code = ledger.Code(strings.Repeat("a", 41)) }, "/0/code", "code_syntax"},
	"no subject":         {func(t *ledger.Transfer) { t.Subject = lance.Ref{} }, "/0/subject", "subject_required"},
	"an unknown kind":    {func(t *ledger.Transfer) { t.Debit.Kind = "wallet" }, "/0/debit", "account_kind"},
	"no owner":           {func(t *ledger.Transfer) { t.Debit.Owner = "" }, "/0/debit", "account_owner"},
	"a long owner":       {func(t *ledger.Transfer) { t.Debit.Owner = strings.Repeat("x", 65) }, "/0/debit", "account_owner"},
	"control characters": {func(t *ledger.Transfer) { t.Debit.Owner = "a\x00b" }, "/0/debit", "account_owner"},
	"invalid UTF-8":      {func(t *ledger.Transfer) { t.Debit.Owner = "a\xff" }, "/0/debit", "account_owner"},
	"an owner of the fee": {func(t *ledger.Transfer) {
		t.Credit = ledger.Account{Kind: ledger.KindFee, Owner: "me", Currency: lance.USD}
	}, "/0/credit", "account_owner"},
	"no currency":         {func(t *ledger.Transfer) { t.Credit.Currency = lance.Currency{} }, "/0/credit", "currency_unknown"},
	"mixed accounts":      {func(t *ledger.Transfer) { t.Credit.Currency = lance.EUR }, "/0/credit", "currency_mixed"},
	"a mixed amount":      {func(t *ledger.Transfer) { t.Amount = lance.NewMoney(10, lance.EUR) }, "/0/amount", "currency_mixed"},
	"one account":         {func(t *ledger.Transfer) { t.Credit = t.Debit }, "/0/credit", "account_same"},
	"an amount of 0":      {func(t *ledger.Transfer) { t.Amount = usd(0) }, "/0/amount", "amount_positive"},
	"an amount below 0":   {func(t *ledger.Transfer) { t.Amount = usd(-10) }, "/0/amount", "amount_positive"},
	"no amount":           {func(t *ledger.Transfer) { t.Amount = lance.Money{} }, "/0/amount", "amount_positive"},
	"a void of nothing":   {func(t *ledger.Transfer) { t.Void = true }, "/0/void", "transfer_phase"},
	"an expiry of a move": {func(t *ledger.Transfer) { t.ExpiresAt = epoch.AddDate(1, 0, 0) }, "/0/expires_at", "transfer_phase"},
	"two phases":          {func(t *ledger.Transfer) { t.Pending, t.Resolves = true, id("p") }, "/0/resolves", "transfer_phase"},
	"resolves nonsense":   {func(t *ledger.Transfer) { t.Resolves = "p" }, "/0/resolves", "id_syntax"},
	"corrects nonsense":   {func(t *ledger.Transfer) { t.Corrects = "p" }, "/0/corrects", "id_syntax"},
	"a reserve on cash":   {func(t *ledger.Transfer) { t.Debit, t.Pending = cash, true }, "/0/debit", "account_reserves"},
	"a lot inside":        {func(t *ledger.Transfer) { t.Lot = &ledger.Lot{Provider: "p"} }, "/0/lot", "lot_misplaced"},
	"a nameless lot":      {func(t *ledger.Transfer) { t.Debit, t.Lot = clearing, &ledger.Lot{} }, "/0/lot", "lot_misplaced"},
	"lots that miss":      {func(t *ledger.Transfer) { t.Lots = lots(9) }, "/0/lots", "lot_sum"},
	"lots twice":          {func(t *ledger.Transfer) { t.Lots = append(lots(5), lots(5)...) }, "/0/lots/1/lot", "lot_syntax"},
	"a negative lot":      {func(t *ledger.Transfer) { t.Lots = lots(-10) }, "/0/lots/0/amount", "amount_positive"},
	"lots of cash":        {func(t *ledger.Transfer) { t.Debit, t.Credit, t.Lots = cash, fee, lots(10) }, "/0/lots", "lot_misplaced"},
}

func lots(minor int64) []ledger.LotShare {
	return []ledger.LotShare{{Lot: "lot_00000000000000000000000000", Amount: usd(minor)}}
}

func badInput[R ledger.Repos](w *ledgerWorld[R]) {
	w.post(topUp("in", ann, 100))
	for name, bad := range badTransfers {
		t := move("bad", ann, hold, 10)
		bad.change(&t)
		before := w.all()
		_, err := w.try(t)
		require.ErrorIs(w, err, lance.Invalid, name)
		require.Contains(w, fields(err), bad.field+" "+bad.code, name)
		require.Equal(w, before, w.all(), name)
	}
	_, err := w.try(move("good", ann, hold, 10), ledger.Transfer{})
	for _, f := range []string{"/1/id id_syntax", "/1/code code_syntax", "/1/subject subject_required", "/1/debit account_kind", "/1/amount amount_positive"} {
		require.Contains(w, fields(err), f, "every field is named at once")
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
