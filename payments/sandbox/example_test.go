package sandbox_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/payments/provider"
	"github.com/megilance/lance/payments/sandbox"
)

// The token alone decides what happens, and no money moves.
func Example() {
	ctx := context.Background()
	bank := sandbox.New(sandbox.Options{})
	amount := lance.NewMoney(50_00, lance.USD)

	for _, method := range []string{sandbox.MethodOK, sandbox.MethodDeclined, sandbox.MethodPending} {
		out, _ := bank.Charge(ctx, provider.Charge{Key: "top_" + method, Amount: amount, Method: method})
		fmt.Println(method, "is", out.State)
	}
	_, err := bank.Charge(ctx, provider.Charge{Key: "top_4", Amount: amount, Method: "pm_nobody"})
	fmt.Println("pm_nobody is", lance.KindOf(err))

	out, _ := bank.Payout(ctx, provider.Payout{Key: "pyo_1", Amount: amount, Destination: sandbox.DestinationRejected})
	end, _ := bank.Lookup(ctx, provider.KindPayout, "pyo_1", out.Ref)
	fmt.Println("ba_rejected is", out.State, "and in the end", end.State, end.Code)
	// Output:
	// pm_ok is succeeded
	// pm_declined is refused
	// pm_pending is pending
	// pm_nobody is invalid
	// ba_rejected is pending and in the end refused account_closed
}
