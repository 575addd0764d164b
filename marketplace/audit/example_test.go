package audit_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace"
	"github.com/megilance/lance/marketplace/audit"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore"
)

// What has happened, in the order in which it was sealed.
func Example() {
	ctx := context.Background()
	store := memstore.New(nil)
	engine, err := marketplace.New(marketplace.Config{
		Store: store, Payments: payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}},
	})
	must(err)
	top := payments.TopUpInput{Amount: lance.NewMoney(5000, lance.USD), Method: sandbox.MethodOK}
	_, err = engine.Payments.TopUp(ctx, lance.Person("ada"), top)
	must(err)
	_, err = engine.Step(ctx, lance.SystemClock().Now())
	must(err)

	page, err := engine.Audit.Events(ctx, lance.Person("root", lance.RoleAdmin), audit.Query{})
	must(err)
	for _, ev := range page.Items {
		fmt.Println(ev.Type, "by", ev.By)
	}
	// Output:
	// top_up.requested by ada
	// top_up.confirmed by system:provider
	// top_up.settled by system:provider
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
