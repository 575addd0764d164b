package mempayments_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore/mempayments"
)

// A store of payments and escrow in memory, for a test that tops a wallet up.
func ExampleNew() {
	db := mempayments.New(nil)
	pay, err := payments.NewService(db, payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}})
	if err != nil {
		fmt.Println(err)
		return
	}
	up, err := pay.TopUp(context.Background(), lance.Person("42"), payments.TopUpInput{
		Amount: lance.NewMoney(50_00, lance.USD), Method: sandbox.MethodOK,
	})
	fmt.Println(up.Amount, up.State, err)
	// Output: 50.00 USD confirmed <nil>
}
