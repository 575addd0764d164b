package ledger_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow/ledger"
)

func TestOneOperationMakesOneID(t *testing.T) {
	t.Parallel()
	type operation struct {
		subject lance.Ref
		step    string
		n       int
	}
	draw := rapid.Custom(func(t *rapid.T) operation {
		word := rapid.StringMatching(`[ab/0]{0,3}`)
		return operation{lance.Ref{Kind: word.Draw(t, "kind"), ID: word.Draw(t, "id")}, word.Draw(t, "step"), rapid.IntRange(0, 3).Draw(t, "n")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		x, y := ledger.TransferIDFor(a.subject, a.step, a.n), ledger.TransferIDFor(b.subject, b.step, b.n)
		require.Equal(t, a == b, x == y)
		_, err := lance.ParseID[ledger.TransferID]("trf", string(x))
		require.NoError(t, err)
	})
}

// TestLeafCoversEveryField changes each field of a transfer in turn: the leaf
// must change, but for what settles it later and what chose its lots.
func TestLeafCoversEveryField(t *testing.T) {
	t.Parallel()
	full := fullTransfer()
	seen := map[lance.Hash]string{full.Leaf(): "unchanged"}
	of := reflect.TypeFor[ledger.Transfer]()
	for i := range of.NumField() {
		changed := fullTransfer()
		v := reflect.ValueOf(&changed).Elem().Field(i)
		v.Set(otherValue(t, v))
		name := of.Field(i).Name
		if name == "SettledBy" || name == "Since" {
			require.Equal(t, full.Leaf(), changed.Leaf())
			continue
		}
		require.Empty(t, seen[changed.Leaf()], "a change of %s does not show", name)
		seen[changed.Leaf()] = name
	}
	lot := reflect.TypeFor[ledger.Lot]()
	for i := range lot.NumField() {
		if name := lot.Field(i).Name; name != "Transfer" && name != "Amount" { // the transfer's own
			changed := fullTransfer()
			v := reflect.ValueOf(changed.Lot).Elem().Field(i)
			v.Set(otherValue(t, v))
			require.Empty(t, seen[changed.Leaf()], "a change of the lot's %s does not show", name)
		}
	}
}

func fullTransfer() ledger.Transfer {
	m := lance.NewMoney(5, lance.USD)
	return ledger.Transfer{
		ID: "trf_1", Code: "fund", Debit: ledger.Cash("p", lance.USD), Credit: ledger.Fee(lance.USD), Amount: m,
		Subject: lance.Ref{Kind: "k", ID: "i"}, ExpiresAt: time.Unix(1, 0), Resolves: "trf_2", Corrects: "trf_3",
		Lot:  &ledger.Lot{ID: "lot_1", Provider: "p", Payment: lance.Ref{Kind: "k", ID: "i"}, Method: "card", ChargedAt: time.Unix(2, 0)},
		Lots: []ledger.LotShare{{Lot: "lot_1", Amount: m}}, At: time.Unix(3, 0), DebitAfter: &m, CreditAfter: &m, DebitN: 1, CreditN: 2,
	}
}

// otherValue returns a value of the same type that is another one.
func otherValue(t *testing.T, v reflect.Value) reflect.Value {
	t.Helper()
	other := reflect.New(v.Type()).Elem()
	switch x := v.Interface().(type) {
	case time.Time:
		other.Set(reflect.ValueOf(x.Add(time.Hour)))
	case lance.Money, *lance.Money, ledger.Account, lance.Ref, *ledger.Lot, []ledger.LotShare:
	default:
		switch v.Kind() {
		case reflect.String:
			other.SetString(v.String() + "x")
		case reflect.Bool:
			other.SetBool(!v.Bool())
		case reflect.Int64:
			other.SetInt(v.Int() + 10)
		default:
			t.Fatalf("a field of type %s is new to this test", v.Type())
		}
	}
	return other
}
