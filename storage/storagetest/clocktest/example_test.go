package clocktest_test

import (
	"fmt"
	"time"

	"github.com/megilance/lance/storage/storagetest/clocktest"
)

// A day passes because somebody says so.
func Example() {
	clock := clocktest.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	clock.Move(24 * time.Hour)
	fmt.Println(clock.Now())
	// Output:
	// 2026-03-02 12:00:00 +0000 UTC
}
