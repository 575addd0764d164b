package trust_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/trust"
	"github.com/megilance/lance/payments"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
	"github.com/megilance/lance/storage/memstore/mempayments"
)

// Who has paid by a provider is verified, and who was declined is not.
func Example() {
	ctx := context.Background()
	store := mempayments.New(nil)
	pay, err := payments.NewService(store, payments.Options{Providers: []provider.Adapter{sandbox.New(sandbox.Options{})}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for party, method := range map[lance.UserID]string{"ada": sandbox.MethodOK, "bob": sandbox.MethodDeclined} {
		_, _ = pay.TopUp(ctx, lance.Person(party), payments.TopUpInput{Amount: lance.NewMoney(5000, lance.USD), Method: method})
	}
	verified, err := trust.NewService(store).PaymentVerified(ctx, "ada", "bob", "nobody")
	fmt.Println(verified["ada"], verified["bob"], verified["nobody"], err)
	// Output: true false false <nil>
}
