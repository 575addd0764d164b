package lance_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
)

func TestAStepThatDidAsMuchAsItMayIsBehind(t *testing.T) {
	t.Parallel()
	jobs := lance.Jobs[repos]{
		Timers:    map[string]lance.Fire[repos]{"k": func(context.Context, repos, lance.Timer) error { return nil }},
		Relays:    []lance.Relay[repos]{mail(func(lance.Delivery) error { return nil })},
		Reactions: []lance.Reaction[repos]{lance.On("r", func(context.Context, repos, lance.Event, moved) error { return nil })},
	}
	for name, b := range map[string]lance.Budget{"": {}, "entries": {Seal: 1}, "events": {Events: 1}, "timers": {Timers: 1}, "calls": {Calls: 1}} {
		db := newStore()
		set(t, db, lance.Timer{Owner: ref("thing", "a"), Kind: "k", DueAt: noon})
		enqueue(t, db, "a")
		emit(t, db, "a")
		rep, err := lance.NewWorker(db, jobs, &b).Step(t.Context(), noon)
		require.NoError(t, err)
		require.Equal(t, []int{1, 1, 1, 1}, []int{rep.Sealed, rep.Reacted, len(rep.Fired), rep.Called}, name)
		require.Equal(t, name != "", rep.Behind, name)
	}
}

func TestALoopLetsWorkGatherUnlessItIsBehind(t *testing.T) {
	t.Parallel()
	steps := []struct {
		report lance.Report
		err    error
		wait   time.Duration // until the next one, of a loop that looks every second
	}{
		{lance.Report{Sealed: 1}, nil, 20 * time.Millisecond},
		{lance.Report{Sealed: 9, Behind: true}, nil, 0},
		{lance.Report{Behind: true}, nil, 0},
		{lance.Report{Called: 1}, nil, 20 * time.Millisecond},
		{lance.Report{}, nil, time.Second},
		{lance.Report{Sealed: 9, Behind: true}, errors.New("lost"), time.Second},
	}
	for _, every := range []time.Duration{time.Second, 5 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			n, last := 0, time.Now()
			err := lance.Loop(ctx, every, nil, func(context.Context) (lance.Report, error) {
				if n > 0 {
					require.Equal(t, min(every, steps[n-1].wait), time.Since(last), n)
				}
				last = time.Now()
				if n++; n > len(steps) {
					stop()
					return lance.Report{}, nil
				}
				return steps[n-1].report, steps[n-1].err
			})
			require.NoError(t, err)
			require.Equal(t, len(steps)+1, n)
		})
	}
}
