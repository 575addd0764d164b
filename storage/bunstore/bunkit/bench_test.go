package bunkit_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/storage/bunstore/bunkit"
)

// BenchmarkCommit measures one small transaction (a lock, a timer, an event) of
// 1 and of 32 callers: on SQLite with a shared commit and with one transaction
// for each, and on PostgreSQL.
func BenchmarkCommit(b *testing.B) {
	for _, place := range []struct {
		name string
		opts func(b *testing.B) bunkit.Options
	}{
		{"sqlite/shared", func(b *testing.B) bunkit.Options { return bunkit.Options{DSN: places["sqlite"](b)} }},
		{"sqlite/each", func(b *testing.B) bunkit.Options { return bunkit.Options{DSN: places["sqlite"](b), Batch: 1} }},
		{"postgres", func(b *testing.B) bunkit.Options { return bunkit.Options{DSN: places["postgres"](b), MaxConns: 32} }},
	} {
		for _, callers := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s/%d", place.name, callers), func(b *testing.B) {
				s := open(b, place.opts(b))
				crowd(b, callers, func(i int64) error {
					owner := lance.Ref{Kind: "thing", ID: strconv.FormatInt(i, 10)}
					return s.InTx(context.Background(), func(ctx context.Context, q *bunkit.Q) error {
						if err := q.Lock(ctx, owner); err != nil {
							return err
						}
						if err := q.Timers().Set(ctx, lance.Timer{Owner: owner, Kind: "k", DueAt: start}); err != nil {
							return err
						}
						return q.Log().Append(ctx, lance.Event{
							ID: lance.NewID[lance.EventID]("evt", q), Stream: owner, Version: 1, Type: "thing.made", Schema: 1,
							At: q.Now(), By: "me", Body: []byte("{}"),
						})
					})
				})
			})
		}
	}
}

// crowd lets callers do b.N pieces of work.
func crowd(b *testing.B, callers int, work func(i int64) error) {
	b.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	errs := make([]error, callers)
	b.ResetTimer()
	for c := range callers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N) && errs[c] == nil; i = next.Add(1) {
				errs[c] = work(i)
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	require.Equal(b, make([]error, callers), errs)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tx/s")
}

// BenchmarkSeal measures the sealing of a thousand events.
func BenchmarkSeal(b *testing.B) {
	for _, place := range []string{"sqlite", "postgres"} {
		b.Run(place, func(b *testing.B) {
			s := open(b, bunkit.Options{DSN: places[place](b)})
			for i := range b.N {
				b.StopTimer()
				in(b, s, func(ctx context.Context, q *bunkit.Q) error {
					events := make([]lance.Event, 1000)
					for j := range events {
						events[j] = lance.Event{
							ID: lance.NewID[lance.EventID]("evt", q), Stream: lance.Ref{Kind: "thing", ID: fmt.Sprint(i, j)},
							Version: 1, Type: "thing.made", Schema: 1, At: q.Now(), Body: []byte("{}"),
						}
					}
					return q.Log().Append(ctx, events...)
				})
				b.StartTimer()
				in(b, s, func(ctx context.Context, q *bunkit.Q) error {
					seal, err := q.Log().Seal(ctx, 1000)
					require.Equal(b, int64(1000*(i+1)), seal.Last)
					return err
				})
			}
		})
	}
}
