package provider_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

// A key names a call: the provider does nothing new when it sees it again.
func Example() {
	var p provider.Adapter = sandbox.New(sandbox.Options{})
	c := provider.Charge{Key: "top_1", Amount: lance.NewMoney(5000, lance.USD), Method: "pm_ok", Party: "42"}
	first, _ := p.Charge(context.Background(), c)
	again, _ := p.Charge(context.Background(), c)
	fmt.Println(first.State, first == again)
	// Output: succeeded true
}
