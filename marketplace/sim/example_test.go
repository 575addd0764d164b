package sim_test

import (
	"context"
	"fmt"

	"github.com/megilance/lance"
	"github.com/megilance/lance/marketplace/sim"
	"github.com/megilance/lance/storage/memstore"
)

// Three steps of a run, on a store of one's own.
func Example() {
	rep, err := sim.Run(context.Background(), 3, sim.Options{
		Open: func(_ context.Context, seed uint64) (runner, func(context.Context) (runner, error), error) {
			return memstore.New(&memstore.Options{Entropy: lance.SeededEntropy(seed)}), nil, nil
		},
		Acts: []int{0, 3, 5}, NoFault: true,
		Tell: func(line string) { fmt.Println(line) },
	})
	fmt.Println(rep.Steps, rep.Done, rep.Refused, err)
	// Output:
	// 0  03-01 12:00  dan tops up 1368.28 USD by a card that is known: declined top_up_declined
	// 3  03-01 12:00  cem agrees that cem pays bob 100001 JPY under policy 2: A3: done
	// 5  03-01 12:00  cem: cancel  of A3: done
	// 3 2 1 <nil>
}
