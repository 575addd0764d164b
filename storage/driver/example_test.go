package driver_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/escrow"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memstore"
)

// Whatever keeps everything is a Store, and serves each domain as it is: the
// domain sees only the repositories that it declares.
func Example() {
	ctx := context.Background()
	var store driver.Store = memstore.New(nil)
	fmt.Println(store.Migrate(ctx), store.Ready(ctx))

	a, err := escrow.NewService(store, nil).Agree(ctx, lance.Person("41"), escrow.AgreeInput{
		Subject: lance.Ref{Kind: "order", ID: "7"}, Payer: "41", Payee: "42", Amount: lance.NewMoney(120_00, lance.USD),
	})
	fmt.Println(a.State, err)
	fmt.Println(store.Close())
	// Output:
	// <nil> <nil>
	// agreed <nil>
	// <nil>
}
