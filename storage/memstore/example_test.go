package memstore_test

import (
	"context"
	"fmt"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/driver"
	"github.com/megilance/lance/storage/memstore"
)

// A store whose clock stands still and whose identifiers come from a seed, so
// that everything happens again as it did.
func Example() {
	start := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	db := memstore.New(&memstore.Options{Clock: lance.FixedClock(start), Entropy: lance.SeededEntropy(1)})
	_ = db.View(context.Background(), func(_ context.Context, r driver.Repos) error {
		fmt.Println(r.Now().Format(time.RFC3339), lance.NewID[string]("ctr", r))
		return nil
	})
	// Output:
	// 2030-01-01T12:00:00Z ctr_06wdtp7201r01e1r4p12mvwyc8
}
