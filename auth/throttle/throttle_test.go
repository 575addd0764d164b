package throttle_test

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/megilance/lance"
	"github.com/megilance/lance/auth"
	"github.com/megilance/lance/auth/throttle"
)

var _ auth.Throttle = (*throttle.Throttle)(nil)

// hand is a clock that moves when it is told to.
type hand struct{ at time.Time }

// Now returns where the hand stands.
func (h *hand) Now() time.Time { return h.at }

type world struct {
	*testing.T
	*throttle.Throttle
	clock *hand
}

func newWorld(t *testing.T, o throttle.Options) *world {
	t.Helper()
	w := &world{T: t, clock: &hand{time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)}}
	o.Clock = w.clock
	w.Throttle = throttle.New(o)
	return w
}

// try returns how long one is asked to wait.
func (w *world) try(op string, keys ...string) time.Duration {
	w.Helper()
	err := w.Allow(w.Context(), op, keys...)
	if err == nil {
		return 0
	}
	require.ErrorIs(w, err, lance.Limited)
	require.Equal(w, "too_many_attempts", lance.CodeOf(err))
	var wait throttle.Wait
	require.ErrorAs(w, err, &wait)
	require.Positive(w, wait.RetryAfter())
	return wait.RetryAfter()
}

func (w *world) skip(d time.Duration) { w.clock.at = w.clock.at.Add(d) }

func three() throttle.Options {
	return throttle.Options{Limits: map[string]throttle.Limit{
		"ip": {Burst: 3, Every: time.Minute}, "email": {Burst: 2, Every: time.Hour}, "auth.Refresh ip": {Burst: 5, Every: time.Minute}, "user": {},
	}}
}

func TestABurstThenOneAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three())
	for range 3 {
		require.Zero(t, w.try("auth.Login", "ip:10.0.0.1"))
	}
	require.Equal(t, time.Minute, w.try("auth.Login", "ip:10.0.0.1"))
	w.skip(20 * time.Second)
	require.Equal(t, 40*time.Second, w.try("auth.Login", "ip:10.0.0.1"), "asking in vain does not prolong it")
	w.skip(40 * time.Second)
	require.Zero(t, w.try("auth.Login", "ip:10.0.0.1"))
	require.Equal(t, time.Minute, w.try("auth.Login", "ip:10.0.0.1"))
	w.skip(time.Hour)
	for range 3 {
		require.Zero(t, w.try("auth.Login", "ip:10.0.0.1"), "no more than the burst is saved up")
	}
	require.NotZero(t, w.try("auth.Login", "ip:10.0.0.1"))
}

func TestKeysAndOperationsCountApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three())
	for range 3 {
		require.Zero(t, w.try("auth.Login", "ip:10.0.0.1"))
	}
	require.Zero(t, w.try("auth.Login", "ip:10.0.0.2"))
	require.Zero(t, w.try("auth.Register", "ip:10.0.0.1"))
	for range 5 {
		require.Zero(t, w.try("auth.Refresh", "ip:10.0.0.1"), "an operation may have a limit of its own")
	}
	require.NotZero(t, w.try("auth.Refresh", "ip:10.0.0.1"))
	for range 100 {
		require.Zero(t, w.try("auth.Login", "user:usr_1"), "the zero limit sets no bound")
		require.Zero(t, w.try("auth.Login", "planet:mars"), "nor does an unknown kind")
	}
}

func TestWhoIsHeldBackUsesUpNothingOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three())
	for range 3 {
		require.Zero(t, w.try("auth.Login", "ip:10.0.0.1"))
	}
	for range 50 {
		require.NotZero(t, w.try("auth.Login", "ip:10.0.0.1", "email:ada"))
	}
	require.Zero(t, w.try("auth.Login", "ip:10.0.0.2", "email:ada"))
	require.Zero(t, w.try("auth.Login", "ip:10.0.0.2", "email:ada"))
	require.Equal(t, time.Hour, w.try("auth.Login", "ip:10.0.0.3", "email:ada"))
}

func TestANetworkOfIPv6IsOneKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three())
	for i := range 3 {
		require.Zero(t, w.try("auth.Login", "ip:2001:db8::"+strconv.Itoa(i)))
	}
	require.NotZero(t, w.try("auth.Login", "ip:2001:db8::ffff"))
	require.Zero(t, w.try("auth.Login", "ip:2001:db8:0:1::1"))
	require.Zero(t, w.try("auth.Login", "ip:nonsense"))
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, throttle.Options{Keys: 1000, Limits: three().Limits})
	for range 3 {
		require.Zero(t, w.try("auth.Login", "ip:10.0.0.1"))
	}
	for i := range 100_000 {
		if i%500 == 0 {
			require.NotZero(t, w.try("auth.Login", "ip:10.0.0.1"), "who keeps trying is not forgotten")
		}
		require.NoError(t, w.Allow(t.Context(), "auth.Login", "email:"+strconv.Itoa(i)))
	}
	require.Equal(t, 1000, w.Keys())
}

func TestManyAtOncePassNoMoreThanTheBurst(t *testing.T) {
	t.Parallel()
	w := newWorld(t, three())
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if w.Allow(t.Context(), "auth.Login", "ip:10.0.0.1") == nil {
				passed.Add(1)
			}
		})
	}
	wg.Wait()
	require.EqualValues(t, 3, passed.Load())
}
