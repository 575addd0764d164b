package bunpayments_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/bunstore/bunkit"
	"github.com/megilance/lance/storage/bunstore/bunpayments"
	"github.com/megilance/lance/storage/bunstore/buntest"
)

// lists are the questions that are asked of payments, and the index that each
// must use.
var lists = map[string]struct{ from, index string }{
	"a party's top-ups":           {"{lance_top_ups} WHERE party = '41' ORDER BY created_at DESC, id DESC", "lance_top_ups_party"},
	"what a party waits for":      {"{lance_top_ups} WHERE party = '41' AND state = 'processing' ORDER BY id", "lance_top_ups_state"},
	"a charge by its name":        {"{lance_top_ups} WHERE provider = 'sandbox' AND provider_ref = 'c1'", "lance_top_ups_provider_ref"},
	"a party's payouts":           {"{lance_payouts} WHERE party = '41' ORDER BY created_at DESC, id DESC", "lance_payouts_party"},
	"a payout by its name":        {"{lance_payouts} WHERE provider = 'sandbox' AND provider_ref = 'p1'", "lance_payouts_provider_ref"},
	"a party's chargebacks":       {"{lance_chargebacks} WHERE party = '41' ORDER BY created_at DESC, id DESC", "lance_chargebacks_party"},
	"all chargebacks":             {"{lance_chargebacks} ORDER BY created_at DESC, id DESC", "lance_chargebacks_created"},
	"a chargeback by its name":    {"{lance_chargebacks} WHERE provider = 'sandbox' AND provider_ref = 'd1'", "lance_chargebacks_provider_ref"},
	"chargebacks of a top-up":     {"{lance_chargebacks} WHERE top_up = 'top_1' ORDER BY id", "lance_chargebacks_top_up"},
	"a party's open chargebacks":  {"{lance_chargebacks} WHERE party = '41' AND state = 'open' ORDER BY id", "lance_chargebacks_state"},
	"a party's debts":             {"{lance_debts} WHERE party = '41' ORDER BY created_at DESC, id DESC", "lance_debts_party"},
	"all debts":                   {"{lance_debts} ORDER BY created_at DESC, id DESC", "lance_debts_created"},
	"what is to be netted":        {"{lance_debts} WHERE state = 'owing' ORDER BY id", "lance_debts_state"},
	"what a party owes yet":       {"{lance_debts} WHERE party = '41' AND state = 'owing' ORDER BY id", "lance_debts_owing"},
	"what a payer claims":         {"{lance_guarantee_claims} WHERE payer = '41' ORDER BY created_at, id", "lance_guarantee_claims_payer"},
	"what a payee was paid for":   {"{lance_guarantee_claims} WHERE payee = '41' ORDER BY created_at, id", "lance_guarantee_claims_payee"},
	"what somebody decides":       {"{lance_guarantee_claims} WHERE judge = '41' ORDER BY created_at, id", "lance_guarantee_claims_judge"},
	"claims about an agreement":   {"{lance_guarantee_claims} WHERE agreement = 'agr_1' ORDER BY created_at, id", "lance_guarantee_claims_agreement"},
	"the open claim about one":    {"{lance_guarantee_claims} WHERE open = 'agr_1'", "lance_guarantee_claims_open"},
	"claims that need somebody":   {"{lance_guarantee_claims} WHERE vacant = TRUE ORDER BY created_at, id", "lance_guarantee_claims_vacant"},
	"claims in a state":           {"{lance_guarantee_claims} WHERE state = 'upheld' ORDER BY created_at, id", "lance_guarantee_claims_state"},
	"all claims":                  {"{lance_guarantee_claims} ORDER BY created_at, id", "lance_guarantee_claims_created"},
	"what a provider has told of": {"{lance_provider_events} WHERE provider = 'sandbox' AND event_id = 'e1'", "lance_provider_events_event"},
}

func TestEveryListOfPaymentsHasItsIndex(t *testing.T) {
	t.Parallel()
	for name, h := range harnesses {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := h.Open(t, lance.SystemClock())
			for list, c := range lists {
				plan := explain(t, db, "SELECT id FROM "+c.from+" LIMIT 20")
				require.Contains(t, plan, c.index, list)
				require.NotContains(t, plan, "TEMP B-TREE", list)
				require.NotContains(t, plan, "Sort", list)
			}
		})
	}
}

// explain returns how the database would answer, with PostgreSQL kept from
// preferring to read a small table whole.
func explain(t *testing.T, db lance.Runner[bunpayments.Tx], query string) (plan string) {
	t.Helper()
	require.NoError(t, db.InTx(t.Context(), func(ctx context.Context, r bunpayments.Tx) (err error) {
		plan, err = buntest.ByIndex(ctx, r, query)
		return err
	}))
	return plan
}

// A store of payments and escrow, in memory of SQLite.
func ExampleOpen() {
	ctx := context.Background()
	db, err := bunpayments.Open(ctx, bunkit.Options{DSN: "sqlite::memory:"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(ctx); err != nil {
		fmt.Println(err)
		return
	}
	pay, err := payments.NewService(db, payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}})
	if err != nil {
		fmt.Println(err)
		return
	}
	up, err := pay.TopUp(ctx, lance.Person("42"), payments.TopUpInput{Amount: lance.NewMoney(50_00, lance.USD), Method: sandbox.MethodOK})
	fmt.Println(up.Amount, up.State, err)
	// Output: 50.00 USD confirmed <nil>
}
