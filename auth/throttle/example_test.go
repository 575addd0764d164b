package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/auth/throttle"
)

// Two attempts at once, then one a minute.
func Example() {
	noon := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	t := throttle.New(throttle.Options{
		Clock:  lance.FixedClock(noon),
		Limits: map[string]throttle.Limit{"email": {Burst: 2, Every: time.Minute}},
	})
	var _ = auth.Options{Throttle: t} // an auth.Service asks it

	ctx := context.Background()
	for range 3 {
		err := t.Allow(ctx, "auth.Login", "email:0f3c")
		var wait throttle.Wait
		fmt.Println(errors.Is(err, lance.Limited), errors.As(err, &wait), wait.RetryAfter())
	}
	// Output:
	// false false 0s
	// false false 0s
	// true true 1m0s
}
