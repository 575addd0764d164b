package lance_test

import (
	"context"
	"fmt"
	"time"

	"github.com/megilance/lance"
)

func ExampleChore() {
	ctx := context.Background()
	jobs := lance.Jobs[repos]{
		Chores: []lance.Chore[repos]{{Name: "thing.count", Every: time.Minute, Do: func(_ context.Context, r repos) (more bool, err error) {
			fmt.Println("counted at", r.Now().Format(time.TimeOnly))
			return false, nil
		}}},
		KeepKeys: 30 * 24 * time.Hour, // a request that comes again within a month is not a new one
	}
	w := lance.NewWorker(newStore(), jobs, nil)
	for minute := range 3 {
		rep, err := w.Step(ctx, noon.Add(time.Duration(minute)*time.Minute))
		fmt.Println(rep.Chores, err)
	}
	// Output:
	// [] <nil>
	// counted at 12:01:00
	// [thing.count] <nil>
	// counted at 12:02:00
	// [thing.count] <nil>
}
